//! The full table of one KPI: every group and period with the number of members and every interval.

use crate::Own;
use crate::number::{Signs, Writer, Written};
use crate::view::KpiView;
use crate::words;
use guildhall_kpi::{Estimate, Outcome, Statistics};

/// What the template lays out.
pub(super) struct FullTable<'a> {
    /// ` in EUR`, or nothing.
    pub(super) unit: String,
    /// Which way is good news.
    pub(super) direction: &'static str,
    /// Column heads after the period.
    pub(super) heads: Vec<&'static str>,
    /// Whether the reader has a column, for all members only.
    pub(super) own: bool,
    /// All members.
    pub(super) all: Vec<Line>,
    /// The other groups.
    pub(super) groups: Vec<Group<'a>>,
    /// Columns, the period included and the reader's left out.
    pub(super) width: usize,
    /// What the table needs said.
    pub(super) notes: Vec<String>,
}

/// One group of members.
pub(super) struct Group<'a> {
    /// Its name.
    pub(super) label: &'a str,
    /// Its lines.
    pub(super) lines: Vec<Line>,
}

/// One period, or a run of periods that are all hidden for the same reason.
pub(super) struct Line {
    /// The period or periods.
    pub(super) period: String,
    /// Why nothing is shown.
    pub(super) hidden: Option<String>,
    /// One entry per head.
    pub(super) data: Vec<Datum>,
    /// The reader's value, in its own table.
    pub(super) own: Datum,
}

/// One entry of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Datum {
    /// Exact.
    Exact(String),
    /// With its 95 % interval.
    Within(String, String),
    /// Not a number, but why there is none.
    Why(&'static str),
}

/// A column: its head and what it holds.
struct Column {
    head: &'static str,
    part: Part,
}

enum Part {
    Members,
    Mean,
    Total,
    Estimate { pick: fn(&Statistics) -> Option<Estimate>, tail: bool },
}

impl<'a> FullTable<'a> {
    pub(super) fn of(view: &KpiView<'a>, own: Option<&Own>) -> Self {
        let columns = columns(view);
        let mine = (0..view.periods.len()).any(|column| view.own(own, 0, column).is_some());
        let lines = |cell: usize, own: Option<&Own>| lines(view, &columns, cell, own);
        let groups = (1..view.cells()).map(|cell| Group { label: view.cell_label(cell), lines: lines(cell, None) });
        let unit = &view.line.unit;
        Self {
            unit: if unit.is_empty() { String::new() } else { format!(" in {unit}") },
            direction: words::direction(view.line.direction),
            heads: columns.iter().map(|column| column.head).collect(),
            own: mine,
            all: lines(0, own),
            groups: groups.filter(|group| !group.lines.is_empty()).collect(),
            width: columns.len() + 1,
            notes: notes(view, &columns),
        }
    }
}

/// The columns that hold anything in some row of this KPI.
fn columns(view: &KpiView<'_>) -> Vec<Column> {
    let estimate = |head, pick: fn(&Statistics) -> Option<Estimate>, tail| {
        let any = view.every_shown().any(|s| pick(s).is_some());
        any.then_some(Column { head, part: Part::Estimate { pick, tail } })
    };
    let exact = |head, part| Some(Column { head, part });
    let columns = [
        exact("Members", Part::Members),
        exact("Mean", Part::Mean),
        estimate("P10", |s| s.p10, true),
        estimate("P25", |s| s.p25, false),
        estimate("Median", |s| s.p50, false),
        estimate("P75", |s| s.p75, false),
        estimate("P90", |s| s.p90, true),
        estimate("Std. dev.", |s| s.sd, false),
        exact("Total", Part::Total),
    ];
    columns.into_iter().flatten().collect()
}

fn lines(view: &KpiView<'_>, columns: &[Column], cell: usize, own: Option<&Own>) -> Vec<Line> {
    let writer = Writer::new(view.line, Signs::PAGE);
    let why = |column: &usize| match &view.row(cell, *column).map(|row| &row.outcome) {
        Some(Outcome::Hidden(hidden)) => Some(hidden.clone()),
        _ => None,
    };
    let present: Vec<usize> = (0..view.periods.len()).filter(|column| view.row(cell, *column).is_some()).collect();
    let same = |a: &usize, b: &usize| a + 1 == *b && why(a).is_some() && why(a) == why(b) && own.is_none();
    let line = |run: &[usize]| {
        let first = *run.first()?;
        let own = view.own(own, cell, first).map(|place| Datum::Exact(writer.value(place.value)));
        Some(Line {
            period: words::periods(&view.periods, run),
            hidden: why(&first).map(|hidden| words::reason(&hidden)),
            data: view.shown(cell, first).map(|s| data(s, columns, &writer)).unwrap_or_default(),
            own: own.unwrap_or(Datum::Why("no figure")),
        })
    };
    present.chunk_by(same).filter_map(line).collect()
}

fn data(s: &Statistics, columns: &[Column], writer: &Writer<'_>) -> Vec<Datum> {
    let within = |written: Written| match written.dashed() {
        Some(range) => Datum::Within(written.value, range),
        None => Datum::Exact(written.value),
    };
    let datum = |column: &Column| match &column.part {
        Part::Members => Datum::Exact(Signs::PAGE.count(s.n)),
        Part::Mean => within(writer.mean(s)),
        Part::Total => within(writer.total(s)),
        Part::Estimate { pick, tail } => match pick(s) {
            Some(estimate) => within(writer.estimate(&estimate)),
            None if *tail && s.p50.is_some() => Datum::Why("too few"),
            None => Datum::Why("not opened"),
        },
    };
    columns.iter().map(datum).collect()
}

fn notes(view: &KpiView<'_>, columns: &[Column]) -> Vec<String> {
    let noisy = view.every_shown().any(|s| s.noisy.is_some());
    let exact =
        if noisy { "Members are exact; mean and total carry noise." } else { "Members, mean and total are exact." };
    let mut notes = vec![exact.to_owned()];
    let estimates = columns.iter().any(|column| matches!(column.part, Part::Estimate { .. }));
    if estimates || noisy {
        notes.push(
            "Under every other value stands the range that holds the true one at least 95 times in 100.".to_owned(),
        );
    }
    if view.every_shown().any(|s| s.exact_bins && !s.bins.is_empty()) {
        notes.push("Quartiles: exact by consent of the members, known up to the width of a bin.".to_owned());
    }
    if view.every_shown().any(|s| s.p50.is_some() && s.p10.is_none()) && columns.iter().any(|c| c.head == "P10") {
        notes.push("“too few”: P10 and P90 are shown only where enough members lie beyond them.".to_owned());
    }
    if estimates && view.every_shown().any(|s| s.p50.is_none()) {
        notes.push("“not opened”: this round did not open quartiles there.".to_owned());
    }
    notes
}
