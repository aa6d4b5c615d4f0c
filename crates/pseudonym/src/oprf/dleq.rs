//! Proofs that one key multiplied a whole batch (RFC 9497, 2.2: Chaum-Pedersen over a random combination).
//!
//! The proof's challenge is a hash of all that is claimed; no caller can supply it.

use super::{Encoded, PublicKey, SecretKey};
use crate::group;
use crate::random::{self, NoRandomness};
use curve25519_dalek::traits::VartimeMultiscalarMul;
use curve25519_dalek::{RistrettoPoint, Scalar};
use rayon::prelude::*;
use sha2::{Digest, Sha512};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Bytes of an encoded proof.
pub const PROOF_BYTES: usize = 64;

/// A proof: challenge and response.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Proof {
    challenge: Scalar,
    response: Scalar,
}

/// Why a proof counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The bytes are not two canonical scalars.
    #[error("the proof is not encoded in the one right way")]
    Encoding,
    /// It does not verify.
    #[error("the proof does not verify: another key was used, or the answer was altered")]
    Wrong,
}

impl Proof {
    /// A proof from its encoding. Says nothing until it is verified.
    ///
    /// # Errors
    /// If the bytes are not two canonical scalars.
    pub fn from_bytes(bytes: &[u8; PROOF_BYTES]) -> Result<Self, ProofError> {
        let (halves, _) = bytes.as_chunks::<32>();
        match halves {
            [challenge, response] => {
                let decode = |bytes| group::scalar(bytes).ok_or(ProofError::Encoding);
                Ok(Self { challenge: decode(challenge)?, response: decode(response)? })
            }
            _ => Err(ProofError::Encoding),
        }
    }

    /// Its encoding.
    pub fn to_bytes(&self) -> [u8; PROOF_BYTES] {
        let mut bytes = [0; PROOF_BYTES];
        bytes[..32].copy_from_slice(&self.challenge.to_bytes());
        bytes[32..].copy_from_slice(&self.response.to_bytes());
        bytes
    }
}

/// What is claimed: each element of `evaluated` is the key times that of `blinded`.
pub(crate) struct Batch<'b> {
    pub(crate) blinded: &'b [Encoded],
    /// `blinded`, decoded.
    pub(crate) points: &'b [RistrettoPoint],
    pub(crate) evaluated: &'b [Encoded],
}

/// Proves a batch under a context (`GenerateProof`). Constant time in the key.
pub(crate) fn prove(
    context: &[&[u8]],
    key: &SecretKey,
    public: &PublicKey,
    batch: &Batch<'_>,
) -> Result<Proof, NoRandomness> {
    Ok(prove_with(context, key, public, batch, &Zeroizing::new(random::scalar()?)))
}

pub(super) fn prove_with(
    context: &[&[u8]],
    key: &SecretKey,
    public: &PublicKey,
    batch: &Batch<'_>,
    nonce: &Scalar,
) -> Proof {
    // ComputeCompositesFast: the holder of the key needs no evaluated point.
    let public = public.to_bytes();
    let combined = combination(&weights(context, &public, batch), batch.points);
    let evaluated = combined * key.scalar();
    let commitments = [RistrettoPoint::mul_base(nonce), combined * nonce];
    let challenge = challenge(context, &public, &[combined, evaluated], &commitments);
    Proof { challenge, response: nonce - challenge * key.scalar() }
}

/// Verifies a batch under a context (`VerifyProof`); `evaluated` is the batch's, decoded.
pub(crate) fn verify(
    context: &[&[u8]],
    public: &PublicKey,
    batch: &Batch<'_>,
    evaluated: &[RistrettoPoint],
    proof: &Proof,
) -> Result<(), ProofError> {
    let key = public.to_bytes();
    let weights = weights(context, &key, batch);
    let (blinded, evaluated) = rayon::join(|| combination(&weights, batch.points), || combination(&weights, evaluated));
    let (response, challenged) = (proof.response, proof.challenge);
    let commitments = [
        RistrettoPoint::vartime_double_scalar_mul_basepoint(&challenged, &public.0, &response),
        RistrettoPoint::vartime_multiscalar_mul([response, challenged], [blinded, evaluated]),
    ];
    let expected = challenge(context, &key, &[blinded, evaluated], &commitments);
    if bool::from(expected.ct_eq(&challenged)) { Ok(()) } else { Err(ProofError::Wrong) }
}

/// The weights of `ComputeComposites`: a hash of everything, so that no answer can be fitted to them.
fn weights(context: &[&[u8]], public: &Encoded, batch: &Batch<'_>) -> Vec<Scalar> {
    let seed = seed(context, public);
    let tag = tag(b"HashToScalar-", context);
    let weigh = |(index, (blinded, evaluated)): (usize, (&Encoded, &Encoded))| {
        let index = u16::try_from(index).unwrap_or(u16::MAX).to_be_bytes();
        let element = 32u16.to_be_bytes();
        let parts: [&[u8]; 8] =
            [&64u16.to_be_bytes(), &seed, &index, &element, blinded, &element, evaluated, b"Composite"];
        group::hash_to_scalar(&tag, &parts)
    };
    batch.blinded.par_iter().zip(batch.evaluated).with_min_len(64).enumerate().map(weigh).collect()
}

fn seed(context: &[&[u8]], public: &Encoded) -> [u8; 64] {
    let tag = tag(b"Seed-", context);
    let length: usize = tag.iter().map(|part| part.len()).sum();
    let mut hash = Sha512::new();
    hash.update(32u16.to_be_bytes());
    hash.update(public);
    hash.update(u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
    tag.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}

/// The sum of weighted points. Variable time: weights and points are public.
fn combination(weights: &[Scalar], points: &[RistrettoPoint]) -> RistrettoPoint {
    RistrettoPoint::vartime_multiscalar_mul(weights, points)
}

fn challenge(
    context: &[&[u8]],
    public: &Encoded,
    claim: &[RistrettoPoint; 2],
    commitments: &[RistrettoPoint; 2],
) -> Scalar {
    let encoded: Vec<Encoded> = claim.iter().chain(commitments).map(|point| point.compress().to_bytes()).collect();
    let length = 32u16.to_be_bytes();
    let mut parts: Vec<&[u8]> = vec![&length, public];
    for element in &encoded {
        parts.extend([&length[..], element]);
    }
    parts.push(b"Challenge");
    group::hash_to_scalar(&tag(b"HashToScalar-", context), &parts)
}

fn tag<'t>(name: &'t [u8], context: &[&'t [u8]]) -> Vec<&'t [u8]> {
    std::iter::once(name).chain(context.iter().copied()).collect()
}
