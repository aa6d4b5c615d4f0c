//! What a trustee must not forget: a store of records made once, which the caller provides.
//!
//! Counts and used tickets are recorded before the answer they belong to exists, so that a crash can cost an answer but
//! never a count.
//!
//! Assumption: what was recorded stays, also over crashes and restarts, and the store is not restored from a backup.

use std::collections::BTreeMap;
use std::error::Error as StdError;

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It was made now, and is durable.
    New,
    /// The same value was recorded before.
    Same,
}

/// Why the store did not do as asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another value is recorded, or was and is erased.
    #[error("something else was recorded under {key:?} before; it stands")]
    Conflict {
        /// The key.
        key: String,
    },
    /// The store failed; whether the record was made is unknown.
    #[error("the store failed: {0}")]
    Failed(#[source] Box<dyn StdError + Send + Sync>),
}

/// A store of records made once. Each method returns only after the change is durable.
///
/// Keys are at most 512 printable ASCII characters without spaces.
pub trait Store {
    /// Records a value under a key, once and for all.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if another value is or was recorded.
    fn record(&mut self, key: &str, value: &[u8]) -> Result<Recorded, StoreError>;

    /// What is recorded under a key; `None` also where it was erased.
    ///
    /// # Errors
    /// If the store failed.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// The last key with this prefix in the order of bytes, and its value; erased ones do not count.
    ///
    /// # Errors
    /// If the store failed.
    fn last(&self, prefix: &str) -> Result<Option<(String, Vec<u8>)>, StoreError>;

    /// All keys with this prefix, but for erased ones.
    ///
    /// # Errors
    /// If the store failed.
    fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreError>;

    /// Erases a value; its key stays used for ever. Returns whether there was something to erase.
    ///
    /// # Errors
    /// If the store failed.
    fn erase(&mut self, key: &str) -> Result<bool, StoreError>;
}

/// A store in memory, for tests and single runs: it forgets everything when the program ends.
#[derive(Default)]
pub struct ForgetfulStore(BTreeMap<String, Option<Vec<u8>>>);

impl Store for ForgetfulStore {
    fn record(&mut self, key: &str, value: &[u8]) -> Result<Recorded, StoreError> {
        match self.0.get(key) {
            Some(Some(known)) if known == value => Ok(Recorded::Same),
            Some(_) => Err(StoreError::Conflict { key: key.to_owned() }),
            None => {
                self.0.insert(key.to_owned(), Some(value.to_owned()));
                Ok(Recorded::New)
            }
        }
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.get(key).cloned().flatten())
    }

    fn last(&self, prefix: &str) -> Result<Option<(String, Vec<u8>)>, StoreError> {
        let all = self.0.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        Ok(all.filter_map(|(key, value)| Some((key.clone(), value.clone()?))).last())
    }

    fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let all = self.0.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        Ok(all.filter(|(_, value)| value.is_some()).map(|(key, _)| key.clone()).collect())
    }

    fn erase(&mut self, key: &str) -> Result<bool, StoreError> {
        Ok(self.0.get_mut(key).is_some_and(|value| value.take().is_some()))
    }
}
