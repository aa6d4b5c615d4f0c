//! The second engine: rows in a Parquet file, read at every query, all cores.

use crate::Outcome;
use crate::private::{spec, tell_one};
use crate::rows::{HIGH, SEGMENTS, count, label, rows};
use crate::turn::{best, tell};
use datafusion::arrow::array::{Int64Builder, RecordBatch, StringBuilder};
use datafusion::functions_aggregate::expr_fn::{avg, count as counted, median, sum};
use datafusion::logical_expr::{Expr, col, lit, when};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use datafusion::prelude::{ParquetReadOptions, SessionContext};
use guildhall_data::{DataFusionEngine, Input, Limits, load};
use std::path::PathBuf;
use std::sync::Arc;

/// Turns of every query.
const TURNS: usize = 5;

/// The file, beside this program in the target folder; written once.
pub(crate) fn file() -> Outcome<PathBuf> {
    let program = std::env::current_exe()?;
    let path = program.with_file_name(format!("private_query_{}.parquet", count()));
    if !path.is_file() {
        let unfinished = path.with_extension("unfinished");
        write(&unfinished)?;
        std::fs::rename(unfinished, &path)?;
    }
    Ok(path)
}

fn write(path: &PathBuf) -> Outcome<()> {
    let labels: Vec<String> = (0..SEGMENTS).map(label).collect();
    let compression = Compression::ZSTD(ZstdLevel::try_new(3)?);
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut writer = None;
    let mut source = rows().peekable();
    while source.peek().is_some() {
        let (mut segments, mut cents) = (StringBuilder::new(), Int64Builder::new());
        for (segment, amount) in source.by_ref().take(1 << 16) {
            segments.append_value(&labels[segment]);
            cents.append_value(amount);
        }
        let batch = RecordBatch::try_from_iter(vec![
            ("segment", Arc::new(segments.finish()) as _),
            ("cents", Arc::new(cents.finish()) as _),
        ])?;
        if writer.is_none() {
            let file = std::fs::File::create(path)?;
            writer = Some(ArrowWriter::try_new(file, batch.schema(), Some(properties.clone()))?);
        }
        if let Some(writer) = &mut writer {
            writer.write(&batch)?;
        }
    }
    writer.ok_or("there are no rows")?.close()?;
    Ok(())
}

/// Through our code.
pub(crate) fn private(statistic: &str) -> Outcome<()> {
    let mut engine = DataFusionEngine::new();
    load(&spec(), &[Input::from(file()?)], &Limits::default(), &mut engine)?;
    tell_one(&engine, statistic, TURNS)
}

/// DataFusion alone.
pub(crate) fn native(statistic: &str) -> Outcome<()> {
    let path = file()?.to_string_lossy().into_owned();
    let clipped = when(col("cents").gt(lit(HIGH)), lit(HIGH)).otherwise(col("cents"))?;
    let figure: Expr = match statistic {
        "count" => counted(lit(1i64)),
        "sum" => sum(clipped),
        "mean" => avg(clipped),
        _ => median(col("cents")),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().build()?;
    let context = SessionContext::new();
    let query = || {
        runtime.block_on(async {
            let table = context.read_parquet(&path, ParquetReadOptions::default()).await?;
            let batches = table.aggregate(vec![col("segment")], vec![figure.clone()])?.collect().await?;
            Ok::<_, Box<dyn std::error::Error>>(batches)
        })
    };
    tell("native", statistic, best(TURNS, query, |_| 0.0)?);
    Ok(())
}
