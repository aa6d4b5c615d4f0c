//! What cannot be taken back: an append-only log, signed statements about it, and records made once.
//!
//! | module | what it keeps honest |
//! |---|---|
//! | [`merkle`] | the coordinator: a log that only grows, with proofs (RFC 9162) |
//! | [`note`] | the parties: text signed by one or more keys (C2SP signed-note) |
//! | [`checkpoint`] | the coordinator: the head of its log, signed and cosigned (C2SP tlog-checkpoint) |
//! | [`receipt`] | the coordinator towards one member: proof that an entry was logged (C2SP tlog-proof) |
//! | [`records`] | the party itself after a crash: what was signed once stays signed once |
//! | [`budget`] | the spending of privacy: exact, durable before use, hash-chained |
//!
//! Hostile input: every decoder is bounded and yields an `Unverified…` type; only its `verify` yields
//! the type the rest of the program works with. Nothing here panics on any input.
//!
//! Assumptions: SHA-256 is collision resistant, Ed25519 unforgeable, and the disk keeps what it
//! confirmed as written. A machine restored from a snapshot counts as a malicious party.
//!
//! Not here: networks, storage of the log itself, gossip between witnesses, who the parties are.
//! A log without witnesses can show two faces; cosignatures of parties that do not collude prevent it.

pub mod budget;
pub mod checkpoint;
mod hash;
pub mod merkle;
pub mod note;
pub mod receipt;
pub mod records;

pub use budget::{BudgetError, BudgetLedger, Charge, Entry, Epsilon, Limit, Spent, UnverifiedEntry};
pub use checkpoint::{Checkpoint, Policy, SignedCheckpoint, UnverifiedCheckpoint};
pub use hash::{Hash, HashError};
pub use merkle::{Log, ProofError, leaf_hash, verify_consistency, verify_inclusion};
pub use note::{Note, NoteError, SigningIdentity, UnverifiedNote, VerifierKey};
pub use receipt::{LogEntry, Receipt, UnverifiedReceipt};
pub use records::{MemoryRecords, RecordError, Recorded, Records, SqliteRecords};
