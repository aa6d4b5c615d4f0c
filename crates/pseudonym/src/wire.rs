//! Bytes of messages: a tag that names message and version, then fixed-width fields and fields with a length.
//!
//! Every reader is bounded, accepts one encoding only, and refuses what is left over.

/// Why bytes are not a message. No text contains what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// There are more bytes than such a message has.
    #[error("{what} has {found} bytes; at most {limit} are read")]
    TooLong {
        /// Which message.
        what: &'static str,
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// It is another message, or one of another version.
    #[error("this is not {what}, or one of a newer version: use the newer program")]
    Tag {
        /// Which message was expected.
        what: &'static str,
    },
    /// A field is cut off, out of range, or something follows the last one.
    #[error("{what} is damaged: {why}")]
    Field {
        /// Which message.
        what: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// Reads fields in order.
pub(crate) struct Reader<'b> {
    what: &'static str,
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    /// Begins after the tag.
    pub(crate) fn new(what: &'static str, tag: &[u8; 8], limit: usize, bytes: &'b [u8]) -> Result<Self, DecodeError> {
        if bytes.len() > limit {
            return Err(DecodeError::TooLong { what, found: bytes.len(), limit });
        }
        let rest = bytes.strip_prefix(tag).ok_or(DecodeError::Tag { what })?;
        Ok(Self { what, rest })
    }

    pub(crate) const fn wrong(&self, why: &'static str) -> DecodeError {
        DecodeError::Field { what: self.what, why }
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (field, rest) = self.rest.split_first_chunk().ok_or(self.wrong("it ends too early"))?;
        self.rest = rest;
        Ok(*field)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, DecodeError> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, DecodeError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, DecodeError> {
        self.array().map(u64::from_be_bytes)
    }

    /// Bytes after a length of two bytes.
    pub(crate) fn bytes(&mut self) -> Result<&'b [u8], DecodeError> {
        let length = usize::from(self.u16()?);
        let (field, rest) = self.rest.split_at_checked(length).ok_or(self.wrong("it ends too early"))?;
        self.rest = rest;
        Ok(field)
    }

    /// Text after a length of two bytes.
    pub(crate) fn text(&mut self) -> Result<&'b str, DecodeError> {
        str::from_utf8(self.bytes()?).map_err(|_| self.wrong("a text is not UTF-8"))
    }

    /// As many arrays.
    pub(crate) fn arrays<const N: usize>(&mut self, count: usize) -> Result<Vec<[u8; N]>, DecodeError> {
        let length = count.checked_mul(N).filter(|length| *length <= self.rest.len());
        let (fields, rest) = self.rest.split_at(length.ok_or(self.wrong("it ends too early"))?);
        self.rest = rest;
        Ok(fields.as_chunks().0.to_vec())
    }

    /// Refuses what is left over.
    pub(crate) const fn end(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.wrong("something follows its end")) }
    }
}

/// Appends bytes after a length of two bytes; callers pass fields that are short by construction.
pub(crate) fn put(bytes: &mut Vec<u8>, field: &[u8]) {
    bytes.extend_from_slice(&u16::try_from(field.len()).unwrap_or(u16::MAX).to_be_bytes());
    bytes.extend_from_slice(field);
}
