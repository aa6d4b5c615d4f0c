//! The peer group: who is compared, how many, over which time, how many of those invited.

use crate::number::Signs;
use crate::view::KpiView;
use crate::words;
use guildhall_kpi::{Benchmark, Provenance};

/// What the card says.
#[derive(Debug)]
pub(crate) struct Peers<'a> {
    /// Members whose figures are in the sums.
    pub(crate) counted: String,
    /// Members invited.
    pub(crate) invited: String,
    /// Share of the invited that is counted.
    pub(crate) answered: String,
    /// Data window.
    pub(crate) window: String,
    /// Names of the groups besides all members.
    pub(crate) groups: Vec<&'a str>,
    /// Members per KPI in the headline's period.
    pub(crate) members: Vec<(&'a str, String)>,
}

impl<'a> Peers<'a> {
    pub(crate) fn of(benchmark: &'a Benchmark, views: &[KpiView<'a>]) -> Self {
        let provenance = &benchmark.provenance;
        let reported = |view: &KpiView<'a>| {
            let (period, statistics) = view.headline()?;
            let n = Signs::PAGE.count(statistics.n);
            Some((view.line.label.as_str(), format!("{n} in {}", words::period(period))))
        };
        Self {
            counted: Signs::PAGE.count(provenance.counted),
            invited: Signs::PAGE.count(provenance.invited),
            answered: answered(provenance),
            window: words::window(&provenance.window),
            groups: benchmark.cells.iter().skip(1).map(|cell| cell.label.as_str()).collect(),
            members: views.iter().filter_map(reported).collect(),
        }
    }
}

/// Share of the invited whose figures are in the sums.
pub(crate) fn answered(provenance: &Provenance) -> String {
    if provenance.invited == 0 {
        return "not known".to_owned();
    }
    format!("{:.0}%", 100.0 * provenance.counted as f64 / provenance.invited as f64)
}
