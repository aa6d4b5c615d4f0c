//! The head of a log, signed by the log and cosigned by witnesses: C2SP tlog-checkpoint.
//!
//! Source: <https://c2sp.org/tlog-checkpoint>. Stricter than the specification: the origin is the log's
//! key name, extension lines are refused, and the root of an empty log is the one it must have.
//!
//! Assumption: fewer than the quorum of witnesses collude with the log. Then two different logs cannot
//! both be shown with a quorum, if every witness cosigns only what [`Checkpoint::check_extends`] accepts.
//!
//! Not here: remembering the last cosigned checkpoint (keep it in [`crate::records`]), and
//! time-stamped cosignatures (`cosignature/v1`): public artefacts carry no times.

use crate::note::malformed;
use crate::{Hash, Log, Note, NoteError, SigningIdentity, UnverifiedNote, VerifierKey, verify_consistency};
use std::collections::BTreeSet;

/// A claim about a log: after `size` entries its root is `root`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Hash,
}

impl Checkpoint {
    /// The present head of a log. The origin is the key name of whoever keeps the log.
    pub fn of(log: &Log, keeper: &VerifierKey) -> Self {
        Self { origin: keeper.name().to_owned(), size: log.size(), root: log.root() }
    }

    /// The log's name.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Number of entries.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Root over these entries.
    pub const fn root(&self) -> Hash {
        self.root
    }

    /// Checks that this is a later state of the same log; what a witness does before it cosigns.
    ///
    /// Every log extends the empty one, with an empty proof.
    ///
    /// # Errors
    /// [`NoteError::OtherLog`], [`NoteError::Proof`].
    pub fn check_extends(&self, older: &Self, proof: &[Hash]) -> Result<(), NoteError> {
        if self.origin != older.origin {
            return Err(NoteError::OtherLog { found: self.origin.clone(), expected: older.origin.clone() });
        }
        if older.size == 0 && proof.is_empty() {
            return Ok(());
        }
        Ok(verify_consistency(older.size, self.size, proof, older.root, self.root)?)
    }

    /// Signs the checkpoint as the keeper of the log.
    ///
    /// # Errors
    /// [`NoteError::OtherLog`] if the identity does not have the log's name.
    ///
    /// # Security
    /// The keeper must never sign two checkpoints of which neither extends the other.
    pub fn sign(&self, keeper: &SigningIdentity) -> Result<SignedCheckpoint, NoteError> {
        if keeper.name() != self.origin {
            return Err(NoteError::OtherLog { found: self.origin.clone(), expected: keeper.name().to_owned() });
        }
        let note = Note::sign(&format!("{}\n{}\n{}\n", self.origin, self.size, self.root.to_base64()), keeper)?;
        Ok(SignedCheckpoint { checkpoint: self.clone(), note })
    }

    fn read(text: &str) -> Result<Self, NoteError> {
        let what = "checkpoint";
        let mut lines = text.split_terminator('\n');
        let (Some(origin), Some(size), Some(root), None) = (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(malformed(what, "it must have exactly three lines: origin, size, root"));
        };
        crate::note::check_name(origin)?;
        let size = read_decimal(size).ok_or(malformed(what, "its size is not a plain decimal number"))?;
        let root = Hash::from_base64(root)?;
        if size == 0 && root != Log::new().root() {
            return Err(malformed(what, "an empty log cannot have this root"));
        }
        Ok(Self { origin: origin.to_owned(), size, root })
    }
}

/// Reads an unsigned decimal number that is written in the one shortest way.
pub(crate) fn read_decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// Whose signatures a checkpoint must carry.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The keeper of the log; its name is the origin.
    pub log: VerifierKey,
    /// Parties that watch the log.
    pub witnesses: Vec<VerifierKey>,
    /// How many different witnesses must have cosigned.
    pub quorum: usize,
}

impl Policy {
    /// Only the log's own signature is asked for.
    ///
    /// # Security
    /// The log can then show different contents to different people.
    pub const fn log_alone(log: VerifierKey) -> Self {
        Self { log, witnesses: Vec::new(), quorum: 0 }
    }

    fn check(&self, note: &Note) -> Result<(), NoteError> {
        if !note.is_signed_by(&self.log) {
            return Err(NoteError::MissingSigner { name: self.log.name().to_owned() });
        }
        // Keys, not names, are counted, and the log is no witness of itself.
        let signed = self.witnesses.iter().filter(|key| note.is_signed_by(key)).map(VerifierKey::public_bytes);
        let found = signed.filter(|public| *public != self.log.public_bytes()).collect::<BTreeSet<_>>().len();
        if found < self.quorum {
            return Err(NoteError::TooFewSigners { found, needed: self.quorum });
        }
        Ok(())
    }
}

/// A checkpoint as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnverifiedCheckpoint {
    checkpoint: Checkpoint,
    note: UnverifiedNote,
}

impl UnverifiedCheckpoint {
    /// Reads a signed checkpoint.
    ///
    /// # Errors
    /// Those of [`UnverifiedNote::decode`], [`NoteError::Malformed`], [`NoteError::Hash`].
    pub fn decode(bytes: &[u8]) -> Result<Self, NoteError> {
        let note = UnverifiedNote::decode(bytes)?;
        Ok(Self { checkpoint: Checkpoint::read(note.claimed_text())?, note })
    }

    /// Checks origin and signatures against a policy.
    ///
    /// # Errors
    /// [`NoteError::OtherLog`], [`NoteError::MissingSigner`], [`NoteError::TooFewSigners`], [`NoteError::BadSignature`].
    pub fn verify(self, policy: &Policy) -> Result<SignedCheckpoint, NoteError> {
        let expected = policy.log.name();
        if self.checkpoint.origin != expected {
            return Err(NoteError::OtherLog { found: self.checkpoint.origin, expected: expected.to_owned() });
        }
        let mut known = policy.witnesses.clone();
        known.push(policy.log.clone());
        let note = self.note.verify(&known, 1)?;
        policy.check(&note)?;
        Ok(SignedCheckpoint { checkpoint: self.checkpoint, note })
    }
}

/// A checkpoint whose signatures were verified, or made here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
}

impl SignedCheckpoint {
    /// What was signed.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note with its signers.
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// Cosigns, after the caller has checked that the log extends the last one it cosigned.
    ///
    /// # Errors
    /// [`NoteError::DuplicateSigner`].
    pub fn cosign(&mut self, witness: &SigningIdentity) -> Result<(), NoteError> {
        self.note.cosign(witness)
    }

    /// Takes over the signatures of another copy of the same checkpoint.
    ///
    /// # Errors
    /// [`NoteError::DifferentText`].
    pub fn merge(&mut self, other: &Self) -> Result<(), NoteError> {
        self.note.merge(&other.note)
    }

    /// The signed checkpoint as text.
    pub fn encode(&self) -> String {
        self.note.encode()
    }
}

#[cfg(test)]
mod tests;
