use super::*;
use crate::canonical::Rules;
use crate::capsule::{Capsule, Label};
use crate::evaluate::Life;
use crate::evaluate::tests::{access, trustees};
use crate::key::{Epoch, KeyShare, PublicKeys, Quorum, tests::generate, tests::id};
use crate::pseudonym::Pseudonym;
use crate::store::ForgetfulStore;
use std::collections::BTreeSet;

const NOW: u64 = 1_700_000_000;

/// Five trustees, 2 of 5 for pseudonyms and 3 of 5 for resolution, four people, one capsule.
struct World {
    keys: PublicKeys,
    trustees: Vec<Trustee<ForgetfulStore>>,
    people: BTreeMap<Person, PersonKey>,
    panel: Panel,
    capsule: Capsule,
    log: Log,
}

/// A log that is a set; the receipt is a fixed word.
#[derive(Default)]
struct Log(BTreeSet<[u8; 32]>);

impl TicketLog for Log {
    fn proves(&self, digest: &[u8; 32], receipt: &[u8]) -> bool {
        receipt == b"receipt" && self.0.contains(digest)
    }
}

fn person(name: &str) -> Person {
    name.parse().expect("a name")
}

fn label(purpose: &str) -> Label {
    let domain = "crm".parse().expect("a name");
    let pseudonym = Pseudonym::new(domain, Epoch::new(1).expect("an epoch"), &[7; 64]);
    Label { pseudonym, member: "shop-1".parse().expect("a name"), purpose: purpose.parse().expect("a purpose") }
}

fn seal(keys: &PublicKeys, purpose: &str) -> Capsule {
    let identifier = Rules::Plain.apply("ann@example.org").expect("an id");
    Capsule::seal(keys, label(purpose), &identifier).expect("sealed")
}

fn resolution() -> KeyId {
    KeyId::resolution("crm".parse().expect("a name"), Epoch::new(1).expect("an epoch"))
}

impl World {
    fn new() -> Self {
        let shares = generate(&resolution(), Quorum::new(3, 5).expect("a quorum"));
        let keys = shares[0].public().clone();
        Self::of(shares, keys, generate(&id("crm", 1), Quorum::new(2, 5).expect("a quorum")))
    }

    fn of(shares: Vec<KeyShare>, keys: PublicKeys, others: Vec<KeyShare>) -> Self {
        let mut trustees = trustees(shares, &access(&["shop-1"], 10));
        for (trustee, other) in trustees.iter_mut().zip(others) {
            trustee.keep(other).expect("kept");
        }
        let names = ["rita", "anna", "ben", "cara"];
        let people: BTreeMap<Person, PersonKey> =
            names.iter().map(|name| (person(name), PersonKey::generate().expect("a key"))).collect();
        let panel = people.iter().map(|(name, key)| (name.clone(), key.public())).collect();
        let capsule = seal(&keys, "fraud-report");
        Self { keys, trustees, people, panel: Panel::new(panel).expect("a panel"), capsule, log: Log::default() }
    }

    /// A ticket by rita, approved by these, and logged.
    fn ticket(&mut self, approvers: &[&str]) -> Vec<u8> {
        let mut ticket = self.asked("fraud-report", NOW + 1000);
        for name in approvers {
            let name = person(name);
            ticket.approve(&self.panel, name.clone(), &self.people[&name]).expect("another person");
        }
        self.log.0.insert(ticket.digest());
        ticket.encode()
    }

    fn asked(&self, purpose: &str, expires: u64) -> UnverifiedTicket {
        let (rita, purpose) = (person("rita"), purpose.parse().expect("a purpose"));
        UnverifiedTicket::ask(&self.capsule, purpose, rita.clone(), &self.people[&rita], expires).expect("asked")
    }

    fn resolve(&mut self, ticket: &[u8], capsule: &[u8], now: u64) -> Vec<Result<Share, ResolveError>> {
        let Self { trustees, panel, log, .. } = self;
        trustees.iter_mut().map(|t| t.resolve(panel, log, ticket, b"receipt", capsule, now)).collect()
    }

    /// What every trustee says; all must say the same.
    fn refusal(&mut self, ticket: &[u8], capsule: &[u8], now: u64) -> ResolveError {
        let refusals: Vec<_> =
            self.resolve(ticket, capsule, now).into_iter().map(|r| r.err().expect("refused")).collect();
        let words: BTreeSet<String> = refusals.iter().map(ToString::to_string).collect();
        assert_eq!(words.len(), 1, "{words:?}");
        refusals.into_iter().next().expect("five")
    }

    fn shares(&mut self, ticket: &[u8]) -> BTreeMap<NodeId, Vec<u8>> {
        let capsule = self.capsule.encode();
        let ids = self.keys.quorum().ids();
        let shares = self.resolve(ticket, &capsule, NOW);
        ids.zip(shares).map(|(node, share)| (node, share.expect("a share").encode())).collect()
    }
}

const ALL: [&str; 3] = ["anna", "ben", "cara"];

#[test]
fn enough_approvals_give_the_exact_identifier_by_any_quorum() {
    let mut world = World::new();
    let ticket = world.ticket(&ALL);
    let shares = world.shares(&ticket);
    for mask in 0u32..32 {
        let some: BTreeMap<_, _> =
            shares.iter().enumerate().filter(|(i, _)| mask >> i & 1 == 1).map(|(_, (n, s))| (*n, s.clone())).collect();
        let opened = open(&world.capsule, &world.keys, &some);
        if some.len() >= 3 {
            assert_eq!(opened.expect("opens").as_str(), "ann@example.org");
        } else {
            assert!(matches!(opened, Err(ResolveError::TooFew { .. })));
        }
    }
}

#[test]
fn one_approval_too_few_is_refused() {
    let mut world = World::new();
    let capsule = world.capsule.encode();
    let ticket = world.ticket(&ALL[..2]);
    assert!(matches!(world.refusal(&ticket, &capsule, NOW), ResolveError::TooFewApprovals { found: 2, needed: 3, .. }));
}

#[test]
fn whoever_asks_cannot_approve() {
    let mut world = World::new();
    let capsule = world.capsule.encode();
    let mut ticket = world.asked("fraud-report", NOW + 1000);
    let rita = person("rita");
    assert!(matches!(
        ticket.approve(&world.panel, rita.clone(), &world.people[&rita]),
        Err(ResolveError::SelfApproval { .. })
    ));
    ticket.forced_for_tests(rita.clone(), &world.people[&rita]);
    for name in &ALL {
        ticket.approve(&world.panel, person(name), &world.people[&person(name)]).expect("another person");
    }
    world.log.0.insert(ticket.digest());
    let refusal = world.refusal(&ticket.encode(), &capsule, NOW);
    assert!(matches!(refusal, ResolveError::SelfApproval { name } if name == rita));
}

#[test]
fn an_expired_ticket_and_one_for_ever_are_refused() {
    let mut world = World::new();
    let capsule = world.capsule.encode();
    let ticket = world.ticket(&ALL);
    assert!(matches!(world.refusal(&ticket, &capsule, NOW + 1000), ResolveError::Expired { .. }));
    let eternal = world.asked("fraud-report", u64::MAX);
    assert!(matches!(world.refusal(&eternal.encode(), &capsule, NOW), ResolveError::TooLong { .. }));
    assert!(world.resolve(&ticket, &capsule, NOW + 999).iter().all(Result::is_ok));
}

#[test]
fn a_used_ticket_is_refused_also_with_other_approvals() {
    let mut world = World::new();
    let capsule = world.capsule.encode();
    let mut ticket = world.asked("fraud-report", NOW + 1000);
    for name in &ALL {
        ticket.approve(&world.panel, person(name), &world.people[&person(name)]).expect("another person");
    }
    world.log.0.insert(ticket.digest());
    assert!(world.resolve(&ticket.encode(), &capsule, NOW).iter().all(Result::is_ok));
    assert!(matches!(world.refusal(&ticket.encode(), &capsule, NOW), ResolveError::Replayed));
    // The same request signed by one more person is the same ticket.
    let dora = PersonKey::generate().expect("a key");
    let mut people: BTreeMap<Person, [u8; 32]> = world.people.iter().map(|(n, k)| (n.clone(), k.public())).collect();
    people.insert(person("dora"), dora.public());
    world.panel = Panel::new(people).expect("a panel");
    ticket.approve(&world.panel, person("dora"), &dora).expect("another person");
    world.log.0.insert(ticket.digest());
    assert!(matches!(world.refusal(&ticket.encode(), &capsule, NOW), ResolveError::Replayed));
}

#[test]
fn a_swapped_capsule_is_refused() {
    let mut world = World::new();
    let ticket = world.ticket(&ALL);
    let other = seal(&world.keys, "fraud-report").encode();
    assert!(matches!(world.refusal(&ticket, &other, NOW), ResolveError::OtherCapsule));
}

#[test]
fn a_rerandomised_capsule_is_refused() {
    let mut world = World::new();
    let ticket = world.ticket(&ALL);
    let other = world.capsule.rerandomised_for_tests();
    assert!(matches!(world.refusal(&ticket, &other, NOW), ResolveError::Capsule(CapsuleError::Proof)));
}

#[test]
fn a_capsule_with_any_byte_altered_is_refused() {
    let world = World::new();
    let good = world.capsule.encode();
    UnverifiedCapsule::decode(&good).expect("decodes").verify(&world.keys).expect("verifies");
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        let read = UnverifiedCapsule::decode(&bad).map_err(CapsuleError::from);
        assert!(read.and_then(|capsule| capsule.verify(&world.keys)).is_err(), "byte {at}");
    }
}

#[test]
fn a_ticket_that_is_not_logged_is_refused() {
    let mut world = World::new();
    let capsule = world.capsule.encode();
    let ticket = world.ticket(&ALL);
    world.log.0.clear();
    assert!(matches!(world.refusal(&ticket, &capsule, NOW), ResolveError::NotLogged));
    let ticket = world.ticket(&ALL);
    let World { trustees, panel, log, .. } = &mut world;
    let forged = trustees[0].resolve(panel, log, &ticket, b"forged", &capsule, NOW);
    assert!(matches!(forged, Err(ResolveError::NotLogged)));
    // Not logged is not used.
    assert!(trustees[0].resolve(panel, log, &ticket, b"receipt", &capsule, NOW).is_ok());
}

#[test]
fn a_ticket_for_another_purpose_is_refused() {
    let mut world = World::new();
    let capsule = world.capsule.encode();
    let ticket = world.asked("marketing", NOW + 1000).encode();
    assert!(matches!(world.refusal(&ticket, &capsule, NOW), ResolveError::OtherPurpose { .. }));
}

#[test]
fn strangers_and_forged_signatures_are_refused() {
    let mut world = World::new();
    let capsule = world.capsule.encode();
    let eve = PersonKey::generate().expect("a key");
    let mut ticket = world.asked("fraud-report", NOW + 1000);
    let (panel, anna) = (world.panel.clone(), person("anna"));
    // Refused where they would be added ...
    assert!(matches!(ticket.approve(&panel, person("eve"), &eve), Err(ResolveError::Unknown { .. })));
    assert!(
        matches!(ticket.approve(&panel, anna.clone(), &eve), Err(ResolveError::Signature { name }) if name == anna)
    );
    assert_eq!(ticket.bogus(&panel), []);
    // ... and not counted where they were put in by hand.
    for name in ["eve", "anna", "rita"] {
        ticket.forced_for_tests(person(name), &eve);
    }
    for name in &ALL[1..] {
        ticket.approve(&panel, person(name), &world.people[&person(name)]).expect("another person");
    }
    let names: Vec<&str> = ticket.approvers(&panel).map(Person::as_str).collect();
    assert_eq!(names, ["ben", "cara"]);
    let refusal = world.refusal(&ticket.encode(), &capsule, NOW);
    assert!(refusal.to_string().ends_with("anna, eve, rita"), "{refusal}");
    assert!(matches!(refusal, ResolveError::TooFewApprovals { found: 2, needed: 3, .. }));
    // They stop nothing: with anna's own signature the ticket is good, eve's or not.
    ticket.approve(&panel, anna, &world.people[&person("anna")]).expect("another person");
    let mut cleared = UnverifiedTicket::decode(&ticket.encode()).expect("a ticket");
    assert_eq!(cleared.drop_bogus(&panel), [person("eve"), person("rita")]);
    assert_eq!((cleared.bogus(&panel).len(), cleared.approvers(&panel).count()), (0, 3));
    world.log.0.insert(ticket.digest());
    assert!(world.resolve(&ticket.encode(), &capsule, NOW).iter().all(Result::is_ok));
    // An approval cannot stand in for the request, nor a request for an approval.
    let asked =
        UnverifiedTicket::ask(&world.capsule, "fraud-report".parse().expect("p"), person("rita"), &eve, NOW + 9);
    let refusal = world.refusal(&asked.expect("asked").encode(), &capsule, NOW);
    assert!(matches!(refusal, ResolveError::Signature { name } if name == person("rita")));
}

#[test]
fn a_ticket_is_checked_before_it_is_signed_as_it_is_before_anything_is_opened() {
    let world = World::new();
    let check = |ticket: &UnverifiedTicket, now: u64| ticket.check(&world.panel, &world.capsule, now);
    assert!(check(&world.asked("fraud-report", NOW + 1000), NOW).is_ok());
    assert!(matches!(check(&world.asked("marketing", NOW + 1000), NOW), Err(ResolveError::OtherPurpose { .. })));
    assert!(matches!(check(&world.asked("fraud-report", NOW), NOW), Err(ResolveError::Expired { .. })));
    assert!(matches!(check(&world.asked("fraud-report", u64::MAX), NOW), Err(ResolveError::TooLong { .. })));
    let other = seal(&world.keys, "fraud-report");
    let asked = world.asked("fraud-report", NOW + 1000);
    assert!(matches!(asked.check(&world.panel, &other, NOW), Err(ResolveError::OtherCapsule)));
    let eve = PersonKey::generate().expect("a key");
    for (name, unknown) in [("eve", true), ("rita", false)] {
        let purpose = "fraud-report".parse().expect("a purpose");
        let forged = UnverifiedTicket::ask(&world.capsule, purpose, person(name), &eve, NOW + 9).expect("asked");
        let refused = check(&forged, NOW).expect_err("not her key");
        assert_eq!(matches!(refused, ResolveError::Unknown { .. }), unknown, "{refused}");
        assert_eq!(matches!(refused, ResolveError::Signature { .. }), !unknown, "{refused}");
    }
}

#[test]
fn nothing_is_resolved_once_its_epoch_is_over() {
    let mut world = World::new();
    let (ticket, capsule) = (world.ticket(&ALL), world.capsule.encode());
    for trustee in &mut world.trustees {
        let mut access = access(&["shop-1"], 10);
        access.epochs.insert(Epoch::new(1).expect("an epoch"), Life { from: 0, until: Some(NOW) });
        trustee.admit("crm".parse().expect("a name"), access);
    }
    let refusal = world.refusal(&ticket, &capsule, NOW);
    assert!(matches!(refusal, ResolveError::Evaluate(EvaluateError::OutsideEpoch { .. })), "{refusal}");
    assert!(world.resolve(&ticket, &capsule, NOW - 1).iter().all(Result::is_ok));
}

#[test]
fn two_people_with_one_key_are_no_panel() {
    let key = PersonKey::generate().expect("a key").public();
    let people = BTreeMap::from([(person("anna"), key), (person("anna-again"), key)]);
    assert!(matches!(Panel::new(people), Err(ResolveError::Panel { .. })));
}

#[test]
fn resolution_that_needs_no_more_trustees_is_refused() {
    let shares = generate(&resolution(), Quorum::new(2, 5).expect("a quorum"));
    let keys = shares[0].public().clone();
    let mut world = World::of(shares, keys, generate(&id("crm", 1), Quorum::new(2, 5).expect("a quorum")));
    let (ticket, capsule) = (world.ticket(&ALL), world.capsule.encode());
    assert!(matches!(world.refusal(&ticket, &capsule, NOW), ResolveError::Threshold { threshold: 2, other: 2, .. }));
}

#[test]
fn a_wrong_share_is_refused_and_its_trustee_named() {
    let mut world = World::new();
    let ticket = world.ticket(&ALL);
    let good = world.shares(&ticket);
    let (liar, other) = (NodeId::new(2).expect("a node"), NodeId::new(4).expect("a node"));
    let mut altered = good[&liar].clone();
    let at = altered.len() - 96;
    altered[at..at + 32].copy_from_slice(&crate::oprf::SecretKey::generate().expect("a key").public().to_bytes());
    for bad in [altered, good[&other].clone(), Vec::new()] {
        let mut shares = good.clone();
        shares.insert(liar, bad);
        assert_eq!(open(&world.capsule, &world.keys, &shares).expect("four are right").as_str(), "ann@example.org");
        let few: BTreeMap<_, _> = shares.into_iter().take(3).collect();
        let refused = open(&world.capsule, &world.keys, &few).expect_err("refused");
        assert!(matches!(refused, ResolveError::TooFew { good: 2, needed: 3, bad } if bad == [liar]));
    }
}

#[test]
fn capsules_and_tickets_decode_as_they_were_encoded_and_not_otherwise() {
    let mut world = World::new();
    let (capsule, ticket) = (world.capsule.encode(), world.ticket(&ALL));
    let share = world.shares(&ticket).into_values().next().expect("a share");
    assert_eq!(UnverifiedTicket::decode(&ticket).expect("decodes").encode(), ticket);
    for (bytes, kind) in [(&capsule, 0), (&ticket, 1), (&share, 2)] {
        let reads = |bytes: &[u8]| match kind {
            0 => UnverifiedCapsule::decode(bytes).is_ok(),
            1 => UnverifiedTicket::decode(bytes).is_ok(),
            _ => UnverifiedShare::decode(bytes).is_ok(),
        };
        assert!(reads(bytes));
        assert!((0..bytes.len()).all(|end| !reads(&bytes[..end])));
        assert!(!reads(&[bytes.as_slice(), b"x"].concat()) && !reads(&vec![0; 1 << 20]));
    }
    // Identifiers of different lengths make capsules of one length.
    let long = Rules::Plain.apply("somebody-with-a-longer-name@example.org").expect("an id");
    let other = Capsule::seal(&world.keys, label("fraud-report"), &long).expect("sealed");
    assert_eq!(other.encode().len(), capsule.len());
}
