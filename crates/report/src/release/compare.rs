//! The groups side by side: a dot with both intervals per group, in the order of the release.

use super::curve::period_label;
use super::view::MetricView;
use crate::chart::{Axis, Span, Tick, coordinate};
use crate::number::Signs;
use guildhall_kpi::ReleaseValue;

/// Height of a group that is shown, of one that is not, and of the axis below, in pixels.
const LINE: usize = 34;
const HIDDEN: usize = 20;
const AXIS: usize = 26;
/// Groups drawn, and groups told in the text alternative; the table has all.
const DRAWN: usize = 60;
const TOLD: usize = 12;
/// Characters of a group's name in the drawing.
const LABEL: usize = 28;

/// What the template draws.
pub(super) struct Compare {
    /// Prefix of the element ids.
    pub(super) id: String,
    /// The period, or nothing where there is only one.
    pub(super) period: String,
    /// Text alternative.
    pub(super) description: String,
    /// Height of the drawing.
    pub(super) height: usize,
    /// Axis.
    pub(super) ticks: Vec<Tick>,
    /// Lower end of the grid lines.
    pub(super) floor: usize,
    /// Where the value of all units lies, to compare with.
    pub(super) reference: Option<String>,
    /// Name of the group of all units.
    pub(super) reference_label: String,
    /// One per group.
    pub(super) lines: Vec<GroupLine>,
    /// Groups drawn without a value.
    pub(super) hidden: usize,
    /// Groups beyond those drawn.
    pub(super) more: usize,
}

/// One group.
pub(super) struct GroupLine {
    /// Baseline of its label.
    pub(super) text: usize,
    /// Middle of its dot.
    pub(super) middle: usize,
    /// Name.
    pub(super) label: String,
    /// Value with unit, or that there is none.
    pub(super) told: String,
    /// What is drawn, where it is shown.
    pub(super) mark: Option<Mark>,
}

/// A dot with its two intervals.
pub(super) struct Mark {
    /// The value.
    pub(super) at: String,
    /// The interval for these units.
    pub(super) base: Span,
    /// The interval for the population.
    pub(super) population: Span,
}

impl Compare {
    /// All groups in the period that shows most of them; `None` where nothing is shown.
    pub(super) fn of(view: &MetricView<'_>) -> Option<Self> {
        let column = view.comparison()?;
        let present: Vec<usize> = view.groups.iter().copied().filter(|g| view.at(*g, column).is_some()).collect();
        let drawn = present.get(..DRAWN).unwrap_or(&present);
        let shown = || drawn.iter().filter_map(|group| view.shown(*group, column));
        let axis = Axis::over(shown().flat_map(ends))?;
        let mut floor = 0;
        let mut lines = Vec::new();
        for group in drawn {
            lines.push(line(view, floor, *group, column, &axis));
            floor += if view.shown(*group, column).is_some() { LINE } else { HIDDEN };
        }
        floor += 4;
        let several = shown().count() > 1;
        let reference = view.shown(view.all_units(), column).filter(|_| several);
        Some(Self {
            id: format!("m{}g", view.index),
            period: if view.is_whole(column) { String::new() } else { period_label(view, column) },
            description: describe(view, &lines),
            height: floor + AXIS,
            ticks: axis.across(&view.writer(Signs::PAGE)),
            floor,
            reference: reference.map(|value| coordinate(axis.percent(value.base.value))),
            reference_label: view.group(view.all_units()).to_owned(),
            hidden: lines.iter().filter(|line| line.mark.is_none()).count(),
            more: present.len() - lines.len(),
            lines,
        })
    }
}

/// A name that fits a narrow screen; the table has it whole.
fn shortened(label: &str) -> String {
    match label.char_indices().nth(LABEL) {
        Some((end, _)) => format!("{}…", label.get(..end).unwrap_or(label).trim_end()),
        None => label.to_owned(),
    }
}

/// Everything of a value that must find room on an axis.
pub(super) fn ends(value: &ReleaseValue) -> [f64; 5] {
    let (base, population) = (value.base, value.population);
    [base.value, base.low, base.high, population.low, population.high]
}

fn line(view: &MetricView<'_>, top: usize, group: usize, column: usize, axis: &Axis) -> GroupLine {
    let span = |low: f64, high: f64| Span::between(axis.percent(low), axis.percent(high));
    let mark = |value: &ReleaseValue| Mark {
        at: coordinate(axis.percent(value.base.value)),
        base: span(value.base.low, value.base.high),
        population: span(value.population.low, value.population.high),
    };
    let writer = view.writer(Signs::PAGE);
    let value = view.shown(group, column);
    let told = value.map(|value| writer.unit(&writer.estimate(&value.base).value));
    GroupLine {
        text: top + 13,
        middle: top + 24,
        label: shortened(view.group(group)),
        told: told.unwrap_or_else(|| "not shown".to_owned()),
        mark: value.map(mark),
    }
}

fn describe(view: &MetricView<'_>, lines: &[GroupLine]) -> String {
    let told: Vec<String> = lines.iter().take(TOLD).map(|line| format!("{} {}", line.label, line.told)).collect();
    let rest = if lines.len() > TOLD { "; the table has the rest" } else { "" };
    format!("{}: {}{rest}.", view.line.label, told.join("; "))
}
