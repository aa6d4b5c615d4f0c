//! The demonstration: generated shops, a round with faults, checked against the clear computation.

mod check;
mod shops;
mod story;

pub(crate) use check::{Check, compare};
pub(crate) use shops::Town;
pub(crate) use story::{sentences, tell};

/// The study of the demonstration, as a file a user could have written.
pub(crate) const STUDY: &str = include_str!("demo/study.toml");
