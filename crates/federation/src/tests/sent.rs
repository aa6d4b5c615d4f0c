//! A member's own ledger: charged before anything is sent, kept over restarts, up to the member's own limit.

use super::customers::customer_draft;
use super::fixtures::{charter, figures, identity};
use super::harness::{World, disks, floors};
use crate::charter::Charter;
use crate::local::Draft;
use crate::member::{Floors, Invitation, Invited};
use crate::{FederationError, statement};
use guildhall_kpi::{KpiVector, Noise, Rational};
use guildhall_ledger::{BudgetLedger, Records, SqliteRecords};
use guildhall_testkit::faults::{Crashing, Disk, Moment};

fn rational(text: &str) -> Rational {
    text.parse().expect("a rational")
}

/// A round that costs customers epsilon 4 in all: 2 by histograms, as members, and 2 by sums.
fn noisy() -> Draft {
    customer_draft(Noise::Laplace { epsilon: rational("1/2") })
}

fn invited(draft: Draft, budget: &str) -> Invited {
    let charter = charter(5, 3, 4);
    let world = World::over(charter.clone(), 0..20, draft, disks(5), |_| ());
    let bytes = statement::encode(&charter);
    let floors = Floors { budget: rational(budget).into(), most_epsilon: rational("20"), ..floors() };
    let pinned = Charter::fingerprint(&bytes);
    let invitation = Invitation::open(&bytes, &pinned, &world.manifest, &world.note, &floors).expect("as agreed");
    invitation.member(identity("m003")).expect("in the roster")
}

fn own(invited: &Invited) -> KpiVector {
    KpiVector::new(&invited.plan().manifest.schema, figures(3)).expect("in range")
}

fn charges(records: &dyn Records) -> Vec<String> {
    let ledger = BudgetLedger::open(records).expect("readable");
    ledger.entries().iter().map(|entry| entry.charge().id.clone()).collect()
}

#[test]
fn every_period_and_unit_is_charged_before_anything_is_sent() {
    let (invited, mut records) = (invited(noisy(), "4"), Disk::default());
    assert!(charges(&records).is_empty());
    invited.contribute_recorded(&mut records, &own(&invited), 1).expect("within the budget");
    assert_eq!(charges(&records), ["test/1/2026-01", "test/1/2026-01/customers"]);
    let spent = invited.spent(&records).expect("readable");
    assert_eq!((spent.members, spent.customers), (rational("2"), Some(rational("4"))));
    // A correction is part of the same round and costs nothing more.
    let correction = invited.contribute_recorded(&mut records, &own(&invited), 2).expect("a correction");
    assert_eq!((correction.sequence, charges(&records).len()), (2, 2));
}

#[test]
fn a_limit_of_the_members_own_is_kept() {
    let (invited, mut records) = (invited(noisy(), "3.9"), Disk::default());
    let refused = invited.contribute_recorded(&mut records, &own(&invited), 1).expect_err("costs 4");
    assert!(matches!(refused, FederationError::OverBudget { limit, .. } if limit == rational("3.9")), "{refused}");
    assert!(charges(&records).is_empty());
}

/// The ledger outlives the process, so that a second round over the same period finds what the first one spent.
#[test]
fn what_was_sent_is_remembered_over_restarts() {
    let folder = std::env::temp_dir().join(format!("guildhall-sent-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("writable");
    let path = folder.join("member.db");
    let first = invited(noisy(), "7");
    let open = || SqliteRecords::open(&path).expect("a store");
    first.contribute_recorded(&mut open(), &own(&first), 1).expect("4 of 7");
    let second = Draft { round: 2, previous: Some(first.plan().id), ..noisy() };
    let second = invited(second, "7");
    let refused = second.contribute_recorded(&mut open(), &own(&second), 1).expect_err("8 of 7");
    assert!(refused.to_string().contains("2026-01"), "{refused}");
    let larger = Draft { round: 2, previous: Some(first.plan().id), ..noisy() };
    let larger = invited(larger, "8");
    // The limit was fixed by the first charge: a client configured anew does not raise it.
    assert!(matches!(larger.contribute_recorded(&mut open(), &own(&larger), 1), Err(FederationError::Budget(_))));
    std::fs::remove_dir_all(&folder).expect("removable");
}

/// Two manifests of one round number, as a dishonest coordinator with `u` trustees might show: one is answered.
#[test]
fn only_one_manifest_of_a_round_number_is_answered() {
    let mut records = Disk::default();
    let first = invited(noisy(), "20");
    first.contribute_recorded(&mut records, &own(&first), 1).expect("the first");
    let other = invited(Draft { window: "another".to_owned(), ..noisy() }, "20");
    let refused = other.contribute_recorded(&mut records, &own(&other), 1).expect_err("another manifest");
    assert!(refused.to_string().contains("another manifest of round 1"), "{refused}");
}

/// A crash at any write: nothing was sent without its charge, and the repeated attempt succeeds without a second one.
#[test]
fn a_crash_at_any_write_sends_nothing_uncharged() {
    let invited = invited(noisy(), "4");
    for moment in [Moment::Before, Moment::After] {
        for at in 0..3 {
            let disk = Disk::default();
            let mut crashing = Crashing::new(disk.clone(), at, moment);
            let sent = invited.contribute_recorded(&mut crashing, &own(&invited), 1);
            assert_eq!(sent.is_ok(), at == 2, "two writes in all");
            assert!(sent.is_err() || charges(&disk).len() == 2, "sent without its charge");
            let mut again = disk.clone();
            invited.contribute_recorded(&mut again, &own(&invited), 1).expect("after the restart");
            assert_eq!(charges(&disk).len(), 2);
        }
    }
}
