//! How exact a release would be for an expected number of units; no data, no cost.
//!
//! Assumes units spread evenly over the groups, shares of one half (the least exact case), answers of a scale spread
//! evenly, and means a quarter up the range. A total over groups is less exact than a single group of its size would be.

use super::Plan;
use crate::pass::Layout;
use crate::question::{Line, Output, Question, Read};
use guildhall_dp::central::{Forecast, Mechanism, Withheld};

/// The expected quality of one metric in one of its groups, in the metric's unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicted {
    /// Label of the metric.
    pub metric: String,
    /// Unit of the values below.
    pub unit: String,
    /// Units expected in a group.
    pub n: u64,
    /// Mean absolute error that the noise causes, and the widths of both intervals; nothing for quantiles, whose
    /// error depends on how the values lie.
    pub quality: Option<Forecast>,
    /// Why nothing would be shown.
    pub withheld: Option<Withheld>,
}

/// A forecast in steps with the factor to the metric's unit, or why nothing would be shown.
type Foreseen = Result<(Forecast, f64), Withheld>;

impl Plan {
    /// Predicts every metric for so many units in all.
    ///
    /// # Errors
    /// If noise cannot be calibrated.
    pub fn predict(&self, units: u64) -> Result<Vec<Predicted>, guildhall_dp::Error> {
        let mut found = Vec::new();
        for line in &self.compiled.lines {
            let Some(question) = self.compiled.questions.get(line.question) else { continue };
            let segments = &self.compiled.segments;
            let Layout { places, .. } = Layout::of(&self.spec, &self.compiled, segments, question.split);
            let n = (units / places.max(1) as u64).max(1);
            let forecast = self.forecast(line, question, n)?;
            let (quality, withheld) = match forecast {
                Some(Ok((forecast, factor))) => (Some(scaled(forecast, factor)), None),
                Some(Err(withheld)) => (None, Some(withheld)),
                None => (None, None),
            };
            let (metric, unit) = (line.metric.label.clone(), line.metric.unit.clone());
            found.push(Predicted { metric, unit, n, quality, withheld });
        }
        Ok(found)
    }

    fn forecast(&self, line: &Line, question: &Question, n: u64) -> Result<Option<Foreseen>, guildhall_dp::Error> {
        let epsilon = self.epsilons.get(line.question).copied().unwrap_or(guildhall_kpi::Rational::ZERO);
        let (mechanism, bounds, unit) = (Mechanism::Laplace { epsilon }, self.enforced(question), self.unit());
        let with = |outcome: Result<Forecast, Withheld>, factor: f64| Some(outcome.map(|forecast| (forecast, factor)));
        Ok(match (&line.read, &question.output) {
            (Read::Share { .. }, _) => with(Forecast::rate(unit, mechanism, bounds, n, 0.5)?, 100.0),
            (Read::Balance { .. }, _) => {
                let weights = [-100, 0, 100];
                with(Forecast::score(unit, mechanism, bounds, n, &[0.2, 0.3, 0.5], &weights)?, 1.0)
            }
            (Read::ScaleMean { first }, Output::Bins(names)) => {
                let weights: Vec<i64> = (*first..).take(names.len()).collect();
                let shares = vec![1.0 / names.len().max(1) as f64; names.len()];
                with(Forecast::score(unit, mechanism, bounds, n, &shares, &weights)?, 1.0)
            }
            (Read::Mean { factor, .. }, Output::Sums { low, high }) => {
                let mean = low + (high - low) / 4;
                with(Forecast::mean(unit, mechanism, bounds, n, mean, None)?, *factor)
            }
            _ => None,
        })
    }
}

fn scaled(forecast: Forecast, factor: f64) -> Forecast {
    let Forecast { error, base_width, population_width } = forecast;
    Forecast { error: error * factor, base_width: base_width * factor, population_width: population_width * factor }
}
