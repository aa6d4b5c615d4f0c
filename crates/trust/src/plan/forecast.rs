//! How exact a release would be, and how much of it would be withheld; nothing is charged.
//!
//! The numbers of units are read from the data, exactly: an outlook is for the analyst's own eyes. Values are not:
//! assumed are shares of one half (the least exact case), answers of a scale spread evenly, and means a quarter up the
//! range. The error shown is that of a middling group.

use super::Plan;
use crate::Error;
use crate::measure::{self, ClearRow, measure};
use crate::pass::Layout;
use crate::question::{Line, Output, Question, Read};
use crate::table::{Place, Table};
use guildhall_data::Engine;
use guildhall_dp::central::{Expected, Forecast, Withheld};
use guildhall_kpi::Rational;
use std::collections::BTreeMap;

/// What is to be expected of a release.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// Most units behind any value, exactly: never to be published.
    pub units: u64,
    /// Every metric, in its groups and over all of them.
    pub predicted: Vec<Predicted>,
}

/// The expected quality of one metric, in its groups or over all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicted {
    /// Label of the metric.
    pub metric: String,
    /// Unit of the values below; percentiles for quantiles.
    pub unit: String,
    /// Whether groups are added up.
    pub total: bool,
    /// Units in the middling group.
    pub n: u64,
    /// Mean absolute error that the noise causes there, and the widths of both intervals.
    pub quality: Option<Forecast>,
    /// Why nothing would be shown there.
    pub missing: Option<String>,
    /// Values of this kind in the release.
    pub values: usize,
    /// How many of them would be withheld, give or take the noise.
    pub withheld: usize,
}

impl Outlook {
    /// Values in the release.
    pub fn values(&self) -> usize {
        self.predicted.iter().map(|predicted| predicted.values).sum()
    }

    /// Values that would be withheld.
    pub fn withheld(&self) -> usize {
        self.predicted.iter().map(|predicted| predicted.withheld).sum()
    }
}

/// A forecast in steps with the factor to the metric's unit, or why nothing would be shown.
type Foreseen = Result<(Forecast, f64), Withheld>;

/// Rows of one kind: how many groups make up each, and how many units each has.
struct Kind {
    total: bool,
    parts: usize,
    counts: Vec<u64>,
}

impl Plan {
    /// Reads how many units there are, and predicts every metric.
    ///
    /// # Errors
    /// If the data do not fit the spec, or noise cannot be calibrated.
    pub fn outlook(&self, engine: &dyn Engine) -> Result<Outlook, Error> {
        let segments = measure::segments(engine, &self.spec, &self.compiled)?;
        let clear = measure(engine, &self.spec)?;
        let table = Table::new(&self.spec, &self.compiled, &segments);
        let mut predicted = Vec::new();
        for (index, line) in self.compiled.lines.iter().enumerate() {
            let Some(question) = self.compiled.questions.get(line.question) else { continue };
            let layout = Layout::of(&self.spec, &self.compiled, &segments, question.split);
            let rows: Vec<&ClearRow> = clear.rows.iter().filter(|row| row.metric == index).collect();
            for kind in kinds(&table.places(question, layout), &rows) {
                predicted.push(self.predicted(line, question, &kind)?);
            }
        }
        Ok(Outlook { units: clear.rows.iter().map(|row| row.n).max().unwrap_or(0), predicted })
    }

    fn predicted(&self, line: &Line, question: &Question, kind: &Kind) -> Result<Predicted, Error> {
        let n = middle(&kind.counts);
        let values = kind.counts.len();
        let quantile = matches!(question.output, Output::Quantile { .. });
        let unit = if quantile { "percentiles".to_owned() } else { line.metric.unit.clone() };
        let mut found = Predicted {
            metric: line.metric.label.clone(),
            unit,
            total: kind.total,
            n,
            quality: None,
            missing: None,
            values,
            withheld: values,
        };
        if quantile && kind.total {
            found.missing = Some("quantiles of groups do not add up to one of all".to_owned());
            return Ok(found);
        }
        let least = self.forecast(line, question, 0, kind.parts)?.map_or_else(fewer_than, |_| 1);
        found.withheld = kind.counts.iter().filter(|count| **count < least).count();
        match self.forecast(line, question, n, kind.parts)? {
            Ok((forecast, factor)) => found.quality = Some(scaled(forecast, factor)),
            Err(withheld) => found.missing = Some(withheld.to_string()),
        }
        Ok(found)
    }

    fn forecast(&self, line: &Line, question: &Question, n: u64, parts: usize) -> Result<Foreseen, Error> {
        let parts = u32::try_from(parts).unwrap_or(u32::MAX);
        let (mechanism, bounds) = (self.mechanism(line.question), self.enforced(question));
        let expected = Expected { unit: self.unit(), mechanism, bounds, n, parts };
        let (outcome, factor) = match (&line.read, &question.output) {
            (Read::Share { of, among }, Output::Bins(names)) if among.len() == names.len() && names.len() > 2 => {
                let share = |bin: usize| match of.contains(&bin) {
                    true => 0.5 / of.len() as f64,
                    false => 0.5 / (names.len() - of.len()).max(1) as f64,
                };
                let shares: Vec<f64> = (0..names.len()).map(share).collect();
                let weights: Vec<i64> = (0..names.len()).map(|bin| i64::from(of.contains(&bin))).collect();
                (expected.score(&shares, &weights)?, 100.0)
            }
            (Read::Share { .. }, _) => (expected.rate(0.5)?, 100.0),
            (Read::Balance { .. }, _) => (expected.score(&[0.2, 0.3, 0.5], &[-100, 0, 100])?, 1.0),
            (Read::ScaleMean { first }, Output::Bins(names)) => {
                let weights: Vec<i64> = (*first..).take(names.len()).collect();
                let shares = vec![1.0 / names.len().max(1) as f64; names.len()];
                (expected.score(&shares, &weights)?, 1.0)
            }
            (Read::Mean { factor, .. }, Output::Sums { low, high }) => {
                (expected.mean(low + (high - low) / 4, None)?, *factor)
            }
            (_, Output::Quantile { low, high, step, fraction }) => {
                let probability = Rational::new(u64::try_from(*fraction).unwrap_or(500), 1_000);
                let candidates = usize::try_from((high - low) / step + 1).unwrap_or(usize::MAX);
                (expected.quantile(probability.unwrap_or(Rational::ZERO), candidates)?, 100.0)
            }
            _ => (Err(Withheld::NoSuchGroup), 1.0),
        };
        Ok(outcome.map(|forecast| (forecast, factor)))
    }
}

/// Single groups, and sums of groups; rows that the window does not reach are neither.
fn kinds(places: &[Place], rows: &[&ClearRow]) -> Vec<Kind> {
    let counts: BTreeMap<(usize, usize), u64> = rows.iter().map(|row| ((row.group, row.period), row.n)).collect();
    let count = |place: &Place| counts.get(&(place.group, place.period)).copied().unwrap_or(0);
    let of = |total: bool| {
        let mine: Vec<&Place> =
            places.iter().filter(|place| !place.parts.is_empty() && (place.parts.len() > 1) == total).collect();
        let parts = mine.iter().map(|place| place.parts.len()).max().unwrap_or(1);
        Kind { total, parts, counts: mine.into_iter().map(count).collect() }
    };
    [of(false), of(true)].into_iter().filter(|kind| !kind.counts.is_empty()).collect()
}

fn middle(counts: &[u64]) -> u64 {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or(0)
}

fn fewer_than(withheld: Withheld) -> u64 {
    match withheld {
        Withheld::TooFew { fewer_than, .. } => fewer_than,
        _ => u64::MAX,
    }
}

fn scaled(forecast: Forecast, factor: f64) -> Forecast {
    let Forecast { error, base_width, population_width } = forecast;
    Forecast { error: error * factor, base_width: base_width * factor, population_width: population_width * factor }
}
