//! Collecting: noise, deliveries, missing seeds, and the trustee's own check of every contribution (steps 3 and 4).

use super::{Collecting, Ready, SeedAnswer, SeedRequest};
use crate::accounts::WindowSpent;
use crate::coordinator::{Delivery, author_key};
use crate::member::{CONTRIBUTION_TAG, SignedContribution};
use crate::plan::Plan;
use crate::set::History;
use crate::{FederationError, Id};
use guildhall_ledger::Records;
use guildhall_mpc::{
    Author, Pending, Refusal, Role, SealKeyPair, Seed, Subset, VerifiedShare, contribute, open_bytes, seal_bytes,
};
use rayon::prelude::*;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

const SEED_REQUEST_TAG: &str = "guildhall/seed-request/v1";

impl<R: Records> Collecting<R> {
    /// Number of the trustee.
    pub const fn number(&self) -> u8 {
        self.trustee.number
    }

    /// Draws this trustee's noise: one independent block per opened noisy (cell, column) (step 4).
    ///
    /// Durable before it is returned; asked again, the same contribution is sent again.
    ///
    /// # Errors
    /// If randomness is missing or the store fails.
    pub fn contribute_noise(&mut self) -> Result<Option<SignedContribution>, FederationError> {
        if !self.plan.is_noisy() {
            return Ok(None);
        }
        let name = self.trustee.record_name("noise", self.plan.manifest.round);
        if let Some(bytes) = self.trustee.records.get(&name)? {
            return Ok(SignedContribution::resend(&self.plan, bytes, &self.trustee.identity));
        }
        let mut noise: Zeroizing<Vec<i64>> = Zeroizing::new(Vec::with_capacity(self.plan.noise().bounds().len()));
        for block in self.plan.blocks() {
            noise.extend(block.plan.sample_block(block.columns.len())?.into_shares().iter());
        }
        let broken = || FederationError::Rule { what: "the noise", rule: "a block exceeds its bound".to_owned() };
        let input = self.plan.noise().encode(&noise).ok_or_else(broken)?;
        let author = Author { role: Role::Noise, index: u32::from(self.number()), sequence: 1 };
        let keys = self.plan.manifest.seal_keys()?;
        let made = contribute(self.plan.round(), &self.plan.noise_circuit(), author, &[], &input, &keys)?;
        let signed = SignedContribution::sign(&made, &self.trustee.identity);
        self.trustee.records.record_once(&name, &signed.bytes)?;
        Ok(Some(signed))
    }

    /// Takes deliveries, checks all of them on every core, and asks for the seeds that are missing.
    ///
    /// A box may come late: what is delivered again is looked at again until it is verified or refused.
    pub fn receive(&mut self, deliveries: Vec<Delivery>) -> Vec<SeedRequest> {
        let (known, new): (Vec<_>, Vec<_>) =
            deliveries.into_iter().partition(|d| self.pending.contains_key(&Id::new(d.body.id())));
        known.into_iter().for_each(|delivery| self.take_late_box(delivery));
        let (plan, key, number) = (&self.plan, &self.key, self.trustee.number);
        let checked: Vec<Checked> =
            new.into_par_iter().filter_map(|delivery| Checked::of(plan, key, number, delivery)).collect();
        checked.into_iter().for_each(|one| self.keep(one));
        self.requests()
    }

    fn take_late_box(&mut self, delivery: Delivery) {
        let id = Id::new(delivery.body.id());
        let settled = self.verified.contains_key(&id) || self.refused.contains_key(&id);
        let Some(sealed) = delivery.sealed.filter(|_| !settled) else { return };
        let Some(mut pending) = self.pending.remove(&id) else { return };
        pending.take_box(self.plan.round(), &sealed, &self.key);
        let verdict = verify(&self.plan, &pending);
        self.keep(Checked { pending, verdict });
    }

    fn keep(&mut self, checked: Checked) {
        let id = Id::new(checked.pending.id());
        match checked.verdict {
            Ok(Some(share)) => {
                self.verified.insert(id, share);
            }
            Ok(None) => {}
            Err(refusal) => {
                self.refused.insert(id, refusal);
            }
        }
        self.pending.insert(id, checked.pending);
    }

    fn requests(&self) -> Vec<SeedRequest> {
        let round = self.plan.round();
        self.waiting()
            .flat_map(|(id, pending)| pending.missing(round).into_iter().map(|subset| self.request(*id, subset)))
            .collect()
    }

    fn request(&self, id: Id, subset: Subset) -> SeedRequest {
        let requester = self.number();
        let said = request_bytes(&self.plan, &id, subset, requester);
        let signature = self.trustee.identity.sign_statement(SEED_REQUEST_TAG, &said);
        SeedRequest { id, subset, requester, signature }
    }

    /// Answers a seed request if the requester may hold the seed, sealed to its manifest key.
    ///
    /// Asked again, it sends the same bytes: an answer that got lost must not lose the contribution.
    pub fn answer(&mut self, request: &SeedRequest) -> Option<SeedAnswer> {
        let SeedRequest { id, subset, requester, signature } = request;
        let index = usize::from(*requester).checked_sub(1)?;
        let said = request_bytes(&self.plan, id, *subset, *requester);
        let key = self.plan.charter.trustees.get(index)?.verifier().ok()?;
        key.verify_statement(SEED_REQUEST_TAG, &said, signature).ok()?;
        let seed = self.pending.get(id)?.seed_for(*subset, *requester)?;
        let asked = (*id, *subset, *requester);
        if let Some(answer) = self.answered.get(&asked) {
            return Some(answer.clone());
        }
        let to = *self.plan.manifest.seal_keys().ok()?.get(index)?;
        let mut rng = rand::rng();
        let sealed = seal_bytes(&to, self.plan.id.as_bytes(), &said, seed.expose_bytes(), &mut rng).ok()?;
        let answer = SeedAnswer { id: *id, subset: *subset, requester: *requester, sealed };
        self.answered.insert(asked, answer.clone());
        Some(answer)
    }

    /// Takes an answer and checks the contribution again if it is complete now.
    pub fn supply(&mut self, answer: &SeedAnswer) {
        let said = request_bytes(&self.plan, &answer.id, answer.subset, answer.requester);
        let Ok(bytes) = open_bytes(&self.key, self.plan.id.as_bytes(), &said, &answer.sealed) else { return };
        let Ok(seed) = <[u8; 32]>::try_from(bytes) else { return };
        let Some(mut pending) = self.pending.remove(&answer.id) else { return };
        pending.supply(self.plan.round(), answer.subset, Seed::new(seed));
        let verdict = if self.verified.contains_key(&answer.id) { Ok(None) } else { verify(&self.plan, &pending) };
        self.keep(Checked { pending, verdict });
    }

    /// What this trustee has verified so far.
    pub fn ready(&self) -> Ready {
        let verified = self.verified.keys().copied().collect();
        Ready { trustee: self.number(), verified, waiting: self.waiting().map(|(id, _)| *id).collect() }
    }

    /// Contributions with their author's signature that are neither verified nor refused: seeds are missing.
    pub(super) fn waiting(&self) -> impl Iterator<Item = (&Id, &Pending)> {
        let settled = |id: &Id| self.verified.contains_key(id) || self.refused.contains_key(id);
        self.pending.iter().filter(move |(id, _)| !settled(id))
    }

    /// Contributions refused for good, and why.
    pub const fn refused(&self) -> &BTreeMap<Id, Refusal> {
        &self.refused
    }

    /// Epsilon charged so far to the periods of this round.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn window_epsilon(&self) -> Result<WindowSpent, FederationError> {
        self.trustee.spent(&self.plan)
    }

    /// Everything ever signed for this study.
    ///
    /// # Errors
    /// If the store fails.
    pub fn history(&self) -> Result<History, FederationError> {
        self.trustee.history()
    }
}

/// A delivery after its signature and, if its seeds are complete, its proof were checked.
struct Checked {
    pending: Pending,
    verdict: Result<Option<VerifiedShare>, Refusal>,
}

impl Checked {
    /// `None` if the author's signature is missing: such bytes are nobody's contribution.
    fn of(plan: &Plan, key: &SealKeyPair, number: u8, delivery: Delivery) -> Option<Self> {
        let author = delivery.body.claimed_author();
        author_key(plan, &author)
            .ok()?
            .verify_statement(CONTRIBUTION_TAG, &delivery.body.id(), &delivery.signature)
            .ok()?;
        let pending = Pending::open(plan.round(), delivery.body, number, delivery.sealed.as_deref(), key);
        let verdict = verify(plan, &pending);
        Some(Self { pending, verdict })
    }
}

fn verify(plan: &Plan, pending: &Pending) -> Result<Option<VerifiedShare>, Refusal> {
    match pending.author().role {
        Role::Member => {
            let circuit = plan.member_circuit(pending.presence()).ok_or(Refusal::WrongCircuit)?;
            pending.verify(plan.round(), &circuit)
        }
        Role::Noise => pending.verify(plan.round(), &plan.noise_circuit()),
    }
}

fn request_bytes(plan: &Plan, id: &Id, subset: Subset, requester: u8) -> Vec<u8> {
    [&plan.id.as_bytes()[..], id.as_bytes(), &subset.bits().to_le_bytes(), &[requester]].concat()
}

#[cfg(test)]
impl<R> Collecting<R> {
    /// Lets an attack show what the rule on quorums is worth: a certificate of `quorum` signatures is enough.
    pub(crate) const fn without_quorum_rule(&mut self, quorum: u8) {
        self.plan.charter.quorum = quorum;
    }

    pub(crate) const fn store(&self) -> &R {
        &self.trustee.records
    }
}
