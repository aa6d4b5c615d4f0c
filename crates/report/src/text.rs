//! The report for a terminal: the same sentences, tables and reasons, in plain text.

use crate::number::{Signs, Writer};
use crate::page::{answered, delta, hidden_groups, not_opened, rational, trustees};
use crate::terminal::{NARROWEST, line, paragraph, table, trimmed};
use crate::view::KpiView;
use crate::{Document, Own, words};
use guildhall_kpi::{Estimate, Outcome, Statistics};

/// Groups listed one by one; the page has all of them.
const GROUPS: usize = 60;

/// Writes the report as text for a terminal of this many columns; the same document gives the same bytes.
///
/// Contains no control sequences.
pub fn text(document: &Document, width: u16) -> String {
    let document = &document.sanitised();
    let width = width.max(NARROWEST);
    let own = document.own.as_ref();
    let views = KpiView::all(&document.benchmark);
    let mut out = heading(document);
    for view in &views {
        paragraph(&mut out, &words::headline(view, view.own_headline(own, 0), Signs::PLAIN), width);
    }
    for view in &views {
        kpi(&mut out, view, own, width);
    }
    hidden(&mut out, &views, width);
    import(&mut out, document, width);
    provenance(&mut out, document, width);
    out
}

fn heading(document: &Document) -> String {
    let provenance = &document.benchmark.provenance;
    let title = &provenance.title;
    let mut out = format!("{title}\n{}\n", "=".repeat(title.chars().count().min(80)));
    line(
        &mut out,
        &format!(
            "Round {}, {}. {} of {} invited members counted ({}).\n",
            provenance.round,
            words::window(&provenance.window),
            Signs::PLAIN.count(provenance.counted),
            Signs::PLAIN.count(provenance.invited),
            answered(provenance),
        ),
    );
    if let Some(own) = &document.own {
        line(&mut out, &format!("Contains your own figures ({}): do not pass on.\n", own.label));
    }
    out
}

fn kpi(out: &mut String, view: &KpiView<'_>, own: Option<&Own>, width: u16) {
    let unit = if view.line.unit.is_empty() { String::new() } else { format!(" in {}", view.line.unit) };
    line(out, &format!("\n{}{unit} ({})", view.line.label, words::direction(view.line.direction)));
    let mine = (0..view.periods.len()).any(|column| view.own(own, 0, column).is_some());
    let periods = (0..view.periods.len()).map(|column| (words::period(view.periods[column]), 0, column));
    out.push_str(&figures(view, "All members", periods.collect(), own.filter(|_| mine), width));
    let Some(column) = view.headline_column().filter(|_| view.cells() > 1) else { return };
    let shown: Vec<usize> = (1..view.cells()).filter(|cell| view.shown(*cell, column).is_some()).collect();
    if shown.is_empty() {
        return;
    }
    let head = words::period(view.periods[column]);
    let groups = shown.iter().take(GROUPS).map(|cell| (view.cell_label(*cell).to_owned(), *cell, column));
    out.push('\n');
    out.push_str(&figures(view, &head, groups.collect(), None, width));
    if shown.len() > GROUPS {
        line(out, &format!("and {} more groups, in the page and the JSON.", shown.len() - GROUPS));
    }
}

/// A table with one line per (label, cell, period).
fn figures(
    view: &KpiView<'_>,
    head: &str,
    lines: Vec<(String, usize, usize)>,
    own: Option<&Own>,
    width: u16,
) -> String {
    let quartiles = lines.iter().any(|(_, cell, column)| view.shown(*cell, *column).is_some_and(|s| s.p50.is_some()));
    let noisy = view.every_shown().any(|s| s.noisy.is_some());
    let mut heads = vec![head, "Members", "Mean"];
    heads.extend(noisy.then_some("95% range"));
    heads.extend(if quartiles { &["P25", "Median", "95% range", "P75"][..] } else { &[] });
    heads.extend(own.map(|_| "You"));
    let mut table = table(&heads, width);
    for (label, cell, column) in &lines {
        let Some(row) = view.row(*cell, *column) else { continue };
        let mut cells = vec![label.clone()];
        match &row.outcome {
            Outcome::Shown(statistics) => cells.extend(data(view, statistics, noisy, quartiles)),
            Outcome::Hidden(why) => cells.push(words::reason(why)),
        }
        if own.is_some() {
            cells.resize(heads.len() - 1, String::new());
            let value =
                view.own(own, *cell, *column).map(|place| Writer::new(view.line, Signs::PLAIN).value(place.value));
            cells.push(value.unwrap_or_else(|| "no figure".to_owned()));
        }
        table.add_row(cells);
    }
    trimmed(&table)
}

fn data(view: &KpiView<'_>, s: &Statistics, noisy: bool, quartiles: bool) -> Vec<String> {
    let writer = Writer::new(view.line, Signs::PLAIN);
    let mean = writer.mean(s);
    let mut cells = vec![Signs::PLAIN.count(s.n), mean.value.clone()];
    if noisy {
        cells.push(mean.range().unwrap_or_else(|| "exact".to_owned()));
    }
    if quartiles {
        let told = |estimate: Option<Estimate>| match estimate {
            Some(estimate) => writer.estimate(&estimate).value,
            None => "not opened".to_owned(),
        };
        let range = s.p50.map(|median| writer.estimate(&median).range().unwrap_or_else(|| "exact".to_owned()));
        cells.extend([told(s.p25), told(s.p50), range.unwrap_or_else(|| "not opened".to_owned()), told(s.p75)]);
    }
    cells
}

fn hidden(out: &mut String, views: &[KpiView<'_>], width: u16) {
    line(out, "\nWhat was hidden, and why");
    let groups = hidden_groups(views);
    if groups.is_empty() {
        line(out, "Nothing was hidden.");
    }
    for group in groups {
        paragraph(out, &format!("{}: {}", group.reason, group.explained), width);
        for hidden in group.lines {
            let kpis = hidden.kpis.map(|kpis| format!(", {kpis}")).unwrap_or_default();
            line(out, &format!("  {}{kpis}: {}", hidden.group, hidden.periods));
        }
    }
    for sentence in not_opened(views) {
        paragraph(out, &sentence, width);
    }
}

fn import(out: &mut String, document: &Document, width: u16) {
    let Some(notes) = &document.import else { return };
    let count = |value: u64| Signs::PLAIN.count(value);
    line(out, "\nHow the data were read");
    let rows = notes.rows_kept.zip(notes.rows_read);
    let rows = rows.map(|(kept, read)| format!(": {} rows used of {} read", count(kept), count(read)));
    paragraph(out, &format!("{}{}", notes.files.join(", "), rows.unwrap_or_default()), width);
    for (why, rows) in &notes.skipped {
        paragraph(out, &format!("left out, {why}: {} rows", count(*rows)), width);
    }
    if notes.clipped > 0 {
        line(out, &format!("limited to the study's range: {} figures", count(notes.clipped)));
    }
    for note in &notes.notes {
        paragraph(out, note, width);
    }
}

fn provenance(out: &mut String, document: &Document, width: u16) {
    let (provenance, spending) = (&document.benchmark.provenance, &document.benchmark.spending);
    line(out, "\nHow this was computed");
    if document.import.is_some() {
        paragraph(out, words::ONE_MACHINE, width);
    }
    for trustee in trustees(provenance) {
        paragraph(out, &format!("{}: {}", trustee.name, trustee.status), width);
    }
    line(out, "\nWhat it cost in privacy");
    let cost = match spending.epsilon.is_zero() {
        true if spending.customers.is_some() => "members' figures as such: no epsilon".to_owned(),
        true => "nothing with noise was opened".to_owned(),
        false => format!(
            "epsilon {} in this round, {} on the same data so far; delta at most 2^-{} (about {})",
            rational(spending.epsilon),
            rational(spending.window_epsilon),
            spending.delta_bits,
            delta(spending.delta_bits)
        ),
    };
    paragraph(out, &cost, width);
    for sentence in words::customers(spending) {
        paragraph(out, &sentence, width);
    }
    paragraph(out, &format!("protected: {}", spending.unit), width);
    paragraph(out, &format!("exact: {}", spending.exact), width);
    line(out, "\nTo check all of this: guildhall verify DIR");
}
