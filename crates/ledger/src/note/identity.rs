//! A party's name and signing key.

use super::key::{ED25519, check_name, frame_statement, split_key};
use super::{NoteError, VerifierKey, malformed};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey};
use rand::CryptoRng;
use std::fmt;
use zeroize::Zeroizing;

const SECRET_PREFIX: &str = "PRIVATE+KEY+";

/// A party that can sign. Zeroized on drop, never printed, not cloneable.
pub struct SigningIdentity {
    name: String,
    key: SigningKey,
}

impl SigningIdentity {
    /// A new key from a cryptographic random number generator.
    ///
    /// # Errors
    /// [`NoteError::Name`].
    pub fn generate(name: &str, rng: &mut impl CryptoRng) -> Result<Self, NoteError> {
        check_name(name)?;
        Ok(Self { name: name.to_owned(), key: SigningKey::generate(rng) })
    }

    /// The identity with this secret seed.
    ///
    /// # Errors
    /// [`NoteError::Name`].
    pub fn from_secret(name: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        check_name(name)?;
        Ok(Self { name: name.to_owned(), key: SigningKey::from_bytes(seed) })
    }

    /// Reads what [`Self::expose_text`] wrote.
    ///
    /// # Errors
    /// [`NoteError::Malformed`], [`NoteError::TooLong`], [`NoteError::Name`]. No error repeats the secret.
    pub fn decode_text(text: &str) -> Result<Self, NoteError> {
        let what = "signing key";
        let rest = text.strip_prefix(SECRET_PREFIX).ok_or(malformed(what, "it must start with PRIVATE+KEY+"))?;
        let (name, id, seed) = split_key(rest, what)?;
        let identity = Self::from_secret(name, &Zeroizing::new(seed))?;
        if hex::encode(identity.verifier().id()) != id {
            return Err(malformed(what, "its key id does not fit its name and key: a character was changed"));
        }
        Ok(identity)
    }

    /// The secret key as one line of text, for a file only its owner can read.
    ///
    /// # Security
    /// Whoever reads it signs as this party.
    pub fn expose_text(&self) -> Zeroizing<String> {
        let value = Zeroizing::new([[ED25519].as_slice(), self.key.as_bytes()].concat());
        let encoded = Zeroizing::new(STANDARD.encode(value.as_slice()));
        let id = hex::encode(self.verifier().id());
        Zeroizing::new(format!("{SECRET_PREFIX}{}+{id}+{}", self.name, encoded.as_str()))
    }

    /// The party's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public side.
    pub fn verifier(&self) -> VerifierKey {
        VerifierKey::from_key(&self.name, self.key.verifying_key())
    }

    /// Signs a binary statement under a tag that says what kind of statement it is.
    ///
    /// # Security
    /// Can never be taken for the signature of a note or of a statement with another tag.
    pub fn sign_statement(&self, tag: &str, statement: &[u8]) -> [u8; 64] {
        self.key.sign(&frame_statement(tag, statement)).to_bytes()
    }

    pub(super) fn sign_text(&self, text: &str) -> [u8; 64] {
        self.key.sign(text.as_bytes()).to_bytes()
    }
}

impl fmt::Debug for SigningIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningIdentity({}, secret)", self.verifier())
    }
}
