//! What a release would ask, what it would cost and how exact it would be: everything before data are read.
//!
//! Epsilon is split over the metrics by their weights; a metric with several queries splits its share evenly; metrics
//! that share a query pool theirs. All noise of a release is discrete Laplace, or all of it is discrete Gaussian, see
//! [`strength`]. Parameters are exact rationals throughout.

mod caveats;
mod collect;
mod estimate;
mod forecast;
mod publish;
mod strength;

use crate::Error;
use crate::compile::{Compiled, compile};
use crate::pass::Layout;
use crate::question::{Output, Question};
use crate::spec::{Choice, Keys, Spec, Split, UnitKind};
use crate::table::plural;
pub use forecast::{Outlook, Predicted};
use guildhall_dp::central::{Bounds, KeyQuery, Mechanism, Price, Unit};
use guildhall_kpi::Rational;
use strength::Strengths;

/// A checked release, ready to be priced, predicted and made.
#[derive(Clone, Debug)]
pub struct Plan {
    spec: Spec,
    compiled: Compiled,
    /// What each question gets of the price, and as which noise.
    strengths: Strengths,
}

/// One query of a plan, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedQuery {
    /// The metrics read off it, by label.
    pub metrics: Vec<String>,
    /// What is asked, e.g. `counts of stayed, left`.
    pub asks: String,
    /// Groups it is asked for.
    pub groups: Option<usize>,
    /// What it costs, and as which noise.
    pub mechanism: Mechanism,
    /// Joint sensitivity, in units of the raw values.
    pub sensitivity: String,
}

/// Plans the release of a spec, without any data.
///
/// # Errors
/// [`Error::Spec`] with every mistake, [`Error::NothingToRelease`] if all metrics are clear only.
pub fn plan(spec: &Spec) -> Result<Plan, Error> {
    let compiled = compile(spec).map_err(Error::Spec)?;
    if compiled.questions.is_empty() {
        return Err(Error::NothingToRelease);
    }
    let key_weight = match spec.segments.as_ref().map(|segments| &segments.keys) {
        Some(Keys::Unknown { weight, .. }) => u64::from(*weight),
        _ => 0,
    };
    let released = spec.metrics.iter().enumerate().filter(|(index, _)| !compiled.clear_only.contains(index));
    let total = key_weight + released.map(|(_, metric)| u64::from(metric.weight)).sum::<u64>();
    let share = |weight: u64, parts: u64| share(spec.epsilon, weight, total, parts);
    let mut epsilons = Vec::new();
    for askers in &compiled.askers {
        let mut epsilon = Rational::ZERO;
        for (metric, parts) in askers {
            let weight = spec.metrics.get(*metric).map_or(1, |metric| u64::from(metric.weight));
            epsilon = epsilon.checked_add(share(weight, *parts)?).ok_or(guildhall_dp::Error::TooFine)?;
        }
        epsilons.push(epsilon);
    }
    let keys = match key_weight {
        0 => None,
        weight => Some(KeyQuery { mechanism: Mechanism::Laplace { epsilon: share(weight, 1)? }, delta: delta(spec) }),
    };
    let strengths = Strengths::laplace(spec.epsilon, &epsilons, keys);
    Plan { spec: spec.clone(), compiled, strengths }.settled()
}

fn share(epsilon: Rational, weight: u64, total: u64, parts: u64) -> Result<Rational, Error> {
    let num = epsilon.numerator().checked_mul(weight);
    let den = total.checked_mul(parts).and_then(|whole| epsilon.denominator().checked_mul(whole));
    let share = num.zip(den).and_then(|(num, den)| Rational::new(num, den));
    share.ok_or_else(|| guildhall_dp::Error::TooFine.into())
}

fn delta(spec: &Spec) -> Rational {
    Rational::new(1, 1 << spec.delta_bits.unwrap_or(40).min(60)).unwrap_or(Rational::ZERO)
}

impl Plan {
    /// What the release costs.
    pub fn price(&self) -> Price {
        let mechanism = self.strengths.whole;
        match &self.strengths.keys {
            Some(keys) => KeyQuery { mechanism, delta: keys.delta }.price(self.unit()),
            None => mechanism.price(self.unit()),
        }
    }

    /// Which noise is used, and why.
    pub fn noise(&self) -> &str {
        &self.strengths.why
    }

    /// What an epsilon this large means; nothing for usual ones.
    pub fn warning(&self) -> Option<String> {
        caveats::large_epsilon(self.spec.epsilon).map(|what| format!("this release does not protect {what}"))
    }

    /// The spec that is planned.
    pub const fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The queries in words.
    pub fn queries(&self) -> Vec<PlannedQuery> {
        let query = |(index, question): (usize, &Question)| {
            let lines = self.compiled.lines.iter().filter(|line| line.question == index);
            PlannedQuery {
                metrics: lines.map(|line| line.metric.label.clone()).collect(),
                asks: asks(&question.output),
                groups: self.groups(question.split),
                mechanism: self.mechanism(index),
                sensitivity: self.sensitivity(question),
            }
        };
        let found = self.strengths.keys.iter().map(|keys| PlannedQuery {
            metrics: vec!["the segments".to_owned()],
            asks: format!("names of segments that enough {} share", plural(&self.spec)),
            groups: None,
            mechanism: keys.mechanism,
            sensitivity: self.joint(self.contribution(Split::Segments), 1),
        });
        found.chain(self.compiled.questions.iter().enumerate().map(query)).collect()
    }

    /// The bounds on one unit's contribution, in words.
    pub fn bounds(&self) -> Vec<String> {
        let unit = self.spec.unit.kind.name();
        let mut bounds = vec![match self.unit() {
            Unit::Row => "every row gives at most one answer per metric".to_owned(),
            Unit::Customer | Unit::Member => format!("all rows of one {unit} become one answer per metric and group"),
        }];
        for question in &self.compiled.questions {
            let lines = self.compiled.lines.iter().filter(|line| &self.compiled.questions[line.question] == question);
            let names: Vec<&str> = lines.map(|line| line.metric.label.as_str()).collect();
            let names = names.join(", ");
            let groups = match self.contribution(question.split) {
                1 => "1 group".to_owned(),
                more => format!("{more} groups"),
            };
            let clip = match &question.output {
                Output::Sums { .. } | Output::Quantile { .. } => ", its figure clipped to the declared range",
                Output::Bins(_) => "",
            };
            bounds.push(format!("{names}: one {unit} counts in at most {groups}{clip}"));
        }
        bounds
    }

    pub(crate) const fn unit(&self) -> Unit {
        match self.spec.unit.kind {
            UnitKind::Row => Unit::Row,
            UnitKind::Customer { .. } => Unit::Customer,
            UnitKind::Member { .. } => Unit::Member,
        }
    }

    /// Most groups in which one unit counts.
    pub(crate) fn contribution(&self, split: Split) -> u32 {
        let Compiled { segments, periods, .. } = &self.compiled;
        if self.unit() == Unit::Row {
            return 1;
        }
        let each = self.spec.segments.as_ref().is_some_and(|segments| segments.take == Choice::Each);
        // Unknown segments have no number yet; the bound then is the declared one alone.
        let segments = if self.strengths.keys.is_some() { usize::MAX } else { segments.len() };
        let segments = if each && split.by_segment() { segments } else { 1 };
        let times = match split {
            Split::Cohorts => self.spec.cohorts.as_ref().map_or(1, |cohorts| cohorts.ages.len()),
            split if split.by_period() => periods.len(),
            _ => 1,
        };
        let all = u32::try_from(segments.saturating_mul(times)).unwrap_or(u32::MAX);
        self.spec.unit.groups.map_or(all, |groups| groups.min(all)).max(1)
    }

    /// The bounds that are enforced on a question's answers.
    pub(crate) fn enforced(&self, question: &Question) -> Bounds {
        let bounds = Bounds::once().groups(self.contribution(question.split));
        match question.output {
            Output::Sums { low, high } | Output::Quantile { low, high, .. } => bounds.within(low, high),
            Output::Bins(_) => bounds,
        }
    }

    pub(crate) fn sensitivity(&self, question: &Question) -> String {
        let groups = self.contribution(question.split);
        match question.output {
            Output::Sums { low, high } => self.joint(groups, high.abs_diff(low)),
            _ => self.joint(groups, 1),
        }
    }

    /// How far one unit moves a query with `change` in each of `groups`: the sum for Laplace noise, the root of the sum
    /// of squares for Gaussian noise.
    fn joint(&self, groups: u32, change: u64) -> String {
        match (self.strengths.whole, groups) {
            (Mechanism::Laplace { .. }, _) => (u128::from(groups) * u128::from(change)).to_string(),
            (Mechanism::Gaussian { .. }, 1) => change.to_string(),
            (Mechanism::Gaussian { .. }, _) if change == 1 => format!("square root of {groups}"),
            (Mechanism::Gaussian { .. }, _) => format!("{change} times the square root of {groups}"),
        }
    }

    /// The mechanism of a question.
    pub(crate) fn mechanism(&self, question: usize) -> Mechanism {
        self.strengths.questions.get(question).copied().unwrap_or(self.strengths.whole)
    }

    /// The rho of the release, where its noise is Gaussian.
    pub(crate) const fn rho(&self) -> Option<Rational> {
        match self.strengths.whole {
            Mechanism::Laplace { .. } => None,
            Mechanism::Gaussian { rho } => Some(rho),
        }
    }

    /// Whether the promise has a delta.
    pub(crate) const fn has_delta(&self) -> bool {
        self.strengths.keys.is_some() || self.rho().is_some()
    }

    /// Groups of a split; nothing where they are not known before the data are read.
    fn groups(&self, split: Split) -> Option<usize> {
        let unknown = self.strengths.keys.is_some() && split.by_segment();
        let layout = Layout::of(&self.spec, &self.compiled, &self.compiled.segments, split);
        (!unknown).then(|| layout.groups())
    }
}

fn asks(output: &Output) -> String {
    match output {
        Output::Bins(names) => format!("counts of {}", names.join(", ")),
        Output::Sums { .. } => "sums above the lower and below the upper end of the range".to_owned(),
        Output::Quantile { low, high, step, .. } => {
            format!("a quantile among {} candidates, and counts around it", (high - low) / step + 1)
        }
    }
}

#[cfg(test)]
mod tests;
