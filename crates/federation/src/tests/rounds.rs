//! Whole rounds, with and without faults.

use super::fixtures::{charter, draft, figures, member, play_with};
use crate::FederationError;
use crate::charter::Charter;
use crate::local::{Event, Faults, Outcome, Stage};
use crate::manifest::UnsafeCells;
use crate::set::Opening;
use crate::{statement, transcript};
use guildhall_kpi::{FigureTotals, KpiVector};

fn clear(indices: impl Iterator<Item = u32> + Clone, figure: usize) -> (u64, i64) {
    let values: Vec<i64> = indices.filter_map(|i| figures(i)[figure]).collect();
    (values.len() as u64, values.iter().sum())
}

fn assert_exact(outcome: &Outcome, members: &[u32]) {
    for (cell, totals) in outcome.opened.totals.cells.iter().enumerate() {
        let inside = members.iter().copied().filter(|i| match cell {
            1 => i % 3 != 0,
            2 => i % 3 == 0,
            _ => true,
        });
        for (figure, total) in totals.figures.iter().enumerate() {
            let FigureTotals::Opened(opened) = total else { panic!("cell {cell} is hidden") };
            assert_eq!((opened.count, opened.sum), clear(inside.clone(), figure), "cell {cell}, figure {figure}");
        }
    }
}

#[test]
fn a_quiet_round_opens_exact_sums_and_verifies() {
    let (outcome, _) = play_with(5, 3, 4, (0..40).map(member).collect(), &Faults::default());
    let outcome = outcome.expect("nothing goes wrong");
    assert_exact(&outcome, &(0..40).collect::<Vec<_>>());
    assert_eq!(outcome.opened.agreeing, vec![1, 2, 3, 4, 5]);
    let pinned = Charter::fingerprint(&statement::encode(&charter(5, 3, 4)));
    let files = outcome.publish(transcript::Files::new()).expect("signed");
    let verified = transcript::verify(&files, Some(&pinned)).expect("an untouched transcript verifies");
    assert!(verified.checks.len() >= 7);
}

#[test]
fn every_flipped_byte_of_a_transcript_is_found() {
    let (outcome, _) = play_with(5, 3, 4, (0..20).map(member).collect(), &Faults::default());
    let mut files = outcome.expect("nothing goes wrong").publish(transcript::Files::new()).expect("signed");
    let names: Vec<String> = files.keys().cloned().collect();
    let mut tried = 0;
    for name in names {
        let length = files[&name].len();
        for at in (0..length).step_by(length / 40 + 1).chain([length - 1]) {
            files.get_mut(&name).expect("listed")[at] ^= 1;
            assert!(transcript::verify(&files, None).is_err(), "{name}: byte {at} can be changed unseen");
            files.get_mut(&name).expect("listed")[at] ^= 1;
            tried += 1;
        }
    }
    assert!(transcript::verify(&files, None).is_ok() && tried > 300);
}

#[test]
fn faults_up_to_k_minus_u_in_total_do_not_stop_the_round() {
    let stages = [Stage::Collecting, Stage::Ready, Stage::Signing, Stage::Opening];
    for stage in stages {
        for trustee in [1, 5] {
            let faults = Faults { stopped: [(trustee, stage)].into(), ..Faults::default() };
            let (outcome, _) = play_with(5, 3, 4, (0..20).map(member).collect(), &faults);
            assert_exact(&outcome.expect("one fault is survived"), &(0..20).collect::<Vec<_>>());
        }
        let faults = Faults { stopped: [(2, stage), (6, stage)].into(), ..Faults::default() };
        let (outcome, _) = play_with(7, 3, 5, (0..20).map(member).collect(), &faults);
        assert_exact(&outcome.expect("two faults are survived"), &(0..20).collect::<Vec<_>>());
    }
}

#[test]
fn one_fault_more_ends_the_round_naming_who_did_not_answer() {
    let late = Faults { stopped: [(2, Stage::Ready), (4, Stage::Signing)].into(), ..Faults::default() };
    match play_with(5, 3, 4, (0..20).map(member).collect(), &late).0.err() {
        Some(FederationError::TooFewTrustees { have: 3, need: 4, missing, .. }) => {
            assert_eq!(missing, "trustee-2, trustee-4");
        }
        other => panic!("{other:?}"),
    }
    let opening = Faults { stopped: [(2, Stage::Opening)].into(), wrong_shares: [3].into(), ..Faults::default() };
    assert!(matches!(
        play_with(5, 3, 4, (0..20).map(member).collect(), &opening).0.err(),
        Some(FederationError::Open(_))
    ));
}

#[test]
fn the_demo_s_faults_together() {
    let mut members: Vec<_> = (0..30).map(member).collect();
    let wrong = vec![Some(1), Some(1)];
    members[4].corrected_from = Some(KpiVector::new(&super::fixtures::schema(), wrong).expect("in range"));
    let faults = Faults {
        stopped: [(2, Stage::Ready)].into(),
        wrong_shares: [6].into(),
        forging: [8].into(),
        lost_boxes: [(10, 1), (11, 7), (12, 2)].into(),
    };
    let (outcome, events) = play_with(7, 3, 5, members, &faults);
    let outcome = outcome.expect("the round survives");
    let counted: Vec<u32> = (0..30).filter(|i| *i != 8).collect();
    assert_exact(&outcome, &counted);
    assert_eq!(outcome.opened.dissenting, vec![6]);
    assert_eq!(outcome.opened.silent, vec![2]);
    assert!(events.iter().any(|e| matches!(e, Event::Refused { author, by: 7, .. } if author == "m008")));
    assert!(events.iter().any(|e| matches!(e, Event::Corrected { member } if member == "m004")));
    assert!(events.iter().any(|e| matches!(e, Event::SeedsRecovered(45))), "three boxes of 15 seeds each");
    assert!(events.iter().any(|e| matches!(e, Event::Dissents { trustee } if trustee == "trustee-6")));
}

#[test]
fn a_small_part_next_to_its_total_is_refused_or_hidden() {
    // Ten members, of which four are in the south (0, 3, 6, 9): hiding the south leaves it as total minus north.
    let small = || (0..10).map(member).collect::<Vec<_>>();
    let refused = play_with(5, 3, 4, small(), &Faults::default()).0.err();
    assert!(matches!(refused, Some(FederationError::Policy(ref why)) if why.contains("single out")), "{refused:?}");
    let mut hiding = draft();
    hiding.unsafe_cells = UnsafeCells::Hide;
    let consortium = super::fixtures::consortium(&charter(5, 3, 4));
    let outcome = crate::local::play(consortium, hiding, small(), &Faults::default(), &|_| ()).expect("hidden");
    assert_eq!(outcome.set.openings[1], vec![Opening::WouldSingleOut; 2]);
    assert_eq!(outcome.set.openings[2], vec![Opening::TooFew; 2]);
    assert_eq!(outcome.set.openings[0], vec![Opening::Open; 2]);
}

#[test]
fn too_few_members_open_nothing() {
    let outcome = play_with(5, 3, 4, (0..4).map(member).collect(), &Faults::default()).0;
    assert!(matches!(outcome.err(), Some(FederationError::TooFewMembers { have: 4, need: 5 })));
}
