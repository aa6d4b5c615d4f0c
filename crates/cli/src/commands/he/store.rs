//! Reading and writing files of keys, uploads and results; secrets only for their owner's eyes.

use crate::staged::{self, Staged, Whole, check_plain};
use crate::{Failure, Place, Problem};
use guildhall_he::Identity;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use zeroize::Zeroizing;

/// Longest file that is read whole.
const LONGEST: u64 = 1 << 27;

/// Reads a plain file of bounded length.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    check_plain(path)?;
    take(path, &opened(path)?)
}

/// Reads a secret that only its owner can read.
///
/// # Errors
/// Besides those of [`read`], if others may read or write it: they may have read it, or put another in its place.
pub(super) fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    check_plain(path)?;
    let file = opened(path)?;
    #[cfg(unix)]
    {
        let metadata = file.metadata().map_err(|error| unreadable(path, error.to_string()))?;
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
        if mode & 0o077 != 0 {
            let problem = Problem::new("K0402", format!("others may use this secret file (mode {mode:o})"));
            let remedy = "if this is a public file, name the secret one; else run chmod 600 on it, or make a new one";
            return Err(problem.remedy(remedy).at(Place::file(path)).into());
        }
    }
    take(path, &file).map(Zeroizing::new)
}

fn opened(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|error| unreadable(path, error.to_string()))
}

fn take(path: &Path, file: &File) -> Result<Vec<u8>, Failure> {
    // Room for all of it: a secret that grows leaves copies behind that nobody wipes.
    let length = file.metadata().map_or(0, |data| data.len().min(LONGEST));
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1);
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, error.to_string()))?;
    if bytes.len() as u64 > LONGEST {
        return Err(unreadable(path, "it is longer than any such file".to_owned()));
    }
    Ok(bytes)
}

fn unreadable(path: &Path, why: String) -> Failure {
    let problem = Problem::new("U0004", "the file cannot be read").at(Place::file(path)).why(why);
    problem.remedy("check the name").into()
}

/// Writes a new file, durably; never over another.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_with(path, bytes, 0o644)
}

/// Writes a new file that only its owner can read, durably; never over another.
pub(super) fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_with(path, bytes, 0o600)
}

/// Writes a file, unless it is there with the same content already.
pub(super) fn write_once(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if path.exists() && read(path)? == bytes { Ok(()) } else { write(path, bytes) }
}

/// Writes a file that only its owner can read, unless it is there with the same content already.
pub(super) fn write_secret_once(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if path.exists() && read(path)? == bytes { Ok(()) } else { write_secret(path, bytes) }
}

/// Replaces a record by a longer one that only its owner can read, so that a crash leaves one of the two.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    beside(path, bytes, 0o600)?.replace()
}

/// Refuses a name at which something is.
pub(super) fn check_free(path: &Path) -> Result<(), Failure> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    let problem = Problem::new("R0842", "the file exists already; nothing was written");
    Err(problem.remedy("choose another name, or remove it yourself").at(Place::file(path)).into())
}

/// Overwrites a secret that is no longer needed, and removes it. What the disk itself keeps, or a backup, is out of reach.
pub(super) fn wipe(path: &Path) -> Result<(), Failure> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    let zeros = || -> std::io::Result<()> {
        let mut file = File::options().write(true).open(path)?;
        file.write_all(&vec![0; usize::try_from(file.metadata()?.len()).unwrap_or_default()])?;
        file.sync_all()?;
        fs::remove_file(path)?;
        if cfg!(unix) { File::open(crate::round::parent(path))?.sync_all() } else { Ok(()) }
    };
    zeros().map_err(|error| cannot(path, &error))
}

/// Creates a folder.
pub(super) fn folder(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|error| cannot(path, &error))
}

/// Creates a folder that only its owner can enter, or takes one that is there; overwrites what a killed run left in it.
pub(super) fn secret_folder(path: &Path) -> Result<(), Failure> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).and_then(|()| staged::wipe_left(path)).map_err(|error| cannot(path, &error))
}

/// An identity from its file, which is made where it is not there.
pub(super) fn identity(path: &Path) -> Result<(Identity, bool), Failure> {
    use super::At;
    if path.symlink_metadata().is_ok() {
        return Ok((Identity::decode(&read_secret(path)?).at(path)?, false));
    }
    let identity = Identity::generate().at(path)?;
    write_secret(path, &identity.expose_file())?;
    Ok((identity, true))
}

/// The whole file appears under its name or nothing does.
fn write_with(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    check_free(path)?;
    beside(path, bytes, mode)?.place()
}

/// Writes a file durably under a name of its own in the same folder.
fn beside(path: &Path, bytes: &[u8], mode: u32) -> Result<Whole, Failure> {
    let mut staged = Staged::create_unguessable(path, mode)?;
    staged.write_all(bytes).map_err(|error| cannot(path, &error))?;
    staged.whole()
}

fn cannot(path: &Path, error: &std::io::Error) -> Failure {
    let problem = Problem::new("U0005", "the file or folder cannot be used").why(error.to_string());
    problem.remedy("choose another place").at(Place::file(path)).into()
}
