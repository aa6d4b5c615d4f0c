//! The messages of a run as bytes, each with one encoding and a limit.
//!
//! | message | bytes |
//! |---|---|
//! | enrolment | `GHOE` 1, length of the name (1), name, size (4), commitment (32), nonce (32) |
//! | comparing party's key | `GHOK` 2, length of the name (1), name, point (32), nonce (32) |
//! | pass | `GHOP` 1, terms (32), owner (1), members passed (1), entries (4), 64 bytes for each entry, ascending |
//!
//! Numbers are big-endian. Senders are known from the channel, and each message is checked against its sender: an enrolment
//! and a key name theirs, and how far a set has come says whose turn it was.

use super::points::{CIPHERTEXT_BYTES, Ciphertext, decompressed};
use super::terms::checked_name;
use super::{ComparerKey, Enrolment, MAX_MEMBERS, MAX_NAME_BYTES, MAX_SET, OverlapError, SetCommitment, Terms};
use super::{TermsDigest, member::Route};
use curve25519_dalek::ristretto::CompressedRistretto;

const ENROLMENT: &[u8] = b"GHOE\x01";
const KEY: &[u8] = b"GHOK\x02";
const PASS: &[u8] = b"GHOP\x01";

/// Most bytes of an enrolment or a key.
pub const MAX_HELLO_BYTES: usize = 5 + 1 + MAX_NAME_BYTES + 4 + 32 + 32;

/// Bytes of a pass before its entries.
const PASS_HEADER: usize = 5 + 32 + 1 + 1 + 4;

/// Takes bytes off the front of a message.
struct Reader<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8], magic: &[u8], what: &'static str) -> Result<Self, OverlapError> {
        let rest = bytes.strip_prefix(magic).ok_or(OverlapError::Malformed { what })?;
        Ok(Self { rest, what })
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], OverlapError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(OverlapError::Malformed { what: self.what })?;
        self.rest = rest;
        Ok(*taken)
    }

    fn bytes(&mut self, count: usize) -> Result<&'a [u8], OverlapError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(OverlapError::Malformed { what: self.what })?;
        self.rest = rest;
        Ok(taken)
    }

    fn end(&self) -> Result<(), OverlapError> {
        if self.rest.is_empty() { Ok(()) } else { Err(OverlapError::Malformed { what: self.what }) }
    }
}

impl Enrolment {
    /// The message.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = ENROLMENT.to_vec();
        bytes.push(u8::try_from(self.name.len()).unwrap_or(u8::MAX));
        bytes.extend_from_slice(self.name.as_bytes());
        bytes.extend_from_slice(&self.size.to_be_bytes());
        bytes.extend_from_slice(self.commitment.as_bytes());
        bytes.extend_from_slice(&self.nonce);
        bytes
    }
}

/// An enrolment as received.
#[derive(Debug)]
pub struct UnverifiedEnrolment(Enrolment);

impl UnverifiedEnrolment {
    /// Reads a message.
    ///
    /// # Errors
    /// If it is not of the form.
    pub fn decode(bytes: &[u8]) -> Result<Self, OverlapError> {
        let what = "enrolment";
        if bytes.len() > MAX_HELLO_BYTES {
            return Err(OverlapError::Malformed { what });
        }
        let mut reader = Reader::new(bytes, ENROLMENT, what)?;
        let [length] = reader.take()?;
        let name = std::str::from_utf8(reader.bytes(length.into())?).map_err(|_| OverlapError::Malformed { what })?;
        let enrolment = Enrolment {
            name: name.to_owned(),
            size: u32::from_be_bytes(reader.take()?),
            commitment: SetCommitment::new(reader.take()?),
            nonce: reader.take()?,
        };
        reader.end()?;
        Ok(Self(enrolment))
    }

    /// The enrolment, if it came from the member it names.
    ///
    /// # Errors
    /// If the channel's sender is another one, or the name cannot be used.
    pub fn verify(self, sender: &str) -> Result<Enrolment, OverlapError> {
        checked_name(&self.0.name)?;
        if self.0.name == sender { Ok(self.0) } else { Err(OverlapError::NotEnrolled) }
    }
}

impl ComparerKey {
    /// The message.
    pub fn encode(&self) -> Vec<u8> {
        let length = u8::try_from(self.name.len()).unwrap_or(u8::MAX);
        [KEY, &[length], self.name.as_bytes(), self.key.as_bytes(), &self.nonce].concat()
    }
}

/// The comparing party's key as received.
#[derive(Debug)]
pub struct UnverifiedComparerKey(ComparerKey);

impl UnverifiedComparerKey {
    /// Reads a message.
    ///
    /// # Errors
    /// If it is not of the form.
    pub fn decode(bytes: &[u8]) -> Result<Self, OverlapError> {
        let what = "key of a comparing party";
        let mut reader = Reader::new(bytes, KEY, what)?;
        let [length] = reader.take()?;
        let name = std::str::from_utf8(reader.bytes(length.into())?).map_err(|_| OverlapError::Malformed { what })?;
        let key =
            ComparerKey { name: name.to_owned(), key: CompressedRistretto(reader.take()?), nonce: reader.take()? };
        reader.end()?;
        Ok(Self(key))
    }

    /// The key, if it came from the party it names and is a point that hides anything.
    ///
    /// # Errors
    /// If the channel's sender is another one, the name cannot be used, or it is no such point.
    pub fn verify(self, sender: &str) -> Result<ComparerKey, OverlapError> {
        checked_name(&self.0.name)?;
        if self.0.name != sender {
            let sender = sender.chars().take(MAX_NAME_BYTES).collect();
            return Err(OverlapError::ForeignKey { name: self.0.name, sender });
        }
        self.0.point().map(|_| self.0)
    }
}

/// The bytes of a pass.
pub(super) fn encode_pass(terms: &TermsDigest, route: Route, entries: &[[u8; CIPHERTEXT_BYTES]]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(PASS_HEADER + entries.len() * CIPHERTEXT_BYTES);
    bytes.extend_from_slice(PASS);
    bytes.extend_from_slice(terms.as_bytes());
    bytes.extend_from_slice(&[route.owner, route.hops]);
    // A set has at most `MAX_SET` entries.
    bytes.extend_from_slice(&u32::try_from(entries.len()).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend_from_slice(entries.as_flattened());
    bytes
}

/// A set on its way as received.
pub struct UnverifiedPass<'a> {
    terms: TermsDigest,
    route: Route,
    entries: &'a [[u8; CIPHERTEXT_BYTES]],
}

/// A set on its way, all of whose entries are points.
pub struct Pass {
    pub(super) route: Route,
    pub(super) points: Vec<Ciphertext>,
}

impl<'a> UnverifiedPass<'a> {
    /// Reads a message; nothing is copied.
    ///
    /// # Errors
    /// If it is not of the form, or larger than any set can be.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, OverlapError> {
        let what = "set on its way";
        let malformed = || OverlapError::Malformed { what };
        let mut reader = Reader::new(bytes, PASS, what)?;
        let terms = TermsDigest::new(reader.take()?);
        let [owner, hops] = reader.take()?;
        let count = u32::from_be_bytes(reader.take()?);
        let (entries, rest) = reader.rest.as_chunks();
        let fits = rest.is_empty() && u32::try_from(entries.len()) == Ok(count) && count <= MAX_SET;
        if !fits || usize::from(owner) >= MAX_MEMBERS || usize::from(hops) > MAX_MEMBERS {
            return Err(malformed());
        }
        Ok(Self { terms, route: Route { owner, hops }, entries })
    }

    /// Whose set it claims to be: the member's place in the terms.
    pub const fn owner(&self) -> u8 {
        self.route.owner
    }

    /// The set, if it belongs to the run, has the size its owner committed to, is in order, and holds points only.
    ///
    /// # Errors
    /// What of this does not hold, naming the owner.
    pub fn verify(&self, terms: &Terms) -> Result<Pass, OverlapError> {
        if self.terms != *terms.digest() {
            return Err(OverlapError::OtherTerms);
        }
        let Route { owner, hops } = self.route;
        let enrolment = terms.member(owner).ok_or(OverlapError::Malformed { what: "set on its way" })?;
        let name = || enrolment.name.clone();
        if hops == 0 || usize::from(hops) > terms.members().len() {
            return Err(OverlapError::WrongPlace { owner: name(), hops });
        }
        // `decode` admits at most `MAX_SET` entries.
        let (found, committed) = (u32::try_from(self.entries.len()).unwrap_or(u32::MAX), enrolment.size);
        if found != committed {
            return Err(OverlapError::Size { owner: name(), found, committed });
        }
        if !self.entries.is_sorted_by(|a, b| a < b) {
            return Err(OverlapError::Order { owner: name() });
        }
        let points = decompressed(self.entries).map_err(|index| OverlapError::Point { owner: name(), index })?;
        Ok(Pass { route: self.route, points })
    }

    /// The message again.
    pub fn encode(&self) -> Vec<u8> {
        encode_pass(&self.terms, self.route, self.entries)
    }
}
