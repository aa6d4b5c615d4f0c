//! The data policy that a scan proposes, with the evidence as comments.
//!
//! It names no key and no domain: those are people's to choose, and a missing one is an error where the policy is
//! used. Identifiers without a pseudonym are removed by `anonymise`, which is the safe reading of an undecided line.

use crate::data_policy::{
    AnonymisePolicy, ColumnPolicy, DataPolicy, DatePart, DiversityLimit, HierarchySource, ModelLimit, ModelPolicy, Role,
};
use crate::{Failure, Problem};
use guildhall_data::discover::{self, Column, Kind, Scan};
use guildhall_kpi::Rational;

/// Proposes a policy for the one table of a scan.
///
/// # Errors
/// If there is not exactly one table.
pub(super) fn policy(scan: &Scan) -> Result<String, Failure> {
    let tables: Vec<_> = scan.files.iter().flat_map(|file| &file.tables).collect();
    let [table] = tables.as_slice() else {
        let message = format!("a policy is for one table, and {} were looked at", tables.len());
        return Err(Problem::new("U0025", message)
            .remedy("name one file with one table, or choose rows with --sql")
            .into());
    };
    let columns: Vec<ColumnPolicy> = table.columns.iter().map(column).collect();
    let quasi = columns.iter().any(|column| column.role == Role::QuasiIdentifier);
    let policy = DataPolicy { anonymise: quasi.then(|| anonymise(&columns)), columns, ..DataPolicy::default() };
    Ok(policy.to_toml_with(|proposed| {
        let column = table.columns.iter().find(|column| column.name == proposed.name)?;
        Some(comment(column))
    }))
}

fn column(column: &Column) -> ColumnPolicy {
    let role = match column.role {
        discover::Role::Identifier => Role::Identifier,
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
        pseudonym: None,
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
        Kind::BirthDate if !numbers => {
            Some(HierarchySource::Dates(vec![DatePart::Month, DatePart::Year, DatePart::Decade]))
        }
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
        discover::Role::Identifier => {
            lines.push("decide: pseudonym = { method = ... }; without one, anonymise leaves the column out".to_owned())
        }
        discover::Role::FreeText => {
            lines.push("decide: pseudonym = { method = \"remove\" }; anonymise refuses running text".to_owned())
        }
        discover::Role::QuasiIdentifier => lines.push("decide: how its values are made coarser (hierarchy)".to_owned()),
        discover::Role::Sensitive => lines.push("decide: which rule of [[anonymise.model]] holds for it".to_owned()),
        discover::Role::Other => {}
    }
    lines.join("\n")
}
