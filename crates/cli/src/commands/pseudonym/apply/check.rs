//! The pass before anything is asked, counted or written: every cell is brought into its one form, row by row.

use super::BATCH;
use super::columns::{Column, LISTED, Spellings, invalid};
use super::need::Need;
use super::output::progress;
use super::table::Table;
use crate::Failure;
use crate::ui::Ui;
use csv::StringRecord;
use guildhall_pseudonym::Domain;
use std::collections::BTreeMap;
use std::path::Path;

/// Rows that a preview shows.
const SHOWN: usize = 5;

/// What the pass found.
#[derive(Default)]
pub(super) struct Checked {
    /// How many rows there are.
    pub(super) rows: u64,
    /// The first ones.
    pub(super) first: Vec<StringRecord>,
    /// What each domain will be asked.
    pub(super) needs: BTreeMap<Domain, Need>,
}

/// Checks every cell. Where invalid ones are left empty, each column knows afterwards how many those are.
///
/// # Errors
/// Every cell that cannot be replaced, by line and column and never by its text; a row that cannot be read.
pub(super) fn check(
    ui: &Ui,
    file: &Path,
    table: &mut Table,
    columns: &mut [Column],
    spellings: &Spellings,
    blank: bool,
) -> Result<Checked, Failure> {
    let (mut checked, mut problems, mut total) = (Checked::default(), Vec::new(), 0);
    for domain in super::columns::domains(columns) {
        checked.needs.insert(domain, Need::new()?);
    }
    let bar = progress(ui, table.bytes(), "checking");
    loop {
        let (lines, rows) = table.batch(BATCH)?;
        if rows.is_empty() {
            break;
        }
        // Column by column, as they are replaced; what is wrong is listed by line nevertheless.
        let mut wrong = Vec::new();
        for (index, column) in columns.iter_mut().enumerate() {
            let mut need = column.domain().and_then(|domain| checked.needs.get_mut(domain));
            if let Some(need) = &mut need {
                need.begin();
            }
            for (row, line) in rows.iter().zip(&lines) {
                if let Err(why) = column.check(row, index, spellings, need.as_deref_mut()) {
                    column.blanked += 1;
                    total += 1;
                    if !blank {
                        wrong.push((*line, invalid(&why, file, *line, &column.name)));
                    }
                }
            }
        }
        wrong.sort_by_key(|(line, _)| *line);
        problems.extend(wrong.into_iter().take(LISTED - problems.len()).map(|(_, problem)| problem));
        checked.rows += rows.len() as u64;
        bar.set_position(table.position().min(table.bytes()));
        checked.first.extend(rows.into_iter().take(SHOWN - checked.first.len()));
    }
    bar.finish_and_clear();
    Failure::of(problems).map_or(Ok(checked), |failure| Err(failure.of_total(total)))
}
