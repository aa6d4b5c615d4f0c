//! What cannot be avoided: decoding the columns a query needs, and passing them once through memory.

use crate::Outcome;
use crate::fusion::file;
use crate::rows::count;
use crate::turn::{best, tell};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::hint::black_box;

/// Times the decoding of the segments, of both columns, and one pass over 16 bytes a row.
pub(crate) fn measure() -> Outcome<()> {
    let path = file()?;
    let decode = |columns: &[usize]| -> Outcome<usize> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(&path)?)?;
        let mask = ProjectionMask::roots(builder.parquet_schema(), columns.iter().copied());
        let mut rows = 0;
        for batch in builder.with_projection(mask).with_batch_size(8_192).build()? {
            rows += black_box(batch?).num_rows();
        }
        Ok(rows)
    };
    tell("limit", "segments", best(5, || decode(&[0]), |_| 0.0)?);
    tell("limit", "both", best(5, || decode(&[0, 1]), |_| 0.0)?);
    let numbers = vec![1u64; 2 * count()];
    let pass = || Ok(black_box(&numbers).iter().fold(0u64, |sum, n| sum.wrapping_add(*n)));
    tell("limit", "memory", best(5, pass, |_| 0.0)?);
    Ok(())
}
