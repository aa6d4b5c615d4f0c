//! The coordinator: relays, logs, proposes. It holds no secret of a member and is trusted with nothing
//! but progress (`docs/protocol.md`, steps 1, 5 and 6).

use crate::evidence::{Contradiction, SignedBody};
use crate::manifest::RosterMember;
use crate::member::{CONTRIBUTION_TAG, SignedContribution};
use crate::plan::Plan;
use crate::set::{Excluded, Exclusion, History, MemberEntry, NoiseEntry, SetStatement, decide_openings, presence_text};
use crate::statement;
use crate::trustee::{Ready, SetSignature};
use crate::{FederationError, Id};
use guildhall_ledger::{
    Checkpoint, Hash, Log, LogEntry, Note, Receipt, SignedCheckpoint, SigningIdentity, VerifierKey,
};
use guildhall_mpc::{Author, Contribution, Role, UnverifiedBody};
use std::collections::{BTreeMap, BTreeSet};

/// Collects contributions of one round.
pub struct Coordinator {
    plan: Plan,
    identity: SigningIdentity,
    waiting: BTreeMap<Id, Logged>,
    logged: BTreeMap<Id, Logged>,
    entries: Vec<LogEntry>,
    log: Log,
    checkpoints: Vec<SignedCheckpoint>,
}

/// A contribution whose author's signature was checked.
pub struct Logged {
    /// Who made it.
    pub author: Author,
    presence: Vec<bool>,
    body: UnverifiedBody,
    boxes: Vec<Vec<u8>>,
    signature: [u8; 64],
}

impl Logged {
    fn signed(&self) -> SignedBody {
        SignedBody { body: self.body.as_bytes().to_vec(), signature: self.signature }
    }
}

/// What one trustee is sent about a contribution: the public body and its own box.
#[derive(Clone)]
pub struct Delivery {
    /// The public part.
    pub body: UnverifiedBody,
    /// The author's signature over the id.
    pub signature: [u8; 64],
    /// The trustee's box; `None` where it was lost on the way.
    pub sealed: Option<Vec<u8>>,
}

/// A set signed by at least `u` trustees.
#[derive(Clone)]
pub struct Certificate {
    /// Canonical bytes of the set.
    pub set: Vec<u8>,
    /// The signatures, joined.
    pub note: Note,
}

impl Coordinator {
    /// For a round whose manifest is signed.
    pub fn new(plan: Plan, identity: SigningIdentity) -> Self {
        let (waiting, logged) = (BTreeMap::new(), BTreeMap::new());
        Self { plan, identity, waiting, logged, entries: Vec::new(), log: Log::new(), checkpoints: Vec::new() }
    }

    /// The round.
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Takes a contribution up to the deadline; the same bytes again are fine.
    ///
    /// # Errors
    /// If it is late, malformed or not signed by its author. Its proof is the trustees' business.
    pub fn receive(&mut self, contribution: &SignedContribution, now: u64) -> Result<Id, FederationError> {
        if now > self.plan.manifest.deadline {
            return Err(FederationError::Policy("the round's deadline has passed".to_owned()));
        }
        let (body, boxes) = self.decode(contribution)?;
        let author = body.claimed_author();
        author_key(&self.plan, &author)?
            .verify_statement(CONTRIBUTION_TAG, &body.id(), &contribution.signature)
            .map_err(|source| FederationError::Signature { what: "the contribution", source })?;
        // A relay on the way could swap boxes under an honest id; whoever sends the right ones later must be heard.
        if !(1u8..).zip(&boxes).all(|(trustee, sealed)| body.promises_box(trustee, sealed)) {
            let rule = "a sealed box is not the one its header promises: send it again".to_owned();
            return Err(FederationError::Rule { what: "the contribution", rule });
        }
        let id = Id::new(body.id());
        if !self.logged.contains_key(&id) {
            let presence = body.claimed_presence().to_vec();
            let signature = contribution.signature;
            self.waiting.insert(id, Logged { author, presence, body, boxes, signature });
        }
        Ok(id)
    }

    fn decode(&self, contribution: &SignedContribution) -> Result<(UnverifiedBody, Vec<Vec<u8>>), FederationError> {
        let shapes = [self.plan.member_shape(), self.plan.noise_shape()];
        let roles = [Role::Member, Role::Noise];
        let mut last = None;
        for (shape, role) in shapes.iter().zip(roles) {
            match Contribution::decode(&contribution.bytes, self.plan.round(), shape) {
                Ok((body, boxes)) if body.claimed_author().role == role => return Ok((body, boxes)),
                Ok(_) => {}
                Err(error) => last = Some(error),
            }
        }
        let why = last.map_or_else(|| "its role does not fit its length".to_owned(), |error| error.to_string());
        Err(FederationError::Unreadable { what: "the contribution", why })
    }

    /// Logs everything that waits as one batch, in order of ids, and signs a checkpoint.
    ///
    /// Ids are hashes over secret randomness: the log shows which batch a contribution came with, but
    /// not who came first within it.
    ///
    /// # Errors
    /// If the checkpoint cannot be signed.
    pub fn log_batch(&mut self) -> Result<Vec<Receipt>, FederationError> {
        let batch = std::mem::take(&mut self.waiting);
        let first = self.log.size();
        let mut entries = Vec::with_capacity(batch.len());
        for (id, logged) in batch {
            let entry = LogEntry { id: Hash::new(*id.as_bytes()), sequence: u64::from(logged.author.sequence) };
            self.log.append(&entry.leaf());
            entries.push(entry);
            self.logged.insert(id, logged);
        }
        let signature = |source| FederationError::Signature { what: "the checkpoint", source };
        let checkpoint =
            Checkpoint::of(&self.log, &self.identity.verifier()).sign(&self.identity).map_err(signature)?;
        let issue = |(index, entry): (u64, &LogEntry)| Receipt::issue(&self.log, index, *entry, checkpoint.clone());
        let receipts = (first..).zip(&entries).map(issue).collect::<Result<_, _>>().map_err(signature)?;
        self.entries.extend(entries);
        self.checkpoints.push(checkpoint);
        Ok(receipts)
    }

    /// What trustee `number` is sent about every logged contribution.
    pub fn deliveries(&self, number: u8) -> Vec<Delivery> {
        let index = usize::from(number).wrapping_sub(1);
        self.logged
            .values()
            .map(|logged| Delivery {
                body: logged.body.clone(),
                signature: logged.signature,
                sealed: logged.boxes.get(index).cloned(),
            })
            .collect()
    }

    /// Proof against every author that signed two contributions with one sequence number.
    pub fn contradictions(&self) -> Vec<Contradiction> {
        let mut first: BTreeMap<Author, &Logged> = BTreeMap::new();
        let mut found = Vec::new();
        for logged in self.logged.values() {
            match first.get(&logged.author) {
                Some(other) => found.push(Contradiction { first: other.signed(), second: logged.signed() }),
                None => drop(first.insert(logged.author, logged)),
            }
        }
        found
    }

    /// Who made a logged contribution.
    pub fn author(&self, id: &Id) -> Option<Author> {
        self.logged.get(id).map(|logged| logged.author)
    }

    /// Ends the round: contributions are dropped, plan and key are handed back.
    pub fn close(self) -> (Plan, SigningIdentity) {
        (self.plan, self.identity)
    }

    /// The log's entries, which trustees and auditors see in full.
    pub fn entries(&self) -> &[LogEntry] {
        &self.entries
    }

    /// All checkpoints, oldest first.
    pub fn checkpoints(&self) -> &[SignedCheckpoint] {
        &self.checkpoints
    }

    /// Proposes a set: what every trustee of a quorum says it has verified (step 5.1).
    ///
    /// All reachable trustees if together they leave no member out; otherwise the quorum that keeps most.
    ///
    /// # Errors
    /// If fewer than `u` trustees are ready or sent noise, too few members remain, or the cells single someone out.
    pub fn propose(&self, ready: &[Ready], history: &History) -> Result<Vec<u8>, FederationError> {
        let need = usize::from(self.plan.charter.quorum);
        let known = ready.iter().filter(|r| self.plan.threshold().trustees().any(|j| j == r.trustee));
        let ready: BTreeMap<u8, &Ready> = known.map(|r| (r.trustee, r)).collect();
        if ready.len() < need {
            return Err(self.too_few(&ready.into_keys().collect(), "reported ready"));
        }
        let verified = self.agreed(&ready.into_values().collect::<Vec<_>>(), need);
        let (members, noise, excluded) = self.choose(&verified);
        let smallest = self.plan.charter.smallest_cell();
        if (members.len() as u64) < smallest {
            return Err(FederationError::TooFewMembers { have: members.len(), need: smallest });
        }
        if self.plan.is_noisy() && noise.len() < need {
            return Err(self.too_few(&noise.iter().map(|n| n.trustee).collect(), "sent noise that a quorum verified"));
        }
        let openings = decide_openings(&self.plan, &members, history)
            .map_err(|singled| FederationError::Policy(singled.to_string()))?;
        let set = SetStatement {
            study: self.plan.manifest.study.clone(),
            round: self.plan.manifest.round,
            manifest: self.plan.id,
            log_size: self.log.size(),
            log_root: Id::new(*self.log.root().as_bytes()),
            members,
            noise,
            openings,
            excluded,
        };
        Ok(statement::encode(&set))
    }

    fn too_few(&self, did_it: &BTreeSet<u8>, did: &'static str) -> FederationError {
        let names = (1u8..).zip(&self.plan.charter.trustees).filter(|(n, _)| !did_it.contains(n));
        let missing = names.map(|(_, party)| party.operator.as_str()).collect::<Vec<_>>().join(", ");
        FederationError::TooFewTrustees { have: did_it.len(), need: self.plan.charter.quorum.into(), did, missing }
    }

    /// What all of some quorum have verified, without authors of whom some of them know a later version.
    ///
    /// A trustee never signs a version that it knows to be superseded, so such an author would cost the quorum.
    fn agreed(&self, ready: &[&Ready], need: usize) -> BTreeSet<Id> {
        let (mut common, quorum) = largest_common(ready, need);
        let waiting: BTreeSet<Id> = quorum.iter().flat_map(|ready| ready.waiting.iter().copied()).collect();
        let later = |author: &Author| {
            let of = waiting.iter().filter_map(|id| self.logged.get(id)).map(|logged| logged.author);
            of.into_iter().any(|w| (w.role, w.index) == (author.role, author.index) && w.sequence > author.sequence)
        };
        common.retain(|id| self.logged.get(id).is_none_or(|logged| !later(&logged.author)));
        let all: BTreeSet<Id> = quorum.iter().flat_map(|ready| ready.verified.iter().copied()).collect();
        let authors = |ids: &BTreeSet<Id>| -> BTreeMap<(Role, u32), Id> {
            let known = self.logged.iter().map(|(id, logged)| (*id, logged.author));
            let (counting, _) = highest_sequences(known, ids);
            counting.into_iter().map(|(author, id)| ((author.role, author.index), id)).collect()
        };
        let latest = authors(&all);
        for (author, id) in authors(&common) {
            if latest.get(&author) != Some(&id) {
                common.retain(|id| self.logged.get(id).is_none_or(|l| (l.author.role, l.author.index) != author));
            }
        }
        common
    }

    fn choose(&self, verified: &BTreeSet<Id>) -> (Vec<MemberEntry>, Vec<NoiseEntry>, Vec<Excluded>) {
        let authors = self.logged.iter().map(|(id, logged)| (*id, logged.author));
        let (counting, mut excluded) = highest_sequences(authors, verified);
        let mut members = Vec::new();
        let mut noise = Vec::new();
        for (author, id) in counting {
            let presence = self.logged.get(&id).map(|l| presence_text(&l.presence)).unwrap_or_default();
            match author.role {
                Role::Member => {
                    members.push(MemberEntry { member: author.index, sequence: author.sequence, id, presence });
                }
                Role::Noise if noise.len() < usize::from(self.plan.charter.quorum) => {
                    let trustee = u8::try_from(author.index).unwrap_or(0);
                    noise.push(NoiseEntry { trustee, sequence: author.sequence, id });
                }
                Role::Noise => excluded.push(Excluded { id, why: Exclusion::NotNeeded }),
            }
        }
        excluded.sort();
        (members, noise, excluded)
    }

    /// Joins signatures on one set into a certificate (step 5.4).
    ///
    /// # Errors
    /// If fewer than `u` trustees signed it.
    pub fn certify(&self, set: &[u8], signatures: &[SetSignature]) -> Result<Certificate, FederationError> {
        let need = usize::from(self.plan.charter.quorum);
        let mut joined: Option<Note> = None;
        for signature in signatures {
            match &mut joined {
                None => joined = Some(signature.note.clone()),
                Some(note) => note
                    .merge(&signature.note)
                    .map_err(|source| FederationError::Signature { what: "the certificate", source })?,
            }
        }
        let signed: BTreeSet<u8> = signatures.iter().map(|s| s.trustee).collect();
        let too_few = || {
            let missing = (1u8..).zip(&self.plan.charter.trustees).filter(|(n, _)| !signed.contains(n));
            FederationError::TooFewTrustees {
                have: signed.len(),
                need,
                did: "signed the set",
                missing: missing.map(|(_, party)| party.operator.as_str()).collect::<Vec<_>>().join(", "),
            }
        };
        let note = joined.filter(|_| signed.len() >= need).ok_or_else(too_few)?;
        let keys = self.plan.charter.trustee_keys()?;
        statement::verify::<SetStatement>(set, note.encode().as_bytes(), &keys, need)?;
        Ok(Certificate { set: set.to_vec(), note })
    }
}

/// The key a contribution of this author must be signed with.
pub(crate) fn author_key(plan: &Plan, author: &Author) -> Result<VerifierKey, FederationError> {
    let unknown = || FederationError::Rule { what: "the contribution", rule: "its author is unknown".to_owned() };
    let index = usize::try_from(author.index).map_err(|_| unknown())?;
    match author.role {
        Role::Member => plan.manifest.roster.get(index).map(RosterMember::verifier).ok_or_else(unknown)?,
        Role::Noise => {
            let party = index.checked_sub(1).and_then(|i| plan.charter.trustees.get(i));
            party.map(crate::charter::Party::verifier).ok_or_else(unknown)?
        }
    }
}

/// Per author the verified contribution with the highest sequence, and why the others do not count.
///
/// Two verified contributions with one sequence number contradict each other: neither counts.
pub(crate) fn highest_sequences(
    logged: impl Iterator<Item = (Id, Author)>,
    verified: &BTreeSet<Id>,
) -> (BTreeMap<Author, Id>, Vec<Excluded>) {
    let mut excluded = Vec::new();
    let mut by_author: BTreeMap<(Role, u32), Vec<(u32, Id)>> = BTreeMap::new();
    for (id, author) in logged {
        if verified.contains(&id) {
            by_author.entry((author.role, author.index)).or_default().push((author.sequence, id));
        } else {
            excluded.push(Excluded { id, why: Exclusion::NotVerified });
        }
    }
    let mut counting = BTreeMap::new();
    for ((role, index), mut versions) in by_author {
        versions.sort_unstable();
        let repeated = |sequence: u32| versions.iter().filter(|(s, _)| *s == sequence).count() > 1;
        let highest = versions.iter().rev().find(|(sequence, _)| !repeated(*sequence)).copied();
        for (sequence, id) in &versions {
            if Some((*sequence, *id)) == highest {
                counting.insert(Author { role, index, sequence: *sequence }, *id);
            } else {
                let why = if repeated(*sequence) { Exclusion::Contradictory } else { Exclusion::Corrected };
                excluded.push(Excluded { id: *id, why });
            }
        }
    }
    (counting, excluded)
}

/// What all of some `need` or more trustees have verified, as large as can be, and who they are.
///
/// Tries every subset of the ready trustees: at most `2^15`, because [`guildhall_mpc::Threshold`] refuses more than 15
/// trustees and only those of the charter are considered.
fn largest_common<'a>(ready: &[&'a Ready], need: usize) -> (BTreeSet<Id>, Vec<&'a Ready>) {
    let mut best = (BTreeSet::new(), Vec::new());
    for bits in (0u32..1 << ready.len()).filter(|bits| bits.count_ones() as usize >= need) {
        let chosen: Vec<&Ready> =
            ready.iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1).map(|(_, r)| *r).collect();
        let Some((first, others)) = chosen.split_first() else { continue };
        let common: BTreeSet<Id> =
            first.verified.iter().filter(|id| others.iter().all(|o| o.verified.contains(*id))).copied().collect();
        if best.1.is_empty()
            || common.len() > best.0.len()
            || (common.len() == best.0.len() && chosen.len() > best.1.len())
        {
            best = (common, chosen);
        }
    }
    best
}
