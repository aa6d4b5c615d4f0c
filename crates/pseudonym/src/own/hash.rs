//! A keyed hash: HMAC-SHA-256 (RFC 2104), for a single owner only.
//!
//! Values are brought into one spelling before they are hashed, as joint pseudonyms are, so that two spellings of one
//! customer do not become two; hashing them as they stand has to be asked for.
//!
//! # Security
//! Whoever has the key undoes it by trying all values, so that a key shared among members protects nobody from any of
//! them. There is no way to make one without a key.

use super::context::VERSION;
use super::{Context, MAX_VALUE_BYTES, Method, OwnError, OwnKey};
use crate::canonical::Rules;
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The beginning of every pseudonym of this method.
const TAG: &str = "mac1";

/// Which text of a cell is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// The one spelling of an identifier of a kind, in the frame that joint pseudonyms hash.
    Canonical(Rules),
    /// The text as it stands: another spelling gives another pseudonym.
    AsItStands,
}

/// Replaces values by their keyed hash, `mac1:domain:...` in base64url. Nothing turns it back but trying.
pub struct KeyedHash {
    mac: Hmac<Sha256>,
    domain: String,
    prefix: String,
    spelling: Spelling,
}

impl KeyedHash {
    /// Takes the key of a column, and which text of a cell is hashed.
    ///
    /// # Errors
    /// If it is another method's key.
    pub fn new(key: &OwnKey, context: &Context, spelling: Spelling) -> Result<Self, OwnError> {
        key.of(Method::KeyedHash)?;
        let mac = key.mac(&[VERSION, context.domain().as_bytes(), context.column().as_bytes()]);
        Ok(Self { mac, domain: context.domain().to_owned(), prefix: context.prefix(TAG), spelling })
    }

    /// The pseudonym of a value.
    ///
    /// # Errors
    /// If the value has no spelling of the stated kind, or is too long.
    pub fn replace(&self, value: &str) -> Result<String, OwnError> {
        let mut mac = self.mac.clone();
        match self.spelling {
            Spelling::Canonical(rules) => mac.update(&rules.apply(value)?.frame(&self.domain)),
            Spelling::AsItStands if value.len() > MAX_VALUE_BYTES => {
                return Err(OwnError::TooLong { found: value.len(), limit: MAX_VALUE_BYTES });
            }
            Spelling::AsItStands => mac.update(value.as_bytes()),
        }
        Ok(self.prefix.clone() + &BASE64URL_NOPAD.encode(&mac.finalize().into_bytes()))
    }
}
