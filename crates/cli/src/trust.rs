//! A trust specification: which metrics are computed from which columns, and what may be told about them.
//!
//! `trust.toml` is read like a study: every mistake is noted with its place and remedy. The format is
//! described in `docs/metrics.md`; what a metric needs is known to `guildhall-trust` alone.
//!
//! Not here: rows, noise, the ledger.

mod read;
#[cfg(test)]
mod tests;

pub(crate) use read::spec;
