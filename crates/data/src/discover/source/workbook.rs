//! Workbooks (.xlsx): every sheet is a table, its first row the header if it looks like one.

use super::{Sink, open};
use crate::codes;
use crate::text::Fault;
use crate::workbook::contained;
use calamine::{DataRef, Reader, SheetType, Xlsx};
use std::io::{Cursor, Read};

/// Largest workbook read, packed.
const LARGEST: u64 = 256 << 20;
/// Widest row.
const WIDEST: usize = 4096;

/// Reads a workbook into a sink.
pub(super) fn read(bytes: impl Read, sink: &mut dyn Sink) -> Result<(), Fault> {
    let mut content = Vec::new();
    bytes.take(LARGEST + 1).read_to_end(&mut content).map_err(|error| Fault::from_io(error, false))?;
    if content.len() as u64 > LARGEST {
        return Err(Fault::new(codes::TOO_LARGE, None, "the workbook has more than 256 MB", "export it as .csv"));
    }
    sink.progress(content.len() as u64);
    let mut book: Xlsx<_> = contained(|| Xlsx::new(Cursor::new(content)))?;
    let sheets: Vec<String> =
        book.sheets_metadata().iter().filter(|s| s.typ == SheetType::WorkSheet).map(|s| s.name.clone()).collect();
    for name in sheets {
        let mut reader = contained(|| book.worksheet_cells_reader(&name))?;
        let mut sheet = Sheet { name: &name, sink, table: None, row: None, cells: Vec::new() };
        while let Some(cell) = contained(|| reader.next_cell())? {
            let (row, column) = cell.get_position();
            sheet.cell(row, column as usize, shown(cell.get_value()))?;
        }
        sheet.complete()?;
    }
    Ok(())
}

struct Sheet<'s> {
    name: &'s str,
    sink: &'s mut dyn Sink,
    table: Option<usize>,
    row: Option<u32>,
    cells: Vec<String>,
}

impl Sheet<'_> {
    fn cell(&mut self, row: u32, column: usize, value: String) -> Result<(), Fault> {
        if self.row != Some(row) {
            self.complete()?;
            self.row = Some(row);
        }
        if column < WIDEST && !value.is_empty() {
            self.cells.resize(self.cells.len().max(column + 1), String::new());
            self.cells[column] = value;
        }
        Ok(())
    }

    fn complete(&mut self) -> Result<(), Fault> {
        let cells: Vec<&str> = self.cells.iter().map(String::as_str).collect();
        if cells.iter().all(|cell| cell.is_empty()) {
            return Ok(());
        }
        if let Some(table) = self.table {
            self.sink.row(table, &cells)?;
        } else {
            let table = open(self.name, &cells, self.sink)?;
            self.table = Some(table);
        }
        self.cells.clear();
        Ok(())
    }
}

/// A cell as a person sees it, nearly.
fn shown(value: &DataRef<'_>) -> String {
    match value {
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Bool(bool) => bool.to_string(),
        DataRef::DateTime(date) => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}
