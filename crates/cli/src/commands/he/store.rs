//! Reading and writing files of keys, uploads and results; secrets only for their owner's eyes.

use crate::{Failure, Place, Problem};
use guildhall_he::Identity;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// Longest file that is read whole.
const LONGEST: u64 = 1 << 27;

/// Reads a file of bounded length.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable = |why: String| {
        Problem::new("U0004", "the file cannot be read").at(Place::file(path)).why(why).remedy("check the name")
    };
    let file = fs::File::open(path).map_err(|error| unreadable(error.to_string()))?;
    // Room for all of it: a secret that grows leaves copies behind that nobody wipes.
    let length = file.metadata().map_or(0, |data| data.len().min(LONGEST));
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1);
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > LONGEST {
        return Err(unreadable("it is longer than any such file".to_owned()).into());
    }
    Ok(bytes)
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

/// Replaces a record by a longer one, so that a crash leaves one of the two.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let done = beside(path, bytes, 0o644).and_then(|fresh| fs::rename(fresh, path)).and_then(|()| settle(path));
    done.map_err(|error| cannot(path, &error))
}

/// Overwrites a secret that is no longer needed, and removes it with what a crash may have left of it. What the disk itself
/// keeps, or a backup, is out of reach.
pub(super) fn wipe(path: &Path) -> Result<(), Failure> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let left = fs::read_dir(crate::round::parent(path)).into_iter().flatten().flatten();
    let is_left = |entry: &fs::DirEntry| {
        let other = entry.file_name().to_string_lossy().into_owned();
        other == name || other.starts_with(&format!(".{name}.new-"))
    };
    for entry in left.filter(is_left) {
        let place = entry.path();
        let zeros = || -> std::io::Result<()> {
            let mut file = fs::OpenOptions::new().write(true).open(&place)?;
            file.write_all(&vec![0; usize::try_from(file.metadata()?.len()).unwrap_or_default()])?;
            file.sync_all()?;
            fs::remove_file(&place)?;
            settle(&place)
        };
        zeros().map_err(|error| cannot(&place, &error))?;
    }
    Ok(())
}

/// Creates a folder.
pub(super) fn folder(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|error| cannot(path, &error))
}

/// An identity from its file, which is made where it is not there.
pub(super) fn identity(path: &Path) -> Result<(Identity, bool), Failure> {
    use super::At;
    if path.exists() {
        let bytes = zeroize::Zeroizing::new(read(path)?);
        return Ok((Identity::decode(&bytes).at(path)?, false));
    }
    let identity = Identity::generate().at(path)?;
    write_secret(path, &identity.expose_file())?;
    Ok((identity, true))
}

/// The whole file appears under its name or nothing does.
fn write_with(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    let placed = beside(path, bytes, mode).and_then(|fresh| {
        // A link fails where the name is taken, which a rename would not.
        let linked = match fs::hard_link(&fresh, path) {
            Err(error) if error.kind() == ErrorKind::Unsupported && !path.exists() => return fs::rename(&fresh, path),
            linked => linked,
        };
        fs::remove_file(&fresh).and(linked)
    });
    match placed.and_then(|()| settle(path)) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let problem = Problem::new("R0842", "the file exists already; nothing was written");
            Err(problem.remedy("choose another name, or remove it yourself").at(Place::file(path)).into())
        }
        done => done.map_err(|error| cannot(path, &error)),
    }
}

/// Writes a file durably under a name of its own in the same folder.
fn beside(path: &Path, bytes: &[u8], mode: u32) -> std::io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let fresh = crate::round::parent(path).join(format!(".{name}.new-{}", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let mut file = options.open(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(fresh)
}

/// Makes a change of names durable.
fn settle(path: &Path) -> std::io::Result<()> {
    fs::File::open(crate::round::parent(path))?.sync_all()
}

fn cannot(path: &Path, error: &std::io::Error) -> Failure {
    let problem = Problem::new("U0005", "the file or folder cannot be used").why(error.to_string());
    problem.remedy("choose another place").at(Place::file(path)).into()
}
