//! Reads the rows of a file into a table of texts, through the same strict loader as every other data file.

use super::failure::refused;
use crate::{Failure, round};
use guildhall_anonymise::{Table, TableBuilder};
use guildhall_data::{
    Answer, ColumnSpec, Empty, Engine, Error, Format, Import, Input, Kind, Limits, Query, TableSpec, Value, load,
};
use std::path::Path;

/// A table, and the account of its load.
pub(in crate::commands) struct Rows {
    pub(in crate::commands) table: Table,
    pub(in crate::commands) import: Import,
}

/// Reads the named columns of a file, every field as it stands; an empty one is an empty text.
///
/// # Errors
/// Every malformed row, with file, row, column and remedy.
pub(in crate::commands) fn read(path: &Path, columns: &[String]) -> Result<Rows, Failure> {
    let column = |name: &String| ColumnSpec { name: name.clone(), kind: Kind::Text, empty: Empty::Null };
    let format = Format { line_breaks: true, ..Format::default() };
    let columns: Vec<ColumnSpec> = columns.iter().map(column).collect();
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let spec = TableSpec { columns, format, sheet: None, skip: Vec::new() };
    let mut sink = Collected { builder: TableBuilder::new(names), failed: None };
    let import = load(&spec, &[Input::from(path)], &Limits::default(), &mut sink);
    if let Some(error) = sink.failed {
        return Err(refused(&error, path));
    }
    let import = import.map_err(round::data_failure)?;
    let table = sink.builder.build().map_err(|error| refused(&error, path))?;
    Ok(Rows { table, import })
}

/// Takes rows while the loader checks them: no second copy of the table.
struct Collected {
    builder: TableBuilder,
    failed: Option<guildhall_anonymise::Error>,
}

impl Engine for Collected {
    fn create(&mut self, _: &[ColumnSpec]) -> Result<(), Error> {
        Ok(())
    }

    fn insert(&mut self, row: &[Value<'_>]) -> Result<(), Error> {
        let text = |value: &'_ Value<'_>| match value {
            Value::Text(text) => text.clone().into_owned(),
            Value::Integer(number) => number.to_string(),
            Value::Null => String::new(),
        };
        let texts: Vec<String> = row.iter().map(text).collect();
        self.builder.push(texts.iter().map(String::as_str)).map_err(|error| {
            let message = error.to_string();
            self.failed = Some(error);
            Error::Engine { doing: "collecting rows", message }
        })
    }

    fn seal(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn select(&self, _: &Query, _: &mut dyn FnMut(&[Answer<'_>]) -> Result<(), Error>) -> Result<(), Error> {
        let message = "rows are collected, not queried".to_owned();
        Err(Error::Engine { doing: "collecting rows", message })
    }
}
