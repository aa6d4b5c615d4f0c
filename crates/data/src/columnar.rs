//! Parquet files: types against the study, rows for any engine, or the whole file for an engine that reads it in place.
//!
//! The columns of a Parquet file have types, and those must be the study's: a text column is no number however it
//! looks. Every row then goes through the same rules as the rows of any other file (`sink.rs`). An engine that reads
//! Parquet in place gets a file only after a first pass in which every row kept every rule (`survey.rs`); a file with
//! one doubtful row goes row by row, which finds the row, the remedy, and the rule of the study that skips it.
//! Not here: nested columns, encrypted files, folders of partitions.

mod cell;
mod convert;
mod survey;

use crate::codes;
use crate::load::{Input, Outcome};
use crate::problem::{Error, Flaw, quoted};
use crate::sink::Sink;
use crate::spec::SkipTest;
use crate::sql::{Checked, check_condition};
use crate::text::{Bounded, Fault, Halt};
use crate::value::Cell;
pub(crate) use convert::Reading;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use datafusion::parquet::file::reader::ChunkReader;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// A Parquet file in which every row keeps every rule of the study, apart from those it skips.
///
/// Made only by [`crate::load()`].
#[derive(Debug)]
pub struct CheckedFile<'a> {
    pub(crate) stamp: Stamp,
    /// The types of its columns, as Parquet has them.
    pub(crate) schema: SchemaRef,
    pub(crate) columns: &'a [Reading],
    pub(crate) skip: &'a [Checked],
}

impl CheckedFile<'_> {
    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.stamp.path
    }
}

/// How many rows each skip rule left out, and how many it applies to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SkipCounts {
    pub(crate) rules: Vec<(u64, u64)>,
}

/// What a file looked like when it was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) path: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(path: &Path) -> Result<Self, Error> {
        let failed = |error: std::io::Error| Error::Engine { doing: READING, message: error.to_string() };
        let seen = std::fs::metadata(path).map_err(failed)?;
        Ok(Self { path: path.to_owned(), length: seen.len(), modified: seen.modified().ok() })
    }

    /// A file that changed after it was checked is no longer what was checked.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if Self::of(&self.path)? == *self {
            return Ok(());
        }
        let message = format!("{} changed after it was checked", self.path.display());
        Err(Error::Engine { doing: READING, message })
    }
}

const READING: &str = "reading a Parquet file";

/// Reads one Parquet file into the sink.
pub(crate) fn read(sink: &mut Sink<'_>, input: &Input) -> Outcome {
    let unreadable = |error| Fault::from_io(error, false);
    match input {
        Input::Path(path) => {
            let stamp = Stamp::of(path)?;
            let fingerprint = fingerprint(File::open(path).map_err(unreadable)?, sink.limits.text_bytes)?;
            let table = || File::open(path).map_err(unreadable).and_then(Table::open);
            file(sink, table, Some(stamp)).map(|whole| whole.then_some(fingerprint))
        }
        Input::Bytes { bytes, .. } => {
            let fingerprint = fingerprint(bytes.as_slice(), sink.limits.text_bytes)?;
            let shared = bytes::Bytes::copy_from_slice(bytes);
            file(sink, || Table::open(shared.clone()), None).map(|whole| whole.then_some(fingerprint))
        }
    }
}

fn fingerprint(bytes: impl std::io::Read, limit: u64) -> Result<(u64, u64), Fault> {
    let mut bounded = Bounded::new(std::io::BufReader::with_capacity(256 << 10, bytes), limit);
    std::io::copy(&mut bounded, &mut std::io::sink()).map_err(|error| Fault::from_io(error, false))?;
    Ok(bounded.fingerprint())
}

/// Reads the rows, in place or one by one; false if the columns are wrong.
fn file<R: ChunkReader + 'static>(
    sink: &mut Sink<'_>,
    open: impl Fn() -> Result<Table<R>, Fault>,
    stamp: Option<Stamp>,
) -> Result<bool, Halt> {
    let table = open()?;
    let names: Vec<String> = table.schema.fields().iter().map(|field| field.name().clone()).collect();
    if !sink.header(1, names.clone()) || !types(sink, &table.schema) {
        return Ok(false);
    }
    let used: Vec<usize> =
        sink.spec.columns.iter().filter_map(|c| names.iter().position(|name| *name == c.name)).collect();
    let schema = Arc::clone(&table.schema);
    if let Some(stamp) = stamp
        && let Some(skip) = conditions(sink)
        && let Some((columns, rows)) = survey::survey(sink, table, &used)?
    {
        let checked = CheckedFile { stamp, schema, columns: &columns, skip: &skip };
        sink.attach(&checked, rows)?;
        return Ok(true);
    }
    rows(sink, open()?, &used, names.len())?;
    Ok(true)
}

/// The conditions of the skip rules, if the engine reads files in place and no rule asks for malformed fields.
fn conditions(sink: &Sink<'_>) -> Option<Vec<Checked>> {
    let condition = |test: &SkipTest| match test {
        SkipTest::When(text) => check_condition(sink.spec, text).ok(),
        SkipTest::Problem(_) => None,
    };
    sink.spec.skip.iter().map(|rule| condition(&rule.test)).collect::<Option<_>>().filter(|_| sink.attaches())
}

/// Reports the columns whose type is not the study's.
fn types(sink: &mut Sink<'_>, schema: &SchemaRef) -> bool {
    let before = sink.problems();
    for column in &sink.spec.columns {
        let Ok(field) = schema.field_with_name(&column.name) else { continue };
        if !cell::fits(column.kind, field.data_type()) {
            let (found, wanted) = (cell::words(field.data_type()), cell::wanted(column.kind));
            let message = format!("the column {} holds {found}, the study wants {wanted}", quoted(&column.name));
            let flaw = Flaw::new(codes::COLUMN_TYPE, message, cell::remedy(column.kind, field.data_type()));
            sink.problem(flaw, None, Some(&column.name));
        }
    }
    sink.problems() == before
}

/// Takes the rows one by one.
fn rows<R: ChunkReader + 'static>(
    sink: &mut Sink<'_>,
    table: Table<R>,
    used: &[usize],
    width: usize,
) -> Result<(), Halt> {
    let mut row = 0;
    let order = in_order(used);
    table.batches(used, &mut |batch| {
        for index in 0..batch.num_rows() {
            row += 1;
            let mut cells = vec![Cell::Empty; width];
            for (array, place) in batch.columns().iter().zip(&order) {
                if let Some(cell) = cells.get_mut(*place) {
                    *cell = cell::cell(array, index);
                }
            }
            if cells.iter().any(|cell| matches!(cell, Cell::Text(text) if text.len() > sink.limits.field)) {
                return Err(too_long(row, sink.limits.field).into());
            }
            sink.row(row, &cells)?;
        }
        Ok(())
    })
}

/// The places in the order in which batches hold them.
fn in_order(used: &[usize]) -> Vec<usize> {
    let mut order = used.to_vec();
    order.sort_unstable();
    order
}

fn too_long(row: u64, limit: usize) -> Fault {
    Fault::new(codes::TOO_LARGE, Some(row), format!("a field has more than {limit} bytes"), "shorten the field")
}

/// An open file.
pub(crate) struct Table<R: ChunkReader + 'static> {
    builder: ParquetRecordBatchReaderBuilder<R>,
    schema: SchemaRef,
}

impl<R: ChunkReader + 'static> Table<R> {
    /// Opens a file; what the writing program says about Arrow types does not count, only what Parquet says.
    fn open(reader: R) -> Result<Self, Fault> {
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let builder = contained(|| ParquetRecordBatchReaderBuilder::try_new_with_options(reader, options))?;
        let schema = builder.schema().clone();
        Ok(Self { builder, schema })
    }

    /// Hands over the columns at the given places, batch by batch.
    fn batches(self, used: &[usize], each: &mut dyn FnMut(&RecordBatch) -> Result<(), Halt>) -> Result<(), Halt> {
        let mask = ProjectionMask::roots(self.builder.parquet_schema(), used.iter().copied());
        let mut reader = contained(|| self.builder.with_projection(mask).with_batch_size(8_192).build())?;
        while let Some(batch) = contained(|| reader.next().transpose())? {
            each(&batch)?;
        }
        Ok(())
    }
}

/// Runs a step of the `parquet` crate, which must not end this program on a damaged file.
fn contained<T, E: std::fmt::Display>(step: impl FnOnce() -> Result<T, E>) -> Result<T, Fault> {
    match catch_unwind(AssertUnwindSafe(step)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(broken(&error)),
        Err(_) => Err(broken(&"it contradicts itself")),
    }
}

fn broken(error: &dyn std::fmt::Display) -> Fault {
    let message = format!("the Parquet file cannot be read ({error})");
    Fault::new(codes::PARQUET, None, message, "copy or export the file again, unencrypted")
}
