//! From opened sums to metrics: numerator, denominator and value, checked against what was declared.

use crate::HeError;
use crate::poll::{Kind, Metric, Output, Part, Plan, Poll};
use crate::tally::UnverifiedTally;

/// One metric of one group, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Position of the metric.
    pub metric: usize,
    /// Position of the group.
    pub group: usize,
    /// Numerator: net promoters, satisfied, yes, or a sum. None for a histogram.
    pub total: Option<i64>,
    /// Denominator: how many answered.
    pub answers: i64,
    /// Counts of all categories; empty but for a histogram.
    pub bins: Vec<i64>,
}

impl Opened {
    /// The metric's value: a score, share or mean in parts of the numerator; none without answers.
    pub fn value(&self, kind: &Kind) -> Option<f64> {
        let (total, answers) = (self.total? as f64, self.answers);
        let mean = (answers > 0).then(|| total / answers as f64)?;
        Some(match kind {
            Kind::Nps => 100.0 * mean,
            Kind::TrustIndex { weights, .. } => mean / weights.iter().sum::<i64>() as f64,
            _ => mean,
        })
    }
}

/// Groups the opened sums by metric and checks them against each other and the declared number of answers.
///
/// # Errors
/// [`HeError::Contradiction`]: somebody encrypted something else than answers, or the evaluator something else than sums.
pub fn metrics(poll: &Poll, plan: &Plan, tally: &UnverifiedTally, sums: &[i64]) -> Result<Vec<Opened>, HeError> {
    let mut all: Vec<Opened> = Vec::new();
    for (output, sum) in plan.layout.outputs.iter().zip(sums) {
        let Output { metric, group, part, .. } = *output;
        if all.last().is_none_or(|last| (last.metric, last.group) != (metric, group)) {
            let counted = plan.layout.counted(metric);
            let answers = if counted && !is_histogram(poll, metric) { tally.answers as i64 } else { 0 };
            all.push(Opened { metric, group, total: None, answers, bins: vec![] });
        }
        if let Some(last) = all.last_mut() {
            match part {
                Part::Total => last.total = Some(*sum),
                Part::Answers => last.answers = *sum,
                Part::Bin(_) => {
                    last.answers = last.answers.saturating_add(*sum);
                    last.bins.push(*sum);
                }
            }
        }
    }
    for (at, metric) in poll.metrics.iter().enumerate() {
        check(metric, tally.answers, all.iter().filter(|opened| opened.metric == at))?;
    }
    all.iter().try_for_each(|opened| in_range(poll, plan, opened))?;
    Ok(all)
}

fn is_histogram(poll: &Poll, metric: usize) -> bool {
    poll.metrics.get(metric).is_some_and(|m| matches!(m.kind, Kind::Histogram { .. }))
}

/// Every answer was counted once, or at most once where it may be missing.
fn check<'o>(metric: &Metric, declared: u64, opened: impl Iterator<Item = &'o Opened>) -> Result<(), HeError> {
    let counts: Vec<i64> = opened.flat_map(|o| o.bins.iter().copied().chain([o.answers])).collect();
    let refuse = |what: String| Err(HeError::Contradiction { metric: metric.name.clone(), what });
    if let Some(count) = counts.iter().find(|count| **count < 0) {
        return refuse(format!("a count is {count}"));
    }
    let bins = matches!(metric.kind, Kind::Histogram { .. });
    let answered: i128 = counts.iter().map(|count| i128::from(*count)).sum::<i128>() / if bins { 2 } else { 1 };
    if answered > i128::from(declared) || (!metric.optional && answered != i128::from(declared)) {
        return refuse(format!("{answered} answers are in the sums, but the uploads declare {declared}"));
    }
    Ok(())
}

/// A numerator lies between what its answers can add up to.
fn in_range(poll: &Poll, plan: &Plan, opened: &Opened) -> Result<(), HeError> {
    let is_this = |o: &&Output| (o.metric, o.group, o.part) == (opened.metric, opened.group, Part::Total);
    let Some((output, total)) = plan.layout.outputs.iter().find(is_this).zip(opened.total) else { return Ok(()) };
    let (total, answers) = (i128::from(total), i128::from(opened.answers));
    if total < answers * i128::from(output.low) || total > answers * i128::from(output.high) {
        let metric = poll.metrics.get(opened.metric).map_or_else(String::new, |m| m.name.clone());
        return Err(HeError::Contradiction { metric, what: format!("{answers} answers cannot add up to {total}") });
    }
    Ok(())
}
