//! Levels from a file in ARX's format.

use super::{Hierarchy, Level};
use crate::error::HierarchyFlaw;
use crate::{Column, Error};
use csv::{ReaderBuilder, StringRecord};
use rustc_hash::FxHashMap;

/// Largest file that is read.
const MOST_BYTES: usize = 64 << 20;
/// Most lines.
const MOST_LINES: usize = 2_000_000;
/// Most levels.
const MOST_LEVELS: usize = 256;

/// The lines of a file, and where each value stands.
struct Lines {
    records: Vec<StringRecord>,
    lines: Vec<u64>,
    at: FxHashMap<String, usize>,
    width: usize,
}

pub(super) fn read(column: &Column, bytes: &[u8]) -> Result<Hierarchy, Error> {
    let name = column.name();
    let lines = lines(name, bytes)?;
    verify(name, &lines)?;
    let lacking: Vec<bool> = column.values().iter().map(|value| !lines.at.contains_key(value)).collect();
    if let Some(row) = column.codes().iter().position(|code| lacking[*code as usize]) {
        let missing = lacking.iter().filter(|lacking| **lacking).count();
        return Err(Error::HierarchyLacks { column: name.to_owned(), missing, row: row as u64 + 1 });
    }
    let levels = (0..lines.width).map(|level| taken(column, &lines, level)).collect();
    Ok(Hierarchy { levels, domain: lines.records.len(), numbers: None })
}

fn lines(name: &str, bytes: &[u8]) -> Result<Lines, Error> {
    let flaw = |line: u64, flaw| Error::HierarchyLine { column: name.to_owned(), line, flaw: Box::new(flaw) };
    if bytes.len() > MOST_BYTES {
        return Err(flaw(1, HierarchyFlaw::TooLarge(MOST_BYTES as u64)));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = ReaderBuilder::new();
    let reader = reader.has_headers(false).flexible(true).delimiter(delimiter(bytes)).from_reader(bytes);
    let mut found = Lines { records: Vec::new(), lines: Vec::new(), at: FxHashMap::default(), width: 0 };
    for record in reader.into_records() {
        let line = |position: Option<&csv::Position>| position.map_or(1, csv::Position::line);
        let record = record.map_err(|error| flaw(line(error.position()), HierarchyFlaw::NotText))?;
        let line = line(record.position());
        if found.records.is_empty() {
            found.width = record.len();
        }
        let value = record.get(0).unwrap_or_default().to_owned();
        let wrong = match record.len() {
            1 => Some(HierarchyFlaw::Narrow),
            levels if levels > MOST_LEVELS => Some(HierarchyFlaw::TooLarge(MOST_LEVELS as u64)),
            width if width != found.width => Some(HierarchyFlaw::Ragged { found: width, expected: found.width }),
            _ if found.records.len() >= MOST_LINES => Some(HierarchyFlaw::TooLarge(MOST_LINES as u64)),
            _ => found.at.get(&value).map(|at| HierarchyFlaw::Twice { other: found.lines[*at] }),
        };
        if let Some(wrong) = wrong {
            return Err(flaw(line, wrong));
        }
        found.at.insert(value, found.records.len());
        found.records.push(record);
        found.lines.push(line);
    }
    if found.records.is_empty() { Err(flaw(1, HierarchyFlaw::Empty)) } else { Ok(found) }
}

/// The separator under which the first line has most columns; ARX's own where it is a tie.
fn delimiter(bytes: &[u8]) -> u8 {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let width = |delimiter: u8| {
        let mut reader = ReaderBuilder::new();
        let reader = reader.has_headers(false).delimiter(delimiter).from_reader(first);
        reader.into_records().next().and_then(Result::ok).map_or(0, |record| record.len())
    };
    if width(b';') > 1 || width(b',') < 2 { b';' } else { b',' }
}

/// Refuses a group that a coarser level splits.
fn verify(name: &str, lines: &Lines) -> Result<(), Error> {
    for level in 1..lines.width.saturating_sub(1) {
        let mut becomes: FxHashMap<&str, usize> = FxHashMap::default();
        for (at, record) in lines.records.iter().enumerate() {
            let (below, here) = (record.get(level).unwrap_or_default(), record.get(level + 1).unwrap_or_default());
            let before = *becomes.entry(below).or_insert(at);
            let expected = lines.records[before].get(level + 1).unwrap_or_default();
            if here != expected {
                let flaw = HierarchyFlaw::Split { column: level + 2, other: lines.lines[before] };
                return Err(Error::HierarchyLine {
                    column: name.to_owned(),
                    line: lines.lines[at],
                    flaw: Box::new(flaw),
                });
            }
        }
    }
    Ok(())
}

/// A level as far as the column has values, with shares of the whole file.
fn taken(column: &Column, lines: &Lines, level: usize) -> Level {
    let text = |record: &StringRecord| record.get(level).unwrap_or_default().to_owned();
    let mut leaves: FxHashMap<String, u32> = FxHashMap::default();
    for record in &lines.records {
        *leaves.entry(text(record)).or_default() += 1;
    }
    let mut known: FxHashMap<String, u32> = FxHashMap::default();
    let mut found = Level { of: Vec::new(), labels: Vec::new(), share: Vec::new() };
    for value in column.values() {
        // Every value was found before.
        let label = lines.at.get(value).and_then(|at| lines.records.get(*at)).map(text).unwrap_or_default();
        let share = f64::from(leaves.get(&label).copied().unwrap_or_default()) / lines.records.len() as f64;
        let next = known.len() as u32;
        let group = *known.entry(label.clone()).or_insert(next);
        if group == next {
            found.labels.push(label);
            found.share.push(share);
        }
        found.of.push(group);
    }
    found
}
