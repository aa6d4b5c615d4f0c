//! Files of a comparison: secrets readable by their owner only, nothing written over anything.

use crate::{Failure, Place, Problem, round};
use guildhall_he::Identity;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Longest file of a comparison.
const LONGEST: u64 = 97 << 20;

/// A folder to write into.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// One that is new or empty.
    pub(super) fn free(path: &Path) -> Result<Self, Failure> {
        round::check_free(path)?;
        Self::any(path)
    }

    /// One that may hold other files.
    pub(super) fn any(path: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(path).map_err(|error| {
            let problem = Problem::new("U0005", "the folder cannot be created").why(error.to_string());
            placed(path, problem.remedy("choose another --out"))
        })?;
        Ok(Self(path.to_owned()))
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

/// A problem about a file.
pub(super) fn placed(path: &Path, problem: Problem) -> Failure {
    problem.at(Place::file(path)).into()
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let opened = fs::File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes));
    opened.map_err(|error| {
        placed(path, Problem::new("U0004", "the file cannot be read").why(error.to_string()).remedy("check the name"))
    })?;
    if bytes.len() as u64 > LONGEST {
        let problem = Problem::new("U0004", "the file is longer than any of a comparison");
        return Err(placed(path, problem.remedy("check the name")));
    }
    Ok(bytes)
}

pub(super) fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    read(path).map(Zeroizing::new)
}

pub(super) fn identity(path: &Path) -> Result<Identity, Failure> {
    let bytes = read_secret(path)?;
    Identity::decode(&bytes).map_err(|error| {
        let remedy = "name the file that `guildhall he rank identity --out` wrote";
        placed(path, Problem::new("K0402", error.to_string()).remedy(remedy))
    })
}

pub(super) fn check_new(path: &Path) -> Result<(), Failure> {
    if path.exists() {
        let problem = Problem::new("U0003", "the file is there already");
        return Err(placed(path, problem.remedy("choose another name, or remove it yourself")));
    }
    Ok(())
}

pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    create(path, bytes, 0o644)
}

pub(super) fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    create(path, bytes, 0o600)
}

fn create(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    check_new(path)?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|error| {
        let problem = Problem::new("U0005", "the file cannot be written").why(error.to_string());
        placed(path, problem.remedy("choose another --out"))
    })
}

/// Records durably, beside the opening key, which results it opened; refuses others.
pub(super) fn opened_once(key: &Path, results: &[u8]) -> Result<(), Failure> {
    let mut name = key.file_name().unwrap_or_default().to_owned();
    name.push(".opened");
    let record = key.with_file_name(name);
    let digest = hex::encode(Sha256::digest(results));
    if !record.exists() {
        create(&record, digest.as_bytes(), 0o600)?;
    }
    if read(&record)? == digest.as_bytes() {
        return Ok(());
    }
    let problem = Problem::new("C1004", "other results of this comparison were opened with this key");
    Err(placed(&record, problem.remedy("make a new comparison with new keys and new encrypted figures")))
}
