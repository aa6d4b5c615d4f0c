//! The demonstration's own check: everything opened against the clear computation.

use super::Town;
use guildhall_federation::local::Outcome;
use guildhall_kpi::{FigureTotals, NoisyHistogram, Opened, Segment};
use serde::Serialize;

/// Standard deviations of noise that no quartile may miss its interval by: exceeded less than once in 10^6 rounds.
const SIGMAS: f64 = 8.0;

/// One thing that was checked.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Check {
    /// What must hold.
    pub(crate) what: String,
    /// Whether it does.
    pub(crate) ok: bool,
    /// What was seen.
    pub(crate) seen: String,
}

impl Check {
    /// A check with its verdict.
    pub(crate) fn new(what: impl Into<String>, ok: bool, seen: impl Into<String>) -> Self {
        Self { what: what.into(), ok, seen: seen.into() }
    }
}

/// Compares counts, sums and quartiles of every opened cell with the clear figures of those counted.
pub(crate) fn compare(outcome: &Outcome, town: &Town) -> Vec<Check> {
    let counted: Vec<&str> = outcome
        .set
        .members
        .iter()
        .filter_map(|entry| usize::try_from(entry.member).ok().and_then(|i| outcome.plan.manifest.roster.get(i)))
        .map(|member| member.id.as_str())
        .collect();
    let (mut sums, mut wrong_sums, mut quartiles, mut wrong_quartiles, mut worst) = (0, 0, 0, 0, 0f64);
    for (cell, totals) in outcome.opened.totals.cells.iter().enumerate() {
        let inside = |name: &str, trade: &str| {
            let segment = outcome.plan.manifest.cells.get(cell).map(|planned| &planned.cell.segment);
            counted.binary_search(&name).is_ok() && in_segment(segment, trade)
        };
        for (figure, total) in totals.figures.iter().enumerate() {
            let FigureTotals::Opened(opened) = total else { continue };
            let clear = town.clear(figure, inside);
            sums += 1;
            wrong_sums += usize::from(opened.count != clear.len() as u64 || opened.sum != clear.iter().sum::<i64>());
            for (fraction, error) in rank_errors(outcome, figure, opened, &clear) {
                quartiles += 1;
                wrong_quartiles += usize::from(fraction.is_none());
                worst = worst.max(error);
            }
        }
    }
    vec![
        Check::new(
            "counts and sums equal the clear computation exactly",
            sums > 0 && wrong_sums == 0,
            format!("{sums} opened figures, {wrong_sums} wrong"),
        ),
        Check::new(
            "private quartiles lie within their stated error",
            quartiles > 0 && wrong_quartiles == 0,
            format!("{quartiles} quartiles, {wrong_quartiles} outside; worst rank error {worst:.1} points"),
        ),
    ]
}

fn in_segment(segment: Option<&Segment>, trade: &str) -> bool {
    match segment {
        Some(Segment::Is { value, .. }) => value == trade,
        _ => true,
    }
}

/// Per quartile: whether the clear one lies in the interval, and the error in percentage points of rank.
fn rank_errors(outcome: &Outcome, figure: usize, opened: &Opened, clear: &[i64]) -> Vec<(Option<f64>, f64)> {
    let schema = &outcome.plan.manifest.schema;
    let epsilon = schema.figures.get(figure).and_then(guildhall_kpi::Figure::epsilon);
    let (Some(kpi), Some(epsilon)) = (schema.kpi_of(figure), epsilon) else { return Vec::new() };
    let variance = outcome.benchmark.spending.bin_variance(epsilon);
    let histogram = NoisyHistogram::new(kpi.edges.as_slice(), &opened.bins, opened.count, variance);
    let Some(histogram) = histogram.map(|histogram| histogram.with_sum(opened.sum)) else { return Vec::new() };
    [0.25, 0.5, 0.75]
        .into_iter()
        .filter_map(|fraction| {
            let at = ((fraction * clear.len() as f64).ceil() as usize).clamp(1, clear.len()) - 1;
            let truth = *clear.get(at)?;
            let estimate = histogram.quantile_within(fraction, SIGMAS);
            let below = clear.partition_point(|value| *value <= estimate.value) as f64 / clear.len() as f64;
            let inside = (estimate.low..=estimate.high).contains(&truth);
            Some((inside.then_some(fraction), 100.0 * (below - fraction).abs()))
        })
        .collect()
}
