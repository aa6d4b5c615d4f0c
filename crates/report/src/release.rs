//! A release as people and programs read it: one HTML file, CSV, terminal text, JSON.
//!
//! The shape follows published official releases with differential privacy, the Wikimedia page views of 2023
//! and the US Census of 2020: values with intervals, what was suppressed, the unit and the bounds, every mechanism
//! with its scale, the budget, what is not protected, a methodology in plain words, and the noisy values before
//! any post-processing, so that others can estimate without bias (`docs/metrics.md` has the metrics).
//!
//! Every output is a pure function of the [`Release`]. One that contradicts itself is refused, see [`Error`].
//!
//! Not here: computing values (`guildhall-trust`), noise (`guildhall-dp`), the ledger, writing files.

mod check;
mod compare;
mod curve;
mod page;
mod protection;
mod spreadsheet;
mod suppressed;
mod table;
mod text;
mod view;
mod words;

use crate::Error;
use guildhall_kpi::Release;

pub use spreadsheet::release_csv;
pub use text::release_text;

/// The JSON Schema (draft 2020-12) every output of [`release_json()`] follows.
pub const RELEASE_SCHEMA: &str = include_str!("../schemas/release-v1.schema.json");

/// Renders a release as one HTML file without script or reference to anything outside.
///
/// The same release gives the same bytes.
///
/// # Errors
/// If the release contradicts itself.
pub fn release_html(release: &Release) -> Result<String, Error> {
    check::check(release)?;
    Ok(page::render(&view::sanitised(release)))
}

/// Writes a release as indented JSON with a final newline; the same release gives the same bytes.
///
/// # Errors
/// If the release contradicts itself.
pub fn release_json(release: &Release) -> Result<String, Error> {
    check::check(release)?;
    let mut text = serde_json::to_string_pretty(release).expect("a release has text keys only and no failing part");
    text.push('\n');
    Ok(text)
}
