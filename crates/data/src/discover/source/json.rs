//! JSON and JSON lines: every path through objects is a column, every element of the outermost array a row.
//!
//! Values go by while the text is parsed; no tree is built. A key that is itself personal data, as in a map by e-mail
//! address, is looked at as a value and shown as `*`.

use super::Sink;
use crate::codes;
use crate::discover::scanner::{self, Hints};
use crate::discover::table::{OTHER_PATHS, WIDEST};
use crate::text::Fault;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::io::{BufRead, BufReader, Read};

/// Rows looked at before the columns are fixed.
const AHEAD: usize = 100;
/// Longest line of JSON lines.
const LINE: u64 = 16 << 20;

/// Reads one JSON value.
pub(super) fn read(text: impl Read, sink: &mut dyn Sink) -> Result<(), Fault> {
    let bytes = Cell::new(0);
    let mut records = Records::new(sink, &bytes);
    let reader = BufReader::with_capacity(256 << 10, Counted { inner: text, bytes: &bytes });
    let mut parser = serde_json::Deserializer::from_reader(reader);
    let parsed = Leaf { records: &mut records, path: String::new(), outermost: true }.deserialize(&mut parser);
    parsed.and_then(|()| parser.end()).map_err(|error| broken(&error))?;
    records.finish()
}

/// Reads one JSON value a line; a line that is none is looked through as text.
pub(super) fn read_lines(text: impl Read, sink: &mut dyn Sink) -> Result<(), Fault> {
    let mut reader = BufReader::with_capacity(256 << 10, text);
    let mut line = Vec::new();
    let bytes = Cell::new(0);
    let mut records = Records::new(sink, &bytes);
    loop {
        line.clear();
        let got =
            reader.by_ref().take(LINE).read_until(b'\n', &mut line).map_err(|error| Fault::from_io(error, false))?;
        if got == 0 {
            return records.finish();
        }
        bytes.set(bytes.get() + got as u64);
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let mut parser = serde_json::Deserializer::from_slice(&line);
        let parsed = Leaf { records: &mut records, path: String::new(), outermost: false }.deserialize(&mut parser);
        if parsed.and_then(|()| parser.end()).is_err() {
            records.leaf("(not JSON)", &String::from_utf8_lossy(&line));
        }
        records.end_row()?;
    }
}

/// Whether the first two lines are JSON objects of their own.
pub(super) fn lines_of_json(head: &str) -> bool {
    let mut lines = head.lines();
    let object = |line: Option<&str>| line.is_some_and(|line| line.starts_with('{') && whole(line));
    object(lines.next()) && lines.next().is_none_or(|line| line.starts_with('{'))
}

/// Whether a text is JSON, as far as it goes.
pub(super) fn whole(text: &str) -> bool {
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) => true,
        Err(error) => error.is_eof(),
    }
}

fn broken(error: &serde_json::Error) -> Fault {
    let kind = if error.is_io() {
        "it cannot be read"
    } else if error.is_eof() {
        "it ends early"
    } else {
        "its syntax is wrong"
    };
    // The message of the parser can quote the text, so only the place is told.
    let message = format!("the JSON is damaged: {kind} at line {}, column {}", error.line(), error.column());
    Fault::new(
        codes::JSON,
        Some(error.line() as u64),
        message,
        "export it again, or name it .txt to have it read as text",
    )
}

/// Counts the bytes that go by.
struct Counted<'b, R> {
    inner: R,
    bytes: &'b Cell<u64>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let got = self.inner.read(buffer)?;
        self.bytes.set(self.bytes.get() + got as u64);
        Ok(got)
    }
}

/// Rows being put together from leaves.
struct Records<'s> {
    bytes: &'s Cell<u64>,
    sink: &'s mut dyn Sink,
    table: Option<usize>,
    columns: HashMap<String, usize>,
    names: Vec<String>,
    /// Cells of the row so far; several values of one path are joined by a line break.
    row: Vec<String>,
    ahead: Vec<Vec<String>>,
    fault: Option<Fault>,
}

impl<'s> Records<'s> {
    fn new(sink: &'s mut dyn Sink, bytes: &'s Cell<u64>) -> Self {
        Self {
            bytes,
            sink,
            table: None,
            columns: HashMap::new(),
            names: Vec::new(),
            row: Vec::new(),
            ahead: Vec::new(),
            fault: None,
        }
    }

    fn leaf(&mut self, path: &str, value: &str) {
        let column = match self.columns.get(path) {
            Some(column) => *column,
            // Paths that turn up late, or too many of them, share the last column.
            None if self.table.is_some() || self.names.len() >= WIDEST => self.names.len().saturating_sub(1),
            None => {
                self.columns.insert(path.to_owned(), self.names.len());
                self.names.push(path.to_owned());
                self.names.len() - 1
            }
        };
        self.row.resize(self.row.len().max(column + 1), String::new());
        let cell = &mut self.row[column];
        if !cell.is_empty() {
            cell.push('\n');
        }
        cell.push_str(value);
    }

    fn end_row(&mut self) -> Result<(), Fault> {
        self.sink.progress(self.bytes.take());
        if self.row.iter().all(String::is_empty) {
            return Ok(());
        }
        let row = std::mem::take(&mut self.row);
        if self.table.is_none() {
            self.ahead.push(row);
            return if self.ahead.len() >= AHEAD { self.open() } else { Ok(()) };
        }
        self.give(&row)
    }

    fn open(&mut self) -> Result<(), Fault> {
        if self.table.is_some() || self.ahead.is_empty() {
            return Ok(());
        }
        if self.names.len() < WIDEST {
            self.names.push(OTHER_PATHS.to_owned());
        }
        self.table = Some(self.sink.table("", &self.names)?);
        for row in std::mem::take(&mut self.ahead) {
            self.give(&row)?;
        }
        Ok(())
    }

    fn give(&mut self, row: &[String]) -> Result<(), Fault> {
        let cells: Vec<&str> = (0..self.names.len()).map(|place| row.get(place).map_or("", String::as_str)).collect();
        self.table.map_or(Ok(()), |table| self.sink.row(table, &cells))
    }

    fn finish(mut self) -> Result<(), Fault> {
        self.end_row()?;
        self.open()?;
        self.fault.map_or(Ok(()), Err)
    }
}

/// A value at a path.
struct Leaf<'r, 's> {
    records: &'r mut Records<'s>,
    path: String,
    /// No array was entered yet.
    outermost: bool,
}

impl<'de> DeserializeSeed<'de> for Leaf<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

macro_rules! numbers {
    ($($visit:ident $type:ty),*) => {
        $(fn $visit<E>(self, value: $type) -> Result<(), E> {
            self.records.leaf(&self.path, &value.to_string());
            Ok(())
        })*
    };
}

impl<'de> Visitor<'de> for Leaf<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    numbers!(visit_i64 i64, visit_u64 u64, visit_f64 f64, visit_bool bool);

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.records.leaf(&self.path, value);
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let path = if self.outermost { self.path } else { format!("{}[]", self.path) };
        while elements
            .next_element_seed(Leaf { records: self.records, path: path.clone(), outermost: false })?
            .is_some()
        {
            if self.outermost && self.records.fault.is_none() {
                self.records.fault = self.records.end_row().err();
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(key) = entries.next_key::<String>()? {
            let path = self.records.inner(&self.path, &key);
            entries.next_value_seed(Leaf { records: self.records, path, outermost: self.outermost })?;
        }
        Ok(())
    }
}

impl Records<'_> {
    /// The path of a key under a path.
    fn inner(&mut self, path: &str, key: &str) -> String {
        let telling = key.len() > 60 || !scanner::find(key, Hints::default()).is_empty();
        let shown = if telling { "*" } else { key };
        let inner = if path.is_empty() { shown.to_owned() } else { format!("{path}.{shown}") };
        if telling {
            self.leaf(&format!("{inner} (key)"), key);
        }
        inner
    }
}
