//! Rates and scores from raw noisy counts, with 95 % intervals.
//!
//! Two intervals for two questions. *This customer base*: how far the noise may have moved the figure
//! of exactly these units; its half-width is the 95 % quantile of the weighted sum of noise draws. *The
//! population*: the units are a sample, and both the noise and the sampling count.
//!
//! Source: for rates the Agresti-Coull (1998) centre with the variance of the noise added.
//! Scores such as NPS take the same form, with three
//! rows spread evenly over the answers in place of Agresti and Coull's four; the tests hold its coverage at
//! n = 30 to 1,000, where a delta-method interval fails. Intervals use raw values; only the figure itself is
//! moved into its range.
//!
//! Not here: intervals for differences and trends; they follow from the variances.

use super::counts::NoisyCounts;
use super::price::Unit;
use super::simulate;

/// Estimates need at least this many units times epsilon.
pub const LEAST_UNITS: u32 = 20;

/// Two-sided 95 % of a normal variable.
pub(crate) const Z: f64 = 1.96;

/// A figure and where it lies with 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The figure.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// A figure with both intervals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The noisy number of units, not negative.
    pub n: f64,
    /// For this customer base: noise only.
    pub base: Interval,
    /// For the population the units were drawn from: sampling, noise and clipping.
    pub population: Interval,
    /// Whether values beyond the clipping range make the figure a lower bound.
    pub at_least: bool,
}

/// Why no figure is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Withheld {
    /// So few units that the noise hides the figure.
    #[error("too few {} (fewer than {fewer_than})", unit.plural())]
    TooFew {
        /// The least number of units.
        fewer_than: u64,
        /// What is counted.
        unit: Unit,
    },
    /// A group or answer that the release does not have.
    #[error("the release has no such group or answer")]
    NoSuchGroup,
}

impl NoisyCounts {
    /// The number of rows of a group, with its noise.
    ///
    /// # Errors
    /// If there is no such group.
    pub fn count(&self, group: usize) -> Result<Interval, Withheld> {
        let raw = self.raw(group).ok_or(Withheld::NoSuchGroup)?;
        let value: f64 = raw.iter().map(|count| *count as f64).sum();
        let draws = vec![1.0; raw.len() * self.draws(group) as usize];
        let half = simulate::half_width(self.noise(), &draws);
        Ok(Interval { value: value.max(0.0), low: (value - half).max(0.0), high: (value + half).max(0.0) })
    }

    /// The share of a group's rows with one of the answers in `hits`.
    ///
    /// # Errors
    /// If there are too few units, or no such group or answer.
    pub fn rate(&self, group: usize, hits: &[usize]) -> Result<Estimate, Withheld> {
        let raw = self.raw(group).ok_or(Withheld::NoSuchGroup)?;
        if hits.iter().any(|hit| *hit >= raw.len()) {
            return Err(Withheld::NoSuchGroup);
        }
        let hit = |answer: &usize| hits.contains(answer);
        let sum = |wanted: bool| -> (f64, f64) {
            let chosen = (0..raw.len()).filter(|answer| hit(answer) == wanted);
            chosen
                .filter_map(|answer| raw.get(answer))
                .fold((0.0, 0.0), |(sum, cells), n| (sum + *n as f64, cells + 1.0))
        };
        let ((x, x_cells), (y, y_cells)) = (sum(true), sum(false));
        let n = enough(x + y, self.noise().width(), self.unit())?;
        let value = (x / (x + y)).clamp(0.0, 1.0);
        let variance = self.variance(group);
        let population = agresti_coull(x, y, variance * x_cells, variance * y_cells);
        let weights = (0..raw.len()).map(|answer| if hit(&answer) { 1.0 - value } else { -value });
        let base = self.base(group, value, n, weights, (0.0, 1.0));
        Ok(Estimate { n, base, population: Interval { value, ..population }, at_least: false })
    }

    /// The mean of a group's answers where each counts as its weight.
    ///
    /// With weights 100, 0 and -100 for promoters, passives and detractors this is the net promoter score.
    ///
    /// # Errors
    /// If there are too few units, no such group, or not one weight per answer.
    pub fn score(&self, group: usize, weights: &[i64]) -> Result<Estimate, Withheld> {
        let raw = self.raw(group).ok_or(Withheld::NoSuchGroup)?;
        if weights.len() != raw.len() {
            return Err(Withheld::NoSuchGroup);
        }
        let raw: Vec<f64> = raw.iter().map(|count| *count as f64).collect();
        let weights: Vec<f64> = weights.iter().map(|weight| *weight as f64).collect();
        let rows: f64 = raw.iter().sum();
        let n = enough(rows, self.noise().width(), self.unit())?;
        let range = weights.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), w| (a.min(*w), b.max(*w)));
        let value = (dot(&raw, &weights) / rows).clamp(range.0, range.1);
        let base = self.base(group, value, n, weights.iter().map(|weight| weight - value), range);
        let population = Interval { value, ..score_interval(&raw, &weights, self.variance(group), range) };
        Ok(Estimate { n, base, population, at_least: false })
    }

    /// Noise alone: `weights` are what a row more of each answer changes, times the number of rows.
    fn base(
        &self,
        group: usize,
        value: f64,
        n: f64,
        weights: impl Iterator<Item = f64>,
        range: (f64, f64),
    ) -> Interval {
        let draws = self.draws(group) as usize;
        let weights: Vec<f64> = weights.flat_map(|weight| std::iter::repeat_n(weight, draws)).collect();
        around(value, simulate::half_width(self.noise(), &weights) / n, range)
    }
}

/// The number of units if there are enough of them for an estimate.
pub(crate) fn enough(rows: f64, width: f64, unit: Unit) -> Result<f64, Withheld> {
    let least = f64::from(LEAST_UNITS) * width;
    if rows >= least && rows >= 1.0 {
        return Ok(rows);
    }
    Err(Withheld::TooFew { fewer_than: least.ceil().max(1.0) as u64, unit })
}

/// The population's rate from raw noisy counts of hits and misses and the variances of their noise.
pub(crate) fn agresti_coull(x: f64, y: f64, x_noise: f64, y_noise: f64) -> Interval {
    let rows = (x + y).max(1.0) + 4.0;
    let centre = ((x.max(0.0) + 2.0) / rows).clamp(0.0, 1.0);
    let miss = 1.0 - centre;
    let noise = (centre * centre * y_noise + miss * miss * x_noise) / (rows * rows);
    around(centre, Z * (noise + centre * miss / rows).sqrt(), (0.0, 1.0))
}

/// The population's score from raw noisy counts and the variance of their noise.
pub(crate) fn score_interval(raw: &[f64], weights: &[f64], noise: f64, range: (f64, f64)) -> Interval {
    let added = 3.0 / raw.len() as f64;
    let rows = raw.iter().sum::<f64>().max(1.0) + 3.0;
    let shares: Vec<f64> = raw.iter().map(|count| (count + added) / rows).collect();
    let centre = dot(&shares, weights);
    let squares = shares.iter().zip(weights).map(|(share, weight)| share.max(0.0) * (weight - centre).powi(2));
    let sampling = squares.sum::<f64>() / rows;
    let spread: f64 = weights.iter().map(|weight| (weight - centre).powi(2)).sum();
    around(centre, Z * (sampling + noise * spread / (rows * rows)).sqrt(), range)
}

/// `centre` give or take `half`, within what is possible.
pub(crate) fn around(centre: f64, half: f64, range: (f64, f64)) -> Interval {
    let clamp = |value: f64| value.clamp(range.0, range.1);
    Interval { value: clamp(centre), low: clamp(centre - half), high: clamp(centre + half) }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
