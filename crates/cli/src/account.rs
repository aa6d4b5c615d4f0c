//! The durable budget of a data set: a ledger file, opened, read and charged.
//!
//! Every publisher of a data set uses the same file; several may at once. What a charge means and how the
//! chain holds is `guildhall-ledger`'s business.

use crate::{Failure, Place, Problem};
use guildhall_kpi::Rational;
use guildhall_ledger::{Account, BudgetError, BudgetLedger, Charge, Entry, Epsilon, Limit, RecordError, SqliteRecords};
use std::path::{Path, PathBuf};

/// A ledger file and the verified chain in it.
pub(crate) struct LedgerFile {
    path: PathBuf,
    records: SqliteRecords,
    ledger: BudgetLedger,
}

impl LedgerFile {
    /// Opens the file, or creates an empty one.
    ///
    /// # Errors
    /// If it is no ledger, was altered, or cannot be made durable.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let records = SqliteRecords::open(path).map_err(|error| unusable(path, &error))?;
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
        Self::open(path)
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

    /// Charges, durably before it returns, and gives the entry of the charge.
    ///
    /// # Errors
    /// If the limit does not allow it, with exit code 6; if the file fails.
    pub(crate) fn charge(&mut self, charge: Charge, limit: &Limit) -> Result<&Entry, Failure> {
        let id = charge.id.clone();
        self.ledger.charge(&mut self.records, charge, limit).map_err(|error| failure(&self.path, &error))?;
        let entry = self.ledger.entries().iter().find(|entry| entry.charge().id == id);
        entry.ok_or_else(|| Problem::new("R0752", "the ledger lost a charge").at(Place::file(&self.path)).into())
    }
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

    /// What may still be spent, as an exact fraction.
    pub(crate) fn left(&self) -> String {
        let (spent, limit) = self.parts();
        (limit - spent).to_string()
    }

    /// E.g. `epsilon 1 of 3 spent, 2 left`.
    pub(crate) fn words(&self) -> String {
        let (spent, limit) = self.parts();
        format!("{} {spent} of {limit} spent, {} left", self.counts(), self.left())
    }
}

/// A rational as the ledger writes it.
pub(crate) fn exact(value: Rational) -> Epsilon {
    Epsilon::new(value.numerator(), value.denominator()).unwrap_or(Epsilon::ZERO)
}

fn failure(path: &Path, error: &BudgetError) -> Failure {
    let (code, remedy) = match error {
        BudgetError::Exceeded { .. } => {
            ("P0602", "ask for less, or wait for new data; a spent budget cannot be refilled")
        }
        BudgetError::Raised { .. } => ("P0605", "write the limit that was fixed into the specification"),
        BudgetError::Overlap { .. } => ("P0606", "use the same window again, or one that shares no day with it"),
        BudgetError::Conflict { .. } => ("R0803", "give the release another id"),
        BudgetError::Busy => ("R0751", "repeat the command"),
        BudgetError::Records(error) => return unusable(path, error),
        _ => ("V0703", "restore the file from where it was last verified; do not publish until you have"),
    };
    Problem::new(code, error.to_string()).at(Place::file(path)).remedy(remedy).into()
}

fn unusable(path: &Path, error: &RecordError) -> Failure {
    let (code, remedy) = match error {
        RecordError::NotRecords { .. } | RecordError::Newer { .. } | RecordError::Damaged { .. } => {
            ("V0703", "name a ledger, or a new file")
        }
        RecordError::File { .. } | RecordError::NotDurable { .. } => {
            ("U0005", "name a file in a folder that exists, on a local disk")
        }
        _ => ("R0752", "free the disk or the lock on it, then repeat"),
    };
    Problem::new(code, error.to_string()).at(Place::file(path)).remedy(remedy).into()
}
