//! Workbooks (.xlsx), through `calamine`, cell by cell.
//!
//! Numbers are binary there, dates are numbers with a format, and what a person sees may be merged, hidden or an
//! error; each of these is either read exactly or refused, see [`crate::value`]. Formulas count with the value that
//! the spreadsheet last computed. Not here: .xls, .ods, macros.

use crate::codes;
use crate::load::Outcome;
use crate::sink::Sink;
use crate::spec::Limits;
use crate::text::{Fault, Halt};
use crate::value::Cell;
use calamine::{DataRef, Dimensions, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use std::borrow::Cow;
use std::hash::{DefaultHasher, Hasher};
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

type Book = Xlsx<Cursor<Vec<u8>>>;

/// Reads one workbook into the sink.
pub(crate) fn read(sink: &mut Sink<'_>, mut bytes: impl Read) -> Outcome {
    let limit = sink.limits.workbook_bytes;
    let mut content = Vec::new();
    let read = bytes.by_ref().take(limit.saturating_add(1)).read_to_end(&mut content);
    read.map_err(|error| Fault::from_io(error, false))?;
    inspect(sink, &content, limit)?;
    let mut hasher = DefaultHasher::new();
    hasher.write(&content);
    let fingerprint = (content.len() as u64, hasher.finish());
    let mut book = contained(|| Xlsx::new(Cursor::new(content)))?;
    let name = sheet(sink, &book)?;
    let merged = contained(|| book.merge_cells_by_sheet_name(&name))?;
    sink.sheet(&name);
    let whole = cells(sink, &mut book, &name, &merged)?;
    Ok(whole.then_some(fingerprint))
}

/// Runs a step of `calamine`, which panics on some damaged workbooks where debug checks are on
/// (tafia/calamine issue 692); nothing of it is used after that.
pub(crate) fn contained<T>(step: impl FnOnce() -> Result<T, XlsxError>) -> Result<T, Fault> {
    match catch_unwind(AssertUnwindSafe(step)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(broken(&error)),
        Err(_) => Err(broken(&"it contradicts itself")),
    }
}

fn broken(error: &dyn std::fmt::Display) -> Fault {
    let message = format!("the workbook cannot be read ({error})");
    Fault::new(codes::WORKBOOK, None, message, "open it in a spreadsheet program and save it again as .xlsx")
}

/// Looks into the archive before it is unpacked: its size, and rows a person does not see.
fn inspect(sink: &mut Sink<'_>, content: &[u8], limit: u64) -> Result<(), Fault> {
    let damaged = |error: &dyn std::fmt::Display| {
        let message = format!("the workbook is damaged ({error})");
        Fault::new(codes::ARCHIVE, None, message, "copy or save the workbook again")
    };
    let mut archive = zip::ZipArchive::new(Cursor::new(content)).map_err(|e| damaged(&e))?;
    let mut left = limit;
    let mut hidden = false;
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(|e| damaged(&e))?;
        let is_sheet = part.name().is_ok_and(|name| name.starts_with("xl/worksheets/") && name.ends_with(".xml"));
        let mut scan = Scan::default();
        let unpacked =
            std::io::copy(&mut part.by_ref().take(left.saturating_add(1)), &mut scan).map_err(|e| damaged(&e))?;
        hidden |= is_sheet && scan.hidden;
        left = left.checked_sub(unpacked).ok_or_else(|| {
            let message = format!("the workbook has more than {limit} bytes, unpacked");
            Fault::new(codes::TOO_LARGE, None, message, "split the workbook, or export it as .csv")
        })?;
    }
    if hidden {
        sink.import
            .note("the workbook has hidden or filtered rows or columns; they are read like the others".to_owned());
    }
    Ok(())
}

/// Looks for the mark of hidden rows and columns while a sheet is unpacked.
#[derive(Default)]
struct Scan {
    tail: Vec<u8>,
    hidden: bool,
}

impl std::io::Write for Scan {
    fn write(&mut self, chunk: &[u8]) -> std::io::Result<usize> {
        const MARKS: [&[u8]; 2] = [b" hidden=\"1\"", b" hidden=\"true\""];
        self.tail.extend_from_slice(chunk);
        self.hidden = self.hidden || MARKS.iter().any(|mark| self.tail.windows(mark.len()).any(|w| w == *mark));
        let keep = self.tail.len().saturating_sub(16);
        self.tail.drain(..keep);
        Ok(chunk.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The sheet the study names, or the only one a person sees.
fn sheet(sink: &Sink<'_>, book: &Book) -> Result<String, Fault> {
    let sheets = book.sheets_metadata();
    let usable = |s: &&calamine::Sheet| s.typ == SheetType::WorkSheet && s.visible == SheetVisible::Visible;
    let names: Vec<&str> = sheets.iter().filter(usable).map(|s| s.name.as_str()).collect();
    let fault = |message: String| {
        Fault::new(
            codes::SHEET,
            None,
            message,
            "keep one sheet, or export it as CSV; a study can name the sheet (`sheet`)",
        )
    };
    let listed = names.iter().take(10).map(|n| format!("{n:?}")).collect::<Vec<_>>().join(", ");
    match &sink.spec.sheet {
        Some(wanted) if sheets.iter().any(|s| s.name == *wanted && s.typ == SheetType::WorkSheet) => Ok(wanted.clone()),
        Some(wanted) => Err(fault(format!("there is no sheet {wanted:?}; there are {listed}"))),
        None => match names.as_slice() {
            [only] => Ok((*only).to_owned()),
            [] => Err(fault("the workbook has no visible sheet".to_owned())),
            _ => Err(fault(format!("the workbook has several sheets: {listed}"))),
        },
    }
}

/// A table being put together from single cells.
struct Grid<'a> {
    merged: &'a [Dimensions],
    row: Option<u32>,
    cells: Vec<Cell<'static>>,
    /// The leftmost column of the header.
    first: Option<u32>,
    /// Columns of the header, once it is complete.
    width: Option<usize>,
    previous: u32,
}

/// Reads the cells of a sheet; false if the header is wrong.
fn cells(sink: &mut Sink<'_>, book: &mut Book, name: &str, merged: &[Dimensions]) -> Result<bool, Halt> {
    let mut reader = contained(|| book.worksheet_cells_reader(name))?;
    let preamble = sink.spec.format.preamble;
    let mut grid = Grid { merged, row: None, cells: Vec::new(), first: None, width: None, previous: 0 };
    while let Some(cell) = contained(|| reader.next_cell())? {
        let (row, column) = cell.get_position();
        if grid.row.is_some_and(|current| current != row) && !grid.complete(sink)? {
            return Ok(false);
        }
        let value = convert(cell.get_value());
        if row >= preamble && value != Cell::Empty {
            grid.place(sink.limits, row, column, value)?;
        }
    }
    if !grid.complete(sink)? {
        return Ok(false);
    }
    match grid.width {
        Some(_) => Ok(true),
        None => Err(Fault::new(codes::EMPTY_FILE, None, "the sheet is empty", "name the right sheet").into()),
    }
}

impl Grid<'_> {
    /// Puts a cell into the current row.
    fn place(&mut self, limits: &Limits, row: u32, column: u32, value: Cell<'static>) -> Result<(), Fault> {
        let fault = |code, message: &str, remedy| Err(Fault::new(code, Some(u64::from(row) + 1), message, remedy));
        if self.width.is_some() && row <= self.previous {
            return fault(codes::WORKBOOK, "the rows of the sheet are out of order", "save the workbook again");
        }
        if matches!(&value, Cell::Text(text) if text.len() > limits.field) {
            return fault(
                codes::TOO_LARGE,
                &format!("a cell has more than {} bytes", limits.field),
                "shorten the cell",
            );
        }
        self.row = Some(row);
        let first = *self.first.get_or_insert(column);
        let remedy = "remove what does not belong to the table";
        let Some(index) = column.checked_sub(first).map(|i| i as usize) else {
            return fault(codes::RAGGED, "a cell stands to the left of the table", remedy);
        };
        if index >= limits.columns {
            return fault(codes::TOO_LARGE, &format!("the sheet has more than {} columns", limits.columns), remedy);
        }
        if self.cells.len() <= index {
            self.cells.resize(index + 1, Cell::Empty);
        }
        if self.cells[index] != Cell::Empty {
            return fault(codes::WORKBOOK, "two cells stand in the same place", "save the workbook again");
        }
        self.cells[index] = value;
        Ok(())
    }

    /// Hands the current row over; false if it is a header that does not fit.
    fn complete(&mut self, sink: &mut Sink<'_>) -> Result<bool, Halt> {
        let Some(row) = self.row.take() else { return Ok(true) };
        let line = u64::from(row) + 1;
        let mut cells = std::mem::take(&mut self.cells);
        let previous = std::mem::replace(&mut self.previous, row);
        let Some(width) = self.width else {
            self.width = Some(cells.len());
            let known = sink.header(line, cells.iter().map(Cell::shown).collect());
            return self.merge_in_table(row).map_or(Ok(known), |fault| Err(fault.into()));
        };
        if row != previous + 1 {
            let remedy = "remove the blank row and what does not belong to the table";
            let message = "a blank row stands between rows";
            return Err(Fault::new(codes::BLANK_LINE, Some(line - 1), message, remedy).into());
        }
        cells.resize(cells.len().max(width), Cell::Empty);
        sink.row(line, &cells)?;
        Ok(true)
    }

    /// A merged region at or below the header.
    fn merge_in_table(&self, header: u32) -> Option<Fault> {
        let rows = |region: &Dimensions| (region.start.0.min(region.end.0), region.start.0.max(region.end.0));
        let (first, _) = self.merged.iter().map(rows).find(|(_, last)| *last >= header)?;
        let line = Some(u64::from(first.max(header)) + 1);
        Some(Fault::new(codes::MERGED, line, "cells are merged in the table", "unmerge them and fill in every cell"))
    }
}

fn convert(value: &DataRef<'_>) -> Cell<'static> {
    match value {
        DataRef::Int(number) => integer(*number),
        DataRef::Float(number) => Cell::Number(*number),
        DataRef::String(text) => text_cell(text),
        DataRef::SharedString(text) => text_cell(text),
        DataRef::Bool(value) => Cell::Bool(*value),
        DataRef::DateTime(moment) if moment.is_datetime() && moment.as_f64() >= 1.0 => {
            let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
            rounded(year, month, day, (hour, minute, second), milli)
        }
        DataRef::DateTime(_) | DataRef::DurationIso(_) => Cell::Duration,
        DataRef::DateTimeIso(text) => text_cell(text),
        DataRef::Error(error) => Cell::Error(error.to_string()),
        DataRef::Empty => Cell::Empty,
    }
}

/// A moment to the second; binary fractions of a day fall a little short of the second they mean.
const fn rounded(year: u16, month: u8, day: u8, (hour, minute, second): (u8, u8, u8), milli: u16) -> Cell<'static> {
    match (milli, second) {
        (500.., 0..59) => Cell::Moment(year, month, day, hour, minute, second + 1),
        _ => Cell::Moment(year, month, day, hour, minute, second),
    }
}

fn integer(number: i64) -> Cell<'static> {
    Cell::Text(Cow::Owned(number.to_string()))
}

fn text_cell(text: &str) -> Cell<'static> {
    if text.is_empty() { Cell::Empty } else { Cell::Text(Cow::Owned(text.to_owned())) }
}
