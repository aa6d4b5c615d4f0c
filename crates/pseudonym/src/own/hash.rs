//! A keyed hash: HMAC-SHA-256 (RFC 2104), for a single owner only.
//!
//! # Security
//! Whoever has the key undoes it by trying all values, so that a key shared among members protects nobody from any of
//! them. There is no way to make one without a key.

use super::context::VERSION;
use super::{Context, Method, OwnError, OwnKey};
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The beginning of every pseudonym of this method.
const TAG: &str = "mac1";

/// Replaces values by their keyed hash, `mac1:domain:...` in base64url. Nothing turns it back but trying.
pub struct KeyedHash {
    mac: Hmac<Sha256>,
    prefix: String,
}

impl KeyedHash {
    /// Takes the key of a column.
    ///
    /// # Errors
    /// If it is another method's key.
    pub fn new(key: &OwnKey, context: &Context) -> Result<Self, OwnError> {
        key.of(Method::KeyedHash)?;
        let mac = key.mac(&[VERSION, context.domain().as_bytes(), context.column().as_bytes()]);
        Ok(Self { mac, prefix: context.prefix(TAG) })
    }

    /// The pseudonym of a value.
    pub fn replace(&self, value: &str) -> String {
        let mut mac = self.mac.clone();
        mac.update(value.as_bytes());
        self.prefix.clone() + &BASE64URL_NOPAD.encode(&mac.finalize().into_bytes())
    }
}
