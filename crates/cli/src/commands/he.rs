//! `guildhall he`: metrics and comparisons on encrypted figures. The work is done by `guildhall-he`; here are files, errors and words.

mod bench;
#[cfg(feature = "tfhe")]
mod compared;
mod decrypt;
mod encrypt;
mod evaluate;
mod file;
mod inspect;
mod keygen;
mod page;
#[cfg(feature = "tfhe")]
mod rank;
#[cfg(not(feature = "tfhe"))]
#[path = "he/no_rank.rs"]
mod rank;
mod result;
mod rows;
mod store;
mod uploads;

use crate::ui::Ui;
use crate::{Failure, Place, Problem};
use clap::Subcommand;
use guildhall_he::HeError;
use std::path::Path;

/// What to do with encrypted figures.
#[derive(Debug, Subcommand)]
pub(crate) enum He {
    /// Make the keys of a poll, alone or with other parties
    ///
    /// The secret key never leaves its folder: who has it reads every sum, and every single answer it is given.
    Keygen(keygen::Keygen),
    /// Encrypt answers; only the ciphertexts leave this machine
    Encrypt(encrypt::Encrypt),
    /// Check, add and fold uploads; needs no secret
    Evaluate(evaluate::Evaluate),
    /// Open a tally, or make or combine shares of its opening
    Decrypt(Box<decrypt::Decrypt>),
    /// Say what an encrypted file is, without opening it
    Inspect(inspect::Inspect),
    /// Compare members' figures without adding them: own rank, quartiles, largest, smallest
    #[command(subcommand_required = false)]
    Rank(rank::Rank),
    /// What an answer costs in the clear, by secure sum and encrypted, on this machine
    Bench(bench::Bench),
}

impl He {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        match self {
            Self::Keygen(keygen) => keygen.run(ui),
            Self::Encrypt(encrypt) => encrypt.run(ui),
            Self::Evaluate(evaluate) => evaluate.run(ui),
            Self::Decrypt(decrypt) => decrypt.run(ui),
            Self::Inspect(inspect) => inspect.run(ui),
            Self::Rank(rank) => rank.run(ui),
            Self::Bench(bench) => bench.run(ui),
        }
    }
}

/// An error with its code, at the file it is about.
fn failure(path: &Path, error: &HeError) -> Failure {
    problem(error).at(Place::file(path)).into()
}

/// An error with its code and remedy, for a place that only the caller knows.
fn problem(error: &HeError) -> Problem {
    let (code, remedy) = match error {
        HeError::Poll { remedy, .. } => ("S0641", *remedy),
        HeError::TooLarge { .. } => ("S0641", "declare fewer answers or a smaller range, or split the poll"),
        HeError::Answer { .. } => ("S0642", "mend the row, or skip it by a rule under [[data.skip]]"),
        HeError::TooMany { .. } => ("P0641", "make a new poll that declares more, with new keys"),
        HeError::Spent { .. } => ("P0642", "make a new poll with new keys"),
        HeError::WrongKind { .. } => {
            ("K0441", "give the file that is asked for; `guildhall he inspect` says what one is")
        }
        HeError::Mismatch { .. } | HeError::NotOnRoster { .. } => ("K0441", "take the files of one poll and one key"),
        HeError::Malformed { .. } | HeError::NotAuthentic { .. } | HeError::NotSignedBy { .. } => {
            ("V0741", "get the file again from who made it")
        }
        HeError::NotTheSum { .. } => ("V0744", "do not open it; ask its evaluator which uploads it added"),
        HeError::SetBack { .. } => ("V0745", "open nothing more with this key, and make a new poll without that party"),
        HeError::TrustRefused => ("P0644", "give the uploads with --uploads, and have the other parties do so"),
        HeError::Contradiction { .. } => ("V0742", "evaluate again, and ask the uploaders of a closed roster"),
        HeError::Party { .. } => ("V0743", "start over with a new poll and without that party"),
        HeError::Twice { .. } => ("R0841", "leave out one of the two"),
        HeError::TooFew { .. } => ("R0541", "get the missing files"),
        HeError::NoRandomness => ("K0403", "try again when the machine has finished starting"),
        _ => ("U0009", "send the makers this message"),
    };
    // Where an answer stands in its file is the place's business: the library only counts.
    let message = match error {
        HeError::Answer { metric, what, .. } => format!("{metric}: {what}"),
        other => other.to_string(),
    };
    Problem::new(code, message).remedy(remedy)
}

/// Turns an error of the library into a failure at a file.
trait At<T> {
    fn at(self, path: &Path) -> Result<T, Failure>;
}

impl<T> At<T> for Result<T, HeError> {
    fn at(self, path: &Path) -> Result<T, Failure> {
        self.map_err(|error| failure(path, &error))
    }
}
