//! A member's own copy of the report: written where it destroys nothing.

use crate::round::parent;
use crate::{Failure, Place, Problem};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Refuses a place whose file exists (unless `force`), is an input, or lies in the round's folder.
///
/// # Errors
/// With exit code 8; what was there stays as it was.
pub(super) fn check(path: &Path, force: bool, round: &Path, inputs: &[PathBuf]) -> Result<(), Failure> {
    let refuse = |code: &str, message: &str, remedy: &str| -> Failure {
        Problem::new(code, message).remedy(remedy).at(Place::file(path)).into()
    };
    let real = real(path);
    if real.is_some() && inputs.iter().any(|input| fs::canonicalize(input).ok() == real) {
        return Err(refuse(
            "U0008",
            "the report would replace one of your own --data files",
            "choose another --report",
        ));
    }
    if lies_in(path, round) {
        let message = "the report would lie in the round's folder, which would then no longer verify";
        return Err(refuse("U0008", message, "choose another --report"));
    }
    if !force && path.symlink_metadata().is_ok() {
        return Err(exists(path));
    }
    Ok(())
}

/// Writes the copy at once: the place holds the old file or the whole new one, readable by its owner only.
///
/// # Errors
/// If the file appeared in the meantime without `force`, or cannot be written.
pub(super) fn write(path: &Path, force: bool, html: &str) -> Result<(), Failure> {
    let staged = NamedTempFile::new_in(parent(path)).and_then(|mut file| {
        file.write_all(html.as_bytes())?;
        file.as_file().sync_all()?;
        Ok(file)
    });
    let placed = |file: NamedTempFile| if force { file.persist(path) } else { file.persist_noclobber(path) };
    let written = staged.and_then(|file| placed(file).map(drop).map_err(|error| error.error));
    written.map_err(|error| {
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            return exists(path);
        }
        let problem = Problem::new("U0005", "the report cannot be written").why(error.to_string());
        problem.remedy("choose another --report").at(Place::file(path)).into()
    })
}

fn exists(path: &Path) -> Failure {
    let problem = Problem::new("U0003", "the file is there already");
    problem.remedy("choose another --report, or add --force").at(Place::file(path)).into()
}

/// Where a path leads, links followed; none if nothing is there.
fn real(path: &Path) -> Option<PathBuf> {
    fs::canonicalize(path).ok()
}

/// Whether a path, or the file it links to, is inside a folder.
fn lies_in(path: &Path, folder: &Path) -> bool {
    let Some(folder) = real(folder) else { return false };
    [real(path), real(parent(path))].into_iter().flatten().any(|place| place.starts_with(&folder))
}
