//! Privacy parameters as researchers write them.

use guildhall_kpi::Rational;

/// Reads "1", "0.25", "1/3" or "1e-6", exactly.
///
/// # Errors
/// If it is none of these, negative, or too fine for a ratio of two 64-bit integers.
pub(super) fn rational(text: &str) -> Result<Rational, String> {
    let Some((digits, exponent)) = text.split_once("e-") else {
        return text.parse().map_err(|error: guildhall_kpi::RationalError| error.to_string());
    };
    let scaled = || {
        let digits: Rational = digits.parse().ok()?;
        let tens = 10u64.checked_pow(exponent.parse().ok()?)?;
        Rational::new(digits.numerator(), digits.denominator().checked_mul(tens)?)
    };
    scaled()
        .ok_or_else(|| format!("{text:?} is not a non-negative number such as \"1\", \"0.25\", \"1/3\" or \"1e-6\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_ten_are_exact() {
        assert_eq!(rational("1e-6"), Ok(Rational::new(1, 1_000_000).expect("not over zero")));
        assert_eq!(rational("2.5e-3"), Ok(Rational::new(1, 400).expect("not over zero")));
        assert_eq!(rational("1/3"), Ok(Rational::new(1, 3).expect("not over zero")));
        for bad in ["1e-99", "e-6", "-1e-6", "1e6", "NaN", "inf", "1e-x", ""] {
            assert!(rational(bad).is_err(), "{bad}");
        }
    }
}
