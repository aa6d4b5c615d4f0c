//! A privacy filter and an odometer for charges of pure, approximate and zero-concentrated privacy.
//!
//! Source: fully adaptive composition (the next release and its price may depend on all earlier
//! results): Feldman and Zrnic (2021) for zero-concentrated privacy; Rogers, Roth, Ullman and Vadhan
//! (2016) for basic composition; Whitehouse, Ramdas, Rogers and Wu (2023) for both. A filter compares
//! plain sums with a limit fixed beforehand, which is why it costs nothing extra.
//!
//! Mixing both under a limit in epsilon: along every path the losses of pure releases add up to at most
//! their epsilons `E`; the rest is a zero-concentrated filter of `rho`. Hence the loss exceeds
//! `E + epsilon(rho, delta)` no further than `delta` allows, which is
//! `(E + epsilon(rho, delta), delta + deltas charged)`. Under a limit in rho, a pure epsilon counts
//! `epsilon^2 / 2`, and a release of `(epsilon, delta)` is `epsilon^2 / 2` approximately, up to delta
//! (Kairouz, Oh and Viswanath, 2015: it is no worse than a pure one that fails with probability delta).
//!
//! Assumption: every charge concerns the same unit and data window. Not here: who holds the filter and
//! when a charge becomes durable (`ledger`).

use super::{check, exact, not_negative};
use crate::{Error, Loss, Rho};
use guildhall_kpi::Rational;
use num_rational::BigRational;
use num_traits::Zero;
use std::fmt;

/// The measure in which a mechanism states its loss.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Pure differential privacy.
    Epsilon(BigRational),
    /// Zero-concentrated differential privacy.
    Rho(Rho),
}

/// What one release costs, in its native measure, with the delta by which it may fail.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Charge {
    measure: Measure,
    delta: BigRational,
}

impl Charge {
    /// A release of pure `epsilon`.
    pub fn pure(epsilon: Rational) -> Self {
        Self { measure: Measure::Epsilon(exact(epsilon)), delta: BigRational::zero() }
    }

    /// A release of `(epsilon, delta)`.
    pub fn approx(loss: &Loss) -> Self {
        Self { measure: Measure::Epsilon(loss.epsilon.clone()), delta: loss.delta.clone() }
    }

    /// A release of zero-concentrated privacy `rho`.
    pub fn concentrated(rho: Rho) -> Self {
        Self { measure: Measure::Rho(rho), delta: BigRational::zero() }
    }

    /// The same release, failing with a further probability of at most `delta`.
    ///
    /// # Errors
    /// If delta is negative.
    pub fn or_fail_with(mut self, delta: BigRational) -> Result<Self, Error> {
        self.delta += not_negative(delta)?;
        Ok(self)
    }

    /// The loss without delta.
    pub const fn measure(&self) -> &Measure {
        &self.measure
    }

    /// The delta, zero for most mechanisms.
    pub const fn delta(&self) -> &BigRational {
        &self.delta
    }

    /// The loss in zero-concentrated privacy, delta aside.
    pub fn rho(&self) -> Rho {
        match &self.measure {
            Measure::Epsilon(epsilon) => Rho::of_exact_pure(epsilon),
            Measure::Rho(rho) => rho.clone(),
        }
    }
}

impl fmt::Display for Charge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.measure {
            Measure::Epsilon(epsilon) => write!(f, "epsilon {epsilon}")?,
            Measure::Rho(rho) => write!(f, "rho {rho}")?,
        }
        if self.delta.is_zero() { Ok(()) } else { write!(f, ", delta {}", self.delta) }
    }
}

/// Adds up charges and states the total in either measure.
///
/// # Privacy
/// A reading says what was charged so far. Where the decision to go on depends on readings and results,
/// the guarantee is the limit of a [`Filter`] fixed beforehand, not the last reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Odometer {
    // Of charges in epsilon: their sum, and the sum of epsilon^2 / 2.
    epsilon: BigRational,
    squares: Rho,
    // Of charges in rho.
    rho: Rho,
    // Of all charges.
    delta: BigRational,
}

impl Odometer {
    /// Nothing charged.
    pub fn new() -> Self {
        Self { epsilon: BigRational::zero(), squares: Rho::none(), rho: Rho::none(), delta: BigRational::zero() }
    }

    /// Adds a charge.
    pub fn add(&mut self, charge: &Charge) {
        match &charge.measure {
            Measure::Epsilon(epsilon) => {
                self.epsilon += epsilon;
                self.squares = self.squares.and(&charge.rho());
            }
            Measure::Rho(rho) => self.rho = self.rho.and(rho),
        }
        self.delta += &charge.delta;
    }

    /// The total in `(epsilon, delta)`: epsilons add, the sum of rhos is converted at `2^-delta_bits`.
    ///
    /// # Errors
    /// If the sum of rhos cannot be converted; see [`Rho::to_approx`].
    pub fn loss(&self, delta_bits: u32) -> Result<Loss, Error> {
        let direct = Loss { epsilon: self.epsilon.clone(), delta: self.delta.clone() };
        Ok(direct.and(&self.rho.to_approx(delta_bits)?))
    }

    /// The total in zero-concentrated privacy, delta aside.
    pub fn rho(&self) -> Rho {
        self.squares.and(&self.rho)
    }

    /// The sum of the deltas charged.
    pub const fn delta(&self) -> &BigRational {
        &self.delta
    }
}

impl Default for Odometer {
    fn default() -> Self {
        Self::new()
    }
}

/// What may be spent in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Limit {
    /// `(epsilon, delta)`, by basic composition; the sum of rhos is converted at `2^-delta_bits`, which counts too.
    Approx {
        /// The limit.
        loss: Loss,
        /// Where the sum of rhos is converted.
        delta_bits: u32,
    },
    /// Zero-concentrated privacy, failing with at most delta.
    Concentrated {
        /// The limit.
        rho: Rho,
        /// The limit on the deltas charged.
        delta: BigRational,
    },
}

/// Admits charges until a limit fixed beforehand is reached, and never beyond.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    limit: Limit,
    spent: Odometer,
}

impl Filter {
    /// A filter that has admitted nothing.
    ///
    /// # Errors
    /// If a limit on delta is negative, or no conversion is possible at the stated delta.
    pub fn new(limit: Limit) -> Result<Self, Error> {
        match &limit {
            Limit::Approx { delta_bits, .. } => drop(Rho::none().to_approx(*delta_bits)?),
            Limit::Concentrated { delta, .. } => drop(not_negative(delta.clone())?),
        }
        Ok(Self { limit, spent: Odometer::new() })
    }

    /// Charges a release, or refuses it and stays as it was.
    ///
    /// # Errors
    /// If the limit would be exceeded; the message says what was asked, what is spent and what the limit is.
    pub fn charge(&mut self, charge: &Charge) -> Result<(), Error> {
        let mut after = self.spent.clone();
        after.add(charge);
        match &self.limit {
            Limit::Approx { loss, delta_bits } => self.check_approx(&after, loss, *delta_bits)?,
            Limit::Concentrated { rho, delta } => self.check_concentrated(&after, rho, delta, charge)?,
        }
        self.spent = after;
        Ok(())
    }

    /// What was charged so far.
    pub const fn spent(&self) -> &Odometer {
        &self.spent
    }

    /// What may be charged in all.
    pub const fn limit(&self) -> &Limit {
        &self.limit
    }

    fn check_approx(&self, after: &Odometer, limit: &Loss, delta_bits: u32) -> Result<(), Error> {
        let spent = self.spent.loss(delta_bits)?;
        let after = after.loss(delta_bits)?;
        // What the charge adds to the total; converting a sum of rhos adds less than converting each.
        let asked = Loss { epsilon: &after.epsilon - &spent.epsilon, delta: &after.delta - &spent.delta };
        check(&after, &asked, &spent, limit)
    }

    fn check_concentrated(
        &self,
        after: &Odometer,
        limit: &Rho,
        delta: &BigRational,
        charge: &Charge,
    ) -> Result<(), Error> {
        if after.rho() > *limit {
            return Err(Error::RhoExhausted {
                asked: Box::new(charge.rho().value().clone()),
                spent: Box::new(self.spent.rho().value().clone()),
                limit: Box::new(limit.value().clone()),
            });
        }
        if after.delta > *delta {
            let limit = Loss { epsilon: BigRational::zero(), delta: delta.clone() };
            return Err(Error::DeltaExhausted { limit_bits: limit.delta_bits() });
        }
        Ok(())
    }
}
