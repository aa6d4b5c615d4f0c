//! The table of a result: its groups and periods, and which counted groups make up each of its rows.

use crate::compile::Compiled;
use crate::pass::Layout;
use crate::question::Question;
use crate::spec::{Choice, Spec, Split};

/// Labels of rows and columns.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) groups: Vec<String>,
    pub(crate) periods: Vec<String>,
    /// First segment, cohort, period and age among them.
    segments_at: usize,
    cohorts_at: usize,
    periods_at: usize,
    ages_at: usize,
    each: bool,
    ages: Vec<usize>,
    months: usize,
}

/// One row of the table for one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) group: usize,
    pub(crate) period: usize,
    /// The counted groups it sums up; none where nothing can have been observed yet.
    pub(crate) parts: Vec<usize>,
}

impl Table {
    pub(crate) fn new(spec: &Spec, compiled: &Compiled, segments: &[String]) -> Self {
        let any = |test: fn(Split) -> bool| compiled.questions.iter().any(|question| test(question.split));
        let mut groups = vec![everybody(spec)];
        let segments_at = groups.len();
        if any(Split::by_segment) {
            groups.extend(segments.iter().cloned());
        }
        let cohorts_at = groups.len();
        let mut periods = Vec::new();
        if any(|split| matches!(split, Split::All | Split::Segments)) || compiled.questions.is_empty() {
            periods.push(window_label(spec));
        }
        let periods_at = periods.len();
        if any(Split::by_period) {
            periods.extend(compiled.periods.iter().cloned());
        }
        let ages_at = periods.len();
        if any(|split| split == Split::Cohorts) {
            groups.extend(compiled.months.iter().map(|month| format!("first in {month}")));
            let ages = spec.cohorts.iter().flat_map(|cohorts| &cohorts.ages);
            periods.extend(
                ages.map(|age| if *age == 1 { "1 month later".to_owned() } else { format!("{age} months later") }),
            );
        }
        let each = spec.segments.as_ref().is_some_and(|segments| segments.take == Choice::Each);
        let ages = spec.cohorts.iter().flat_map(|cohorts| &cohorts.ages).map(|age| *age as usize).collect();
        let months = compiled.months.len();
        Self { groups, periods, segments_at, cohorts_at, periods_at, ages_at, each, ages, months }
    }

    /// The rows of a question, all first.
    pub(crate) fn places(&self, question: &Question, layout: Layout) -> Vec<Place> {
        let Layout { places, times } = layout;
        let split = question.split;
        let (first_time, first_place) = match split {
            Split::Cohorts => (self.ages_at, self.cohorts_at),
            split if split.by_period() => (self.periods_at, self.segments_at),
            _ => (0, self.segments_at),
        };
        let part = |place: usize, time: usize| self.observed(split, place, time).then_some(place * times + time);
        let mut rows = Vec::new();
        for time in 0..times {
            let period = first_time + time;
            if !(self.each && split.by_segment()) {
                let parts = (0..places).filter_map(|place| part(place, time)).collect();
                rows.push(Place { group: 0, period, parts });
            }
            if split.by_segment() || split == Split::Cohorts {
                let row = |place| Place {
                    group: first_place + place,
                    period,
                    parts: part(place, time).into_iter().collect(),
                };
                rows.extend((0..places).map(row));
            }
        }
        rows
    }

    /// Whether the window reaches as far as the age of a cohort.
    fn observed(&self, split: Split, place: usize, time: usize) -> bool {
        split != Split::Cohorts || self.ages.get(time).is_some_and(|age| place + age < self.months)
    }

    /// The label of a counted group, e.g. `France / 2011-01`.
    pub(crate) fn label(&self, split: Split, layout: Layout, group: usize) -> String {
        let (place, time) = (group / layout.times.max(1), group % layout.times.max(1));
        let (first_time, first_place) = match split {
            Split::Cohorts => (self.ages_at, self.cohorts_at),
            split if split.by_period() => (self.periods_at, self.segments_at),
            _ => (0, self.segments_at),
        };
        let grouped = split.by_segment() || split == Split::Cohorts;
        let group = self.groups.get(if grouped { first_place + place } else { 0 });
        let period = self.periods.get(first_time + time);
        [group, period].into_iter().flatten().cloned().collect::<Vec<_>>().join(" / ")
    }
}

/// `customers`, `rows` or `members`.
pub(crate) fn plural(spec: &Spec) -> String {
    format!("{}s", spec.unit.kind.name())
}

/// The name of the group of all units.
pub(crate) fn everybody(spec: &Spec) -> String {
    format!("all {}", plural(spec))
}

/// The window in words.
pub(crate) fn window_label(spec: &Spec) -> String {
    let ends = spec.window.as_ref().map(|window| (window.from.as_deref(), window.until.as_deref()));
    match ends {
        Some((Some(from), Some(until))) => format!("{from} to before {until}"),
        Some((Some(from), None)) => format!("from {from} on"),
        Some((None, Some(until))) => format!("before {until}"),
        _ => "all rows".to_owned(),
    }
}
