//! Rows into Arrow batches, and batches into answers.

use crate::engine::Answer;
use crate::problem::Error;
use crate::spec::{ColumnSpec, Kind};
use crate::value::Value;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanBuilder, Int64Builder, RecordBatch, StringViewBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema, SchemaRef};
use std::sync::Arc;

/// Rows per batch.
const BATCH: usize = 64 << 10;

/// The Arrow type in which a column is kept: 64-bit integers, truth values, text.
pub(crate) const fn stored(kind: Kind) -> DataType {
    match kind {
        Kind::Text | Kind::Date { .. } => DataType::Utf8View,
        Kind::Integer | Kind::Decimal { .. } => DataType::Int64,
        Kind::Bool => DataType::Boolean,
    }
}

/// The schema of the table `data`.
pub(super) fn schema(columns: &[ColumnSpec]) -> SchemaRef {
    let field = |column: &ColumnSpec| Field::new(&column.name, stored(column.kind), true);
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

/// A column being filled.
pub(crate) enum Column {
    Integer(Int64Builder),
    Bool(BooleanBuilder),
    Text(StringViewBuilder),
}

impl Column {
    pub(crate) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text | Kind::Date { .. } => Self::Text(StringViewBuilder::new()),
            Kind::Integer | Kind::Decimal { .. } => Self::Integer(Int64Builder::new()),
            Kind::Bool => Self::Bool(BooleanBuilder::new()),
        }
    }

    /// Adds a value; false if it is of another type.
    pub(crate) fn push(&mut self, value: &Value<'_>) -> bool {
        match (self, value) {
            (Self::Integer(column), Value::Integer(number)) => column.append_value(*number),
            (Self::Integer(column), Value::Null) => column.append_null(),
            (Self::Bool(column), Value::Integer(number @ 0..=1)) => column.append_value(*number == 1),
            (Self::Bool(column), Value::Null) => column.append_null(),
            (Self::Text(column), Value::Text(text)) => column.append_value(text),
            (Self::Text(column), Value::Null) => column.append_null(),
            _ => return false,
        }
        true
    }

    pub(crate) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Integer(column) => Arc::new(column.finish()),
            Self::Bool(column) => Arc::new(column.finish()),
            Self::Text(column) => Arc::new(column.finish()),
        }
    }
}

/// Rows on their way into batches.
pub(super) struct Rows {
    schema: SchemaRef,
    columns: Vec<Column>,
    pending: usize,
    pub(super) batches: Vec<RecordBatch>,
}

impl Rows {
    pub(super) fn new(columns: &[ColumnSpec]) -> Self {
        let builders = columns.iter().map(|column| Column::new(column.kind)).collect();
        Self { schema: schema(columns), columns: builders, pending: 0, batches: Vec::new() }
    }

    pub(super) fn push(&mut self, row: &[Value<'_>]) -> Result<(), Error> {
        let fits = row.len() == self.columns.len()
            && self.columns.iter_mut().zip(row).all(|(column, value)| column.push(value));
        if !fits {
            let message = "the row does not fit the table".to_owned();
            return Err(Error::Engine { doing: "adding a row", message });
        }
        self.pending += 1;
        if self.pending == BATCH { self.flush() } else { Ok(()) }
    }

    pub(super) fn flush(&mut self) -> Result<(), Error> {
        if self.pending > 0 {
            let columns = self.columns.iter_mut().map(Column::finish).collect();
            let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns);
            self.batches.push(batch.map_err(|error| super::engine_error("adding a row", &error))?);
            self.pending = 0;
        }
        Ok(())
    }

    pub(super) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

/// Hands over the rows of a batch.
pub(super) fn rows(
    batch: &RecordBatch,
    width: usize,
    each: &mut dyn FnMut(&[Answer<'_>]) -> Result<(), Error>,
) -> Result<(), Error> {
    if batch.num_columns() != width {
        let message = format!("{} fields instead of {width}", batch.num_columns());
        return Err(Error::Engine { doing: "reading an answer", message });
    }
    let mut answers = Vec::with_capacity(width);
    for row in 0..batch.num_rows() {
        answers.clear();
        for column in batch.columns() {
            answers.push(answer(column, row)?);
        }
        each(&answers)?;
    }
    Ok(())
}

fn answer(column: &ArrayRef, row: usize) -> Result<Answer<'_>, Error> {
    if column.is_null(row) {
        return Ok(Answer::Null);
    }
    match column.data_type() {
        DataType::Null => Ok(Answer::Null),
        DataType::Int64 => Ok(Answer::Integer(column.as_primitive::<Int64Type>().value(row))),
        DataType::Boolean => Ok(Answer::Integer(i64::from(column.as_boolean().value(row)))),
        DataType::Utf8View => Ok(Answer::Text(column.as_string_view().value(row))),
        DataType::Utf8 => Ok(Answer::Text(column.as_string::<i32>().value(row))),
        DataType::LargeUtf8 => Ok(Answer::Text(column.as_string::<i64>().value(row))),
        DataType::Float64 => Ok(Answer::Real(column.as_primitive::<Float64Type>().value(row))),
        other => Err(Error::Engine { doing: "reading an answer", message: format!("a value of type {other}") }),
    }
}
