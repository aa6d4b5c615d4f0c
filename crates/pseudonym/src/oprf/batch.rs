//! The arithmetic on batches: one inversion for many encodings, both cores for one batch.
//!
//! Encoding an element costs an inverse square root, but the doubles of many elements can be encoded with one shared
//! inversion (`RistrettoPoint::double_and_compress_batch`). So every secret factor is halved first, and the doubles of
//! the halves are what is encoded: the same bytes, at a tenth of the cost.

use super::{Blind, Encoded, MAX_INPUT_BYTES, OprfError, Output};
use crate::group;
use curve25519_dalek::traits::IsIdentity;
use curve25519_dalek::{RistrettoPoint, Scalar};
use rayon::prelude::*;
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

/// Elements that one task handles; large enough to share inversions, small enough to share out.
const CHUNK: usize = 64;

/// A secret factor divided by two.
pub(crate) struct Half<'k>(pub(super) &'k Scalar);

/// Decodes elements.
pub(crate) fn points(encoded: &[Encoded]) -> Result<Vec<RistrettoPoint>, OprfError> {
    let decode = |(index, bytes)| group::element(bytes).ok_or(OprfError::Element { index });
    encoded.par_iter().with_min_len(CHUNK).enumerate().map(decode).collect()
}

/// Hashes inputs into the group and multiplies each by its factor.
pub(super) fn blinded<I: AsRef<[u8]> + Sync>(
    context: &[u8],
    inputs: &[I],
    factors: &[Scalar],
) -> Result<Vec<Encoded>, OprfError> {
    let one = |(index, (input, factor)): (usize, (&I, &Scalar))| {
        let input = input.as_ref();
        let point = group::hash_to_group(&[b"HashToGroup-", context], &[input]);
        if input.len() > MAX_INPUT_BYTES || point.is_identity() {
            return Err(OprfError::Input { index });
        }
        Ok(point * *Zeroizing::new(factor.div_by_2()))
    };
    let halves: Vec<RistrettoPoint> =
        inputs.par_iter().zip(factors).with_min_len(CHUNK).enumerate().map(one).collect::<Result<_, _>>()?;
    Ok(doubled(&halves))
}

/// Multiplies each point by a secret factor, of which the half is given.
pub(crate) fn multiplied(half: Half<'_>, points: &[RistrettoPoint]) -> Vec<Encoded> {
    let chunk = |points: &[RistrettoPoint]| {
        let halves: Vec<RistrettoPoint> = points.iter().map(|point| point * half.0).collect();
        doubled_here(&halves)
    };
    points.par_chunks(CHUNK).flat_map_iter(chunk).collect()
}

/// Divides each point by its blind and by `divisor`, and hashes it with its input (`Finalize`).
pub(crate) fn unblinded<I: AsRef<[u8]> + Sync>(
    inputs: &[I],
    blinds: &[Blind],
    evaluated: &[RistrettoPoint],
    divisor: &Scalar,
) -> Vec<Output> {
    let mut inverses = Zeroizing::new(blinds.iter().map(|blind| blind.0 * divisor).collect::<Vec<Scalar>>());
    Scalar::invert_batch_alloc(&mut inverses);
    let halves: Vec<RistrettoPoint> = evaluated
        .par_iter()
        .zip(inverses.par_iter())
        .with_min_len(CHUNK)
        .map(|(point, inverse)| point * *Zeroizing::new(inverse.div_by_2()))
        .collect();
    let encoded = doubled(&halves);
    inputs.iter().zip(&encoded).map(|(input, element)| output(input.as_ref(), element)).collect()
}

/// The hash that ends `Finalize`.
pub(super) fn output(input: &[u8], element: &Encoded) -> Output {
    let mut hash = Sha512::new();
    for part in [input, element] {
        hash.update(u16::try_from(part.len()).unwrap_or(u16::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.update(b"Finalize");
    hash.finalize().into()
}

fn doubled(halves: &[RistrettoPoint]) -> Vec<Encoded> {
    halves.par_chunks(CHUNK).flat_map_iter(doubled_here).collect()
}

fn doubled_here(halves: &[RistrettoPoint]) -> Vec<Encoded> {
    RistrettoPoint::double_and_compress_batch(halves).iter().map(|encoded| encoded.to_bytes()).collect()
}
