//! Stores with faults: what survives a crash, a store that crashes, a store that forgets.
//!
//! Not here: power loss and torn pages; `guildhall-ledger` kills real processes over a real file.

use guildhall_ledger::{MemoryRecords, RecordError, Recorded, Records};
use std::sync::{Arc, Mutex, PoisonError};

/// What survives a crash: every copy is the same disk.
#[derive(Clone, Debug, Default)]
pub struct Disk(Arc<Mutex<MemoryRecords>>);

impl Disk {
    /// A copy as it is now, as a backup takes it: later writes do not reach it.
    pub fn backup(&self) -> Self {
        let copy = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Self(Arc::new(Mutex::new(copy)))
    }

    fn with<T>(&self, use_it: impl FnOnce(&mut MemoryRecords) -> T) -> T {
        use_it(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Records for Disk {
    fn record_all(&mut self, batch: &[(String, Vec<u8>)]) -> Result<Vec<Recorded>, RecordError> {
        self.with(|records| records.record_all(batch))
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, RecordError> {
        self.with(|records| records.get(key))
    }

    fn list(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, RecordError> {
        self.with(|records| records.list(prefix))
    }

    fn erase(&mut self, key: &str) -> Result<bool, RecordError> {
        self.with(|records| records.erase(key))
    }
}

/// On which side of a write a process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Nothing was written.
    Before,
    /// Everything was written, and nobody was told.
    After,
}

/// A store whose process dies at one write and answers nothing from then on.
#[derive(Debug)]
pub struct Crashing<R> {
    inner: R,
    at: u64,
    moment: Moment,
    writes: u64,
}

impl<R> Crashing<R> {
    /// Dies at write number `at` (from 0), erasures included.
    pub const fn new(inner: R, at: u64, moment: Moment) -> Self {
        Self { inner, at, moment, writes: 0 }
    }

    /// Whether the process has died.
    pub const fn is_dead(&self) -> bool {
        self.writes > self.at
    }

    fn write<T>(&mut self, make: impl FnOnce(&mut R) -> Result<T, RecordError>) -> Result<T, RecordError> {
        if self.is_dead() {
            return Err(died());
        }
        self.writes += 1;
        if !self.is_dead() {
            return make(&mut self.inner);
        }
        if self.moment == Moment::After {
            make(&mut self.inner)?;
        }
        Err(died())
    }

    fn read<T>(&self, make: impl FnOnce(&R) -> Result<T, RecordError>) -> Result<T, RecordError> {
        if self.is_dead() { Err(died()) } else { make(&self.inner) }
    }
}

fn died() -> RecordError {
    let source = std::io::Error::other("the process was killed");
    RecordError::File { path: "test".into(), source }
}

impl<R: Records> Records for Crashing<R> {
    fn record_all(&mut self, batch: &[(String, Vec<u8>)]) -> Result<Vec<Recorded>, RecordError> {
        self.write(|inner| inner.record_all(batch))
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, RecordError> {
        self.read(|inner| inner.get(key))
    }

    fn list(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, RecordError> {
        self.read(|inner| inner.list(prefix))
    }

    fn erase(&mut self, key: &str) -> Result<bool, RecordError> {
        self.write(|inner| inner.erase(key))
    }
}

/// A store that says it recorded and has not, for keys with one of these prefixes: the rule that stands on it is off.
#[derive(Clone, Debug)]
pub struct Forgetful<R> {
    inner: R,
    prefixes: &'static [&'static str],
}

impl<R> Forgetful<R> {
    /// Forgets keys that begin with one of `prefixes`.
    pub const fn new(inner: R, prefixes: &'static [&'static str]) -> Self {
        Self { inner, prefixes }
    }

    fn forgets(&self, key: &str) -> bool {
        self.prefixes.iter().any(|prefix| key.starts_with(prefix))
    }
}

impl<R: Records> Records for Forgetful<R> {
    fn record_all(&mut self, batch: &[(String, Vec<u8>)]) -> Result<Vec<Recorded>, RecordError> {
        let kept: Vec<_> = batch.iter().filter(|(key, _)| !self.forgets(key)).cloned().collect();
        self.inner.record_all(&kept)?;
        Ok(vec![Recorded::New; batch.len()])
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, RecordError> {
        self.inner.get(key)
    }

    fn list(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, RecordError> {
        self.inner.list(prefix)
    }

    fn erase(&mut self, key: &str) -> Result<bool, RecordError> {
        self.inner.erase(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_before_loses_the_write_and_a_crash_after_keeps_it() {
        for (moment, kept) in [(Moment::Before, None), (Moment::After, Some(b"two".to_vec()))] {
            let disk = Disk::default();
            let mut store = Crashing::new(disk.clone(), 1, moment);
            assert!(store.record_once("a", b"one").is_ok());
            assert!(store.record_once("b", b"two").is_err());
            assert!(store.is_dead() && store.get("a").is_err(), "the dead answer nothing");
            assert_eq!(disk.get("a").expect("readable"), Some(b"one".to_vec()));
            assert_eq!(disk.get("b").expect("readable"), kept);
        }
    }

    #[test]
    fn a_forgetful_store_takes_two_values_and_a_backup_stays_as_it_was() {
        let mut disk = Disk::default();
        let backup = disk.backup();
        let mut store = Forgetful::new(disk.clone(), &["set/"]);
        assert!(store.record_once("set/1", b"one").is_ok() && store.record_once("set/1", b"two").is_ok());
        assert!(store.record_once("key", b"one").is_ok() && store.record_once("key", b"two").is_err());
        assert!(disk.record_once("later", b"x").is_ok());
        assert_eq!(backup.get("key").expect("readable"), None);
    }
}
