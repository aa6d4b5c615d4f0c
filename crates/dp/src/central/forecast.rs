//! What a release will be worth, before anything is spent.
//!
//! Feeds expected counts, made of what a person believes, to the same estimators that read a release, and simulates
//! the noise for the mean absolute error. No noise of a release is drawn.
//!
//! Assumptions: as many units as expected, with answers as expected.

use super::bounding::Bounds;
use super::counts::NoisyCounts;
use super::estimate::{Estimate, Withheld, enough};
use super::mean::Clipping;
use super::noise::Noise;
use super::price::{Mechanism, Unit};
use super::quantiles::QuantileQuery;
use super::simulate;
use super::sums::NoisySums;
use crate::Error;
use guildhall_kpi::Rational;

/// The expected quality of one figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// Mean absolute error that the noise causes.
    pub error: f64,
    /// Width of the interval for this customer base.
    pub base_width: f64,
    /// Width of the interval for the population.
    pub population_width: f64,
}

/// What is expected of the rows behind one figure, and how it will be released.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// Whom the release hides.
    pub unit: Unit,
    /// The mechanism and its strength.
    pub mechanism: Mechanism,
    /// The bounds on one unit.
    pub bounds: Bounds,
    /// Rows behind the figure.
    pub n: u64,
    /// Groups that are added up to it, each with noise of its own; 1 for a single group.
    pub parts: u32,
}

impl Expected {
    /// The mean absolute error of one released number that a kept row moves by `change` in all.
    ///
    /// # Errors
    /// If the noise cannot be calibrated.
    pub fn error_of_a_number(&self, change: u64) -> Result<f64, Error> {
        Ok(Noise::new(self.mechanism, self.bounds.sensitivity(change))?.mean_error())
    }

    /// A count of rows in a group whose release has `answers` answers.
    ///
    /// # Errors
    /// If the noise cannot be calibrated.
    pub fn count(&self, answers: usize) -> Result<Forecast, Error> {
        let noise = Noise::new(self.mechanism, self.bounds.sensitivity(1))?;
        let weights = vec![1.0; answers * self.parts as usize];
        let width = 2.0 * simulate::half_width(&noise, &weights);
        let error = simulate::mean_error(&noise, &weights);
        Ok(Forecast { error, base_width: width, population_width: width })
    }

    /// A rate of `share`, from two answers; `Err` inside where it would be withheld.
    ///
    /// # Errors
    /// If the noise cannot be calibrated.
    pub fn rate(&self, share: f64) -> Result<Result<Forecast, Withheld>, Error> {
        let share = share.clamp(0.0, 1.0);
        let noisy = self.counts(&[share, 1.0 - share])?;
        let error = self.error(noisy.noise(), &[1.0 - share, share]);
        Ok(noisy.rate(0, &[0]).map(|estimate| Forecast::of(&estimate, error)))
    }

    /// A score such as NPS with these shares of answers; `Err` inside where it would be withheld.
    ///
    /// # Errors
    /// If the noise cannot be calibrated.
    pub fn score(&self, shares: &[f64], weights: &[i64]) -> Result<Result<Forecast, Withheld>, Error> {
        let noisy = self.counts(shares)?;
        let value: f64 = shares.iter().zip(weights).map(|(share, weight)| share * *weight as f64).sum();
        let moves: Vec<f64> = weights.iter().map(|weight| *weight as f64 - value).collect();
        let error = self.error(noisy.noise(), &moves);
        Ok(noisy.score(0, weights).map(|estimate| Forecast::of(&estimate, error)))
    }

    /// A mean of `mean` steps; `Err` inside where it would be withheld.
    ///
    /// # Errors
    /// If the noise cannot be calibrated.
    pub fn mean(&self, mean: i64, deviation: Option<f64>) -> Result<Result<Forecast, Withheld>, Error> {
        let Self { unit, bounds, n, .. } = *self;
        bounds.check(unit)?;
        let span = bounds.high.abs_diff(bounds.low);
        let noise = Noise::new(self.mechanism, bounds.sensitivity(span))?;
        let mean = mean.clamp(bounds.low, bounds.high);
        let whole = |span: u64| i64::try_from(u128::from(span) * u128::from(n)).map_err(|_| Error::Overflow);
        let raw = [whole(mean.abs_diff(bounds.low))?, whole(bounds.high.abs_diff(mean))?];
        let share = mean.abs_diff(bounds.low) as f64 / span as f64;
        let error = self.error(&noise, &[1.0 - share, share]);
        let noisy = NoisySums::new(unit, bounds, self.padded(&raw), noise);
        let noisy = noisy.rolled_up(&vec![0; self.parts.max(1) as usize], 1)?;
        Ok(noisy.mean(0, deviation, Clipping::None).map(|estimate| Forecast::of(&estimate, error)))
    }

    /// A quantile of one group among so many candidates, in shares of its rows: 0.01 is one percentile.
    ///
    /// # Errors
    /// If the probability is not between 0 and 1, or the noise cannot be calibrated.
    pub fn quantile(&self, probability: Rational, candidates: usize) -> Result<Result<Forecast, Withheld>, Error> {
        let query = QuantileQuery { probabilities: vec![probability], mechanism: self.mechanism };
        let (width, found) = query.forecast(self.bounds, self.n, candidates)?;
        let found = found.first().copied().ok_or(Error::Probability)?;
        Ok(enough(self.n as f64, width, self.unit).map(|_| found))
    }

    /// Counts as they would be without noise: not a release, for nothing is known of any row.
    fn counts(&self, shares: &[f64]) -> Result<NoisyCounts, Error> {
        self.bounds.check(self.unit)?;
        let noise = Noise::new(self.mechanism, self.bounds.sensitivity(1))?;
        let raw: Vec<i64> = shares.iter().map(|share| (share * self.n as f64).round() as i64).collect();
        let noisy = NoisyCounts::new(self.unit, self.padded(&raw), shares.len(), noise);
        noisy.rolled_up(&vec![0; self.parts.max(1) as usize], 1)
    }

    /// All rows in the first part, and further parts that bring nothing but noise.
    fn padded(&self, raw: &[i64]) -> Vec<i64> {
        let mut all = raw.to_vec();
        all.resize(raw.len() * self.parts.max(1) as usize, 0);
        all
    }

    /// The error of a ratio over `n` that a step of noise in each number moves by its weight.
    fn error(&self, noise: &Noise, moves: &[f64]) -> f64 {
        let n = self.n.max(1) as f64;
        let parts = self.parts.max(1) as usize;
        let weights: Vec<f64> = moves.iter().flat_map(|weight| std::iter::repeat_n(weight / n, parts)).collect();
        simulate::mean_error(noise, &weights)
    }
}

impl Forecast {
    fn of(estimate: &Estimate, error: f64) -> Self {
        let width = |interval: super::Interval| interval.high - interval.low;
        Self { error, base_width: width(estimate.base), population_width: width(estimate.population) }
    }
}
