//! An append-only Merkle log with inclusion and consistency proofs.
//!
//! Source: RFC 9162 section 2.1 (the tree of RFC 6962 with SHA-256). The verifiers follow 2.1.3.2 and
//! 2.1.4.2 step by step and are stricter in one point: a consistency proof from size 0 is refused,
//! because it proves nothing.
//!
//! Assumption: SHA-256 is collision resistant.
//!
//! Not here: storage (the owner of the leaves appends them again after a restart) and tiles.

mod log;
mod verify;

pub use log::{Log, leaf_hash};
pub use verify::{verify_consistency, verify_inclusion};

use crate::Hash;

/// Why a proof cannot be made or does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The leaf is not in a log of that size.
    #[error("entry {index} does not exist in a log of {size} entries")]
    NoSuchEntry {
        /// Index asked for.
        index: u64,
        /// Size of the log.
        size: u64,
    },
    /// The log is not that long.
    #[error("the log has {have} entries, so there is no state of it with {size} entries")]
    NoSuchSize {
        /// Size asked for.
        size: u64,
        /// Size of the log.
        have: u64,
    },
    /// The older state has more entries than the newer one.
    #[error("the older state has {older} entries and the newer one only {newer}: the log was cut, or they are swapped")]
    Shrunk {
        /// Size of the older state.
        older: u64,
        /// Size of the newer state.
        newer: u64,
    },
    /// A consistency proof from the empty log, which proves nothing.
    #[error("the older state is empty: everything follows from it, so there is nothing to prove")]
    EmptyOlder,
    /// The proof has too few or too many hashes.
    #[error("the proof has {found} hashes, which is too few or too many for these sizes")]
    Length {
        /// Hashes found.
        found: usize,
    },
    /// The proof leads to another older root.
    #[error("the proof leads to the older root {computed} instead of {claimed}: the log was rewritten")]
    OlderRoot {
        /// What the proof leads to.
        computed: Hash,
        /// What was claimed.
        claimed: Hash,
    },
    /// The proof leads to another root.
    #[error("the proof leads to the root {computed} instead of {claimed}")]
    Root {
        /// What the proof leads to.
        computed: Hash,
        /// What was claimed.
        claimed: Hash,
    },
}
