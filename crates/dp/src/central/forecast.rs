//! What a release will be worth, before anything is spent.
//!
//! Feeds expected counts, made of what a person believes, to the same estimators that read a release, and simulates
//! the noise for the mean absolute error. No data is read.
//!
//! Assumptions: as many units as expected, spread over the groups as expected.

use super::bounding::Bounds;
use super::counts::NoisyCounts;
use super::estimate::{Estimate, Withheld};
use super::mean::Clipping;
use super::noise::Noise;
use super::price::{Mechanism, Unit};
use super::simulate;
use super::sums::NoisySums;
use crate::Error;

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

impl Forecast {
    /// A count of rows in a group whose release has `answers` answers.
    ///
    /// # Errors
    /// If the noise cannot be calibrated.
    pub fn count(mechanism: Mechanism, bounds: Bounds, answers: usize) -> Result<Self, Error> {
        let noise = Noise::new(mechanism, bounds.sensitivity(1))?;
        let weights = vec![1.0; answers];
        let width = 2.0 * simulate::half_width(&noise, &weights);
        let error = simulate::mean_error(&noise, &weights);
        Ok(Self { error, base_width: width, population_width: width })
    }

    /// A rate of `share` in a group of `n` rows, from two answers; `Err` inside where it would be withheld.
    ///
    /// # Errors
    /// If the noise cannot be calibrated.
    pub fn rate(
        unit: Unit,
        mechanism: Mechanism,
        bounds: Bounds,
        n: u64,
        share: f64,
    ) -> Result<Result<Self, Withheld>, Error> {
        let share = share.clamp(0.0, 1.0);
        let noisy = expected(unit, mechanism, bounds, n, &[share, 1.0 - share])?;
        let error = simulate::mean_error(noisy.noise(), &[(1.0 - share) / n as f64, share / n as f64]);
        Ok(noisy.rate(0, &[0]).map(|estimate| Self::of(&estimate, error)))
    }

    /// A score such as NPS of a group of `n` rows with these shares of answers; `Err` inside where it would be withheld.
    ///
    /// # Errors
    /// If the noise cannot be calibrated.
    pub fn score(
        unit: Unit,
        mechanism: Mechanism,
        bounds: Bounds,
        n: u64,
        shares: &[f64],
        weights: &[i64],
    ) -> Result<Result<Self, Withheld>, Error> {
        let noisy = expected(unit, mechanism, bounds, n, shares)?;
        let value: f64 = shares.iter().zip(weights).map(|(share, weight)| share * *weight as f64).sum();
        let moves: Vec<f64> = weights.iter().map(|weight| (*weight as f64 - value) / n as f64).collect();
        let error = simulate::mean_error(noisy.noise(), &moves);
        Ok(noisy.score(0, weights).map(|estimate| Self::of(&estimate, error)))
    }

    /// A mean of `mean` steps in a group of `n` rows; `Err` inside where it would be withheld.
    ///
    /// # Errors
    /// If the noise cannot be calibrated.
    pub fn mean(
        unit: Unit,
        mechanism: Mechanism,
        bounds: Bounds,
        n: u64,
        mean: i64,
        deviation: Option<f64>,
    ) -> Result<Result<Self, Withheld>, Error> {
        bounds.check(unit)?;
        let noise = Noise::new(mechanism, bounds.sensitivity(bounds.high.abs_diff(bounds.low)))?;
        let mean = mean.clamp(bounds.low, bounds.high);
        let whole = |span: u64| i64::try_from(u128::from(span) * u128::from(n)).map_err(|_| Error::Overflow);
        let raw = vec![whole(mean.abs_diff(bounds.low))?, whole(bounds.high.abs_diff(mean))?];
        let share = mean.abs_diff(bounds.low) as f64 / bounds.high.abs_diff(bounds.low) as f64;
        let error = simulate::mean_error(&noise, &[(1.0 - share) / n as f64, share / n as f64]);
        let noisy = NoisySums::new(unit, bounds, raw, noise);
        Ok(noisy.mean(0, deviation, Clipping::None).map(|estimate| Self::of(&estimate, error)))
    }

    fn of(estimate: &Estimate, error: f64) -> Self {
        let width = |interval: super::Interval| interval.high - interval.low;
        Self { error, base_width: width(estimate.base), population_width: width(estimate.population) }
    }
}

/// Counts as they would be without noise: not a release, for nothing is known of any row.
fn expected(unit: Unit, mechanism: Mechanism, bounds: Bounds, n: u64, shares: &[f64]) -> Result<NoisyCounts, Error> {
    bounds.check(unit)?;
    let noise = Noise::new(mechanism, bounds.sensitivity(1))?;
    let raw = shares.iter().map(|share| (share * n as f64).round() as i64).collect();
    Ok(NoisyCounts::new(unit, raw, shares.len(), noise))
}
