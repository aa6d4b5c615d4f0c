//! Random tokens, and the vault that remembers which value each stands for.
//!
//! The vault is one SQLite file. A token is durable in it before it leaves: a batch is one transaction, synchronised
//! to the disk, and the tokens are handed out after its commit. Several processes may use one vault.
//!
//! # Security
//! The vault holds every value in the clear: it is as secret as the data, and losing it loses the way back.

use super::key::{create_private, open_private, sync_folder};
use super::{Context, MAX_VALUE_BYTES, Method, OwnError};
use crate::random;
use data_encoding::{BASE32_NOPAD, Encoding};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// The beginning of every token.
const TAG: &str = "tok1";
/// 128 bits: 2^64 values until two are likely to meet.
const TOKEN_BYTES: usize = 16;
/// Marks the file as ours: "ghtv".
const APPLICATION: i64 = 0x6768_7476;
const FORMAT: i64 = 1;
const PATIENCE: Duration = Duration::from_secs(10);
const ENCODING: &Encoding = &BASE32_NOPAD;

const SCHEMA: &str = "
    CREATE TABLE token (
        domain TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, token TEXT NOT NULL UNIQUE,
        PRIMARY KEY (domain, field, value)
    ) STRICT, WITHOUT ROWID;";

/// The file that remembers tokens.
pub struct Vault {
    path: PathBuf,
    database: Connection,
}

impl Vault {
    /// Makes a new, empty vault that only its owner can read.
    ///
    /// # Errors
    /// If the file exists or cannot be written.
    pub fn create(path: &Path) -> Result<Self, OwnError> {
        create_private(path)?;
        sync_folder(path).map_err(|source| OwnError::File { path: path.to_owned(), source })?;
        let vault = Self::connect(path)?;
        let marks = format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {FORMAT};");
        let made = vault.database.execute_batch(&format!("BEGIN IMMEDIATE; {SCHEMA} {marks} COMMIT;"));
        made.map_err(vault.failed())?;
        Ok(vault)
    }

    /// Opens a vault that is there.
    ///
    /// # Errors
    /// If it is missing, readable by others, or no vault.
    pub fn open(path: &Path) -> Result<Self, OwnError> {
        open_private(path)?;
        let vault = Self::connect(path)?;
        let mark = |name: &str| vault.database.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let not_ours = |_| OwnError::NotAVault { path: path.to_owned() };
        let (application, format) =
            (mark("application_id").map_err(not_ours)?, mark("user_version").map_err(not_ours)?);
        match (application, format) {
            (APPLICATION, FORMAT) => Ok(vault),
            (APPLICATION, found) => Err(OwnError::NewerVault { path: path.to_owned(), found }),
            _ => Err(OwnError::NotAVault { path: path.to_owned() }),
        }
    }

    fn connect(path: &Path) -> Result<Self, OwnError> {
        let failed = |source| OwnError::Vault { path: path.to_owned(), source };
        let database = Connection::open(path).map_err(failed)?;
        database.busy_timeout(PATIENCE).map_err(failed)?;
        // The journal's own removal is synchronised as well: what is committed stays.
        database.execute_batch("PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA;").map_err(failed)?;
        Ok(Self { path: path.to_owned(), database })
    }

    fn failed(&self) -> impl Fn(rusqlite::Error) -> OwnError + use<> {
        let path = self.path.clone();
        move |source| OwnError::Vault { path: path.clone(), source }
    }
}

/// The tokens of a column.
pub struct Tokens {
    vault: Vault,
    context: Context,
}

impl Tokens {
    /// Takes the vault of a column.
    pub const fn new(vault: Vault, context: Context) -> Self {
        Self { vault, context }
    }

    /// The tokens of values, in their order; new ones are durable before this returns.
    ///
    /// # Errors
    /// If a value is too long, there is no randomness, or the vault fails; no token leaves then.
    pub fn replace_all(&mut self, values: &[&str]) -> Result<Vec<String>, OwnError> {
        if let Some(long) = values.iter().find(|value| value.len() > MAX_VALUE_BYTES) {
            return Err(OwnError::TooLong { found: long.len(), limit: MAX_VALUE_BYTES });
        }
        let failed = self.vault.failed();
        let begun = self.vault.database.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&failed)?;
        let tokens =
            values.iter().map(|value| token(&begun, &self.context, value, &failed)).collect::<Result<_, _>>()?;
        begun.commit().map_err(&failed)?;
        Ok(tokens)
    }

    /// The value a token stands for.
    ///
    /// # Errors
    /// If it is no token of this column's.
    pub fn restore(&self, token: &str) -> Result<Zeroizing<String>, OwnError> {
        let other = || OwnError::NotAPseudonym { method: Method::Token };
        token.strip_prefix(&self.context.prefix(TAG)).ok_or_else(other)?;
        let query = "SELECT value FROM token WHERE token = ?1 AND domain = ?2 AND field = ?3";
        let parameters = (token, self.context.domain(), self.context.column());
        let found = self.vault.database.query_row(query, parameters, |row| row.get(0)).optional();
        found.map_err(self.vault.failed())?.map(Zeroizing::new).ok_or_else(other)
    }
}

/// The token of a value, made now if there is none.
fn token(
    begun: &Transaction<'_>,
    context: &Context,
    value: &str,
    failed: &impl Fn(rusqlite::Error) -> OwnError,
) -> Result<String, OwnError> {
    let query = "SELECT token FROM token WHERE domain = ?1 AND field = ?2 AND value = ?3";
    let mut known = begun.prepare_cached(query).map_err(failed)?;
    let parameters = (context.domain(), context.column(), value);
    if let Some(token) = known.query_row(parameters, |row| row.get(0)).optional().map_err(failed)? {
        return Ok(token);
    }
    let mut bytes = [0; TOKEN_BYTES];
    random::fill(&mut bytes)?;
    let token = context.prefix(TAG) + &ENCODING.encode(&bytes);
    let insert = "INSERT INTO token (domain, field, value, token) VALUES (?1, ?2, ?3, ?4)";
    let mut insert = begun.prepare_cached(insert).map_err(failed)?;
    insert.execute((context.domain(), context.column(), value, &token)).map_err(failed)?;
    Ok(token)
}
