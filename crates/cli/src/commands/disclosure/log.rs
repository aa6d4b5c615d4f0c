//! The log of releases: append-only, durable, one file for all publishers of the same data.

use crate::account::create_records;
use crate::{Failure, Place, Problem};
use guildhall_dp::disclosure::Release;
use guildhall_ledger::{BudgetLedger, RecordError, Records, SqliteRecords};
use std::path::{Path, PathBuf};

const PREFIX: &str = "disclosure/release/";
const DATA_SET: &str = "disclosure/data-set";

/// An open log.
pub(super) struct ReleaseLog {
    path: PathBuf,
    records: SqliteRecords,
}

impl ReleaseLog {
    /// Opens the file, or creates an empty log readable by its owner only.
    ///
    /// # Errors
    /// If it is an empty file, in which earlier releases would be forgotten; if it is another ledger or fails.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        if std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() == 0) {
            let problem = Problem::new("V0721", "the log of releases is empty: it has not even a header");
            let why = "somebody truncated it, or made the file by hand; what was published may be forgotten";
            let remedy = "restore it from a copy; if nothing was ever published with it, delete it and run again";
            return Err(problem.why(why).remedy(remedy).at(Place::file(path)).into());
        }
        if !path.exists() {
            create_records(path)?;
        }
        let records = SqliteRecords::open(path).map_err(|error| unusable(path, &error))?;
        let charges = records.list(BudgetLedger::PREFIX).map_err(|error| unusable(path, &error))?;
        if !charges.is_empty() {
            let problem =
                Problem::new("V0721", "this file is a ledger of privacy budgets, so it is no log of releases");
            return Err(problem.remedy("name another file: each keeps one of its own").at(Place::file(path)).into());
        }
        Ok(Self { path: path.to_owned(), records })
    }

    /// Opens a log that must be there.
    pub(super) fn existing(path: &Path) -> Result<Self, Failure> {
        if path.is_file() {
            return Self::open(path);
        }
        let problem = Problem::new("U0004", "the log of releases is not there").at(Place::file(path));
        Err(problem.remedy("name the file given to `guildhall disclosure protect --log`, or leave --log out").into())
    }

    /// Refuses a log of another data set: its releases would not be compared with these.
    pub(super) fn check_data_set(&self, data_set: &str) -> Result<(), Failure> {
        match self.records.get(DATA_SET).map_err(|error| unusable(&self.path, &error))? {
            Some(bound) if bound != data_set.as_bytes() => Err(self.of_another(&String::from_utf8_lossy(&bound))),
            _ => Ok(()),
        }
    }

    /// Binds the log to a data set for good.
    pub(super) fn bind(&mut self, data_set: &str) -> Result<(), Failure> {
        self.check_data_set(data_set)?;
        match self.records.record_once(DATA_SET, data_set.as_bytes()) {
            Ok(_) => Ok(()),
            Err(RecordError::Conflict { .. }) => Err(self.of_another("another data set")),
            Err(error) => Err(unusable(&self.path, &error)),
        }
    }

    fn of_another(&self, bound: &str) -> Failure {
        let problem = Problem::new("R0822", format!("this log holds the releases of data set {bound:?}"));
        problem
            .remedy("name the log of this data set, or a new file for its first release")
            .at(Place::file(&self.path))
            .into()
    }

    /// Every release so far, in order.
    pub(super) fn releases(&self) -> Result<Vec<Release>, Failure> {
        let listed = self.records.list(PREFIX).map_err(|error| unusable(&self.path, &error))?;
        let mut releases = Vec::with_capacity(listed.len());
        for (number, (key, value)) in listed.iter().enumerate() {
            let release = (*key == key_of(number)).then(|| serde_json::from_slice(value).ok()).flatten();
            releases.push(release.ok_or_else(|| self.damaged(key))?);
        }
        Ok(releases)
    }

    /// Appends a release after these; `false` if someone else appended first.
    ///
    /// The very same release is not logged twice: whoever crashed between logging and writing runs the command again.
    pub(super) fn append(&mut self, earlier: &[Release], release: &Release) -> Result<bool, Failure> {
        match earlier.iter().find(|other| other.name == release.name) {
            Some(same) if same == release => return Ok(true),
            Some(_) => {
                let message = format!("another release is logged as {:?}", release.name);
                let problem = Problem::new("R0821", message).at(Place::file(&self.path));
                return Err(problem.remedy("give this table another id in [table]").into());
            }
            None => {}
        }
        let bytes = serde_json::to_vec(release).map_err(|_| self.damaged(&release.name))?;
        match self.records.record_once(&key_of(earlier.len()), &bytes) {
            Ok(_) => Ok(true),
            Err(RecordError::Conflict { .. }) => Ok(false),
            Err(error) => Err(unusable(&self.path, &error)),
        }
    }

    fn damaged(&self, key: &str) -> Failure {
        let problem = Problem::new("V0721", format!("the log of releases is damaged at {key}"));
        problem
            .why("without every earlier release, a new one cannot be compared with them")
            .remedy("restore the file from a copy; publish nothing until you have")
            .at(Place::file(&self.path))
            .into()
    }
}

fn key_of(number: usize) -> String {
    format!("{PREFIX}{number:08}")
}

fn unusable(path: &Path, error: &RecordError) -> Failure {
    let (code, remedy) = match error {
        RecordError::NotRecords { .. } | RecordError::Newer { .. } => {
            ("V0721", "name the log of releases of this data set")
        }
        RecordError::Damaged { .. } => ("V0721", "restore the file from a copy; publish nothing until you have"),
        RecordError::File { .. } | RecordError::NotDurable { .. } => {
            ("U0005", "name a file in a folder that exists, on a local disk")
        }
        _ => ("R0752", "free the disk or the lock on it, then repeat"),
    };
    Problem::new(code, error.to_string()).at(Place::file(path)).remedy(remedy).into()
}
