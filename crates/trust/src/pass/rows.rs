//! Where the row is the unit: the engine counts the rows that answer alike.
//!
//! # Privacy
//! Every row is counted in one group of a question and gives one answer there, as `guildhall_data::tally` counts it.

use super::{Depth, Kind, Reply, group_of, window};
use crate::compile::Compiled;
use crate::question::{Answer, Output, Question, Rule};
use crate::spec::Spec;
use guildhall_data::{Engine, Error, Grain, Tally, TallyQuery, UnitAnswer, tallies};

/// Reads the answers of all rows, those that are alike together.
pub(super) fn read(
    engine: &dyn Engine,
    spec: &Spec,
    compiled: &Compiled,
    segments: &[String],
    depth: Depth,
    each: &mut dyn FnMut(Reply<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    for (index, question) in compiled.questions.iter().enumerate() {
        let grain = grain(question, depth);
        let query = TallyQuery {
            window: window(spec),
            every: spec.periods.filter(|_| Kind::of(spec, question.split).periods),
            key: compiled.segment.clone().filter(|_| question.split.by_segment()),
            fields: question.fields.clone(),
            grain,
        };
        tallies(engine, &query, &mut |tally| {
            let (answer, outside) = answer(question, grain, &tally);
            let group = group_of(compiled, segments, question.split, tally.key.as_deref(), &tally.period);
            match group.filter(|_| answer != Answer::Absent || outside > 0) {
                Some(group) => each(Reply { question: index, unit: "", group, answer, outside, units: tally.rows }),
                None => Ok(()),
            }
        })?;
    }
    Ok(())
}

/// Counts the rows of every segment, as the data name it.
pub(super) fn keys(
    engine: &dyn Engine,
    spec: &Spec,
    compiled: &Compiled,
    each: &mut dyn FnMut(&str, &str, u64) -> Result<(), Error>,
) -> Result<(), Error> {
    let key = compiled.segment.clone();
    let query = TallyQuery { window: window(spec), every: None, key, fields: Vec::new(), grain: Grain::Alike };
    tallies(engine, &query, &mut |tally| tally.key.map_or(Ok(()), |key| each("", &key, tally.rows)))
}

/// How much has to be told apart: of a number that is clipped and added up, only the sum.
const fn grain(question: &Question, depth: Depth) -> Grain {
    match (&question.rule, &question.output, depth) {
        (Rule::Sentiment { .. }, _, _) => Grain::Each,
        (Rule::Value, Output::Sums { low, high }, Depth::Bounded) => Grain::Sum { low: *low, high: *high },
        (Rule::Value, Output::Quantile { low, high, step, .. }, Depth::Bounded) => {
            // The last candidate may lie below the upper end.
            Grain::Steps { low: *low, high: *low + (*high - *low) / *step * *step, step: *step }
        }
        _ => Grain::Alike,
    }
}

/// What rows that are alike answer, and how many of their answers lie off the scale.
fn answer(question: &Question, grain: Grain, tally: &Tally) -> (Answer, u64) {
    match (grain, tally.fields.as_slice()) {
        (Grain::Sum { .. }, [UnitAnswer::Integer(sum)]) => (Answer::Total(*sum), 0),
        (Grain::Sum { .. }, _) => (Answer::Absent, 0),
        (_, fields) => {
            let fields: Vec<&UnitAnswer> = fields.iter().collect();
            (question.rule.answer(&fields), question.rule.outside(&fields).saturating_mul(tally.rows))
        }
    }
}
