//! Errors of rounds and data, as the command line reports them: code, place, remedy.

use crate::{Failure, Place, Problem};
use guildhall_federation::FederationError;
use guildhall_ledger::{BudgetError, RecordError};

/// A round's error with its code.
pub(crate) fn failure(error: &FederationError) -> Failure {
    let (code, remedy) = coded(error);
    Problem::new(code, error.to_string()).remedy(remedy).into()
}

/// The histograms opened over a data window cost members what the charter allows.
const SPENT: (&str, &str) = ("P0602", "open fewer histograms, or wait for the next data window");

const fn coded(error: &FederationError) -> (&'static str, &'static str) {
    match error {
        FederationError::TooFewTrustees { .. } => ("R0501", "bring the named trustees back and open a new round"),
        FederationError::TooFewMembers { .. } => ("R0502", "wait until more members have contributed"),
        FederationError::Open(_) => ("R0503", "find out which trustees disagree; then open a new round"),
        FederationError::Policy(_) => ("P0601", "see the message; the rules of the charter cannot be waived"),
        FederationError::Budget(budget) => budget_code(budget),
        FederationError::OverBudget { .. } => SPENT,
        FederationError::Threshold(_) => ("P0603", "raise the quorum; (5,3,4) and (7,3,5) are safe"),
        FederationError::Noise(_) => ("P0604", "use a larger epsilon or a coarser resolution"),
        FederationError::OtherCharter { .. } => ("K0401", "ask the trustees, not the coordinator, which one is right"),
        FederationError::Signature { .. } | FederationError::Seal(_) => {
            ("K0402", "fetch the file again from its author")
        }
        FederationError::Records(RecordError::Conflict { .. }) => ("R0801", "nothing was changed; open a new round"),
        FederationError::Records(_) => ("R0752", "free the disk or the lock on it, then repeat"),
        FederationError::Unreadable { .. } => ("R0302", "fetch the file again from its author"),
        _ => ("R0303", "mend what the message names"),
    }
}

const fn budget_code(error: &BudgetError) -> (&'static str, &'static str) {
    match error {
        BudgetError::Busy => ("R0751", "repeat the command"),
        _ => SPENT,
    }
}

/// A data error with the codes, rows and columns the loader gave it.
pub(crate) fn data_failure(error: guildhall_data::Error) -> Failure {
    let problems = match error {
        guildhall_data::Error::Data(problems) | guildhall_data::Error::Study(problems) => problems,
        other => return Problem::new("R0752", "the embedded database failed").why(other.to_string()).into(),
    };
    let listed = problems.first.iter().map(|problem| {
        let place =
            Place { file: problem.file.clone(), line: problem.row, column: problem.column.clone(), source: None };
        Problem::new(problem.code, problem.message.clone()).at(place).remedy(problem.remedy.clone())
    });
    match Failure::of(listed.collect()) {
        Some(failure) => failure.of_total(problems.total),
        None => Problem::new("R0303", "the data cannot be used").into(),
    }
}
