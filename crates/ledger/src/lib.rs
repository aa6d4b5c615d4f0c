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
//!
//! ```
//! use guildhall_ledger::{Checkpoint, Hash, Log, LogEntry, NoteError, Policy, Receipt, SigningIdentity, UnverifiedReceipt};
//!
//! # fn main() -> Result<(), NoteError> {
//! let coordinator = SigningIdentity::from_secret("coordinator.example", &[1; 32])?;
//! let trustee = SigningIdentity::from_secret("trustee.example", &[2; 32])?;
//!
//! let mut log = Log::new();
//! let entry = LogEntry { id: Hash::new([7; 32]), sequence: 1 };
//! let index = log.append(&entry.leaf());
//! let mut checkpoint = Checkpoint::of(&log, &coordinator.verifier()).sign(&coordinator)?;
//! checkpoint.cosign(&trustee)?;
//! let text = Receipt::issue(&log, index, entry, checkpoint)?.encode();
//!
//! // The member, offline:
//! let policy = Policy { log: coordinator.verifier(), witnesses: vec![trustee.verifier()], quorum: 1 };
//! let receipt = UnverifiedReceipt::decode(text.as_bytes())?.verify(&policy)?;
//! assert_eq!(receipt.entry(), entry);
//! # Ok(())
//! # }
//! ```
//!
//! What was only decoded says nothing yet:
//!
//! ```compile_fail
//! let note = guildhall_ledger::UnverifiedNote::decode(b"text").unwrap();
//! println!("{}", note.text()); // only a verified `Note` has a text
//! ```

pub mod budget;
pub mod checkpoint;
mod hash;
pub mod merkle;
pub mod note;
pub mod receipt;
pub mod records;

pub use budget::{Account, BudgetError, BudgetLedger, Charge, Entry, Epsilon, Limit, NO_DELTA, Spent, UnverifiedEntry};
pub use checkpoint::{Checkpoint, Policy, SignedCheckpoint, UnverifiedCheckpoint};
pub use hash::{Hash, HashError};
pub use merkle::{Log, ProofError, leaf_hash, verify_consistency, verify_inclusion};
pub use note::{Note, NoteError, SigningIdentity, UnverifiedNote, VerifierKey};
pub use receipt::{LogEntry, Receipt, UnverifiedReceipt};
pub use records::{MemoryRecords, RecordError, Recorded, Records, SqliteRecords};
