//! Reads specifications from text, as the commands do, for whoever checks or generates them.
//!
//! Whatever the text, the outcome is a specification without mistakes, or every mistake with its place.
//!
//! Not here: studies, which have a module of their own ([`crate::study`]).

use crate::Failure;
use guildhall_trust::Spec;
use std::path::Path;

/// Reads the text of a trust specification; `path` is only used to say where a mistake is.
///
/// # Errors
/// Every mistake, with line, column and remedy.
pub fn trust(path: &Path, text: &str) -> Result<Spec, Failure> {
    crate::trust::spec(path, text)
}

/// Finds every mistake in the text of a disclosure policy; `path` is only used to say where a mistake is.
///
/// # Errors
/// Every mistake, with line, column and remedy.
pub fn disclosure(path: &Path, text: &str) -> Result<(), Failure> {
    crate::commands::disclosure::check_policy(path, text)
}

#[cfg(test)]
mod tests;
