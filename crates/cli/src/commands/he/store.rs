//! Reading and writing files of keys, uploads and results; secrets only for their owner's eyes.

use crate::{Failure, Place, Problem};
use guildhall_he::Identity;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;

/// Longest file that is read whole.
const LONGEST: u64 = 1 << 27;

/// Reads a file of bounded length.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable = |why: String| {
        Problem::new("U0004", "the file cannot be read").at(Place::file(path)).why(why).remedy("check the name")
    };
    let file = fs::File::open(path).map_err(|error| unreadable(error.to_string()))?;
    let mut bytes = Vec::new();
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

/// Replaces a record by a longer one, so that a crash leaves one of the two.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let beside = path.with_extension(format!("new-{}", std::process::id()));
    write(&beside, bytes)?;
    let done = fs::rename(&beside, path).and_then(|()| fs::File::open(crate::round::parent(path))?.sync_all());
    done.map_err(|error| cannot(path, &error))
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

fn write_with(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    match options.open(path).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all())) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let problem = Problem::new("R0842", "the file exists already; nothing was written");
            Err(problem.remedy("choose another name, or remove it yourself").at(Place::file(path)).into())
        }
        done => done.map_err(|error| cannot(path, &error)),
    }
}

fn cannot(path: &Path, error: &std::io::Error) -> Failure {
    let problem = Problem::new("U0005", "the file or folder cannot be used").why(error.to_string());
    problem.remedy("choose another place").at(Place::file(path)).into()
}
