//! The trustee's side: opening its box, asking for missing seeds, and checking alone.

use crate::contribute::challenge;
use crate::contribution::{Author, Body, Round, Shape, UnverifiedBody, box_aad};
use crate::digest::Digest;
use crate::seal::{SealKeyPair, open_bytes};
use crate::secret::{FieldSecret, Seed};
use crate::sharing::{Masks, Part, Subset, add_scaled, commit};
use prio::field::{Field128, FieldElement};
use prio::flp::Type;
use std::collections::BTreeMap;
use std::sync::Arc;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// A contribution as one trustee holds it: public body plus the seeds it has so far.
///
/// Missing seeds leave it pending; they never make it invalid, because over a hostile relay nobody
/// can tell a cheating member from a cheating trustee (`docs/protocol.md`, step 3.3).
pub struct Pending {
    trustee: u8,
    body: Arc<Body>,
    seeds: BTreeMap<Subset, Seed>,
}

/// A trustee's share of a contribution whose proof it has checked itself.
pub struct VerifiedShare {
    id: Digest,
    author: Author,
    presence: Vec<bool>,
    output: FieldSecret,
}

/// Why a contribution is refused for good. Decided from its id alone, so every honest trustee agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The published verifier polynomial does not match the shares.
    #[error("the published verifier does not match this trustee's share")]
    VerifierMismatch,
    /// The proof does not hold: some figure is out of range, in the wrong bin or not as declared.
    #[error("the proof does not hold: a figure is out of range or contradicts itself")]
    ProofInvalid,
    /// The query point is a root of unity.
    #[error("the proof cannot be queried")]
    Unqueryable,
    /// The circuit does not fit the body.
    #[error("the contribution does not fit the round's circuit")]
    WrongCircuit,
}

impl Pending {
    /// Takes a body and, where it was delivered, this trustee's box; keeps the seeds that match.
    pub fn open(round: &Round, body: UnverifiedBody, trustee: u8, sealed: Option<&[u8]>, key: &SealKeyPair) -> Self {
        let mut pending = Self { trustee, body: body.body, seeds: BTreeMap::new() };
        if let Some(sealed) = sealed {
            pending.take_box(round, sealed, key);
        }
        pending
    }

    /// Takes this trustee's box, also when it comes late; one that is not as the header promises is not delivered.
    pub fn take_box(&mut self, round: &Round, sealed: &[u8], key: &SealKeyPair) {
        if !self.body.promises_box(self.trustee, sealed) {
            return;
        }
        let aad = box_aad(round, &self.body.author, self.trustee, &self.body.commitments);
        let Ok(mut plain) = open_bytes(key, &round.manifest, &aad, sealed) else { return };
        for (subset, bytes) in Subset::held_by(&round.threshold, self.trustee).into_iter().zip(plain.as_chunks().0) {
            self.supply(round, subset, Seed::new(*bytes));
        }
        plain.zeroize();
    }

    /// The id of the contribution.
    pub fn id(&self) -> Digest {
        self.body.id
    }

    /// Who made it.
    pub fn author(&self) -> Author {
        self.body.author
    }

    /// Presence flags of the header.
    pub fn presence(&self) -> &[bool] {
        &self.body.presence
    }

    /// Adds a seed if it is this trustee's to hold and matches its commitment; says whether it did.
    pub fn supply(&mut self, round: &Round, subset: Subset, seed: Seed) -> bool {
        let position = Subset::all(&round.threshold).iter().position(|s| *s == subset);
        let Some(expected) = position.and_then(|p| self.body.commitments.get(p)) else { return false };
        let actual = commit(round, &self.body.author, &self.body.nonce, subset, &seed);
        let fits = !subset.contains(self.trustee) && bool::from(actual.ct_eq(expected));
        if fits {
            self.seeds.insert(subset, seed);
        }
        fits
    }

    /// The seeds this trustee still needs.
    pub fn missing(&self, round: &Round) -> Vec<Subset> {
        let held = Subset::held_by(&round.threshold, self.trustee);
        held.into_iter().filter(|subset| !self.seeds.contains_key(subset)).collect()
    }

    /// The seed of `subset` for another trustee, if that trustee may hold it and this one does.
    pub fn seed_for(&self, subset: Subset, requester: u8) -> Option<&Seed> {
        let may_hold = (1..=self.body.round.threshold.k()).contains(&requester) && !subset.contains(requester);
        if may_hold { self.seeds.get(&subset) } else { None }
    }

    /// Checks the proof on this trustee's share alone (`docs/protocol.md`, step 3.4).
    ///
    /// `Ok(None)` while seeds are missing.
    ///
    /// # Errors
    /// If the contribution is invalid; the verdict is final.
    pub fn verify<C: Type<Field = Field128>>(
        &self,
        round: &Round,
        circuit: &C,
    ) -> Result<Option<VerifiedShare>, Refusal> {
        let shape = Shape::new(round.threshold, circuit, self.body.presence.len());
        if self.body.round != *round || self.body.shape != shape {
            return Err(Refusal::WrongCircuit);
        }
        if !self.missing(round).is_empty() {
            return Ok(None);
        }
        let weights: Vec<Field128> = self.seeds.keys().map(|subset| subset.weight(self.trustee)).collect();
        let input = self.share(round, Part::Input, &weights, &self.body.masked_input);
        let proof = self.share(round, Part::Proof, &weights, &self.body.masked_proof);
        let joint_rand = challenge("joint", &self.body.joint_seed, circuit.joint_rand_len());
        let query_rand = challenge("query", &self.body.query_seed, circuit.query_rand_len());
        let point = circuit
            .query(input.expose_elements(), proof.expose_elements(), &query_rand, &joint_rand, 1)
            .map_err(|_| Refusal::Unqueryable)?;
        if point != evaluate(&self.body.verifier, self.trustee) {
            return Err(Refusal::VerifierMismatch);
        }
        let at_zero = self.body.verifier.first().ok_or(Refusal::WrongCircuit)?;
        if !circuit.decide(at_zero).map_err(|_| Refusal::WrongCircuit)? {
            return Err(Refusal::ProofInvalid);
        }
        let output = circuit.truncate(input.into_inner()).map_err(|_| Refusal::WrongCircuit)?;
        Ok(Some(VerifiedShare {
            id: self.body.id,
            author: self.body.author,
            presence: self.body.presence.clone(),
            output: FieldSecret::new(output),
        }))
    }

    fn share(&self, round: &Round, part: Part, weights: &[Field128], masked: &[Field128]) -> FieldSecret {
        let mut share = FieldSecret::new(masked.to_vec());
        let seeds = self.seeds.iter().map(|(subset, seed)| (*subset, seed));
        Masks::new(round, &self.body.author, part, seeds).for_each_block(masked.len(), |seed, range, mask| {
            add_scaled(&mut share.expose_mut()[range], weights[seed], mask);
        });
        share
    }
}

impl VerifiedShare {
    /// The id of the contribution.
    pub const fn id(&self) -> Digest {
        self.id
    }

    /// Who made it.
    pub const fn author(&self) -> Author {
        self.author
    }

    /// Which figures are present: proved equal to the encoded ones.
    pub fn presence(&self) -> &[bool] {
        &self.presence
    }

    /// The columns this share adds to sums. Named so that every read can be found by searching for it.
    pub fn expose_columns(&self) -> &[Field128] {
        self.output.expose_elements()
    }
}

/// `V(j)` by Horner's rule.
fn evaluate(coefficients: &[Vec<Field128>], trustee: u8) -> Vec<Field128> {
    let x = Field128::from(u128::from(trustee));
    let len = coefficients.first().map_or(0, Vec::len);
    let mut value = vec![Field128::zero(); len];
    for vector in coefficients.iter().rev() {
        for (v, c) in value.iter_mut().zip(vector) {
            *v = *v * x + *c;
        }
    }
    value
}
