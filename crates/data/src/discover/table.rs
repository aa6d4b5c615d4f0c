//! A table as its rows go by: profiles of its columns, a sample of its rows, and the verdicts at the end.

use super::dictionary::{self, Company};
use super::profile::{self, Profile};
use super::scanner::{self, Finding, Hints};
use super::single_out::{self, Rows, SinglingOut};
use super::verdict::{self, Column};
use super::{Kind, Likelihood, Role};
use serde::Serialize;
use std::collections::BTreeSet;

/// Most columns of a table; more of them are counted and left out.
pub(crate) const WIDEST: usize = 2000;

/// The column of JSON paths that turn up late.
pub(crate) const OTHER_PATHS: &str = "(other paths)";

/// A table that was looked through.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// Its name: a sheet, a table of a database; empty where the file is the table.
    pub name: String,
    /// Rows, without the header.
    pub rows: u64,
    /// Rows with too many or too few cells; what of them could be told apart was looked through.
    pub uneven_rows: u64,
    /// Whether every column has a name of its own.
    pub headers: Headers,
    /// The columns.
    pub columns: Vec<Column>,
    /// What the quasi-identifiers single out.
    pub singling_out: SinglingOut,
}

/// Whether the columns of a table can be named by their headers, as a policy has to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Headers {
    /// Each has a header of its own.
    #[default]
    Named,
    /// The first row holds values: there are no headers.
    Missing,
    /// A header is empty.
    Empty,
    /// Two columns have the same header.
    Repeated,
    /// A header looks like a value, or is longer than names are.
    Hidden,
}

impl Headers {
    /// Of the headers of a table.
    fn of(headers: &[String]) -> Self {
        let trimmed = || headers.iter().map(|header| header.trim());
        let distinct: BTreeSet<&str> = trimmed().collect();
        match () {
            () if trimmed().any(str::is_empty) => Self::Empty,
            () if distinct.len() < headers.len() => Self::Repeated,
            () if trimmed().any(hidden) => Self::Hidden,
            () => Self::Named,
        }
    }
}

/// A passage that holds personal data, by its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Passage {
    /// The column, or empty in running text.
    pub column: String,
    /// Row of a table or record, or line of a text, counted from 1.
    pub row: u64,
    /// First character, counted from 0, in the cell or the line.
    pub start: usize,
    /// The character after the last.
    pub end: usize,
    /// What it is.
    pub kind: Kind,
    /// How likely.
    pub likelihood: Likelihood,
}

/// A table while its rows go by.
pub(crate) struct Reading {
    name: String,
    rows: u64,
    uneven: u64,
    headers: Headers,
    profiles: Vec<Profile>,
    /// Names of columns that may be shown.
    names: Vec<String>,
    sample: Rows,
    hashes: Vec<u64>,
    found: Vec<Finding>,
    /// Where passages go, if somebody wants them, and how many at most.
    passages: Option<(Vec<Passage>, usize)>,
}

impl Reading {
    pub(crate) fn new(name: &str, headers: Vec<String>, passages: Option<usize>) -> Self {
        let names = shown_names(&headers);
        Self {
            name: shown(name),
            rows: 0,
            uneven: 0,
            headers: Headers::of(&headers),
            sample: Rows::new(headers.len()),
            profiles: headers.into_iter().take(WIDEST).map(Profile::new).collect(),
            names,
            hashes: Vec::new(),
            found: Vec::new(),
            passages: passages.map(|most| (Vec::new(), most)),
        }
    }

    /// Is told that the headers are made up, since the file has none.
    pub(crate) const fn headless(&mut self) {
        self.headers = Headers::Missing;
    }

    /// Takes a row in.
    pub(crate) fn row<'c>(&mut self, cells: impl IntoIterator<Item = &'c str>) {
        self.rows += 1;
        self.hashes.clear();
        let mut extra = false;
        for (place, cell) in cells.into_iter().enumerate() {
            if place >= self.profiles.len() {
                extra = true;
                // What stands beyond the header is looked through with the last column.
                self.cell(self.profiles.len().saturating_sub(1), cell);
            } else {
                self.cell(place, cell);
            }
        }
        let missing = self.hashes.len() < self.profiles.len();
        self.uneven += u64::from(extra || missing);
        if !extra && !missing {
            self.sample.push(&self.hashes);
        }
    }

    fn cell(&mut self, place: usize, cell: &str) {
        let hash = profile::hash(cell.trim());
        if self.hashes.len() == place {
            self.hashes.push(hash);
        }
        let Some(profile) = self.profiles.get_mut(place) else { return };
        profile.push(cell, hash, &mut self.found);
        let row = self.rows;
        if let Some((passages, most)) = &mut self.passages {
            let lead = cell.len() - cell.trim_start().len();
            let characters = |at: usize| cell[..lead + at].chars().count();
            for finding in self.found.iter().take(most.saturating_sub(passages.len())) {
                passages.push(Passage {
                    column: self.names[place].clone(),
                    row,
                    start: characters(finding.start),
                    end: characters(finding.end),
                    kind: finding.kind,
                    likelihood: finding.likelihood,
                });
            }
        }
    }

    /// The verdicts; a header such as "name" is judged once more when the other columns turn out to be of people.
    fn judged(&self) -> Vec<Column> {
        let company = Company::of(self.profiles.iter().map(|profile| profile.header.as_str()));
        let judge = |(profile, name): (&Profile, &String)| verdict::judge(profile, name.clone(), company);
        let mut columns: Vec<Column> = self.profiles.iter().zip(&self.names).map(judge).collect();
        let leading = columns.iter().filter_map(Column::leading);
        let beside = leading.fold(company, |company, holding| company.beside(holding.kind, holding.likelihood));
        if beside != company {
            let again = self.profiles.iter().zip(&self.names).zip(&mut columns);
            for ((profile, name), column) in again.filter(|((profile, _), column)| doubtful(profile, column)) {
                *column = verdict::judge(profile, name.clone(), beside);
            }
        }
        columns
    }

    /// Judges every column and ranks those that single people out together.
    pub(crate) fn finish(self) -> (Table, Vec<Passage>) {
        let columns: Vec<Column> = self
            .judged()
            .into_iter()
            .filter(|column| column.name != OTHER_PATHS || column.cells > column.empty)
            .collect();
        let together: Vec<(usize, &str)> = columns
            .iter()
            .enumerate()
            .filter(|(_, column)| quasi(column))
            .map(|(place, column)| (place, column.name.as_str()))
            .take(40)
            .collect();
        let singling_out = single_out::rank(&self.sample, &together);
        let (rows, uneven_rows, headers) = (self.rows, self.uneven, self.headers);
        let table = Table { name: self.name, rows, uneven_rows, headers, columns, singling_out };
        (table, self.passages.map(|(passages, _)| passages).unwrap_or_default())
    }
}

/// Whether a column is judged by those beside it: a header that may mean the names of people and of things alike, or
/// values that were taken for harmless.
fn doubtful(profile: &Profile, column: &Column) -> bool {
    column.role == Role::Other
        || dictionary::heading(&profile.header).is_some_and(|heading| heading.kind == Kind::Name && !heading.strong)
}

/// Whether a column can single people out together with others: no identifier by itself, and known to others.
fn quasi(column: &Column) -> bool {
    column.role == Role::QuasiIdentifier && column.distinct > 1
}

/// Headers as they may be shown; one that is itself personal data is named by its place.
fn shown_names(headers: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (place, header) in headers.iter().enumerate() {
        let header = header.trim();
        let name =
            if header.is_empty() || hidden(header) { format!("column {}", place + 1) } else { header.to_owned() };
        let name = if names.contains(&name) { format!("{name} ({})", place + 1) } else { name };
        names.push(name);
    }
    names
}

/// Whether a header is not shown: it holds a value, or is too long for a name.
fn hidden(header: &str) -> bool {
    header.chars().count() > 120 || !tells_nothing(header)
}

/// A name as it may be shown: what is personal data in it is replaced by the kind.
pub(crate) fn shown(name: &str) -> String {
    let mut shown = String::new();
    let mut at = 0;
    for finding in scanner::find(name, Hints::default()) {
        // The name of a file looks like a web address.
        if finding.kind == Kind::Url && !name[finding.start..finding.end].contains('/') {
            continue;
        }
        shown.push_str(&name[at..finding.start]);
        shown.push_str(&format!("<{}>", finding.kind.key()));
        at = finding.end;
    }
    shown.push_str(&name[at..]);
    shown
}

/// Whether a header names a column rather than holding a value.
fn tells_nothing(header: &str) -> bool {
    let digits = header.bytes().filter(u8::is_ascii_digit).count();
    scanner::find(header, Hints::default()).is_empty() && (digits < 6 || digits * 2 < header.len())
}

/// Whether a first row looks like names of columns rather than like values.
pub(crate) fn is_header(first: &[&str]) -> bool {
    let filled = first.iter().filter(|cell| !cell.trim().is_empty()).count();
    let known = first.iter().filter(|cell| dictionary::heading(cell).is_some()).count();
    let value = |cell: &&&str| {
        let cell = cell.trim();
        let number = !cell.is_empty()
            && cell
                .bytes()
                .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'-' | b'/' | b':' | b' ' | b'+'));
        number || !tells_nothing(cell) || cell.len() > 100
    };
    let values = first.iter().filter(value).count();
    filled > 0
        && (values == 0 || known > values)
        && (known > 0
            || !first.iter().any(|cell| dictionary::first_names(cell).is_some_and(|(names, words)| names * 2 > words)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(headers: &[&str], rows: &[&[&str]]) -> Table {
        let mut reading = Reading::new("", headers.iter().map(|header| (*header).to_owned()).collect(), None);
        rows.iter().for_each(|row| reading.row(row.iter().copied()));
        reading.finish().0
    }

    fn leading(table: &Table, column: usize) -> Option<(Kind, Likelihood)> {
        table.columns[column].leading().map(|holding| (holding.kind, holding.likelihood))
    }

    #[test]
    fn header_and_values_agree() {
        let table = table(
            &["E-Mail", "Betrag"],
            &[&["a@example.org", "12.50"], &["b@example.org", "13.00"], &["c@example.org", "9"]],
        );
        assert_eq!(leading(&table, 0), Some((Kind::Email, Likelihood::VeryLikely)));
        assert_eq!(leading(&table, 1), None);
        assert_eq!(table.columns[0].role, Role::Identifier);
    }

    #[test]
    fn a_header_alone_does_not_make_a_card() {
        let table = table(&["card number"], &[&["1234"], &["5678"], &["none of it"]]);
        assert!(table.columns[0].leading().is_none(), "{:?}", table.columns[0].holds);
    }

    #[test]
    fn a_first_row_of_values_is_no_header() {
        assert!(is_header(&["name", "email", "zip"]));
        assert!(is_header(&["a", "b"]));
        assert!(!is_header(&["Maria Rossi", "maria@example.org", "20121"]));
        assert!(!is_header(&["1", "2", "3"]));
        assert!(!is_header(&[]));
    }

    #[test]
    fn personal_data_in_names_is_not_shown() {
        assert_eq!(shown("export jo@example.org.csv"), "export <email>.csv");
        assert_eq!(shown("customers.csv"), "customers.csv");
        assert_eq!(
            shown_names(&["jo@example.org".to_owned(), "x".to_owned(), "x".to_owned()]),
            ["column 1", "x", "x (3)"]
        );
    }

    #[test]
    fn uneven_rows_are_counted_and_looked_through() {
        let table = table(&["a", "note"], &[&["1"], &["1", "x", "jo@example.org"], &["1", "x"]]);
        assert_eq!((table.rows, table.uneven_rows), (3, 2));
        assert_eq!(leading(&table, 1).map(|(kind, _)| kind), Some(Kind::Email));
    }
}
