//! What a load did: the account that goes with every result.

use serde::Serialize;

/// The account of a load: nothing is read, skipped or ignored without being counted here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Import {
    /// The files, in order.
    pub files: Vec<FileImport>,
    /// Rows of all files, headers not counted.
    pub rows_read: u64,
    /// Rows in the table.
    pub rows_kept: u64,
    /// Rows left out, by the rules of the study in their order.
    pub skipped: Vec<Skipped>,
    /// Columns of the files that the study does not use.
    pub ignored_columns: Vec<String>,
    /// What a person should know although nothing is wrong.
    pub notes: Vec<String>,
}

/// One file of a load.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FileImport {
    /// Its name.
    pub file: String,
    /// The sheet, of a workbook.
    pub sheet: Option<String>,
    /// The delimiter, of a text file.
    pub delimiter: Option<char>,
    /// Whether the delimiter was found out rather than given.
    pub sniffed: bool,
    /// Rows read.
    pub rows_read: u64,
    /// Rows kept.
    pub rows_kept: u64,
}

/// Rows left out for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// The reason, as the study gives it.
    pub reason: String,
    /// Rows left out for it that no earlier rule left out.
    pub rows: u64,
    /// Rows it applies to, whether or not an earlier rule applies too.
    pub matching: u64,
}

impl Import {
    pub(crate) fn note(&mut self, note: String) {
        if self.notes.len() < 100 && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    pub(crate) fn ignore(&mut self, column: &str) {
        if !self.ignored_columns.iter().any(|known| known == column) {
            self.ignored_columns.push(column.to_owned());
        }
    }
}
