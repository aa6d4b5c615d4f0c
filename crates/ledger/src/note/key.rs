//! Public keys by name: the `vkey` text form of C2SP signed-note.

use super::{NoteError, malformed};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

pub(super) const KEY_ID_BYTES: usize = 4;
/// Signature type of Ed25519 over the note text.
pub(super) const ED25519: u8 = 0x01;
const MAX_NAME_BYTES: usize = 255;
const MAX_KEY_TEXT_BYTES: usize = 512;

/// A party's name and Ed25519 public key; the text form is `name+key id+base64`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct VerifierKey {
    name: String,
    key: VerifyingKey,
}

impl VerifierKey {
    /// From a name and the 32 bytes of the public key.
    ///
    /// # Errors
    /// [`NoteError::Name`], [`NoteError::WeakKey`].
    pub fn new(name: &str, public: &[u8; 32]) -> Result<Self, NoteError> {
        check_name(name)?;
        let key = VerifyingKey::from_bytes(public).ok().filter(|key| !key.is_weak());
        let key = key.ok_or_else(|| NoteError::WeakKey { name: name.to_owned() })?;
        Ok(Self { name: name.to_owned(), key })
    }

    pub(super) fn from_key(name: &str, key: VerifyingKey) -> Self {
        Self { name: name.to_owned(), key }
    }

    /// Reads `name+key id+base64`, where the key id must fit the rest.
    ///
    /// # Errors
    /// [`NoteError::TooLong`], [`NoteError::Malformed`], [`NoteError::Name`], [`NoteError::WeakKey`].
    pub fn decode(text: &str) -> Result<Self, NoteError> {
        let (name, id, public) = split_key(text, "public key")?;
        let key = Self::new(name, &public)?;
        if hex::encode(key.id()) != id {
            return Err(malformed("public key", "its key id does not fit its name and key: a character was changed"));
        }
        Ok(key)
    }

    /// The party's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The 32 bytes of the public key.
    pub fn public_bytes(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    /// The key id of signature lines: `SHA-256(name || 0x0A || 0x01 || public key)[..4]`.
    pub fn id(&self) -> [u8; KEY_ID_BYTES] {
        let hasher = Sha256::new().chain_update(&self.name).chain_update([b'\n', ED25519]);
        let [a, b, c, d, ..]: [u8; 32] = hasher.chain_update(self.key.as_bytes()).finalize().into();
        [a, b, c, d]
    }

    /// Checks a signature made by [`super::SigningIdentity::sign_statement`] under the same tag.
    ///
    /// # Errors
    /// [`NoteError::BadSignature`].
    pub fn verify_statement(&self, tag: &str, statement: &[u8], signature: &[u8]) -> Result<(), NoteError> {
        self.verify_bytes(&frame_statement(tag, statement), signature)
    }

    pub(super) fn verify_text(&self, text: &str, signature: &[u8]) -> Result<(), NoteError> {
        self.verify_bytes(text.as_bytes(), signature)
    }

    fn verify_bytes(&self, message: &[u8], signature: &[u8]) -> Result<(), NoteError> {
        let signature = Signature::from_slice(signature);
        let verified = signature.and_then(|signature| self.key.verify_strict(message, &signature));
        verified.map_err(|_| NoteError::BadSignature { name: self.name.clone() })
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = STANDARD.encode([&[ED25519], self.key.as_bytes().as_slice()].concat());
        write!(f, "{}+{}+{value}", self.name, hex::encode(self.id()))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        Self::decode(text)
    }
}

/// What is signed for a binary statement. It starts with a zero byte, which no note text contains.
pub(super) fn frame_statement(tag: &str, statement: &[u8]) -> Vec<u8> {
    let length = (tag.len() as u64).to_be_bytes();
    [b"\0guildhall/statement/v1", length.as_slice(), tag.as_bytes(), statement].concat()
}

pub(crate) fn check_name(name: &str) -> Result<(), NoteError> {
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    if name.is_empty() || name.len() > MAX_NAME_BYTES || name.contains(forbidden) {
        let name = name.chars().take(64).collect();
        return Err(NoteError::Name { name });
    }
    Ok(())
}

/// Splits `name+key id+base64(type || 32 bytes)`; the key id is left to the caller.
pub(super) fn split_key<'a>(text: &'a str, what: &'static str) -> Result<(&'a str, &'a str, [u8; 32]), NoteError> {
    if text.len() > MAX_KEY_TEXT_BYTES {
        return Err(NoteError::TooLong { what, found: text.len(), limit: MAX_KEY_TEXT_BYTES });
    }
    // Base64 may contain '+', names and key ids may not.
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(value)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(malformed(what, "it must have the form name+key id+base64"));
    };
    let value = STANDARD.decode(value).map_err(|_| malformed(what, "its last part is not base64 with padding"))?;
    let Some((&ED25519, bytes)) = value.split_first() else {
        return Err(malformed(what, "it is not an Ed25519 key (signature type 1)"));
    };
    let bytes = bytes.try_into().map_err(|_| malformed(what, "an Ed25519 key has 32 bytes"))?;
    Ok((name, id, bytes))
}
