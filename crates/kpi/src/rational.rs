//! Exact non-negative rationals for privacy parameters: written by people, hashed by machines.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A non-negative rational in lowest terms, such as an epsilon of `1/2`.
///
/// Parsed from `"1"`, `"0.25"` or `"1/3"`; never from a float.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rational {
    num: u64,
    den: u64,
}

/// Why a text is not a [`Rational`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a non-negative number such as \"1\", \"0.25\" or \"1/3\"")]
pub struct RationalError(pub String);

impl Rational {
    /// Zero.
    pub const ZERO: Self = Self { num: 0, den: 1 };

    /// `num / den` in lowest terms; `None` if `den` is zero.
    pub fn new(num: u64, den: u64) -> Option<Self> {
        if den == 0 {
            return None;
        }
        let g = gcd(num, den).max(1);
        Some(Self { num: num / g, den: den / g })
    }

    /// The numerator, in lowest terms.
    pub const fn numerator(&self) -> u64 {
        self.num
    }

    /// The denominator, in lowest terms; never zero.
    pub const fn denominator(&self) -> u64 {
        self.den
    }

    /// Whether this is zero.
    pub const fn is_zero(&self) -> bool {
        self.num == 0
    }

    /// The nearest `f64`, for display and error prediction only.
    pub fn to_f64(self) -> f64 {
        self.num as f64 / self.den as f64
    }

    /// `self + other`, or `None` on overflow.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let num = u128::from(self.num) * u128::from(other.den) + u128::from(other.num) * u128::from(self.den);
        Self::from_wide(num, u128::from(self.den) * u128::from(other.den))
    }

    /// `self * factor`, or `None` on overflow.
    pub fn checked_mul(self, factor: u64) -> Option<Self> {
        Self::from_wide(u128::from(self.num) * u128::from(factor), u128::from(self.den))
    }

    fn from_wide(num: u128, den: u128) -> Option<Self> {
        let g = gcd_wide(num, den).max(1);
        Some(Self { num: u64::try_from(num / g).ok()?, den: u64::try_from(den / g).ok()? })
    }
}

impl PartialOrd for Rational {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rational {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (u128::from(self.num) * u128::from(other.den)).cmp(&(u128::from(other.num) * u128::from(self.den)))
    }
}

impl fmt::Display for Rational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.den == 1 { write!(f, "{}", self.num) } else { write!(f, "{}/{}", self.num, self.den) }
    }
}

impl FromStr for Rational {
    type Err = RationalError;

    fn from_str(text: &str) -> Result<Self, RationalError> {
        parse(text.trim()).ok_or_else(|| RationalError(text.to_owned()))
    }
}

impl TryFrom<String> for Rational {
    type Error = RationalError;

    fn try_from(text: String) -> Result<Self, RationalError> {
        text.parse()
    }
}

impl From<Rational> for String {
    fn from(value: Rational) -> Self {
        value.to_string()
    }
}

fn parse(text: &str) -> Option<Rational> {
    if let Some((num, den)) = text.split_once('/') {
        return Rational::new(digits(num)?, digits(den)?);
    }
    let Some((whole, fraction)) = text.split_once('.') else {
        return Rational::new(digits(text)?, 1);
    };
    let den = 10u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    Rational::new(digits(whole)?.checked_mul(den)?.checked_add(digits(fraction)?)?, den)
}

fn digits(text: &str) -> Option<u64> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn gcd_wide(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd_wide(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write_and_refuses_the_rest() {
        assert_eq!("0.50".parse(), Ok(Rational { num: 1, den: 2 }));
        assert_eq!("3".parse(), Ok(Rational { num: 3, den: 1 }));
        assert_eq!(u64::MAX.to_string().parse(), Ok(Rational { num: u64::MAX, den: 1 }));
        assert_eq!("2/6".parse(), Ok(Rational { num: 1, den: 3 }));
        for bad in ["-1", "1e3", "NaN", "inf", "", ".", "1/0", "1.", "0x1", "99999999999999999999"] {
            assert!(bad.parse::<Rational>().is_err(), "{bad}");
        }
    }

    #[test]
    fn adds_and_orders_exactly() {
        let third = Rational::new(1, 3).expect("non-zero");
        let sum = third.checked_add(third).and_then(|s| s.checked_add(third));
        assert_eq!(sum, Rational::new(1, 1));
        assert!(third < "0.34".parse().expect("valid"));
        assert_eq!(Rational::new(u64::MAX, 1).and_then(|m| m.checked_mul(2)), None);
    }
}
