//! What a pseudonym is bound to: a domain and a column.

use super::OwnError;

/// Most bytes of a domain's name.
const MAX_DOMAIN_BYTES: usize = 64;
/// Most bytes of a column's name.
const MAX_COLUMN_BYTES: usize = 256;
/// Version of all methods; a new one gives new pseudonyms, never silently other ones.
pub(super) const VERSION: &[u8] = b"guildhall/own/v1";

/// A domain and a column, without which nothing is replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    domain: String,
    column: String,
}

impl Context {
    /// Names the domain and the column.
    ///
    /// # Errors
    /// If either is missing or cannot be used; there is no fallback.
    pub fn new(domain: &str, column: &str) -> Result<Self, OwnError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
        if domain.is_empty() || domain.len() > MAX_DOMAIN_BYTES || !domain.bytes().all(plain) {
            return Err(OwnError::Domain);
        }
        if column.is_empty() || column.len() > MAX_COLUMN_BYTES {
            return Err(OwnError::Column);
        }
        Ok(Self { domain: domain.to_owned(), column: column.to_owned() })
    }

    /// The domain.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The column.
    pub fn column(&self) -> &str {
        &self.column
    }

    /// Version, domain and column with their lengths: no two contexts share it.
    pub(super) fn frame(&self) -> Vec<u8> {
        framed(&[VERSION, self.domain.as_bytes(), self.column.as_bytes()])
    }

    /// The beginning of pseudonyms of a method: its tag and the domain.
    pub(super) fn prefix(&self, tag: &str) -> String {
        format!("{tag}:{}:", self.domain)
    }
}

/// Parts one after another, each behind its length.
pub(super) fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 4).sum());
    for part in parts {
        // Parts are at most `MAX_VALUE_BYTES` long.
        bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}
