//! The report as one HTML file: a model of what it says, laid out by the template `report.html`.
//!
//! The template engine escapes every text; no template switches that off (a test reads them).
//! The page carries a content security policy that admits its own style and nothing else.

mod hidden;
mod peers;
mod provenance;
mod table;

use crate::chart::{Bar, Groups, Trend};
use crate::number::Signs;
use crate::view::KpiView;
use crate::{Document, Own, words};
use askama::Template;
use peers::Peers;
use provenance::{Cost, Trustee};
use table::{Datum, FullTable};

pub(crate) use hidden::{HiddenGroup, groups as hidden_groups, not_opened};
pub(crate) use peers::answered;
pub(crate) use provenance::{delta, rational, trustees};

/// Renders the report as one HTML file without script or reference to anything outside.
///
/// The same document gives the same bytes.
pub fn html(document: &Document) -> String {
    Page::of(&document.sanitised()).render().expect("writing to a string does not fail and no template expression can")
}

#[derive(Template)]
#[template(path = "report.html", whitespace = "minimize")]
struct Page<'a> {
    title: &'a str,
    round: u32,
    own: Option<&'a str>,
    lead: Vec<Lead<'a>>,
    kpis: Vec<KpiSection<'a>>,
    peers: Peers<'a>,
    hidden: Vec<HiddenGroup>,
    not_opened: Vec<String>,
    import: Option<Import<'a>>,
    one_machine: &'static str,
    trustees: Vec<Trustee<'a>>,
    threshold: u8,
    quorum: u8,
    least: u64,
    fingerprints: [(&'static str, &'a str); 4],
    cost: Cost<'a>,
}

/// One sentence on top.
struct Lead<'a> {
    id: usize,
    label: &'a str,
    sentence: String,
}

/// One KPI.
struct KpiSection<'a> {
    id: usize,
    label: &'a str,
    unit: &'a str,
    direction: &'static str,
    more: Vec<String>,
    bar: Option<Bar>,
    trend: Option<Trend>,
    groups: Option<Groups>,
    table: FullTable<'a>,
}

/// What happened on import.
struct Import<'a> {
    files: String,
    rows: Option<(String, String)>,
    skipped: Vec<(&'a str, String)>,
    clipped: Option<String>,
    notes: &'a [String],
}

impl<'a> Page<'a> {
    fn of(document: &'a Document) -> Self {
        let benchmark = &document.benchmark;
        let provenance = &benchmark.provenance;
        let own = document.own.as_ref();
        let views = KpiView::all(benchmark);
        Self {
            title: &provenance.title,
            round: provenance.round,
            own: own.map(|own| own.label.as_str()),
            lead: views.iter().map(|view| Lead::of(view, own)).collect(),
            kpis: views.iter().map(|view| KpiSection::of(view, own)).collect(),
            peers: Peers::of(benchmark, &views),
            hidden: hidden_groups(&views),
            not_opened: not_opened(&views),
            import: document.import.as_ref().map(Import::of),
            one_machine: words::ONE_MACHINE,
            trustees: trustees(provenance),
            threshold: provenance.threshold,
            quorum: provenance.quorum,
            least: provenance.least_members,
            fingerprints: provenance::fingerprints(provenance),
            cost: Cost::of(&benchmark.spending),
        }
    }
}

impl<'a> Lead<'a> {
    fn of(view: &KpiView<'a>, own: Option<&Own>) -> Self {
        let sentence = words::headline(view, view.own_headline(own, 0), Signs::PAGE);
        Self { id: view.index, label: &view.line.label, sentence }
    }
}

impl<'a> KpiSection<'a> {
    fn of(view: &KpiView<'a>, own: Option<&Own>) -> Self {
        let in_group = |cell| words::own_sentence(view, view.own_headline(own, cell)?, Signs::PAGE);
        Self {
            id: view.index,
            label: &view.line.label,
            unit: &view.line.unit,
            direction: words::direction(view.line.direction),
            more: (1..view.cells()).filter_map(in_group).collect(),
            bar: Bar::of(view, own),
            trend: Trend::of(view, own),
            groups: Groups::of(view, own),
            table: FullTable::of(view, own),
        }
    }
}

impl<'a> Import<'a> {
    fn of(notes: &'a crate::ImportNotes) -> Self {
        let count = |value: u64| Signs::PAGE.count(value);
        Self {
            files: notes.files.join(", "),
            rows: notes.rows_kept.zip(notes.rows_read).map(|(kept, read)| (count(kept), count(read))),
            skipped: notes.skipped.iter().map(|(why, rows)| (why.as_str(), count(*rows))).collect(),
            clipped: (notes.clipped > 0).then(|| count(notes.clipped)),
            notes: &notes.notes,
        }
    }
}
