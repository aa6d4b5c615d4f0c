//! A release as one HTML file: a model of what it says, laid out by the template `release.html`.
//!
//! The template engine escapes every text; the page carries a content security policy that admits its own style
//! and nothing else.

use super::compare::Compare;
use super::curve::Curve;
use super::protection::{Cost, Query};
use super::suppressed::{self, Suppressed};
use super::table::FullTable;
use super::view::MetricView;
use super::words;
use crate::number::Signs;
use crate::words as shared;
use askama::Template;
use guildhall_kpi::{Protection, Release};

/// Renders a release that was checked and whose texts are safe to show.
pub(super) fn render(release: &Release) -> String {
    Page::of(release).render().expect("writing to a string does not fail and no template expression can")
}

#[derive(Template)]
#[template(path = "release.html", whitespace = "minimize")]
struct Page<'a> {
    release: &'a Release,
    window: String,
    unit: &'static str,
    units: &'static str,
    lead: Vec<(usize, &'a str, String)>,
    metrics: Vec<Metric<'a>>,
    suppressed: Vec<Suppressed>,
    missing: usize,
    values: usize,
    protection: &'a Protection,
    cost: Cost,
    queries: Vec<Query<'a>>,
    with_rho: bool,
}

/// One metric.
struct Metric<'a> {
    id: usize,
    label: &'a str,
    unit: &'a str,
    direction: &'static str,
    definition: &'a str,
    caveat: Option<&'a str>,
    compare: Option<Compare>,
    curve: Option<Curve>,
    table: FullTable<'a>,
}

impl<'a> Page<'a> {
    fn of(release: &'a Release) -> Self {
        let views = MetricView::all(release);
        let lead = |view: &MetricView<'a>| (view.index, view.line.label.as_str(), words::sentence(view, Signs::PAGE));
        let (missing, values) = suppressed::counts(&views);
        let protection = &release.protection;
        Self {
            release,
            window: words::window(&release.window),
            unit: words::unit(&protection.unit),
            units: words::units(&protection.unit),
            lead: views.iter().map(lead).collect(),
            suppressed: suppressed::by_reason(&views),
            missing,
            values,
            protection,
            cost: Cost::of(protection),
            queries: Query::all(release, Signs::PAGE),
            with_rho: release.queries.iter().any(|query| query.rho.is_some()),
            metrics: views.iter().map(Metric::of).collect(),
        }
    }
}

impl<'a> Metric<'a> {
    fn of(view: &MetricView<'a>) -> Self {
        let curve = Curve::of(view);
        // A single value at one time says nothing beside its own curve.
        let compare = Compare::of(view).filter(|compare| compare.lines.len() > 1 || curve.is_none());
        Self {
            id: view.index,
            label: &view.line.label,
            unit: &view.line.unit,
            direction: shared::direction(view.line.direction),
            definition: &view.line.definition,
            caveat: view.line.caveat.as_deref(),
            compare,
            curve,
            table: FullTable::of(view, Signs::PAGE),
        }
    }
}
