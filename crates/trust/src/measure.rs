//! Metrics in the clear, for one's own eyes.
//!
//! Nothing is clipped, bounded or noised: counts are exact and a mean is the mean of what customers really spent. The
//! mean after clipping stands beside it, so that a clip can be judged before anything is published.
//!
//! # Privacy
//! The result shows single customers where a group is small. It is never part of a release.

use crate::compile::{Compiled, compile, several_answers};
use crate::pass::{self, Depth, Layout};
use crate::question::{Answer, Line, Output, Read};
use crate::spec::{Keys, Spec};
use crate::spelling::{spelled_alike, spelling_note};
use crate::table::{Place, Table, window_label};
use crate::{Error, models};
use guildhall_data::Engine;
use guildhall_kpi::MetricLine;
use std::collections::BTreeSet;

/// Exact values, for one's own eyes.
#[derive(Clone, Debug, PartialEq)]
pub struct Clear {
    /// Title of the spec.
    pub title: String,
    /// Which data.
    pub window: String,
    /// The metrics.
    pub metrics: Vec<MetricLine>,
    /// The groups, the first one being all units.
    pub groups: Vec<String>,
    /// The periods or cohort ages.
    pub periods: Vec<String>,
    /// One row per metric, group and period.
    pub rows: Vec<ClearRow>,
    /// Models fitted in the clear only.
    pub models: Vec<Model>,
    /// What a person should know about the data.
    pub notes: Vec<String>,
}

/// One metric in one group and period, exact.
#[derive(Clone, Debug, PartialEq)]
pub struct ClearRow {
    /// Index into [`Clear::metrics`].
    pub metric: usize,
    /// Index into [`Clear::groups`].
    pub group: usize,
    /// Index into [`Clear::periods`].
    pub period: usize,
    /// Units behind the value.
    pub n: u64,
    /// The value; nothing where no unit is behind it.
    pub value: Option<f64>,
    /// What clipping would do to it.
    pub clipped: Option<Clipped>,
}

/// What clipping would do to a mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clipped {
    /// The mean after clipping.
    pub mean: f64,
    /// Units that would be clipped.
    pub units: u64,
}

/// A model fitted in the clear.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Which metric of `docs/metrics.md` it is.
    pub metric: String,
    /// Name people read.
    pub label: String,
    /// Customers it was fitted to.
    pub customers: u64,
    /// What it found, by name.
    pub values: Vec<(&'static str, f64)>,
}

/// Computes every metric of a spec in the clear.
///
/// # Errors
/// [`Error::Spec`] if the spec has mistakes, [`Error::Data`] if the data do not fit it, [`Error::Model`] if a model
/// cannot be fitted.
pub fn measure(engine: &dyn Engine, spec: &Spec) -> Result<Clear, Error> {
    let compiled = compile(spec).map_err(Error::Spec)?;
    let segments = segments(engine, spec, &compiled)?;
    let layouts: Vec<Layout> =
        compiled.questions.iter().map(|q| Layout::of(spec, &compiled, &segments, q.split)).collect();
    let mut tallies: Vec<Vec<Tally>> = compiled
        .questions
        .iter()
        .zip(&layouts)
        .map(|(q, layout)| vec![Tally::of(&q.output); layout.groups()])
        .collect();
    let mut outside = vec![0u64; compiled.questions.len()];
    pass::read(engine, spec, &compiled, &segments, Depth::Whole, &mut |reply| {
        let tally = tallies.get_mut(reply.question).and_then(|tallies| tallies.get_mut(reply.group));
        outside.iter_mut().skip(reply.question).take(1).for_each(|n| *n += reply.outside);
        if let Some(tally) = tally {
            tally.add(reply.answer, reply.units);
        }
        Ok(())
    })?;
    let table = Table::new(spec, &compiled, &segments);
    let mut rows = Vec::new();
    for (index, line) in compiled.lines.iter().enumerate() {
        let (Some(question), Some(layout)) = (compiled.questions.get(line.question), layouts.get(line.question)) else {
            continue;
        };
        let tallies = tallies.get(line.question).map_or(&[][..], Vec::as_slice);
        let row = |place: Place| {
            let sum = Tally::sum(&question.output, place.parts.iter().filter_map(|part| tallies.get(*part)));
            let (value, clipped) = value(line, &question.output, &sum);
            ClearRow { metric: index, group: place.group, period: place.period, n: sum.count(), value, clipped }
        };
        rows.extend(table.places(question, *layout).into_iter().map(row));
    }
    Ok(Clear {
        title: spec.title.clone(),
        window: window_label(spec),
        metrics: compiled.lines.iter().map(|line| line.metric.clone()).collect(),
        groups: table.groups,
        periods: table.periods,
        rows,
        models: models::fit(engine, spec, &compiled)?,
        notes: spelling_note(spelled_alike(engine, spec)?, spec)
            .into_iter()
            .chain(several_answers(spec, &compiled))
            .chain(notes(&compiled, &outside))
            .collect(),
    })
}

/// The labels of the segments: as declared, or all that the data name.
pub(crate) fn segments(engine: &dyn Engine, spec: &Spec, compiled: &Compiled) -> Result<Vec<String>, Error> {
    let Some(Keys::Unknown { other, .. }) = spec.segments.as_ref().map(|segments| &segments.keys) else {
        return Ok(compiled.segments.clone());
    };
    let mut found = BTreeSet::new();
    pass::keys(engine, spec, compiled, &mut |_, key, _| {
        found.insert(key.to_owned());
        Ok(())
    })?;
    found.remove(other);
    Ok(found.into_iter().chain([other.clone()]).collect())
}

fn notes(compiled: &Compiled, outside: &[u64]) -> Vec<String> {
    let named = |question: usize| {
        let mut labels = compiled.lines.iter().filter(|line| line.question == question).map(|line| &line.metric.label);
        labels.next().cloned().unwrap_or_default()
    };
    let told = outside.iter().enumerate().filter(|(_, count)| **count > 0);
    told.map(|(question, count)| {
        let (verb, counts) = if *count == 1 { ("answer lies", "counts") } else { ("answers lie", "count") };
        format!("{}: {count} {verb} outside the declared scale and {counts} for nothing", named(question))
    })
    .collect()
}

/// Exact answers of one group.
#[derive(Clone, Debug)]
enum Tally {
    Bins(Vec<u64>),
    /// Values, and how many units have each; a value may stand there several times.
    Values(Vec<(i64, u64)>),
}

impl Tally {
    fn of(output: &Output) -> Self {
        match output {
            Output::Bins(names) => Self::Bins(vec![0; names.len()]),
            _ => Self::Values(Vec::new()),
        }
    }

    fn add(&mut self, answer: Answer, units: u64) {
        match (self, answer) {
            (Self::Bins(bins), Answer::Bin(bin)) => bins.iter_mut().skip(bin).take(1).for_each(|n| *n += units),
            (Self::Values(values), Answer::Value(value)) => values.push((value, units)),
            _ => {}
        }
    }

    fn sum<'a>(output: &Output, parts: impl Iterator<Item = &'a Self>) -> Self {
        let mut sum = Self::of(output);
        for part in parts {
            match (&mut sum, part) {
                (Self::Bins(sum), Self::Bins(bins)) => sum.iter_mut().zip(bins).for_each(|(a, b)| *a += b),
                (Self::Values(sum), Self::Values(values)) => sum.extend(values),
                _ => {}
            }
        }
        sum
    }

    fn count(&self) -> u64 {
        match self {
            Self::Bins(bins) => bins.iter().sum(),
            Self::Values(values) => values.iter().map(|(_, units)| units).sum(),
        }
    }
}

fn value(line: &Line, output: &Output, tally: &Tally) -> (Option<f64>, Option<Clipped>) {
    if tally.count() == 0 {
        return (None, None);
    }
    match (&line.read, tally) {
        (Read::Share { of, among }, Tally::Bins(bins)) => (ratio(bins, of, among).map(|share| 100.0 * share), None),
        (Read::Balance { plus, minus }, Tally::Bins(bins)) => {
            let all: Vec<usize> = (0..bins.len()).collect();
            let share = |bin: &usize| ratio(bins, &[*bin], &all);
            (share(plus).zip(share(minus)).map(|(plus, minus)| 100.0 * (plus - minus)), None)
        }
        (Read::ScaleMean { first }, Tally::Bins(bins)) => {
            let sum: f64 = bins.iter().zip(*first..).map(|(count, answer)| *count as f64 * answer as f64).sum();
            (Some(sum / tally.count() as f64), None)
        }
        (Read::Mean { factor, clips, .. }, Tally::Values(values)) => {
            let clipped = match output {
                Output::Sums { low, high } if *clips => Some(clipping(values, *low, *high, *factor)),
                _ => None,
            };
            (Some(mean(values) * factor), clipped)
        }
        (Read::Quantile { factor }, Tally::Values(values)) => match output {
            Output::Quantile { fraction, .. } => (quantile(values, *fraction).map(|value| value * factor), None),
            _ => (None, None),
        },
        _ => (None, None),
    }
}

fn ratio(bins: &[u64], of: &[usize], among: &[usize]) -> Option<f64> {
    let sum = |set: &[usize]| set.iter().filter_map(|bin| bins.get(*bin)).sum::<u64>();
    let (of, among) = (sum(of), sum(among));
    (among > 0).then(|| of as f64 / among as f64)
}

fn mean(values: &[(i64, u64)]) -> f64 {
    let sum: i128 = values.iter().map(|(value, units)| i128::from(*value) * i128::from(*units)).sum();
    sum as f64 / values.iter().map(|(_, units)| units).sum::<u64>() as f64
}

fn clipping(values: &[(i64, u64)], low: i64, high: i64, factor: f64) -> Clipped {
    let inside: Vec<(i64, u64)> = values.iter().map(|(value, units)| ((*value).clamp(low, high), *units)).collect();
    let clipped = values.iter().filter(|(value, _)| !(low..=high).contains(value));
    Clipped { mean: mean(&inside) * factor, units: clipped.map(|(_, units)| units).sum() }
}

/// The quantile by linear interpolation (type 7 of Hyndman and Fan, 1996).
fn quantile(values: &[(i64, u64)], thousandths: i64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let count: u64 = sorted.iter().map(|(_, units)| units).sum();
    let place = (count.checked_sub(1)? as f64) * thousandths as f64 / 1000.0;
    let at = |index: f64| {
        let mut left = index as u64;
        let found = sorted.iter().find(|(_, units)| match left.checked_sub(*units) {
            Some(rest) => {
                left = rest;
                false
            }
            None => true,
        });
        found.map(|(value, _)| *value as f64)
    };
    let (low, high) = (at(place.floor())?, at(place.ceil())?);
    Some(low + (high - low) * (place - place.floor()))
}
