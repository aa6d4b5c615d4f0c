//! Where values come from: files of every kind, one after another, as rows or as running text.
//!
//! The kind of a file is told by its first bytes, then by its name. Everything streams; what a file has too much of
//! (cells of megabytes, columns by the thousand) is cut or refused with a limit, never held.

mod delimited;
mod dump;
mod json;
mod lines;
mod spaced;
mod sqlite;
mod text;
mod workbook;

pub(crate) use sqlite::Loaded;

use super::table::{WIDEST as MOST_COLUMNS, is_header};
use crate::codes;
use crate::text::Fault;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;
use text::Decoded;

/// Takes in what a source yields.
pub(crate) trait Sink {
    /// The table of this name, with these headers if it is new.
    fn table(&mut self, name: &str, headers: &[String]) -> Result<usize, Fault>;
    /// Says that the headers of a table are made up: the source has none.
    fn headless(&mut self, _table: usize) {}
    /// One row of a table; missing cells are empty.
    fn row(&mut self, table: usize, cells: &[&str]) -> Result<(), Fault>;
    /// A block of running text; `line` is the number of its first line.
    fn text(&mut self, block: &str, line: u64) -> Result<(), Fault>;
    /// Bytes that were read, for whoever waits.
    fn progress(&mut self, bytes: u64);
}

/// The kinds of files that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Delimited,
    Spaced,
    Json,
    JsonLines,
    Dump,
    Text,
    Workbook,
    Sqlite,
}

impl Format {
    /// For people.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Delimited => "table",
            Self::Spaced => "table set apart by spaces",
            Self::Json => "JSON",
            Self::JsonLines => "JSON lines",
            Self::Dump => "SQL dump",
            Self::Text => "text",
            Self::Workbook => "workbook",
            Self::Sqlite => "SQLite database",
        }
    }
}

/// A file that is not read, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Skip {
    Binary,
    Empty,
    Archive,
}

impl Skip {
    /// For people.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Binary => "no text (binary)",
            Self::Empty => "empty",
            Self::Archive => "an archive, not opened",
        }
    }

    /// The code of the error that it is where the file was asked for by name.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Empty => codes::EMPTY_FILE,
            Self::Binary | Self::Archive => codes::FILE_KIND,
        }
    }
}

/// How many first bytes tell the kind of a file.
const HEAD: usize = 16 << 10;

/// What a file turned out to be.
pub(crate) enum Opened {
    Skipped(Skip),
    /// The format, and the encoding of text that is not UTF-8.
    Read(Format, Option<&'static str>),
}

/// Reads a file into a sink.
pub(crate) fn read(path: &Path, sink: &mut dyn Sink) -> Result<Opened, Fault> {
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    let mut head = Vec::new();
    let mut reader = BufReader::with_capacity(256 << 10, file);
    reader.by_ref().take(HEAD as u64).read_to_end(&mut head).map_err(|error| unreadable(&error))?;
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    if head.is_empty() {
        return Ok(Opened::Skipped(Skip::Empty));
    }
    if head.starts_with(b"SQLite format 3\0") {
        sqlite::read(path, sink)?;
        return Ok(Opened::Read(Format::Sqlite, None));
    }
    if head.starts_with(&[0x1f, 0x8b]) {
        let bytes = Cursor::new(head).chain(reader);
        return unpacked(flate2::read::MultiGzDecoder::new(bytes), name.trim_end_matches(".gz"), sink);
    }
    if head.starts_with(b"PK\x03\x04") {
        if !(name.ends_with(".xlsx") || name.ends_with(".xlsm")) {
            return Ok(Opened::Skipped(Skip::Archive));
        }
        workbook::read(Cursor::new(head).chain(reader), sink)?;
        return Ok(Opened::Read(Format::Workbook, None));
    }
    plain(head, reader, &name, sink)
}

fn unpacked(mut bytes: impl Read, name: &str, sink: &mut dyn Sink) -> Result<Opened, Fault> {
    let mut head = Vec::new();
    bytes.by_ref().take(HEAD as u64).read_to_end(&mut head).map_err(|error| Fault::from_io(error, true))?;
    if head.starts_with(b"PK\x03\x04") || head.starts_with(&[0x1f, 0x8b]) || head.starts_with(b"SQLite format 3\0") {
        return Ok(Opened::Skipped(Skip::Archive));
    }
    plain(head, bytes, name, sink)
}

fn plain(head: Vec<u8>, rest: impl Read, name: &str, sink: &mut dyn Sink) -> Result<Opened, Fault> {
    let marked = encoding_rs::Encoding::for_bom(&head).is_some();
    if !marked && (head.contains(&0) || binary(&head)) {
        return Ok(Opened::Skipped(Skip::Binary));
    }
    let encoding = text::encoding(&head);
    let mut decoded = Decoded::new(Cursor::new(head).chain(rest), encoding);
    let mut start = Vec::new();
    decoded.by_ref().take(HEAD as u64).read_to_end(&mut start).map_err(|error| Fault::from_io(error, false))?;
    let shown = String::from_utf8_lossy(&start).into_owned();
    let format = format(name, &shown);
    let text = Cursor::new(start).chain(decoded);
    match format {
        Format::Json => json::read(text, sink)?,
        Format::JsonLines => json::read_lines(text, sink)?,
        Format::Dump => dump::read(text, sink)?,
        Format::Delimited => delimited::read(text, &shown, sink)?,
        Format::Spaced => spaced::read(text, sink)?,
        _ => lines::read(text, sink)?,
    }
    Ok(Opened::Read(format, (encoding != encoding_rs::UTF_8).then(|| text::name(encoding))))
}

/// Opens a table at its first row: names of columns, or values below made-up names.
fn open(name: &str, cells: &[&str], sink: &mut dyn Sink) -> Result<usize, Fault> {
    let header = is_header(cells);
    let named =
        |(place, cell): (usize, &&str)| if header { (*cell).to_owned() } else { format!("column {}", place + 1) };
    let headers: Vec<String> = cells.iter().enumerate().take(MOST_COLUMNS).map(named).collect();
    let table = sink.table(name, &headers)?;
    if !header {
        sink.headless(table);
        sink.row(table, cells)?;
    }
    Ok(table)
}

/// Whether bytes are no text: many control characters.
fn binary(head: &[u8]) -> bool {
    let control = |byte: &&u8| **byte < 0x20 && !matches!(**byte, b'\n' | b'\r' | b'\t' | 0x0c | 0x1b);
    head.starts_with(b"%PDF") || head.iter().filter(control).count() * 50 > head.len()
}

fn format(name: &str, head: &str) -> Format {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let start = head.trim_start();
    match ending {
        "csv" | "tsv" | "tab" | "psv" => Format::Delimited,
        "jsonl" | "ndjson" => Format::JsonLines,
        "json" | "geojson" if json::lines_of_json(head) => Format::JsonLines,
        "json" | "geojson" => Format::Json,
        "sql" => Format::Dump,
        "log" | "md" | "rst" | "eml" | "vcf" | "xml" | "html" | "htm" | "yaml" | "yml" | "toml" | "ini" => Format::Text,
        _ if json::lines_of_json(head) => Format::JsonLines,
        _ if start.starts_with(['{', '[']) && json::whole(start) => Format::Json,
        _ if delimited::looks_like_table(head) => Format::Delimited,
        _ if spaced::looks_like_table(head) => Format::Spaced,
        _ => Format::Text,
    }
}

/// What is neither a file nor a folder: it may never end, and a second look at it is not possible.
pub(crate) fn no_file() -> Fault {
    let message = "it is a pipe, a socket or a device, and not a file".to_owned();
    Fault::new(codes::UNREADABLE, None, message, "save what it gives into a file first")
}

/// A fault of the disk or of rights; no content.
pub(crate) fn unreadable(error: &io::Error) -> Fault {
    let message = format!("the file cannot be read ({error})");
    Fault::new(codes::UNREADABLE, None, message, "check the path and that you may read it")
}
