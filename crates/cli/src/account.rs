//! The durable budget of a data set: a ledger file, opened, read and charged.
//!
//! Every publisher of a data set uses the same file; several may at once. What a charge means and how the
//! chain holds is `guildhall-ledger`'s business.

use crate::round::parent;
use crate::{Failure, Place, Problem};
use guildhall_dp::{CONVERSION_DELTA_BITS, Ceiling, Rho};
use guildhall_federation::transcript::Files;
use guildhall_kpi::Rational;
use guildhall_ledger::{
    Account, BudgetError, BudgetLedger, Charge, Entry, Epsilon, Limit, NO_DELTA, RecordError, Records, SqliteRecords,
};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Where salts and commitments of runs over shared customers stand, beside the charges for them.
pub(crate) const OVERLAP_PREFIX: &str = "overlap/";

/// A ledger file and the verified chain in it.
pub(crate) struct LedgerFile {
    path: PathBuf,
    records: SqliteRecords,
    ledger: BudgetLedger,
}

impl LedgerFile {
    /// Opens the file, or creates one without charges.
    ///
    /// A new ledger appears whole or not at all, so that an empty file is never one that somebody is about to fill.
    ///
    /// # Errors
    /// If it is no ledger, was altered, or cannot be made durable.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        if !path.exists() {
            create_records(path)?;
        }
        Self::opened(path)
    }

    fn opened(path: &Path) -> Result<Self, Failure> {
        if std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() == 0) {
            let problem = Problem::new("V0703", "the ledger is empty: it has not even a header").at(Place::file(path));
            let why = "somebody truncated it, or made the file by hand; what was spent may be forgotten";
            let remedy = "restore it from a copy; if nothing was ever charged to it, delete it and publish again";
            return Err(problem.why(why).remedy(remedy).into());
        }
        let records = SqliteRecords::open(path).map_err(|error| unusable(path, &error))?;
        let foreign = records.list("").map_err(|error| unusable(path, &error))?;
        let ours = |key: &str| [BudgetLedger::PREFIX, OVERLAP_PREFIX].iter().any(|prefix| key.starts_with(prefix));
        if let Some((key, _)) = foreign.iter().find(|(key, _)| !ours(key)) {
            let kind = key.split('/').next().unwrap_or_default();
            let problem = Problem::new("V0703", format!("this file holds other records ({kind}), so it is no ledger"));
            let remedy = "name the ledger of the data set, or a new file: a log of releases keeps a file of its own";
            return Err(problem.at(Place::file(path)).remedy(remedy).into());
        }
        let ledger = BudgetLedger::open(&records).map_err(|error| failure(path, &error))?;
        Ok(Self { path: path.to_owned(), records, ledger })
    }

    /// Opens a file that must be there.
    ///
    /// # Errors
    /// As [`Self::open`], or if there is none.
    pub(crate) fn existing(path: &Path) -> Result<Self, Failure> {
        if !path.is_file() {
            let problem = Problem::new("U0004", "the ledger is not there").at(Place::file(path));
            return Err(problem.remedy("name the file given to `guildhall trust publish --ledger`").into());
        }
        Self::opened(path)
    }

    /// The verified chain.
    pub(crate) fn into_ledger(self) -> BudgetLedger {
        self.ledger
    }

    /// The chain as it was when the file was opened or charged last.
    pub(crate) const fn ledger(&self) -> &BudgetLedger {
        &self.ledger
    }

    /// Whether a charge would be granted now; nothing is charged.
    ///
    /// # Errors
    /// Why it would not.
    pub(crate) fn would_grant(&self, charge: &Charge, limit: &Limit) -> Result<(), Failure> {
        self.ledger.check(charge, limit).map_err(|error| failure(&self.path, &error))
    }

    /// Whether several charges would be granted now, all together; nothing is charged.
    ///
    /// # Errors
    /// Why they would not.
    pub(crate) fn would_grant_all(&self, charges: &[Charge], limit: &Limit) -> Result<(), Failure> {
        self.ledger.check_all(charges, limit).map_err(|error| failure(&self.path, &error))
    }

    /// Charges several accounts, all or none, durably before it returns.
    ///
    /// # Errors
    /// As [`Self::charge`].
    pub(crate) fn charge_all(&mut self, charges: &[Charge], limit: &Limit) -> Result<(), Failure> {
        self.ledger.charge_all(&mut self.records, charges, limit).map_err(|error| failure(&self.path, &error))
    }

    /// Charges, durably before it returns, and gives the entry of the charge.
    ///
    /// # Errors
    /// If the limit does not allow it, with exit code 6; if the file fails.
    pub(crate) fn charge(&mut self, charge: Charge, limit: &Limit) -> Result<&Entry, Failure> {
        let id = charge.id.clone();
        self.ledger.charge(&mut self.records, charge, limit).map_err(|error| failure(&self.path, &error))?;
        self.entry(&id)
    }

    /// Charges as [`Self::charge`], but only if no charge of the subject has an id that begins with `family`.
    ///
    /// # Errors
    /// With exit code 8 if one has, also where another process made it a moment ago; those of [`Self::charge`].
    pub(crate) fn charge_first(&mut self, charge: Charge, limit: &Limit, family: &str) -> Result<&Entry, Failure> {
        let id = charge.id.clone();
        let charged = self.ledger.charge_first(&mut self.records, charge, limit, family);
        charged.map_err(|error| failure(&self.path, &error))?;
        self.entry(&id)
    }

    /// Refuses where a charge of the subject has an id that begins with `family`.
    ///
    /// # Errors
    /// With exit code 8.
    pub(crate) fn has_none_of(&self, subject: &str, family: &str) -> Result<(), Failure> {
        self.ledger.has_none_of(subject, family).map_err(|error| failure(&self.path, &error))
    }

    fn entry(&self, id: &str) -> Result<&Entry, Failure> {
        let entry = self.ledger.entries().iter().find(|entry| entry.charge().id == id);
        entry.ok_or_else(|| Problem::new("R0752", "the ledger lost a charge").at(Place::file(&self.path)).into())
    }

    /// What is recorded beside the chain.
    ///
    /// # Errors
    /// If the file fails.
    pub(crate) fn recorded(&self, key: &str) -> Result<Option<Vec<u8>>, Failure> {
        self.records.get(key).map_err(|error| unusable(&self.path, &error))
    }

    /// Records values beside the chain, durably: all of them, or none and `false` where another is there already.
    ///
    /// # Errors
    /// If the file fails.
    pub(crate) fn record_new(&mut self, batch: &[(String, Vec<u8>)]) -> Result<bool, Failure> {
        match self.records.record_all(batch) {
            Ok(_) => Ok(true),
            Err(RecordError::Conflict { .. } | RecordError::Erased { .. }) => Ok(false),
            Err(error) => Err(unusable(&self.path, &error)),
        }
    }
}

/// Makes a new file of records beside its place, then links it there: whoever comes second finds the first one's.
///
/// # Errors
/// If it cannot be made there.
pub(crate) fn create_records(path: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        let problem = Problem::new("U0005", "the file cannot be created").why(error.to_string());
        Failure::from(problem.at(Place::file(path)).remedy("name a file in a folder that exists, on a local disk"))
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let fresh = parent(path).join(format!(".{name}.new-{}", std::process::id()));
    drop(SqliteRecords::open(&fresh).map_err(|error| unusable(path, &error))?);
    let linked = match std::fs::hard_link(&fresh, path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    };
    let removed = std::fs::remove_file(&fresh);
    linked.and(removed).map_err(failed)
}

/// Notes in an entry without cost what a charge was spent on, so that every file of it can be recognised.
///
/// Written once the release is drawn and before anybody can see it.
pub(crate) struct Published<'l> {
    digests: Vec<(&'l str, &'l str)>,
}

impl<'l> Published<'l> {
    const SUFFIX: &'static str = "/published";
    const IS: &'static str = " has sha256 ";

    /// The entry for the files that a charge paid for.
    pub(crate) fn of(charge: &Charge, files: &Files) -> Charge {
        let one = |(name, bytes): (&String, &Vec<u8>)| format!("{name}{}{}", Self::IS, digest(bytes));
        Charge {
            id: format!("{}{}", charge.id, Self::SUFFIX),
            epsilon: Epsilon::ZERO,
            delta_bits: NO_DELTA,
            rho: None,
            column: None,
            purpose: files.iter().map(one).collect::<Vec<_>>().join(", "),
            ..charge.clone()
        }
    }

    /// Whether an entry is a note of this kind rather than a charge.
    pub(crate) fn is(charge: &Charge) -> bool {
        charge.epsilon == Epsilon::ZERO && charge.id.ends_with(Self::SUFFIX)
    }

    /// What is noted for a charge; nothing where its release was never drawn.
    pub(crate) fn find(ledger: &'l BudgetLedger, charge: &Charge) -> Option<Self> {
        let id = format!("{}{}", charge.id, Self::SUFFIX);
        let mut notes = ledger.entries().iter().map(Entry::charge).filter(|note| Self::is(note));
        let note = notes.find(|note| note.id == id)?;
        Some(Self { digests: note.purpose.split(", ").filter_map(|one| one.split_once(Self::IS)).collect() })
    }

    /// The names of the files.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'l str> {
        self.digests.iter().map(|(name, _)| *name)
    }

    /// The digest of a file.
    pub(crate) fn digest(&self, name: &str) -> Option<&'l str> {
        self.digests.iter().find(|(known, _)| *known == name).map(|(_, digest)| *digest)
    }
}

/// SHA-256 in hexadecimal digits.
pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An account in words and numbers.
pub(crate) struct State<'a> {
    account: &'a Account,
}

impl<'a> State<'a> {
    pub(crate) const fn of(account: &'a Account) -> Self {
        Self { account }
    }

    /// What counts against the limit.
    pub(crate) const fn counts(&self) -> &'static str {
        if self.account.limit().rho.is_some() { "rho" } else { "epsilon" }
    }

    fn parts(&self) -> (num_rational::BigRational, num_rational::BigRational) {
        let (spent, limit) = (self.account.spent(), self.account.limit().amount());
        match self.counts() {
            "rho" => (spent.rho().clone(), limit.rho().clone()),
            _ => (spent.epsilon().clone(), limit.epsilon().clone()),
        }
    }

    /// What may still be spent, exactly.
    pub(crate) fn left(&self) -> num_rational::BigRational {
        let (spent, limit) = self.parts();
        limit - spent
    }

    /// Epsilon spent so far; of an account in rho what its rho means at the usual delta.
    ///
    /// # Errors
    /// If it is too fine a fraction to be written.
    pub(crate) fn epsilon(&self) -> Result<Rational, guildhall_dp::Error> {
        match self.counts() {
            "rho" => Rho::exact(self.account.spent().rho().clone())?.to_approx(CONVERSION_DELTA_BITS)?.epsilon(),
            _ => {
                let parts = self.account.spent().epsilon_parts().and_then(|(num, den)| Rational::new(num, den));
                parts.ok_or(guildhall_dp::Error::TooFine)
            }
        }
    }

    /// E.g. `epsilon 1 of 3 spent, 2 left`.
    pub(crate) fn words(&self) -> String {
        let (spent, limit) = self.parts();
        let words = format!("{} {spent} of {limit} spent, {} left", self.counts(), self.left());
        match (self.counts(), self.epsilon()) {
            ("rho", Ok(epsilon)) => {
                let limit = self.account.limit().epsilon;
                let limit = limit.numerator() as f64 / limit.denominator() as f64;
                let epsilon = epsilon.to_f64();
                format!(
                    "{words} (as epsilon at most {epsilon:.4} of {limit:.4}, with delta 2^-{CONVERSION_DELTA_BITS})"
                )
            }
            _ => words,
        }
    }
}

/// Deltas of all charges to one account together are at most `2^-20`.
pub(crate) const DELTA_LIMIT_BITS: u32 = 20;

/// A limit as ledgers write it.
pub(crate) fn limit_of(ceiling: &Ceiling) -> Limit {
    Limit { epsilon: exact(ceiling.epsilon()), delta_bits: DELTA_LIMIT_BITS, rho: ceiling.rho().map(exact) }
}

/// A rational as the ledger writes it.
pub(crate) fn exact(value: Rational) -> Epsilon {
    Epsilon::new(value.numerator(), value.denominator()).unwrap_or(Epsilon::ZERO)
}

/// A refusal or a broken ledger with its code.
pub(crate) fn failure(path: &Path, error: &BudgetError) -> Failure {
    let (code, remedy) = match error {
        BudgetError::Exceeded { .. } => {
            ("P0602", "ask for less, or wait for new data; a spent budget cannot be refilled")
        }
        BudgetError::Raised { .. } => ("P0605", "write the limit that was fixed into the specification"),
        BudgetError::Overlap { .. } => ("P0606", "use the same window again, or one that shares no day with it"),
        BudgetError::Conflict { .. } => ("R0803", "give the release another id"),
        BudgetError::Taken { family } => {
            let id = family.trim_end_matches('/');
            let problem = Problem::new("R0803", format!("release {id:?} was charged to this ledger before"));
            let remedy = "nothing was charged now; give it another id, or pay for it once more with --again";
            return problem.at(Place::file(path)).remedy(remedy).into();
        }
        BudgetError::Busy => ("R0751", "repeat the command"),
        BudgetError::Records(error) => return unusable(path, error),
        _ => ("V0703", "restore the file from where it was last verified; do not publish until you have"),
    };
    Problem::new(code, error.to_string()).at(Place::file(path)).remedy(remedy).into()
}

fn unusable(path: &Path, error: &RecordError) -> Failure {
    let (code, remedy) = match error {
        RecordError::NotRecords { .. } | RecordError::Newer { .. } => ("V0703", "name the ledger of this data set"),
        RecordError::Damaged { .. } => ("V0703", "restore the file from a copy; publish nothing until you have"),
        RecordError::File { .. } | RecordError::NotDurable { .. } => {
            ("U0005", "name a file in a folder that exists, on a local disk")
        }
        _ => ("R0752", "free the disk or the lock on it, then repeat"),
    };
    Problem::new(code, error.to_string()).at(Place::file(path)).remedy(remedy).into()
}
