//! Reading the data: one engine query per way of grouping, one answer per unit and group.
//!
//! Where the row is the unit there is nothing to bring together, and the engine counts (`rows`). Else:
//!
//! Every unit's rows are grouped by the engine ([`guildhall_data::units`]); the rule of each question makes one answer
//! of them. Where there are cohorts, a unit's months are read in order and its answers follow at the end of the unit.
//!
//! # Privacy
//! An answer depends on its own unit's rows alone: no state outlives a unit. How many groups of one unit count is
//! bounded afterwards, by `guildhall_dp::central`.

mod rows;

use crate::compile::Compiled;
use crate::question::{Answer, Rule};
use crate::spec::{Choice, Spec, Split, UnitKind, Window};
use guildhall_data::{Engine, Error, Every, UnitAnswer, UnitField, UnitQuery, UnitRow, UnitTake, UnitWindow, units};

/// What is kept of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// All of it.
    Whole,
    /// What a release uses: sums of clipped values, and between which candidates a value lies.
    Bounded,
}

/// What one unit answers to one question in one group, or several rows that are units and answer alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reply<'a> {
    pub(crate) question: usize,
    pub(crate) unit: &'a str,
    pub(crate) group: usize,
    pub(crate) answer: Answer,
    /// Answers of the unit that count for nothing because they lie off the scale.
    pub(crate) outside: u64,
    /// How many units; more than one only where the row is the unit.
    pub(crate) units: u64,
}

/// How the groups of a question are numbered: `place * times + time`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Segments, cohorts, or one.
    pub(crate) places: usize,
    /// Periods, ages, or one.
    pub(crate) times: usize,
}

impl Layout {
    /// The layout of a split.
    pub(crate) fn of(spec: &Spec, compiled: &Compiled, segments: &[String], split: Split) -> Self {
        let ages = spec.cohorts.as_ref().map_or(0, |cohorts| cohorts.ages.len());
        match split {
            Split::All => Self { places: 1, times: 1 },
            Split::Segments => Self { places: segments.len(), times: 1 },
            Split::Periods => Self { places: 1, times: compiled.periods.len() },
            Split::SegmentsAndPeriods => Self { places: segments.len(), times: compiled.periods.len() },
            Split::Cohorts => Self { places: compiled.months.len(), times: ages },
        }
    }

    /// The number of groups.
    pub(crate) const fn groups(self) -> usize {
        self.places * self.times
    }
}

/// Questions that share one way of grouping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    cohorts: bool,
    periods: bool,
    each_segment: bool,
}

impl Kind {
    fn of(spec: &Spec, split: Split) -> Self {
        let each = spec.segments.as_ref().is_some_and(|segments| segments.take == Choice::Each);
        Self { cohorts: split == Split::Cohorts, periods: split.by_period(), each_segment: each && split.by_segment() }
    }
}

/// Reads every answer. `segments` are the labels of the groups, the one for all others last.
pub(crate) fn read(
    engine: &dyn Engine,
    spec: &Spec,
    compiled: &Compiled,
    segments: &[String],
    depth: Depth,
    each: &mut dyn FnMut(Reply<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    if spec.unit.kind == UnitKind::Row {
        return rows::read(engine, spec, compiled, segments, depth, each);
    }
    let mut kinds: Vec<Kind> = compiled.questions.iter().map(|question| Kind::of(spec, question.split)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        if kind.cohorts {
            cohorts(engine, spec, compiled, each)?;
        } else {
            Pass::new(spec, compiled, segments, kind).run(engine, each)?;
        }
    }
    Ok(())
}

/// Reads every unit's segment, as the data name it, and how many units it stands for.
pub(crate) fn keys(
    engine: &dyn Engine,
    spec: &Spec,
    compiled: &Compiled,
    each: &mut dyn FnMut(&str, &str, u64) -> Result<(), Error>,
) -> Result<(), Error> {
    if spec.unit.kind == UnitKind::Row {
        return rows::keys(engine, spec, compiled, each);
    }
    let (Some(segments), Some(expression)) = (&spec.segments, &compiled.segment) else { return Ok(()) };
    let (key, fields) = match take(segments.take) {
        None => (Some(expression.clone()), Vec::new()),
        Some(take) => (None, vec![UnitField { parts: vec![expression.clone()], take }]),
    };
    let query = UnitQuery { unit: column(spec), window: window(spec), every: None, key, fields };
    units(engine, &query, &mut |row| {
        let key = row.key.clone().or_else(|| row.fields.first().and_then(label));
        key.map_or(Ok(()), |key| each(&row.unit, &key, 1))
    })
}

/// How the segment of a unit is taken; nothing where it counts in each.
const fn take(choice: Choice) -> Option<UnitTake> {
    match choice {
        Choice::First => Some(UnitTake::First),
        Choice::Last => Some(UnitTake::Last),
        Choice::Each => None,
    }
}

fn column(spec: &Spec) -> Option<String> {
    spec.unit.kind.column().map(str::to_owned)
}

fn window(spec: &Spec) -> Option<UnitWindow> {
    spec.window.clone().map(|Window { column, from, until }| UnitWindow { column, from, until })
}

fn label(answer: &UnitAnswer) -> Option<String> {
    match answer {
        UnitAnswer::None => None,
        UnitAnswer::Integer(number) => Some(number.to_string()),
        UnitAnswer::Parts(parts) => parts.first().cloned(),
    }
}

/// One engine query and what is made of its rows.
struct Pass<'a> {
    compiled: &'a Compiled,
    segments: &'a [String],
    query: UnitQuery,
    /// For each question: its index and the places of its fields.
    uses: Vec<(usize, Vec<usize>)>,
    /// The place of the segment among the fields.
    segment: Option<usize>,
}

impl<'a> Pass<'a> {
    fn new(spec: &Spec, compiled: &'a Compiled, segments: &'a [String], kind: Kind) -> Self {
        let mut fields: Vec<UnitField> = Vec::new();
        let mut place = |field: &UnitField| {
            fields.iter().position(|known| known == field).unwrap_or_else(|| {
                fields.push(field.clone());
                fields.len() - 1
            })
        };
        let mine = |split| Kind::of(spec, split) == kind;
        let asked = compiled.questions.iter().enumerate().filter(|(_, question)| mine(question.split));
        let uses: Vec<_> = asked.map(|(index, q)| (index, q.fields.iter().map(&mut place).collect())).collect();
        let by_segment = uses
            .iter()
            .any(|(index, _)| compiled.questions.get(*index).is_some_and(|question| question.split.by_segment()));
        let chosen = spec.segments.as_ref().and_then(|segments| take(segments.take)).filter(|_| by_segment);
        let expression = compiled.segment.clone();
        let segment = chosen.zip(expression.clone()).map(|(take, part)| place(&UnitField { parts: vec![part], take }));
        let every = spec.periods.filter(|_| kind.periods);
        let key = expression.filter(|_| kind.each_segment);
        let query = UnitQuery { unit: column(spec), window: window(spec), every, key, fields };
        Self { compiled, segments, query, uses, segment }
    }

    fn run(&self, engine: &dyn Engine, each: &mut dyn FnMut(Reply<'_>) -> Result<(), Error>) -> Result<(), Error> {
        units(engine, &self.query, &mut |row| self.unit(&row, each))
    }

    /// The answers of one unit (in one period, or in one segment).
    fn unit(&self, row: &UnitRow, each: &mut dyn FnMut(Reply<'_>) -> Result<(), Error>) -> Result<(), Error> {
        let absent = UnitAnswer::None;
        let segment = row.key.clone().or_else(|| self.segment.and_then(|at| row.fields.get(at)).and_then(label));
        for (index, fields) in &self.uses {
            let Some(question) = self.compiled.questions.get(*index) else { continue };
            let fields: Vec<&UnitAnswer> = fields.iter().map(|at| row.fields.get(*at).unwrap_or(&absent)).collect();
            let (answer, outside) = (question.rule.answer(&fields), question.rule.outside(&fields));
            if answer == Answer::Absent && outside == 0 {
                continue;
            }
            let group = group_of(self.compiled, self.segments, question.split, segment.as_deref(), &row.period);
            let Some(group) = group else { continue };
            each(Reply { question: *index, unit: &row.unit, group, answer, outside, units: 1 })?;
        }
        Ok(())
    }
}

/// The group of an answer; nothing where its period is none of the declared ones.
fn group_of(
    compiled: &Compiled,
    segments: &[String],
    split: Split,
    segment: Option<&str>,
    period: &str,
) -> Option<usize> {
    let place = || {
        let known = segment.and_then(|label| segments.iter().position(|known| known == label));
        known.unwrap_or(segments.len().saturating_sub(1))
    };
    let time = || compiled.periods.iter().position(|known| known == period);
    match (split.by_segment(), split.by_period()) {
        (false, false) => Some(0),
        (true, false) => Some(place()),
        (false, true) => time(),
        (true, true) => time().map(|time| place() * compiled.periods.len() + time),
    }
}

/// The answers of cohorts: a unit belongs to its first month, and at each age it is active or not.
fn cohorts(
    engine: &dyn Engine,
    spec: &Spec,
    compiled: &Compiled,
    each: &mut dyn FnMut(Reply<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let ages: &[u32] = spec.cohorts.as_ref().map_or(&[], |cohorts| &cohorts.ages);
    let asked: Vec<usize> = (0..compiled.questions.len())
        .filter(|index| compiled.questions.get(*index).is_some_and(|question| question.rule == Rule::Active))
        .collect();
    let query =
        UnitQuery { unit: column(spec), window: window(spec), every: Some(Every::Month), key: None, fields: vec![] };
    let mut unit = String::new();
    let mut months: Vec<usize> = Vec::new();
    let mut end = |unit: &str, months: &[usize]| {
        for (group, active) in active(months, ages, compiled.months.len()) {
            for question in &asked {
                let answer = Answer::Bin(usize::from(active));
                each(Reply { question: *question, unit, group, answer, outside: 0, units: 1 })?;
            }
        }
        Ok(())
    };
    units(engine, &query, &mut |row| {
        if row.unit != unit {
            end(&unit, &months)?;
            unit = row.unit;
            months.clear();
        }
        months.extend(compiled.months.iter().position(|month| *month == row.period));
        Ok(())
    })?;
    end(&unit, &months)
}

/// The groups of one unit and whether it is active there, from the months in which it is.
pub(crate) fn active(months: &[usize], ages: &[u32], observed: usize) -> Vec<(usize, bool)> {
    let Some(first) = months.iter().min() else { return Vec::new() };
    let later = ages.iter().enumerate().map(|(at, age)| (first * ages.len() + at, first + *age as usize));
    later.filter(|(_, month)| *month < observed).map(|(group, month)| (group, months.contains(&month))).collect()
}

/// Answers of rows that no engine gave, for a spec of one question.
#[cfg(test)]
pub(crate) fn answers(
    spec: &Spec,
    compiled: &Compiled,
    segments: &[String],
    rows: &[UnitRow],
    each: &mut dyn FnMut(Reply<'_>),
) {
    let Some(question) = compiled.questions.first() else { return };
    let pass = Pass::new(spec, compiled, segments, Kind::of(spec, question.split));
    for row in rows {
        let outcome = pass.unit(row, &mut |reply| {
            each(reply);
            Ok(())
        });
        outcome.expect("nothing here can fail");
    }
}
