//! The page: a model of what it says, laid out by the template `overlap.html`, whose engine escapes every text.

use super::chart::Chart;
use super::{Overlap, OverlapKind, OverlapProtection};
use crate::number::Signs;
use askama::Template;

/// Renders the counts as one HTML file without script or reference to anything outside.
///
/// The same counts give the same bytes.
pub fn overlap_html(overlap: &Overlap) -> String {
    let overlap = overlap.sanitised();
    Page::of(&overlap).render().expect("writing to a string does not fail and no template expression can")
}

#[derive(Template)]
#[template(path = "overlap.html", whitespace = "minimize")]
struct Page<'a> {
    overlap: &'a Overlap,
    lead: Vec<String>,
    chart: Chart,
    rows: Vec<Row>,
    members: Vec<(usize, &'a str, &'a str)>,
    protection: &'a OverlapProtection,
    hidden: usize,
}

/// A line of the table.
struct Row {
    what: &'static str,
    members: String,
    count: Result<[String; 3], String>,
}

impl<'a> Page<'a> {
    fn of(overlap: &'a Overlap) -> Self {
        let of_kind = |kind| overlap.figures.iter().filter(move |figure| figure.kind == kind);
        let reach = of_kind(OverlapKind::Reach)
            .map(|figure| format!("Together the members have {} customers.", overlap.words(figure, Signs::PAGE)));
        let pairs = of_kind(OverlapKind::Pair).max_by_key(|figure| figure.shown.map(|count| count.value));
        let most = pairs.filter(|figure| figure.shown.is_some()).map(|figure| {
            let (names, words) = (overlap.names(figure), overlap.words(figure, Signs::PAGE));
            format!("The two that share most are {names}: {words}.")
        });
        let rows = overlap.figures.iter().map(|figure| Row {
            what: what(figure.kind),
            members: overlap.names(figure),
            count: figure
                .shown
                .ok_or_else(|| overlap.hidden())
                .map(|count| [count.value, count.low, count.high].map(|value| Signs::PAGE.count(value))),
        });
        let members = overlap.members.iter().enumerate();
        Self {
            overlap,
            lead: reach.chain(most).collect(),
            chart: Chart::of(overlap),
            rows: rows.collect(),
            members: members.map(|(place, m)| (place + 1, m.name.as_str(), m.commitment.as_str())).collect(),
            protection: &overlap.protection,
            hidden: overlap.figures.iter().filter(|figure| figure.shown.is_none()).count(),
        }
    }
}

/// What a figure counts, in a word.
pub(super) const fn what(kind: OverlapKind) -> &'static str {
    match kind {
        OverlapKind::Size => "customers of",
        OverlapKind::Pair => "shared by two",
        OverlapKind::Triple => "shared by three",
        OverlapKind::Reach => "reach",
    }
}
