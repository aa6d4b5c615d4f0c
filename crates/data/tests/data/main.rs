//! Tests of the public interface: known answers, polluted files, workbooks, extraction.

mod austin;
mod extraction;
mod fuzz;
mod online_retail;
#[cfg(feature = "datafusion")]
mod parquet;
mod polluted;
mod support;
#[cfg(feature = "datafusion")]
mod twin;
mod workbooks;
