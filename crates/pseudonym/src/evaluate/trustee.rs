//! The trustee's side: keys, who may use them, quotas.

use super::EvaluateError;
use super::message::{Checked, Reply, UnverifiedRequest};
use crate::key::{Domain, Epoch, KeyError, KeyId, KeyShare, KeyUse, NodeId, PublicKeys, UnverifiedKeyShare};
use crate::oprf::{self, dleq};
use crate::quota::{self, Allowance, MemberName, Quota, QuotaError};
use crate::store::{Store, StoreError};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

/// When a key is used: from a second on, until another, seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// The first second.
    pub from: u64,
    /// The first second in which it is not used any more; `None` while no successor is declared.
    pub until: Option<u64>,
}

/// Who may ask a trustee about a domain, how much, and in which epochs; agreed by the trustees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The members.
    pub members: BTreeSet<MemberName>,
    /// What each of them may ask per window.
    pub quota: Quota,
    /// The epochs and when each is used.
    pub epochs: BTreeMap<Epoch, Life>,
}

/// One trustee: its shares and what it must remember are in its store.
pub struct Trustee<S> {
    node: NodeId,
    pub(crate) store: S,
    domains: BTreeMap<Domain, Access>,
    shares: BTreeMap<KeyId, KeyShare>,
    /// The public keys that were agreed, where the caller said which.
    agreed: BTreeMap<KeyId, PublicKeys>,
}

impl Life {
    /// Whether the key is used at a time.
    pub fn covers(&self, now: u64) -> bool {
        now >= self.from && self.until.is_none_or(|until| now < until)
    }

    /// Refuses a key at a time at which it is not used.
    pub(crate) fn check(&self, id: &KeyId, now: u64) -> Result<(), EvaluateError> {
        if self.covers(now) {
            return Ok(());
        }
        let (from, until) = (self.from, self.until.unwrap_or(u64::MAX));
        Err(EvaluateError::OutsideEpoch { id: id.clone(), from, until, now })
    }
}

impl<S: Store> Trustee<S> {
    /// A trustee over its store.
    pub const fn new(node: NodeId, store: S) -> Self {
        Self { node, store, domains: BTreeMap::new(), shares: BTreeMap::new(), agreed: BTreeMap::new() }
    }

    /// Its number.
    pub const fn node(&self) -> NodeId {
        self.node
    }

    /// Serves a domain under rules; replaces earlier rules. Without them nobody is served.
    pub fn admit(&mut self, domain: Domain, access: Access) {
        self.domains.insert(domain, access);
    }

    /// Goes by these public keys from now on: of several shares of a key the one that fits them is used, and no other.
    ///
    /// Without them the share of the newest generation is. While shares are renewed a trustee holds two, and only what
    /// all agreed on says which fit together.
    pub fn go_by(&mut self, keys: PublicKeys) {
        self.shares.remove(keys.id());
        self.agreed.insert(keys.id().clone(), keys);
    }

    /// Keeps a share durably, beside others of the same key.
    ///
    /// # Errors
    /// If it is another trustee's.
    pub fn keep(&mut self, share: KeyShare) -> Result<(), EvaluateError> {
        if share.node() != self.node {
            return Err(KeyError::Share { id: share.public().id().clone(), node: self.node }.into());
        }
        let id = share.public().id().clone();
        self.store.record(&place(share.public()), &share.expose_encoded())?;
        if self.agreed.get(&id).is_none_or(|keys| keys == share.public()) {
            self.shares.insert(id, share);
        }
        Ok(())
    }

    /// Takes the share of a key out of memory or the store, for renewing it.
    ///
    /// # Errors
    /// [`EvaluateError::NoKey`].
    pub fn take(&mut self, id: &KeyId) -> Result<KeyShare, EvaluateError> {
        self.load(id)?;
        self.shares.remove(id).ok_or_else(|| EvaluateError::NoKey { node: self.node, id: id.clone() })
    }

    /// Whether any share of a key is kept.
    ///
    /// # Errors
    /// If the store failed.
    pub fn holds(&self, id: &KeyId) -> Result<bool, EvaluateError> {
        Ok(self.store.last(&places(id))?.is_some())
    }

    /// Destroys every share of a key but the one of these public keys; returns how many there were.
    ///
    /// # Errors
    /// [`EvaluateError::NoKey`] if there are shares and none is of these: then all stay. If the store failed.
    pub fn destroy_others(&mut self, keys: &PublicKeys) -> Result<usize, EvaluateError> {
        let id = keys.id();
        let mut others = self.store.keys(&places(id))?;
        if others.is_empty() {
            return Ok(0);
        }
        let (kept, _) = self.share_of(keys)?.ok_or_else(|| EvaluateError::NoKey { node: self.node, id: id.clone() })?;
        others.retain(|key| *key != kept);
        for key in &others {
            self.store.erase(key)?;
        }
        if self.shares.get(id).is_some_and(|share| share.public() != keys) {
            self.shares.remove(id);
        }
        Ok(others.len())
    }

    /// Destroys every share of a key: with enough trustees doing so nobody can evaluate it ever again.
    ///
    /// # Errors
    /// If the store failed.
    pub fn destroy(&mut self, id: &KeyId) -> Result<(), EvaluateError> {
        self.shares.remove(id);
        while let Some((key, _)) = self.store.last(&places(id))? {
            self.store.erase(&key)?;
        }
        Ok(())
    }

    /// Destroys all shares of epochs that are over; returns which.
    ///
    /// # Errors
    /// If the store failed.
    pub fn destroy_expired(&mut self, domain: &Domain, now: u64) -> Result<Vec<Epoch>, EvaluateError> {
        let Some(access) = self.domains.get(domain) else { return Ok(Vec::new()) };
        let over = |life: &Life| life.until.is_some_and(|until| until <= now);
        let epochs: Vec<Epoch> = access.epochs.iter().filter(|(_, life)| over(life)).map(|(epoch, _)| *epoch).collect();
        let mut destroyed = Vec::new();
        for epoch in epochs {
            let ids = [KeyUse::Pseudonyms, KeyUse::Resolution].map(|key_use| KeyId {
                domain: domain.clone(),
                key_use,
                epoch,
            });
            let held = ids.iter().map(|id| self.store.last(&places(id))).collect::<Result<Vec<_>, _>>()?;
            ids.iter().try_for_each(|id| self.destroy(id))?;
            if held.iter().any(Option::is_some) {
                destroyed.push(epoch);
            }
        }
        Ok(destroyed)
    }

    /// How many evaluations a member has left.
    ///
    /// # Errors
    /// If the store failed, or the domain is not served.
    pub fn left(&self, domain: &Domain, member: &MemberName, now: u64) -> Result<u32, EvaluateError> {
        Ok(self.allowance(domain, member, now)?.map_or(0, |allowance| allowance.left))
    }

    /// What a member may still ask, and until when; `None` if this trustee does not serve it.
    ///
    /// # Errors
    /// If the store failed.
    pub fn allowance(
        &self,
        domain: &Domain,
        member: &MemberName,
        now: u64,
    ) -> Result<Option<Allowance>, EvaluateError> {
        let access = self.domains.get(domain).filter(|access| access.members.contains(member));
        let of = |access: &Access| quota::allowance(&self.store, access.quota, domain, member, now);
        Ok(access.map(of).transpose()?)
    }

    /// Evaluates a member's request and proves it. Who the member is is what the channel says.
    ///
    /// The evaluations are counted durably before any is computed. Constant time in the share.
    ///
    /// # Errors
    /// If the key, the member, the epoch or the quota does not allow it; then nothing was evaluated.
    pub fn evaluate(&mut self, member: &MemberName, request: &[u8], now: u64) -> Result<Reply, EvaluateError> {
        let request = UnverifiedRequest::decode(request)?;
        let id = request.id().clone();
        if id.key_use != KeyUse::Pseudonyms {
            return Err(EvaluateError::NoKey { node: self.node, id });
        }
        let quota = self.authorise(&id, member, now)?;
        self.load(&id)?;
        let request = request.check()?;
        let asked = u32::try_from(request.blinded.len()).unwrap_or(u32::MAX);
        quota::charge(&mut self.store, quota, &id.domain, member, asked, &request.digest, now)?;
        match self.shares.get(&id) {
            Some(share) => evaluated(share, request),
            None => Err(EvaluateError::NoKey { node: self.node, id }),
        }
    }

    /// The quota of a member that may use a key now.
    fn authorise(&self, id: &KeyId, member: &MemberName, now: u64) -> Result<Quota, EvaluateError> {
        let unknown = || EvaluateError::NoKey { node: self.node, id: id.clone() };
        let access = self.domains.get(&id.domain).ok_or_else(unknown)?;
        if !access.members.contains(member) {
            return Err(EvaluateError::NotAMember { node: self.node, member: member.clone(), id: id.clone() });
        }
        access.epochs.get(&id.epoch).ok_or_else(unknown)?.check(id, now)?;
        Ok(access.quota)
    }

    /// When a key's epoch is used, if this trustee serves it.
    pub(crate) fn life(&self, id: &KeyId) -> Option<Life> {
        self.domains.get(&id.domain).and_then(|access| access.epochs.get(&id.epoch)).copied()
    }

    /// Brings the share of a key into memory: the one that was agreed, or the newest.
    pub(crate) fn load(&mut self, id: &KeyId) -> Result<&KeyShare, EvaluateError> {
        if !self.shares.contains_key(id) {
            let found = match self.agreed.get(id) {
                Some(keys) => self.share_of(keys)?.map(|(_, share)| share),
                None => self.store.last(&places(id))?.map(|(_, bytes)| self.read(id, bytes)).transpose()?,
            };
            let share = found.ok_or_else(|| EvaluateError::NoKey { node: self.node, id: id.clone() })?;
            self.shares.insert(id.clone(), share);
        }
        self.shares.get(id).ok_or_else(|| EvaluateError::NoKey { node: self.node, id: id.clone() })
    }

    /// The share that fits public keys, and where it is kept; earlier versions kept one by its generation alone.
    fn share_of(&self, keys: &PublicKeys) -> Result<Option<(String, KeyShare)>, EvaluateError> {
        for key in [place(keys), by_generation(keys.id(), keys.generation())] {
            if let Some(bytes) = self.store.get(&key)? {
                let share = self.read(keys.id(), bytes)?;
                if share.public() == keys {
                    return Ok(Some((key, share)));
                }
            }
        }
        Ok(None)
    }

    fn read(&self, id: &KeyId, bytes: Vec<u8>) -> Result<KeyShare, EvaluateError> {
        let share = UnverifiedKeyShare::decode(&Zeroizing::new(bytes))?.verify()?;
        if share.node() != self.node || share.public().id() != id {
            return Err(KeyError::Share { id: id.clone(), node: self.node }.into());
        }
        Ok(share)
    }

    /// Records under a key.
    pub(crate) fn record(&mut self, key: &str, value: &[u8]) -> Result<crate::store::Recorded, StoreError> {
        self.store.record(key, value)
    }
}

fn evaluated(share: &KeyShare, request: Checked) -> Result<Reply, EvaluateError> {
    let Checked { id, blinded, points, .. } = request;
    let key = share.secret();
    let evaluated = oprf::multiplied(key.half(), &points);
    let batch = dleq::Batch { blinded: &blinded, points: &points, evaluated: &evaluated };
    let node = share.node();
    let public = share.public().node(node).ok_or_else(|| KeyError::Share { id: id.clone(), node })?;
    let proof = dleq::prove(&[&id.context()], key, public, &batch).map_err(KeyError::from)?;
    Ok(Reply { id, node, generation: share.public().generation(), evaluated, proof })
}

fn places(id: &KeyId) -> String {
    let what = match id.key_use {
        KeyUse::Pseudonyms => "pseudonyms",
        KeyUse::Resolution => "resolution",
    };
    format!("share/{}/{what}/{:010}/", id.domain, id.epoch.number())
}

fn by_generation(id: &KeyId, generation: u32) -> String {
    format!("{}{generation:010}", places(id))
}

/// Where the share of these keys is kept. The hash makes it a place of its own also where an earlier attempt to make
/// the same generation was stopped.
fn place(keys: &PublicKeys) -> String {
    let hash = Sha256::digest(keys.encode());
    let hash: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{}/{hash}", by_generation(keys.id(), keys.generation()))
}

impl From<QuotaError> for StoreError {
    fn from(error: QuotaError) -> Self {
        match error {
            QuotaError::Store(error) => error,
            other => Self::Failed(Box::new(other)),
        }
    }
}
