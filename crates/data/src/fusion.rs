//! Apache DataFusion as the second engine, for Parquet files and tens of millions of rows.
//!
//! It takes the same portable SQL as [`crate::SqliteEngine`], reads it with the same parser, and gives it SQLite's
//! meaning where the two differ: sums and products that leave 64 bits are errors instead of wrapping, division by zero
//! is NULL, a backslash in LIKE stands for itself, NULL sorts first. Where a product inside a condition leaves 64 bits
//! SQLite goes on in floating point and this engine stops with [`Error::Overflow`]; where a partial sum leaves 64 bits
//! and the whole does not, SQLite stops and this engine answers. Two different figures never come out.
//!
//! Clean Parquet files are read where they lie, at every query, so that memory does not grow with the rows.
//! Not here: DataFusion's own SQL dialect, its functions beyond the core ones, and what Parquet files may hold (`columnar.rs`).
//!
//! # Security
//! As with SQLite, rows are in the clear in this process. Nothing but the named files is opened.

mod batches;
mod expression;
mod file;
mod functions;
mod statement;
mod sum;
mod window;

use crate::columnar::Stamp;
use crate::columnar::{CheckedFile, SkipCounts};
use crate::engine::{Answer, Engine, Query};
use crate::problem::Error;
use crate::spec::ColumnSpec;
use crate::value::Value;
use batches::Rows;
pub(crate) use batches::{Column, stored};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::common::DataFusionError;
use datafusion::dataframe::DataFrame;
use datafusion::datasource::MemTable;
use datafusion::prelude::{SessionConfig, SessionContext};
use futures_util::StreamExt;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use tokio::runtime::{Builder, Runtime};

/// Stack of a worker; plans are followed recursively.
const STACK: usize = 16 << 20;

/// DataFusion inside this process.
///
/// Threads start with the first query, or with the first Parquet file.
#[derive(Default)]
pub struct DataFusionEngine {
    rows: Option<Rows>,
    /// The rows, once sealed.
    memory: Option<(SchemaRef, Vec<RecordBatch>)>,
    /// The Parquet files, as tables.
    files: Vec<DataFrame>,
    stamps: Vec<Stamp>,
    session: OnceLock<Session>,
    /// All of it, once asked for.
    data: OnceLock<DataFrame>,
}

/// What runs queries.
struct Session {
    context: SessionContext,
    /// Nothing only while the engine is dropped.
    runtime: Option<Runtime>,
}

impl Session {
    fn new() -> Result<Self, Error> {
        let threads = std::thread::available_parallelism().map_or(2, |n| n.get().clamp(2, 16));
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(threads).thread_name("guildhall-query").thread_stack_size(STACK);
        let runtime = builder.build().map_err(|error| engine_error("opening", &error))?;
        Ok(Self { context: SessionContext::new_with_config(config(threads)), runtime: Some(runtime) })
    }

    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> Result<(), Error> {
        let ended = || Error::Engine { doing: "running a query", message: "the workers ended".to_owned() };
        drop(self.runtime.as_ref().ok_or_else(ended)?.spawn(work));
        Ok(())
    }
}

impl Drop for Session {
    /// Leaves the workers without waiting: waiting would panic inside of async code.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The value of a cell, made where it is not there yet.
fn made<T>(cell: &OnceLock<T>, make: impl FnOnce() -> Result<T, Error>) -> Result<&T, Error> {
    if cell.get().is_none() {
        let value = make()?;
        // Another thread may have been first; its value is as good.
        drop(cell.set(value));
    }
    cell.get().ok_or_else(|| Error::Engine { doing: "opening", message: "nothing was opened".to_owned() })
}

impl DataFusionEngine {
    /// An empty engine; it will use as many threads as the machine has.
    pub fn new() -> Self {
        Self::default()
    }

    fn session(&self) -> Result<&Session, Error> {
        made(&self.session, Session::new)
    }

    /// The table `data`: the rows in memory and every file.
    fn data(&self) -> Result<&DataFrame, Error> {
        let Some((schema, batches)) = &self.memory else {
            return Err(Error::Engine { doing: "preparing a query", message: "the table is still loading".into() });
        };
        made(&self.data, || {
            let failed = failed("preparing a query");
            let mut parts = self.files.iter().cloned();
            let context = &self.session()?.context;
            let memory = (!batches.is_empty() || self.files.is_empty()).then(|| {
                let table = MemTable::try_new(Arc::clone(schema), vec![batches.clone()])?;
                context.read_table(Arc::new(table))
            });
            let first = memory.transpose().map_err(&failed)?.or_else(|| parts.next());
            let first = first.ok_or_else(|| engine_error("preparing a query", &"there is no table"))?;
            parts.try_fold(first, DataFrame::union).map_err(&failed)
        })
    }

    /// Runs a plan on the workers and hands over its batches here, without blocking inside of anybody's async code.
    fn run(&self, frame: DataFrame, each: &mut dyn FnMut(&RecordBatch) -> Result<(), Error>) -> Result<(), Error> {
        let (sender, receiver) = sync_channel(4);
        self.session()?.spawn(stream(frame, sender))?;
        for batch in receiver {
            match batch.map_err(failed("running a query"))? {
                Some(batch) => each(&batch)?,
                None => return Ok(()),
            }
        }
        // Without the word that it was the last batch, rows may be missing.
        Err(Error::Engine { doing: "running a query", message: "a worker ended early".to_owned() })
    }

    fn unchanged(&self) -> Result<(), Error> {
        self.stamps.iter().try_for_each(Stamp::check)
    }
}

/// Statistics of files are claims of whoever wrote them; every answer here comes from the values themselves.
fn config(threads: usize) -> SessionConfig {
    let mut config = SessionConfig::new().with_target_partitions(threads).with_collect_statistics(false);
    let options = config.options_mut();
    options.execution.parquet.pruning = false;
    options.execution.parquet.enable_page_index = false;
    options.execution.parquet.bloom_filter_on_read = false;
    options.execution.parquet.schema_force_view_types = true;
    options.execution.parquet.skip_metadata = true;
    // The check compares what may be NULL before and after optimising, and its two sides disagree on IS TRUE.
    options.execution.skip_physical_aggregate_schema_check = true;
    config
}

/// A batch, or nothing after the last one.
type Sent = Result<Option<RecordBatch>, DataFusionError>;

async fn stream(frame: DataFrame, sender: SyncSender<Sent>) {
    let mut batches = match frame.execute_stream().await {
        Ok(batches) => batches,
        Err(error) => return drop(sender.send(Err(error))),
    };
    while let Some(batch) = batches.next().await {
        let last = batch.is_err();
        if sender.send(batch.map(Some)).is_err() || last {
            return;
        }
    }
    drop(sender.send(Ok(None)));
}

impl Engine for DataFusionEngine {
    fn create(&mut self, columns: &[ColumnSpec]) -> Result<(), Error> {
        if self.rows.is_some() || self.memory.is_some() {
            let message = "the table exists".to_owned();
            return Err(Error::Engine { doing: "creating the table", message });
        }
        self.rows = Some(Rows::new(columns));
        Ok(())
    }

    fn insert(&mut self, row: &[Value<'_>]) -> Result<(), Error> {
        match &mut self.rows {
            Some(rows) => rows.push(row),
            None => Err(Error::Engine { doing: "adding a row", message: "the table is read only".to_owned() }),
        }
    }

    fn seal(&mut self) -> Result<(), Error> {
        let Some(mut rows) = self.rows.take() else { return Ok(()) };
        rows.flush()?;
        self.memory = Some((rows.schema(), rows.batches));
        Ok(())
    }

    fn select(&self, query: &Query, each: &mut dyn FnMut(&[Answer<'_>]) -> Result<(), Error>) -> Result<(), Error> {
        let data = self.data()?;
        self.unchanged()?;
        let frame = statement::plan(&statement::parse(&query.sql)?, data, &query.params)?;
        self.run(frame, &mut |batch| batches::rows(batch, query.width, each))?;
        self.unchanged()
    }

    fn attaches(&self) -> bool {
        true
    }

    fn attach(&mut self, file: &CheckedFile<'_>) -> Result<SkipCounts, Error> {
        let table = file::open(self, file)?;
        let (frame, counts) = file::without_skipped(self, table, file)?;
        file.stamp.check()?;
        self.files.push(frame);
        self.stamps.push(file.stamp.clone());
        Ok(counts)
    }
}

/// The error of a sum that does not fit, on its way through DataFusion.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a sum does not fit into 64 bits")]
struct Overflow;

impl From<Overflow> for DataFusionError {
    fn from(overflow: Overflow) -> Self {
        Self::External(Box::new(overflow))
    }
}

/// Translates a failure of DataFusion; only overflow is the data's own fault.
fn failed(doing: &'static str) -> impl Fn(DataFusionError) -> Error {
    move |error| match error.find_root() {
        DataFusionError::External(inner) if inner.is::<Overflow>() => Error::Overflow,
        DataFusionError::ArrowError(inner, _) if matches!(**inner, ArrowError::ArithmeticOverflow(_)) => {
            Error::Overflow
        }
        root => engine_error(doing, root),
    }
}

fn engine_error(doing: &'static str, error: &dyn std::fmt::Display) -> Error {
    Error::Engine { doing, message: error.to_string() }
}

#[cfg(test)]
mod tests;
