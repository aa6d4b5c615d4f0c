//! Corrections over a hostile log: the highest sequence wins, contradictions are out and proved.

use super::harness::{NOW, World, exact_draft};
use crate::coordinator::Delivery;
use crate::evidence::Contradiction;
use crate::set::{Excluded, Exclusion, SetStatement};
use crate::trustee::Collecting;
use crate::{Id, Refused, statement};
use guildhall_ledger::{Hash, Log, LogEntry};
use guildhall_testkit::faults::Disk;

fn log_head(entries: &[LogEntry]) -> (u64, Id) {
    let mut log = Log::new();
    entries.iter().for_each(|entry| {
        log.append(&entry.leaf());
    });
    (log.size(), Id::new(*log.root().as_bytes()))
}

/// Offers a set over these entries to trustee 1, started anew.
fn offer(world: &World<Disk>, mut set: SetStatement, entries: &[LogEntry]) -> Result<(), Refused> {
    (set.log_size, set.log_root) = log_head(entries);
    let state: Collecting<Disk> = world.restarted(1, world.store(1).backup());
    match state.sign(&statement::encode(&set), entries, NOW) {
        Ok(_) => Ok(()),
        Err((_, refused)) => Err(*refused),
    }
}

/// Member 3 corrected its figures; the sets that count the one version or the other.
fn corrected() -> (World<Disk>, SetStatement, SetStatement) {
    let mut world = World::new(8, exact_draft());
    world.log_all();
    world.log(&[world.honest_with(3, 2, vec![Some(900), Some(1)])]);
    world.deliver(|_, _| ());
    let right = world.proposal();
    let mut wrong = right.clone();
    let old = right.excluded.iter().find(|e| e.why == Exclusion::Corrected).expect("one was corrected").id;
    let entry = wrong.members.iter_mut().find(|m| m.member == 3).expect("counted");
    let new = std::mem::replace(&mut entry.id, old);
    entry.sequence = 1;
    wrong.excluded.iter_mut().for_each(|e| e.id = new);
    (world, right, wrong)
}

/// The review's test 11, first half.
#[test]
fn a_correction_wins_although_the_old_bytes_are_logged_again_after_it() {
    let (mut world, right, wrong) = corrected();
    let entries = world.coordinator.entries().to_vec();
    let old = right.excluded[0].id;
    let again = *entries.iter().find(|e| e.id == Hash::new(*old.as_bytes())).expect("logged");
    let relogged = [&entries[..], &[again, again]].concat();
    for entries in [&entries, &relogged] {
        assert!(offer(&world, right.clone(), entries).is_ok());
        let refused = offer(&world, wrong.clone(), entries).expect_err("superseded");
        assert!(refused.to_string().contains("not the latest"), "{refused}");
    }
    // "Last in the log wins" would have taken the old bytes.
    assert_eq!(relogged.last().map(|e| e.sequence), Some(1));
    // The honest coordinator takes the old bytes again, and they change nothing.
    let first = world.honest(3, 1);
    world.coordinator.receive(&first, NOW).expect("well formed");
    assert!(world.proposal().members.iter().any(|m| m.member == 3 && m.sequence == 2));
}

/// A log that states another sequence number than the set would make a transcript nobody can verify.
#[test]
fn a_log_with_other_sequence_numbers_is_refused() {
    let (world, right, _) = corrected();
    let entries = world.coordinator.entries().to_vec();
    for at in 0..entries.len() {
        let mut other = entries.clone();
        other[at].sequence += 1;
        let counted = right.members.iter().any(|m| m.id.as_bytes() == other[at].id.as_bytes());
        assert_eq!(offer(&world, right.clone(), &other).is_err(), counted, "entry {at}");
        let twice = [&entries[..], &other[at..=at]].concat();
        assert_eq!(offer(&world, right.clone(), &twice).is_err(), counted, "entry {at}, also rightly");
    }
}

/// Every logged id is accounted for once; none is made up, none passed over, and the log is the one shown.
#[test]
fn a_set_accounts_for_the_log_exactly() {
    let (world, right, _) = corrected();
    let entries = world.coordinator.entries().to_vec();
    let mut fewer = right.clone();
    fewer.excluded.clear();
    let mut more = right.clone();
    more.excluded.push(crate::set::Excluded { id: Id::new([255; 32]), why: Exclusion::NotVerified });
    let mut twice = right.clone();
    twice.excluded.push(crate::set::Excluded { id: right.members[0].id, why: Exclusion::NotVerified });
    twice.excluded.sort();
    for bad in [fewer, more, twice] {
        assert!(offer(&world, bad, &entries).is_err());
    }
    let state = world.restarted(1, world.store(1).backup());
    let shorter = &entries[..entries.len() - 1];
    assert!(state.sign(&statement::encode(&right), shorter, NOW).is_err(), "another log than the set's");
}

/// The review's test 11, second half: two different contributions under one sequence number.
#[test]
fn a_sequence_number_used_twice_puts_both_out_and_is_proved() {
    let mut world = World::new(8, exact_draft());
    world.log_all();
    let second = world.honest_with(3, 1, vec![Some(900), Some(1)]);
    world.log(std::slice::from_ref(&second));
    world.deliver(|_, _| ());
    let set = world.proposal();
    assert!(set.members.iter().all(|m| m.member != 3));
    assert_eq!(set.excluded.iter().filter(|e| e.why == Exclusion::Contradictory).count(), 2);
    // A hostile coordinator that counts one of them is refused.
    let mut hostile = set.clone();
    hostile.excluded.retain(|e| e.id != second.id);
    let entry = crate::set::MemberEntry { member: 3, sequence: 1, id: second.id, presence: "11".to_owned() };
    hostile.members.insert(3, entry);
    assert!(offer(&world, hostile, world.coordinator.entries()).is_err());
    let evidence = world.coordinator.contradictions();
    assert_eq!(evidence.len(), 1);
    assert_eq!(evidence[0].verify(world.plan()).expect("proved").index, 3);
    assert_rejects_tampering(&world, &evidence[0]);
}

fn assert_rejects_tampering(world: &World<Disk>, evidence: &Contradiction) {
    let same = Contradiction { first: evidence.first.clone(), second: evidence.first.clone() };
    assert!(same.verify(world.plan()).is_err(), "one contribution does not contradict itself");
    for at in (0..evidence.second.body.len()).step_by(13) {
        let mut changed = evidence.clone();
        changed.second.body[at] ^= 1;
        assert!(changed.verify(world.plan()).is_err(), "byte {at}");
    }
    let mut unsigned = evidence.clone();
    unsigned.second.signature[5] ^= 1;
    assert!(unsigned.verify(world.plan()).is_err());
    let other = World::new(8, exact_draft());
    assert!(evidence.verify(other.plan()).is_err(), "another round");
}

/// A member that has one sound version and then contradicts itself keeps the sound one; nothing is counted twice.
#[test]
fn a_contradicted_correction_leaves_the_earlier_version() {
    let mut world = World::new(8, exact_draft());
    world.log_all();
    world.log(&[world.honest_with(3, 2, vec![Some(900), None]), world.honest_with(3, 2, vec![Some(901), None])]);
    world.deliver(|_, _| ());
    let set = world.proposal();
    assert_eq!(set.members.iter().find(|m| m.member == 3).map(|m| m.sequence), Some(1));
    assert!(offer(&world, set, world.coordinator.entries()).is_ok());
}

/// The coordinator logs a correction, and what it delivers of it is what `show` leaves of a trustee's deliveries.
fn withheld(show: impl Fn(bool, &mut Delivery) -> bool) -> (World<Disk>, SetStatement) {
    let mut world = World::new(8, exact_draft());
    world.log_all();
    world.deliver(|_, _| ());
    let before = world.proposal();
    let correction = world.honest_with(3, 2, vec![Some(900), Some(1)]);
    world.log(std::slice::from_ref(&correction));
    for at in 0..5 {
        let mut deliveries = world.coordinator.deliveries(world.trustees[at].number());
        deliveries.retain_mut(|delivery| show(Id::new(delivery.body.id()) == correction.id, delivery));
        world.trustees[at].receive(deliveries);
    }
    // The hostile coordinator's set: the figures that member 3 took back.
    let mut stale = before;
    stale.excluded.push(Excluded { id: correction.id, why: Exclusion::NotVerified });
    (stale.log_size, stale.log_root) = log_head(world.coordinator.entries());
    (world, stale)
}

/// Whoever withholds the boxes of a correction leaves its author out; the figures it took back are not counted.
#[test]
fn figures_are_not_counted_whose_correction_came_without_its_boxes() {
    let boxless = |correction: bool, delivery: &mut Delivery| {
        delivery.sealed = delivery.sealed.take().filter(|_| !correction);
        true
    };
    let (world, stale) = withheld(boxless);
    let signing = world.sign(&statement::encode(&stale));
    assert_eq!(signing.signatures.len(), 0, "nobody signs the figures that were taken back");
    assert!(signing.refusals.values().all(|refused| refused.to_string().contains("superseded")));
    let (world, _) = withheld(boxless);
    let set = world.proposal();
    assert!(set.members.iter().all(|m| m.member != 3) && set.members.len() == 7);
    assert_eq!(world.finish().agreeing.len(), 5, "the round goes on without member 3");
}

/// Nor does it help to show trustees only a part of what is logged.
#[test]
fn no_trustee_signs_before_it_was_shown_all_that_is_logged() {
    let (world, stale) = withheld(|correction, _| !correction);
    let signing = world.sign(&statement::encode(&stale));
    assert_eq!(signing.signatures.len(), 0);
    assert!(signing.refusals.values().all(|refused| refused.to_string().contains("never shown")));
}
