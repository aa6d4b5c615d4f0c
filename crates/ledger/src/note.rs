//! Text signed by one or more keys: the C2SP signed-note format with Ed25519.
//!
//! Source: <https://c2sp.org/signed-note> v1.0.0, signature type `0x01` (RFC 8032 Ed25519). Stricter than
//! the specification where two readings of one note could differ: the same signer twice is refused, and
//! encoding a decoded note gives the same bytes or the note is refused.
//!
//! Assumption: Ed25519 is unforgeable. Signatures are checked with the strict equation and weak
//! public keys are refused, so a signature fits one text and one key only.
//!
//! Not here: other signature types (their lines are kept, never counted) and time-stamped cosignatures.

mod identity;
mod key;
mod text;

pub use identity::SigningIdentity;
pub use key::VerifierKey;
pub(crate) use key::check_name;

use crate::{HashError, ProofError};
use std::collections::BTreeSet;
use std::fmt;
use text::SignatureLine;

/// Most bytes a note may have.
pub const MAX_NOTE_BYTES: usize = 1 << 20;
/// Most signature lines a note may have.
pub const MAX_SIGNATURES: usize = 64;

/// Why a note, a checkpoint or a receipt is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// Too long to be looked at.
    #[error("the {what} has {found} bytes; at most {limit} are read")]
    TooLong {
        /// What is too long.
        what: &'static str,
        /// Bytes found.
        found: usize,
        /// Most bytes read.
        limit: usize,
    },
    /// Not of the form the specification asks for.
    #[error("the {what} is not well formed: {rule}")]
    Malformed {
        /// What is malformed.
        what: &'static str,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// A name that cannot be written into a signature line.
    #[error("{name:?} cannot name a key: use 1 to 255 bytes without spaces, control characters and '+'")]
    Name {
        /// The name.
        name: String,
    },
    /// A public key that would accept forged signatures, or is none.
    #[error("the public key of {name} is not a safe Ed25519 key: ask its owner for the key again")]
    WeakKey {
        /// Whose key.
        name: String,
    },
    /// Two known keys that one signature line could mean.
    #[error("two known keys have the name {name} and the same key id: remove one of them")]
    AmbiguousKey {
        /// The name both have.
        name: String,
    },
    /// A known key's signature does not fit the text.
    #[error("the signature of {name} does not fit the text: it was changed, or signed with another key")]
    BadSignature {
        /// Whose signature.
        name: String,
    },
    /// The same signer twice.
    #[error("{name} has signed twice: keep one signature line")]
    DuplicateSigner {
        /// Who.
        name: String,
    },
    /// Too few of the parties that were asked for have signed.
    #[error("{found} of the known parties have signed, but {needed} must")]
    TooFewSigners {
        /// Known and verified signers.
        found: usize,
        /// Signers needed.
        needed: usize,
    },
    /// The party that had to sign has not.
    #[error("the signature of {name} is missing")]
    MissingSigner {
        /// Who had to sign.
        name: String,
    },
    /// Two notes that were to be joined have different texts.
    #[error("the two notes have different texts, so their signatures cannot be joined")]
    DifferentText,
    /// A statement about another log.
    #[error("this is about the log {found}, not about {expected}")]
    OtherLog {
        /// Origin found.
        found: String,
        /// Origin expected.
        expected: String,
    },
    /// A hash inside is malformed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// A Merkle proof does not hold.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

pub(crate) const fn malformed(what: &'static str, rule: &'static str) -> NoteError {
    NoteError::Malformed { what, rule }
}

/// A note as it arrived. Its text must not be acted upon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnverifiedNote {
    text: String,
    signatures: Vec<SignatureLine>,
}

impl UnverifiedNote {
    /// Reads a note of at most [`MAX_NOTE_BYTES`] bytes.
    ///
    /// # Errors
    /// [`NoteError::TooLong`], [`NoteError::Malformed`], [`NoteError::Name`], [`NoteError::DuplicateSigner`].
    pub fn decode(bytes: &[u8]) -> Result<Self, NoteError> {
        let (text, signatures) = text::decode(bytes)?;
        Ok(Self { text, signatures })
    }

    /// What the note says, if it is genuine.
    pub(crate) fn claimed_text(&self) -> &str {
        &self.text
    }

    /// Checks every signature by a known key and that at least `needed` different known keys have signed.
    ///
    /// The same public key under several names counts once. Lines by unknown keys are kept but not counted.
    ///
    /// # Errors
    /// [`NoteError::BadSignature`] if any known key's signature is wrong, [`NoteError::AmbiguousKey`],
    /// [`NoteError::TooFewSigners`].
    ///
    /// # Security
    /// `needed` = 0 is treated as 1: an unsigned note is never verified.
    pub fn verify(self, known: &[VerifierKey], needed: usize) -> Result<Note, NoteError> {
        let mut signers = Vec::new();
        for line in &self.signatures {
            let mut matching = known.iter().filter(|key| line.is_by(key));
            let Some(key) = matching.next() else { continue };
            if matching.any(|other| other != key) {
                return Err(NoteError::AmbiguousKey { name: line.name.clone() });
            }
            line.verify(key, &self.text)?;
            signers.push(key.clone());
        }
        let found = signers.iter().map(VerifierKey::public_bytes).collect::<BTreeSet<_>>().len();
        let needed = needed.max(1);
        if found < needed {
            return Err(NoteError::TooFewSigners { found, needed });
        }
        Ok(Note { text: self.text, signatures: self.signatures, signers })
    }
}

/// A note of which at least one known key's signature was verified.
#[derive(Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<SignatureLine>,
    signers: Vec<VerifierKey>,
}

impl Note {
    /// Signs a text, which must end in a newline and be free of other control characters.
    ///
    /// # Errors
    /// [`NoteError::TooLong`], [`NoteError::Malformed`].
    pub fn sign(text: &str, identity: &SigningIdentity) -> Result<Self, NoteError> {
        text::check(text)?;
        let signatures = vec![SignatureLine::sign(text, identity)];
        Ok(Self { text: text.to_owned(), signatures, signers: vec![identity.verifier()] })
    }

    /// Decodes a note and verifies it against one or more known keys: [`UnverifiedNote::decode`] and
    /// [`UnverifiedNote::verify`] with at least one signature.
    ///
    /// # Errors
    /// Those of the two steps.
    pub fn open(bytes: &[u8], known: &[VerifierKey]) -> Result<Self, NoteError> {
        UnverifiedNote::decode(bytes)?.verify(known, 1)
    }

    /// Adds a signature line.
    ///
    /// # Errors
    /// [`NoteError::DuplicateSigner`], [`NoteError::Malformed`] beyond [`MAX_SIGNATURES`].
    pub fn cosign(&mut self, identity: &SigningIdentity) -> Result<(), NoteError> {
        let line = SignatureLine::sign(&self.text, identity);
        if self.signatures.iter().any(|known| known.same_signer(&line)) {
            return Err(NoteError::DuplicateSigner { name: line.name });
        }
        self.push(line, identity.verifier())
    }

    /// Takes over the verified signatures of another copy of the same text.
    ///
    /// # Errors
    /// [`NoteError::DifferentText`], [`NoteError::Malformed`] beyond [`MAX_SIGNATURES`].
    pub fn merge(&mut self, other: &Self) -> Result<(), NoteError> {
        if self.text != other.text {
            return Err(NoteError::DifferentText);
        }
        for signer in &other.signers {
            let Some(line) = other.signatures.iter().find(|line| line.is_by(signer)) else { continue };
            if self.signers.contains(signer) {
                continue;
            }
            // An unverified line under the same name gives way to the verified one.
            self.signatures.retain(|known| !known.same_signer(line));
            self.push(line.clone(), signer.clone())?;
        }
        Ok(())
    }

    fn push(&mut self, line: SignatureLine, signer: VerifierKey) -> Result<(), NoteError> {
        if self.signatures.len() >= MAX_SIGNATURES {
            return Err(malformed("note", "it has more than 64 signature lines"));
        }
        self.signatures.push(line);
        self.signers.push(signer);
        Ok(())
    }

    /// The signed text, with its final newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The keys whose signatures were verified, in the order of their lines.
    pub fn signers(&self) -> &[VerifierKey] {
        &self.signers
    }

    /// Whether this key's signature was verified.
    pub fn is_signed_by(&self, key: &VerifierKey) -> bool {
        self.signers.contains(key)
    }

    /// The note as text; decoding it gives the same note.
    pub fn encode(&self) -> String {
        text::encode(&self.text, &self.signatures)
    }
}

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Note({:?}, signed by {:?})", self.text, self.signers)
    }
}

#[cfg(test)]
mod tests;
