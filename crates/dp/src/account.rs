//! Accounting in exact rationals: what was spent on a member's data, and whether more may be.
//!
//! Basic composition (Dwork and Roth, 2014, Theorem 3.16): epsilons add, deltas add. Ten charges of
//! 1/10 exhaust 1 exactly. [`Rho`] adds zero-concentrated privacy, in which many releases with Gaussian
//! noise compose better; [`Filter`] takes charges of either kind, adaptively. The unit is one member's
//! figures, or one customer's rows, for one data window; who holds the budget and when a charge
//! becomes durable is the ledger's and the certificate's business.
//!
//! Not here: privacy-loss distributions and other numerical composition.

mod ceiling;
mod filter;
mod rho;

pub use ceiling::Ceiling;
pub use filter::{Charge, Filter, Limit, Measure, Odometer};
pub use rho::Rho;
pub(crate) use rho::float_up;

use crate::Error;
use guildhall_kpi::Rational;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::iter::Sum;

/// A privacy loss `(epsilon, delta)`, exact and never negative.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Loss {
    epsilon: BigRational,
    delta: BigRational,
}

impl Loss {
    /// What [`Loss::delta_bits`] says of a delta of zero: `2^-1024` is an upper bound of it too.
    pub const NO_DELTA_BITS: u32 = 1024;

    /// No loss.
    pub fn none() -> Self {
        Self { epsilon: BigRational::zero(), delta: BigRational::zero() }
    }

    /// `(epsilon, coordinates * 2^-delta_bits)`.
    pub fn of(epsilon: Rational, coordinates: u64, delta_bits: u32) -> Self {
        let delta = BigRational::new(coordinates.into(), BigInt::one() << delta_bits);
        Self { epsilon: exact(epsilon), delta }
    }

    /// `(epsilon, delta)` from exact values of any size.
    ///
    /// # Errors
    /// If either is negative.
    pub fn exact(epsilon: BigRational, delta: BigRational) -> Result<Self, Error> {
        Ok(Self { epsilon: not_negative(epsilon)?, delta: not_negative(delta)? })
    }

    /// The loss of suffering both: epsilons add, deltas add.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self { epsilon: &self.epsilon + &other.epsilon, delta: &self.delta + &other.delta }
    }

    /// The epsilon as the vocabulary of the project writes it.
    ///
    /// # Errors
    /// If it is not a ratio of two 64-bit integers.
    pub fn epsilon(&self) -> Result<Rational, Error> {
        let (num, den) = (self.epsilon.numer().to_u64(), self.epsilon.denom().to_u64());
        num.zip(den).and_then(|(num, den)| Rational::new(num, den)).ok_or(Error::TooFine)
    }

    /// The epsilon, exactly.
    pub const fn exact_epsilon(&self) -> &BigRational {
        &self.epsilon
    }

    /// The delta, exactly.
    pub const fn delta(&self) -> &BigRational {
        &self.delta
    }

    /// The largest `b`, at most [`Loss::NO_DELTA_BITS`], with `delta <= 2^-b`.
    pub fn delta_bits(&self) -> u32 {
        if self.delta.is_zero() {
            return Self::NO_DELTA_BITS;
        }
        // The largest b with 2^b <= 1/delta, i.e. floor(log2(floor(1/delta))).
        let inverse = self.delta.recip().floor().to_integer();
        u32::try_from(inverse.bits().saturating_sub(1)).unwrap_or(u32::MAX).min(Self::NO_DELTA_BITS)
    }

    /// Whether neither part exceeds `limit`'s.
    pub fn within(&self, limit: &Self) -> bool {
        self.epsilon <= limit.epsilon && self.delta <= limit.delta
    }
}

impl Sum for Loss {
    fn sum<I: Iterator<Item = Self>>(losses: I) -> Self {
        losses.fold(Self::none(), |sum, loss| sum.and(&loss))
    }
}

/// What may be spent on one member's figures for one data window, and what was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    limit: Loss,
    spent: Loss,
}

impl Budget {
    /// A budget of which nothing is spent.
    pub fn new(limit: Loss) -> Self {
        Self { limit, spent: Loss::none() }
    }

    /// Charges a loss, or refuses it and stays as it was.
    ///
    /// # Errors
    /// If epsilon or delta would exceed the limit; the message says what is left to do.
    pub fn charge(&mut self, loss: &Loss) -> Result<(), Error> {
        let after = self.spent.and(loss);
        check(&after, loss, &self.spent, &self.limit)?;
        self.spent = after;
        Ok(())
    }

    /// What was charged so far.
    pub const fn spent(&self) -> &Loss {
        &self.spent
    }

    /// What may be charged in all.
    pub const fn limit(&self) -> &Loss {
        &self.limit
    }

    /// What may still be charged.
    pub fn left(&self) -> Loss {
        let epsilon = &self.limit.epsilon - &self.spent.epsilon;
        Loss { epsilon, delta: &self.limit.delta - &self.spent.delta }
    }
}

/// Refuses `after` beyond `limit`, naming what was `asked` and what was `spent` before.
fn check(after: &Loss, asked: &Loss, spent: &Loss, limit: &Loss) -> Result<(), Error> {
    if after.epsilon > limit.epsilon {
        return Err(Error::EpsilonExhausted {
            asked: Box::new(asked.epsilon.clone()),
            spent: Box::new(spent.epsilon.clone()),
            limit: Box::new(limit.epsilon.clone()),
        });
    }
    if after.delta > limit.delta {
        return Err(Error::DeltaExhausted { limit_bits: limit.delta_bits() });
    }
    Ok(())
}

fn not_negative(value: BigRational) -> Result<BigRational, Error> {
    if value.is_negative() {
        return Err(Error::NegativeParameter { value: Box::new(value) });
    }
    Ok(value)
}

pub(crate) fn exact(value: Rational) -> BigRational {
    BigRational::new(value.numerator().into(), value.denominator().into())
}

#[cfg(test)]
mod tests;
