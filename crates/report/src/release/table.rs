//! The full table of one metric: every group and period with both intervals and the noisy number of units.

use super::view::MetricView;
use super::words;
use crate::number::Signs;
use crate::words as shared;

/// What the template lays out.
pub(super) struct FullTable<'a> {
    /// ` in GBP`, or nothing.
    pub(super) unit: String,
    /// Head of the first column.
    pub(super) head: &'static str,
    /// What is counted.
    pub(super) units: &'static str,
    /// Lines that are always open: the groups of the only period, or the periods of all units.
    pub(super) open: Vec<Line>,
    /// What the open lines are: a group's name, or nothing.
    pub(super) open_label: &'a str,
    /// The periods of every other group, folded.
    pub(super) folded: Vec<Group<'a>>,
}

/// One group with its periods.
pub(super) struct Group<'a> {
    /// Its name.
    pub(super) label: &'a str,
    /// Its lines.
    pub(super) lines: Vec<Line>,
}

/// One group or period, or a run of periods suppressed for the same reason.
pub(super) struct Line {
    /// Its name.
    pub(super) label: String,
    /// What is shown, or why nothing is.
    pub(super) outcome: Result<Figures, String>,
}

/// The figures of one line.
pub(super) struct Figures {
    /// The value.
    pub(super) value: String,
    /// 95 % interval for these units.
    pub(super) base: String,
    /// 95 % interval for the population.
    pub(super) population: String,
    /// Noisy number of units.
    pub(super) n: String,
}

impl<'a> FullTable<'a> {
    pub(super) fn of(view: &MetricView<'a>, signs: Signs) -> Self {
        let single = view.columns.len() < 2;
        let first = view.all_units();
        let column = view.columns.first().copied().unwrap_or(0);
        let by_group = || view.groups.iter().filter_map(|group| group_line(view, *group, column, signs)).collect();
        let others = view.groups.iter().copied().filter(|group| !single && *group != first);
        let folded = others.map(|group| Group { label: view.group(group), lines: periods(view, group, signs) });
        let unit = &view.line.unit;
        Self {
            unit: if unit.is_empty() { String::new() } else { format!(" in {unit}") },
            head: match (single, view.by_age()) {
                (true, _) => "Group",
                (false, true) => "Age",
                (false, false) => "Period",
            },
            units: words::units(&view.release.protection.unit),
            open: if single { by_group() } else { periods(view, first, signs) },
            open_label: if single { "" } else { view.group(first) },
            folded: folded.collect(),
        }
    }
}

fn group_line(view: &MetricView<'_>, group: usize, column: usize, signs: Signs) -> Option<Line> {
    view.at(group, column)?;
    Some(Line { label: view.group(group).to_owned(), outcome: outcome(view, group, column, signs) })
}

fn periods(view: &MetricView<'_>, group: usize, signs: Signs) -> Vec<Line> {
    let present: Vec<usize> = view.columns.iter().copied().filter(|column| view.at(group, *column).is_some()).collect();
    let why = |column: &usize| view.suppressed(group, *column);
    let same = |a: &usize, b: &usize| a + 1 == *b && why(a).is_some() && why(a) == why(b);
    let names: Vec<&str> = view.release.periods.iter().map(String::as_str).collect();
    let line = |run: &[usize]| {
        let first = *run.first()?;
        Some(Line { label: shared::periods(&names, run), outcome: outcome(view, group, first, signs) })
    };
    present.chunk_by(same).filter_map(line).collect()
}

fn outcome(view: &MetricView<'_>, group: usize, column: usize, signs: Signs) -> Result<Figures, String> {
    let Some(value) = view.shown(group, column) else {
        let why = view.suppressed(group, column);
        return Err(why.map(|why| words::reason(why, &view.release.protection.unit)).unwrap_or_default());
    };
    let writer = view.writer(signs);
    let (base, population) = (writer.estimate(&value.base), writer.estimate(&value.population));
    Ok(Figures {
        base: base.dashed().unwrap_or_else(|| base.value.clone()),
        population: population.dashed().unwrap_or_else(|| population.value.clone()),
        value: base.value,
        n: signs.decimal(&value.n.to_string()),
    })
}
