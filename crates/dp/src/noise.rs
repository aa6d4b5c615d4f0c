//! Noise shares of trustees: what they are drawn from, how wide they may be, how they are drawn.
//!
//! Source: distributed noise by infinite divisibility (Goryczka and Xiong, 2015); the sampler is in
//! `polya`, the bound and its proof in [`crate::truncation`].
//! Assumption: at least `h` shares in each sum are drawn by this code and kept secret. More shares
//! only add noise. Not here: the proof that a share respects the bound.

use crate::{Error, GaussianPlan, polya, truncation};
use dashu::integer::UBig;
use dashu::rational::RBig;
use guildhall_kpi::Rational;
use std::fmt;
use zeroize::Zeroizing;

/// Largest scale that is sampled, in steps: rejection needs up to about that many proposals per draw.
const SCALE_LIMIT: u32 = 2000;

/// Shares never exceed `2^BOUND_BITS` in magnitude.
const BOUND_BITS: u32 = 52;

/// Width of discrete Laplace noise: sensitivity / epsilon as an exact fraction in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NoiseScale {
    numerator: u128,
    denominator: u64,
}

impl NoiseScale {
    /// The scale at which an L1 change of `sensitivity` steps costs exactly `epsilon`.
    ///
    /// # Errors
    /// If either is zero, or the scale exceeds what can be sampled.
    pub fn new(sensitivity: u128, epsilon: Rational) -> Result<Self, Error> {
        if epsilon.is_zero() {
            return Err(Error::EpsilonZero);
        }
        if sensitivity == 0 {
            return Err(Error::SensitivityZero);
        }
        let too_large = Error::ScaleTooLarge { sensitivity, epsilon, limit: SCALE_LIMIT };
        let numerator = sensitivity.checked_mul(epsilon.denominator().into()).ok_or(too_large.clone())?;
        if numerator > u128::from(SCALE_LIMIT) * u128::from(epsilon.numerator()) {
            return Err(too_large);
        }
        Ok(Self::reduced(numerator, epsilon.numerator()))
    }

    fn reduced(numerator: u128, denominator: u64) -> Self {
        let ratio = num_rational::Ratio::new(numerator, u128::from(denominator));
        let reduced = u64::try_from(*ratio.denom()).unwrap_or(denominator);
        Self { numerator: *ratio.numer(), denominator: reduced }
    }

    /// The numerator, in lowest terms.
    pub const fn numerator(&self) -> u128 {
        self.numerator
    }

    /// The denominator, in lowest terms; never zero.
    pub const fn denominator(&self) -> u64 {
        self.denominator
    }

    /// `factor` scales, rounded up to whole steps.
    pub fn ceil_times(&self, factor: u32) -> u128 {
        (u128::from(factor) * self.numerator).div_ceil(self.denominator.into())
    }

    /// The nearest `f64`, for predictions and known answers only.
    pub fn to_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    fn exact(self) -> RBig {
        RBig::from_parts(UBig::from(self.numerator).into(), UBig::from(self.denominator))
    }
}

impl fmt::Display for NoiseScale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.denominator == 1 {
            write!(f, "{}", self.numerator)
        } else {
            write!(f, "{}/{}", self.numerator, self.denominator)
        }
    }
}

/// How every trustee draws its share of the noise on one group of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NoisePlan {
    scale: NoiseScale,
    honest: u32,
    bound: u64,
}

impl NoisePlan {
    /// Plans shares of which any `honest` sum to discrete Laplace noise of scale `sensitivity / epsilon`.
    ///
    /// `honest` is `u - f_p`: the shares in a sum less those that bad trustees know or leave out.
    ///
    /// An epsilon is an exact rational; a float, and with it NaN, infinity or a negative, does not compile:
    ///
    /// ```compile_fail,E0308
    /// let plan = guildhall_dp::NoisePlan::for_epsilon(1.0, 2, 3);
    /// ```
    ///
    /// # Errors
    /// If a parameter is zero or the scale exceeds what can be sampled.
    pub fn for_epsilon(epsilon: Rational, sensitivity: u64, honest: u32) -> Result<Self, Error> {
        Self::new(epsilon, sensitivity.into(), honest)
    }

    pub(crate) fn new(epsilon: Rational, sensitivity: u128, honest: u32) -> Result<Self, Error> {
        if honest == 0 {
            return Err(Error::NoHonestShare);
        }
        let scale = NoiseScale::new(sensitivity, epsilon)?;
        let bound = truncation::bound(scale, sensitivity)
            .filter(|bound| *bound <= 1 << BOUND_BITS)
            .ok_or(Error::BoundTooLarge { sensitivity, epsilon, bits: BOUND_BITS })?;
        Ok(Self { scale, honest, bound })
    }

    /// Width of the full noise.
    pub const fn scale(&self) -> NoiseScale {
        self.scale
    }

    /// Shares that already give the full noise.
    pub const fn honest(&self) -> u32 {
        self.honest
    }

    /// Largest magnitude of a share; the range proof and the offset encoding use the same number.
    pub const fn bound(&self) -> u64 {
        self.bound
    }

    /// Cutting shares at the bound costs at most `2^-delta_bits` per coordinate one member touches.
    pub const fn delta_bits_per_coordinate(&self) -> u32 {
        truncation::DELTA_BITS
    }

    /// Variance of the sum of `shares` shares: `shares / honest * 2a / (1-a)^2`, for predictions.
    pub fn sum_variance(&self, shares: u32) -> f64 {
        let a = (-1.0 / self.scale.to_f64()).exp();
        f64::from(shares) / f64::from(self.honest) * 2.0 * a / ((1.0 - a) * (1.0 - a))
    }

    /// Draws one share, again and again until it lies within the bound.
    ///
    /// # Security
    /// Randomness comes from OpenDP's generator (OpenSSL, `RAND_priv_bytes`) and cannot be seeded.
    /// The time taken grows with the magnitude: draw before anything is sent, never while a peer waits.
    ///
    /// # Errors
    /// If the random number generator fails.
    pub fn sample_share(&self) -> Result<i64, Error> {
        let scale = self.scale.exact();
        self.sample_within(&scale)
    }

    /// Draws the independent shares of one column group in one cell.
    ///
    /// # Errors
    /// If the random number generator fails; shares drawn so far are wiped.
    pub fn sample_block(&self, columns: usize) -> Result<NoiseBlock, Error> {
        let scale = self.scale.exact();
        let mut shares = Zeroizing::new(Vec::with_capacity(columns));
        for _ in 0..columns {
            shares.push(self.sample_within(&scale)?);
        }
        Ok(NoiseBlock { shares })
    }

    fn sample_within(&self, scale: &RBig) -> Result<i64, Error> {
        loop {
            let share = polya::sample_difference(scale, self.honest)?;
            if let Some(share) = share.filter(|share| share.unsigned_abs() <= self.bound) {
                return Ok(share);
            }
        }
    }
}

/// How every trustee draws its share of the noise on a group of columns, whatever the law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SharePlan {
    /// Differences of Polya variables: discrete Laplace noise, a pure epsilon.
    Laplace(NoisePlan),
    /// Discrete Gaussian variables: a zero-concentrated loss.
    Gaussian(GaussianPlan),
}

impl SharePlan {
    /// Shares that already give the stated loss.
    pub const fn honest(&self) -> u32 {
        match self {
            Self::Laplace(plan) => plan.honest(),
            Self::Gaussian(plan) => plan.honest(),
        }
    }

    /// Largest magnitude of a share; the range proof and the offset encoding use the same number.
    pub const fn bound(&self) -> u64 {
        match self {
            Self::Laplace(plan) => plan.bound(),
            Self::Gaussian(plan) => plan.bound(),
        }
    }

    /// Standard deviation of the sum of `shares` shares in whole steps, rounded up.
    ///
    /// For Laplace noise that of the continuous law, which is a little wider: only exactly rounded operations, so that
    /// every machine gets the same number.
    pub fn sum_deviation(&self, shares: u32) -> u64 {
        let variance = match self {
            Self::Laplace(plan) => {
                let scale = plan.scale().to_f64();
                2.0 * scale * scale * f64::from(shares) / f64::from(plan.honest())
            }
            Self::Gaussian(plan) => plan.sum_variance(shares),
        };
        variance.sqrt().ceil() as u64
    }

    /// Draws the independent shares of one column group in one cell.
    ///
    /// # Errors
    /// If the random number generator fails; shares drawn so far are wiped.
    pub fn sample_block(&self, columns: usize) -> Result<NoiseBlock, Error> {
        match self {
            Self::Laplace(plan) => plan.sample_block(columns),
            Self::Gaussian(plan) => plan.sample_block(columns),
        }
    }
}

/// One trustee's noise for one column group in one cell, to be used once.
///
/// # Security
/// Adding the same noise to two totals reveals both, so a block can be neither copied nor read twice:
/// [`NoiseBlock::into_shares`] takes it. Memory is wiped on drop.
///
/// ```compile_fail,E0382
/// let plan = guildhall_dp::NoisePlan::for_epsilon("1".parse()?, 2, 3)?;
/// let block = plan.sample_block(32)?;
/// let (all_members, zip_78701) = (block.into_shares(), block.into_shares());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// ```compile_fail,E0599
/// let plan = guildhall_dp::NoisePlan::for_epsilon("1".parse()?, 2, 3)?;
/// let copy = plan.sample_block(32)?.clone();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct NoiseBlock {
    shares: Zeroizing<Vec<i64>>,
}

impl NoiseBlock {
    pub(crate) const fn new(shares: Zeroizing<Vec<i64>>) -> Self {
        Self { shares }
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.shares.len()
    }

    /// Hands the shares over, for one total only.
    pub fn into_shares(self) -> Zeroizing<Vec<i64>> {
        self.shares
    }
}

impl fmt::Debug for NoiseBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoiseBlock({} columns)", self.shares.len())
    }
}

#[cfg(test)]
mod tests;
