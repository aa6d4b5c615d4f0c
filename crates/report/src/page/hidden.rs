//! What the round did not show, and why: nothing is blank and nothing is zero.

use crate::view::KpiView;
use crate::words;
use guildhall_kpi::{Hidden, Outcome};

/// Everything hidden for one reason.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HiddenGroup {
    /// The reason.
    pub(crate) reason: String,
    /// What it means.
    pub(crate) explained: &'static str,
    /// What is hidden.
    pub(crate) lines: Vec<HiddenLine>,
}

/// Some periods of one group.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HiddenLine {
    /// Name of the group.
    pub(crate) group: String,
    /// Which KPIs, where not all.
    pub(crate) kpis: Option<String>,
    /// Which periods.
    pub(crate) periods: String,
}

/// Everything hidden, by reason.
pub(crate) fn groups(views: &[KpiView<'_>]) -> Vec<HiddenGroup> {
    let mut reasons: Vec<&Hidden> = Vec::new();
    for hidden in views.iter().flat_map(every_hidden) {
        if !reasons.contains(&hidden) {
            reasons.push(hidden);
        }
    }
    let group = |hidden: &&Hidden| HiddenGroup {
        reason: words::reason(hidden),
        explained: words::reason_explained(hidden),
        lines: lines(views, hidden),
    };
    reasons.iter().map(group).collect()
}

fn every_hidden<'a>(view: &KpiView<'a>) -> Vec<&'a Hidden> {
    let columns = 0..view.periods.len();
    let rows = columns.flat_map(|column| (0..view.cells()).filter_map(move |cell| view.row(cell, column)));
    rows.filter_map(|row| match &row.outcome {
        Outcome::Hidden(hidden) => Some(hidden),
        Outcome::Shown(_) => None,
    })
    .collect()
}

fn lines(views: &[KpiView<'_>], reason: &Hidden) -> Vec<HiddenLine> {
    let cells = views.iter().map(KpiView::cells).max().unwrap_or(0);
    let mut lines = Vec::new();
    for cell in 0..cells {
        let mut found: Vec<(String, Vec<&str>)> = Vec::new();
        for view in views {
            let periods = hidden_periods(view, cell, reason);
            match found.iter_mut().find(|(known, _)| *known == periods) {
                _ if periods.is_empty() => {}
                Some((_, kpis)) => kpis.push(&view.line.label),
                None => found.push((periods, vec![&view.line.label])),
            }
        }
        let group = views.first().map(|view| view.cell_label(cell)).unwrap_or_default();
        lines.extend(found.into_iter().map(|(periods, kpis)| HiddenLine {
            group: group.to_owned(),
            kpis: (kpis.len() < views.len()).then(|| kpis.join(", ")),
            periods,
        }));
    }
    lines
}

fn hidden_periods(view: &KpiView<'_>, cell: usize, reason: &Hidden) -> String {
    let hidden = |column: &usize| matches!(view.row(cell, *column).map(|row| &row.outcome), Some(Outcome::Hidden(why)) if why == reason);
    words::periods(&view.periods, &(0..view.periods.len()).filter(hidden).collect::<Vec<_>>())
}

/// Where quartiles were not opened at all, or only for some periods of all members.
pub(crate) fn not_opened(views: &[KpiView<'_>]) -> Vec<String> {
    let sentence = |view: &KpiView<'_>| {
        let shown: Vec<usize> = (0..view.periods.len()).filter(|column| view.shown(0, *column).is_some()).collect();
        let has = |column: &usize| view.shown(0, *column).is_some_and(|s| s.p50.is_some());
        let opened: Vec<usize> = shown.iter().copied().filter(has).collect();
        match (opened.len(), shown.len()) {
            (o, s) if o == s => None,
            (0, _) => Some(format!("{}: quartiles were not opened in this round, by the study.", view.line.label)),
            _ => Some(format!(
                "{}: quartiles were opened for {} only, by the study.",
                view.line.label,
                words::periods(&view.periods, &opened)
            )),
        }
    };
    views.iter().filter_map(sentence).collect()
}
