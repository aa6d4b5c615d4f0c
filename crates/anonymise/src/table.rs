//! A table with every column as a dictionary and a code per row.
//!
//! Values are texts, compared byte for byte; a code is a `u32` in order of first appearance. Not here: reading files.

use crate::Error;
use crate::error::shape;
use rustc_hash::FxHashMap;

/// Most rows of a table.
pub const MOST_ROWS: u64 = 200_000_000;

/// One column: its different values, and for each row which of them it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    name: String,
    values: Vec<String>,
    codes: Vec<u32>,
}

impl Column {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The different values, in order of first appearance.
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// The code of each row: a place in [`Column::values`].
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// The value of a row; empty beyond the last.
    pub fn value(&self, row: usize) -> &str {
        let value = self.codes.get(row).and_then(|code| self.values.get(*code as usize));
        value.map_or("", String::as_str)
    }

    /// How many rows hold each value.
    pub fn counts(&self) -> Vec<u64> {
        let mut counts = vec![0; self.values.len()];
        self.codes.iter().for_each(|code| counts[*code as usize] += 1);
        counts
    }

    /// The first row of each value, counted from 1.
    pub(crate) fn row_of(&self, value: usize) -> u64 {
        self.codes.iter().position(|code| *code as usize == value).map_or(0, |row| row as u64 + 1)
    }

    /// Every value as a number.
    ///
    /// # Errors
    /// Names the first that is none.
    pub fn numbers(&self) -> Result<Vec<f64>, Error> {
        let number = |(at, text): (usize, &String)| {
            let parsed = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
            parsed.ok_or_else(|| self.refused(at, "a number such as 42 or 12.5"))
        };
        self.values.iter().enumerate().map(number).collect()
    }

    pub(crate) fn refused(&self, value: usize, want: &'static str) -> Error {
        let form = self.values.get(value).map(|text| shape(text)).unwrap_or_default();
        Error::Value { column: self.name.clone(), row: self.row_of(value), form, want }
    }
}

/// A table of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    columns: Vec<Column>,
    rows: usize,
}

impl Table {
    /// Builds a table from names and rows.
    ///
    /// # Errors
    /// If a row has another width, there is no row, or there are too many.
    pub fn of<'a, R>(names: &[&str], rows: impl IntoIterator<Item = R>) -> Result<Self, Error>
    where
        R: IntoIterator<Item = &'a str>,
    {
        let mut builder = TableBuilder::new(names.iter().map(|name| (*name).to_owned()));
        for row in rows {
            builder.push(row)?;
        }
        builder.build()
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// How many rows there are; at least one.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// A column by its name.
    ///
    /// # Errors
    /// If there is none.
    pub fn column(&self, name: &str) -> Result<&Column, Error> {
        self.columns.iter().find(|column| column.name == name).ok_or_else(|| {
            let known: Vec<&str> = self.columns.iter().map(Column::name).collect();
            Error::UnknownColumn { name: name.to_owned(), known: known.join(", ") }
        })
    }

    /// Several columns by their names.
    ///
    /// # Errors
    /// If one is not there.
    pub fn select<S: AsRef<str>>(&self, names: &[S]) -> Result<Vec<&Column>, Error> {
        names.iter().map(|name| self.column(name.as_ref())).collect()
    }
}

/// Takes a table row by row.
#[derive(Debug)]
pub struct TableBuilder {
    columns: Vec<Column>,
    known: Vec<FxHashMap<String, u32>>,
    rows: u64,
}

impl TableBuilder {
    /// A table with these columns and no row yet.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        let empty = |name| Column { name, values: Vec::new(), codes: Vec::new() };
        let columns: Vec<Column> = names.into_iter().map(empty).collect();
        Self { known: columns.iter().map(|_| FxHashMap::default()).collect(), columns, rows: 0 }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// If it has another width, or there are too many rows.
    pub fn push<'a>(&mut self, row: impl IntoIterator<Item = &'a str>) -> Result<(), Error> {
        let (mut found, expected) = (0, self.columns.len());
        if self.rows >= MOST_ROWS {
            return Err(Error::TooLarge { what: "rows", most: MOST_ROWS });
        }
        self.rows += 1;
        for text in row {
            if let (Some(column), Some(known)) = (self.columns.get_mut(found), self.known.get_mut(found)) {
                let code = match known.get(text) {
                    Some(code) => *code,
                    None => {
                        let next = column.values.len() as u32;
                        column.values.push(text.to_owned());
                        known.insert(text.to_owned(), next);
                        next
                    }
                };
                column.codes.push(code);
            }
            found += 1;
        }
        if found == expected { Ok(()) } else { Err(Error::Width { row: self.rows, found, expected }) }
    }

    /// The finished table.
    ///
    /// # Errors
    /// If it has no row.
    pub fn build(self) -> Result<Table, Error> {
        let rows = self.rows as usize;
        if rows == 0 { Err(Error::NoRows) } else { Ok(Table { columns: self.columns, rows }) }
    }
}
