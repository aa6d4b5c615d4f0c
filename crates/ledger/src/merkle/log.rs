//! The log itself: hashes of all complete subtrees, so that every root and proof takes O(log² n).

use super::ProofError;
use crate::Hash;
use sha2::{Digest, Sha256};

/// The hash of a leaf: `SHA-256(0x00 || leaf)`.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Hash::new(Sha256::new().chain_update([0]).chain_update(leaf).finalize().into())
}

pub(super) fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let hasher = Sha256::new().chain_update([1]).chain_update(left.as_bytes()).chain_update(right.as_bytes());
    Hash::new(hasher.finalize().into())
}

/// An append-only log of leaf hashes. The leaves themselves stay with the caller.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// `levels[h][i]` is the hash over leaves `i * 2^h .. (i + 1) * 2^h`.
    levels: Vec<Vec<Hash>>,
}

impl Log {
    /// An empty log.
    pub const fn new() -> Self {
        Self { levels: Vec::new() }
    }

    /// Appends a leaf and returns its index.
    pub fn append(&mut self, leaf: &[u8]) -> u64 {
        self.append_hash(leaf_hash(leaf))
    }

    /// Appends a leaf of which only the hash is known, and returns its index.
    pub fn append_hash(&mut self, leaf: Hash) -> u64 {
        let index = self.size();
        let mut carry = Some(leaf);
        let mut height = 0;
        while let Some(hash) = carry.take() {
            if self.levels.len() == height {
                self.levels.push(Vec::new());
            }
            if let Some(level) = self.levels.get_mut(height) {
                level.push(hash);
                carry = match level.as_slice() {
                    [.., left, right] if level.len().is_multiple_of(2) => Some(node_hash(left, right)),
                    _ => None,
                };
            }
            height += 1;
        }
        index
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// Root over all leaves. The root of the empty log is `SHA-256("")`.
    pub fn root(&self) -> Hash {
        self.range(0, self.size())
    }

    /// Root over the first `size` leaves.
    ///
    /// # Errors
    /// [`ProofError::NoSuchSize`] if the log is shorter.
    pub fn root_at(&self, size: u64) -> Result<Hash, ProofError> {
        self.check(size)?;
        Ok(self.range(0, size))
    }

    /// Hash of the leaf at `index`.
    ///
    /// # Errors
    /// [`ProofError::NoSuchEntry`] if the log is shorter.
    pub fn leaf_hash(&self, index: u64) -> Result<Hash, ProofError> {
        let known = self.levels.first().and_then(|leaves| leaves.get(usize::try_from(index).ok()?));
        known.copied().ok_or_else(|| ProofError::NoSuchEntry { index, size: self.size() })
    }

    /// Proof that the leaf at `index` is in the log of the first `size` leaves (RFC 9162, 2.1.3.1).
    ///
    /// # Errors
    /// [`ProofError::NoSuchEntry`], [`ProofError::NoSuchSize`].
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Result<Vec<Hash>, ProofError> {
        self.check(size)?;
        if index >= size {
            return Err(ProofError::NoSuchEntry { index, size });
        }
        let (mut start, mut end) = (0, size);
        let mut proof = Vec::new();
        while end - start > 1 {
            let middle = start + split(end - start);
            if index < middle {
                proof.push(self.range(middle, end));
                end = middle;
            } else {
                proof.push(self.range(start, middle));
                start = middle;
            }
        }
        proof.reverse();
        Ok(proof)
    }

    /// Proof that the first `older` leaves are a prefix of the first `newer` (RFC 9162, 2.1.4.1).
    ///
    /// # Errors
    /// [`ProofError::EmptyOlder`], [`ProofError::Shrunk`], [`ProofError::NoSuchSize`].
    pub fn consistency_proof(&self, older: u64, newer: u64) -> Result<Vec<Hash>, ProofError> {
        self.check(newer)?;
        if older == 0 {
            return Err(ProofError::EmptyOlder);
        }
        if older > newer {
            return Err(ProofError::Shrunk { older, newer });
        }
        let (mut start, mut end) = (0, newer);
        let mut proof = Vec::new();
        while end != older {
            let middle = start + split(end - start);
            if older <= middle {
                proof.push(self.range(middle, end));
                end = middle;
            } else {
                proof.push(self.range(start, middle));
                start = middle;
            }
        }
        if start > 0 {
            proof.push(self.range(start, end));
        }
        proof.reverse();
        Ok(proof)
    }

    fn check(&self, size: u64) -> Result<(), ProofError> {
        let have = self.size();
        if size > have { Err(ProofError::NoSuchSize { size, have }) } else { Ok(()) }
    }

    /// Merkle tree hash over leaves `start .. end`; `start` is a multiple of the subtree's width.
    fn range(&self, start: u64, end: u64) -> Hash {
        let width = end - start;
        if width == 0 {
            return Hash::new(Sha256::digest([]).into());
        }
        if width.is_power_of_two() {
            let level = self.levels.get(width.trailing_zeros() as usize);
            let stored = level.and_then(|hashes| hashes.get(usize::try_from(start / width).ok()?));
            if let Some(hash) = stored {
                return *hash;
            }
        }
        let middle = start + split(width);
        node_hash(&self.range(start, middle), &self.range(middle, end))
    }
}

/// Width of the left subtree: the largest power of two below `width`, which must be at least 2.
fn split(width: u64) -> u64 {
    1 << (width.max(2) - 1).ilog2()
}
