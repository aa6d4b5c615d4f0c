//! A risk report for a terminal.

use super::sensitive::figures;
use super::{NOT_PRIVATE, RiskReport};
use crate::number::Signs;
use crate::sanitise::mended;
use crate::terminal::text_table;
use std::fmt::Write;

/// Writes a risk report for a terminal of this many columns; the same input gives the same bytes.
pub fn risk_text(report: &RiskReport, width: u16) -> String {
    let count = |value: u64| Signs::PLAIN.count(value);
    let percent = |value: f64| format!("{:.2} %", value * 100.0);
    let mut text = format!("Risk of being singled out: {}\n", mended(&report.file));
    let _ = writeln!(text, "Known to others: {}\n", mended(&report.quasi.join(", ")));
    let line = |name: &str, value: String| vec![name.to_owned(), value];
    let mut rows = vec![
        line("rows", count(report.rows)),
        line("classes of rows that look the same", count(report.classes)),
        line("smallest class (k)", count(report.k)),
        line("rows alone in their class", format!("{} ({})", count(report.unique_rows), percent(report.unique_share))),
        line("highest risk (prosecutor)", percent(report.highest_risk)),
        line("average risk (marketer)", percent(report.average_risk)),
    ];
    if let Some(population) = &report.population {
        rows.extend([
            line("fewest people behind a row", count(population.smallest)),
            line("highest risk (journalist)", percent(population.highest_risk)),
            line("average risk among the population", percent(population.average_risk)),
        ]);
    }
    text.push_str(&text_table("", &["figure", "value"], &rows, width));
    let bands = report.bands().into_iter().filter(|band| band.rows > 0);
    let bands: Vec<Vec<String>> =
        bands.map(|band| vec![band.label, count(band.rows), percent(band.share), count(band.classes)]).collect();
    text.push('\n');
    text.push_str(&text_table(
        "Rows by risk",
        &["chance of finding the person", "rows", "share", "classes"],
        &bands,
        width,
    ));
    for sensitive in &report.sensitive {
        let rows: Vec<Vec<String>> =
            figures(sensitive).into_iter().map(|figure| vec![figure.name.to_owned(), figure.value]).collect();
        let _ = writeln!(text);
        let title = format!("Sensitive column {:?}, worst class", sensitive.column);
        text.push_str(&text_table(&title, &["figure", "value"], &rows, width));
        if sensitive.exposed_rows > 0 {
            let exposed = count(sensitive.exposed_rows);
            let _ = writeln!(text, "{exposed} rows are exposed: all rows of their class have the same value (l = 1).");
        }
    }
    let _ = writeln!(text, "\n{NOT_PRIVATE}");
    text
}
