//! Records made once: what a party has bound itself to, durable before anyone else learns of it.
//!
//! A party that signs, charges or answers at most once per key first records what it is about to send.
//! After a crash it finds the record and sends the same bytes again; it can never be brought to record
//! different bytes under the same key.
//!
//! Assumption: the disk keeps what it confirmed as written, and the store is not restored from a backup.
//! Keep a round's private keys in the same store and exclude it from backups: a restore then loses
//! both, and the party merely counts as offline. A rolled-back machine snapshot counts as malicious.
//!
//! Not here: what the keys mean; protection against whoever can write to the file.

mod memory;
mod sqlite;

pub use memory::MemoryRecords;
pub use sqlite::SqliteRecords;

use std::path::PathBuf;

/// Most bytes of a key.
pub const MAX_KEY_BYTES: usize = 512;
/// Most bytes of a value.
pub const MAX_VALUE_BYTES: usize = 64 << 20;

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It was made now, and is durable.
    New,
    /// The same value was recorded before.
    Same,
}

/// Why a record was not made or read. No message contains a value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Another value is recorded under the key.
    #[error("something else was recorded under {key:?} before; it stands, and nothing was changed")]
    Conflict {
        /// The key.
        key: String,
    },
    /// The value was erased; the key stays used.
    #[error("what was recorded under {key:?} was erased, and the key cannot be used again")]
    Erased {
        /// The key.
        key: String,
    },
    /// The key cannot be used.
    #[error("{key:?} cannot be a key: use 1 to 512 printable ASCII characters without spaces")]
    Key {
        /// The key, shortened.
        key: String,
    },
    /// The value is too long.
    #[error("the value for {key:?} has {found} bytes; at most {MAX_VALUE_BYTES} are kept")]
    TooLong {
        /// The key.
        key: String,
        /// Bytes of the value.
        found: usize,
    },
    /// The file was written by a newer version.
    #[error("{path:?} has format {found}, but this program knows formats up to {supported}: use the newer program")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Format found.
        found: i64,
        /// Newest format known.
        supported: i64,
    },
    /// The file is a database of something else.
    #[error("{path:?} is a database, but not one of records: choose another file")]
    NotRecords {
        /// The file.
        path: PathBuf,
    },
    /// The file system does not give what durability needs.
    #[error("{path:?} cannot be made durable: {setting} stays {found:?}; move it to a local disk")]
    NotDurable {
        /// The file.
        path: PathBuf,
        /// The setting that was refused.
        setting: &'static str,
        /// Its value.
        found: String,
    },
    /// The file cannot be created or synchronised.
    #[error("{path:?} cannot be created or synchronised: {source}")]
    File {
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file's content is not what a database writes.
    #[error("the records in {path:?} are damaged: {source}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: rusqlite::Error,
    },
    /// The database failed. Whether the last record was made is unknown: repeat it.
    #[error("the records in {path:?} cannot be read or written: {source}; free the disk or the lock, then repeat")]
    Database {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: rusqlite::Error,
    },
}

/// A sign-once store. Every record is durable before the method returns.
pub trait Records {
    /// Records a value under a key, once and for all.
    ///
    /// # Errors
    /// [`RecordError::Conflict`] if another value is recorded, and those of the implementation.
    fn record_once(&mut self, key: &str, value: &[u8]) -> Result<Recorded, RecordError> {
        let outcome = self.record_all(&[(key.to_owned(), value.to_vec())])?;
        Ok(outcome.first().copied().unwrap_or(Recorded::Same))
    }

    /// Records several values: all of them, or on any error none.
    ///
    /// # Errors
    /// As [`Self::record_once`], for the first key that fails.
    fn record_all(&mut self, batch: &[(String, Vec<u8>)]) -> Result<Vec<Recorded>, RecordError>;

    /// What is recorded under the key; `None` also where it was erased.
    ///
    /// # Errors
    /// Those of the implementation.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, RecordError>;

    /// All records whose key starts with the prefix, sorted by key, without erased ones.
    ///
    /// # Errors
    /// Those of the implementation.
    fn list(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, RecordError>;

    /// Erases a value, such as a round's private key after the round; the key stays used for ever.
    /// Returns whether there was something to erase.
    ///
    /// # Errors
    /// Those of the implementation.
    ///
    /// # Security
    /// Overwritten in the file, but deleted journals, wear levelling and copy-on-write may keep old blocks.
    fn erase(&mut self, key: &str) -> Result<bool, RecordError>;
}

fn check(key: &str, value: &[u8]) -> Result<(), RecordError> {
    if key.is_empty() || key.len() > MAX_KEY_BYTES || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(RecordError::Key { key: key.chars().take(64).collect() });
    }
    if value.len() > MAX_VALUE_BYTES {
        return Err(RecordError::TooLong { key: key.to_owned(), found: value.len() });
    }
    Ok(())
}

/// Compares what is stored under a used key (`None`: erased) with what is to be recorded.
fn same(key: &str, stored: Option<&[u8]>, value: &[u8]) -> Result<Recorded, RecordError> {
    match stored {
        None => Err(RecordError::Erased { key: key.to_owned() }),
        Some(known) if known == value => Ok(Recorded::Same),
        Some(_) => Err(RecordError::Conflict { key: key.to_owned() }),
    }
}

#[cfg(test)]
mod tests;
