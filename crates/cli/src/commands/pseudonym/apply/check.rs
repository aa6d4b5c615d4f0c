//! The pass before anything is asked, counted or written: every cell is brought into its one form, row by row.

use super::columns::{Column, LISTED, Spellings, invalid};
use super::output::progress;
use super::table::Table;
use crate::Failure;
use crate::ui::Ui;
use csv::StringRecord;
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
    let bar = progress(ui, table.bytes(), "checking");
    while let Some((line, row)) = table.next()? {
        for (index, column) in columns.iter_mut().enumerate() {
            let Some(why) = column.wrong(&row, index, spellings) else { continue };
            column.blanked += 1;
            total += 1;
            if problems.len() < LISTED && !blank {
                problems.push(invalid(&why, file, line, &column.name));
            }
        }
        checked.rows += 1;
        if checked.rows.is_multiple_of(4096) {
            bar.set_position(table.position().min(table.bytes()));
        }
        if checked.first.len() < SHOWN {
            checked.first.push(row);
        }
    }
    bar.finish_and_clear();
    Failure::of(problems).map_or(Ok(checked), |failure| Err(failure.of_total(total)))
}
