//! Fast imitation of the noise, for quantiles of its weighted sums. Post-processing: never a release.
//!
//! Seeded with a constant, which is harmless: what is simulated here is public (the scale and the
//! weights), so that the same release always shows the same interval.
//!
//! Not here: the noise of releases, which is exact and unseeded.

use super::noise::Noise;
use super::price::Mechanism;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Exp1, StandardNormal};

/// Simulated sums per quantile.
const SUMS: usize = 2_000;

/// More draws than this in a sum are replaced by a normal variable.
const MOST_DRAWS: usize = 64;

/// The half-width that 95 % of the sums of weighted noise draws stay within, with half a percent to spare.
pub(crate) fn half_width(noise: &Noise, weights: &[f64]) -> f64 {
    if weights.len() > MOST_DRAWS {
        let squares: f64 = weights.iter().map(|weight| weight * weight).sum();
        return 2.0 * (noise.variance() * squares).sqrt();
    }
    let mut sums = absolute_sums(noise, weights);
    sums.sort_by(f64::total_cmp);
    sums.get(SUMS * 955 / 1000).copied().unwrap_or(f64::INFINITY)
}

/// The mean of the absolute sums of weighted noise draws.
pub(crate) fn mean_error(noise: &Noise, weights: &[f64]) -> f64 {
    if weights.len() > MOST_DRAWS {
        let squares: f64 = weights.iter().map(|weight| weight * weight).sum();
        return (noise.variance() * squares * std::f64::consts::FRAC_2_PI).sqrt();
    }
    absolute_sums(noise, weights).iter().sum::<f64>() / SUMS as f64
}

fn absolute_sums(noise: &Noise, weights: &[f64]) -> Vec<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(0x6775_696c_6468_616c);
    (0..SUMS).map(|_| weights.iter().map(|weight| weight * draw(noise, &mut random)).sum::<f64>().abs()).collect()
}

/// One imitated draw.
pub(crate) fn draw(noise: &Noise, random: &mut ChaCha8Rng) -> f64 {
    let scale = noise.float_scale();
    match noise.mechanism() {
        Mechanism::Laplace { .. } => {
            let mut geometric = || (random.sample::<f64, _>(Exp1) * scale).floor();
            geometric() - geometric()
        }
        Mechanism::Gaussian { .. } => (random.sample::<f64, _>(StandardNormal) * scale).round(),
    }
}
