//! Files that appear under their name only when they are whole, gzipped where the name ends in `.gz`.
//!
//! Until then the rows stand beside their place in `.NAME.guildhall-part`, readable by their owner only; keys and what
//! goes into a shared folder stand in `.NAME-RANDOM.guildhall-part`, whose name nobody can prepare. An error and
//! Ctrl-C take that file away; what a killed run left is found by its name and taken away by the next run that writes
//! into the folder. A part file is locked while it is written, so that a run that is still going keeps its own.
//!
//! Assumption: the file system keeps locks; where it does not, a foreign part file stays and is named.

use crate::{Failure, Place, Problem, round};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tempfile::TempPath;

/// The end of a part file's name.
const PART: &str = ".guildhall-part";

/// Part files of this process, for Ctrl-C.
static OPEN: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn open_parts() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes every part file of this process: it is about to end.
///
/// Whatever would still be put in place afterwards finds its part file gone.
pub(crate) fn abandon() {
    for part in open_parts().iter() {
        // Nothing more can be done where even this fails; the next run tries again.
        let _ = fs::remove_file(part);
    }
}

/// A part file of this process: taken away unless it was put in place.
struct Part(PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
        open_parts().remove(&self.0);
    }
}

/// A file on its way to its place; dropped before it is there, nothing is left of it.
pub(crate) struct Staged {
    target: PathBuf,
    part: Part,
    sink: Sink,
}

enum Sink {
    Plain(BufWriter<File>),
    Gzip(Box<GzEncoder<BufWriter<File>>>),
}

/// A file whose content is whole and on the disk, not yet under its name; dropped, nothing is left of it.
pub(crate) struct Whole {
    target: PathBuf,
    part: Part,
    /// Keeps the lock.
    _file: File,
}

impl Staged {
    /// Begins a new file, and takes away what killed runs left in its folder.
    ///
    /// # Errors
    /// If the target is there, somebody else is writing it, or the folder cannot be written.
    pub(crate) fn create(target: &Path) -> Result<Self, Failure> {
        check_free(target)?;
        let part = part_of(target);
        sweep(round::parent(target));
        let file = create_private(&part).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => busy(target, &part),
            _ => unwritable(target, &error),
        })?;
        open_parts().insert(part.clone());
        let part = Part(part);
        let file = BufWriter::new(file);
        let sink = if gzipped(target) {
            Sink::Gzip(Box::new(GzEncoder::new(file, Compression::default())))
        } else {
            Sink::Plain(file)
        };
        Ok(Self { target: target.to_owned(), part, sink })
    }

    /// Begins a new file that is never packed, under a name that nobody can guess: for secrets, and for folders that others
    /// may write to. `mode` is who may read it, less what the umask takes away.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub(crate) fn create_unguessable(target: &Path, mode: u32) -> Result<Self, Failure> {
        sweep(round::parent(target));
        let (file, part) = create_anew(target, mode).map_err(|error| unwritable(target, &error))?;
        open_parts().insert(part.clone());
        // No buffer: a secret in it would stay in memory.
        let sink = Sink::Plain(BufWriter::with_capacity(0, file));
        Ok(Self { target: target.to_owned(), part: Part(part), sink })
    }

    /// Brings everything that was written to the disk.
    ///
    /// # Errors
    /// If the disk does not take it; then nothing is left of it.
    pub(crate) fn whole(self) -> Result<Whole, Failure> {
        let Self { target, part, sink } = self;
        let flushed = match sink {
            Sink::Plain(file) => Ok(file),
            Sink::Gzip(gzip) => gzip.finish(),
        };
        let file = flushed.and_then(|file| file.into_inner().map_err(io::IntoInnerError::into_error));
        let file = file.and_then(|file| file.sync_all().map(|()| file)).map_err(|error| unwritable(&target, &error))?;
        Ok(Whole { target, part, _file: file })
    }
}

impl Write for Staged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.sink {
            Sink::Plain(file) => file.write(bytes),
            Sink::Gzip(gzip) => gzip.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::Plain(file) => file.flush(),
            Sink::Gzip(gzip) => gzip.flush(),
        }
    }
}

impl Whole {
    /// What the disk holds, unpacked, so that it can be checked before it gets its name.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn reopen(&self) -> Result<Box<dyn Read>, Failure> {
        let file = File::open(&self.part.0).map_err(|error| unwritable(&self.target, &error))?;
        Ok(unpack(file, gzipped(&self.target)))
    }

    /// Gives the file its name, durably, and never over another one.
    ///
    /// # Errors
    /// If something has taken the name meanwhile, or the folder cannot be written; then nothing is left of it.
    pub(crate) fn place(self) -> Result<(), Failure> {
        let part = TempPath::try_from_path(&self.part.0).map_err(|error| unwritable(&self.target, &error))?;
        part.persist_noclobber(&self.target).map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => taken(&self.target),
            _ => unwritable(&self.target, &error.error),
        })?;
        sync_folder(round::parent(&self.target)).map_err(|error| unwritable(&self.target, &error))
    }
}

impl Whole {
    /// Gives the file its name, durably, in place of the one that has it.
    ///
    /// # Errors
    /// If the folder cannot be written; then the old file stays.
    pub(crate) fn replace(self) -> Result<(), Failure> {
        fs::rename(&self.part.0, &self.target)
            .and_then(|()| sync_folder(round::parent(&self.target)))
            .map_err(|error| unwritable(&self.target, &error))
    }
}

/// Makes a new name in a folder durable, where folders can be synchronised.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Refuses a path at which something is.
///
/// # Errors
/// With exit code 8.
pub(crate) fn check_free(target: &Path) -> Result<(), Failure> {
    if target.symlink_metadata().is_ok() { Err(taken(target)) } else { Ok(()) }
}

/// Whether a name asks for gzip.
pub(crate) fn gzipped(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"))
}

/// Opens a file, unpacked if its name ends in `.gz`.
///
/// # Errors
/// If it cannot be opened.
pub(crate) fn unpacked(path: &Path) -> io::Result<Box<dyn Read>> {
    Ok(unpack(File::open(path)?, gzipped(path)))
}

fn unpack(file: File, packed: bool) -> Box<dyn Read> {
    if packed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) }
}

/// Refuses what is no plain file: a pipe can be read only once, and waiting for its writer would hang.
///
/// # Errors
/// With code U0004.
pub(crate) fn check_plain(path: &Path) -> Result<(), Failure> {
    let unreadable = |why: String, remedy: &str| -> Failure {
        let problem = Problem::new("U0004", "the file cannot be read").why(why).remedy(remedy);
        problem.at(Place::file(path)).into()
    };
    match fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(()),
        Ok(_) => Err(unreadable(
            "it is a folder, pipe or device, and the rows are read twice".to_owned(),
            "write the rows into a plain file and name that",
        )),
        Err(error) => Err(unreadable(error.to_string(), "check the path and your permissions")),
    }
}

fn part_of(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    round::parent(target).join(format!(".{name}{PART}"))
}

/// Takes away part files in a folder that nobody is writing.
fn sweep(folder: &Path) {
    for path in left(folder) {
        let _ = fs::remove_file(path);
    }
}

/// Part files in a folder that nobody is writing.
fn left(folder: &Path) -> Vec<PathBuf> {
    let is_left = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| name.starts_with('.') && name.ends_with(PART));
        ours && entry.file_type().is_ok_and(|kind| kind.is_file())
            && !open_parts().contains(&entry.path())
            && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok())
    };
    fs::read_dir(folder).into_iter().flatten().flatten().filter(is_left).map(|entry| entry.path()).collect()
}

/// Creates and locks a file that only its owner may read or write.
fn create_private(part: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(part)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(io::ErrorKind::AlreadyExists.into()),
        // Without locks a run that is killed leaves a file that the next one names.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}

/// Creates and locks a file of a random name beside its place.
fn create_anew(target: &Path, mode: u32) -> io::Result<(File, PathBuf)> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let prefix = format!(".{name}-");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(PART).rand_bytes(16);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    let _ = mode;
    let made = builder.tempfile_in(round::parent(target))?;
    // Without locks a killed run leaves a file that stays until somebody removes it.
    let _ = made.as_file().try_lock();
    made.keep().map_err(|error| error.error)
}

/// Overwrites with zeros and removes what killed runs left of files in a folder of secrets.
///
/// # Errors
/// If such a file cannot be overwritten.
pub(crate) fn wipe_left(folder: &Path) -> io::Result<()> {
    for path in left(folder) {
        let mut file = File::options().write(true).open(&path)?;
        file.write_all(&vec![0; usize::try_from(file.metadata()?.len()).unwrap_or_default()])?;
        file.sync_all()?;
        fs::remove_file(&path)?;
    }
    Ok(())
}

fn taken(target: &Path) -> Failure {
    let problem = Problem::new("U0003", "the file is there already");
    problem.remedy("choose another name, or remove the file yourself").at(Place::file(target)).into()
}

fn busy(target: &Path, part: &Path) -> Failure {
    let problem = Problem::new("R0753", "another guildhall is writing this file").at(Place::file(target));
    let remedy = format!("wait until it is done; if none is running, remove {} and repeat", part.display());
    problem.remedy(remedy).into()
}

fn unwritable(target: &Path, error: &io::Error) -> Failure {
    let problem = Problem::new("U0005", "the file or folder cannot be written").why(error.to_string());
    problem.remedy("check the path, your permissions and the room on the disk").at(Place::file(target)).into()
}

#[cfg(test)]
mod tests;
