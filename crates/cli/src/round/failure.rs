//! Errors of rounds and data, as the command line reports them: code, place, remedy.

use crate::{Failure, Place, Problem};
use guildhall_federation::FederationError;
use guildhall_ledger::{BudgetError, RecordError};

/// A round's error with its code.
pub(crate) fn failure(error: &FederationError) -> Failure {
    let (code, remedy) = coded(error);
    Problem::new(code, error.to_string()).remedy(remedy).into()
}

/// What federation calls a trustee's own record of what was opened.
const HISTORY: &str = "the history of openings";

/// The histograms opened over a data window cost members what the charter allows.
const SPENT: (&str, &str) = ("P0602", "open fewer histograms, or wait for the next data window");

/// What a trustee has bound itself to can no longer be read, so nobody can tell what it must not do again.
const DAMAGED: (&str, &str) = (
    "R0701",
    "keep the file for an inquiry; without it the study needs a new id and a new --state folder, and what members spent \
     before is then no longer counted",
);

/// What is wrong with a durable store: damaged, of no use here, or busy for now.
pub(crate) const fn record_code(error: &RecordError) -> (&'static str, &'static str) {
    match error {
        RecordError::Conflict { .. } | RecordError::Erased { .. } => ("R0801", "nothing was changed; open a new round"),
        RecordError::Damaged { .. } => DAMAGED,
        RecordError::NotRecords { .. } => ("R0102", "name the --state folder that guildhall made for this study"),
        RecordError::Newer { .. } => ("R0102", "use the newer guildhall that wrote the file"),
        RecordError::NotDurable { .. } | RecordError::File { .. } => {
            ("R0102", "give --state a folder on a local disk that you may write to")
        }
        RecordError::Key { .. } | RecordError::TooLong { .. } => ("R0303", "mend what the message names"),
        _ => ("R0752", "free the disk or the lock on it, then repeat"),
    }
}

fn coded(error: &FederationError) -> (&'static str, &'static str) {
    match error {
        FederationError::TooFewTrustees { .. } => ("R0501", "bring the named trustees back and open a new round"),
        FederationError::TooFewMembers { .. } => ("R0502", "wait until more members have contributed"),
        FederationError::Open(_) => ("R0503", "find out which trustees disagree; then open a new round"),
        FederationError::Policy(_) => ("P0601", "see the message; the rules of the charter cannot be waived"),
        FederationError::Budget(budget) => budget_code(budget),
        FederationError::OverBudget { .. } | FederationError::OverRho { .. } => SPENT,
        FederationError::Threshold(_) => ("P0603", "raise the quorum; (5,3,4) and (7,3,5) are safe"),
        FederationError::Noise(_) => ("P0604", "use a larger epsilon or a coarser resolution"),
        FederationError::OtherCharter { .. } => ("K0401", "ask the trustees, not the coordinator, which one is right"),
        FederationError::Signature { .. } | FederationError::Seal(_) => {
            ("K0402", "fetch the file again from its author")
        }
        FederationError::Records(records) => record_code(records),
        FederationError::Unreadable { what: HISTORY, .. } => DAMAGED,
        FederationError::Unreadable { .. } => ("R0302", "fetch the file again from its author"),
        _ => ("R0303", "mend what the message names"),
    }
}

const fn budget_code(error: &BudgetError) -> (&'static str, &'static str) {
    match error {
        BudgetError::Busy => ("R0751", "repeat the command"),
        BudgetError::Records(records) => record_code(records),
        BudgetError::Exceeded { .. } => SPENT,
        BudgetError::Raised { .. } => ("P0605", "write the limit that was fixed into the study"),
        BudgetError::Overlap { .. } => ("P0606", "use the same periods again, or ones that share no day with them"),
        BudgetError::Malformed { .. }
        | BudgetError::NotCanonical { .. }
        | BudgetError::TooLong { .. }
        | BudgetError::Gap { .. }
        | BudgetError::Broken { .. } => DAMAGED,
        BudgetError::Conflict { .. } => ("R0801", "nothing was changed; open a new round"),
        _ => ("R0303", "mend what the message names"),
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
