//! Zero-concentrated differential privacy in exact rationals, and its way to and from epsilon.
//!
//! Source: Bun and Steinke (2016): rho adds up under composition, pure epsilon costs at most
//! `epsilon^2 / 2` (Proposition 1.4). The conversion to `(epsilon, delta)` is Canonne, Kamath and
//! Steinke (2020, Corollary 13), as OpenDP computes it with directed rounding: every intermediate
//! float is rounded towards less privacy, so that a result is an upper bound.
//!
//! Not here: how noise gets its rho.

use super::{exact, not_negative};
use crate::{Error, Loss};
use guildhall_kpi::Rational;
use num_bigint::{BigInt, Sign};
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};
use opendp::combinators::ConcentratedMeasure;
use opendp::measures::{PrivacyProfile, ZeroConcentratedDivergence};
use std::fmt;
use std::iter::Sum;

/// Epsilons that come out of a conversion are multiples of `1 / STEPS`, rounded up.
const STEPS: u32 = 10_000;

/// Shares of a rho are multiples of `1 / SHARE_STEPS`, rounded down.
const SHARE_STEPS: u64 = 1_000_000_000_000;

/// Rhos above this are not converted: the epsilon would exceed it.
const LARGEST: u32 = 10_000;

/// Rhos below this are converted as this one, which overstates them: the conversion divides by rho.
const SMALLEST: f64 = 1e-100;

/// Deltas below `2^-MOST_BITS` do not fit the conversion's floats.
const MOST_BITS: u32 = 1000;

/// A privacy loss `rho` of zero-concentrated differential privacy, exact and never negative.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rho(BigRational);

impl Rho {
    /// No loss.
    pub fn none() -> Self {
        Self(BigRational::zero())
    }

    /// The rho a person wrote.
    ///
    /// A float, and with it NaN, infinity or a negative, does not compile:
    ///
    /// ```compile_fail,E0308
    /// let rho = guildhall_dp::Rho::of(0.5);
    /// ```
    pub fn of(rho: Rational) -> Self {
        Self(exact(rho))
    }

    /// The rho of an exact value of any size.
    ///
    /// # Errors
    /// If it is negative.
    pub fn exact(rho: BigRational) -> Result<Self, Error> {
        not_negative(rho).map(Self)
    }

    /// What a mechanism of pure `epsilon` costs in this measure: `epsilon^2 / 2`.
    pub fn of_pure(epsilon: Rational) -> Self {
        Self::of_exact_pure(&exact(epsilon))
    }

    pub(crate) fn of_exact_pure(epsilon: &BigRational) -> Self {
        Self(epsilon * epsilon / BigRational::from_integer(2.into()))
    }

    /// The value.
    pub const fn value(&self) -> &BigRational {
        &self.0
    }

    /// The value as the vocabulary of the project writes it.
    ///
    /// # Errors
    /// If it is not a ratio of two 64-bit integers.
    pub fn rational(&self) -> Result<Rational, Error> {
        let (num, den) = (self.0.numer().to_u64(), self.0.denom().to_u64());
        num.zip(den).and_then(|(num, den)| Rational::new(num, den)).ok_or(Error::TooFine)
    }

    /// The loss of suffering both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self(&self.0 + &other.0)
    }

    /// An `(epsilon, 2^-delta_bits)` that this rho implies, epsilon rounded up to 1/10000.
    ///
    /// # Errors
    /// If delta is not between `2^-1` and `2^-1000`, or rho is above 10000.
    pub fn to_approx(&self, delta_bits: u32) -> Result<Loss, Error> {
        let delta = delta(delta_bits)?;
        if self.0.is_zero() {
            return Ok(Loss::none());
        }
        let epsilon = self.profile()?.epsilon(delta).map_err(|_| self.too_large())?;
        let epsilon = BigRational::from_float(epsilon).ok_or_else(|| self.too_large())?;
        let steps = BigInt::from(STEPS);
        let epsilon = BigRational::new((epsilon * &steps).ceil().to_integer(), steps);
        Loss::exact(epsilon, BigRational::new(BigInt::one(), BigInt::one() << delta_bits))
    }

    /// The largest rho, to about four digits, whose [`Rho::to_approx`] stays within `epsilon`.
    ///
    /// Rounded down and checked by converting back. An epsilon counts in steps of 1/10000, so that one
    /// below that leaves nothing.
    ///
    /// # Errors
    /// If delta is not between `2^-1` and `2^-1000`, or epsilon is above 10000.
    pub fn largest_for(epsilon: Rational, delta_bits: u32) -> Result<Self, Error> {
        delta(delta_bits)?;
        if epsilon.is_zero() {
            return Ok(Self::none());
        }
        let limit = exact(epsilon);
        let guess = closed_form(epsilon.to_f64(), delta_bits);
        // Five digits below the closed form, which is never larger than the answer.
        let unit = 10f64.powi(guess.log10().floor() as i32 - 4);
        let grid = |steps: u64| Self(decimal(unit).unwrap_or_else(BigRational::zero) * BigInt::from(steps));
        let fits = |steps: u64| Ok::<_, Error>(grid(steps).to_approx(delta_bits)?.exact_epsilon() <= &limit);
        let (mut low, mut high) = (0, 100_000);
        while fits(high)? {
            (low, high) = (high, 2 * high);
        }
        while low + 1 < high {
            let middle = low + (high - low) / 2;
            if fits(middle)? { low = middle } else { high = middle }
        }
        Ok(grid(low))
    }

    /// Shares for releases in which a unit counts in so many groups, where each would have had an epsilon of its own.
    ///
    /// A share is proportional to `epsilon^2 / groups`, rounded down to a multiple of `10^-12`: Laplace noise grows with
    /// `groups / epsilon` and Gaussian noise with the root of `groups / rho`, so that releases keep their accuracy in
    /// proportion to one another.
    ///
    /// # Errors
    /// If a share is too fine to be written, or there is nothing to share.
    pub fn shares(&self, parts: &[(Rational, u32)]) -> Result<Vec<Rational>, Error> {
        let weight = |(epsilon, groups): &(Rational, u32)| {
            let epsilon = exact(*epsilon);
            &epsilon * &epsilon / BigInt::from((*groups).max(1))
        };
        let weights: Vec<BigRational> = parts.iter().map(weight).collect();
        let all: BigRational = weights.iter().sum();
        if all.is_zero() {
            return Err(Error::EpsilonZero);
        }
        let share = |weight: &BigRational| {
            let steps = (&self.0 * weight / &all * BigInt::from(SHARE_STEPS)).floor().to_integer().to_u64();
            steps.filter(|steps| *steps > 0).and_then(|steps| Rational::new(steps, SHARE_STEPS)).ok_or(Error::TooFine)
        };
        weights.iter().map(share).collect()
    }

    fn profile(&self) -> Result<PrivacyProfile, Error> {
        let rho = float_up(&self.0).filter(|rho| *rho <= f64::from(LARGEST)).ok_or_else(|| self.too_large())?;
        ZeroConcentratedDivergence::convert(rho.max(SMALLEST)).map_err(|_| self.too_large())
    }

    fn too_large(&self) -> Error {
        Error::RhoTooLarge { rho: Box::new(self.0.clone()), limit: LARGEST }
    }
}

impl Sum for Rho {
    fn sum<I: Iterator<Item = Self>>(losses: I) -> Self {
        losses.fold(Self::none(), |sum, rho| sum.and(&rho))
    }
}

impl fmt::Display for Rho {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The least `f64` that is at least `value`, give or take one step upwards; `None` if beyond all floats.
pub(crate) fn float_up(value: &BigRational) -> Option<f64> {
    let near = value.to_f64().filter(|near| near.is_finite())?;
    let below = BigRational::from_float(near).is_none_or(|near| near < *value);
    Some(if below { near.next_up() } else { near })
}

/// `2^-bits` as a float, which is exact.
fn delta(bits: u32) -> Result<f64, Error> {
    let exponent = i32::try_from(bits).ok().filter(|bits| (1..=MOST_BITS as i32).contains(bits));
    exponent.map(|bits| 2f64.powi(-bits)).ok_or(Error::ConversionDelta { bits })
}

/// `(sqrt(L + epsilon) - sqrt(L))^2` with `L = ln(1/delta)` (Bun and Steinke, 2016, Proposition 1.3), a lower bound.
fn closed_form(epsilon: f64, delta_bits: u32) -> f64 {
    let log = f64::from(delta_bits) * std::f64::consts::LN_2;
    // Written so that a small epsilon does not cancel.
    (epsilon / ((log + epsilon).sqrt() + log.sqrt())).powi(2)
}

/// A power of ten as an exact rational.
fn decimal(unit: f64) -> Option<BigRational> {
    let exponent = unit.log10().round() as i32;
    let power = BigInt::from_biguint(Sign::Plus, 10u32.into()).pow(exponent.unsigned_abs());
    let value = BigRational::from_integer(power);
    if exponent < 0 { Some(value.recip()) } else { Some(value) }
}
