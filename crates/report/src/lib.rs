//! A benchmark as people and programs read it: one HTML file, terminal text, JSON.
//!
//! Every output is a pure function of the [`Document`]: no clock, no randomness, no file, no network,
//! so that the same document gives the same bytes and a report can be signed and checked again.
//! The HTML carries its style and its charts (inline SVG) and neither script nor reference; every
//! text in it passes the template engine's escaping. Why the charts are drawn here:
//! `docs/adr/0005-report-charts.md`.
//!
//! Assumption: the first cell of a [`Benchmark`](guildhall_kpi::Benchmark) is all members, and
//! periods are to be read in the order in which the rows name them.
//!
//! Not here: computing statistics or a member's place (`guildhall-kpi`), writing files.
//!
//! # Privacy
//! A [`Document`] with [`Own`] holds a member's own figures and must stay with that member; its
//! page says so on top and on every printed sheet. [`json()`] takes the benchmark alone.

mod chart;
mod document;
mod json;
mod number;
mod page;
mod sanitise;
mod text;
mod view;
mod words;

pub use document::{Document, ImportNotes, Own};
pub use json::{BENCHMARK_SCHEMA, json};
pub use page::html;
pub use text::text;
