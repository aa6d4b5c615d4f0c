//! One link of the chain: canonical JSON, so that its hash is the hash of its content.

use super::{BudgetError, Charge, Limit};
use crate::Hash;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const SCHEMA: &str = "guildhall/budget/v1";
const MAX_ENTRY_BYTES: usize = 16 << 10;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    schema: String,
    index: u64,
    previous: Hash,
    charge: Charge,
    limit: Limit,
}

impl Body {
    fn encode(&self) -> Result<Vec<u8>, BudgetError> {
        serde_json::to_vec(self).map_err(|source| BudgetError::Malformed { source })
    }
}

/// A granted charge at its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    body: Body,
    bytes: Vec<u8>,
    hash: Hash,
}

impl Entry {
    /// What the first entry names as the one before it.
    pub(super) const ORIGIN: Hash = Hash::new([0; 32]);

    pub(super) fn new(index: u64, previous: Hash, charge: Charge, limit: Limit) -> Result<Self, BudgetError> {
        charge.check()?;
        limit.check()?;
        let body = Body { schema: SCHEMA.to_owned(), index, previous, charge, limit };
        let bytes = body.encode()?;
        Ok(Self { hash: hash(&bytes), body, bytes })
    }

    /// Its place, from 0.
    pub const fn index(&self) -> u64 {
        self.body.index
    }

    /// Hash of the entry before it; zeros for the first.
    pub const fn previous(&self) -> Hash {
        self.body.previous
    }

    /// What was charged.
    pub const fn charge(&self) -> &Charge {
        &self.body.charge
    }

    /// The limit it was granted under.
    pub const fn limit(&self) -> Limit {
        self.body.limit
    }

    /// Hash of this entry.
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// The entry as canonical JSON.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

fn hash(bytes: &[u8]) -> Hash {
    Hash::new(Sha256::new().chain_update(SCHEMA).chain_update([0]).chain_update(bytes).finalize().into())
}

/// An entry as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnverifiedEntry(Entry);

impl UnverifiedEntry {
    /// Reads an entry.
    ///
    /// # Errors
    /// [`BudgetError::TooLong`], [`BudgetError::Malformed`], [`BudgetError::NotCanonical`] and those of a bad charge.
    pub fn decode(bytes: &[u8]) -> Result<Self, BudgetError> {
        if bytes.len() > MAX_ENTRY_BYTES {
            return Err(BudgetError::TooLong { found: bytes.len(), limit: MAX_ENTRY_BYTES });
        }
        let body: Body = serde_json::from_slice(bytes).map_err(|source| BudgetError::Malformed { source })?;
        let entry = Entry::new(body.index, body.previous, body.charge, body.limit)?;
        if entry.bytes != bytes {
            return Err(BudgetError::NotCanonical { index: entry.body.index });
        }
        Ok(Self(entry))
    }

    /// Checks that it stands at this index and continues this hash.
    ///
    /// # Errors
    /// [`BudgetError::Gap`], [`BudgetError::Broken`].
    pub fn verify(self, index: u64, previous: Hash) -> Result<Entry, BudgetError> {
        let entry = self.0;
        if entry.index() != index {
            return Err(BudgetError::Gap { expected: index, found: entry.index() });
        }
        if entry.previous() != previous {
            return Err(BudgetError::Broken { index, claimed: entry.previous(), computed: previous });
        }
        Ok(entry)
    }
}
