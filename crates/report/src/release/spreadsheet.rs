//! A release as CSV for spreadsheets: one line per row, numbers unrounded with a point for decimals.

use super::{check, view::sanitised, words};
use crate::Error;
use guildhall_kpi::{Release, ReleaseOutcome, ReleaseRow};

/// The columns.
const HEADS: [&str; 10] =
    ["metric", "group", "period", "value", "low", "high", "population_low", "population_high", "n", "suppressed"];
/// What a spreadsheet may take for the start of a formula, the wide forms included.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// Writes a release as CSV (RFC 4180, UTF-8), one line per row; the same release gives the same bytes.
///
/// `low` and `high` are the interval for these very units, `population_low` and `population_high` the one for
/// the population they come from. `suppressed` says why a row has no numbers and is empty otherwise.
///
/// # Errors
/// If the release contradicts itself.
///
/// # Security
/// A label that a spreadsheet might run as a formula gets an apostrophe in front.
pub fn release_csv(release: &Release) -> Result<String, Error> {
    check::check(release)?;
    let release = sanitised(release);
    let mut lines = csv::Writer::from_writer(Vec::new());
    let written = lines
        .write_record(HEADS)
        .and_then(|()| release.rows.iter().try_for_each(|row| lines.write_record(record(&release, row))));
    written.expect("writing to memory does not fail, and every record has as many fields as the heads");
    let bytes = lines.into_inner().expect("memory needs no flushing");
    Ok(String::from_utf8(bytes).expect("made of texts"))
}

fn record(release: &Release, row: &ReleaseRow) -> [String; HEADS.len()] {
    let name = |names: &[String], index: usize| names.get(index).map(|name| safe(name)).unwrap_or_default();
    let metric = release.metrics.get(row.metric).map(|metric| safe(&metric.id)).unwrap_or_default();
    let (group, period) = (name(&release.groups, row.group), name(&release.periods, row.period));
    let (numbers, why) = match &row.outcome {
        ReleaseOutcome::Shown(v) => {
            let numbers = [v.base.value, v.base.low, v.base.high, v.population.low, v.population.high];
            (Some((numbers.map(|number| number.to_string()), v.n.to_string())), String::new())
        }
        ReleaseOutcome::Suppressed(why) => (None, safe(&words::reason(why, &release.protection.unit))),
    };
    let ([value, low, high, population_low, population_high], n) = numbers.unwrap_or_default();
    [metric, group, period, value, low, high, population_low, population_high, n, why]
}

/// The text with an apostrophe in front where a spreadsheet might run it.
fn safe(text: &str) -> String {
    if text.trim_start().starts_with(FORMULA) { format!("'{text}") } else { text.to_owned() }
}
