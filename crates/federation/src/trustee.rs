//! The trustee: checks alone, signs one set, releases one sum share, forgets (steps 3 to 6).
//!
//! `Trustee` is the long-lived party; `Collecting`, `Signed` and `Released` are its states in one round,
//! each consumed by the step that leads to the next.

use crate::charter::Charter;
use crate::coordinator::{Certificate, Delivery, author_key, highest_sequences};
use crate::manifest::{Manifest, ROUND_KEY_TAG, RoundKey, round_key_statement};
use crate::member::{CONTRIBUTION_TAG, SignedContribution};
use crate::plan::Plan;
use crate::set::{self, History, MemberEntry, SetStatement, check_openings, opened_cells, presence_text};
use crate::statement::{self, Statement};
use crate::{FederationError, Id, Refused};
use guildhall_kpi::Rational;
use guildhall_ledger::{BudgetLedger, Charge, Epsilon, Limit, LogEntry, Note, RecordError, Recorded, Records};
use guildhall_ledger::{Log, SigningIdentity};
use guildhall_mpc::{
    Author, Pending, Refusal, Role, SealKeyPair, Seed, Subset, SumShare, VerifiedShare, contribute, open_bytes,
    seal_bytes,
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A trustee with its long-term key and its durable store.
pub struct Trustee<R> {
    number: u8,
    charter: Charter,
    identity: SigningIdentity,
    records: R,
}

/// A trustee that collects and checks contributions of one round.
pub struct Collecting<R> {
    trustee: Trustee<R>,
    plan: Plan,
    key: SealKeyPair,
    pending: BTreeMap<Id, Pending>,
    verified: BTreeMap<Id, VerifiedShare>,
    refused: BTreeMap<Id, Refusal>,
    answered: BTreeSet<(Id, Subset, u8)>,
}

/// A trustee that has signed a set and waits for the certificate.
pub struct Signed<R> {
    collecting: Collecting<R>,
    set: SetStatement,
    bytes: Vec<u8>,
}

/// A trustee that has sent its sum share; only closing is left.
pub struct Released<R> {
    trustee: Trustee<R>,
    study: String,
    round: u32,
}

/// A trustee's non-binding word on what it has verified (step 5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Number of the trustee.
    pub trustee: u8,
    /// Ids it has verified.
    pub verified: BTreeSet<Id>,
}

/// A trustee's binding signature on a set.
#[derive(Clone, Debug)]
pub struct SetSignature {
    /// Number of the trustee.
    pub trustee: u8,
    /// The signed note over the set.
    pub note: Note,
}

/// A request for a seed that did not arrive; it accuses nobody (step 3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedRequest {
    /// The contribution.
    pub id: Id,
    /// The seed's subset.
    pub subset: Subset,
    /// Who asks.
    pub requester: u8,
    /// Signature of the requester.
    pub signature: [u8; 64],
}

/// A seed sealed to the requester's key of this round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedAnswer {
    /// The contribution.
    pub id: Id,
    /// The seed's subset.
    pub subset: Subset,
    /// Who asked.
    pub requester: u8,
    sealed: Vec<u8>,
}

/// A trustee's sum over everything opened, signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SumShareStatement {
    /// Identifier of the study.
    pub study: String,
    /// Number of the round.
    pub round: u32,
    /// Hash of the certified set.
    pub set: Id,
    /// Number of the trustee.
    pub trustee: u8,
    /// Field elements, 16 bytes each, hex, in order of cells, figures and columns.
    pub share: String,
}

/// What a trustee says when it closes a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosingStatement {
    /// Identifier of the study.
    pub study: String,
    /// Number of the round.
    pub round: u32,
    /// Number of the trustee.
    pub trustee: u8,
    /// What was destroyed.
    pub destroyed: String,
}

impl Statement for SumShareStatement {
    const TAG: &'static str = "guildhall/sum-share/v1";
    const NAME: &'static str = "the sum share";
    const LIMIT: usize = 64 << 20;
}

impl Statement for ClosingStatement {
    const TAG: &'static str = "guildhall/closing/v1";
    const NAME: &'static str = "the closing statement";
    const LIMIT: usize = 4 << 10;
}

const SEED_REQUEST_TAG: &str = "guildhall/seed-request/v1";

/// The last round a trustee's store knows of a study: its number and the hash of its manifest.
///
/// # Errors
/// If the store cannot be read.
pub fn last_round(records: &impl Records, study: &str) -> Result<Option<(u32, Id)>, FederationError> {
    let signed = records.list(&format!("manifest/{study}/"))?;
    let read = |(key, value): (String, Vec<u8>)| {
        let round = key.rsplit('/').next()?.parse().ok()?;
        Some((round, Id::new(value.try_into().ok()?)))
    };
    Ok(signed.into_iter().filter_map(read).max())
}

impl<R: Records> Trustee<R> {
    /// Takes up the office of trustee `number` (from 1) under a charter.
    pub const fn new(number: u8, charter: Charter, identity: SigningIdentity, records: R) -> Self {
        Self { number, charter, identity, records }
    }

    /// The trustee's number.
    pub const fn number(&self) -> u8 {
        self.number
    }

    /// The trustee's durable store, e.g. to show its budget ledger.
    pub const fn records(&self) -> &R {
        &self.records
    }

    /// Makes this round's sealing key, durable before it is shown; asked again, shows the same.
    ///
    /// # Errors
    /// If the store fails or the round was closed.
    pub fn round_key(&mut self, round: u32) -> Result<RoundKey, FederationError> {
        let name = self.record_name("round-key", round);
        if self.records.get(&name)?.is_none() {
            let fresh = SealKeyPair::generate()?;
            self.records.record_once(&name, fresh.expose_seed().expose_bytes())?;
        }
        let key = *self.key_pair(round)?.public().as_bytes();
        let said = round_key_statement(&self.charter.study, round, &key);
        Ok(RoundKey { key, signature: self.identity.sign_statement(ROUND_KEY_TAG, &said) })
    }

    fn key_pair(&self, round: u32) -> Result<SealKeyPair, FederationError> {
        let name = self.record_name("round-key", round);
        let seed = self.records.get(&name)?.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let missing = || FederationError::Rule {
            what: "the round key",
            rule: "it was never made here, or was destroyed when the round closed".to_owned(),
        };
        Ok(SealKeyPair::from_seed(Seed::new(seed.ok_or_else(missing)?)))
    }

    /// Signs a manifest, at most one per round number; durable before the signature is returned.
    ///
    /// # Errors
    /// If it breaks a rule, names another key for this trustee, or another one was signed.
    pub fn sign_manifest(&mut self, bytes: &[u8]) -> Result<Note, FederationError> {
        let manifest = Manifest::read(&self.charter, bytes)?;
        let id = statement::id_of::<Manifest>(bytes);
        let own = usize::from(self.number).checked_sub(1).and_then(|i| manifest.keys.get(i)).map(|k| k.key);
        if own != Some(*self.key_pair(manifest.round)?.public().as_bytes()) {
            let rule = "it names another round key for this trustee".to_owned();
            return Err(FederationError::Rule { what: Manifest::NAME, rule });
        }
        if manifest.round > 1 {
            let previous = self.records.get(&self.record_name("manifest", manifest.round - 1))?;
            if previous.is_some_and(|p| manifest.previous.is_none_or(|m| m.as_bytes()[..] != p[..])) {
                let rule = "it does not follow the previous round's manifest".to_owned();
                return Err(FederationError::Rule { what: Manifest::NAME, rule });
            }
        }
        let round = manifest.round;
        Plan::new(self.charter.clone(), manifest, id)?;
        let name = self.record_name("manifest", round);
        self.records.record_once(&name, id.as_bytes())?;
        statement::sign::<Manifest>(bytes, &self.identity)
    }

    /// Begins to collect for a round whose manifest is signed by the coordinator and `u` trustees.
    ///
    /// # Errors
    /// If the manifest is not signed or this trustee has no key for the round.
    pub fn collect(self, manifest: &[u8], note: &[u8]) -> Result<Collecting<R>, FederationError> {
        let id = statement::id_of::<Manifest>(manifest);
        let manifest = Manifest::open(&self.charter, manifest, note)?;
        let key = self.key_pair(manifest.round)?;
        let plan = Plan::new(self.charter.clone(), manifest, id)?;
        let (pending, verified, refused) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Ok(Collecting { trustee: self, plan, key, pending, verified, refused, answered: BTreeSet::new() })
    }

    /// Everything ever signed for this study, opened or not: of a figure, whatever data window it was part of.
    ///
    /// # Errors
    /// If the store fails.
    pub fn history(&self) -> Result<History, FederationError> {
        let mut history = History::new();
        for (_, bytes) in self.records.list(&self.history_prefix())? {
            let past: History = serde_json::from_slice(&bytes).map_err(|error| FederationError::Unreadable {
                what: "the history of openings",
                why: error.to_string(),
            })?;
            past.into_iter().for_each(|(figure, cells)| history.entry(figure).or_default().extend(cells));
        }
        Ok(history)
    }

    fn history_prefix(&self) -> String {
        format!("openings/{}/", self.charter.study)
    }

    fn record_name(&self, what: &str, round: u32) -> String {
        format!("{what}/{}/{round:010}", self.charter.study)
    }
}

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
        let mut noise: Vec<i64> = Vec::with_capacity(self.plan.noise().bounds().len());
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
        let open = self.pending.iter().filter(|(id, _)| !self.verified.contains_key(id));
        open.filter(|(id, _)| !self.refused.contains_key(id))
            .flat_map(|(id, pending)| pending.missing(round).into_iter().map(|subset| self.request(*id, subset)))
            .collect()
    }

    fn request(&self, id: Id, subset: Subset) -> SeedRequest {
        let requester = self.number();
        let said = request_bytes(&self.plan, &id, subset, requester);
        let signature = self.trustee.identity.sign_statement(SEED_REQUEST_TAG, &said);
        SeedRequest { id, subset, requester, signature }
    }

    /// Answers a seed request once, if the requester may hold the seed; sealed to its manifest key.
    pub fn answer(&mut self, request: &SeedRequest) -> Option<SeedAnswer> {
        let SeedRequest { id, subset, requester, signature } = request;
        let index = usize::from(*requester).checked_sub(1)?;
        let said = request_bytes(&self.plan, id, *subset, *requester);
        let key = self.plan.charter.trustees.get(index)?.verifier().ok()?;
        key.verify_statement(SEED_REQUEST_TAG, &said, signature).ok()?;
        let seed = self.pending.get(id)?.seed_for(*subset, *requester)?;
        if self.answered.contains(&(*id, *subset, *requester)) {
            return None;
        }
        let to = *self.plan.manifest.seal_keys().ok()?.get(index)?;
        let mut rng = rand::rng();
        let sealed = seal_bytes(&to, self.plan.id.as_bytes(), &said, seed.expose_bytes(), &mut rng).ok()?;
        self.answered.insert((*id, *subset, *requester));
        Some(SeedAnswer { id: *id, subset: *subset, requester: *requester, sealed })
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
        Ready { trustee: self.number(), verified: self.verified.keys().copied().collect() }
    }

    /// Contributions refused for good, and why.
    pub const fn refused(&self) -> &BTreeMap<Id, Refusal> {
        &self.refused
    }

    /// Epsilon charged to this round's data window so far.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn window_epsilon(&self) -> Result<Rational, FederationError> {
        let ledger = BudgetLedger::open(&self.trustee.records)?;
        let spent = ledger.spent(&self.plan.manifest.study, &self.plan.manifest.window);
        let parts = spent.epsilon_parts().and_then(|(num, den)| Rational::new(num, den));
        let too_fine = || FederationError::Rule { what: "the ledger", rule: "its sum is too fine to write".to_owned() };
        parts.ok_or_else(too_fine)
    }

    /// Everything ever signed for this study.
    ///
    /// # Errors
    /// If the store fails.
    pub fn history(&self) -> Result<History, FederationError> {
        self.trustee.history()
    }

    /// Signs a set if this trustee has verified every element of it (step 5.2).
    ///
    /// The budget is charged and the signature recorded durably before it is returned. On refusal the
    /// trustee stays as it was.
    ///
    /// # Errors
    /// The rule the set breaks.
    pub fn sign(
        mut self,
        bytes: &[u8],
        entries: &[LogEntry],
        now: u64,
    ) -> Result<(Signed<R>, SetSignature), (Box<Self>, Refused)> {
        match self.check_and_record(bytes, entries, now) {
            Ok((set, note)) => {
                let signature = SetSignature { trustee: self.number(), note };
                Ok((Signed { collecting: self, set, bytes: bytes.to_vec() }, signature))
            }
            Err(refused) => Err((Box::new(self), refused)),
        }
    }

    fn check_and_record(
        &mut self,
        bytes: &[u8],
        entries: &[LogEntry],
        now: u64,
    ) -> Result<(SetStatement, Note), Refused> {
        let set: SetStatement = statement::decode(bytes)?;
        set::check_form(&self.plan, &set)?;
        if now < self.plan.manifest.deadline {
            return Err(Refused::Set("the deadline has not passed by this trustee's clock".to_owned()));
        }
        self.check_log(&set, entries)?;
        self.check_elements(&set, entries)?;
        let round = set.round;
        let name = self.trustee.record_name("set", round);
        let id = statement::id_of::<SetStatement>(bytes);
        // Resending the same signature after a restart needs no second look at the history it is part of.
        if self.trustee.records.get(&name).map_err(Refused::Records)?.as_deref() != Some(&id.as_bytes()[..]) {
            check_openings(&self.plan, &set, &self.history()?)?;
        }
        self.charge()?;
        self.record(&name, &id, &set)?;
        Ok((set, statement::sign::<SetStatement>(bytes, &self.trustee.identity)?))
    }

    /// The log the set was taken from is the one shown, and every id in it is accounted for.
    fn check_log(&self, set: &SetStatement, entries: &[LogEntry]) -> Result<(), Refused> {
        let mut log = Log::new();
        entries.iter().for_each(|entry| {
            log.append(&entry.leaf());
        });
        if log.size() != set.log_size || log.root().as_bytes() != set.log_root.as_bytes() {
            return Err(Refused::Set("it was taken from another log than the one shown".to_owned()));
        }
        let logged: BTreeSet<Id> = entries.iter().map(|entry| Id::new(*entry.id.as_bytes())).collect();
        let mut named: BTreeSet<Id> = set.excluded.iter().map(|e| e.id).collect();
        named.extend(set.members.iter().map(|m| m.id));
        named.extend(set.noise.iter().map(|n| n.id));
        let count = set.excluded.len() + set.members.len() + set.noise.len();
        if named != logged || count != logged.len() {
            return Err(Refused::Set("it does not account for every logged contribution exactly once".to_owned()));
        }
        // Whoever verifies the transcript sees sequence numbers in the log only: they must be those of the set.
        let members = set.members.iter().map(|m| (m.id, m.sequence));
        let counted: BTreeMap<Id, u32> = members.chain(set.noise.iter().map(|n| (n.id, n.sequence))).collect();
        let other = |e: &LogEntry| {
            counted.get(&Id::new(*e.id.as_bytes())).is_some_and(|sequence| u64::from(*sequence) != e.sequence)
        };
        if entries.iter().any(other) {
            return Err(Refused::Set("the log states another sequence number for a contribution it counts".to_owned()));
        }
        Ok(())
    }

    /// This trustee has verified every element itself, and none is superseded.
    fn check_elements(&self, set: &SetStatement, entries: &[LogEntry]) -> Result<(), Refused> {
        let logged: BTreeSet<Id> = entries.iter().map(|entry| Id::new(*entry.id.as_bytes())).collect();
        let verified: BTreeSet<Id> = self.verified.keys().filter(|id| logged.contains(id)).copied().collect();
        let authors = self.verified.iter().filter(|(id, _)| verified.contains(id)).map(|(id, s)| (*id, s.author()));
        let (counting, _) = highest_sequences(authors, &verified);
        for entry in &set.members {
            let share = self.verified.get(&entry.id).ok_or(Refused::NotVerified(entry.id))?;
            let author = Author { role: Role::Member, index: entry.member, sequence: entry.sequence };
            self.check_element(&counting, author, entry.id)?;
            if presence_text(share.presence()) != entry.presence {
                return Err(Refused::Set("it misstates which figures are present".to_owned()));
            }
        }
        for entry in &set.noise {
            let author = Author { role: Role::Noise, index: u32::from(entry.trustee), sequence: entry.sequence };
            self.check_element(&counting, author, entry.id)?;
        }
        if (set.members.len() as u64) < self.plan.charter.smallest_cell() {
            return Err(Refused::Set("too few members contributed".to_owned()));
        }
        Ok(())
    }

    fn check_element(&self, counting: &BTreeMap<Author, Id>, author: Author, id: Id) -> Result<(), Refused> {
        if !self.verified.contains_key(&id) {
            return Err(Refused::NotVerified(id));
        }
        if counting.get(&author) != Some(&id) {
            return Err(Refused::Set(format!("{id} is not the latest contribution of its author")));
        }
        Ok(())
    }

    /// Charges the data window, durable before anything is signed.
    fn charge(&mut self) -> Result<(), Refused> {
        if !self.plan.is_noisy() {
            return Ok(());
        }
        let manifest = &self.plan.manifest;
        let (epsilon, budget) = (manifest.epsilon, self.plan.charter.budget);
        let exact = |r: Rational| Epsilon::new(r.numerator(), r.denominator());
        let too_fine = || Refused::Set("its epsilon cannot be written exactly".to_owned());
        let charge = Charge {
            id: format!("{}/{}", manifest.study, manifest.round),
            subject: manifest.study.clone(),
            window: manifest.window.clone(),
            epsilon: exact(epsilon).ok_or_else(too_fine)?,
            delta_bits: self.plan.cost().delta_bits(),
            purpose: format!("round {} of {}", manifest.round, manifest.study),
        };
        let limit = Limit { epsilon: exact(budget).ok_or_else(too_fine)?, delta_bits: DELTA_LIMIT_BITS };
        let mut ledger = BudgetLedger::open(&self.trustee.records)?;
        ledger.charge(&mut self.trustee.records, charge, &limit)?;
        Ok(())
    }

    /// Records signature and history together: all or nothing.
    fn record(&mut self, name: &str, id: &Id, set: &SetStatement) -> Result<(), Refused> {
        let manifest = &self.plan.manifest;
        let history = opened_cells(&self.plan, set);
        let history = serde_json::to_vec(&history).unwrap_or_default();
        let past = format!("{}{:010}", self.trustee.history_prefix(), manifest.round);
        let batch = [(name.to_owned(), id.as_bytes().to_vec()), (past, history)];
        match self.trustee.records.record_all(&batch) {
            Ok(outcome) => {
                debug_assert!(outcome.iter().all(|o| matches!(o, Recorded::New | Recorded::Same)));
                Ok(())
            }
            Err(RecordError::Conflict { .. }) => Err(Refused::SignedAnother),
            Err(other) => Err(Refused::Records(other)),
        }
    }
}

/// Deltas of one data window may add up to at most `2^-20`.
const DELTA_LIMIT_BITS: u32 = 20;

impl<R: Records> Signed<R> {
    /// Number of the trustee.
    pub const fn number(&self) -> u8 {
        self.collecting.trustee.number
    }

    /// Epsilon charged to this round's data window so far, this round included.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn window_epsilon(&self) -> Result<Rational, FederationError> {
        self.collecting.window_epsilon()
    }

    /// Releases the sum share for a certified set: all cells in one message, never a single one (step 6.1).
    ///
    /// # Errors
    /// If the certificate is not for the set this trustee signed, or lacks signatures.
    pub fn release(
        self,
        certificate: &Certificate,
    ) -> Result<(Released<R>, Vec<u8>, Note), (Box<Self>, FederationError)> {
        match self.sum(certificate) {
            Ok((bytes, note)) => {
                let (study, round) = (self.set.study.clone(), self.set.round);
                // Seeds, shares and the sealing key are wiped as `collecting` is dropped here.
                Ok((Released { trustee: self.collecting.trustee, study, round }, bytes, note))
            }
            Err(error) => Err((Box::new(self), error)),
        }
    }

    fn sum(&self, certificate: &Certificate) -> Result<(Vec<u8>, Note), FederationError> {
        let plan = &self.collecting.plan;
        if certificate.set != self.bytes {
            let rule = "the certificate is for another set than the one signed here".to_owned();
            return Err(FederationError::Rule { what: SetStatement::NAME, rule });
        }
        let keys = plan.charter.trustee_keys()?;
        let need = usize::from(plan.charter.quorum);
        statement::verify::<SetStatement>(&certificate.set, certificate.note.encode().as_bytes(), &keys, need)?;
        let share = self.sum_columns();
        let said = SumShareStatement {
            study: self.set.study.clone(),
            round: self.set.round,
            set: statement::id_of::<SetStatement>(&self.bytes),
            trustee: self.collecting.number(),
            share: hex::encode(share.encode()),
        };
        let bytes = statement::encode(&said);
        let note = statement::sign::<SumShareStatement>(&bytes, &self.collecting.trustee.identity)?;
        Ok((bytes, note))
    }

    /// Cell by cell: the members' columns, plus the cell's own noise blocks and no others.
    fn sum_columns(&self) -> SumShare {
        let plan = &self.collecting.plan;
        let by_member: BTreeMap<u32, &MemberEntry> = self.set.members.iter().map(|m| (m.member, m)).collect();
        let columns = crate::opening::Columns::of(plan, &self.set);
        let mut sum = SumShare::zeros(columns.total());
        for opened in columns.figures() {
            for member in plan.members(opened.cell).iter().filter_map(|m| by_member.get(m)) {
                let share = self.collecting.verified.get(&member.id).map(VerifiedShare::expose_columns);
                sum.add(opened.at, share.and_then(|s| s.get(opened.columns.clone())).unwrap_or_default());
            }
            for block in plan.blocks().iter().filter(|b| b.cell == opened.cell && b.figure == opened.figure) {
                for noise in &self.set.noise {
                    let share = self.collecting.verified.get(&noise.id).map(VerifiedShare::expose_columns);
                    let start = opened.at + block.columns.start - opened.columns.start;
                    sum.add(start, share.and_then(|s| s.get(block.noise.clone())).unwrap_or_default());
                }
            }
        }
        sum
    }
}

impl<R: Records> Released<R> {
    /// Destroys the round's key and says so; the trustee is ready for the next round (step 6.4).
    ///
    /// # Errors
    /// If the store fails.
    pub fn close(mut self) -> Result<(Trustee<R>, Vec<u8>, Note), FederationError> {
        // The key first: without it nothing of the round can be begun anew.
        for what in ["round-key", "noise"] {
            let name = self.trustee.record_name(what, self.round);
            self.trustee.records.erase(&name)?;
        }
        let said = ClosingStatement {
            study: self.study,
            round: self.round,
            trustee: self.trustee.number,
            destroyed: "round key, seeds, shares".to_owned(),
        };
        let bytes = statement::encode(&said);
        let note = statement::sign::<ClosingStatement>(&bytes, &self.trustee.identity)?;
        Ok((self.trustee, bytes, note))
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
