//! Exact amounts.

use super::BudgetError;
use num_bigint::BigInt;
use num_rational::{BigRational, Ratio};
use num_traits::{One, Signed, Zero};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Stands for a delta of exactly zero where an exponent of delta is asked for.
pub const NO_DELTA: u32 = u32::MAX;
const MAX_DELTA_BITS: u32 = 1024;

/// A non-negative rational epsilon in lowest terms; text form `1` or `1/3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Epsilon(Ratio<u64>);

impl Epsilon {
    /// Nothing.
    pub const ZERO: Self = Self(Ratio::new_raw(0, 1));

    /// `numerator / denominator`; `None` if the denominator is zero.
    pub fn new(numerator: u64, denominator: u64) -> Option<Self> {
        (denominator != 0).then(|| Self(Ratio::new(numerator, denominator)))
    }

    /// Numerator in lowest terms.
    pub const fn numerator(&self) -> u64 {
        *self.0.numer()
    }

    /// Denominator in lowest terms; never zero.
    pub const fn denominator(&self) -> u64 {
        *self.0.denom()
    }

    pub(super) fn exact(self) -> BigRational {
        BigRational::new(BigInt::from(self.numerator()), BigInt::from(self.denominator()))
    }
}

impl fmt::Display for Epsilon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Epsilon {
    type Err = BudgetError;

    fn from_str(text: &str) -> Result<Self, BudgetError> {
        let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
        let parsed = numerator.parse().ok().zip(denominator.parse().ok());
        let epsilon = parsed.and_then(|(numerator, denominator)| Self::new(numerator, denominator));
        let canonical = epsilon.filter(|epsilon| epsilon.to_string() == text);
        canonical.ok_or_else(|| BudgetError::Epsilon { text: text.chars().take(64).collect() })
    }
}

impl TryFrom<String> for Epsilon {
    type Error = BudgetError;

    fn try_from(text: String) -> Result<Self, BudgetError> {
        text.parse()
    }
}

impl From<Epsilon> for String {
    fn from(epsilon: Epsilon) -> Self {
        epsilon.to_string()
    }
}

/// Checks an exponent of delta.
pub(super) const fn check_delta(bits: u32) -> Result<(), BudgetError> {
    match bits {
        1..=MAX_DELTA_BITS | NO_DELTA => Ok(()),
        _ => Err(BudgetError::Delta { bits }),
    }
}

/// `2^-bits`, or zero for [`NO_DELTA`]. Bounded even where the exponent was not checked.
fn exact_delta(bits: u32) -> BigRational {
    match bits {
        NO_DELTA => BigRational::zero(),
        _ => BigRational::new(BigInt::one(), BigInt::one() << bits.min(MAX_DELTA_BITS)),
    }
}

/// A sum of epsilons, deltas and zero-concentrated costs, exact.
///
/// `rho` sums what every charge costs in zero-concentrated differential privacy: its own rho, or `epsilon^2 / 2`
/// where it is pure (Bun and Steinke 2016, proposition 1.4). Adaptive choice of charges does not change either sum's
/// validity (Rogers et al. 2016 for epsilon and delta; Feldman and Zrnic 2021 for rho).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    epsilon: BigRational,
    delta: BigRational,
    rho: BigRational,
}

impl Default for Spent {
    fn default() -> Self {
        Self { epsilon: BigRational::zero(), delta: BigRational::zero(), rho: BigRational::zero() }
    }
}

impl Spent {
    pub(super) fn of(epsilon: Epsilon, delta_bits: u32, rho: Option<Epsilon>) -> Self {
        let epsilon = epsilon.exact();
        let half_square = || &epsilon * &epsilon / BigInt::from(2);
        let rho = rho.map_or_else(half_square, Epsilon::exact);
        Self { epsilon, delta: exact_delta(delta_bits), rho }
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        let (epsilon, delta) = (&self.epsilon + &other.epsilon, &self.delta + &other.delta);
        Self { epsilon, delta, rho: &self.rho + &other.rho }
    }

    /// Whether this stays within a limit: of rho and delta where the limit names a rho, else of epsilon and delta.
    pub(super) fn is_within(&self, limit: &Self, concentrated: bool) -> bool {
        let main = if concentrated { self.rho <= limit.rho } else { self.epsilon <= limit.epsilon };
        main && self.delta <= limit.delta
    }

    /// The sum of epsilons.
    pub const fn epsilon(&self) -> &BigRational {
        &self.epsilon
    }

    /// The sum of deltas.
    pub const fn delta(&self) -> &BigRational {
        &self.delta
    }

    /// The sum of zero-concentrated costs.
    pub const fn rho(&self) -> &BigRational {
        &self.rho
    }

    /// The sum of epsilons as numerator and denominator, where both fit.
    pub fn epsilon_parts(&self) -> Option<(u64, u64)> {
        Some((self.epsilon.numer().try_into().ok()?, self.epsilon.denom().try_into().ok()?))
    }

    /// The largest `b` for which the sum of deltas is at most `2^-b`; [`NO_DELTA`] if it is zero.
    pub fn delta_bits(&self) -> u32 {
        if !self.delta.is_positive() {
            return NO_DELTA;
        }
        let inverse = self.delta.denom() / self.delta.numer();
        u32::try_from(inverse.bits().saturating_sub(1)).unwrap_or(NO_DELTA - 1)
    }
}

impl fmt::Display for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "epsilon {}", self.epsilon)?;
        match self.delta_bits() {
            NO_DELTA => f.write_str(" without delta"),
            bits if self.delta == exact_delta(bits) => write!(f, " with delta 2^-{bits}"),
            bits => write!(f, " with delta just under 2^-{bits}"),
        }
    }
}
