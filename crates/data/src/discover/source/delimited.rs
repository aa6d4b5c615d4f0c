//! Delimited text of any dialect: the delimiter is found out, rows of any length are taken.
//!
//! Unlike the strict loading of a study (`crate::delimited`), nothing is refused here: what cannot be split well is
//! looked through all the same.

use super::{Sink, open};
use crate::discover::table::is_header;
use crate::text::Fault;
use csv::{ReaderBuilder, StringRecord};
use std::io::Read;

const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Reads a table into a sink; `head` is its beginning.
pub(super) fn read(text: impl Read, head: &str, sink: &mut dyn Sink) -> Result<(), Fault> {
    let delimiter = sniff(head).map_or(b',', |(delimiter, _)| delimiter);
    let mut builder = ReaderBuilder::new();
    let mut reader =
        builder.has_headers(false).flexible(true).delimiter(delimiter).buffer_capacity(256 << 10).from_reader(text);
    let mut record = StringRecord::new();
    let mut table = None;
    let mut counted = 0;
    while next(&mut reader, &mut record)? {
        let at = record.position().map_or(0, csv::Position::byte);
        if at - counted > 1 << 20 {
            sink.progress(at - counted);
            counted = at;
        }
        let cells: Vec<&str> = record.iter().collect();
        if let Some(table) = table {
            sink.row(table, &cells)?;
            continue;
        }
        table = Some(open("", &cells, sink)?);
    }
    sink.progress(reader.position().byte().saturating_sub(counted));
    Ok(())
}

fn next<R: Read>(reader: &mut csv::Reader<R>, record: &mut StringRecord) -> Result<bool, Fault> {
    match reader.read_record(record) {
        Ok(more) => Ok(more),
        Err(error) => match error.into_kind() {
            csv::ErrorKind::Io(error) => Err(Fault::from_io(error, false)),
            // The position is told, the content never.
            _ => {
                Err(Fault::new(crate::codes::RAGGED, None, "a row cannot be split into cells", "export the file again"))
            }
        },
    }
}

/// The delimiter under which the first lines have the same number of cells, and that number.
fn sniff(head: &str) -> Option<(u8, usize)> {
    let fit = |delimiter: u8| {
        let mut reader =
            ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(head.as_bytes());
        let widths: Vec<usize> = reader.records().flatten().take(50).map(|record| record.len()).collect();
        let whole = if widths.len() > 2 { &widths[..widths.len() - 1] } else { &widths[..] };
        let first = *whole.first()?;
        let same = whole.iter().filter(|width| **width == first).count();
        (first > 1).then_some((same * 100 / whole.len(), first, delimiter))
    };
    let best = CANDIDATES.into_iter().filter_map(fit).max()?;
    Some((best.2, best.1))
}

/// Whether a text without a telling name is a table: at least three lines, all of one width, with a header.
pub(super) fn looks_like_table(head: &str) -> bool {
    let Some((delimiter, width)) = sniff(head) else { return false };
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(head.as_bytes());
    let rows: Vec<StringRecord> = reader.records().flatten().take(20).collect();
    let whole = &rows[..rows.len().saturating_sub(usize::from(rows.len() > 3))];
    let header = whole
        .first()
        .is_some_and(|row| is_header(&row.iter().collect::<Vec<_>>()) && row.iter().all(|cell| cell.len() <= 60));
    whole.len() >= 3 && width >= 2 && header && whole.iter().all(|row| row.len() == width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters() {
        assert_eq!(sniff("a;b\n1,5;2\n2,5;3\n"), Some((b';', 2)));
        assert_eq!(sniff("a\tb\tc\n1\t2\t3\n"), Some((b'\t', 3)));
        assert_eq!(sniff("only one\ncolumn\n"), None);
        assert!(looks_like_table("name,age\na,1\nb,2\nc,3\n"));
        assert!(!looks_like_table("Dear all,\nplease find, attached, it\nBye\n"));
    }
}
