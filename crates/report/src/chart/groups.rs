//! The groups side by side: one line per group with its box or its mean, the largest on top.

use super::{Axis, Span, Tick, coordinate};
use crate::Own;
use crate::number::{Signs, Writer, Written};
use crate::view::KpiView;
use crate::words;
use guildhall_kpi::Statistics;

/// Height of one group and of the axis below, in pixels.
const LINE: usize = 34;
const AXIS: usize = 26;

/// What the template draws.
#[derive(Clone, Debug)]
pub(crate) struct Groups {
    /// Prefix of the element ids.
    pub(crate) id: String,
    /// The period.
    pub(crate) period: String,
    /// Text alternative.
    pub(crate) description: String,
    /// Height of the drawing.
    pub(crate) height: usize,
    /// Axis.
    pub(crate) ticks: Vec<Tick>,
    /// Lower end of the grid lines.
    pub(crate) floor: usize,
    /// One per group shown.
    pub(crate) lines: Vec<GroupLine>,
    /// How many groups of the period are hidden.
    pub(crate) hidden: usize,
    /// Whether any group has quartiles.
    pub(crate) with_quartiles: bool,
    /// Whether the reader is drawn in any group.
    pub(crate) with_own: bool,
}

/// One group.
#[derive(Clone, Debug)]
pub(crate) struct GroupLine {
    /// Baseline of its label.
    pub(crate) text: usize,
    /// Upper edge of its box, and the middle of it.
    pub(crate) top: usize,
    /// Middle of its box.
    pub(crate) middle: usize,
    /// Name.
    pub(crate) label: String,
    /// Members.
    pub(crate) n: String,
    /// Where its mean lies.
    pub(crate) mean_at: String,
    /// Mean in writing.
    pub(crate) mean: String,
    /// P25 to P75.
    pub(crate) middle_half: Option<Span>,
    /// Where its median lies.
    pub(crate) median_at: Option<String>,
    /// Median in writing.
    pub(crate) median: Option<Written>,
    /// Where the reader lies.
    pub(crate) own_at: Option<String>,
}

impl Groups {
    /// All groups in the headline's period; `None` with fewer than two shown.
    pub(crate) fn of(view: &KpiView<'_>, own: Option<&Own>) -> Option<Self> {
        let column = busiest_column(view)?;
        let mut shown: Vec<(usize, &Statistics)> =
            (0..view.cells()).filter_map(|cell| Some((cell, view.shown(cell, column)?))).collect();
        if shown.len() < 2 {
            return None;
        }
        shown.sort_by(|(a, left), (b, right)| middle(right).total_cmp(&middle(left)).then(a.cmp(b)));
        let own_value = |cell: usize| view.own(own, cell, column).map(|place| place.value);
        let quartiles =
            |s: &Statistics| [s.p25, s.p50, s.p75].into_iter().flatten().map(|e| e.value).collect::<Vec<_>>();
        let values =
            shown.iter().flat_map(|(cell, s)| quartiles(s).into_iter().chain([s.mean]).chain(own_value(*cell)));
        let axis = Axis::over(values)?;
        let writer = Writer::new(view.line, Signs::PAGE);
        let lines: Vec<GroupLine> = shown
            .iter()
            .enumerate()
            .map(|(index, (cell, s))| line(index, view.cell_label(*cell), s, own_value(*cell), &axis, &writer))
            .collect();
        let floor = lines.len() * LINE + 4;
        let period = words::period(view.periods.get(column)?);
        Some(Self {
            id: format!("k{}g", view.index),
            description: describe(&view.line.label, &lines, &writer),
            height: floor + AXIS,
            ticks: axis.across(&writer),
            floor,
            hidden: (0..view.cells())
                .filter(|c| view.row(*c, column).is_some() && view.shown(*c, column).is_none())
                .count(),
            with_own: lines.iter().any(|line| line.own_at.is_some()),
            with_quartiles: lines.iter().any(|line| line.middle_half.is_some()),
            lines,
            period,
        })
    }
}

/// The headline's period if it shows more than one group, else the latest that does.
fn busiest_column(view: &KpiView<'_>) -> Option<usize> {
    let several = |column: &usize| (0..view.cells()).filter(|cell| view.shown(*cell, *column).is_some()).count() > 1;
    view.headline_column().filter(several).or_else(|| (0..view.periods.len()).rev().find(several))
}

fn middle(s: &Statistics) -> f64 {
    s.p50.map_or(s.mean, |median| median.value)
}

fn line(index: usize, label: &str, s: &Statistics, own: Option<f64>, axis: &Axis, writer: &Writer<'_>) -> GroupLine {
    let top = index * LINE + 18;
    let at = |value: f64| coordinate(axis.percent(value));
    GroupLine {
        text: top - 5,
        top,
        middle: top + 6,
        label: label.to_owned(),
        n: Signs::PAGE.count(s.n),
        mean_at: at(s.mean),
        mean: writer.value(s.mean),
        middle_half: s.p25.zip(s.p75).map(|(a, b)| Span::between(axis.percent(a.value), axis.percent(b.value))),
        median_at: s.p50.map(|median| at(median.value)),
        median: s.p50.map(|median| writer.estimate(&median)),
        own_at: own.map(at),
    }
}

fn describe(label: &str, lines: &[GroupLine], writer: &Writer<'_>) -> String {
    let end = |line: &GroupLine| {
        let value = line.median.as_ref().map_or(line.mean.as_str(), |median| median.value.as_str());
        format!("{} ({})", line.label, writer.unit(value))
    };
    match lines {
        [first, .., last] => {
            format!(
                "{label} of {} groups, from {} down to {}. The table has every value.",
                lines.len(),
                end(first),
                end(last)
            )
        }
        _ => label.to_owned(),
    }
}
