//! Public statements: canonical JSON, and a signed note that names its hash.
//!
//! The bytes of the JSON file are what is hashed, so nothing depends on how a reader formats it. A
//! decoder refuses bytes that are not exactly what an encoder writes: one flipped byte is an error
//! even where it would not change the meaning.

use crate::{FederationError, Id};
use guildhall_ledger::{Note, SigningIdentity, UnverifiedNote, VerifierKey};
use guildhall_mpc::digest;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A kind of statement: its own tag for hashes and signatures, and its own size limit.
pub trait Statement: Serialize + DeserializeOwned {
    /// What the statement is, in signatures and in hashes.
    const TAG: &'static str;
    /// What the statement is called in errors.
    const NAME: &'static str;
    /// Most bytes a decoder reads.
    const LIMIT: usize;
}

/// How a signature line of a note begins: an em dash and a space.
const SIGNATURE_LINE: &str = "\u{2014} ";

/// The canonical bytes of a statement.
pub fn encode<T: Statement>(statement: &T) -> Vec<u8> {
    // Statements consist of strings, integers, lists and structs: encoding them cannot fail.
    let mut bytes = serde_json::to_vec_pretty(statement).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// Reads canonical bytes. The result has the right form; nothing else is known about it.
///
/// # Errors
/// If the bytes are too many, are not this statement, or are not canonical.
pub fn decode<T: Statement>(bytes: &[u8]) -> Result<T, FederationError> {
    let unreadable = |why: String| FederationError::Unreadable { what: T::NAME, why };
    if bytes.len() > T::LIMIT {
        return Err(unreadable(format!("{} bytes; at most {} are read", bytes.len(), T::LIMIT)));
    }
    let statement: T = serde_json::from_slice(bytes).map_err(|error| unreadable(error.to_string()))?;
    let canonical = encode(&statement);
    if canonical != bytes {
        let at = canonical.iter().zip(bytes).position(|(a, b)| a != b).unwrap_or(canonical.len().min(bytes.len()));
        return Err(unreadable(format!("byte {at} is not as Guildhall writes it")));
    }
    Ok(statement)
}

/// The hash that names a statement.
pub fn id_of<T: Statement>(bytes: &[u8]) -> Id {
    Id::new(digest(T::TAG, &[bytes]))
}

/// Signs a statement.
///
/// # Errors
/// If the identity's name cannot stand in a signature.
pub fn sign<T: Statement>(bytes: &[u8], identity: &SigningIdentity) -> Result<Note, FederationError> {
    sign_id::<T>(&id_of::<T>(bytes), identity)
}

/// Signs a statement of which only the hash is at hand.
pub(crate) fn sign_id<T: Statement>(id: &Id, identity: &SigningIdentity) -> Result<Note, FederationError> {
    Note::sign(&text::<T>(id), identity).map_err(|source| FederationError::Signature { what: T::NAME, source })
}

/// Verifies that at least `needed` of `keys` signed exactly these bytes; returns the signers.
///
/// # Errors
/// If the note is malformed, is about other bytes, or lacks signatures.
pub fn verify<T: Statement>(
    bytes: &[u8],
    note: &[u8],
    keys: &[VerifierKey],
    needed: usize,
) -> Result<Note, FederationError> {
    verify_id::<T>(&id_of::<T>(bytes), note, keys, needed)
}

/// As [`verify`], for a statement of which only the hash is at hand.
pub(crate) fn verify_id<T: Statement>(
    id: &Id,
    note: &[u8],
    keys: &[VerifierKey],
    needed: usize,
) -> Result<Note, FederationError> {
    let signature = |source| FederationError::Signature { what: T::NAME, source };
    let lines = String::from_utf8_lossy(note).lines().filter(|line| line.starts_with(SIGNATURE_LINE)).count();
    let note = UnverifiedNote::decode(note).and_then(|note| note.verify(keys, needed)).map_err(signature)?;
    if lines != note.signers().len() {
        let rule = "it carries signatures of parties that are not asked to sign".to_owned();
        return Err(FederationError::Rule { what: T::NAME, rule });
    }
    if note.text() != text::<T>(id) {
        return Err(FederationError::Rule {
            what: T::NAME,
            rule: "its signatures are about other bytes; the file was changed".to_owned(),
        });
    }
    Ok(note)
}

fn text<T: Statement>(id: &Id) -> String {
    format!("{}\n{id}\n", T::TAG)
}
