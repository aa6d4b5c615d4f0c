//! From errors of the crate `pseudonym` to problems with a code, a place and a remedy.

use crate::{Failure, Place, Problem};
use guildhall_ledger::RecordError;
use guildhall_pseudonym::oprf::OprfError;
use guildhall_pseudonym::own::OwnError;
use guildhall_pseudonym::{CapsuleError, DecodeError, EvaluateError, KeyError, QuotaError, ResolveError, StoreError};
use std::fmt::Display;
use std::path::Path;

/// A code and a remedy.
type Advice = (&'static str, &'static str);

const NAMES: Advice = ("S0693", "choose a name or number that fits");
const BROKEN: Advice = ("V0781", "fetch the file again from its author; nothing that depends on it was used");
const RANDOMNESS: Advice = ("K0403", "try again after the machine has finished starting");
const STORE: Advice = ("R0752", "free the disk or the lock on it, then repeat");
const CEREMONY: Advice = ("V0782", "exclude the trustees named and begin anew; no key was made");

/// A joint evaluation that did not succeed.
pub(super) fn evaluate(error: &EvaluateError) -> Failure {
    problem(error, evaluate_advice(error)).into()
}

/// A key that was not made or read.
pub(super) fn key(error: &KeyError) -> Failure {
    problem(error, key_advice(error)).into()
}

/// A resolution that was refused.
pub(super) fn resolve(error: &ResolveError) -> Failure {
    problem(error, resolve_advice(error)).into()
}

/// A capsule that was not made or read.
pub(super) fn capsule(error: &CapsuleError) -> Failure {
    problem(error, capsule_advice(error)).into()
}

/// A message that cannot be read.
pub(super) fn decode(error: DecodeError, path: &Path) -> Failure {
    problem(&error, BROKEN).at(Place::file(path)).into()
}

/// A name that is none.
pub(super) fn name(error: &impl Display) -> Failure {
    problem(error, NAMES).into()
}

/// A name or number of the command line that is none: usage, and not a file's mistake.
pub(super) fn argument(failure: Failure) -> Failure {
    let recoded = |problem: &Problem| match problem.code.as_str() {
        "S0693" => Problem { code: "U0032".to_owned(), ..problem.clone() },
        _ => problem.clone(),
    };
    Failure::of(failure.problems().iter().map(recoded).collect()).unwrap_or(failure)
}

/// A name or number of the command line, read.
pub(super) fn read_argument<T: std::str::FromStr>(text: &str) -> Result<T, Failure>
where
    T::Err: Display,
{
    text.parse().map_err(|error: T::Err| argument(name(&error)))
}

/// A text file, at most so long.
pub(super) fn text_of(path: &Path, longest: u64) -> Result<String, Failure> {
    crate::staged::check_plain(path)?;
    crate::study::text_of_file(path, longest)
}

/// A store that cannot be opened.
pub(super) fn records(error: &RecordError, path: &Path) -> Failure {
    let (code, remedy) = crate::round::record_code(error);
    let problem = Problem::new(code, "a durable store cannot be used").why(error.to_string());
    problem.remedy(remedy).at(Place::file(path)).into()
}

/// A file that cannot be read or written.
pub(super) fn file(code: &str, error: &std::io::Error, path: &Path) -> Failure {
    let message = if code == "U0004" { "the file cannot be read" } else { "the file or folder cannot be written" };
    let problem = Problem::new(code, message).why(error.to_string());
    problem.remedy("check the path and your permissions").at(Place::file(path)).into()
}

/// A key file or vault of a single owner.
pub(super) fn own(error: &OwnError, path: &Path) -> Failure {
    let (code, remedy) = match error {
        OwnError::Open { .. } => ("K0402", "run chmod 600 on it if nobody else has read it; else make a new one"),
        OwnError::Exists { .. } => ("U0003", "choose another name; a key is never overwritten"),
        OwnError::Randomness(_) => RANDOMNESS,
        OwnError::Domain | OwnError::Column | OwnError::Alphabet => ("S0602", "mend the policy"),
        _ => ("K0402", "restore the file from its backup, or make a new one with `guildhall pseudonym key`"),
    };
    problem(error, (code, remedy)).at(Place::file(path)).into()
}

fn problem(error: &impl Display, (code, remedy): Advice) -> Problem {
    Problem::new(code, error.to_string()).remedy(remedy)
}

const fn evaluate_advice(error: &EvaluateError) -> Advice {
    match error {
        EvaluateError::Decode(_) | EvaluateError::Oprf(OprfError::Element { .. } | OprfError::Proof(_)) => BROKEN,
        EvaluateError::Oprf(OprfError::NoRandomness(_)) => RANDOMNESS,
        EvaluateError::Key(error) => key_advice(error),
        EvaluateError::NoKey { .. } => ("K0411", "set the domain up, or name one that was; there is no default"),
        EvaluateError::OutsideEpoch { .. } => ("P0689", "name an epoch that is in use, or begin a new one"),
        EvaluateError::NotAMember { .. } => ("K0412", "ask the trustees to serve this member"),
        EvaluateError::Quota(QuotaError::Exceeded { .. }) => {
            ("P0681", "wait for the next window, or have the trustees agree on a larger quota")
        }
        EvaluateError::Quota(QuotaError::Damaged { .. }) => ("R0701", "restore the trustee's store"),
        EvaluateError::TooFew { .. } => ("R0504", "bring the named trustees back in order, or ask others"),
        EvaluateError::Store(StoreError::Conflict { .. }) => {
            ("R0804", "repeat the command; what was recorded before stands")
        }
        _ => STORE,
    }
}

const fn key_advice(error: &KeyError) -> Advice {
    match error {
        KeyError::Domain | KeyError::Epoch | KeyError::Quorum { .. } => NAMES,
        KeyError::Party { .. } | KeyError::Culprits { .. } | KeyError::NotConfirmed { .. } => CEREMONY,
        KeyError::NoRandomness(_) => RANDOMNESS,
        _ => BROKEN,
    }
}

const fn capsule_advice(error: &CapsuleError) -> Advice {
    match error {
        CapsuleError::OtherKey { .. } => ("K0411", "take the capsule and the key of one domain and epoch"),
        CapsuleError::Key(error) => key_advice(error),
        _ => BROKEN,
    }
}

fn resolve_advice(error: &ResolveError) -> Advice {
    match error {
        ResolveError::Capsule(error) => capsule_advice(error),
        ResolveError::Evaluate(error) => evaluate_advice(error),
        ResolveError::OtherCapsule => ("P0686", "ask for approval of this capsule"),
        ResolveError::OtherPurpose { .. } => ("P0687", "ask for the purpose the capsule was sealed for"),
        ResolveError::Expired { .. } | ResolveError::TooLong { .. } => ("P0684", "ask for a new ticket"),
        ResolveError::Unknown { .. } | ResolveError::Signature { .. } => {
            ("K0412", "have a person of the domain sign with the key that is registered")
        }
        ResolveError::SelfApproval { .. } => ("P0683", "have somebody else approve"),
        ResolveError::TooFewApprovals { bogus, .. } if !bogus.is_empty() => {
            ("P0682", "have more people approve; approving also takes out the signatures that do not count")
        }
        ResolveError::TooFewApprovals { .. } => ("P0682", "have more people approve"),
        ResolveError::NotLogged => {
            ("V0783", "log the ticket with `guildhall pseudonym resolve log`, after the last approval")
        }
        ResolveError::Replayed => ("P0685", "ask for a new ticket"),
        ResolveError::Threshold { .. } | ResolveError::Panel { .. } => {
            ("P0688", "set the domain up with other numbers")
        }
        ResolveError::TooFew { .. } => ("R0504", "bring the named trustees back in order"),
        ResolveError::Store(_) => STORE,
        _ => BROKEN,
    }
}
