//! The oblivious pseudorandom function OPRF(ristretto255, SHA-512) of RFC 9497, modes OPRF and VOPRF, in batches.
//!
//! A client hides each input behind a random factor, the holder of the key multiplies what it cannot read, and the
//! client takes the factor away: it learns `F(k, input)` and nothing else, the holder nothing. In mode VOPRF a proof
//! shows that one known key was used for the whole batch.
//!
//! Assumption: one-more gap Diffie-Hellman in ristretto255, SHA-512 as a random oracle.
//!
//! Not here: thresholds, which `evaluate` adds; the mode POPRF, whose inverse `1 / (k + H(info))` is not linear in
//! shares of `k`, so that no quorum could evaluate it (its vectors are tested over the same parts).

mod batch;
pub(crate) mod dleq;
#[cfg(test)]
mod tests;

pub use dleq::{PROOF_BYTES, Proof, ProofError};

use crate::random::{self, NoRandomness};
use crate::{group, oprf::batch::Half};
use curve25519_dalek::{RistrettoPoint, Scalar};
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

pub(crate) use batch::{multiplied, points as decoded, unblinded};

/// Bytes of an encoded element.
pub const ELEMENT_BYTES: usize = group::ELEMENT;
/// Bytes of an output.
pub const OUTPUT_BYTES: usize = 64;
/// Most bytes of an input.
pub const MAX_INPUT_BYTES: usize = 65_535;
/// Most elements of a batch; indices in a proof have two bytes.
pub const MAX_BATCH: usize = 4096;

/// The modes of RFC 9497 that are offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Without proof.
    Oprf,
    /// With a proof that a known key was used.
    Voprf,
}

/// Why a function of this module refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OprfError {
    /// The operating system gave no randomness.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The bytes are not an element, or the identity.
    #[error("element {index} of the batch is not a valid group element")]
    Element {
        /// Which, from 0.
        index: usize,
    },
    /// The bytes are not a secret or public key.
    #[error("this is not a key: it is zero, the identity, or not encoded in the one right way")]
    Key,
    /// A batch is empty, too long, or of another length than its partner.
    #[error("a batch of {found} was given where 1 to {MAX_BATCH}, or as many as were sent, are needed")]
    Batch {
        /// Elements found.
        found: usize,
    },
    /// An input is too long, or one that hashes to the identity.
    #[error("input {index} of the batch cannot be used")]
    Input {
        /// Which, from 0.
        index: usize,
    },
    /// The proof does not fit.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

/// The key of the function.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SecretKey {
    scalar: Scalar,
    half: Scalar,
}

/// The public key that belongs to a [`SecretKey`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(pub(crate) RistrettoPoint);

/// The random factor that hides one input; used once.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Blind(pub(crate) Scalar);

/// An element as it is sent: a blinded input, or its evaluation.
pub type Encoded = [u8; ELEMENT_BYTES];

/// What a function of an input is: 64 bytes that look random to whoever lacks the key.
pub type Output = [u8; OUTPUT_BYTES];

impl SecretKey {
    /// A new random key.
    ///
    /// # Errors
    /// If the operating system gives no randomness.
    pub fn generate() -> Result<Self, OprfError> {
        Ok(Self::of(random::scalar()?))
    }

    /// A key from its 32 bytes.
    ///
    /// # Errors
    /// If they are zero or not encoded canonically.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, OprfError> {
        let scalar = group::scalar(bytes).filter(|scalar| !bool::from(scalar.ct_eq(&Scalar::ZERO)));
        scalar.map(Self::of).ok_or(OprfError::Key)
    }

    /// The public key.
    pub fn public(&self) -> PublicKey {
        PublicKey(RistrettoPoint::mul_base(&self.scalar))
    }

    /// The key's bytes.
    ///
    /// # Security
    /// Whoever has them can evaluate the function on anything.
    pub fn expose_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.scalar.to_bytes())
    }

    pub(crate) fn of(scalar: Scalar) -> Self {
        Self { scalar, half: scalar.div_by_2() }
    }

    pub(crate) const fn scalar(&self) -> &Scalar {
        &self.scalar
    }

    pub(crate) const fn half(&self) -> Half<'_> {
        Half(&self.half)
    }
}

impl PublicKey {
    /// A key from its encoding.
    ///
    /// # Errors
    /// If the bytes encode no element, or the identity.
    pub fn from_bytes(bytes: &Encoded) -> Result<Self, OprfError> {
        group::element(bytes).map(Self).ok_or(OprfError::Key)
    }

    /// Its encoding.
    pub fn to_bytes(&self) -> Encoded {
        self.0.compress().to_bytes()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Mode {
    /// `contextString` of RFC 9497, 3.1.
    pub(crate) const fn context(self) -> &'static [u8] {
        match self {
            Self::Oprf => b"OPRFV1-\x00-ristretto255-SHA512",
            Self::Voprf => b"OPRFV1-\x01-ristretto255-SHA512",
        }
    }
}

/// Hides inputs, each behind a fresh factor (RFC 9497, 3.3.1 `Blind`).
///
/// # Errors
/// If a batch or an input is too long, or there is no randomness.
pub fn blind<I: AsRef<[u8]> + Sync>(mode: Mode, inputs: &[I]) -> Result<(Vec<Blind>, Vec<Encoded>), OprfError> {
    check_batch(inputs.len(), inputs.len())?;
    let factors = random::scalars(inputs.len())?;
    let elements = batch::blinded(mode.context(), inputs, &factors)?;
    Ok((factors.iter().map(|factor| Blind(*factor)).collect(), elements))
}

/// Evaluates blinded elements (`BlindEvaluate`, mode OPRF). Constant time in the key.
///
/// # Errors
/// If one of them is no element.
pub fn evaluate(key: &SecretKey, blinded: &[Encoded]) -> Result<Vec<Encoded>, OprfError> {
    check_batch(blinded.len(), blinded.len())?;
    let points = batch::points(blinded)?;
    Ok(multiplied(key.half(), &points))
}

/// Evaluates blinded elements and proves it (`BlindEvaluate`, mode VOPRF). Constant time in the key.
///
/// # Errors
/// If one of them is no element, or there is no randomness.
pub fn evaluate_verifiably(key: &SecretKey, blinded: &[Encoded]) -> Result<(Vec<Encoded>, Proof), OprfError> {
    check_batch(blinded.len(), blinded.len())?;
    let points = batch::points(blinded)?;
    let evaluated = multiplied(key.half(), &points);
    let statement = dleq::Batch { blinded, points: &points, evaluated: &evaluated };
    let proof = dleq::prove(&[Mode::Voprf.context()], key, &key.public(), &statement)?;
    Ok((evaluated, proof))
}

/// Takes the factors away (`Finalize`, mode OPRF).
///
/// # Errors
/// If an evaluation is no element, or there are not as many as inputs.
pub fn finalize<I: AsRef<[u8]> + Sync>(
    inputs: &[I],
    blinds: &[Blind],
    evaluated: &[Encoded],
) -> Result<Vec<Output>, OprfError> {
    check_batch(inputs.len(), blinds.len())?;
    check_batch(inputs.len(), evaluated.len())?;
    Ok(unblinded(inputs, blinds, &batch::points(evaluated)?, &Scalar::ONE))
}

/// Verifies the proof, then takes the factors away (`Finalize`, mode VOPRF).
///
/// # Errors
/// If the proof does not fit, and as [`finalize`].
pub fn finalize_verified<I: AsRef<[u8]> + Sync>(
    public: &PublicKey,
    inputs: &[I],
    blinds: &[Blind],
    blinded: &[Encoded],
    evaluated: &[Encoded],
    proof: &Proof,
) -> Result<Vec<Output>, OprfError> {
    check_batch(inputs.len(), blinds.len())?;
    check_batch(inputs.len(), blinded.len())?;
    check_batch(inputs.len(), evaluated.len())?;
    let (sent, came) = (batch::points(blinded)?, batch::points(evaluated)?);
    let statement = dleq::Batch { blinded, points: &sent, evaluated };
    dleq::verify(&[Mode::Voprf.context()], public, &statement, &came, proof)?;
    Ok(unblinded(inputs, blinds, &came, &Scalar::ONE))
}

/// `F(key, input)` directly, by whoever holds the whole key (`Evaluate`). For tests of what quorums compute.
///
/// # Errors
/// If the input is too long.
pub fn evaluate_directly(mode: Mode, key: &SecretKey, input: &[u8]) -> Result<Output, OprfError> {
    let factor = Scalar::ONE;
    let blinded = batch::blinded(mode.context(), &[input], &[factor])?;
    let evaluated = evaluate(key, &blinded)?;
    let outputs = unblinded(&[input], &[Blind(factor)], &batch::points(&evaluated)?, &Scalar::ONE);
    outputs.into_iter().next().ok_or(OprfError::Batch { found: 0 })
}

pub(crate) fn check_batch(len: usize, other: usize) -> Result<(), OprfError> {
    if len == 0 || len > MAX_BATCH || len != other { Err(OprfError::Batch { found: other }) } else { Ok(()) }
}
