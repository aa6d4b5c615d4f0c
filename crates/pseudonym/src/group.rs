//! Hashing into the group and its scalars as RFC 9380 and RFC 9497 say, and strict decoding.
//!
//! The group is ristretto255 (RFC 9496): prime order, one encoding per element.

use curve25519_dalek::ristretto::CompressedRistretto;
use curve25519_dalek::traits::IsIdentity;
use curve25519_dalek::{RistrettoPoint, Scalar};
use sha2::{Digest, Sha512};

/// Bytes of an encoded element and of an encoded scalar.
pub(crate) const ELEMENT: usize = 32;
/// Bytes of a block of SHA-512.
const BLOCK: usize = 128;

/// An element from its encoding; `None` for what encodes none, and for the identity.
pub(crate) fn element(bytes: &[u8; ELEMENT]) -> Option<RistrettoPoint> {
    CompressedRistretto(*bytes).decompress().filter(|point| !point.is_identity())
}

/// A scalar from its canonical encoding.
pub(crate) fn scalar(bytes: &[u8; ELEMENT]) -> Option<Scalar> {
    Scalar::from_canonical_bytes(*bytes).into_option()
}

/// Hashes into the group under a tag.
pub(crate) fn hash_to_group(tag: &[&[u8]], message: &[&[u8]]) -> RistrettoPoint {
    RistrettoPoint::from_uniform_bytes(&expand(message, tag))
}

/// Hashes into the scalars under a tag.
pub(crate) fn hash_to_scalar(tag: &[&[u8]], message: &[&[u8]]) -> Scalar {
    Scalar::from_bytes_mod_order_wide(&expand(message, tag))
}

/// `expand_message_xmd` of RFC 9380, 5.3.1, with SHA-512 for 64 bytes, which is one block. Tags are shorter than 256
/// bytes by construction.
fn expand(message: &[&[u8]], tag: &[&[u8]]) -> [u8; 64] {
    let length: usize = tag.iter().map(|part| part.len()).sum();
    let tagged = |mut hash: Sha512| -> [u8; 64] {
        tag.iter().for_each(|part| hash.update(part));
        hash.update([u8::try_from(length).unwrap_or(u8::MAX)]);
        hash.finalize().into()
    };
    let mut hash = Sha512::new();
    hash.update([0; BLOCK]);
    message.iter().for_each(|part| hash.update(part));
    hash.update(64u16.to_be_bytes());
    hash.update([0]);
    let first = tagged(hash);
    let mut hash = Sha512::new();
    hash.update(first);
    hash.update([1]);
    tagged(hash)
}
