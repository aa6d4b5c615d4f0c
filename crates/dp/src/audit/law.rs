//! Probabilities of integer noise, and the privacy that follows from them without any sampling.
//!
//! Stronger than an audit by sampling wherever the probabilities are known: the whole table is searched
//! for the worst output. Probabilities are floats built from positive terms only, so that their relative
//! error stays near `1e-13`. Beyond the table nothing is known; it reaches to where less than `1e-15` is left.
//!
//! Not here: whether a sampler follows the law it claims (the goodness-of-fit tests of `noise`).

use crate::NoiseScale;

/// Scales to either side in a table: beyond them less than `e^-40` of the probability is left.
const REACH_SCALES: f64 = 40.0;

/// The law of integer noise that is symmetric about zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Law {
    /// Probabilities of 0, 1, 2, ...
    half: Vec<f64>,
}

impl Law {
    /// Discrete Laplace noise.
    pub fn discrete_laplace(scale: NoiseScale) -> Self {
        let a = (-1.0 / scale.to_f64()).exp();
        let reach = (REACH_SCALES * scale.to_f64()).ceil() as i32;
        Self { half: (0..=reach).map(|k| (1.0 - a) / (1.0 + a) * a.powi(k)).collect() }
    }

    /// Discrete Gaussian noise with this parameter `sigma`.
    pub fn discrete_gaussian(sigma: f64) -> Self {
        // exp(-reach^2 / 2 sigma^2) is below e^-40 at 9 sigma.
        let weights: Vec<f64> =
            (0..=(9.0 * sigma).ceil() as u64).map(|k| (-0.5 * (k as f64 / sigma).powi(2)).exp()).collect();
        let total = 2.0 * weights.iter().rev().sum::<f64>() - 1.0;
        Self { half: weights.iter().map(|weight| weight / total).collect() }
    }

    /// The sum of `shares` noise shares of a plan for `honest` ones, before they are bounded.
    ///
    /// With `shares` equal to `honest` this is discrete Laplace noise; with fewer it protects less.
    pub fn noise_shares(scale: NoiseScale, honest: u32, shares: u32) -> Self {
        let reach = (REACH_SCALES * scale.to_f64()).ceil() as usize;
        Self { half: difference(scale.to_f64(), f64::from(shares) / f64::from(honest.max(1)), reach) }
    }

    /// The least epsilon that holds when the noise is moved by `shift` steps, over the whole table.
    pub fn epsilon(&self, shift: u64) -> f64 {
        let shift = i64::try_from(shift).unwrap_or(i64::MAX);
        let reach = self.reach();
        (-reach..=reach.saturating_sub(shift)).map(|k| (self.log(k) - self.log(k + shift)).abs()).fold(0.0, f64::max)
    }

    /// The least delta that holds with `epsilon` when the noise is moved by `shift` steps.
    pub fn delta(&self, epsilon: f64, shift: u64) -> f64 {
        let shift = i64::try_from(shift).unwrap_or(i64::MAX);
        let reach = self.reach();
        let excess =
            |k: i64| (self.probability(k) - epsilon.exp() * self.probability(k.saturating_add(shift))).max(0.0);
        (-reach..=reach).map(excess).sum()
    }

    /// The probability of one value; 0 beyond the table.
    pub fn probability(&self, value: i64) -> f64 {
        let index = usize::try_from(value.unsigned_abs()).unwrap_or(usize::MAX);
        self.half.get(index).copied().unwrap_or_default()
    }

    /// The logarithm of the ratio of an output's probability on top of `second` to that on top of `first`.
    ///
    /// Beyond the table the noise counts as its farthest entry.
    pub fn log_ratio(&self, output: f64, first: i64, second: i64) -> f64 {
        let output = output as i64;
        self.log(output.saturating_sub(second)) - self.log(output.saturating_sub(first))
    }

    fn reach(&self) -> i64 {
        self.half.len() as i64 - 1
    }

    fn log(&self, value: i64) -> f64 {
        let last = self.half.len().saturating_sub(1);
        let index = usize::try_from(value.unsigned_abs()).unwrap_or(usize::MAX).min(last);
        self.half.get(index).copied().unwrap_or_default().max(f64::MIN_POSITIVE).ln()
    }
}

/// `P(X - Y = d)` for `X, Y ~ NB(shape, exp(-1/scale))` and `d = 0 ..= last`.
fn difference(scale: f64, shape: f64, last: usize) -> Vec<f64> {
    let a = (-1.0 / scale).exp();
    let terms = (45.0 * scale).ceil() as usize + 2;
    let mut polya = vec![(1.0 - a).powf(shape)];
    for k in 1..=last + terms {
        let before = polya.last().copied().unwrap_or_default();
        polya.push(before * a * ((k - 1) as f64 + shape) / k as f64);
    }
    (0..=last).map(|d| polya.iter().zip(polya.iter().skip(d)).take(terms).map(|(y, x)| x * y).sum()).collect()
}
