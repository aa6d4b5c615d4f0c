//! The groups side by side: one line per group with its box and its mean, all members on top.

use super::{Axis, Span, Tick, coordinate};
use crate::Own;
use crate::number::{Signs, Writer, Written};
use crate::view::{KpiView, drowned};
use crate::words;
use guildhall_kpi::Statistics;

/// Height of one group and of the axis below, in pixels.
const LINE: usize = 32;
const AXIS: usize = 26;
/// Groups named in the text alternative; the table has all.
const TOLD: usize = 12;

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
    /// Whether some group's quartiles are too uncertain to draw.
    pub(crate) with_doubt: bool,
    /// Whether the reader is drawn in any group.
    pub(crate) with_own: bool,
}

/// One group.
#[derive(Clone, Debug)]
pub(crate) struct GroupLine {
    /// Baseline of its label.
    pub(crate) text: usize,
    /// Upper edge of its box.
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
        let shown = sorted(view, column);
        let own_value = |cell: usize| view.own(own, cell, column).map(|place| place.value);
        let axis = Axis::over(shown.iter().flat_map(|(cell, s)| drawn(s).into_iter().chain(own_value(*cell))))?;
        let writer = Writer::new(view.line, Signs::PAGE);
        let line = |(index, (cell, s)): (usize, &(usize, &Statistics))| {
            line(index, view.cell_label(*cell), s, own_value(*cell), &axis, &writer)
        };
        let lines: Vec<GroupLine> = shown.iter().enumerate().map(line).collect();
        let hidden = (0..view.cells()).filter(|cell| view.row(*cell, column).is_some()).count() - lines.len();
        let floor = lines.len() * LINE + 4;
        Some(Self {
            id: format!("k{}g", view.index),
            period: words::period(view.periods.get(column)?),
            description: describe(&view.line.label, &lines, &writer),
            height: floor + AXIS,
            ticks: axis.across(&writer),
            floor,
            hidden,
            with_quartiles: lines.iter().any(|line| line.median.is_some()),
            with_doubt: shown.iter().any(|(_, s)| drowned(s)),
            with_own: lines.iter().any(|line| line.own_at.is_some()),
            lines,
        })
    }
}

/// The headline's period if it shows more than one group, else the latest that does.
fn busiest_column(view: &KpiView<'_>) -> Option<usize> {
    let several = |column: &usize| (0..view.cells()).filter(|cell| view.shown(*cell, *column).is_some()).count() > 1;
    view.headline_column().filter(several).or_else(|| (0..view.periods.len()).rev().find(several))
}

/// All members first, then by the mean, which every group has.
fn sorted<'a>(view: &KpiView<'a>, column: usize) -> Vec<(usize, &'a Statistics)> {
    let shown = (0..view.cells()).filter_map(|cell| Some((cell, view.shown(cell, column)?)));
    let mut shown: Vec<(usize, &Statistics)> = shown.collect();
    shown.sort_by(|(a, x), (b, y)| (*b == 0).cmp(&(*a == 0)).then(y.mean.total_cmp(&x.mean)).then(a.cmp(b)));
    shown
}

/// The values drawn of one group: no quartiles where noise drowns them.
fn drawn(s: &Statistics) -> Vec<f64> {
    let quartiles = [s.p25, s.p50, s.p75].into_iter().flatten().map(|e| e.value).filter(|_| !drowned(s));
    quartiles.chain([s.mean]).collect()
}

fn line(index: usize, label: &str, s: &Statistics, own: Option<f64>, axis: &Axis, writer: &Writer<'_>) -> GroupLine {
    let top = index * LINE + 18;
    let at = |value: f64| coordinate(axis.percent(value));
    let sure = !drowned(s);
    let half = s.p25.zip(s.p75).filter(|_| sure);
    GroupLine {
        text: top - 5,
        top,
        middle: top + 6,
        label: label.to_owned(),
        n: Signs::PAGE.count(s.n),
        mean_at: at(s.mean),
        mean: writer.mean(s).value,
        middle_half: half.map(|(a, b)| Span::between(axis.percent(a.value), axis.percent(b.value))),
        median_at: s.p50.filter(|_| sure).map(|median| at(median.value)),
        median: s.p50.map(|median| writer.estimate(&median)),
        own_at: own.map(at),
    }
}

fn describe(label: &str, lines: &[GroupLine], writer: &Writer<'_>) -> String {
    let mean = |line: &GroupLine| format!("{} {}", line.label, writer.unit(&line.mean));
    let told: Vec<String> = lines.iter().take(TOLD).map(mean).collect();
    let rest = if lines.len() > TOLD { "; the table has the rest" } else { "" };
    format!("{label}, means from high to low after all members: {}{rest}.", told.join("; "))
}
