//! The data policy that a scan proposes, with the evidence as comments.
//!
//! It names no key and no domain: those are people's to choose, and a missing one is an error where the policy is
//! used. Identifiers without a pseudonym are removed by `anonymise`, which is the safe reading of an undecided line; a
//! column that was not understood is proposed as one for that reason.

use crate::data_policy::{
    AnonymisePolicy, ColumnPolicy, DataPolicy, DatePart, DayOrder, DiversityLimit, HierarchySource, ModelLimit,
    ModelPolicy, PseudonymMethod, Role,
};
use crate::{Failure, Problem};
use guildhall_data::discover::{self, Column, DateOrder, Headers, Kind, Scan, ScannedFile, Table};
use guildhall_kpi::Rational;

/// Proposes a policy for the one table of a scan.
///
/// # Errors
/// If there is not exactly one table, or a policy could not name its columns.
pub(super) fn policy(scan: &Scan) -> Result<String, Failure> {
    let tables: Vec<_> = scan.files.iter().flat_map(|file| &file.tables).collect();
    let [table] = tables.as_slice() else {
        let message = format!("a policy is for one table, and {} were looked at", tables.len());
        return Err(Problem::new("U0025", message)
            .remedy("name one file with one table, or choose rows with --sql")
            .into());
    };
    nameable(table)?;
    let columns: Vec<ColumnPolicy> = table.columns.iter().map(column).collect();
    let quasi = columns.iter().any(|column| column.role == Role::QuasiIdentifier);
    let policy = DataPolicy { anonymise: quasi.then(|| anonymise(&columns)), columns, ..DataPolicy::default() };
    Ok(policy.to_toml_with(|proposed| {
        let column = table.columns.iter().find(|column| column.name == proposed.name)?;
        Some(comment(column))
    }))
}

/// What to say where `anonymise` and `pseudonym apply` do not read the file that the policy is for.
pub(super) fn unread(scan: &Scan) -> Option<String> {
    let format = scan.files.first()?.format;
    let remedy = match format {
        "table" => return None,
        "workbook" => "pseudonym apply reads CSV only: export the sheet for it",
        "query" => "write the rows of the query into a CSV file for anonymise and pseudonym apply",
        _ => "anonymise reads CSV and XLSX, pseudonym apply CSV: export the table for them, with these columns",
    };
    Some(format!("note: the format of the file is {format}; {remedy}"))
}

/// What to do where a file is not in the one encoding that `anonymise` and `pseudonym apply` read.
pub(super) fn recode(scan: &Scan) -> Vec<String> {
    let said = |file: &ScannedFile| {
        let encoding = file.encoding?;
        Some(format!(
            "note: {} is {encoding}, and anonymise and pseudonym apply read UTF-8: save it as UTF-8 first (iconv -f {} \
             -t UTF-8)",
            file.name,
            encoding.to_uppercase()
        ))
    };
    scan.files.iter().filter_map(said).collect()
}

/// A policy names columns by their headers, each of which must be there once.
fn nameable(table: &Table) -> Result<(), Failure> {
    let (what, remedy) = match table.headers {
        Headers::Named => return Ok(()),
        Headers::Missing => ("the first row holds values, not headers", "write a first row that names every column"),
        Headers::Empty => ("a column has no header", "name every column in the first row"),
        Headers::Repeated => ("two columns have the same header", "rename one of them in the first row"),
        Headers::Hidden => ("a header looks like a value", "name every column in the first row, without personal data"),
    };
    let problem = Problem::new("U0026", format!("a policy names columns by their headers, and {what}"));
    Err(problem.remedy(format!("{remedy}; `guildhall scan` without --policy shows the columns")).into())
}

fn column(column: &Column) -> ColumnPolicy {
    let role = match column.role {
        discover::Role::Identifier | discover::Role::Unclear => Role::Identifier,
        discover::Role::QuasiIdentifier => Role::QuasiIdentifier,
        discover::Role::Sensitive => Role::Sensitive,
        discover::Role::FreeText => Role::FreeText,
        discover::Role::Other => Role::Other,
    };
    let kind = column.leading().map(|holding| holding.kind);
    let hierarchy = kind.filter(|_| role == Role::QuasiIdentifier).and_then(|kind| hierarchy(kind, column));
    ColumnPolicy {
        name: column.name.clone(),
        holds: kind.map(|kind| kind.key().to_owned()),
        role,
        pseudonym: (role == Role::FreeText).then_some(PseudonymMethod::Remove),
        hierarchy,
    }
}

/// Coarser values where the kind itself tells which; others need a file.
fn hierarchy(kind: Kind, column: &Column) -> Option<HierarchySource> {
    let numbers = column.shapes.iter().all(|shape| shape.bytes().all(|byte| byte == b'9'));
    match kind {
        Kind::Age if numbers => {
            let widths = [5, 10, 20].into_iter().filter_map(|width| Rational::new(width, 1)).collect();
            Some(HierarchySource::Widths(widths))
        }
        Kind::PostalCode => Some(HierarchySource::Keep(vec![3, 2, 1, 0])),
        Kind::BirthDate if years(column) => {
            let widths = [5, 10, 20].into_iter().filter_map(|width| Rational::new(width, 1)).collect();
            Some(HierarchySource::Widths(widths))
        }
        Kind::BirthDate => {
            let order = match column.date_order? {
                DateOrder::Ymd => DayOrder::Ymd,
                DateOrder::Dmy => DayOrder::Dmy,
                DateOrder::Mdy => DayOrder::Mdy,
                _ => return None,
            };
            Some(HierarchySource::Dates(vec![DatePart::Month, DatePart::Year, DatePart::Decade], order))
        }
        _ => None,
    }
}

/// Whether the values are years of birth.
fn years(column: &Column) -> bool {
    column.shapes.iter().all(|shape| shape == "9999")
}

/// What people have to decide about dates whose order the values do not tell.
fn undated(column: &Column) -> Option<&'static str> {
    match column.date_order? {
        DateOrder::Ambiguous => Some(
            "day and month cannot be told apart by the values: look, and write hierarchy = { dates = [\"month\", \
             \"year\"], order = \"dmy\" }, or \"mdy\"; without it the column is kept whole or left out",
        ),
        DateOrder::Several => Some(
            "the dates are not all written in one order, or not in digits with a year of four: write them in one way for \
             hierarchy = { dates = ... }",
        ),
        _ => None,
    }
}

fn anonymise(columns: &[ColumnPolicy]) -> AnonymisePolicy {
    let sensitive = columns.iter().filter(|column| column.role == Role::Sensitive);
    let limits = || vec![ModelLimit::Diversity(DiversityLimit::Distinct(2))];
    let models = sensitive.map(|column| ModelPolicy { column: column.name.clone(), limits: limits() }).collect();
    AnonymisePolicy { models, ..AnonymisePolicy::default() }
}

/// Why, and what people have to decide.
fn comment(column: &Column) -> String {
    let mut lines = Vec::new();
    for holding in column.holds.iter().take(3) {
        let (kind, likelihood) = (holding.kind.words(), holding.likelihood.words());
        lines.push(format!(
            "{kind}: {likelihood} ({}) [{}, {}]",
            holding.evidence.join("; "),
            holding.fideslang,
            holding.dpv
        ));
    }
    match column.role {
        discover::Role::Identifier if column.leading().is_none() => lines.push(
            "numbers that lead to people or rows, by the header or as a sequence; anonymise leaves the column out".to_owned(),
        ),
        discover::Role::Identifier => {
            lines.push("decide: pseudonym = { method = ... }; without one, anonymise leaves the column out".to_owned())
        }
        discover::Role::FreeText => {
            lines.push("running text or remarks, in which anything can stand: left out".to_owned())
        }
        discover::Role::QuasiIdentifier => {
            lines.push("decide: how its values are made coarser (hierarchy)".to_owned());
            lines.extend(undated(column).map(str::to_owned));
        }
        discover::Role::Sensitive => lines.push("decide: which rule of [[anonymise.model]] holds for it".to_owned()),
        discover::Role::Unclear => lines.push(
            "not understood, so anonymise leaves it out; decide: role = \"other\" keeps it, \"quasi-identifier\" makes it \
             coarser"
                .to_owned(),
        ),
        discover::Role::Other => {
            lines.push("nothing found: amounts, or few values that many rows share; kept as it is".to_owned())
        }
    }
    lines.join("\n")
}
