//! Values in a KPI's unit, and the edges of its histogram.

use crate::Problem;
use crate::study::model::Edges;
use crate::study::section::{Section, Value, exact_text, wrong_type};
use crate::study::source::Source;
use guildhall_kpi::Step;

/// The range and resolution that edges must fit.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    pub(super) resolution: Step,
    pub(super) low: i64,
    pub(super) high: i64,
}

/// Most bins a histogram may have.
const MOST_BINS: u64 = 256;

/// Fewest bins that still show a shape.
const FEWEST_BINS: u64 = 2;

/// A value in the unit as whole steps.
pub(super) fn steps(source: &mut Source<'_>, key: &str, value: &Value<'_>, resolution: Step) -> Option<i64> {
    let Some(text) = exact_text(value) else {
        wrong_type(source, key, value, "a number in the unit, e.g. 250 or \"250.50\"");
        return None;
    };
    let steps = resolution.parse(&text);
    if steps.is_none() {
        let problem = Problem::new("S0304", format!("{key}: {text:?} is not a whole number of steps of {resolution}"))
            .remedy("write a plain decimal number that the resolution divides, or choose a finer resolution");
        source.mistake(&value.span(), problem);
    }
    steps
}

/// The edges of a histogram: `{ first = "100", bins = 32 }` or a list of inner edges.
pub(super) fn read(source: &mut Source<'_>, section: &mut Section<'_>, scale: Scale, bins: u16) -> Option<Edges> {
    let Some(value) = section.value("edges") else {
        let problem = Problem::new("S0306", format!("{} wants quartiles or sd, but has no edges", section.name()))
            .why("quartiles and standard deviation are read from a histogram whose edges everybody knows beforehand")
            .remedy("add edges = { first = \"...\" }: log-spaced, the first bin ending at a small but ordinary value");
        source.mistake(&section.span(), problem);
        return None;
    };
    if let Some(items) = value.get_ref().as_array() {
        let before = source.count();
        let listed: Vec<i64> = items.iter().filter_map(|v| steps(source, "edges", v, scale.resolution)).collect();
        return if source.count() == before { fits(source, value, scale, listed) } else { None };
    }
    let Some(table) = value.get_ref().as_table() else {
        wrong_type(source, "edges", value, "{ first = \"100\", bins = 32 } or a list of edges");
        return None;
    };
    let mut inner = Section::new("edges", value.span(), table);
    let edges = log_spaced(source, &mut inner, scale, bins);
    inner.finish(source);
    edges
}

fn log_spaced(source: &mut Source<'_>, section: &mut Section<'_>, scale: Scale, default_bins: u16) -> Option<Edges> {
    let bins = section.whole(source, "bins", FEWEST_BINS..MOST_BINS + 1).and_then(|bins| u16::try_from(bins).ok());
    let Some(value) = section.value("first") else {
        section.missing(source, "first", "first = \"100\": where the first bin ends, in the unit");
        return None;
    };
    let first = steps(source, "first", value, scale.resolution)?;
    if first <= scale.low || first > scale.high {
        let problem = Problem::new("S0305", "the first bin must end inside the range, above `low`")
            .remedy("choose a small but ordinary value of the figure, from public knowledge");
        source.mistake(&value.span(), problem);
        return None;
    }
    Some(Edges::LogSpaced { first, bins: bins.unwrap_or(default_bins) })
}

fn fits(source: &mut Source<'_>, value: &Value<'_>, scale: Scale, listed: Vec<i64>) -> Option<Edges> {
    let rising = listed.windows(2).all(|pair| pair[0] < pair[1]);
    let inside = listed.iter().all(|edge| *edge > scale.low && *edge <= scale.high);
    let count = listed.len() as u64;
    if rising && inside && (FEWEST_BINS - 1..MOST_BINS).contains(&count) {
        return Some(Edges::Listed(listed));
    }
    let problem = Problem::new("S0305", "these edges do not divide the range into bins").remedy(
        "list 1 to 255 values that rise strictly, all above `low` and at most `high`; each one starts a new bin",
    );
    source.mistake(&value.span(), problem);
    None
}
