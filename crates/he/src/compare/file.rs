//! The envelope of a comparison's files: header, Ed25519 signature (RFC 8032), body.
//!
//! ```text
//! magic "GHHC"  version 1  kind 1  zero 2      8 bytes
//! comparison digest 32, key id 32, signer's public key 32, length of the body u64
//! signature 64, then the body
//! ```
//!
//! The version names the parameter set; the digest names members, width and questions, so every length is known before
//! the body is looked at. The signature covers a tag, the header and the SHA-256 of the body.
//!
//! Not here: which signer may send what ([`Comparison`](super::Comparison) knows).

use super::CompareError;
use crate::Identity;
use ed25519_dalek::{Signer, VerifyingKey};
use sha2::{Digest, Sha256};

const MAGIC: [u8; 4] = *b"GHHC";
const VERSION: u8 = 1;
const HEADER: usize = 112;
const SIGNATURE: usize = 64;
/// Longest body: an evaluation key.
const LONGEST: usize = 96 << 20;

/// What a file of a comparison holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Opens every figure: secret.
    OpeningKey = 1,
    /// What members encrypt under.
    EncryptionKey = 2,
    /// What the evaluator computes with.
    EvaluationKey = 3,
    /// One member's encrypted figure.
    Upload = 4,
    /// One member's pads: secret.
    Pads = 5,
    /// The evaluator's results, encrypted.
    Results = 6,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::OpeningKey, Self::EncryptionKey, Self::EvaluationKey, Self::Upload, Self::Pads, Self::Results];

    /// The kind in words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OpeningKey => "the opening key",
            Self::EncryptionKey => "the encryption key",
            Self::EvaluationKey => "the evaluation key",
            Self::Upload => "an encrypted figure",
            Self::Pads => "a member's pads",
            Self::Results => "the results",
        }
    }

    /// Whether only its owner may have it.
    pub const fn is_secret(self) -> bool {
        matches!(self, Self::OpeningKey | Self::Pads)
    }
}

/// A body whose signature holds.
pub(super) struct Sealed {
    pub(super) key: [u8; 32],
    pub(super) signer: [u8; 32],
    pub(super) body: Vec<u8>,
}

/// Signs and frames a body.
pub(super) fn seal(by: &Identity, kind: Kind, comparison: &[u8; 32], key: &[u8; 32], body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u64).to_le_bytes();
    let start = [&MAGIC[..], &[VERSION, kind as u8, 0, 0], comparison, key, &by.public(), &length].concat();
    let signature = by.signing_key().sign(&signed(&start, body)).to_bytes();
    [&start[..], &signature, body].concat()
}

/// Authenticates one file: it is of this kind, for this comparison, and signed by whom it names.
pub(super) fn open(bytes: &[u8], kind: Kind, comparison: &[u8; 32]) -> Result<Sealed, CompareError> {
    let damaged = CompareError::Damaged(kind.name());
    let Some((start, rest)) = bytes.split_at_checked(HEADER) else { return Err(damaged) };
    let Some((signature, body)) = rest.split_first_chunk::<SIGNATURE>() else { return Err(damaged) };
    let part = |at: usize| -> [u8; 32] { start.get(at..at + 32).and_then(|b| b.try_into().ok()).unwrap_or_default() };
    let length = start.last_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let as_framed = start.starts_with(&MAGIC) && start.get(4..8) == Some(&[VERSION, kind as u8, 0, 0]);
    if !as_framed || length != body.len() as u64 || body.len() > LONGEST {
        return Err(damaged);
    }
    let sealed = Sealed { key: part(40), signer: part(72), body: body.to_vec() };
    let key = VerifyingKey::from_bytes(&sealed.signer).map_err(|_| CompareError::Damaged(kind.name()))?;
    let holds = key.verify_strict(&signed(start, body), &(*signature).into()).is_ok();
    match (holds, part(8) == *comparison) {
        (false, _) => Err(damaged),
        (true, false) => Err(CompareError::Mismatch(kind.name())),
        (true, true) => Ok(sealed),
    }
}

fn signed(header: &[u8], body: &[u8]) -> Vec<u8> {
    [b"guildhall-he/v1/comparison\0".as_slice(), header, Sha256::digest(body).as_slice()].concat()
}
