//! Noise shares for units that touch many coordinates: discrete Gaussian variables.
//!
//! Source: Kairouz, Liu and Steinke, "The Distributed Discrete Gaussian Mechanism" (2021), Theorem 1, as the
//! notes' section 4.1 states it: the sum of `h` shares `N_Z(0, s^2)` on one coordinate that a unit changes by at most
//! `D` is `rho`-zCDP with `rho = D^2 / (2 h s^2) + tau / 4`, `tau = 10 sum_{k<h} exp(-2 pi^2 s^2 k/(k+1))`.
//! Coordinates carry independent noise, so their `rho` add up: that is the theorem's first form for `d` coordinates.
//!
//! A sum of discrete Gaussians is not one, and `tau` is the price: 10 % at `s^2 = 1/2`, below `3e-8` from `s^2 = 2` on.
//! Shares are never narrower than `s = 3/2`. Where less noise would do, more is drawn; the stated loss stays an
//! upper bound. All parameters are exact: `s` is a whole number of 64ths, `tau` is replaced by a rational above it.
//!
//! Shares are cut at `B = ceil(12 s)`: see [`DELTA_BITS`]. The sampler is OpenDP's (Canonne, Kamath and Steinke, 2020);
//! its time hardly depends on the width, so money in cents needs no coarser grid.
//!
//! Assumption: at least `h` shares in each sum are drawn by this code and kept secret; more shares only add noise.
//! Not here: the proof that a share respects its bound (`mpc`), the conversion of `rho` to `(epsilon, delta)`.

use crate::{Error, NoiseBlock};
use dashu::integer::UBig;
use dashu::rational::RBig;
use guildhall_kpi::Rational;
use num_bigint::BigUint;
use num_rational::Ratio;
use num_traits::{ToPrimitive, Zero};
use opendp::traits::samplers::sample_discrete_gaussian;
use zeroize::Zeroizing;

/// Cutting shares costs at most `2^-DELTA_BITS` per coordinate a unit touches, for any epsilon up to 32.
///
/// Conditioning on "no honest share of the unit's `d` coordinates is cut" moves the law by at most
/// `eta = d h 2 exp(-B^2 / (2 s^2))` in total variation (`N_Z` is sub-Gaussian: Canonne, Kamath and Steinke,
/// Proposition 25), which turns `(epsilon, delta)` into `(epsilon, delta + (1 + e^epsilon) eta)`. With `B >= 12 s`,
/// `h <= 127` and `epsilon <= 32` that is `d 2^7 2^1 2^-103.8 2^46.3 < d 2^-40`.
pub const DELTA_BITS: u32 = 40;

/// No round with Gaussian noise may cost more: the bound above needs it, and such noise protects nobody.
pub const MOST_EPSILON: u64 = 32;

/// Deviations of a share within its bound.
const BOUND_DEVIATIONS: u128 = 12;
/// Honest shares for which [`DELTA_BITS`] holds.
const MOST_HONEST: u32 = 127;
/// A deviation is a whole number of these parts of a step.
const PARTS: u64 = 64;
/// The narrowest share: `s = 3/2`, `s^2 = 9/4`.
const NARROWEST: u64 = PARTS + PARTS / 2;
/// Shares never exceed `2^BOUND_BITS` in magnitude.
const BOUND_BITS: u32 = 52;

/// How every trustee draws its discrete Gaussian share of the noise on a coordinate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GaussianPlan {
    parts: u64,
    honest: u32,
    bound: u64,
}

impl GaussianPlan {
    /// Plans shares of which any `honest` give a coordinate that a unit changes by at most `sensitivity` steps a
    /// zero-concentrated loss of at most `rho`.
    ///
    /// # Errors
    /// If a parameter is zero, `rho` is too small for the noise to fit, or there are too many honest shares to bound.
    pub fn new(rho: Rational, sensitivity: u64, honest: u32) -> Result<Self, Error> {
        if rho.is_zero() {
            return Err(Error::RhoTooSmall { rho, honest });
        }
        if sensitivity == 0 {
            return Err(Error::SensitivityZero);
        }
        if honest == 0 {
            return Err(Error::NoHonestShare);
        }
        let parts = parts(rho, sensitivity, honest).ok_or(Error::RhoTooSmall { rho, honest })?;
        let bound = (BOUND_DEVIATIONS * u128::from(parts)).div_ceil(PARTS.into());
        let fits = |bound: &u64| *bound <= 1 << BOUND_BITS;
        let bound = u64::try_from(bound).ok().filter(fits).ok_or(Error::RhoTooSmall { rho, honest })?;
        Ok(Self { parts, honest, bound })
    }

    /// Shares that already give the stated loss.
    pub const fn honest(&self) -> u32 {
        self.honest
    }

    /// Largest magnitude of a share; the range proof and the offset encoding use the same number.
    pub const fn bound(&self) -> u64 {
        self.bound
    }

    /// Standard deviation of one share before it is cut, in 64ths of a step.
    pub const fn deviation_parts(&self) -> u64 {
        self.parts
    }

    /// The loss of a coordinate that a unit changes by at most `sensitivity` steps, exactly as charged.
    pub fn rho(&self, sensitivity: u64) -> Ratio<BigUint> {
        let squared = BigUint::from(self.parts).pow(2) * 2u32 * self.honest;
        let sensitivity = BigUint::from(sensitivity) * PARTS;
        Ratio::new(sensitivity.pow(2), squared) + tau(self.honest) / BigUint::from(4u32)
    }

    /// Variance of the sum of `shares` shares, for predictions and intervals.
    pub fn sum_variance(&self, shares: u32) -> f64 {
        let deviation = self.parts as f64 / PARTS as f64;
        f64::from(shares) * deviation * deviation
    }

    /// Draws one share, again and again until it lies within the bound.
    ///
    /// # Security
    /// Randomness comes from OpenDP's generator and cannot be seeded. Draw before anything is sent.
    ///
    /// # Errors
    /// If the random number generator fails.
    pub fn sample_share(&self) -> Result<i64, Error> {
        let deviation = RBig::from_parts(UBig::from(self.parts).into(), UBig::from(PARTS));
        loop {
            let share = sample_discrete_gaussian(deviation.clone()).map_err(|_| Error::Randomness)?;
            if let Some(share) = i64::try_from(share).ok().filter(|share| share.unsigned_abs() <= self.bound) {
                return Ok(share);
            }
        }
    }

    /// Draws the independent shares of one column group in one cell.
    ///
    /// # Errors
    /// If the random number generator fails; shares drawn so far are wiped.
    pub fn sample_block(&self, columns: usize) -> Result<NoiseBlock, Error> {
        let mut shares = Zeroizing::new(Vec::with_capacity(columns));
        for _ in 0..columns {
            shares.push(self.sample_share()?);
        }
        Ok(NoiseBlock::new(shares))
    }
}

/// The least deviation, in parts, that keeps the loss within `rho`; `None` if `rho` is below what `tau` costs.
fn parts(rho: Rational, sensitivity: u64, honest: u32) -> Option<u64> {
    if honest > MOST_HONEST {
        return None;
    }
    let rho = Ratio::new(BigUint::from(rho.numerator()), BigUint::from(rho.denominator()));
    let toll = tau(honest) / BigUint::from(4u32);
    if rho <= toll {
        return None;
    }
    let change = Ratio::from_integer((BigUint::from(sensitivity) * PARTS).pow(2));
    let squared = (change / ((rho - toll) * BigUint::from(2 * honest))).ceil().to_integer();
    let root = squared.sqrt();
    let root = if root.pow(2) < squared { root + 1u32 } else { root };
    root.to_u64().map(|parts| parts.max(NARROWEST))
}

/// A rational above `10 sum_{k<h} exp(-2 pi^2 s^2 k/(k+1))` for every `s^2 >= 2`.
///
/// The first term is `10 exp(-2 pi^2) < 2.676e-8`, every further one at most `10 exp(-8 pi^2 / 3) < 4e-11`.
fn tau(honest: u32) -> Ratio<BigUint> {
    if honest < 2 {
        return Ratio::zero();
    }
    Ratio::new(BigUint::from(2676u32 + 4 * (honest - 2)), BigUint::from(10u32).pow(11))
}

#[cfg(test)]
mod tests;
