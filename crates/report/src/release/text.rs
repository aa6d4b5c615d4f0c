//! A release for a terminal: the same sentences, tables and reasons, in plain text.

use super::protection::{Cost, Query};
use super::table::{FullTable, Line};
use super::view::{MetricView, sanitised};
use super::{check, suppressed, words};
use crate::Error;
use crate::number::Signs;
use crate::terminal::{NARROWEST, line, paragraph, table, trimmed};
use crate::words as shared;
use guildhall_kpi::Release;

/// Groups whose periods are listed one by one; the page has all of them.
const GROUPS: usize = 40;

/// Writes a release as text for a terminal of this many columns; the same release gives the same bytes.
///
/// Contains no control sequences.
///
/// # Errors
/// If the release contradicts itself.
pub fn release_text(release: &Release, width: u16) -> Result<String, Error> {
    check::check(release)?;
    let release = sanitised(release);
    let width = width.max(NARROWEST);
    let views = MetricView::all(&release);
    let mut out = format!("{}\n{}\n", release.title, "=".repeat(release.title.chars().count().min(usize::from(width))));
    paragraph(&mut out, &format!("{}, data set {}.\n", words::window(&release.window), release.data_set), width);
    out.push('\n');
    for view in &views {
        paragraph(&mut out, &words::sentence(view, Signs::PLAIN), width);
    }
    for view in &views {
        metric(&mut out, view, width);
    }
    left_out(&mut out, &views, width);
    protection(&mut out, &release, width);
    list(&mut out, "What is not protected", &release.protection.not_protected, width);
    list(&mut out, "Notes", &release.notes, width);
    Ok(out)
}

fn metric(out: &mut String, view: &MetricView<'_>, width: u16) {
    let full = FullTable::of(view, Signs::PLAIN);
    line(out, &format!("\n{}{} ({})", view.line.label, full.unit, shared::direction(view.line.direction)));
    paragraph(out, &view.line.definition, width);
    if let Some(caveat) = &view.line.caveat {
        paragraph(out, caveat, width);
    }
    let head = if full.open_label.is_empty() { full.head } else { full.open_label };
    out.push_str(&figures(head, &full.open, &full, width));
    for group in full.folded.iter().take(GROUPS) {
        out.push('\n');
        out.push_str(&figures(group.label, &group.lines, &full, width));
    }
    if full.folded.len() > GROUPS {
        line(out, &format!("and {} more groups, in the page, the CSV and the JSON.", full.folded.len() - GROUPS));
    }
}

fn figures(head: &str, lines: &[Line], full: &FullTable<'_>, width: u16) -> String {
    let these = format!("these {}", full.units);
    let mut table = table(&[head, "Value", &these, "population", "noisy n"], width);
    for entry in lines {
        let mut cells = vec![entry.label.clone()];
        match &entry.outcome {
            Ok(f) => cells.extend([f.value.clone(), f.base.clone(), f.population.clone(), f.n.clone()]),
            Err(why) => cells.push(why.clone()),
        }
        table.add_row(cells);
    }
    trimmed(&table)
}

fn left_out(out: &mut String, views: &[MetricView<'_>], width: u16) {
    line(out, "\nWhat was suppressed, and why");
    let reasons = suppressed::by_reason(views);
    if reasons.is_empty() {
        line(out, "Nothing was suppressed.");
    }
    for group in reasons {
        paragraph(out, &format!("{}: {}", group.reason, group.explained), width);
        for entry in group.lines {
            paragraph(out, &format!("- {entry}"), width);
        }
    }
}

fn protection(out: &mut String, release: &Release, width: u16) {
    let (protection, cost) = (&release.protection, Cost::of(&release.protection));
    line(out, "\nHow it was protected");
    paragraph(out, &format!("Every {} is protected: {}.", words::unit(&protection.unit), protection.neighbours), width);
    for bound in &protection.bounds {
        paragraph(out, &format!("- {bound}"), width);
    }
    paragraph(out, &format!("Noise: {}.", protection.noise), width);
    let mut budget = format!("epsilon {} for this release", cost.epsilon);
    if let Some((bits, delta)) = &cost.delta {
        budget.push_str(&format!(", delta at most 2^-{bits} (about {delta})"));
    }
    if let Some(rho) = &cost.rho {
        budget.push_str(&format!(", zero-concentrated cost rho {rho}"));
    }
    budget.push_str(&format!("; epsilon {} spent of {}, {} left", cost.spent, cost.limit, cost.left));
    paragraph(out, &budget, width);
    paragraph(out, &format!("ledger entry {}: {}", protection.ledger_index, protection.ledger_entry), width);
    for query in Query::all(release, Signs::PLAIN) {
        let reach =
            query.reach.as_ref().map(|reach| format!(", within {reach} in 95 of 100 draws")).unwrap_or_default();
        let text = format!(
            "{}: {} noise of scale {}{reach}; sensitivity {}; {}",
            query.line.id,
            query.line.mechanism,
            query.scale,
            query.line.sensitivity,
            query.cost()
        );
        paragraph(out, &text, width);
    }
}

fn list(out: &mut String, heading: &str, entries: &[String], width: u16) {
    if entries.is_empty() {
        return;
    }
    line(out, &format!("\n{heading}"));
    for entry in entries {
        paragraph(out, &format!("- {entry}"), width);
    }
}
