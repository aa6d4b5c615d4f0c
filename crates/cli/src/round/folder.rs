//! A round's folder: written all at once, read with limits.

use crate::{Failure, Place, Problem};
use guildhall_federation::transcript::Files;
use std::fs;
use std::path::Path;

/// Most bytes of one file of a transcript.
const MOST_BYTES: u64 = 64 << 20;
/// Most files of a transcript.
const MOST_FILES: usize = 256;

/// Writes a round into a folder that is new or empty.
///
/// # Errors
/// If the folder holds something already, or cannot be written.
pub(crate) fn write_folder(folder: &Path, files: &Files) -> Result<(), Failure> {
    check_free(folder)?;
    let staged = folder.with_extension("incomplete");
    let write = || -> std::io::Result<()> {
        fs::create_dir_all(&staged)?;
        for (name, bytes) in files {
            fs::write(staged.join(name), bytes)?;
        }
        if folder.exists() {
            fs::remove_dir(folder)?;
        }
        fs::rename(&staged, folder)
    };
    write().map_err(|error| {
        let problem = Problem::new("U0005", "the round cannot be written").why(error.to_string());
        problem.remedy("choose another --out; nothing was published").at(Place::file(folder)).into()
    })
}

/// Refuses a folder that holds something: a finished round is never overwritten.
///
/// # Errors
/// If it is not empty.
pub(crate) fn check_free(folder: &Path) -> Result<(), Failure> {
    let busy = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if busy || folder.is_file() {
        let problem = Problem::new("R0802", "the output folder holds something already");
        return Err(problem.remedy("choose another --out, or empty it yourself").at(Place::file(folder)).into());
    }
    Ok(())
}

/// Reads a round's folder.
///
/// # Errors
/// If it is no folder, or holds more or larger files than a round has.
pub(crate) fn read_folder(folder: &Path) -> Result<Files, Failure> {
    let unreadable = |path: &Path, why: String| -> Failure {
        let problem = Problem::new("V0702", "the round's folder cannot be read").why(why);
        problem.remedy("name the folder that `guildhall run --out` or `demo --out` wrote").at(Place::file(path)).into()
    };
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, error.to_string()))?;
    let mut files = Files::new();
    for entry in entries {
        let entry = entry.map_err(|error| unreadable(folder, error.to_string()))?;
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let size = entry.metadata().map_err(|error| unreadable(&path, error.to_string()))?;
        if !size.is_file() || size.len() > MOST_BYTES || files.len() >= MOST_FILES {
            return Err(unreadable(&path, "it is no file of a round, or too large for one".to_owned()));
        }
        files.insert(name, fs::read(&path).map_err(|error| unreadable(&path, error.to_string()))?);
    }
    Ok(files)
}
