//! The mean of a bounded figure from raw noisy complementary sums, with 95 % intervals.
//!
//! Noise: the mean is `low + span * A / (A + B)`, whose change per step of noise is
//! `span (1-r) / (A+B)` in A and `-span r / (A+B)` in B, `r = A / (A+B)`. Sampling: the variance of the figure is
//! at most `(high - mean)(mean - low)` (Bhatia and Davis, 2000), which needs no further release and is wide where
//! most values lie far from the ends; a standard deviation known from elsewhere may be given instead. Clipping:
//! values above the range pull the mean down and never up, so the upper end is moved by
//! `(cap - high) * share clipped`.
//!
//! Not here: values clipped from below; choose the low end so that none are.

use super::estimate::{Estimate, Interval, Withheld, Z, around, enough};
use super::simulate;
use super::sums::NoisySums;

/// What is known of values above the range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clipping {
    /// There are none, as with answers on a scale.
    None,
    /// Some may exist and nothing bounds them: the mean is a lower bound.
    Unbounded,
    /// None exceeds a cap known from policy, and at most this share of rows lies above the range.
    Capped {
        /// The cap, in the steps of the figure.
        cap: i64,
        /// The upper limit of the share, from a release of its own; between 0 and 1.
        share: f64,
    },
}

impl Clipping {
    /// How much the mean may be too low.
    fn bias(self, high: i64) -> f64 {
        match self {
            Self::None | Self::Unbounded => 0.0,
            Self::Capped { cap, share } if share >= 0.0 => cap.saturating_sub(high).max(0) as f64 * share.min(1.0),
            Self::Capped { cap, .. } => cap.saturating_sub(high).max(0) as f64,
        }
    }
}

impl NoisySums {
    /// The number of rows of a group, with its noise.
    ///
    /// # Errors
    /// If there is no such group.
    pub fn count(&self, group: usize) -> Result<Interval, Withheld> {
        let (a, b) = self.floats(group)?;
        let value = (a + b) / self.span();
        let half = simulate::half_width(self.noise(), &vec![1.0; 2 * self.draws(group) as usize]) / self.span();
        Ok(Interval { value: value.max(0.0), low: (value - half).max(0.0), high: (value + half).max(0.0) })
    }

    /// The mean of a group, in steps; `deviation` is a standard deviation known from elsewhere, if any.
    ///
    /// # Errors
    /// If there are too few units, or no such group.
    pub fn mean(&self, group: usize, deviation: Option<f64>, clipping: Clipping) -> Result<Estimate, Withheld> {
        let (a, b) = self.floats(group)?;
        let bounds = self.bounds();
        let (low, high, span) = (bounds.low as f64, bounds.high as f64, self.span());
        let n = enough((a + b) / span, self.noise().width() / span, self.unit())?;
        let share = a / (a + b);
        let value = (low + span * share).clamp(low, high);
        let draws = self.draws(group) as usize;
        let weights = [(1.0 - share) / n, -share / n].map(|weight| std::iter::repeat_n(weight, draws));
        let base = simulate::half_width(self.noise(), &weights.into_iter().flatten().collect::<Vec<_>>());
        let noise = self.variance(group) * ((1.0 - share).powi(2) + share * share) / (n * n);
        let sampling = deviation.map_or((high - value) * (value - low), |sd| sd * sd) / n;
        let bias = clipping.bias(bounds.high);
        let lift = |interval: Interval| Interval { value, high: interval.high + bias, ..interval };
        let population = lift(around(low + span * share, Z * (noise + sampling).sqrt(), (low, high)));
        let base = lift(around(low + span * share, base, (low, high)));
        Ok(Estimate { n, base, population, at_least: clipping == Clipping::Unbounded })
    }

    fn floats(&self, group: usize) -> Result<(f64, f64), Withheld> {
        self.raw(group).map(|(a, b)| (a as f64, b as f64)).ok_or(Withheld::NoSuchGroup)
    }

    fn span(&self) -> f64 {
        self.bounds().high.abs_diff(self.bounds().low) as f64
    }
}
