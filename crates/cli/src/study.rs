//! A study: what is compared, between whom, over which periods, and under which rules.
//!
//! `study.toml` is read by [`Study::parse`], which notes every mistake with its place and remedy and
//! yields a [`Study`] only if there is none. The format is described in `docs/study.md`.
//!
//! Assumption: ranges and histogram edges come from public knowledge, never from members' data; the
//! program cannot see where a number came from.
//!
//! Not here: members' rows, rounds, keys.

mod check;
mod convert;
mod model;
mod period;
mod predict;
pub(crate) mod read;
pub(crate) mod section;
pub(crate) mod source;
mod sums;
mod template;
#[cfg(test)]
mod tests;

pub use check::Report;
pub use model::{DataSet, Edges, Histogram, Kpi, Member, Policy, Privacy, Study, Trustees, Windows};
pub use period::Period;
pub use predict::{Expected, Statistic};
pub(crate) use read::{bytes_of_file, text_of_file, text_or};
pub use sums::{MeanError, SumErrors};
pub use template::{TEMPLATES, template};
