//! Identifiers, pseudonyms, and every message of joint pseudonyms.

use guildhall_pseudonym::evaluate::{UnverifiedReply, UnverifiedRequest};
use guildhall_pseudonym::key::dkg::{self, Broadcast, Private};
use guildhall_pseudonym::key::{UnverifiedKeyShare, UnverifiedPublicKeys};
use guildhall_pseudonym::resolve::UnverifiedShare;
use guildhall_pseudonym::{
    Access, Asking, Capsule, Domain, Epoch, ForgetfulStore, KeyId, KeyShare, Label, Life, LocalPart, NodeId, Panel,
    Person, PersonKey, Pseudonym, Quorum, Quota, Rules, TicketLog, Trustee, UnverifiedCapsule, UnverifiedTicket,
};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

/// An identifier of each kind: what is canonical stays as it is.
pub fn identifier(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let region = "DE".parse().expect("a region");
    let emails = [LocalPart::Keep, LocalPart::Lower, LocalPart::LowerUntagged].map(Rules::Email);
    for rules in emails.into_iter().chain([Rules::Phone(region), Rules::Plain]) {
        if let Ok(once) = rules.apply(text) {
            let again = rules.apply(once.expose_value()).expect("canonical");
            assert_eq!(once.expose_value(), again.expose_value());
            assert_eq!(once.frame("crm"), again.frame("crm"));
        }
    }
}

/// An address, a number, an id.
pub fn identifier_seeds() -> Vec<Vec<u8>> {
    ["Ann+Shop@Bücher.example", "030 1234567", "+49 30 1234567", "customer 7"].map(|text| text.into()).into()
}

/// A written pseudonym.
pub fn pseudonym(bytes: &[u8]) {
    if let Ok(text) = str::from_utf8(bytes)
        && let Ok(pseudonym) = text.parse::<Pseudonym>()
    {
        assert_eq!(pseudonym.to_string(), text);
    }
}

/// One.
pub fn pseudonym_seeds() -> Vec<Vec<u8>> {
    vec![sample().to_string().into_bytes()]
}

/// Public keys, verified too.
pub fn public_keys(bytes: &[u8]) {
    if let Ok(keys) = UnverifiedPublicKeys::decode(bytes) {
        assert_eq!(keys.encode(), bytes);
        drop(keys.verify());
    }
}

/// Those of a new key.
pub fn public_keys_seeds() -> Vec<Vec<u8>> {
    vec![shares(&KeyId::pseudonyms(domain(), epoch()))[0].public().encode()]
}

/// A share, verified too.
pub fn key_share(bytes: &[u8]) {
    if let Ok(share) = UnverifiedKeyShare::decode(bytes)
        && let Ok(share) = share.verify()
    {
        assert_eq!(share.expose_encoded().as_slice(), bytes);
    }
}

/// One of a new key.
pub fn key_share_seeds() -> Vec<Vec<u8>> {
    vec![shares(&KeyId::pseudonyms(domain(), epoch()))[0].expose_encoded().to_vec()]
}

/// A first message of key generation.
pub fn broadcast(bytes: &[u8]) {
    if let Ok(message) = Broadcast::decode(bytes) {
        assert_eq!(message.encode(), bytes);
    }
}

/// One.
pub fn broadcast_seeds() -> Vec<Vec<u8>> {
    let begun = dkg::begin(KeyId::resolution(domain(), epoch()), quorum(), node(1)).expect("begins");
    vec![begun.1.encode()]
}

/// A second message of key generation.
pub fn private(bytes: &[u8]) {
    if let Ok(message) = Private::decode(bytes) {
        assert_eq!(message.expose_encoded().as_slice(), bytes);
    }
}

/// One.
pub fn private_seeds() -> Vec<Vec<u8>> {
    let id = KeyId::pseudonyms(domain(), epoch());
    let begun: Vec<_> = quorum().ids().map(|node| dkg::begin(id.clone(), quorum(), node).expect("begins")).collect();
    let others = quorum().ids().zip(&begun).skip(1).map(|(node, (_, first))| (node, first.clone())).collect();
    let (round, _) = begun.into_iter().next().expect("three");
    let (_, messages) = round.next(others).expect("verifies");
    messages.values().map(|message| message.expose_encoded().to_vec()).collect()
}

/// A request, answered by a trustee.
pub fn request(bytes: &[u8]) {
    if let Ok(request) = UnverifiedRequest::decode(bytes) {
        assert_eq!(request.encode(), bytes);
    }
}

/// One for two identifiers.
pub fn request_seeds() -> Vec<Vec<u8>> {
    let share = shares(&KeyId::pseudonyms(domain(), epoch())).remove(0);
    vec![asking(&share).request().encode()]
}

/// A reply.
pub fn reply(bytes: &[u8]) {
    if let Ok(reply) = UnverifiedReply::decode(bytes) {
        assert_eq!(reply.encode(), bytes);
    }
}

/// One to two identifiers.
pub fn reply_seeds() -> Vec<Vec<u8>> {
    let share = shares(&KeyId::pseudonyms(domain(), epoch())).remove(0);
    let request = asking(&share).request().encode();
    let member = "shop".parse().expect("a name");
    vec![trustee(vec![share]).evaluate(&member, &request, 0).expect("answers").encode()]
}

/// A capsule.
pub fn capsule(bytes: &[u8]) {
    if let Ok(capsule) = UnverifiedCapsule::decode(bytes) {
        assert_eq!(capsule.encode(), bytes);
    }
}

/// One.
pub fn capsule_seeds() -> Vec<Vec<u8>> {
    vec![sealed(&shares(&KeyId::resolution(domain(), epoch()))[0]).encode()]
}

/// A ticket.
pub fn ticket(bytes: &[u8]) {
    if let Ok(ticket) = UnverifiedTicket::decode(bytes) {
        assert_eq!(ticket.encode(), bytes);
    }
}

/// One with two approvals.
pub fn ticket_seeds() -> Vec<Vec<u8>> {
    vec![approved(&sealed(&shares(&KeyId::resolution(domain(), epoch()))[0])).0]
}

/// A share of opening a capsule.
pub fn opening(bytes: &[u8]) {
    if let Ok(share) = UnverifiedShare::decode(bytes) {
        assert_eq!(share.encode(), bytes);
    }
}

/// One.
pub fn opening_seeds() -> Vec<Vec<u8>> {
    let others = shares_of(&KeyId::pseudonyms(domain(), epoch()), Quorum::new(2, 4).expect("a quorum"));
    let own = shares_of(&KeyId::resolution(domain(), epoch()), Quorum::new(3, 4).expect("a quorum"));
    let capsule = sealed(&own[0]);
    let (ticket, panel) = approved(&capsule);
    let first = |shares: Vec<KeyShare>| shares.into_iter().next().expect("four");
    let mut trustee = trustee(vec![first(own), first(others)]);
    let share = trustee.resolve(&panel, &Everything, &ticket, b"", &capsule.encode(), 0);
    vec![share.expect("allowed").encode()]
}

/// A log that holds everything.
struct Everything;

impl TicketLog for Everything {
    fn proves(&self, _: &[u8; 32], _: &[u8]) -> bool {
        true
    }
}

fn domain() -> Domain {
    "crm".parse().expect("a name")
}

fn epoch() -> Epoch {
    Epoch::new(1).expect("an epoch")
}

fn node(number: u8) -> NodeId {
    NodeId::new(number).expect("a number")
}

fn quorum() -> Quorum {
    Quorum::new(2, 3).expect("a quorum")
}

fn sample() -> Pseudonym {
    Pseudonym::new(domain(), epoch(), &[7; 64])
}

fn asking(share: &KeyShare) -> Asking {
    let identifiers = ["a", "b"].map(|text| Rules::Plain.apply(text).expect("an id"));
    Asking::new(share.public(), &identifiers).expect("asks")
}

fn sealed(share: &KeyShare) -> Capsule {
    let label = Label {
        pseudonym: sample(),
        member: "shop".parse().expect("a name"),
        purpose: "fraud-report".parse().expect("a purpose"),
    };
    Capsule::seal(share.public(), label, &Rules::Plain.apply("ann").expect("an id")).expect("sealed")
}

fn approved(capsule: &Capsule) -> (Vec<u8>, Panel) {
    let names: [Person; 4] = ["rita", "anna", "ben", "cara"].map(|name| name.parse().expect("a name"));
    let keys: Vec<PersonKey> = names.iter().map(|_| PersonKey::generate().expect("a key")).collect();
    let purpose = capsule.label().purpose.clone();
    let mut ticket = UnverifiedTicket::ask(capsule, purpose, names[0].clone(), &keys[0], 1000).expect("asked");
    let people = names.iter().cloned().zip(&keys).map(|(name, key)| (name, key.public())).collect();
    let panel = Panel::new(people).expect("a panel");
    for (name, key) in names.into_iter().zip(&keys).skip(1) {
        ticket.approve(&panel, name, key).expect("another person");
    }
    (ticket.encode(), panel)
}

fn trustee(shares: Vec<KeyShare>) -> Trustee<ForgetfulStore> {
    let mut trustee = Trustee::new(shares[0].node(), ForgetfulStore::default());
    let quota = Quota { evaluations: NonZeroU32::MAX, window: NonZeroU32::MAX };
    let epochs = BTreeMap::from([(epoch(), Life { from: 0, until: None })]);
    trustee.admit(domain(), Access { members: BTreeSet::from(["shop".parse().expect("a name")]), quota, epochs });
    shares.into_iter().for_each(|share| trustee.keep(share).expect("kept"));
    trustee
}

fn shares(id: &KeyId) -> Vec<KeyShare> {
    shares_of(id, quorum())
}

fn shares_of(id: &KeyId, quorum: Quorum) -> Vec<KeyShare> {
    let begun: Vec<_> = quorum.ids().map(|node| dkg::begin(id.clone(), quorum, node).expect("begins")).collect();
    let sent: BTreeMap<_, _> = quorum.ids().zip(&begun).map(|(node, (_, first))| (node, first.clone())).collect();
    let mut inboxes: BTreeMap<NodeId, BTreeMap<NodeId, Private>> = BTreeMap::new();
    let mut second = Vec::new();
    for (node, (round, _)) in quorum.ids().zip(begun) {
        let others = sent.iter().filter(|(from, _)| **from != node).map(|(from, first)| (*from, first.clone()));
        let (round, messages) = round.next(others.collect()).expect("verifies");
        messages.into_iter().for_each(|(to, message)| drop(inboxes.entry(to).or_default().insert(node, message)));
        second.push((node, round));
    }
    let done: Vec<_> = second.into_iter().map(|(node, round)| round.finish(&inboxes[&node]).expect("fits")).collect();
    let confirmations: BTreeMap<_, _> = quorum.ids().zip(&done).map(|(node, (_, own))| (node, *own)).collect();
    done.into_iter().map(|(candidate, _)| candidate.confirm(&confirmations).expect("agreed")).collect()
}
