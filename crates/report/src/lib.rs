//! A benchmark, a release or counts of shared customers as people and programs read it: one HTML file, terminal text, JSON, CSV.
//!
//! Every output is a pure function of the [`Document`] or the [`Release`](guildhall_kpi::Release): no clock, no randomness, no file, no network,
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
mod data_map;
mod disclosure;
mod document;
mod error;
mod json;
mod number;
mod overlap;
mod page;
mod release;
mod risk;
mod sanitise;
mod terminal;
mod text;
mod view;
mod words;

pub use data_map::{DataMap, MapColumn, MapHolding, MapPlace, data_map_html};
pub use disclosure::{DisclosureCell, DisclosureRow, DisclosureTable, disclosure_html};
pub use document::{Document, ImportNotes, Own};
pub use error::Error;
pub use json::{BENCHMARK_SCHEMA, json};
pub use overlap::{
    OVERLAP_SCHEMA, Overlap, OverlapCount, OverlapFigure, OverlapKind, OverlapMember, OverlapProtection, overlap_html,
    overlap_json, overlap_text,
};
pub use page::html;
pub use release::{RELEASE_SCHEMA, release_csv, release_html, release_json, release_text};
pub use risk::{
    Above, ClassSize, NOT_PRIVATE, NodePoint, PopulationReport, RISK_SCHEMA, RecursiveL, RiskReport, SensitiveReport,
    risk_html, risk_json, risk_text,
};
pub use terminal::{text_table, word_table};
pub use text::text;
