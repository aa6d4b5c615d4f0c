//! One round with every message in the test's hands: what a hostile network and coordinator have.

use super::fixtures::{charter, draft, figures, identity};
use crate::charter::Charter;
use crate::coordinator::{Certificate, Coordinator, Delivery};
use crate::local::{self, Draft};
use crate::manifest::{Manifest, RosterMember};
use crate::member::{CONTRIBUTION_TAG, Floors, SignedContribution};
use crate::opening::{self, Columns, OpenedRound};
use crate::plan::Plan;
use crate::set::{Excluded, Exclusion, MemberEntry, NoiseEntry, Opening, SetStatement, presence_text};
use crate::trustee::{Collecting, SeedRequest, SetSignature, Signed, SumShareStatement, Trustee};
use crate::{FederationError, Id, Refused, statement};
use guildhall_kpi::{KpiVector, Rational};
use guildhall_ledger::{Log, Note, Records, SigningIdentity};
use guildhall_mpc::circuit::Form;
use guildhall_mpc::{
    Author, Contribution, Field128, FieldSecret, Role, SumShare, UnverifiedBody, centred, contribute, digest,
};
use guildhall_testkit::faults::Disk;
use prio::codec::Decode;
use prio::flp::{Flp, FlpError, Gadget, Type};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const NOW: u64 = 1_000;

/// A round whose trustees collect, and whose parties' keys the test knows.
pub(super) struct World<R> {
    pub(super) charter: Charter,
    pub(super) manifest: Vec<u8>,
    pub(super) note: Vec<u8>,
    pub(super) coordinator: Coordinator,
    pub(super) trustees: Vec<Collecting<R>>,
}

/// A draft in which nothing is noisy.
pub(super) fn exact_draft() -> Draft {
    let mut draft = draft();
    draft.schema.figures.iter_mut().for_each(|figure| figure.histogram = None);
    draft.cells.truncate(1);
    draft.cells.iter_mut().for_each(|planned| planned.histograms = false);
    draft
}

pub(super) fn roster_member(i: u32) -> RosterMember {
    RosterMember {
        id: format!("m{i:03}"),
        entity: format!("entity {i}"),
        key: identity(&format!("m{i:03}")).verifier().to_string(),
        attributes: vec![
            ("town".to_owned(), ["north", "south"][usize::from(i.is_multiple_of(3))].to_owned()),
            ("street".to_owned(), (i % 6).to_string()),
        ],
    }
}

pub(super) fn seat<R: Records>(charter: &Charter, number: u8, store: R) -> Trustee<R> {
    Trustee::new(number, charter.clone(), identity(&format!("trustee-{number}")), store)
}

/// The manifest of a draft, before anyone signs.
pub(super) fn manifest_of<R: Records>(
    charter: &Charter,
    draft: Draft,
    members: impl Iterator<Item = u32>,
    trustees: &mut [Trustee<R>],
) -> Manifest {
    let keys = trustees.iter_mut().map(|t| t.round_key(draft.round).expect("a key")).collect();
    local::manifest_of(charter, draft, members.map(roster_member).collect(), keys).expect("writable")
}

/// Signatures of the coordinator and all trustees on a manifest.
pub(super) fn sign_all<R: Records>(
    manifest: &Manifest,
    trustees: &mut [Trustee<R>],
) -> Result<(Vec<u8>, Vec<u8>), FederationError> {
    let bytes = statement::encode(manifest);
    let mut note = statement::sign::<Manifest>(&bytes, &identity("coordinator"))?;
    for trustee in trustees {
        note.merge(&trustee.sign_manifest(&bytes)?).expect("one text");
    }
    Ok((bytes, note.encode().into_bytes()))
}

pub(super) fn disks(k: u8) -> Vec<Disk> {
    (0..k).map(|_| Disk::default()).collect()
}

impl World<Disk> {
    /// The disk of a trustee.
    pub(super) fn store(&self, number: u8) -> &Disk {
        self.trustees[usize::from(number) - 1].store()
    }

    /// (5,3,4), `members` members, this draft.
    pub(super) fn new(members: u32, draft: Draft) -> Self {
        Self::over(charter(5, 3, 4), 0..members, draft, disks(5), |_| ())
    }
}

impl<R: Records> World<R> {
    pub(super) fn over(
        charter: Charter,
        members: impl IntoIterator<Item = u32>,
        draft: Draft,
        stores: Vec<R>,
        edit: impl FnOnce(&mut Manifest),
    ) -> Self {
        let mut trustees: Vec<Trustee<R>> = (1u8..).zip(stores).map(|(n, store)| seat(&charter, n, store)).collect();
        let mut manifest = manifest_of(&charter, draft, members.into_iter(), &mut trustees);
        edit(&mut manifest);
        let (manifest, note) = sign_all(&manifest, &mut trustees).expect("a valid manifest");
        let coordinator = Coordinator::new(plan(&charter, &manifest, &note), identity("coordinator"));
        let trustees = trustees.into_iter().map(|t| t.collect(&manifest, &note).expect("signed")).collect();
        Self { charter, manifest, note, coordinator, trustees }
    }

    pub(super) fn plan(&self) -> &Plan {
        self.coordinator.plan()
    }

    /// A set of all logged contributions in the right form with every cell open: no check and no audit was made.
    pub(super) fn hostile_set(&self) -> SetStatement {
        let plan = self.plan();
        let mut log = Log::new();
        self.coordinator.entries().iter().for_each(|entry| {
            log.append(&entry.leaf());
        });
        let (mut members, mut noise) = (BTreeMap::new(), BTreeMap::new());
        for delivery in self.coordinator.deliveries(1) {
            let (id, author) = (Id::new(delivery.body.id()), delivery.body.claimed_author());
            let presence = presence_text(delivery.body.claimed_presence());
            let sequence = author.sequence;
            match author.role {
                Role::Member => {
                    drop(members.insert(author.index, MemberEntry { member: author.index, sequence, id, presence }))
                }
                Role::Noise => {
                    let trustee = u8::try_from(author.index).expect("small");
                    noise.insert(trustee, NoiseEntry { trustee, sequence, id });
                }
            }
        }
        let mut noise: Vec<NoiseEntry> = noise.into_values().collect();
        let needed = noise.split_off(noise.len().min(usize::from(self.charter.quorum)));
        let excluded = needed.iter().map(|n| Excluded { id: n.id, why: Exclusion::NotNeeded }).collect();
        SetStatement {
            study: plan.manifest.study.clone(),
            round: plan.manifest.round,
            manifest: plan.id,
            log_size: log.size(),
            log_root: Id::new(*log.root().as_bytes()),
            members: members.into_values().collect(),
            noise,
            openings: vec![vec![Opening::Open; plan.manifest.schema.figures.len()]; plan.manifest.cells.len()],
            excluded,
        }
    }

    /// What roster member `i` sends of its figures; who it is, its id says.
    pub(super) fn honest(&self, i: u32, sequence: u32) -> SignedContribution {
        self.honest_with(i, sequence, figures(self.person(i)))
    }

    /// The person behind a place in the roster: the one whose key it holds.
    fn person(&self, i: u32) -> u32 {
        let key = &self.plan().manifest.roster[usize::try_from(i).expect("small")].key;
        let digits: String = key.chars().skip(1).take_while(char::is_ascii_digit).collect();
        digits.parse().expect("m and a number")
    }

    pub(super) fn honest_with(&self, i: u32, sequence: u32, figures: Vec<Option<i64>>) -> SignedContribution {
        let vector = KpiVector::new(&self.plan().manifest.schema, figures).expect("in range");
        let (form, presence) = (self.plan().form().encode(&vector), vector.presence());
        self.made(Role::Member, i, sequence, &presence, &form)
    }

    /// Any encoded input under any role, by a client that checks nothing, properly signed by roster member `i`.
    pub(super) fn made(
        &self,
        role: Role,
        i: u32,
        sequence: u32,
        presence: &[bool],
        input: &FieldSecret,
    ) -> SignedContribution {
        let plan = self.plan();
        let keys = plan.manifest.seal_keys().expect("valid keys");
        let author = Author { role, index: i, sequence };
        let made = match role {
            Role::Member => {
                let form = Blind(plan.member_circuit(presence).expect("fits"));
                contribute(plan.round(), &form, author, presence, input, &keys)
            }
            Role::Noise => contribute(plan.round(), &plan.noise_circuit(), author, presence, input, &keys),
        };
        SignedContribution::sign(&made.expect("made"), &self.author_identity(role, i))
    }

    pub(super) fn author_identity(&self, role: Role, i: u32) -> SigningIdentity {
        match role {
            Role::Member => identity(&format!("m{:03}", self.person(i))),
            Role::Noise => identity(&format!("trustee-{i}")),
        }
    }

    /// Logs one batch.
    pub(super) fn log(&mut self, contributions: &[SignedContribution]) {
        for contribution in contributions {
            self.coordinator.receive(contribution, NOW).expect("properly signed");
        }
        self.coordinator.log_batch().expect("logged");
    }

    /// Logs an honest contribution of every member, and the trustees' noise.
    pub(super) fn log_all(&mut self) {
        let all: Vec<_> = (0u32..).zip(&self.plan().manifest.roster).map(|(i, _)| self.honest(i, 1)).collect();
        self.log(&all);
        self.log_noise();
    }

    pub(super) fn log_noise(&mut self) {
        let noise: Vec<_> =
            self.trustees.iter_mut().filter_map(|t| t.contribute_noise().expect("randomness")).collect();
        self.log(&noise);
    }

    /// Delivers everything to everyone, boxes as `change` leaves them; nobody's seed requests are answered.
    pub(super) fn deliver(&mut self, change: impl Fn(u8, &mut Delivery)) -> Vec<SeedRequest> {
        let mut requests = Vec::new();
        for trustee in &mut self.trustees {
            let mut deliveries = self.coordinator.deliveries(trustee.number());
            deliveries.iter_mut().for_each(|delivery| change(trustee.number(), delivery));
            requests.extend(trustee.receive(deliveries));
        }
        requests
    }

    /// Every request is answered by every other trustee that can, and every answer delivered where `passes` lets it.
    pub(super) fn forward(&mut self, requests: &[SeedRequest], passes: impl Fn(&SeedRequest) -> bool) {
        for request in requests.iter().filter(|request| passes(request)) {
            let answers: Vec<_> = self.trustees.iter_mut().filter_map(|holder| holder.answer(request)).collect();
            let asker = self.trustees.iter_mut().find(|t| t.number() == request.requester).expect("a trustee");
            answers.iter().for_each(|answer| asker.supply(answer));
        }
    }

    pub(super) fn propose(&self) -> Result<Vec<u8>, FederationError> {
        let history = self.trustees[0].history().expect("readable");
        let ready: Vec<_> = self.trustees.iter().map(Collecting::ready).collect();
        self.coordinator.propose(&ready, &history)
    }

    pub(super) fn proposal(&self) -> SetStatement {
        statement::decode(&self.propose().expect("a set")).expect("canonical")
    }

    /// A second process of a trustee over the same store, with everything delivered to it.
    pub(super) fn restarted<S: Records>(&self, number: u8, store: S) -> Collecting<S> {
        let trustee = seat(&self.charter, number, store);
        let mut collecting = trustee.collect(&self.manifest, &self.note).expect("signed");
        collecting.receive(self.coordinator.deliveries(number));
        collecting
    }

    /// Offers one set to every trustee; returns who signed and why the others did not.
    pub(super) fn sign(self, set: &[u8]) -> Signing<R> {
        let mut signing = Signing { signed: Vec::new(), signatures: Vec::new(), refusals: BTreeMap::new() };
        for trustee in self.trustees {
            match trustee.sign(set, self.coordinator.entries(), NOW) {
                Ok((state, signature)) => {
                    signing.signed.push(state);
                    signing.signatures.push(signature);
                }
                Err((state, refused)) => drop(signing.refusals.insert(state.number(), *refused)),
            }
        }
        signing
    }

    pub(super) fn plan_again(&self) -> Plan {
        plan(&self.charter, &self.manifest, &self.note)
    }

    /// Signs, certifies and opens what the coordinator proposes.
    pub(super) fn finish(self) -> OpenedRound {
        let set = self.propose().expect("a set");
        let (plan, again) = (self.plan_again(), self.plan_again());
        let signing = self.sign(&set);
        assert!(signing.signatures.len() >= 4, "{:?}", signing.refusals);
        let certificate = certify(again, &set, &signing.signatures).expect("a quorum");
        open(&plan, &certificate, signing.signed)
    }

    /// Bytes of a contribution under changed boxes, their hashes in the body, signed by its author.
    pub(super) fn with_boxes(
        &self,
        made: &SignedContribution,
        change: impl Fn(&mut Vec<Vec<u8>>),
    ) -> SignedContribution {
        let (body, mut boxes) = self.decode(&made.bytes).expect("well formed");
        change(&mut boxes);
        let mut bytes = body.as_bytes().to_vec();
        let hashes = bytes.len() - 32 * boxes.len();
        bytes.truncate(hashes);
        boxes.iter().for_each(|sealed| bytes.extend(digest("box", &[sealed])));
        boxes.iter().for_each(|sealed| bytes.extend(sealed));
        self.signed_as(bytes, body.claimed_author())
    }

    /// Any bytes that decode, signed as this author would.
    pub(super) fn signed_as(&self, bytes: Vec<u8>, author: Author) -> SignedContribution {
        let (body, _) = self.decode(&bytes).expect("well formed");
        let signature = self.author_identity(author.role, author.index).sign_statement(CONTRIBUTION_TAG, &body.id());
        SignedContribution { bytes, signature, id: Id::new(body.id()), sequence: author.sequence }
    }

    pub(super) fn decode(&self, bytes: &[u8]) -> Option<(UnverifiedBody, Vec<Vec<u8>>)> {
        let plan = self.plan();
        let shapes = [(Role::Member, plan.member_shape()), (Role::Noise, plan.noise_shape())];
        let decoded = shapes
            .iter()
            .filter_map(|(role, shape)| Some((*role, Contribution::decode(bytes, plan.round(), shape).ok()?)));
        let mut decoded: Vec<_> = decoded.collect();
        let fitting = decoded.iter().position(|(role, (body, _))| body.claimed_author().role == *role);
        (!decoded.is_empty()).then(|| decoded.swap_remove(fitting.unwrap_or(0)).1)
    }

    /// What a hostile coordinator delivers of any bytes that decode.
    pub(super) fn delivery(&self, made: &SignedContribution, trustee: u8) -> Option<Delivery> {
        let (body, boxes) = self.decode(&made.bytes)?;
        let sealed = boxes.get(usize::from(trustee) - 1).cloned();
        Some(Delivery { body, signature: made.signature, sealed })
    }
}

/// Shows the certificate of a signed round to every trustee that signed it; nobody opens anything.
pub(super) fn settle<R: Records + Clone>(
    charter: &Charter,
    plan: Plan,
    set: &[u8],
    signing: &Signing<R>,
    stores: &[R],
) {
    let round = plan.manifest.round;
    let certificate = certify(plan, set, &signing.signatures).expect("a quorum");
    let id = statement::id_of::<SetStatement>(set);
    for signature in &signing.signatures {
        let store = stores[usize::from(signature.trustee) - 1].clone();
        seat(charter, signature.trustee, store).accept_certificate(round, &id, &certificate.note).expect("certified");
    }
}

pub(super) struct Signing<R> {
    pub(super) signed: Vec<Signed<R>>,
    pub(super) signatures: Vec<SetSignature>,
    pub(super) refusals: BTreeMap<u8, Refused>,
}

pub(super) fn floors() -> Floors {
    let most_epsilon = Rational::new(20, 1).expect("twenty");
    Floors { threshold: 2, quorum: 3, least_members: 5, most_epsilon, budget: most_epsilon.into() }
}

pub(super) fn plan(charter: &Charter, manifest: &[u8], note: &[u8]) -> Plan {
    let id = statement::id_of::<Manifest>(manifest);
    let manifest = Manifest::open(charter, manifest, note).expect("signed");
    Plan::new(charter.clone(), manifest, id).expect("sound")
}

pub(super) fn certify(plan: Plan, set: &[u8], signatures: &[SetSignature]) -> Result<Certificate, FederationError> {
    Coordinator::new(plan, identity("coordinator")).certify(set, signatures)
}

/// Releases and opens.
pub(super) fn open<R: Records>(plan: &Plan, certificate: &Certificate, signed: Vec<Signed<R>>) -> OpenedRound {
    let set: SetStatement = statement::decode(&certificate.set).expect("canonical");
    let set_id = statement::id_of::<SetStatement>(&certificate.set);
    let columns = Columns::of(plan, &set).total();
    let mut shares = BTreeMap::new();
    for state in signed {
        let (_, bytes, note) = state.release(certificate).map_err(|(_, error)| error).expect("certified");
        let note = note.encode();
        let (number, share) =
            opening::read_share(&plan.charter, columns, &set_id, &bytes, note.as_bytes()).expect("signed");
        shares.insert(number, share);
    }
    opening::open(plan, &set, set_id, &shares).expect("agreement")
}

/// The same set without some contributions, which it then calls not verified.
pub(super) fn without(set: &SetStatement, ids: &BTreeSet<Id>) -> SetStatement {
    let mut less = set.clone();
    less.members.retain(|m| !ids.contains(&m.id));
    less.noise.retain(|n| !ids.contains(&n.id));
    less.excluded.extend(ids.iter().map(|id| Excluded { id: *id, why: Exclusion::NotVerified }));
    less.excluded.sort();
    less
}

/// The circuit of an attacker's client: as the real one, but satisfied with anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Blind(pub(super) Form);

impl Flp for Blind {
    type Field = Field128;

    fn gadget(&self) -> Vec<Box<dyn Gadget<Field128>>> {
        self.0.gadget()
    }

    fn num_gadgets(&self) -> usize {
        self.0.num_gadgets()
    }

    fn valid(
        &self,
        gadgets: &mut Vec<Box<dyn Gadget<Field128>>>,
        input: &[Field128],
        joint_rand: &[Field128],
        num_shares: usize,
    ) -> Result<Vec<Field128>, FlpError> {
        self.0.valid(gadgets, input, joint_rand, num_shares)
    }

    fn input_len(&self) -> usize {
        self.0.input_len()
    }

    fn proof_len(&self) -> usize {
        self.0.proof_len()
    }

    fn verifier_len(&self) -> usize {
        self.0.verifier_len()
    }

    fn joint_rand_len(&self) -> usize {
        self.0.joint_rand_len()
    }

    fn eval_output_len(&self) -> usize {
        self.0.eval_output_len()
    }

    fn prove_rand_len(&self) -> usize {
        self.0.prove_rand_len()
    }

    fn decide(&self, _: &[Field128]) -> Result<bool, FlpError> {
        Ok(true)
    }
}

impl Type for Blind {
    type Measurement = Vec<Field128>;
    type AggregateResult = Vec<Field128>;

    fn encode_measurement(&self, encoded: &Vec<Field128>) -> Result<Vec<Field128>, FlpError> {
        Ok(encoded.clone())
    }

    fn truncate(&self, input: Vec<Field128>) -> Result<Vec<Field128>, FlpError> {
        self.0.truncate(input)
    }

    fn decode_result(&self, data: &[Field128], _: usize) -> Result<Vec<Field128>, FlpError> {
        Ok(data.to_vec())
    }

    fn output_len(&self) -> usize {
        self.0.output_len()
    }
}

/// A released share of whatever set it names, its signature checked. Both sets of an attack have the same columns.
pub(super) fn read_share<R>(world: &World<R>, bytes: &[u8], note: &Note) -> (u8, SumShare) {
    let said: SumShareStatement = statement::decode(bytes).expect("canonical");
    let columns = said.share.len() / 32;
    opening::read_share(&world.charter, columns, &said.set, bytes, note.encode().as_bytes()).expect("a signed share")
}

/// The polynomial's value at 0 through the first three shares, as whoever has t shares can compute it.
pub(super) fn lagrange_at_zero(shares: &BTreeMap<u8, SumShare>) -> Vec<i128> {
    let point = |j: u8| Field128::from(u128::from(j));
    let base: Vec<u8> = shares.keys().copied().take(3).collect();
    let columns = shares.values().next().map_or(0, SumShare::columns);
    let mut total = vec![Field128::from(0u128); columns];
    for j in &base {
        let others = base.iter().filter(|m| *m != j);
        let weight = others.fold(Field128::from(1u128), |w, m| w * point(*m) / (point(*m) - point(*j)));
        for (sum, value) in total.iter_mut().zip(elements(&shares[j])) {
            *sum += weight * value;
        }
    }
    total.into_iter().map(|v| centred(v).expect("small")).collect()
}

/// The field elements of a public sum share.
pub(super) fn elements(share: &SumShare) -> Vec<Field128> {
    let bytes = share.encode();
    bytes.as_chunks::<16>().0.iter().map(|c| Field128::get_decoded(c).expect("canonical")).collect()
}
