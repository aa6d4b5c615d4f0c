//! The benchmark as JSON, described by the JSON Schema shipped as `schemas/benchmark-v1.schema.json`.

use guildhall_kpi::Benchmark;

/// The JSON Schema (draft 2020-12) every output of [`json()`] follows.
pub const BENCHMARK_SCHEMA: &str = include_str!("../schemas/benchmark-v1.schema.json");

/// Writes a benchmark as indented JSON with a final newline; the same benchmark gives the same bytes.
///
/// Takes the benchmark alone, so that a member's own figures cannot slip in.
pub fn json(benchmark: &Benchmark) -> String {
    let mut text = serde_json::to_string_pretty(benchmark).expect("a benchmark has text keys only and no failing part");
    text.push('\n');
    text
}
