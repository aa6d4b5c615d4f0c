//! The most that all releases of the same data may cost one unit together, in the measure in which it is counted.
//!
//! Source: the conversion is that of [`Rho::to_approx`]. Under a limit in rho, Gaussian releases add up in rho and pure
//! ones at `epsilon^2 / 2` (Bun and Steinke 2016), which allows more of either than adding up their epsilons does.
//!
//! Not here: what was spent (`guildhall_ledger`).

use super::Rho;
use crate::{CONVERSION_DELTA_BITS, Error};
use guildhall_kpi::Rational;
use std::fmt;

/// A limit in epsilon, or in rho with the epsilon that it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ceiling {
    epsilon: Rational,
    rho: Option<Rational>,
}

impl Ceiling {
    /// At most so much epsilon.
    pub const fn of_epsilon(epsilon: Rational) -> Self {
        Self { epsilon, rho: None }
    }

    /// At most so much rho.
    ///
    /// # Errors
    /// If it is too large to be converted.
    pub fn of_rho(rho: Rational) -> Result<Self, Error> {
        let epsilon = Rho::of(rho).to_approx(CONVERSION_DELTA_BITS)?.epsilon()?;
        Ok(Self { epsilon, rho: Some(rho) })
    }

    /// The limit in epsilon; of one in rho its conversion at `2^-24`, rounded up.
    pub const fn epsilon(&self) -> Rational {
        self.epsilon
    }

    /// The limit in rho, where it is counted so.
    pub const fn rho(&self) -> Option<Rational> {
        self.rho
    }

    /// Whether nothing may be spent.
    pub const fn is_zero(&self) -> bool {
        match self.rho {
            Some(rho) => rho.is_zero(),
            None => self.epsilon.is_zero(),
        }
    }
}

impl From<Rational> for Ceiling {
    fn from(epsilon: Rational) -> Self {
        Self::of_epsilon(epsilon)
    }
}

impl fmt::Display for Ceiling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rho {
            None => self.epsilon.fmt(f),
            Some(rho) => write!(
                f,
                "rho {rho} (as epsilon at most {:.4} with delta 2^-{CONVERSION_DELTA_BITS})",
                self.epsilon.to_f64()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rational(text: &str) -> Rational {
        text.parse().expect("a rational")
    }

    #[test]
    fn a_limit_in_rho_states_the_epsilon_it_means() {
        let ceiling = Ceiling::of_rho(rational("1/8")).expect("small");
        // Canonne, Kamath and Steinke's conversion lies below rho + 2 sqrt(rho ln(1/delta)) and above rho.
        let loose = 0.125 + 2.0 * (0.125f64 * 24.0 * std::f64::consts::LN_2).sqrt();
        let epsilon = ceiling.epsilon().to_f64();
        assert!(epsilon < loose && epsilon > 0.8 * loose, "{epsilon} of {loose}");
        assert_eq!(ceiling.rho(), Some(rational("1/8")));
        assert!(ceiling.to_string().starts_with("rho 1/8 (as epsilon at most 2."), "{ceiling}");
        assert_eq!(Ceiling::from(rational("3")).to_string(), "3");
        assert!(Ceiling::of_rho(Rational::ZERO).expect("nothing").is_zero());
    }
}
