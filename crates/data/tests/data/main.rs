//! Tests of the public interface: known answers, polluted files, workbooks, extraction.

mod austin;
mod extraction;
mod fuzz;
mod online_retail;
mod polluted;
mod support;
mod workbooks;
