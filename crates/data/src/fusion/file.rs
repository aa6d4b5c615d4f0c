//! A Parquet file as a table: found by its path, converted column by column, without the rows a study skips.

use super::expression::{Scope, named};
use super::{DataFusionEngine, batches, failed, statement};
use crate::columnar::{CheckedFile, Reading, SkipCounts};
use crate::engine::Answer;
use crate::problem::Error;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::common::Result as Outcome;
use datafusion::common::exec_datafusion_err;
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{
    Case, ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, lit,
};
use datafusion::prelude::ParquetReadOptions;
use std::path::Path;
use std::sync::mpsc::sync_channel;

/// The file as a table with the columns of the study.
pub(super) fn open(engine: &DataFusionEngine, file: &CheckedFile<'_>) -> Result<DataFrame, Error> {
    let whole = std::path::absolute(&file.stamp.path).map_err(|e| super::engine_error("reading a Parquet file", &e))?;
    let session = engine.session()?;
    let (context, url) = (session.context.clone(), address(&whole));
    let extension = whole.extension().map_or_else(String::new, |e| format!(".{}", e.to_string_lossy()));
    let schema = described(file);
    let (sender, receiver) = sync_channel(1);
    session.spawn(async move {
        let schema = Some(&schema);
        let options = ParquetReadOptions { file_extension: &extension, schema, ..ParquetReadOptions::default() };
        drop(sender.send(context.read_parquet(url, options).await));
    })?;
    let ended = |_| Error::Engine { doing: "reading a Parquet file", message: "the worker ended".to_owned() };
    let table = receiver.recv().map_err(ended)?.map_err(failed("reading a Parquet file"))?;
    let column = |reading: &Reading| {
        let name = reading.column.name.clone();
        let source = named(&name);
        let found = table.schema().field_with_unqualified_name(&name).map(|field| field.data_type().clone());
        let same = found.is_ok_and(|found| found == batches::stored(reading.column.kind));
        if reading.plain && same { source } else { convert(reading.clone(), source).alias(name) }
    };
    let columns: Vec<Expr> = file.columns.iter().map(column).collect();
    table.select(columns).map_err(failed("reading a Parquet file"))
}

/// The columns in use with the types of Parquet; what the writing program says about Arrow types does not count.
fn described(file: &CheckedFile<'_>) -> Schema {
    let used = |field: &&FieldRef| file.columns.iter().any(|reading| reading.column.name == *field.name());
    let typed = |field: &FieldRef| match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => Field::new(field.name(), DataType::Utf8View, true),
        other => Field::new(field.name(), other.clone(), true),
    };
    Schema::new(file.schema.fields().iter().filter(used).map(typed).collect::<Vec<_>>())
}

/// A path as an address; unlike a bare path, it is never taken for a pattern.
fn address(path: &Path) -> String {
    let mut address = "file://".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => address.push(*byte as char),
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address
}

/// Leaves out the rows the study skips, and counts them as the row-by-row loader does.
pub(super) fn without_skipped(
    engine: &DataFusionEngine,
    table: DataFrame,
    file: &CheckedFile<'_>,
) -> Result<(DataFrame, SkipCounts), Error> {
    let columns: Vec<String> = file.columns.iter().map(|reading| reading.column.name.clone()).collect();
    let mut scope = Scope { columns: &columns, params: &[], keys: vec![], aggregates: None };
    let conditions: Result<Vec<Expr>, Error> =
        file.skip.iter().map(|rule| scope.expression(&statement::parse_condition(rule.sql())?)).collect();
    let conditions = conditions?;
    if conditions.is_empty() {
        return Ok((table, SkipCounts::default()));
    }
    let kept = |earlier: &[Expr]| {
        earlier.iter().fold(lit(true), |all, condition| all.and(Expr::IsNotTrue(Box::new(condition.clone()))))
    };
    let mut counts = Vec::new();
    for (index, condition) in conditions.iter().enumerate() {
        let holds = Expr::IsTrue(Box::new(condition.clone()));
        let first = holds.clone().and(kept(&conditions[..index]));
        counts.push(how_many(first).alias(format!("first {index}")));
        counts.push(how_many(holds).alias(format!("matching {index}")));
    }
    let width = counts.len();
    let counting = table.clone().aggregate(vec![], counts).map_err(failed("running a skip rule"))?;
    let mut left = SkipCounts::default();
    engine.run(counting, &mut |batch| {
        batches::rows(batch, width, &mut |row| {
            left.rules = row.chunks(2).map(|pair| (whole(pair.first()), whole(pair.get(1)))).collect();
            Ok(())
        })
    })?;
    let frame = table.filter(kept(&conditions)).map_err(failed("running a skip rule"))?;
    Ok((frame, left))
}

fn how_many(condition: Expr) -> Expr {
    count(Expr::Case(Case::new(None, vec![(Box::new(condition), Box::new(lit(1i64)))], None)))
}

fn whole(answer: Option<&Answer<'_>>) -> u64 {
    match answer {
        Some(Answer::Integer(number)) => u64::try_from(*number).unwrap_or(0),
        _ => 0,
    }
}

/// The conversion of one column of a file, as a function.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Convert {
    reading: Reading,
    signature: Signature,
}

fn convert(reading: Reading, source: Expr) -> Expr {
    let signature = Signature::any(1, Volatility::Immutable);
    ScalarUDF::from(Convert { reading, signature }).call(vec![source])
}

impl ScalarUDFImpl for Convert {
    fn name(&self) -> &str {
        "as_described"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Outcome<DataType> {
        Ok(batches::stored(self.reading.column.kind))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        let [source] = args.args.as_slice() else { return Err(exec_datafusion_err!("one column is wanted")) };
        let array = source.to_array(args.number_rows)?;
        let converted = self.reading.convert(&array);
        converted.map(ColumnarValue::Array).map_err(|wrong| exec_datafusion_err!("{}", wrong.message))
    }
}
