//! Errors of anonymising, as the command line reports them: code, place, remedy.

use crate::{Failure, Place, Problem};
use guildhall_anonymise::{Error, HierarchyFlaw};
use std::path::Path;

/// An error with its code, at the policy where that has to change and else at the data.
pub(in crate::commands) fn refused_by(error: &Error, policy: &Path, data: &Path) -> Failure {
    let of_policy = matches!(
        error,
        Error::NoSolution { .. }
            | Error::NothingLeft
            | Error::TooManyNodes { .. }
            | Error::Parameter { .. }
            | Error::Unsupported { .. }
            | Error::UnknownColumn { .. }
    );
    refused(error, if of_policy { policy } else { data })
}

/// An error with its code; `path` is the file it is about.
pub(in crate::commands) fn refused(error: &Error, path: &Path) -> Failure {
    let (code, remedy) = match error {
        Error::HierarchyLine { .. } => ("S0603", "mend that line, or state the levels in the policy instead"),
        Error::HierarchyLacks { .. } => ("S0603", "add a line for every value of the column"),
        Error::Value { .. } => ("S0605", "mend the value, or choose other levels in the policy"),
        Error::NotOfPopulation { .. } => ("S0605", "name the population's file that the data were taken from"),
        Error::NoSolution { .. } | Error::NothingLeft => ("P0631", "relax a rule, or allow more rows to be left out"),
        Error::TooManyNodes { .. } => ("P0632", "remove levels, or write search = \"mondrian\" in [anonymise]"),
        Error::Parameter { .. } | Error::Unsupported { .. } => ("S0604", "change [anonymise] as the message says"),
        Error::Broken { .. } | Error::Unreadable { .. } => {
            ("V0731", "nothing was put in place; report this as a defect")
        }
        Error::NoRows | Error::UnknownColumn { .. } | Error::Width { .. } | Error::TooLarge { .. } => {
            ("S0605", "check the file and the policy")
        }
        _ => ("S0605", "see the message"),
    };
    let mut place = Place::file(path);
    if let Error::HierarchyLine { line, flaw, .. } = error {
        place.line = Some(*line);
        place.column = match **flaw {
            HierarchyFlaw::Split { column, .. } => Some(column.to_string()),
            HierarchyFlaw::Twice { .. } => Some("1".to_owned()),
            _ => None,
        };
    }
    if let Error::Value { column, .. } = error {
        place.column = Some(column.clone());
    }
    Problem::new(code, error.to_string()).remedy(remedy).at(place).into()
}

/// A file and a policy that do not fit each other.
pub(in crate::commands) fn data_fits(message: String, remedy: &str, path: &Path) -> Problem {
    Problem::new("S0605", message).remedy(remedy).at(Place::file(path))
}
