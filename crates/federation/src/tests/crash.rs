//! A trustee's process dies before or after every write; restarted over its store, it says the same bytes again.

use super::fixtures::{charter, draft, identity};
use super::harness::{NOW, World, certify, disks, manifest_of, plan, seat, settle, without};
use crate::coordinator::{Certificate, Coordinator};
use crate::manifest::{Manifest, RoundKey};
use crate::member::SignedContribution;
use crate::trustee::{Collecting, SetSignature, Trustee};
use crate::{FederationError, Refused, statement};
use guildhall_kpi::Rational;
use guildhall_ledger::{BudgetLedger, Note, Records};
use guildhall_testkit::faults::{Crashing, Disk, Moment};
use std::collections::{BTreeMap, BTreeSet};

/// Everything but trustee 1, built when it is first needed and then fixed: the others never crash.
#[derive(Default)]
struct Others {
    said: BTreeMap<&'static str, Vec<u8>>,
    manifest: Option<(Vec<u8>, Vec<Note>)>,
    logged: Option<Logged>,
    certificate: Option<Certificate>,
}

struct Logged {
    coordinator: Coordinator,
    set: Vec<u8>,
    other_set: Vec<u8>,
    signatures: Vec<SetSignature>,
}

impl Others {
    /// What trustee 1 says leaves its machine: it must say the same whenever it says it again.
    fn hear(&mut self, what: &'static str, bytes: Vec<u8>) {
        let before = self.said.entry(what).or_insert_with(|| bytes.clone());
        assert_eq!(*before, bytes, "{what}: other bytes after a restart");
    }

    fn manifest(&mut self, key: &RoundKey) -> (Vec<u8>, Vec<u8>) {
        let (bytes, notes) = self.manifest.get_or_insert_with(|| {
            let charter = charter(5, 3, 4);
            let mut four: Vec<_> = (2u8..).zip(disks(4)).map(|(n, disk)| seat(&charter, n, disk)).collect();
            let mut keys_only = vec![seat(&charter, 1, Disk::default())];
            keys_only.append(&mut four);
            let mut manifest = manifest_of(&charter, draft(), 0..20, &mut keys_only);
            manifest.keys[0] = key.clone();
            let bytes = statement::encode(&manifest);
            let names = ["coordinator", "trustee-2", "trustee-3", "trustee-4", "trustee-5"];
            let notes = names.map(|n| statement::sign::<Manifest>(&bytes, &identity(n)).expect("plain")).into();
            OTHERS.with_borrow_mut(|kept| *kept = keys_only.into_iter().skip(1).collect());
            (bytes, notes)
        });
        let mut note = notes[0].clone();
        notes.iter().skip(1).for_each(|other| note.merge(other).expect("one text"));
        (bytes.clone(), note.encode().into_bytes())
    }

    /// The others collect and verify; the coordinator proposes; the others sign.
    fn log(&mut self, manifest: &[u8], note: &[u8], noise: &SignedContribution) -> &Logged {
        self.logged.get_or_insert_with(|| {
            let charter = charter(5, 3, 4);
            let trustees = OTHERS.take();
            let trustees = trustees.into_iter().map(|t| t.collect(manifest, note).expect("signed")).collect();
            let coordinator = Coordinator::new(plan(&charter, manifest, note), identity("coordinator"));
            let mut world = World { charter, manifest: manifest.to_vec(), note: note.to_vec(), coordinator, trustees };
            world.log(std::slice::from_ref(noise));
            world.log_all();
            world.deliver(|_, _| ());
            let all = world.proposal();
            // Six of the north left out: the audit has nothing against it, so that only sign-once stands in the way.
            let six: BTreeSet<_> = [1, 2, 4, 5, 7, 8].map(|at: usize| all.members[at].id).into();
            let less = without(&all, &six);
            let (set, other_set) = (statement::encode(&all), statement::encode(&less));
            let mut signatures = Vec::new();
            for trustee in world.trustees {
                let signed = trustee.sign(&set, world.coordinator.entries(), NOW);
                signatures.push(signed.map_err(|(_, refused)| refused).expect("verified").1);
            }
            Logged { coordinator: world.coordinator, set, other_set, signatures }
        })
    }
}

thread_local! {
    static OTHERS: std::cell::RefCell<Vec<Trustee<Disk>>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// One life of trustee 1's process, from the start of the round to its end or its death.
fn live<R: Records>(store: R, others: &mut Others) -> Result<(), FederationError> {
    let refused = |refused: Refused| FederationError::Policy(refused.to_string());
    let mut trustee = seat(&charter(5, 3, 4), 1, store);
    let key = trustee.round_key(1)?;
    others.hear("round key", key.key.to_vec());
    let (manifest, note) = others.manifest(&key);
    let signature = trustee.sign_manifest(&manifest)?;
    others.hear("manifest signature", signature.encode().into_bytes());
    let mut collecting = trustee.collect(&manifest, &note)?;
    let noise = collecting.contribute_noise()?.expect("a noisy round");
    others.hear("noise", [&noise.bytes[..], &noise.signature].concat());
    let logged = others.log(&manifest, &note, &noise);
    collecting.receive(logged.coordinator.deliveries(1));
    let (set, entries) = (logged.set.clone(), logged.coordinator.entries().to_vec());
    let (signed, own) = collecting.sign(&set, &entries, NOW).map_err(|(_, r)| refused(*r))?;
    others.hear("set signature", own.note.encode().into_bytes());
    let certificate = certificate(others, &manifest, &note, own);
    let (released, share, share_note) = signed.release(&certificate).map_err(|(_, error)| *error)?;
    others.hear("sum share", [share, share_note.encode().into_bytes()].concat());
    let (_, closing, _) = released.close()?;
    others.hear("closing", closing);
    Ok(())
}

/// Trustee 1's signature and three others: u of them.
fn certificate(others: &mut Others, manifest: &[u8], note: &[u8], own: SetSignature) -> Certificate {
    let logged = others.logged.as_ref().expect("logged");
    let made = others.certificate.get_or_insert_with(|| {
        let signatures: Vec<_> = logged.signatures.iter().take(3).cloned().chain([own]).collect();
        certify(plan(&charter(5, 3, 4), manifest, note), &logged.set, &signatures).expect("four of five")
    });
    made.clone()
}

/// Issue 2 and the review's tests 10 and 14: crash at every durable point.
#[test]
fn a_crash_at_any_write_changes_nothing_that_is_said() {
    let mut crashes = 0;
    for moment in [Moment::Before, Moment::After] {
        for at in 0.. {
            let disk = Disk::default();
            let mut others = Others::default();
            let died = live(Crashing::new(disk.clone(), at, moment), &mut others).is_err();
            let again = live(disk.clone(), &mut others);
            if !died {
                assert_eq!(at, 8, "key, manifest, noise, charge, signature, certificate, two erasures");
                break;
            }
            crashes += 1;
            // Once the key is erased the round is over; everything before it was said.
            let closed = disk.get("round-key/test/0000000001").expect("readable").is_none();
            assert_eq!(again.is_err(), closed && !others.said.contains_key("closing"), "{moment:?} {at}: {again:?}");
            assert!(others.said.contains_key("sum share"), "{moment:?} {at}: {again:?}");
            assert_one_charge_and_one_set(&disk, &mut others);
        }
    }
    assert_eq!(crashes, 16);
}

fn assert_one_charge_and_one_set(disk: &Disk, others: &mut Others) {
    let ledger = BudgetLedger::open(disk).expect("a whole chain");
    assert_eq!(ledger.entries().len(), 1, "charged once, and never forgotten");
    assert_eq!(disk.list("openings/test/").expect("readable").len(), 1);
    let signed = disk.get("set/test/0000000001").expect("readable").expect("kept after the round");
    let logged = others.logged.as_ref().expect("logged");
    assert_eq!(signed, statement::id_of::<crate::set::SetStatement>(&logged.set).as_bytes());
}

/// After a crash just before or after the signature was recorded, another set is not signed instead.
#[test]
fn no_other_set_is_signed_after_a_crash() {
    for (at, moment, free) in [(3, Moment::After, true), (4, Moment::Before, true), (4, Moment::After, false)] {
        let disk = Disk::default();
        let mut others = Others::default();
        assert!(live(Crashing::new(disk.clone(), at, moment), &mut others).is_err());
        let note = others.manifest.as_ref().expect("signed").0.clone();
        let (manifest, note) = (note, others.manifest(&RoundKey { key: [0; 32], signature: [0; 64] }).1);
        let logged = others.logged.as_ref().expect("logged");
        let mut collecting: Collecting<Disk> =
            seat(&charter(5, 3, 4), 1, disk.clone()).collect(&manifest, &note).expect("signed");
        collecting.receive(logged.coordinator.deliveries(1));
        let outcome = collecting.sign(&logged.other_set, logged.coordinator.entries(), NOW);
        match outcome {
            Ok(_) => assert!(free, "another set was signed after a crash"),
            Err((_, refused)) => assert!(!free && matches!(*refused, Refused::SignedAnother), "{refused}"),
        }
        let ledger = BudgetLedger::open(&disk).expect("a whole chain");
        assert_eq!(ledger.entries().len(), 1, "one round is charged once, whichever set is signed");
    }
}

/// Restored from a backup, without the round's key: the trustee counts as offline, and the round goes on.
#[test]
fn a_trustee_restored_from_a_backup_counts_as_offline() {
    let stores = disks(5);
    let backup = stores[0].backup();
    let mut world = World::over(charter(5, 3, 4), 0..20, draft(), stores, |_| ());
    world.log_all();
    world.deliver(|_, _| ());
    let set = world.propose().expect("a set");
    let restored = || seat(&world.charter, 1, backup.backup());
    assert!(matches!(
        restored().collect(&world.manifest, &world.note),
        Err(FederationError::Rule { what: "the round key", .. })
    ));
    // It makes a new key, which is not the manifest's: no box opens, nothing is verified, nothing can be signed.
    let mut trustee = restored();
    trustee.round_key(1).expect("a new key");
    let mut collecting = trustee.collect(&world.manifest, &world.note).expect("signed by the others");
    let asked = collecting.receive(world.coordinator.deliveries(1));
    for request in &asked {
        let answers: Vec<_> = world.trustees.iter_mut().skip(1).filter_map(|t| t.answer(request)).collect();
        answers.iter().for_each(|answer| collecting.supply(answer));
    }
    assert!(collecting.ready().verified.is_empty() && !asked.is_empty());
    assert!(collecting.sign(&set, world.coordinator.entries(), NOW).is_err());
    world.trustees.remove(0);
    assert_eq!(world.sign(&set).signatures.len(), 4, "the round goes on without it");
}

/// The review's test 14: what was signed and never opened is charged, and a restart does not forget it.
#[test]
fn a_signed_round_that_was_never_opened_stays_charged() {
    let mut tight = charter(5, 3, 4);
    // One round of the fixture costs 2: one epsilon in each of two cells with histograms.
    tight.budget = Rational::new(3, 1).expect("three");
    let stores = disks(5);
    let round = |number: u32, previous: Option<&World<Disk>>| {
        let mut next = draft();
        next.round = number;
        next.previous = previous.map(|w| statement::id_of::<Manifest>(&w.manifest));
        let mut world = World::over(tight.clone(), 0..20, next, stores.clone(), |_| ());
        world.log_all();
        world.deliver(|_, _| ());
        world
    };
    let first = round(1, None);
    let second = round(2, Some(&first));
    let (set, plan) = (first.propose().expect("a set"), first.plan_again());
    let signing = first.sign(&set);
    assert_eq!(signing.signatures.len(), 5);
    settle(&tight, plan, &set, &signing, &stores);
    let set = second.propose().expect("a set");
    let again = second.restarted(3, stores[2].clone());
    let Err((_, refused)) = again.sign(&set, second.coordinator.entries(), NOW) else { panic!("over the budget") };
    let over = |refused: &Refused| matches!(refused, Refused::Other(FederationError::OverBudget { .. }));
    assert!(over(&refused), "{refused}");
    let signing = second.sign(&set);
    assert!(signing.signatures.is_empty() && signing.refusals.values().all(over));
}
