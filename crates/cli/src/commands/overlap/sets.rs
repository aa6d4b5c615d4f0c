//! Reads a member's customers by the strict loader: one column, in its one spelling, each customer once.

use super::plan::Plan;
use super::{MemberFile, in_column};
use crate::ui::Ui;
use crate::{Failure, Problem, round};
use guildhall_data::{Answer, ColumnSpec, Engine, Error, Input, Limits, Query, Value, load};
use guildhall_pseudonym::overlap::CustomerSet;
use guildhall_pseudonym::{CanonicalError, Identifier, Rules};

/// How many unreadable identifiers are listed.
const LISTED: usize = 10;

/// The customers of a member's file.
///
/// # Errors
/// With file, row, column and remedy, if a row is not as the plan says. No error contains an identifier.
pub(super) fn read(ui: &Ui, plan: &Plan, file: &MemberFile) -> Result<CustomerSet, Failure> {
    let place = plan.table.columns.iter().position(|column| column.name == plan.column);
    let mut rows = Rows {
        place: place.unwrap_or(usize::MAX),
        rules: plan.rules,
        found: Vec::new(),
        bad: Vec::new(),
        count: Count::default(),
    };
    let inputs = [Input::Path(file.file.clone())];
    let import = load(&plan.table, &inputs, &Limits::default(), &mut rows).map_err(round::data_failure)?;
    let Count { empty, bad, .. } = rows.count;
    let problems = rows.bad.iter().map(|(row, error)| {
        let message = format!("row {row} of those kept: {error}");
        Problem::new("S0612", message)
            .at(in_column(file, plan))
            .remedy("correct the field, or leave such rows out with [[data.skip]]")
    });
    if let Some(failure) = Failure::of(problems.collect()) {
        return Err(failure.of_total(bad));
    }
    let set = CustomerSet::new(rows.found);
    ui.note(&format!(
        "{}: {} rows read, {} kept, {empty} without a customer, {} customers",
        file.name,
        import.rows_read,
        import.rows_kept,
        set.size()
    ));
    Ok(set)
}

#[derive(Clone, Copy, Default)]
struct Count {
    rows: u64,
    empty: u64,
    bad: u64,
}

/// Collects identifiers while the loader checks the rows: no second copy of the table.
struct Rows {
    place: usize,
    rules: Rules,
    found: Vec<Identifier>,
    bad: Vec<(u64, CanonicalError)>,
    count: Count,
}

impl Engine for Rows {
    fn create(&mut self, _: &[ColumnSpec]) -> Result<(), Error> {
        Ok(())
    }

    fn insert(&mut self, row: &[Value<'_>]) -> Result<(), Error> {
        self.count.rows += 1;
        let identifier = match row.get(self.place) {
            Some(Value::Text(text)) => self.rules.apply(text),
            Some(Value::Integer(number)) => self.rules.apply(&number.to_string()),
            Some(Value::Null) | None => {
                self.count.empty += 1;
                return Ok(());
            }
        };
        match identifier {
            Ok(identifier) => self.found.push(identifier),
            Err(error) => {
                self.count.bad += 1;
                if self.bad.len() < LISTED {
                    self.bad.push((self.count.rows, error));
                }
            }
        }
        Ok(())
    }

    fn seal(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn select(&self, _: &Query, _: &mut dyn FnMut(&[Answer<'_>]) -> Result<(), Error>) -> Result<(), Error> {
        let message = "customers are collected, not queried".to_owned();
        Err(Error::Engine { doing: "collecting customers", message })
    }
}
