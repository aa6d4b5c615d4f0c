//! What was suppressed and why: nothing is blank and nothing is zero.

use super::view::MetricView;
use super::words;
use crate::words as shared;
use guildhall_kpi::Suppression;

/// Everything suppressed for one reason.
pub(super) struct Suppressed {
    /// The reason.
    pub(super) reason: String,
    /// What it means.
    pub(super) explained: &'static str,
    /// What is suppressed: group, metrics (where not all) and periods.
    pub(super) lines: Vec<String>,
}

/// Everything suppressed, by reason, in the order of the metrics, groups and periods.
pub(super) fn by_reason(views: &[MetricView<'_>]) -> Vec<Suppressed> {
    let mut reasons: Vec<&Suppression> = Vec::new();
    for view in views {
        for (group, column) in cells(view) {
            if let Some(why) = view.suppressed(group, column).filter(|why| !reasons.contains(why)) {
                reasons.push(why);
            }
        }
    }
    let unit = views.first().map_or("", |view| &view.release.protection.unit);
    let of = |why: &&Suppression| Suppressed {
        reason: words::reason(why, unit),
        explained: words::reason_explained(why),
        lines: lines(views, why),
    };
    reasons.iter().map(of).collect()
}

/// How many values are suppressed, and how many there are.
pub(super) fn counts(views: &[MetricView<'_>]) -> (usize, usize) {
    let all = views.iter().flat_map(|view| cells(view).into_iter().map(move |(g, c)| (view, g, c)));
    let all: Vec<_> = all.filter(|(view, g, c)| view.at(*g, *c).is_some()).collect();
    (all.iter().filter(|(view, g, c)| view.suppressed(*g, *c).is_some()).count(), all.len())
}

fn cells(view: &MetricView<'_>) -> Vec<(usize, usize)> {
    view.groups.iter().flat_map(|group| view.columns.iter().map(|column| (*group, *column))).collect()
}

fn lines(views: &[MetricView<'_>], why: &Suppression) -> Vec<String> {
    let groups = views.first().map_or(0, |view| view.release.groups.len());
    let mut lines = Vec::new();
    for group in 0..groups {
        let mut found: Vec<(Vec<usize>, Vec<&str>)> = Vec::new();
        for view in views {
            let columns: Vec<usize> =
                view.columns.iter().copied().filter(|c| view.suppressed(group, *c) == Some(why)).collect();
            match found.iter_mut().find(|(known, _)| *known == columns) {
                _ if columns.is_empty() => {}
                Some((_, metrics)) => metrics.push(&view.line.label),
                None => found.push((columns, vec![&view.line.label])),
            }
        }
        lines.extend(found.iter().map(|(columns, metrics)| line(views, group, columns, metrics)));
    }
    lines
}

fn line(views: &[MetricView<'_>], group: usize, columns: &[usize], metrics: &[&str]) -> String {
    let release = views.first().map(|view| view.release);
    let mut text = release.and_then(|r| r.groups.get(group)).cloned().unwrap_or_default();
    if metrics.len() < views.len() {
        text = format!("{text}, {}", metrics.join(", "));
    }
    let periods: Vec<&str> = release.map(|r| r.periods.iter().map(String::as_str).collect()).unwrap_or_default();
    if periods.len() > 1 { format!("{text}: {}", shared::periods(&periods, columns)) } else { text }
}
