//! The operations, over one batch each.

use curve25519_dalek::ristretto::CompressedRistretto;
use curve25519_dalek::{RistrettoPoint, Scalar};
use guildhall_pseudonym::key::dkg;
use guildhall_pseudonym::oprf::{self, Encoded, Mode, SecretKey};
use guildhall_pseudonym::{
    Access, Asking, Epoch, ForgetfulStore, Identifier, KeyId, KeyShare, Life, MemberName, NodeId, Quorum, Quota, Rules,
    Trustee,
};
use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::num::NonZeroU32;

/// Identifiers in a batch.
pub(crate) const BATCH: usize = 1024;

/// One operation over a batch.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) run: Box<dyn FnMut()>,
}

fn operation(name: &'static str, run: impl FnMut() + 'static) -> Operation {
    Operation { name, run: Box::new(run) }
}

/// The limit first.
pub(crate) fn all() -> Vec<Operation> {
    let (_, blinded) = oprf::blind(Mode::Oprf, &inputs()).expect("blinded");
    let key = SecretKey::generate().expect("a key");
    let verifiable = SecretKey::generate().expect("a key");
    let sent = blinded.clone();
    let mut operations = vec![
        limit(blinded.clone()),
        operation("RFC 9497 evaluate, one server", move || {
            black_box(oprf::evaluate(&key, &blinded)).expect("evaluated");
        }),
        operation("RFC 9497 evaluate and prove, one server", move || {
            black_box(oprf::evaluate_verifiably(&verifiable, &sent)).expect("evaluated");
        }),
        operation("blind", || {
            black_box(oprf::blind(Mode::Oprf, &inputs())).expect("blinded");
        }),
    ];
    operations.extend(joint());
    operations
}

/// What any evaluation must do, element by element.
fn limit(blinded: Vec<Encoded>) -> Operation {
    let scalar = Scalar::from_bytes_mod_order([7; 32]);
    operation("limit: decode, multiply, encode", move || {
        for bytes in &blinded {
            let point: RistrettoPoint = CompressedRistretto(*bytes).decompress().expect("an element");
            black_box((point * scalar).compress());
        }
    })
}

fn inputs() -> Vec<Vec<u8>> {
    (0..BATCH).map(|i| format!("customer {i}").into_bytes()).collect()
}

fn identifiers() -> Vec<Identifier> {
    (0..BATCH).map(|i| Rules::Plain.apply(&format!("customer {i}")).expect("an id")).collect()
}

/// A trustee's evaluation with its proof and its count, and a member's verification and combination, 3 of 5.
fn joint() -> Vec<Operation> {
    let id = KeyId::pseudonyms("crm".parse().expect("a name"), Epoch::new(1).expect("an epoch"));
    let shares = generate(&id, Quorum::new(3, 5).expect("a quorum"));
    let keys = shares[0].public().clone();
    let asking = Asking::new(&keys, &identifiers()).expect("asks");
    let request = asking.request().encode();
    let member: MemberName = "shop".parse().expect("a name");
    let mut trustees: Vec<_> = shares.into_iter().map(|share| trustee(share, &member)).collect();
    let mut replies = BTreeMap::new();
    for trustee in &mut trustees[..3] {
        replies.insert(trustee.node(), trustee.evaluate(&member, &request, 0).expect("answers").encode());
    }
    let mut first = trustees.swap_remove(0);
    vec![
        operation("trustee: check, count, evaluate, prove, encode", move || {
            black_box(first.evaluate(&member, &request, 0).expect("answers").encode());
        }),
        operation("member: verify 3 trustees, combine, unblind", move || {
            black_box(asking.combine(&replies).expect("a quorum").outputs);
        }),
    ]
}

fn trustee(share: KeyShare, member: &MemberName) -> Trustee<ForgetfulStore> {
    let quota = Quota { evaluations: NonZeroU32::MAX, window: NonZeroU32::MAX };
    let epochs = BTreeMap::from([(share.public().id().epoch, Life { from: 0, until: None })]);
    let domain = share.public().id().domain.clone();
    let mut trustee = Trustee::new(share.node(), ForgetfulStore::default());
    trustee.admit(domain, Access { members: BTreeSet::from([member.clone()]), quota, epochs });
    trustee.keep(share).expect("kept");
    trustee
}

fn generate(id: &KeyId, quorum: Quorum) -> Vec<KeyShare> {
    let begun: Vec<_> = quorum.ids().map(|node| dkg::begin(id.clone(), quorum, node).expect("begins")).collect();
    let sent: BTreeMap<NodeId, _> = quorum.ids().zip(&begun).map(|(node, (_, first))| (node, first.clone())).collect();
    let mut inboxes: BTreeMap<NodeId, BTreeMap<_, _>> = BTreeMap::new();
    let mut second = Vec::new();
    for (node, (round, _)) in quorum.ids().zip(begun) {
        let others = sent.iter().filter(|(from, _)| **from != node).map(|(from, first)| (*from, first.clone()));
        let (round, messages) = round.next(others.collect()).expect("verifies");
        messages.into_iter().for_each(|(to, message)| drop(inboxes.entry(to).or_default().insert(node, message)));
        second.push((node, round));
    }
    let done: Vec<_> =
        second.into_iter().map(|(node, round)| round.finish(&inboxes[&node]).expect("verifies")).collect();
    let confirmations: BTreeMap<_, _> = quorum.ids().zip(&done).map(|(node, (_, own))| (node, *own)).collect();
    done.into_iter().map(|(candidate, _)| candidate.confirm(&confirmations).expect("agreed")).collect()
}
