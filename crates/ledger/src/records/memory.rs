//! Records in memory, for one process that plays all parties and for tests.

use super::{RecordError, Recorded, Records, check, same};
use std::collections::BTreeMap;
use std::fmt;

/// Records that end with the process. Not durable: never for a party on its own.
#[derive(Clone, Default)]
pub struct MemoryRecords {
    values: BTreeMap<String, Option<Vec<u8>>>,
}

impl MemoryRecords {
    /// An empty store.
    pub const fn new() -> Self {
        Self { values: BTreeMap::new() }
    }
}

impl Records for MemoryRecords {
    fn record_all(&mut self, batch: &[(String, Vec<u8>)]) -> Result<Vec<Recorded>, RecordError> {
        let mut fresh: BTreeMap<&str, &[u8]> = BTreeMap::new();
        let mut outcome = Vec::with_capacity(batch.len());
        for (key, value) in batch {
            check(key, value)?;
            let known = self.values.get(key).map(Option::as_deref);
            outcome.push(match known.or_else(|| fresh.get(key.as_str()).map(|value| Some(*value))) {
                Some(stored) => same(key, stored, value)?,
                None => {
                    fresh.insert(key, value);
                    Recorded::New
                }
            });
        }
        self.values.extend(fresh.into_iter().map(|(key, value)| (key.to_owned(), Some(value.to_vec()))));
        Ok(outcome)
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, RecordError> {
        Ok(self.values.get(key).cloned().flatten())
    }

    fn list(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, RecordError> {
        let from = self.values.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        Ok(from.filter_map(|(key, value)| Some((key.clone(), value.clone()?))).collect())
    }

    fn erase(&mut self, key: &str) -> Result<bool, RecordError> {
        Ok(self.values.get_mut(key).and_then(Option::take).is_some())
    }
}

impl fmt::Debug for MemoryRecords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryRecords({} keys)", self.values.len())
    }
}
