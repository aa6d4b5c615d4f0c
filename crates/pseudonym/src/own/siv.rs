//! Deterministic authenticated encryption: AES-SIV with a 512-bit key (RFC 5297), without a nonce.
//!
//! Associated data are version, domain and column, each a component of its own (RFC 5297, section 2.4).
//! Assumption: equal values may look equal; that is what joins need.

use super::context::VERSION;
use super::{Context, MAX_VALUE_BYTES, Method, OwnError, OwnKey};
use aes_siv::KeyInit;
use aes_siv::siv::Aes256Siv;
use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

/// The beginning of every pseudonym of this method.
const TAG: &str = "siv1";

/// Replaces values by their encryption, `siv1:domain:...` in base64url.
pub struct AesSiv {
    cipher: Aes256Siv,
    context: Context,
}

impl AesSiv {
    /// Takes the key of a column.
    ///
    /// # Errors
    /// If it is another method's key.
    pub fn new(key: &OwnKey, context: Context) -> Result<Self, OwnError> {
        key.of(Method::AesSiv)?;
        Ok(Self { cipher: Aes256Siv::new(key.expose_bytes().into()), context })
    }

    /// The pseudonym of a value.
    ///
    /// # Errors
    /// If the value is too long.
    pub fn replace(&mut self, value: &str) -> Result<String, OwnError> {
        if value.len() > MAX_VALUE_BYTES {
            return Err(OwnError::TooLong { found: value.len(), limit: MAX_VALUE_BYTES });
        }
        let headers = [VERSION, self.context.domain().as_bytes(), self.context.column().as_bytes()];
        let sealed = self.cipher.encrypt(headers, value.as_bytes()).map_err(|_| OwnError::Sealed)?;
        Ok(self.context.prefix(TAG) + &BASE64URL_NOPAD.encode(&sealed))
    }

    /// The value of a pseudonym.
    ///
    /// # Errors
    /// If it is not one, was altered, or was made with another key, domain or column.
    pub fn restore(&mut self, pseudonym: &str) -> Result<Zeroizing<String>, OwnError> {
        let other = || OwnError::NotAPseudonym { method: Method::AesSiv };
        let body = pseudonym.strip_prefix(&self.context.prefix(TAG)).ok_or_else(other)?;
        if body.len() > 2 * MAX_VALUE_BYTES {
            return Err(other());
        }
        let sealed = BASE64URL_NOPAD.decode(body.as_bytes()).map_err(|_| other())?;
        let headers = [VERSION, self.context.domain().as_bytes(), self.context.column().as_bytes()];
        let opened = self.cipher.decrypt(headers, &sealed).map_err(|_| OwnError::Sealed)?;
        let text = String::from_utf8(opened).map_err(|_| OwnError::Sealed)?;
        Ok(Zeroizing::new(text))
    }
}
