//! One hash for commitments, identities and Fiat-Shamir: SHA-256 over a tag and length-prefixed fields.

use sha2::{Digest as _, Sha256};

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// `H(tag; fields)`: no two different (tag, fields) lists give the same input bytes.
///
/// Every use in the protocol has a tag of its own; see `docs/protocol.md`, "Hashes".
pub fn digest(tag: &str, fields: &[&[u8]]) -> Digest {
    let mut hash = Sha256::new();
    absorb(&mut hash, b"guildhall/v1");
    absorb(&mut hash, tag.as_bytes());
    for field in fields {
        absorb(&mut hash, field);
    }
    hash.finalize().into()
}

fn absorb(hash: &mut Sha256, field: &[u8]) {
    hash.update((field.len() as u64).to_le_bytes());
    hash.update(field);
}
