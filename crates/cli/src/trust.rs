//! A trust specification: which metrics are computed from which columns, and what may be told about them.
//!
//! `trust.toml` is read like a study: every mistake is noted with its place and remedy. The format is
//! described in `docs/metrics.md`; what a metric needs is known to `guildhall-trust` alone.
//!
//! Not here: what a metric means, noise, the ledger.

mod places;
mod publisher;
mod read;
#[cfg(test)]
mod tests;

pub(crate) use crate::account::DELTA_LIMIT_BITS;
pub(crate) use publisher::{Publisher, nonce, nothing_spent};
pub(crate) use read::spec;

use crate::round::{ImportFile, data_failure};
use crate::study::text_of_file;
use crate::{Failure, Problem};
use guildhall_data::{Engine, Input, Limits, engine_for, load};
use guildhall_trust::{Error, Spec};
use std::path::{Path, PathBuf};

/// A specification to start from; it has no mistake.
pub(crate) const TEMPLATE: &str = include_str!("trust/survey.toml");

/// Longest specification that is read.
const LONGEST: u64 = 1 << 20;

/// Reads and checks a specification.
///
/// # Errors
/// Every mistake, with line, column and remedy.
pub(crate) fn read(path: &Path) -> Result<Spec, Failure> {
    spec(path, &text_of_file(path, LONGEST)?)
}

/// The rows of a specification, loaded.
pub(crate) struct Table {
    /// The engine that holds them.
    pub(crate) engine: Box<dyn Engine>,
    /// What was read and skipped.
    pub(crate) notes: ImportFile,
}

impl Table {
    /// Loads files strictly.
    ///
    /// # Errors
    /// With file, row, column and remedy, if a row is not as the specification says.
    pub(crate) fn load(spec: &Spec, files: &[PathBuf]) -> Result<Self, Failure> {
        let inputs: Vec<Input> = files.iter().map(|path| Input::Path(path.clone())).collect();
        let mut engine = engine_for(&inputs).map_err(data_failure)?;
        let import = load(&spec.table, &inputs, &Limits::default(), engine.as_mut()).map_err(data_failure)?;
        Ok(Self { engine, notes: ImportFile::of(&import) })
    }
}

/// An error of the metrics with its code.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (code, remedy) = match error {
            Error::Data(error) => return data_failure(error),
            Error::Privacy(error) => return error.into(),
            Error::Spec(_) => ("T0101", "mend what the message names"),
            Error::NothingToRelease => ("T0103", "add a metric that is released; `docs/metrics.md` lists them"),
            _ => ("T0104", "check the columns of the model, or give it more customers"),
        };
        Problem::new(code, error.to_string()).remedy(remedy).into()
    }
}

/// An error of the mechanisms with its code.
impl From<guildhall_dp::Error> for Failure {
    fn from(error: guildhall_dp::Error) -> Self {
        let problem = Problem::new("P0604", error.to_string());
        problem.remedy("use a larger epsilon, a smaller range, or coarser steps").into()
    }
}
