//! A CSV file, read row by row.

use super::super::failure;
use crate::staged::{check_plain, gzipped};
use crate::{Failure, Place, Problem};
use csv::{Reader, ReaderBuilder, StringRecord};
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Longest header line that is looked at for the separator.
const HEADER: usize = 64 << 10;
const MARK: &[u8] = b"\xef\xbb\xbf";

/// An open file with its header.
pub(super) struct Table {
    path: PathBuf,
    reader: Reader<BufReader<Box<dyn Read>>>,
    headers: Vec<String>,
    bytes: u64,
}

impl Table {
    /// Opens a file and reads its header.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let failed = |error| failure::file("U0004", &error, path);
        check_plain(path).map_err(|failure| if path.exists() { no_table(failure) } else { failure })?;
        let file = File::open(path).map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        let source: Box<dyn Read> = if gzipped(path) { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
        let mut buffered = BufReader::with_capacity(HEADER, source);
        let start = buffered.fill_buf().map_err(failed)?;
        let separator = separator(start);
        if start.starts_with(MARK) {
            buffered.consume(MARK.len());
        }
        let mut reader = ReaderBuilder::new().delimiter(separator).from_reader(buffered);
        let headers = reader.headers().map_err(|error| unreadable(path, &error))?;
        let headers: Vec<String> = headers.iter().map(str::to_owned).collect();
        let mut table = Self { path: path.to_owned(), reader, headers, bytes };
        table.check_headers()?;
        Ok(table)
    }

    fn check_headers(&mut self) -> Result<(), Failure> {
        for (index, name) in self.headers.iter().enumerate() {
            if name.is_empty() || self.headers.iter().take(index).any(|other| other == name) {
                let problem =
                    Problem::new("S0691", format!("column {} has no name, or one that is there twice", index + 1));
                return Err(problem.remedy("give every column a name of its own").at(Place::file(&self.path)).into());
            }
        }
        if self.headers.is_empty() {
            let problem = Problem::new("S0691", "the file is empty").remedy("name a file with a header and rows");
            return Err(problem.at(Place::file(&self.path)).into());
        }
        Ok(())
    }

    pub(super) fn headers(&self) -> &[String] {
        &self.headers
    }

    /// Bytes of the file; more are read than these where it is compressed.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How far it was read.
    pub(super) fn position(&self) -> u64 {
        self.reader.position().byte()
    }

    /// The next row and its line.
    pub(super) fn next(&mut self) -> Result<Option<(u64, StringRecord)>, Failure> {
        let mut row = StringRecord::new();
        match self.reader.read_record(&mut row) {
            Ok(true) => Ok(Some((row.position().map_or(0, csv::Position::line), row))),
            Ok(false) => Ok(None),
            Err(error) => Err(unreadable(&self.path, &error)),
        }
    }

    /// As many rows as asked for, or those that are left.
    pub(super) fn batch(&mut self, most: usize) -> Result<(Vec<u64>, Vec<StringRecord>), Failure> {
        let (mut lines, mut rows) = (Vec::with_capacity(most), Vec::with_capacity(most));
        while rows.len() < most {
            let Some((line, row)) = self.next()? else { break };
            lines.push(line);
            rows.push(row);
        }
        Ok((lines, rows))
    }
}

/// The separator that the first line holds most of, outside quotes.
fn separator(start: &[u8]) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut quoted = false;
    for byte in start {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            _ => counts.iter_mut().filter(|(known, _)| known == byte).for_each(|(_, count)| *count += 1),
        }
    }
    // Of equal counts the first, which is the comma.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(separator, _)| *separator)
}

/// What is there and is no file is a mistake of the data, as for `guildhall scan`.
fn no_table(failure: Failure) -> Failure {
    let recoded = |problem: &Problem| Problem { code: "S0691".to_owned(), ..problem.clone() };
    Failure::of(failure.problems().iter().map(recoded).collect()).unwrap_or(failure)
}

/// Why a row cannot be read; nothing of it is repeated.
fn unreadable(path: &Path, error: &csv::Error) -> Failure {
    let why = match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "it is not UTF-8".to_owned(),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("it has {len} fields where the header has {expected_len}")
        }
        csv::ErrorKind::Io(error) => error.to_string(),
        _ => "it is not CSV".to_owned(),
    };
    let mut place = Place::file(path);
    place.line = error.position().map(csv::Position::line);
    let problem = Problem::new("S0691", "a row cannot be read").why(why);
    problem.remedy("mend the row, or save the file as CSV in UTF-8").at(place).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_is_what_the_first_line_holds_most_of() {
        for (line, found) in [
            ("a,b,c\n1;2;3;4;5\n", b','),
            ("a;b,c;d\n", b';'),
            ("\"a,b,c,d\";e\n", b';'),
            ("a\tb\n", b'\t'),
            ("a|b\n", b'|'),
            ("alone\n", b','),
            ("", b','),
        ] {
            assert_eq!(separator(line.as_bytes()), found, "{line}");
        }
    }
}
