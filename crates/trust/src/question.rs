//! What is asked of the data: from one unit's fields to one bounded answer, and from counted answers to values.
//!
//! A [`Question`] is one query: fields of a unit, a rule that makes an answer of them, and what is released. Metrics
//! whose questions are equal share the query: churn and retention, NPS and the advocacy ratio. A [`Line`] reads a
//! value off a question. `docs/metrics.md` names the estimator of each metric.
//!
//! Not here: reading rows (`pass`), noise (`publish`).

use crate::sentiment;
use crate::spec::Split;
use guildhall_data::{UnitAnswer, UnitField, day_number};
use guildhall_kpi::MetricLine;

/// One query to the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) fields: Vec<UnitField>,
    pub(crate) rule: Rule,
    pub(crate) output: Output,
    pub(crate) split: Split,
}

/// From one unit's fields to its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// A number within `low..=high` falls into the band that its cuts open: below the first cut is band 0.
    Bands { low: i64, high: i64, cuts: Vec<i64> },
    /// Truth: no is 0, yes is 1.
    Truth,
    /// A date: on or after the day is 0 (stayed), before it is 1 (left).
    Before { day: i64 },
    /// A count from 1 on: fewer than so many times is 0, others are 1.
    Times { least: i64 },
    /// Two truths: without the first there is no answer; the second, unknown counting as no.
    Given,
    /// A text by the lexicon: negative 0, neutral 1, positive 2.
    Sentiment { least: Thousandths },
    /// A number within `low..=high` as it is.
    Scale { low: i64, high: i64 },
    /// A number as it is.
    Value,
    /// Numbers within `low..=high`, each times its weight, from the scale's lower end.
    Weighted { low: i64, high: i64, weights: Vec<i64> },
    /// Days between two dates, never negative.
    Days,
    /// Whether a cohort's unit is active at an age; answered by the pass over its months.
    Active,
}

/// A number in thousandths.
pub(crate) type Thousandths = i64;

/// What is released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// Counts of disjoint answers with these names.
    Bins(Vec<String>),
    /// Complementary sums of whole numbers clipped to `low..=high`.
    Sums { low: i64, high: i64 },
    /// A quantile (in thousandths) among public candidates from `low` to `high`.
    Quantile { low: i64, high: i64, step: i64, fraction: Thousandths },
}

/// What one unit answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Nothing: the unit does not take part.
    Absent,
    /// Something outside the scale: the unit does not take part, and the analyst is told how many there are.
    Outside,
    /// One of the disjoint answers.
    Bin(usize),
    /// A whole number, not yet clipped.
    Value(i64),
    /// The sum of the whole numbers of several units, each clipped already.
    Total(i64),
}

impl Rule {
    /// The answer of one unit.
    pub(crate) fn answer(&self, fields: &[&UnitAnswer]) -> Answer {
        match (self, fields) {
            (Self::Bands { low, high, cuts }, [UnitAnswer::Integer(value), ..]) => {
                match (low..=high).contains(&value) {
                    true => Answer::Bin(cuts.iter().filter(|cut| *cut <= value).count()),
                    false => Answer::Outside,
                }
            }
            (Self::Truth, [UnitAnswer::Integer(truth)]) => Answer::Bin(usize::from(*truth != 0)),
            (Self::Before { day }, [UnitAnswer::Parts(parts)]) => match parts.first().and_then(|d| day_number(d)) {
                Some(last) => Answer::Bin(usize::from(last < *day)),
                None => Answer::Outside,
            },
            (Self::Times { least }, [UnitAnswer::Integer(count)]) if *count > 0 => {
                Answer::Bin(usize::from(count >= least))
            }
            (Self::Given, [UnitAnswer::Integer(1), then]) => {
                Answer::Bin(usize::from(matches!(then, UnitAnswer::Integer(1))))
            }
            (Self::Sentiment { least }, [UnitAnswer::Parts(parts)]) => {
                Answer::Bin(sentiment::band(parts.first().map_or("", String::as_str), *least))
            }
            (Self::Scale { low, high }, [UnitAnswer::Integer(value), ..]) => match (low..=high).contains(&value) {
                true => Answer::Value(*value),
                false => Answer::Outside,
            },
            (Self::Value, [UnitAnswer::Integer(value)]) => Answer::Value(*value),
            (Self::Weighted { low, high, weights }, fields) => weighted(*low, *high, weights, fields),
            (Self::Days, [UnitAnswer::Parts(parts)]) => days(parts),
            _ if self.off_scale(fields) > 0 => Answer::Outside,
            _ => Answer::Absent,
        }
    }

    /// How many of the unit's answers count for nothing because they lie off the scale.
    pub(crate) fn outside(&self, fields: &[&UnitAnswer]) -> u64 {
        let counted = self.off_scale(fields);
        if counted > 0 { counted } else { u64::from(self.answer(fields) == Answer::Outside) }
    }

    /// What the fields that count answers off the scale say; they stand behind those that hold answers.
    fn off_scale(&self, fields: &[&UnitAnswer]) -> u64 {
        let answers = match self {
            Self::Bands { .. } | Self::Scale { .. } => 1,
            Self::Weighted { weights, .. } => weights.len(),
            _ => fields.len(),
        };
        let count = |field: &&UnitAnswer| match field {
            UnitAnswer::Integer(count) => u64::try_from(*count).unwrap_or(0),
            _ => 0,
        };
        fields.iter().skip(answers).map(count).sum()
    }
}

fn weighted(low: i64, high: i64, weights: &[i64], fields: &[&UnitAnswer]) -> Answer {
    let mut sum = 0i64;
    for (field, weight) in fields.iter().zip(weights) {
        match field {
            UnitAnswer::Integer(value) if (low..=high).contains(value) => sum += weight * (value - low),
            UnitAnswer::Integer(_) => return Answer::Outside,
            _ => return Answer::Absent,
        }
    }
    Answer::Value(sum)
}

fn days(parts: &[String]) -> Answer {
    let [opened, closed] = parts else { return Answer::Absent };
    match (day_number(opened), day_number(closed)) {
        (Some(opened), Some(closed)) if closed >= opened => Answer::Value(closed - opened),
        _ => Answer::Outside,
    }
}

/// One value that is read off a question.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// How the report names it.
    pub(crate) metric: MetricLine,
    /// Index of the question.
    pub(crate) question: usize,
    /// How it is read off.
    pub(crate) read: Read,
}

/// How a value is read off counted answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Read {
    /// `100 * of / among`, both sets of bins.
    Share { of: Vec<usize>, among: Vec<usize> },
    /// `100 * (plus - minus) / all`.
    Balance { plus: usize, minus: usize },
    /// The mean of a scale whose bins are whole numbers from `first` on.
    ScaleMean { first: i64 },
    /// `factor * mean`; values may have been clipped where `clips`, and none exceeds `cap` where one is known.
    Mean { factor: f64, clips: bool, cap: Option<i64> },
    /// `factor * quantile`.
    Quantile { factor: f64 },
}
