//! Steps 2 to 4 over many points at once: hashing, encrypting, multiplying, decrypting, on all processors.
//!
//! Points are compressed in batches, which gives the encoding of twice a point and costs one inversion for all of
//! them. Every step doubles both halves of a ciphertext alike, so that the run's key is a power of two times the
//! product of all scalars: uniform as before, and the same for every set.
//!
//! # Security
//! Scalars meet points in constant time only (`curve25519-dalek`). What is sorted and compared is public.

use super::{OverlapError, TermsDigest};
use crate::{group, random};
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoBasepointTable};
use curve25519_dalek::{RistrettoPoint, Scalar};
use rayon::prelude::*;
use zeroize::{Zeroize, Zeroizing};

const HASH_TAG: &[u8] = b"guildhall/overlap-customer/v1";

/// Points that are worked on together.
const BATCH: usize = 512;

/// Bytes of a ciphertext: two points.
pub(super) const CIPHERTEXT_BYTES: usize = 64;

/// The secret scalar of one run; wiped on drop.
pub(super) struct RunScalar(Scalar);

impl RunScalar {
    pub(super) fn draw() -> Result<Self, OverlapError> {
        Ok(Self(random::scalar()?))
    }

    #[cfg(test)]
    pub(super) const fn known(&self) -> &Scalar {
        &self.0
    }

    /// The scalar times the base point.
    pub(super) fn public(&self) -> RistrettoPoint {
        RistrettoPoint::mul_base(&self.0)
    }
}

impl Drop for RunScalar {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// A ciphertext as points.
#[derive(Clone, Copy)]
pub(super) struct Ciphertext {
    pub(super) left: RistrettoPoint,
    pub(super) right: RistrettoPoint,
}

/// Step 2: every customer as a ciphertext, sorted.
pub(super) fn encrypted(
    frames: &[Zeroizing<Vec<u8>>],
    terms: &TermsDigest,
    scalar: &RunScalar,
    key: &RistrettoPoint,
) -> Result<Vec<[u8; CIPHERTEXT_BYTES]>, OverlapError> {
    let table = RistrettoBasepointTable::create(key);
    let batch = |frames: &[Zeroizing<Vec<u8>>]| -> Result<_, OverlapError> {
        let masks = random::scalars(frames.len())?;
        let seal = |(frame, mask): (&Zeroizing<Vec<u8>>, &Scalar)| Ciphertext {
            left: RistrettoPoint::mul_base(mask),
            right: hashed(terms, frame) * scalar.0 + &table * mask,
        };
        Ok(compressed(frames.iter().zip(masks.iter()).map(seal)))
    };
    let batches: Vec<_> = frames.par_chunks(BATCH).map(batch).collect::<Result<_, _>>()?;
    Ok(sorted(batches.into_iter().flatten().collect()))
}

/// Step 3: every ciphertext multiplied, sorted.
pub(super) fn multiplied(points: &[Ciphertext], scalar: &RunScalar) -> Vec<[u8; CIPHERTEXT_BYTES]> {
    let times = |c: &Ciphertext| Ciphertext { left: c.left * scalar.0, right: c.right * scalar.0 };
    let batches = points.par_chunks(BATCH).flat_map_iter(|chunk| compressed(chunk.iter().map(times)));
    sorted(batches.collect())
}

/// Step 4: what the ciphertexts hold, sorted.
pub(super) fn decrypted(points: &[Ciphertext], secret: &RunScalar) -> Vec<[u8; 32]> {
    let open = |c: &Ciphertext| c.right - c.left * secret.0;
    let batch = |chunk: &[Ciphertext]| {
        let opened: Vec<RistrettoPoint> = chunk.iter().map(open).collect();
        RistrettoPoint::double_and_compress_batch(&opened).into_iter().map(|point| point.to_bytes())
    };
    let mut points: Vec<[u8; 32]> = points.par_chunks(BATCH).flat_map_iter(batch).collect();
    points.par_sort_unstable();
    points
}

/// The points of encodings; the index of the first that is not one, or is the identity.
pub(super) fn decompressed(entries: &[[u8; CIPHERTEXT_BYTES]]) -> Result<Vec<Ciphertext>, usize> {
    let each = |(index, entry): (usize, &[u8; CIPHERTEXT_BYTES])| {
        let (halves, _) = entry.as_chunks();
        let mut points = halves.iter().map(group::element);
        let point = |point: Option<Option<RistrettoPoint>>| point.flatten().ok_or(index);
        Ok(Ciphertext { left: point(points.next())?, right: point(points.next())? })
    };
    entries.par_iter().enumerate().map(each).collect()
}

/// A customer's point in this run: `hash_to_ristretto255` of RFC 9380 over the terms and the frame.
fn hashed(terms: &TermsDigest, frame: &[u8]) -> RistrettoPoint {
    group::hash_to_group(&[HASH_TAG], &[terms.as_bytes(), frame])
}

/// The encodings of twice the points.
fn compressed(ciphertexts: impl Iterator<Item = Ciphertext>) -> Vec<[u8; CIPHERTEXT_BYTES]> {
    let points: Vec<RistrettoPoint> = ciphertexts.flat_map(|c| [c.left, c.right]).collect();
    let encodings = RistrettoPoint::double_and_compress_batch(&points);
    let (pairs, _) = encodings.as_chunks::<2>();
    let join = |pair: &[CompressedRistretto; 2]| {
        let mut entry = [0; CIPHERTEXT_BYTES];
        let (left, right) = entry.split_at_mut(32);
        left.copy_from_slice(pair[0].as_bytes());
        right.copy_from_slice(pair[1].as_bytes());
        entry
    };
    pairs.iter().map(join).collect()
}

/// The order of the encodings depends on nothing but the set of them, so it hides the order in which they came.
fn sorted(mut entries: Vec<[u8; CIPHERTEXT_BYTES]>) -> Vec<[u8; CIPHERTEXT_BYTES]> {
    entries.par_sort_unstable();
    entries
}
