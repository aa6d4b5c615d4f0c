//! Answers on their way into the bounded types, one set per question.
//!
//! # Privacy
//! Answers of customers and members are bounded by `UnitRows`. Where the row is the unit, every row came once and is
//! added to the table of its question at once; a total is of values that were clipped to the question's range, which
//! `BoundedSums::of_rows` checks.

use super::Plan;
use super::publish::Bounded;
use crate::Error;
use crate::pass::{Layout, Reply};
use crate::question::{Answer, Output, Question};
use guildhall_dp::central::{BoundedBins, BoundedCounts, BoundedSums, GroupSum, Unit, UnitRows};
use guildhall_kpi::Rational;

/// Answers to one question.
enum Answers {
    /// Of units with several rows, each answer by itself.
    Units(UnitRows),
    /// Of rows: how many gave each answer, or lie between two candidates, group by group.
    Counts(Vec<u64>),
    /// Of rows: how many, and what they add up to within a range, group by group.
    Sums { low: i64, high: i64, sums: Vec<GroupSum> },
}

/// The answers to all questions of a plan.
pub(crate) struct Collector<'a> {
    plan: &'a Plan,
    layouts: Vec<Layout>,
    answers: Vec<Answers>,
    overflow: bool,
}

impl<'a> Collector<'a> {
    pub(crate) fn new(plan: &'a Plan, segments: &[String]) -> Result<Self, Error> {
        let questions = &plan.compiled.questions;
        let layout = |q: &Question| Layout::of(&plan.spec, &plan.compiled, segments, q.split);
        let layouts: Vec<Layout> = questions.iter().map(layout).collect();
        let answers = questions.iter().zip(&layouts).map(|(question, layout)| Answers::new(plan, question, *layout));
        Ok(Self { plan, answers: answers.collect::<Result<_, _>>()?, layouts, overflow: false })
    }

    pub(crate) fn push(&mut self, reply: &Reply<'_>) {
        let asked = self.plan.compiled.questions.get(reply.question).zip(self.answers.get_mut(reply.question));
        let Some((question, answers)) = asked else { return };
        self.overflow |= !answers.push(&question.output, reply);
    }

    pub(crate) fn finish(self) -> Result<Vec<Bounded>, Error> {
        if self.overflow {
            return Err(guildhall_dp::Error::Overflow.into());
        }
        let questions = self.plan.compiled.questions.iter().zip(self.layouts);
        questions.zip(self.answers).map(|((question, layout), answers)| bounded(question, layout, answers)).collect()
    }
}

impl Answers {
    fn new(plan: &Plan, question: &Question, layout: Layout) -> Result<Self, Error> {
        if plan.unit() != Unit::Row {
            return Ok(Self::Units(UnitRows::new(plan.unit(), plan.enforced(question))?));
        }
        Ok(match &question.output {
            Output::Sums { low, high } => {
                Self::Sums { low: *low, high: *high, sums: vec![GroupSum::default(); layout.groups()] }
            }
            output => Self::Counts(vec![0; layout.groups() * columns(output)]),
        })
    }

    /// Adds an answer; false if a number overflows.
    fn push(&mut self, output: &Output, reply: &Reply<'_>) -> bool {
        match self {
            Self::Units(rows) => {
                if let (Some(value), Ok(group)) = (number(reply.answer), u32::try_from(reply.group)) {
                    rows.push(reply.unit.as_bytes(), group, value);
                }
                true
            }
            Self::Counts(counts) => {
                let column = column(output, reply.answer);
                let place = column.and_then(|column| counts.get_mut(reply.group * columns(output) + column));
                place.is_none_or(|count| count.checked_add(reply.units).map(|sum| *count = sum).is_some())
            }
            Self::Sums { low, high, sums } => {
                let added = match reply.answer {
                    Answer::Total(total) => Some(i128::from(total)),
                    answer => number(answer).map(|n| i128::from(n.clamp(*low, *high)) * i128::from(reply.units)),
                };
                let Some((sum, added)) = sums.get_mut(reply.group).zip(added) else { return true };
                let total = sum.count.checked_add(reply.units).zip(sum.sum.checked_add(added));
                total.map(|(count, total)| *sum = GroupSum { count, sum: total }).is_some()
            }
        }
    }
}

/// An answer as a number.
fn number(answer: Answer) -> Option<i64> {
    match answer {
        Answer::Bin(bin) => i64::try_from(bin).ok(),
        Answer::Value(value) => Some(value),
        Answer::Absent | Answer::Outside | Answer::Total(_) => None,
    }
}

/// Counts per group.
fn columns(output: &Output) -> usize {
    match output {
        Output::Bins(names) => names.len(),
        Output::Quantile { low, high, step, .. } => usize::try_from((high - low) / step).unwrap_or(0) + 2,
        Output::Sums { .. } => 1,
    }
}

/// Which of a group's counts an answer belongs to; for a quantile 0 is below the first candidate.
fn column(output: &Output, answer: Answer) -> Option<usize> {
    match (output, answer) {
        (Output::Bins(names), Answer::Bin(bin)) if bin < names.len() => Some(bin),
        (Output::Quantile { low, .. }, Answer::Value(value)) if value < *low => Some(0),
        (Output::Quantile { low, high, step, .. }, Answer::Value(value)) => {
            usize::try_from((value.min(*high) - low) / step).ok().map(|above| above + 1)
        }
        _ => None,
    }
}

fn bounded(question: &Question, layout: Layout, answers: Answers) -> Result<Bounded, Error> {
    let (groups, output) = (layout.groups(), &question.output);
    Ok(match (answers, output) {
        (Answers::Units(rows), Output::Bins(names)) => Bounded::Counts(rows.counts(groups, names.len())?),
        (Answers::Units(rows), Output::Sums { .. }) => Bounded::Sums(rows.sums(groups)?),
        (Answers::Units(rows), Output::Quantile { low, high, step, fraction }) => {
            Bounded::Quantile(rows.bins(groups, &candidates(*low, *high, *step))?, probability(*fraction))
        }
        (Answers::Counts(counts), Output::Quantile { low, high, step, fraction }) => {
            let bins = BoundedBins::of_rows(candidates(*low, *high, *step), groups, counts)?;
            Bounded::Quantile(bins, probability(*fraction))
        }
        (Answers::Counts(counts), output) => Bounded::Counts(BoundedCounts::of_rows(groups, columns(output), counts)?),
        (Answers::Sums { low, high, sums }, _) => Bounded::Sums(BoundedSums::of_rows(low, high, &sums)?),
    })
}

/// The public candidates of a quantile.
fn candidates(low: i64, high: i64, step: i64) -> Vec<i64> {
    (0..=(high - low) / step).map(|n| low + n * step).collect()
}

fn probability(thousandths: i64) -> Rational {
    Rational::new(u64::try_from(thousandths).unwrap_or(500), 1_000).unwrap_or(Rational::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_counted_between_its_candidates() {
        for (low, high, step) in [(0, 500, 25), (-10, 33, 5), (3, 4, 1), (-7, 0, 9)] {
            let output = Output::Quantile { low, high, step, fraction: 500 };
            let candidates = candidates(low, high, step);
            assert_eq!(columns(&output), candidates.len() + 1);
            for value in (-600..600).chain([i64::MIN, i64::MAX]) {
                let below = candidates.partition_point(|candidate| *candidate <= value);
                assert_eq!(column(&output, Answer::Value(value)), Some(below), "{value} among {candidates:?}");
            }
        }
    }
}
