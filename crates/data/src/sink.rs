//! Where the rows of every kind of file meet: header, types, skip rules, table.

use crate::codes;
use crate::engine::Engine;
use crate::filter::Filter;
use crate::import::{FileImport, Import, Skipped};
use crate::problem::{Error, Flaw, Problems, closest, quoted};
use crate::spec::{Kind, Limits, TableSpec};
use crate::text::{Fault, Halt};
use crate::totals::{self, Sign};
use crate::value::{self, Cell, Value};
use std::collections::BTreeMap;

/// Takes the rows of the files of a load, one file after another.
pub(crate) struct Sink<'a> {
    pub(crate) spec: &'a TableSpec,
    pub(crate) limits: &'a Limits,
    engine: &'a mut dyn Engine,
    filter: Filter,
    problems: Problems,
    pub(crate) import: Import,
    file: FileImport,
    header: Vec<String>,
    /// For each column of the study, its place in the file.
    places: Vec<usize>,
    /// The last row, if it looks like totals.
    totals: Option<(u64, Flaw)>,
    fingerprints: BTreeMap<(u64, u64), String>,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(spec: &'a TableSpec, limits: &'a Limits, engine: &'a mut dyn Engine) -> Result<Self, Error> {
        let skipped = spec.skip.iter().map(|rule| Skipped { reason: rule.reason.clone(), rows: 0, matching: 0 });
        let import = Import { skipped: skipped.collect(), ..Import::default() };
        let filter = Filter::new(spec)?;
        engine.create(&spec.columns)?;
        let (file, problems) = (FileImport::default(), Problems::default());
        let (header, places, fingerprints) = (Vec::new(), Vec::new(), BTreeMap::new());
        Ok(Self { spec, limits, engine, filter, problems, import, file, header, places, totals: None, fingerprints })
    }

    pub(crate) fn begin(&mut self, file: &str) {
        self.file = FileImport { file: file.to_owned(), ..FileImport::default() };
        self.header.clear();
        self.places.clear();
        self.totals = None;
    }

    pub(crate) fn delimiter(&mut self, delimiter: char, sniffed: bool) {
        self.file.delimiter = Some(delimiter);
        self.file.sniffed = sniffed;
    }

    pub(crate) fn sheet(&mut self, sheet: &str) {
        self.file.sheet = Some(sheet.to_owned());
    }

    /// Ends a file that was read through.
    pub(crate) fn end(&mut self, fingerprint: (u64, u64)) {
        if let Some((row, flaw)) = self.totals.take() {
            self.problem(flaw, Some(row), None);
        }
        if self.file.rows_read == 0 {
            let flaw =
                Flaw::new(codes::NO_ROWS, "the file has a header and no rows", "export it again, or leave it out");
            self.problem(flaw, None, None);
        }
        if let Some(other) = self.fingerprints.insert(fingerprint, self.file.file.clone()) {
            let flaw = Flaw::new(codes::TWICE, format!("the file has the same content as {other}"), "give it once");
            self.problem(flaw, None, None);
        }
        self.import.files.push(std::mem::take(&mut self.file));
    }

    /// Whether the engine reads clean Parquet files in place.
    #[cfg(feature = "datafusion")]
    pub(crate) fn attaches(&self) -> bool {
        self.problems.is_empty() && self.engine.attaches()
    }

    /// Hands a file in which every row is sound to the engine, and counts its rows as if they had been taken.
    #[cfg(feature = "datafusion")]
    pub(crate) fn attach(&mut self, file: &crate::CheckedFile<'_>, rows: u64) -> Result<(), Error> {
        let counts = self.engine.attach(file)?;
        for (skipped, (first, matching)) in self.import.skipped.iter_mut().zip(&counts.rules) {
            skipped.rows += first;
            skipped.matching += matching;
        }
        let kept = rows - counts.rules.iter().map(|(first, _)| first).sum::<u64>().min(rows);
        self.import.rows_read += rows;
        self.file.rows_read += rows;
        self.import.rows_kept += kept;
        self.file.rows_kept += kept;
        Ok(())
    }

    /// How many problems there are so far.
    #[cfg(feature = "datafusion")]
    pub(crate) const fn problems(&self) -> u64 {
        self.problems.total
    }

    /// Ends a file whose header is wrong; its problems are already known.
    pub(crate) fn abandon(&mut self) {
        self.import.files.push(std::mem::take(&mut self.file));
    }

    /// Ends a file that could not be read through.
    pub(crate) fn fail(&mut self, fault: Fault) {
        let column = fault.field.and_then(|index| self.header.get(index)).cloned();
        let flaw = Flaw { code: fault.code, message: fault.message, remedy: fault.remedy };
        self.problem(flaw, fault.line, column.as_deref());
        self.abandon();
    }

    /// Ends the load.
    pub(crate) fn finish(self) -> Result<Import, Error> {
        self.engine.seal()?;
        if self.problems.is_empty() { Ok(self.import) } else { Err(Error::Data(self.problems)) }
    }

    pub(crate) fn problem(&mut self, flaw: Flaw, row: Option<u64>, column: Option<&str>) {
        self.problems.push(flaw.at(&self.file.file, row, column));
    }

    /// Takes the header; false if the rows below cannot be understood.
    pub(crate) fn header(&mut self, row: u64, names: Vec<String>) -> bool {
        let before = self.problems.total;
        if names.len() > self.limits.columns {
            let message = format!("the header has {} columns, more than {}", names.len(), self.limits.columns);
            self.problem(Flaw::new(codes::TOO_LARGE, message, "export fewer columns"), Some(row), None);
            return false;
        }
        for column in &self.spec.columns {
            let places: Vec<usize> = (0..names.len()).filter(|i| names[*i] == column.name).collect();
            match places.as_slice() {
                [place] => self.places.push(*place),
                [] => {
                    let near = closest(&column.name, names.iter().map(String::as_str));
                    self.problem(missing(near, &names), Some(row), Some(&column.name));
                }
                _ => {
                    let flaw =
                        Flaw::new(codes::DUPLICATE_COLUMN, "the header names the column twice", "rename one of them");
                    self.problem(flaw, Some(row), Some(&column.name));
                }
            }
        }
        for name in names.iter().filter(|name| self.spec.position(name).is_none()) {
            self.import.ignore(name);
        }
        self.header = names;
        self.problems.total == before
    }

    /// Takes one row.
    pub(crate) fn row(&mut self, line: u64, cells: &[Cell<'_>]) -> Result<(), Halt> {
        if self.import.rows_read >= self.limits.rows {
            let message = format!("there are more than {} rows", self.limits.rows);
            return Err(
                Fault::new(codes::TOO_LARGE, Some(line), message, "load fewer files, or raise the limit").into()
            );
        }
        self.import.rows_read += 1;
        self.file.rows_read += 1;
        self.totals = None;
        if let Some(flaw) = self.misshapen(cells) {
            self.problem(flaw, Some(line), None);
            return Ok(());
        }
        let (spec, places) = (self.spec, &self.places);
        let columns = spec.columns.iter().zip(places);
        let parsed: Vec<_> = columns
            .map(|(c, at)| cells.get(*at).map_or_else(|| Ok(Value::Null), |cell| value::read(c, cell, &spec.format)))
            .collect();
        if !self.filter.is_empty() && self.skips(&parsed)? {
            return Ok(());
        }
        if let Some(flaw) = self.suspicious(line, cells) {
            self.problem(flaw, Some(line), None);
            return Ok(());
        }
        Ok(self.keep(line, parsed)?)
    }

    /// Stores a row whose fields are all sound, and reports the others.
    fn keep(&mut self, line: u64, parsed: Vec<Result<Value<'_>, Flaw>>) -> Result<(), Error> {
        let mut values = Vec::with_capacity(parsed.len());
        for (result, column) in parsed.into_iter().zip(&self.spec.columns) {
            match result {
                Ok(value) => values.push(value),
                Err(flaw) => self.problem(flaw, Some(line), Some(&column.name)),
            }
        }
        if self.problems.is_empty() {
            self.engine.at(&self.file.file, line);
            self.engine.insert(&values)?;
            self.import.rows_kept += 1;
            self.file.rows_kept += 1;
        }
        Ok(())
    }

    fn misshapen(&self, cells: &[Cell<'_>]) -> Option<Flaw> {
        let (got, want) = (cells.len(), self.header.len());
        if got != want {
            let remedy = if got > want {
                "enclose fields that hold the delimiter in quotation marks"
            } else {
                "complete the row, or remove it if it does not belong to the table"
            };
            return Some(Flaw::new(codes::RAGGED, format!("the row has {got} fields, the header {want}"), remedy));
        }
        let same = |(cell, name): (&Cell<'_>, &String)| matches!(cell, Cell::Text(text) if text == name);
        if cells.iter().zip(&self.header).all(same) {
            let remedy = "remove the line; give several files instead of one file pasted together";
            return Some(Flaw::new(codes::HEADER_AGAIN, "the row repeats the header", remedy));
        }
        None
    }

    fn skips(&mut self, parsed: &[Result<Value<'_>, Flaw>]) -> Result<bool, Error> {
        let applies = self.filter.apply(parsed)?;
        let first = applies.iter().position(|applies| *applies);
        for (skipped, applies) in self.import.skipped.iter_mut().zip(&applies) {
            skipped.matching += u64::from(*applies);
        }
        if let Some(skipped) = first.and_then(|index| self.import.skipped.get_mut(index)) {
            skipped.rows += 1;
        }
        Ok(first.is_some())
    }

    /// Rows that are well formed and still not data: empty ones, and totals.
    fn suspicious(&mut self, line: u64, cells: &[Cell<'_>]) -> Option<Flaw> {
        let empty = |place: &usize| cells.get(*place).is_none_or(Cell::is_empty);
        // In a table of one column that may be empty, an empty row is a value like any other.
        let may_be = matches!(self.spec.columns.as_slice(), [only] if only.empty == crate::Empty::Null);
        if !may_be && self.places.iter().all(empty) {
            let remedy = "remove the row, or name a skip rule for such rows";
            return Some(Flaw::new(codes::EMPTY_ROW, "the row is empty in every column that is used", remedy));
        }
        let found = self.spec.columns.iter().zip(&self.places).find_map(|(column, place)| {
            let Cell::Text(text) = cells.get(*place)? else { return None };
            totals::sign(text).map(|sign| (column, text, sign))
        });
        let (column, text, sign) = found?;
        let flaw = totals::flaw(column, text);
        if sign == Sign::Certain || column.kind != Kind::Text || cells.iter().any(Cell::is_empty) {
            return Some(flaw);
        }
        self.totals = Some((line, flaw));
        None
    }
}

/// Whether a name of a column looks like a value that tells of a person: an address, or a long number.
fn tells(name: &str) -> bool {
    name.contains('@') || name.bytes().filter(u8::is_ascii_digit).count() > 4
}

fn missing(near: Option<&str>, names: &[String]) -> Flaw {
    // A file without a header has its first row here: what looks like somebody's data is not repeated.
    let shown = |name: &String| if tells(name) { "(not shown)".to_owned() } else { quoted(name) };
    let listed: Vec<String> = names.iter().take(8).map(shown).collect();
    let more = if names.len() > 8 { ", ..." } else { "" };
    let message = format!("the header does not have the column; it has {}{more}", listed.join(", "));
    let remedy = match near {
        Some(near) => format!("did you mean {}? Names must be the same to the letter", quoted(near)),
        None => "check that the first line names the columns, and the delimiter".to_owned(),
    };
    Flaw::new(codes::MISSING_COLUMN, message, remedy)
}
