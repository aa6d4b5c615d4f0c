//! Charters and manifests that a client or a trustee must not accept, each with everybody's signature on it.

use super::fixtures::{charter, draft, identity};
use super::harness::{World, disks, exact_draft, floors, manifest_of, seat};
use crate::charter::Charter;
use crate::manifest::{Manifest, RoundKey};
use crate::member::{Floors, Invitation};
use crate::trustee::Trustee;
use crate::{FederationError, statement};
use guildhall_kpi::{Cell, Rational};
use guildhall_mpc::{Author, Role};
use guildhall_testkit::faults::Disk;

/// Signs what no honest party would sign.
fn signed_by_all(charter: &Charter, manifest: &Manifest) -> (Vec<u8>, Vec<u8>) {
    let bytes = statement::encode(manifest);
    let mut note = statement::sign::<Manifest>(&bytes, &identity("coordinator")).expect("a plain name");
    for party in &charter.trustees {
        let signature = statement::sign::<Manifest>(&bytes, &identity(&party.name)).expect("a plain name");
        note.merge(&signature).expect("one text");
    }
    (bytes, note.encode().into_bytes())
}

struct Offer {
    charter: Charter,
    manifest: Manifest,
    trustees: Vec<Trustee<Disk>>,
}

impl Offer {
    fn new() -> Self {
        let charter = charter(5, 3, 4);
        let mut trustees: Vec<_> = (1u8..).zip(disks(5)).map(|(n, disk)| seat(&charter, n, disk)).collect();
        let manifest = manifest_of(&charter, draft(), 0..20, &mut trustees);
        Self { charter, manifest, trustees }
    }

    /// What the member's client says, and what trustee 1 says when it is asked to sign.
    fn verdicts(&mut self) -> (Result<(), FederationError>, Result<(), FederationError>) {
        let (manifest, note) = signed_by_all(&self.charter, &self.manifest);
        let bytes = statement::encode(&self.charter);
        let client = Invitation::open(&bytes, &Charter::fingerprint(&bytes), &manifest, &note, &floors());
        (client.map(|_| ()), self.trustees[0].sign_manifest(&manifest).map(|_| ()))
    }
}

/// The review's test 12: refused before any figure is encoded, by client and trustee alike.
#[test]
fn manifests_that_break_a_rule_are_refused_whoever_signed_them() {
    let stale = |offer: &mut Offer| offer.trustees[1].round_key(2).expect("a key");
    type Edit<'a> = (&'a str, Box<dyn Fn(&mut Offer) + 'a>);
    let edits: Vec<Edit<'_>> = vec![
        ("round keys", Box::new(|o| o.manifest.keys.swap(1, 2))),
        ("a missing key", Box::new(|o| o.manifest.keys.truncate(4))),
        ("the same round key", Box::new(|o| o.manifest.keys[1] = o.manifest.keys[0].clone())),
        (
            "the same round key",
            Box::new(|o| {
                let key = o.manifest.keys[0].key;
                let said = crate::manifest::round_key_statement("test", 1, &key);
                let signature = identity("trustee-2").sign_statement("guildhall/round-key/v1", &said);
                o.manifest.keys[1] = RoundKey { key, signature };
            }),
        ),
        ("not signed by its long-term key", Box::new(move |o| o.manifest.keys[1] = stale(o))),
        ("not signed by its long-term key", Box::new(|o| o.manifest.keys[1].key[0] ^= 1)),
        ("another charter", Box::new(|o| o.manifest.charter = crate::Id::new([0; 32]))),
        ("study", Box::new(|o| o.manifest.study = "other".to_owned())),
        ("numbered from 1", Box::new(|o| o.manifest.round = 0)),
        ("numbered from 1", Box::new(|o| o.manifest.previous = Some(crate::Id::new([0; 32])))),
        ("first cell", Box::new(|o| o.manifest.cells[0].cell = Cell::of("town", "east"))),
        ("cells must differ", Box::new(|o| o.manifest.cells.push(o.manifest.cells[1].clone()))),
        ("share an identifier or a key", Box::new(|o| o.manifest.roster[1].id = o.manifest.roster[0].id.clone())),
        ("share an identifier or a key", Box::new(|o| o.manifest.roster[1].key = o.manifest.roster[0].key.clone())),
        ("states epsilon", Box::new(|o| o.manifest.epsilon = Rational::new(1, 2).expect("a half"))),
        (
            "exact histograms",
            Box::new(|o| {
                let opening = guildhall_kpi::Opening::ExactByConsent;
                o.manifest.schema.figures[0].histogram = Some(guildhall_kpi::Histogram { opening });
            }),
        ),
    ];
    let (client, trustee) = Offer::new().verdicts();
    assert!(client.is_ok() && trustee.is_ok(), "unchanged, it is accepted");
    for (words, edit) in edits {
        let mut offer = Offer::new();
        edit(&mut offer);
        let (client, trustee) = offer.verdicts();
        let why = client.expect_err(words).to_string();
        assert!(why.contains(words) || words == "round keys" || words == "a missing key", "{words}: {why}");
        assert!(trustee.is_err(), "{words}: trustee 1 signed");
    }
}

#[test]
fn a_trustee_signs_no_manifest_with_another_key_for_it_and_no_second_one() {
    let mut offer = Offer::new();
    let elsewhere = seat(&offer.charter, 1, Disk::default()).round_key(1).expect("a key");
    let own = std::mem::replace(&mut offer.manifest.keys[0], elsewhere);
    let (client, trustee) = offer.verdicts();
    assert!(client.is_ok(), "to a client this is a key like any other");
    assert!(trustee.expect_err("not its key").to_string().contains("another round key"));
    offer.manifest.keys[0] = own;
    assert!(offer.verdicts().1.is_ok());
    offer.manifest.deadline += 1;
    assert!(matches!(offer.verdicts().1, Err(FederationError::Records(_))), "one manifest per round number");
}

/// One signature too few, or not the coordinator's.
#[test]
fn a_manifest_needs_the_coordinator_and_a_quorum() {
    let offer = Offer::new();
    let bytes = statement::encode(&offer.manifest);
    let sign = |names: &[&str]| {
        let mut notes = names.iter().map(|n| statement::sign::<Manifest>(&bytes, &identity(n)).expect("plain"));
        let first = notes.next().expect("one");
        notes.fold(first, |mut all, note| {
            all.merge(&note).expect("one text");
            all
        })
    };
    let open = |names: &[&str]| Manifest::open(&offer.charter, &bytes, sign(names).encode().as_bytes()).is_ok();
    assert!(open(&["coordinator", "trustee-1", "trustee-2", "trustee-3", "trustee-5"]));
    assert!(!open(&["coordinator", "trustee-1", "trustee-2", "trustee-3"]));
    assert!(!open(&["trustee-1", "trustee-2", "trustee-3", "trustee-4", "trustee-5"]));
    assert!(!open(&["coordinator", "trustee-1", "trustee-2", "trustee-3", "organiser", "m001"]));
}

/// Keys that the coordinator chose, under a charter of its own, do not pass the fingerprint.
#[test]
fn an_unpinned_trustee_is_refused() {
    let agreed = Charter::fingerprint(&statement::encode(&charter(5, 3, 4)));
    let mut other = charter(5, 3, 4);
    other.trustees[2].key = identity("m001").verifier().to_string();
    assert!(other.check().is_err(), "the key does not carry the trustee's name");
    let twin = guildhall_ledger::SigningIdentity::from_secret("trustee-3", &[3; 32]).expect("a plain name");
    other.trustees[2].key = twin.verifier().to_string();
    assert!(other.check().is_ok());
    let bytes = statement::encode(&other);
    assert!(matches!(Charter::open(&bytes, &agreed), Err(FederationError::OtherCharter { .. })));
    let offer = Offer::new();
    let (manifest, note) = signed_by_all(&offer.charter, &offer.manifest);
    let refused = Invitation::open(&bytes, &Charter::fingerprint(&bytes), &manifest, &note, &floors());
    assert!(refused.is_err(), "nor does a manifest of the agreed charter fit the other one");
}

#[test]
fn charters_that_break_a_rule_are_refused() {
    type Edit = (&'static str, fn(&mut Charter));
    let edits: [Edit; 9] = [
        ("one key under two names", |c| {
            let seed = guildhall_mpc::digest("test identity", &[b"trustee-1"]);
            let twin = guildhall_ledger::SigningIdentity::from_secret("trustee-2", &seed).expect("a plain name");
            c.trustees[1].key = twin.verifier().to_string();
        }),
        ("quorum", |c| c.quorum = 3),
        ("threshold", |c| c.threshold = 4),
        ("members", |c| c.least_members = 4),
        ("same name", |c| c.trustees[1] = c.trustees[0].clone()),
        ("same operator", |c| c.trustees[1].operator = c.trustees[0].operator.clone()),
        ("a trustee that is the coordinator", |c| c.coordinator = c.trustees[0].clone()),
        ("zero budget", |c| c.budget = Rational::ZERO),
        ("no key", |c| c.trustees[4].key.clear()),
    ];
    assert!(charter(5, 3, 4).check().is_ok());
    for (what, edit) in edits {
        let mut bad = charter(5, 3, 4);
        edit(&mut bad);
        assert!(bad.check().is_err(), "{what}");
    }
    let mut huge = charter(5, 3, 4);
    huge.colluding = u64::MAX;
    assert_eq!(huge.smallest_cell(), u64::MAX, "nothing wraps");
}

/// The client's own floors, each one notch above what the round offers.
#[test]
fn a_round_below_a_floor_of_the_client_is_refused() {
    let mut offer = Offer::new();
    assert!(offer.verdicts().0.is_ok());
    let (manifest, note) = signed_by_all(&offer.charter, &offer.manifest);
    let bytes = statement::encode(&offer.charter);
    let pinned = Charter::fingerprint(&bytes);
    let most_epsilon = offer.manifest.epsilon;
    let base = Floors { threshold: 3, quorum: 4, least_members: 5, most_epsilon, budget: most_epsilon.into() };
    let open = |floors: Floors| Invitation::open(&bytes, &pinned, &manifest, &note, &floors).map(|_| ());
    assert!(open(base).is_ok(), "exactly at the floors");
    let half = Rational::new(1, 2).expect("a half");
    for (words, floors) in [
        ("trustees can open", Floors { threshold: 4, ..base }),
        ("trustees can open", Floors { quorum: 5, ..base }),
        ("figures are opened for", Floors { least_members: 6, ..base }),
        ("costs epsilon", Floors { most_epsilon: half, ..base }),
    ] {
        let why = open(floors).expect_err(words).to_string();
        assert!(why.contains(words), "{why}");
    }
}

/// A trustee that is also a member: the role is inside the id, so one contribution never passes as the other.
#[test]
fn noise_is_never_taken_for_figures_nor_the_reverse() {
    let trustee_key = identity("trustee-1").verifier().to_string();
    let both = World::over(charter(5, 3, 4), 0..20, draft(), disks(5), |m| m.roster[1].key = trustee_key);
    let mut world = both;
    let noise = world.trustees[0].contribute_noise().expect("randomness").expect("a noisy round");
    let figures = world.honest(2, 1);
    for (made, claimed) in [(noise, Role::Member), (figures, Role::Noise)] {
        let mut bytes = made.bytes.clone();
        bytes[36] = claimed as u8;
        let author = Author { role: claimed, index: 1, sequence: 1 };
        bytes[37..41].copy_from_slice(&author.index.to_le_bytes());
        let Some((body, _)) = world.decode(&bytes) else { panic!("the form is right") };
        let signature = identity("trustee-1").sign_statement("guildhall/contribution/v1", &body.id());
        let id = crate::Id::new(body.id());
        let swapped = crate::member::SignedContribution { bytes, signature, id, sequence: 1 };
        assert!(world.coordinator.receive(&swapped, super::harness::NOW).is_err());
        for at in 0..5 {
            let delivery = world.delivery(&swapped, world.trustees[at].number()).expect("decodes");
            world.trustees[at].receive(vec![delivery]);
            assert!(world.trustees[at].ready().verified.is_empty());
        }
    }
}

#[test]
fn an_exact_round_has_no_noise_to_give() {
    let mut world = World::new(8, exact_draft());
    assert!(world.trustees.iter_mut().all(|t| t.contribute_noise().expect("nothing to draw").is_none()));
}
