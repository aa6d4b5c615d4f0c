//! What a scan found, as text, JSON and a page.

use guildhall_data::discover::{Column, Headers, Holding, Likelihood, Role, Scan, ScannedFile, Sensitivity, Table};
use guildhall_report::{DataMap, MapColumn, MapHolding, MapPlace, word_table};
use serde_json::{Value, json};

/// Width of the table for people.
const WIDTH: u16 = 120;

/// The result for people: one line for each column that holds something, then what singles people out.
pub(super) fn text(scan: &Scan, from: Likelihood) -> String {
    let mut text = String::new();
    for file in &scan.files {
        for table in &file.tables {
            text.push_str(&one(file, table, from));
        }
    }
    let columns = scan.columns().count();
    let holding = scan.columns().filter(|(_, _, column)| shown(column, from).next().is_some()).count();
    text.push_str(&format!(
        "{holding} of {columns} columns in {} files hold personal data, or may.\n",
        scan.files.len()
    ));
    for skipped in &scan.skipped {
        text.push_str(&format!("left out: {} ({})\n", skipped.name, skipped.reason));
    }
    for problem in &scan.failed {
        text.push_str(&format!("not read: {}: {}\n", problem.file, problem.message));
    }
    text
}

fn one(file: &ScannedFile, table: &Table, from: Likelihood) -> String {
    let rows: Vec<Vec<String>> =
        table.columns.iter().flat_map(|column| shown(column, from).map(move |holding| line(column, holding))).collect();
    let place = if table.name.is_empty() { file.name.clone() } else { format!("{}, {}", file.name, table.name) };
    let unit = if file.format == "text" { "lines" } else { "rows" };
    let title = format!("{place} ({}, {} {unit})", file.format, table.rows);
    if rows.is_empty() {
        return format!("{title}\nnothing found\n{}\n", remarks(table));
    }
    let mut text = word_table(&title, &["Column", "Holds", "Likelihood", "Sensitivity", "Why"], &rows, WIDTH);
    if table.uneven_rows > 0 {
        text.push_str(&format!("{} rows have more or fewer cells than the header.\n", table.uneven_rows));
    }
    text.push_str(&remarks(table));
    if let Some(said) = singled_out(table) {
        text.push_str(&said);
    }
    text + "\n"
}

/// What people should know of a table beside its findings.
fn remarks(table: &Table) -> String {
    let mut text = String::new();
    let headers = match table.headers {
        Headers::Named => "",
        Headers::Missing => "The first row holds values; a policy needs a first row that names the columns.\n",
        Headers::Empty => "A column has no header; a policy needs one for each.\n",
        Headers::Repeated => "Two columns have the same header; a policy needs different ones.\n",
        Headers::Hidden => "A header looks like a value and is not shown; a policy needs names.\n",
    };
    text.push_str(headers);
    let names = |wanted: &dyn Fn(&Column) -> bool| -> Vec<&str> {
        table.columns.iter().filter(|column| wanted(column)).map(|column| column.name.as_str()).collect()
    };
    let numbers = names(&|column| column.role == Role::Identifier && column.leading().is_none());
    if !numbers.is_empty() {
        text.push_str(&format!("Numbers that lead to people or rows: {}.\n", numbers.join(", ")));
    }
    let remarks = names(&|column| column.role == Role::FreeText && column.leading().is_none());
    if !remarks.is_empty() {
        text.push_str(&format!("Running text or remarks, in which anything can stand: {}.\n", remarks.join(", ")));
    }
    let unclear = names(&|column| column.role == Role::Unclear);
    if !unclear.is_empty() {
        text.push_str(&format!("Not understood, so not safe to publish unread: {}.\n", unclear.join(", ")));
    }
    text
}

fn line(column: &Column, holding: &Holding) -> Vec<String> {
    let kind = holding.kind;
    vec![
        column.name.clone(),
        kind.words().to_owned(),
        holding.likelihood.words().to_owned(),
        kind.sensitivity().words().to_owned(),
        holding.evidence.join("; "),
    ]
}

fn shown(column: &Column, from: Likelihood) -> impl Iterator<Item = &Holding> {
    column.holds.iter().filter(move |holding| holding.likelihood >= from)
}

fn singled_out(table: &Table) -> Option<String> {
    let found = &table.singling_out;
    if found.combination.is_empty() || found.share <= 0.0 {
        return None;
    }
    let mut text = format!(
        "Singling out: {} together single out {:.1} % of {} rows.\n",
        found.combination.join(" + "),
        found.share * 100.0,
        found.rows
    );
    let ranked: Vec<String> = found
        .columns
        .iter()
        .take(8)
        .map(|column| {
            format!(
                "{} ({} distinct, {:.1} % alone, {:.1} % only with it)",
                column.column,
                column.distinct,
                column.share * 100.0,
                column.needed * 100.0
            )
        })
        .collect();
    text.push_str(&format!("Quasi-identifiers by what they single out: {}.\n", ranked.join(", ")));
    Some(text)
}

/// The result for programs; the schema is `schemas/scan-v1.schema.json`.
pub(super) fn json(scan: &Scan) -> String {
    let failed: Vec<Value> = scan
        .failed
        .iter()
        .map(|problem| json!({ "name": problem.file, "code": problem.code, "message": problem.message }))
        .collect();
    let object = json!({
        "schema": "guildhall/scan/v1", "bytes": scan.bytes, "files": scan.files, "skipped": scan.skipped, "failed": failed,
    });
    format!("{object:#}\n")
}

/// The result as a map.
pub(super) fn map(scan: &Scan, from: Likelihood) -> DataMap {
    let mut places = Vec::new();
    for file in &scan.files {
        places.extend(file.tables.iter().map(|table| place(file, table, from)));
    }
    let skipped = scan.skipped.iter().map(|skipped| (skipped.name.clone(), skipped.reason.to_owned()));
    let failed = scan.failed.iter().map(|problem| (problem.file.clone(), problem.message.clone()));
    let title = match scan.files.as_slice() {
        [one] => one.name.clone(),
        many => format!("{} files", many.len()),
    };
    DataMap { title, places, unread: skipped.chain(failed).collect() }
}

fn place(file: &ScannedFile, table: &Table, from: Likelihood) -> MapPlace {
    let found = &table.singling_out;
    MapPlace {
        file: file.name.clone(),
        table: table.name.clone(),
        format: file.format.to_owned(),
        rows: table.rows,
        columns: table.columns.iter().map(|column| tile(column, from)).collect(),
        singled_out: (!found.combination.is_empty()).then(|| (found.combination.clone(), found.share)),
    }
}

fn tile(column: &Column, from: Likelihood) -> MapColumn {
    let level = shown(column, from).map(|holding| holding.kind.sensitivity()).max().map_or(0, |worst| match worst {
        Sensitivity::Low => 1,
        Sensitivity::Personal => 2,
        Sensitivity::High => 3,
        Sensitivity::Special => 4,
    });
    let holding = |holding: &Holding| MapHolding {
        kind: holding.kind.words().to_owned(),
        likelihood: holding.likelihood.words().to_owned(),
        evidence: holding.evidence.join("; "),
    };
    MapColumn {
        name: column.name.clone(),
        level,
        role: column.role.word().replace('-', " "),
        holds: shown(column, from).map(holding).collect(),
        shapes: column.shapes.clone(),
    }
}
