//! The member's (and the noise contributor's) side: one message, then offline for good.

use crate::contribution::{
    Author, Body, Contribution, Round, Shape, box_aad, encode_elements, encode_header, joint_seed, query_seed,
};
use crate::digest::{Digest, digest};
use crate::seal::{SealError, SealPublicKey, seal_bytes};
use crate::secret::{FieldSecret, Seed};
use crate::sharing::{Masks, Part, Subset, add, add_scaled, commit, subtract};
use prio::field::{Field128, FieldElement};
use prio::flp::Type;
use prio::vdaf::xof::{IntoFieldVec, Xof, XofTurboShake128};
use rand::rngs::SysRng;
use rand::{Rng, SeedableRng, TryRng};
use rand_chacha::ChaCha20Rng;
use zeroize::Zeroize;

/// Why no contribution was made. Nothing has left the machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContributeError {
    /// The operating system gave no randomness.
    #[error("the operating system gave no randomness")]
    NoRandomness,
    /// The input does not satisfy the circuit; sending it would leak it.
    #[error("the input does not satisfy the round's circuit; nothing was sent")]
    Invalid,
    /// Not one key per trustee.
    #[error("{got} trustee keys where the round has {want} trustees")]
    Keys {
        /// Keys given.
        got: usize,
        /// Trustees of the round.
        want: usize,
    },
    /// A trustee's key is unusable.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Makes a contribution from an encoded input (`docs/protocol.md`, step 2).
///
/// `presence` are the header's flags (empty for noise) and must be those the circuit was built with.
///
/// # Security
/// All secret randomness (nonce, seeds, proof randomness, encapsulation) comes from one KDF over 32
/// bytes of the operating system and `H(H(M), author, input)`. A machine that is rolled back, or one
/// whose randomness is stuck, therefore never uses the same secrets for two different inputs.
///
/// # Errors
/// If the input is invalid, a key is unusable or randomness is missing.
pub fn contribute<C: Type<Field = Field128>>(
    round: &Round,
    circuit: &C,
    author: Author,
    presence: &[bool],
    input: &FieldSecret,
    keys: &[SealPublicKey],
) -> Result<Contribution, ContributeError> {
    let mut entropy = [0u8; 32];
    SysRng.try_fill_bytes(&mut entropy).map_err(|_| ContributeError::NoRandomness)?;
    let made = contribute_with(round, circuit, author, presence, input, keys, &entropy);
    entropy.zeroize();
    made
}

/// As [`contribute`], from given entropy. Only tests call it with anything but fresh bytes.
pub(crate) fn contribute_with<C: Type<Field = Field128>>(
    round: &Round,
    circuit: &C,
    author: Author,
    presence: &[bool],
    input: &FieldSecret,
    keys: &[SealPublicKey],
    entropy: &[u8; 32],
) -> Result<Contribution, ContributeError> {
    let want = usize::from(round.threshold.k());
    if keys.len() != want {
        return Err(ContributeError::Keys { got: keys.len(), want });
    }
    // A query point that is a root of unity (probability below 2^-110) makes prio refuse: start afresh.
    for attempt in 0..4u8 {
        let rng = secret_rng(round, &author, input, entropy, attempt);
        let mut draft = Draft::new(round, circuit, author, presence, input, rng);
        if let Some(verifier) = draft.prove(circuit)? {
            // The client's own check of V(0): an invalid vector would leak through V.
            let at_zero = verifier.first().map(Vec::as_slice).unwrap_or_default();
            return match circuit.decide(at_zero) {
                Ok(true) => draft.publish(&verifier).seal(keys),
                _ => Err(ContributeError::Invalid),
            };
        }
    }
    Err(ContributeError::Invalid)
}

/// A contribution whose client skips its own check and may rewrite the verifier polynomial.
#[cfg(test)]
pub(crate) fn contribute_lying<C: Type<Field = Field128>>(
    round: &Round,
    circuit: &C,
    author: Author,
    presence: &[bool],
    input: &FieldSecret,
    keys: &[SealPublicKey],
    rewrite: impl Fn(&mut Vec<Vec<Field128>>),
) -> Result<Contribution, ContributeError> {
    let rng = secret_rng(round, &author, input, &[5; 32], 0);
    let mut draft = Draft::new(round, circuit, author, presence, input, rng);
    let mut verifier = draft.prove(circuit)?.ok_or(ContributeError::Invalid)?;
    rewrite(&mut verifier);
    draft.publish(&verifier).seal(keys)
}

/// The one KDF: ChaCha20 keyed with `H("randomness"; entropy, M, author, attempt, input)`.
fn secret_rng(round: &Round, author: &Author, input: &FieldSecret, entropy: &[u8; 32], attempt: u8) -> ChaCha20Rng {
    let mut encoded = Vec::with_capacity(input.expose_elements().len() * 16);
    encode_elements(input.expose_elements(), &mut encoded);
    let mut key = digest("randomness", &[entropy, &round.manifest, &author.encode(), &[attempt], &encoded]);
    encoded.zeroize();
    let rng = ChaCha20Rng::from_seed(key);
    key.zeroize();
    rng
}

/// A contribution in the making: seeds drawn and committed, input masked, shares of `t` trustees at hand.
struct Draft<'a> {
    round: &'a Round,
    author: Author,
    rng: ChaCha20Rng,
    shape: Shape,
    seeds: Vec<(Subset, Seed)>,
    weights: Vec<Vec<Option<Field128>>>,
    commitments: Vec<Digest>,
    input: &'a FieldSecret,
    /// Input shares of trustees `1..t`; the input itself is the share at 0.
    shares: Vec<FieldSecret>,
    /// `H1`, the seed of the joint randomness.
    joint: Digest,
    /// Header, commitments, masked input, then whatever follows.
    bytes: Vec<u8>,
}

impl<'a> Draft<'a> {
    /// Steps 2.1 to 2.3: seeds, commitments, masked input, and what they fix.
    fn new<C: Type<Field = Field128>>(
        round: &'a Round,
        circuit: &C,
        author: Author,
        presence: &[bool],
        input: &'a FieldSecret,
        mut rng: ChaCha20Rng,
    ) -> Self {
        let shape = Shape::new(round.threshold, circuit, presence.len());
        let mut nonce = [0u8; 16];
        rng.fill_bytes(&mut nonce);
        let seeds: Vec<(Subset, Seed)> = Subset::all(&round.threshold)
            .into_iter()
            .map(|subset| {
                let mut bytes = [0u8; 32];
                rng.fill_bytes(&mut bytes);
                (subset, Seed::new(bytes))
            })
            .collect();
        let commitments: Vec<Digest> =
            seeds.iter().map(|(subset, seed)| commit(round, &author, &nonce, *subset, seed)).collect();
        let mut bytes = encode_header(round, &author, &nonce, presence);
        bytes.reserve(shape.body_len());
        bytes.extend_from_slice(commitments.as_flattened());
        let weights = weights(round, &seeds);
        let (masked, shares) = share(round, &author, &seeds, &weights, Part::Input, input.expose_elements());
        encode_elements(&masked, &mut bytes);
        let joint = joint_seed(round, &bytes);
        Self { round, author, rng, shape, seeds, weights, commitments, input, shares, joint, bytes }
    }

    /// Steps 2.4 to 2.7: proof, its masking, verifier polynomial. `None` if the query point is unusable.
    fn prove<C: Type<Field = Field128>>(&mut self, circuit: &C) -> Result<Option<Vec<Vec<Field128>>>, ContributeError> {
        let joint_rand = challenge("joint", &self.joint, circuit.joint_rand_len());
        let stream = ChaCha20Rng::from_rng(&mut self.rng);
        let prove_rand = FieldSecret::new(stream.into_field_vec(circuit.prove_rand_len()));
        let proof = circuit
            .prove(self.input.expose_elements(), prove_rand.expose_elements(), &joint_rand)
            .map(FieldSecret::new)
            .map_err(|_| ContributeError::Invalid)?;
        let (masked, proof_shares) =
            share(self.round, &self.author, &self.seeds, &self.weights, Part::Proof, proof.expose_elements());
        let start = self.bytes.len();
        encode_elements(&masked, &mut self.bytes);
        let query = query_seed(&self.joint, self.bytes.get(start..).unwrap_or_default());
        let query_rand = challenge("query", &query, circuit.query_rand_len());
        let shares = std::iter::once((self.input, &proof)).chain(self.shares.iter().zip(&proof_shares));
        let points = shares.map(|(input, proof)| {
            circuit.query(input.expose_elements(), proof.expose_elements(), &query_rand, &joint_rand, 1).ok()
        });
        Ok(points.collect::<Option<Vec<_>>>().map(|points| interpolate(&points)))
    }

    /// Appends the verifier polynomial to the body.
    fn publish(mut self, verifier: &[Vec<Field128>]) -> Self {
        verifier.iter().for_each(|coefficients| encode_elements(coefficients, &mut self.bytes));
        self
    }

    /// Step 2.8: one box of seeds per trustee, whose hashes complete the body.
    fn seal(mut self, keys: &[SealPublicKey]) -> Result<Contribution, ContributeError> {
        let mut boxes = Vec::with_capacity(keys.len());
        for (trustee, key) in (1u8..).zip(keys) {
            let mut plain: Vec<u8> = Vec::new();
            for (_, seed) in self.seeds.iter().filter(|(subset, _)| !subset.contains(trustee)) {
                plain.extend_from_slice(seed.expose_bytes());
            }
            let aad = box_aad(self.round, &self.author, trustee, &self.commitments);
            let sealed = seal_bytes(key, &self.round.manifest, &aad, &plain, &mut self.rng);
            plain.zeroize();
            boxes.push(sealed?);
        }
        for sealed in &boxes {
            self.bytes.extend_from_slice(&digest("box", &[sealed]));
        }
        let body = Body::read(self.bytes, self.round, &self.shape, self.joint).map_err(|_| ContributeError::Invalid)?;
        Ok(Contribution { body, boxes })
    }
}

/// `d = secret - sum_A PRG(s_A)` and the shares of trustees `1..t`.
fn share(
    round: &Round,
    author: &Author,
    seeds: &[(Subset, Seed)],
    weights: &[Vec<Option<Field128>>],
    part: Part,
    secret: &[Field128],
) -> (Vec<Field128>, Vec<FieldSecret>) {
    let mut masked = secret.to_vec();
    let mut shares: Vec<FieldSecret> = (1..round.threshold.t()).map(|_| FieldSecret::zeros(secret.len())).collect();
    let masks = Masks::new(round, author, part, seeds.iter().map(|(subset, seed)| (*subset, seed)));
    masks.for_each_block(secret.len(), |seed, range, mask| {
        subtract(&mut masked[range.clone()], mask);
        for (share, weight) in shares.iter_mut().zip(&weights[seed]) {
            if let Some(weight) = weight {
                add_scaled(&mut share.expose_mut()[range.clone()], *weight, mask);
            }
        }
    });
    shares.iter_mut().for_each(|share| add(share.expose_mut(), &masked));
    (masked, shares)
}

/// Per seed, its weight in the shares of trustees `1..t`; `None` where the trustee must not know it.
fn weights(round: &Round, seeds: &[(Subset, Seed)]) -> Vec<Vec<Option<Field128>>> {
    let weight = |subset: &Subset, j| (!subset.contains(j)).then(|| subset.weight(j));
    seeds.iter().map(|(subset, _)| (1..round.threshold.t()).map(|j| weight(subset, j)).collect()).collect()
}

/// Public challenge elements from a Fiat-Shamir seed.
pub(crate) fn challenge(what: &str, seed: &Digest, len: usize) -> Vec<Field128> {
    XofTurboShake128::seed_stream(seed, &[b"guildhall/v1 challenge ", what.as_bytes()], &[]).into_field_vec(len)
}

/// Coefficients of the polynomial through `points` at `X = 0, 1, ..., t - 1`, constant term first.
pub(crate) fn interpolate(points: &[Vec<Field128>]) -> Vec<Vec<Field128>> {
    let t = points.len();
    let len = points.first().map_or(0, Vec::len);
    let mut coefficients = vec![vec![Field128::zero(); len]; t];
    for (i, point) in points.iter().enumerate() {
        for (degree, weight) in lagrange_basis(i, t).into_iter().enumerate() {
            add_scaled(&mut coefficients[degree], weight, point);
        }
    }
    coefficients
}

/// Coefficients of the Lagrange polynomial that is 1 at `i` and 0 at the other points of `0..t`.
fn lagrange_basis(i: usize, t: usize) -> Vec<Field128> {
    let at = |n: usize| Field128::from(n as u128);
    let mut basis = vec![Field128::one()];
    let mut scale = Field128::one();
    for m in (0..t).filter(|m| *m != i) {
        let mut next = vec![Field128::zero(); basis.len() + 1];
        for (degree, c) in basis.iter().enumerate() {
            next[degree] -= at(m) * *c;
            next[degree + 1] += *c;
        }
        basis = next;
        scale *= at(i) - at(m);
    }
    let inverse = scale.inv();
    basis.into_iter().map(|c| c * inverse).collect()
}
