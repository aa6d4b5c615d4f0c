//! The trustee: checks alone, signs one set, releases one sum share, forgets (steps 3 to 6).
//!
//! `Trustee` is the long-lived party; `Collecting`, `Signed` and `Released` are its states in one round,
//! each consumed by the step that leads to the next.

mod collecting;
mod past;
mod signed;
mod signing;

use crate::charter::Charter;
use crate::manifest::{Manifest, ROUND_KEY_TAG, RoundKey, round_key_statement};
use crate::plan::Plan;
use crate::set::{History, SetStatement};
use crate::statement::{self, Statement};
use crate::{FederationError, Id};
use guildhall_ledger::{Note, Records, SigningIdentity};
use guildhall_mpc::{Pending, Refusal, SealKeyPair, Seed, Subset, VerifiedShare};
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
    answered: BTreeMap<(Id, Subset, u8), SeedAnswer>,
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

/// A step to the next state, or the state as it was and why it stays there.
pub type Step<T, S, E> = Result<T, (Box<S>, Box<E>)>;

/// A trustee's non-binding word on what it has verified (step 5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Number of the trustee.
    pub trustee: u8,
    /// Ids it has verified.
    pub verified: BTreeSet<Id>,
    /// Ids of signed contributions whose seeds have not all arrived: what they supersede does not count here.
    pub waiting: BTreeSet<Id>,
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

/// A trustee's word that it signed no set in a round and never will.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AbandonStatement {
    /// Identifier of the study.
    pub study: String,
    /// Number of the round.
    pub round: u32,
}

impl Statement for AbandonStatement {
    const TAG: &'static str = "guildhall/abandoned/v1";
    const NAME: &'static str = "the statement that a round was abandoned";
    const LIMIT: usize = 4 << 10;
}

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

/// Whether a store's trustee signed a set of this round: from then on its totals may have been opened.
///
/// # Errors
/// If the store cannot be read.
pub fn signed_set(records: &impl Records, study: &str, round: u32) -> Result<bool, FederationError> {
    Ok(records.get(&record_name("set", study, round))?.is_some_and(|set| set != past::ABANDONED))
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
        Ok(Collecting { trustee: self, plan, key, pending, verified, refused, answered: BTreeMap::new() })
    }

    /// Everything ever signed for this study, opened or not: of a figure, whatever data window it was part of.
    ///
    /// # Errors
    /// If the store fails.
    pub fn history(&self) -> Result<History, FederationError> {
        let mut history = History::default();
        for (_, bytes) in self.records.list(&self.history_prefix())? {
            let past: History = serde_json::from_slice(&bytes).map_err(|error| FederationError::Unreadable {
                what: "the history of openings",
                why: error.to_string(),
            })?;
            history.extend(past);
        }
        Ok(history)
    }

    fn history_prefix(&self) -> String {
        format!("openings/{}/", self.charter.study)
    }

    fn record_name(&self, what: &str, round: u32) -> String {
        record_name(what, &self.charter.study, round)
    }
}

/// Where a trustee keeps what it remembers of a round.
fn record_name(what: &str, study: &str, round: u32) -> String {
    format!("{what}/{study}/{round:010}")
}
