//! Records in one SQLite file.
//!
//! Rollback journal and `synchronous = EXTRA`: a commit returns only after the file, the journal's removal
//! and the directory are on the disk (<https://sqlite.org/pragma.html#pragma_synchronous>). A rollback
//! journal and not a write-ahead log, because a record must not live in a second file that a copy may
//! miss, and because an erased secret must not survive in a log. `secure_delete` overwrites it with zeros.

use super::{RecordError, Recorded, Records, check, same};
use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Marks the file as one of records: "GhRc".
const APPLICATION: i64 = 0x4768_5263;
const FORMAT: i64 = 1;
const WAIT_FOR_LOCK: Duration = Duration::from_secs(60);
const SCHEMA: &str = "CREATE TABLE records (key TEXT NOT NULL PRIMARY KEY, value BLOB) STRICT;";

/// Durable records in one file, safe for several processes at once.
pub struct SqliteRecords {
    path: PathBuf,
    database: Connection,
}

impl SqliteRecords {
    /// Opens the file, or creates it readable by its owner only.
    ///
    /// # Errors
    /// [`RecordError::Newer`], [`RecordError::NotRecords`], [`RecordError::NotDurable`], [`RecordError::File`],
    /// [`RecordError::Damaged`], [`RecordError::Database`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, RecordError> {
        let path = path.as_ref().to_owned();
        create_file(&path).map_err(|source| RecordError::File { path: path.clone(), source })?;
        let database = Connection::open(&path).map_err(failed(&path))?;
        let mut records = Self { path, database };
        records.configure().map_err(failed(&records.path))?;
        records.prepare()?;
        records.check_durable()?;
        sync_directory(&records.path)?;
        Ok(records)
    }

    fn configure(&self) -> rusqlite::Result<()> {
        self.database.busy_timeout(WAIT_FOR_LOCK)?;
        for (setting, value) in
            [("synchronous", "EXTRA"), ("fullfsync", "ON"), ("secure_delete", "ON"), ("trusted_schema", "OFF")]
        {
            self.database.pragma_update(None, setting, value)?;
        }
        Ok(())
    }

    /// Creates the table in an empty file, refuses other and newer ones.
    fn prepare(&mut self) -> Result<(), RecordError> {
        let path = self.path.clone();
        let transaction = self.begin()?;
        let (application, format, tables) = identify(&transaction).map_err(failed(&path))?;
        match (application, format) {
            (0, 0) if tables == 0 => {
                transaction.execute_batch(SCHEMA).map_err(failed(&path))?;
                transaction.pragma_update(None, "application_id", APPLICATION).map_err(failed(&path))?;
                transaction.pragma_update(None, "user_version", FORMAT).map_err(failed(&path))?;
                transaction.commit().map_err(failed(&path))
            }
            (APPLICATION, FORMAT) if tables > 0 => Ok(()),
            (APPLICATION, found) if found > FORMAT => Err(RecordError::Newer { path, found, supported: FORMAT }),
            _ => Err(RecordError::NotRecords { path }),
        }
    }

    /// Reads back what SQLite may silently decline.
    fn check_durable(&self) -> Result<(), RecordError> {
        for (setting, wanted) in [("journal_mode", "delete"), ("synchronous", "3")] {
            let read = |row: &rusqlite::Row<'_>| {
                let value: rusqlite::types::Value = row.get(0)?;
                Ok(match value {
                    rusqlite::types::Value::Text(text) => text,
                    rusqlite::types::Value::Integer(number) => number.to_string(),
                    other => format!("{other:?}"),
                })
            };
            let found: String = self.database.pragma_query_value(None, setting, read).map_err(failed(&self.path))?;
            if found != wanted {
                return Err(RecordError::NotDurable { path: self.path.clone(), setting, found });
            }
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<Transaction<'_>, RecordError> {
        let begun = self.database.transaction_with_behavior(TransactionBehavior::Immediate);
        begun.map_err(failed(&self.path))
    }
}

impl Records for SqliteRecords {
    fn record_all(&mut self, batch: &[(String, Vec<u8>)]) -> Result<Vec<Recorded>, RecordError> {
        let path = self.path.clone();
        let transaction = self.begin()?;
        let outcome = batch.iter().map(|(key, value)| record(&transaction, &path, key, value));
        let outcome = outcome.collect::<Result<Vec<_>, _>>()?;
        if outcome.contains(&Recorded::New) {
            transaction.commit().map_err(failed(&path))?;
        }
        Ok(outcome)
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, RecordError> {
        let stored = stored(&self.database, key).map_err(failed(&self.path))?;
        Ok(stored.flatten())
    }

    fn list(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, RecordError> {
        let select = "SELECT key, value FROM records WHERE key >= ?1 AND key < ?2 AND value IS NOT NULL ORDER BY key";
        let read = || {
            // Keys are printable ASCII, all of which sort before this character.
            let end = format!("{prefix}\u{7f}");
            let mut statement = self.database.prepare_cached(select)?;
            let rows = statement.query_map([prefix, &end], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(failed(&self.path))
    }

    fn erase(&mut self, key: &str) -> Result<bool, RecordError> {
        let path = self.path.clone();
        let transaction = self.begin()?;
        let update = "UPDATE records SET value = NULL WHERE key = ?1 AND value IS NOT NULL";
        let erased = transaction.execute(update, [key]).map_err(failed(&path))?;
        transaction.commit().map_err(failed(&path))?;
        Ok(erased > 0)
    }
}

impl fmt::Debug for SqliteRecords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SqliteRecords({:?})", self.path)
    }
}

fn record(database: &Connection, path: &Path, key: &str, value: &[u8]) -> Result<Recorded, RecordError> {
    check(key, value)?;
    if let Some(known) = stored(database, key).map_err(failed(path))? {
        return same(key, known.as_deref(), value);
    }
    let insert = database.prepare_cached("INSERT INTO records (key, value) VALUES (?1, ?2)");
    insert.and_then(|mut statement| statement.execute((key, value))).map_err(failed(path))?;
    Ok(Recorded::New)
}

/// `None`: never recorded; `Some(None)`: erased.
fn stored(database: &Connection, key: &str) -> rusqlite::Result<Option<Option<Vec<u8>>>> {
    let mut select = database.prepare_cached("SELECT value FROM records WHERE key = ?1")?;
    select.query_row([key], |row| row.get(0)).optional()
}

fn identify(database: &Connection) -> rusqlite::Result<(i64, i64, i64)> {
    let number = |pragma| database.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let tables = database.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok((number("application_id")?, number("user_version")?, tables))
}

fn failed(path: &Path) -> impl Fn(rusqlite::Error) -> RecordError {
    let path = path.to_owned();
    move |source| match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            RecordError::Damaged { path: path.clone(), source }
        }
        _ => RecordError::Database { path: path.clone(), source },
    }
}

/// Creates the file before SQLite does, so that nobody else can read it at any moment.
fn create_file(path: &Path) -> std::io::Result<()> {
    // A pipe would keep whoever opens it waiting for ever.
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is no ordinary file"));
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Makes the name of a new file durable. SQLite does this for its journal only.
fn sync_directory(path: &Path) -> Result<(), RecordError> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let synced = File::open(parent).and_then(|directory| directory.sync_all());
    synced.map_err(|source| RecordError::File { path: parent.to_owned(), source })
}
