//! A round's folder: written all at once, never over anything else, read with limits.

use crate::{Failure, Place, Problem};
use guildhall_federation::statement;
use guildhall_federation::transcript::{Files, Publication, name};
use std::fs;
use std::path::{Path, PathBuf};

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
    let staged = staging(folder);
    let fill = || -> std::io::Result<()> {
        files.iter().try_for_each(|(name, bytes)| fs::write(staged.join(name), bytes))?;
        if folder.exists() {
            fs::remove_dir(folder)?;
        }
        fs::rename(&staged, folder)
    };
    let made = fs::create_dir_all(parent(folder)).and_then(|()| fs::create_dir(&staged));
    let undo = |_: &std::io::Error| drop(fs::remove_dir_all(&staged));
    made.and_then(|()| fill().inspect_err(undo)).map_err(|error| {
        let problem = Problem::new("U0005", "the folder cannot be written").why(error.to_string());
        problem.remedy("choose another --out; nothing was written").at(Place::file(folder)).into()
    })
}

/// A folder that nobody else can reserve until this is dropped.
#[derive(Debug)]
pub(crate) struct Reserved {
    _lock: Option<fs::File>,
}

/// Creates an empty folder where something will be written and keeps others from writing there meanwhile.
///
/// Where folders cannot be locked (not a Unix), two processes that race for a folder that was there already are told
/// apart only when they write.
///
/// # Errors
/// If it cannot be created, holds something, or somebody else has reserved it.
pub(crate) fn reserve_folder(folder: &Path) -> Result<Reserved, Failure> {
    let failed = |error: std::io::Error| {
        let problem = Problem::new("U0005", "the folder cannot be created").why(error.to_string());
        Failure::from(problem.remedy("choose another --out; nothing was charged").at(Place::file(folder)))
    };
    fs::create_dir_all(folder).map_err(failed)?;
    let lock = if cfg!(unix) { Some(fs::File::open(folder).map_err(failed)?) } else { None };
    match lock.as_ref().map_or(Ok(()), fs::File::try_lock) {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => {
            let problem = Problem::new("R0802", "somebody else is writing into the output folder right now");
            let remedy = "choose another --out; nothing was charged";
            return Err(problem.remedy(remedy).at(Place::file(folder)).into());
        }
        Err(fs::TryLockError::Error(error)) => return Err(failed(error)),
    }
    // Whoever held it before may have finished since the folder was last looked at.
    check_free(folder).map(|()| Reserved { _lock: lock })
}

/// Where a round is put together: a new folder beside the final one, so that nothing else can end up in it.
fn staging(folder: &Path) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    parent(folder).join(format!(".{name}.incomplete-{}", std::process::id()))
}

/// The folder in which a path lies; the present one for a bare name.
pub(crate) fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The names under which a round was published: those its publication lists, and the publication itself.
///
/// `None` without a readable publication. Nothing is verified here.
pub(crate) fn published_names(files: &Files) -> Option<Vec<String>> {
    let publication: Publication = statement::decode(files.get(name::PUBLICATION)?).ok()?;
    let own = [name::PUBLICATION, name::PUBLICATION_NOTE].map(str::to_owned);
    Some(publication.files.into_keys().chain(own).collect())
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
        if !size.is_file() {
            let problem = Problem::new("V0702", "this is not part of the round").why("a round holds plain files only");
            return Err(problem.remedy("move it elsewhere").at(Place::file(&path)).into());
        }
        if size.len() > MOST_BYTES || files.len() >= MOST_FILES {
            return Err(unreadable(&path, "there are more or larger files than a round has".to_owned()));
        }
        files.insert(name, fs::read(&path).map_err(|error| unreadable(&path, error.to_string()))?);
    }
    Ok(files)
}
