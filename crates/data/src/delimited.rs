//! Delimited text: finding the delimiter, and the walk from bytes to rows.
//!
//! bytes -> [`Bounded`] -> [`Transcoder`] -> [`Gate`] -> `csv` -> [`Sink`].

use crate::codes;
use crate::gate::Gate;
use crate::load::Outcome;
use crate::sink::Sink;
use crate::spec::TableSpec;
use crate::text::{Bounded, Fault, Transcoder};
use crate::value::Cell;
use csv::{ReaderBuilder, StringRecord};
use std::borrow::Cow;
use std::io::{Cursor, Read};

const CANDIDATES: [char; 4] = [',', ';', '\t', '|'];
/// The header must end within so many bytes.
const HEAD: usize = 256 << 10;

/// Reads one text file into the sink.
pub(crate) fn read(sink: &mut Sink<'_>, bytes: impl Read, compressed: bool) -> Outcome {
    let reader = start(sink, bytes, compressed)?;
    rows(sink, reader, compressed)
}

type Source<R> = Gate<std::io::Chain<Cursor<Vec<u8>>, Transcoder<Bounded<R>>>>;

struct Rows<R> {
    reader: csv::Reader<Source<R>>,
    /// Lines before the first one that the reader sees.
    before: u64,
}

fn start<R: Read>(sink: &mut Sink<'_>, bytes: R, compressed: bool) -> Result<Rows<R>, Fault> {
    let (spec, limits) = (sink.spec, sink.limits);
    let bounded = Bounded::new(bytes, limits.text_bytes);
    let io = |error| Fault::from_io(error, compressed);
    let mut text = Transcoder::new(bounded, spec.format.encoding).map_err(io)?;
    let mut head = Vec::new();
    let before = u64::from(spec.format.preamble);
    for _ in 0..before {
        drop_line(&mut head, &mut text).map_err(io)?;
    }
    fill(&mut head, &mut text, HEAD).map_err(io)?;
    if head.is_empty() {
        return Err(Fault::new(codes::EMPTY_FILE, None, "the file is empty", "export it again"));
    }
    let (delimiter, sniffed) = match spec.format.delimiter {
        Some(delimiter) => (delimiter, false),
        None => (sniff(spec, &head, before + 1)?, true),
    };
    sink.delimiter(delimiter, sniffed);
    let byte = u8::try_from(delimiter).unwrap_or(b',');
    let chain = Cursor::new(head).chain(text);
    let gate = Gate::new(chain, byte, spec.format.line_breaks, limits.field, before + 1);
    let mut builder = ReaderBuilder::new();
    let reader = builder.has_headers(false).flexible(true).delimiter(byte).buffer_capacity(64 << 10).from_reader(gate);
    Ok(Rows { reader, before })
}

/// Reads until `head` has `want` bytes or the text ends.
fn fill(head: &mut Vec<u8>, text: &mut impl Read, want: usize) -> std::io::Result<()> {
    let mut buffer = vec![0u8; 16 << 10];
    while head.len() < want {
        let got = text.read(&mut buffer)?;
        if got == 0 {
            break;
        }
        head.extend_from_slice(&buffer[..got]);
    }
    Ok(())
}

/// Drops the first line; a line before the header is not held to the grammar.
fn drop_line(head: &mut Vec<u8>, text: &mut impl Read) -> std::io::Result<()> {
    fill(head, text, HEAD)?;
    match head.iter().position(|b| *b == b'\n') {
        Some(end) => drop(head.drain(..=end)),
        None => head.clear(),
    }
    Ok(())
}

/// The delimiter under which the header has most of the columns of the study.
fn sniff(spec: &TableSpec, head: &[u8], line: u64) -> Result<char, Fault> {
    let fit = |delimiter: char| {
        let byte = u8::try_from(delimiter).unwrap_or(b',');
        let mut reader = ReaderBuilder::new().has_headers(false).delimiter(byte).from_reader(head);
        let mut record = StringRecord::new();
        let names = if reader.read_record(&mut record).unwrap_or(false) { record } else { StringRecord::new() };
        let found = spec.columns.iter().filter(|c| names.iter().any(|name| name == c.name)).count();
        (found, names.len(), delimiter)
    };
    let fits = CANDIDATES.map(fit);
    let best = fits.iter().copied().max_by_key(|(found, width, _)| (*found, *width)).unwrap_or((0, 0, ','));
    let rivals: Vec<_> = fits.iter().filter(|f| f.0 == best.0 && f.2 != best.2 && f.1 > 1).collect();
    match (best.0, best.1, rivals.first()) {
        (_, 0 | 1, _) => Ok(','),
        (1.., _, Some(rival)) => {
            let message = format!("both {:?} and {:?} could be the delimiter", best.2, rival.2);
            Err(Fault::new(
                codes::DELIMITER,
                Some(line),
                message,
                "export the file with another separator; a study can set `delimiter`",
            ))
        }
        _ => Ok(best.2),
    }
}

fn rows<R: Read>(sink: &mut Sink<'_>, rows: Rows<R>, compressed: bool) -> Outcome {
    let Rows { mut reader, before } = rows;
    let mut record = StringRecord::new();
    let mut header = true;
    while reader.read_record(&mut record).map_err(|error| fault(error, compressed))? {
        let line = before + record.position().map_or(0, csv::Position::line);
        if header {
            header = false;
            if !sink.header(line, record.iter().map(str::to_owned).collect()) {
                return Ok(None);
            }
            continue;
        }
        let cells: Vec<Cell<'_>> = record.iter().map(|field| Cell::Text(Cow::Borrowed(field))).collect();
        sink.row(line, &cells)?;
    }
    if header {
        return Err(Fault::new(codes::EMPTY_FILE, None, "the file has no header", "export it again").into());
    }
    Ok(Some(reader.get_ref().inner().get_ref().1.inner().fingerprint()))
}

fn fault(error: csv::Error, compressed: bool) -> Fault {
    let shown = error.to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Fault::from_io(error, compressed),
        _ => Fault::new(codes::RAGGED, None, shown, "check the file around this place"),
    }
}
