//! The release: read and bound, charge, draw noise, derive.
//!
//! # Privacy
//! The whole price is charged before any noise is drawn; the parts are then paid from that sum, so that they can never
//! cost more than was charged.

use super::collect::Collector;
use super::{Plan, caveats, estimate};
use crate::Error;
use crate::compile::several_answers;
use crate::pass::{self, Depth, Layout};
use crate::question::{Output, Question};
use crate::spec::{Choice, Keys, Split};
use crate::table::{Table, plural, window_label};
use guildhall_data::Engine;
use guildhall_dp::central::{
    Account, BoundedBins, BoundedCounts, BoundedKeys, BoundedSums, Bounds, KeyRows, Mechanism, NoisyCounts,
    NoisyQuantiles, NoisySums, QuantileQuery, Unit,
};
use guildhall_dp::{Filter, Limit, Loss, Rho};
use guildhall_kpi::{Protection, QueryLine, Rational, Release, ReleaseRow};
use std::collections::BTreeMap;

/// Bounded answers to one question.
pub(crate) enum Bounded {
    Counts(BoundedCounts),
    Sums(BoundedSums),
    Quantile(BoundedBins, Rational),
}

/// Noisy answers to one question.
pub(crate) enum Noisy {
    Counts(NoisyCounts),
    Sums(NoisySums),
    Quantile(NoisyQuantiles),
}

impl Plan {
    /// Reads and bounds the data, charges the account, draws noise and derives the metrics.
    ///
    /// `spent`, `limit`, `ledger_index` and `ledger_entry` of the [`Protection`] are for the caller to fill.
    ///
    /// # Errors
    /// If the data do not fit or the account refuses. Once the account was charged, what it paid stays paid.
    pub fn release<A>(self, engine: &dyn Engine, account: &mut A) -> Result<Release, A::Error>
    where
        A: Account + ?Sized,
        A::Error: From<Error>,
    {
        let fail = |error: Error| A::Error::from(error);
        let mut paid = self.prepaid().map_err(fail)?;
        let (segments, bounded, key_query) = match &self.strengths.keys {
            None => {
                let bounded = self.bounded(engine, &self.compiled.segments).map_err(fail)?;
                account.charge(&self.price())?;
                (self.compiled.segments.clone(), bounded, None)
            }
            Some(query) => {
                let keys = self.keys(engine).map_err(fail)?;
                account.charge(&self.price())?;
                let found = keys.release(query, &mut paid).map_err(|error| fail(error.into()))?;
                let segments = self.named(found.counts().keys().cloned());
                let bounded = self.bounded(engine, &segments).map_err(fail)?;
                let line = key_line(&self, &found);
                (segments, bounded, Some(line))
            }
        };
        let noisy: Result<Vec<Noisy>, Error> = bounded
            .iter()
            .zip(&self.strengths.questions)
            .map(|(bounded, mechanism)| bounded.release(*mechanism, &mut paid))
            .collect();
        Ok(self.derive(&segments, &noisy.map_err(fail)?, key_query))
    }

    /// An account that holds exactly what the release costs.
    fn prepaid(&self) -> Result<Filter, Error> {
        let delta = self.price().charge().delta().clone();
        Ok(Filter::new(match self.strengths.whole {
            Mechanism::Laplace { epsilon } => {
                let loss = Loss::exact(Loss::of(epsilon, 0, 0).exact_epsilon().clone(), delta)?;
                Limit::Approx { loss, delta_bits: 40 }
            }
            Mechanism::Gaussian { rho } => Limit::Concentrated { rho: Rho::of(rho), delta },
        })?)
    }

    fn keys(&self, engine: &dyn Engine) -> Result<BoundedKeys, Error> {
        if self.unit() == Unit::Row {
            let mut counts = BTreeMap::new();
            pass::keys(engine, &self.spec, &self.compiled, &mut |_, key, rows| {
                *counts.entry(key.to_owned()).or_default() += rows;
                Ok(())
            })?;
            return Ok(BoundedKeys::of_rows(counts));
        }
        let bounds = Bounds::once().groups(self.contribution(Split::Segments));
        let mut rows = KeyRows::new(self.unit(), bounds)?;
        pass::keys(engine, &self.spec, &self.compiled, &mut |unit, key, _| {
            rows.push(unit.as_bytes(), key);
            Ok(())
        })?;
        Ok(rows.keys()?)
    }

    /// Labels of the segments that were found, the one for all others last.
    fn named(&self, found: impl Iterator<Item = String>) -> Vec<String> {
        let other = match self.spec.segments.as_ref().map(|segments| &segments.keys) {
            Some(Keys::Unknown { other, .. }) => other.clone(),
            _ => String::new(),
        };
        found.filter(|key| *key != other).chain([other.clone()]).collect()
    }

    /// Reads every answer and bounds what one unit contributes.
    pub(crate) fn bounded(&self, engine: &dyn Engine, segments: &[String]) -> Result<Vec<Bounded>, Error> {
        let mut collector = Collector::new(self, segments)?;
        pass::read(engine, &self.spec, &self.compiled, segments, Depth::Bounded, &mut |reply| {
            collector.push(&reply);
            Ok(())
        })?;
        collector.finish()
    }

    fn derive(&self, segments: &[String], noisy: &[Noisy], keys: Option<QueryLine>) -> Release {
        let table = Table::new(&self.spec, &self.compiled, segments);
        let (mut metrics, mut rows) = (Vec::new(), Vec::new());
        for (index, line) in self.compiled.lines.iter().enumerate() {
            let (Some(question), Some(noisy)) = (self.compiled.questions.get(line.question), noisy.get(line.question))
            else {
                continue;
            };
            let layout = Layout::of(&self.spec, &self.compiled, segments, question.split);
            let outcomes = table.places(question, layout).into_iter().map(|place| {
                let outcome = estimate::outcome(line, noisy, layout, &place.parts);
                ReleaseRow { metric: index, group: place.group, period: place.period, outcome }
            });
            let outcomes: Vec<ReleaseRow> = outcomes.collect();
            metrics.push(caveats::with_small_groups(&line.metric, &outcomes, estimate::least(noisy), &table));
            rows.extend(outcomes);
        }
        let asked = self.compiled.questions.iter().zip(noisy).enumerate();
        let lines = asked.map(|(index, (question, noisy))| self.query_line(index, question, noisy, &table, segments));
        Release {
            schema: Release::SCHEMA.to_owned(),
            id: self.spec.id.clone(),
            title: self.spec.title.clone(),
            data_set: self.spec.data_set.clone(),
            window: window_label(&self.spec),
            protection: self.protection(),
            metrics,
            queries: keys.into_iter().chain(lines).collect(),
            groups: table.groups,
            periods: table.periods,
            rows,
            notes: self.notes(),
        }
    }

    fn query_line(
        &self,
        index: usize,
        question: &Question,
        noisy: &Noisy,
        table: &Table,
        segments: &[String],
    ) -> QueryLine {
        let layout = Layout::of(&self.spec, &self.compiled, segments, question.split);
        let lines = || self.compiled.lines.iter().enumerate().filter(|(_, line)| line.question == index);
        let (mut labels, mut values) = (Vec::new(), Vec::new());
        for group in 0..layout.groups() {
            let label = table.label(question.split, layout, group);
            for (answer, value) in noisy.raw(group, &question.output) {
                labels.push(format!("{label} / {answer}"));
                values.push(value);
            }
        }
        QueryLine {
            id: lines().next().map(|(_, line)| line.metric.id.clone()).unwrap_or_default(),
            mechanism: noisy.describe(self.mechanism(index)),
            scale: noisy.scale(),
            sensitivity: self.sensitivity(question),
            epsilon: cost(self.mechanism(index)).0,
            rho: cost(self.mechanism(index)).1,
            metrics: lines().map(|(at, _)| at).collect(),
            labels,
            values,
        }
    }

    fn protection(&self) -> Protection {
        let unit = self.spec.unit.kind.name();
        Protection {
            unit: unit.to_owned(),
            neighbours: match self.unit() {
                Unit::Row => "one row added or removed".to_owned(),
                Unit::Customer | Unit::Member => format!("all rows of one {unit} added or removed"),
            },
            bounds: self.bounds(),
            epsilon: self.spec.epsilon,
            delta_bits: self.spec.delta_bits.filter(|_| self.has_delta()),
            rho: self.rho(),
            noise: self.noise().to_owned(),
            spent: Rational::ZERO,
            limit: self.spec.limit.epsilon(),
            ledger_index: 0,
            ledger_entry: String::new(),
            not_protected: caveats::not_protected(self.unit(), self.spec.epsilon),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> =
            self.spec.table.skip.iter().map(|rule| format!("Rows left out: {}.", rule.reason)).collect();
        let clear: Vec<&str> = self
            .compiled
            .clear_only
            .iter()
            .filter_map(|index| self.spec.metrics.get(*index))
            .map(|m| m.name.as_str())
            .collect();
        if !clear.is_empty() {
            notes.push(format!("Computed in the clear only, and not part of this release: {}.", clear.join(", ")));
        }
        notes.extend(several_answers(&self.spec, &self.compiled));
        if self.spec.segments.as_ref().is_some_and(|segments| segments.take == Choice::Each) {
            notes.push(format!("{} may count in several segments, so segments do not add up.", plural(&self.spec)));
        }
        notes
    }
}

fn key_line(plan: &Plan, found: &guildhall_dp::central::NoisyKeys) -> QueryLine {
    let (mechanism, threshold) = (found.noise().mechanism(), found.threshold());
    QueryLine {
        id: "segments".to_owned(),
        mechanism: format!("{}; names with a noisy count below {threshold} are not shown", name(mechanism)),
        scale: found.noise().scale().to_string(),
        sensitivity: plan.joint(plan.contribution(Split::Segments), 1),
        epsilon: cost(mechanism).0,
        rho: cost(mechanism).1,
        metrics: Vec::new(),
        labels: found.counts().keys().cloned().collect(),
        values: found.counts().values().copied().collect(),
    }
}

/// Epsilon and rho as a release states them.
const fn cost(mechanism: Mechanism) -> (Rational, Option<Rational>) {
    match mechanism {
        Mechanism::Laplace { epsilon } => (epsilon, None),
        Mechanism::Gaussian { rho } => (Rational::ZERO, Some(rho)),
    }
}

const fn name(mechanism: Mechanism) -> &'static str {
    match mechanism {
        Mechanism::Laplace { .. } => "discrete Laplace",
        Mechanism::Gaussian { .. } => "discrete Gaussian",
    }
}

impl Bounded {
    pub(crate) fn release(&self, mechanism: Mechanism, paid: &mut Filter) -> Result<Noisy, Error> {
        Ok(match self {
            Self::Counts(counts) => Noisy::Counts(counts.release(mechanism, paid)?),
            Self::Sums(sums) => Noisy::Sums(sums.release(mechanism, paid)?),
            Self::Quantile(bins, fraction) => {
                let query = QuantileQuery { probabilities: vec![*fraction], mechanism };
                Noisy::Quantile(bins.release(&query, paid)?)
            }
        })
    }
}

impl Noisy {
    /// The raw noisy values of a group, each with the name of its answer.
    pub(crate) fn raw(&self, group: usize, output: &Output) -> Vec<(String, i64)> {
        match (self, output) {
            (Self::Counts(counts), Output::Bins(names)) => {
                names.iter().cloned().zip(counts.raw(group).unwrap_or_default().iter().copied()).collect()
            }
            (Self::Sums(sums), _) => sums.raw(group).map_or_else(Vec::new, |(above, below)| {
                vec![("sum above the lower end".to_owned(), above), ("sum below the upper end".to_owned(), below)]
            }),
            (Self::Quantile(quantiles), _) => {
                quantiles.raw(group, 0).map_or_else(Vec::new, |value| vec![("chosen candidate".to_owned(), value)])
            }
            _ => Vec::new(),
        }
    }

    fn describe(&self, mechanism: Mechanism) -> String {
        match (self, mechanism) {
            (Self::Counts(_) | Self::Sums(_), _) => name(mechanism).to_owned(),
            (Self::Quantile(_), Mechanism::Laplace { .. }) => {
                "permute-and-flip over public candidates, and discrete Laplace counts around it, half of epsilon each"
                    .to_owned()
            }
            (Self::Quantile(_), Mechanism::Gaussian { .. }) => {
                "exponential mechanism over public candidates, and discrete Gaussian counts around it, half of rho each"
                    .to_owned()
            }
        }
    }

    fn scale(&self) -> String {
        match self {
            Self::Counts(counts) => counts.noise().scale().to_string(),
            Self::Sums(sums) => sums.noise().scale().to_string(),
            Self::Quantile(quantiles) => quantiles.noise().scale().to_string(),
        }
    }
}
