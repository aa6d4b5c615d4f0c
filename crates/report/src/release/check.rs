//! Refuses a release that contradicts itself, before any of it is drawn.

use crate::Error;
use guildhall_kpi::{Estimate, Release, ReleaseOutcome};
use std::collections::BTreeMap;

/// Checks format, unit, indices, intervals, labels and budget.
pub(super) fn check(release: &Release) -> Result<(), Error> {
    if release.schema != Release::SCHEMA {
        return Err(Error::Format { found: release.schema.clone(), expected: Release::SCHEMA });
    }
    let unit = &release.protection.unit;
    if !["row", "customer", "member"].contains(&unit.as_str()) {
        return Err(Error::Unit { found: unit.clone() });
    }
    let (spent, limit) = (release.protection.spent, release.protection.limit);
    if spent > limit {
        return Err(Error::Overspent { spent, limit });
    }
    rows(release)?;
    queries(release)
}

fn rows(release: &Release) -> Result<(), Error> {
    let mut seen = BTreeMap::new();
    for (number, row) in release.rows.iter().enumerate() {
        let place = || format!("row {number}");
        inside(place, "metric", row.metric, release.metrics.len())?;
        inside(place, "group", row.group, release.groups.len())?;
        inside(place, "period", row.period, release.periods.len())?;
        if let Some(earlier) = seen.insert((row.metric, row.group, row.period), number) {
            return Err(Error::Repeated { row: number, earlier });
        }
        if let ReleaseOutcome::Shown(value) = &row.outcome
            && !(sound(&value.base) && sound(&value.population))
        {
            return Err(Error::Interval { row: number });
        }
    }
    Ok(())
}

/// The value itself may lie outside: it is clamped, its interval is not.
fn sound(estimate: &Estimate) -> bool {
    [estimate.value, estimate.low, estimate.high].into_iter().all(f64::is_finite) && estimate.low <= estimate.high
}

fn queries(release: &Release) -> Result<(), Error> {
    for query in &release.queries {
        let (values, labels) = (query.values.len(), query.labels.len());
        if values != labels {
            return Err(Error::Unlabelled { query: query.id.clone(), values, labels });
        }
        for metric in &query.metrics {
            inside(|| format!("query {:?}", query.id), "metric", *metric, release.metrics.len())?;
        }
    }
    Ok(())
}

fn inside(place: impl Fn() -> String, what: &'static str, index: usize, known: usize) -> Result<(), Error> {
    if index < known { Ok(()) } else { Err(Error::Dangling { place: place(), what, index, known }) }
}
