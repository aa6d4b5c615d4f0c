//! Split view: a hostile coordinator with f_p bad trustees, and what each rule against it is worth.

use super::fixtures::{charter, draft, figures, identity};
use super::harness::{NOW, World, disks, exact_draft, lagrange_at_zero, read_share, without};
use crate::coordinator::Certificate;
use crate::set::{Opening, SetStatement, opened_cells};
use crate::trustee::Signed;
use crate::{Refused, statement};
use guildhall_ledger::Note;
use guildhall_mpc::SumShare;
use guildhall_testkit::faults::{Disk, Forgetful};
use std::collections::{BTreeMap, BTreeSet};

const VICTIM: u32 = 7;

/// Which rules honest trustees keep to.
#[derive(Clone, Copy)]
struct Rules {
    sign_once: bool,
    quorum: u8,
}

const ALL_RULES: Rules = Rules { sign_once: true, quorum: 4 };

/// A set of everyone, and one without the victim: opening both gives the victim's figures.
struct Attack {
    world: World<Disk>,
    stores: Vec<Disk>,
    sets: [Vec<u8>; 2],
}

/// What the coordinator gets for one set: signatures, and trustees that could release.
struct View {
    note: Option<Note>,
    states: Vec<Signed<Forgetful<Disk>>>,
}

impl Attack {
    fn new() -> Self {
        let stores = disks(5);
        let mut world = World::over(charter(5, 3, 4), 0..20, exact_draft(), stores.clone(), |_| ());
        world.log_all();
        world.deliver(|_, _| ());
        let all = world.proposal();
        let victim = all.members.iter().find(|m| m.member == VICTIM).expect("counted").id;
        let less = without(&all, &BTreeSet::from([victim]));
        let sets = [statement::encode(&all), statement::encode(&less)];
        Self { world, stores, sets }
    }

    /// Total sales of each set that the coordinator can open; honest trustees 1 to 3 are shown the sets in these
    /// orders, 4 and 5 sign and release whatever they are asked to. Each run starts from the same disks.
    fn run(&self, orders: [[usize; 2]; 3], rules: Rules) -> [Option<i128>; 2] {
        let mut views = [View { note: None, states: Vec::new() }, View { note: None, states: Vec::new() }];
        for (number, order) in (1u8..).zip(orders) {
            let forgotten: &[&str] = if rules.sign_once { &[] } else { &["set/", "openings/", "settled/"] };
            self.ask(number, order, forgotten, rules.quorum, &mut views);
        }
        for bad in [4, 5] {
            self.ask(bad, [0, 1], &["set/", "openings/", "settled/"], 1, &mut views);
        }
        let certificate = |which: usize| {
            let note = views[which].note.clone()?;
            Some(Certificate { set: self.sets[which].clone(), note })
        };
        let certificates: Vec<Certificate> = [0, 1].into_iter().filter_map(certificate).collect();
        views.map(|view| self.open(view, &certificates))
    }

    fn ask(&self, number: u8, order: [usize; 2], forgotten: &'static [&str], quorum: u8, views: &mut [View; 2]) {
        let store = Forgetful::new(self.stores[usize::from(number) - 1].backup(), forgotten);
        for which in order {
            let mut state = self.world.restarted(number, store.clone());
            state.without_quorum_rule(quorum);
            match state.sign(&self.sets[which], self.world.coordinator.entries(), NOW) {
                Ok((state, signature)) => {
                    let view = &mut views[which];
                    match &mut view.note {
                        Some(note) => note.merge(&signature.note).expect("one text"),
                        None => view.note = Some(signature.note),
                    }
                    view.states.push(state);
                }
                Err((_, refused)) => {
                    assert!(matches!(*refused, Refused::SignedAnother | Refused::Cells(_) | Refused::Set(_)))
                }
            }
        }
    }

    /// A hostile coordinator shows any certificate it has, and does not ask for agreement of u: t shares are enough.
    fn open(&self, view: View, certificates: &[Certificate]) -> Option<i128> {
        let mut shares: BTreeMap<u8, SumShare> = BTreeMap::new();
        for mut state in view.states {
            for certificate in certificates {
                match state.release(certificate) {
                    Ok((_, bytes, note)) => {
                        let (number, share) = read_share(&self.world, &bytes, &note);
                        shares.insert(number, share);
                        break;
                    }
                    Err((kept, _)) => state = *kept,
                }
            }
        }
        // Count and sum of two figures of one cell.
        (shares.len() >= 3).then(|| lagrange_at_zero(&shares)[1])
    }
}

fn all_orders() -> impl Iterator<Item = [[usize; 2]; 3]> {
    (0..8u32).map(|bits| [0, 1, 2].map(|i| if bits >> i & 1 == 0 { [0, 1] } else { [1, 0] }))
}

fn total(without: Option<u32>) -> i128 {
    (0..20).filter(|i| Some(*i) != without).filter_map(|i| figures(i)[0]).map(i128::from).sum()
}

/// Issue 2 and `secure-sum.md` 8.5: whoever is shown what first, never two sets.
#[test]
fn two_sets_of_one_round_are_never_both_opened() {
    let attack = Attack::new();
    let mut opened = BTreeMap::new();
    for orders in all_orders() {
        let got = attack.run(orders, ALL_RULES);
        assert!(got.iter().flatten().count() <= 1, "{orders:?} opened both");
        *opened.entry(got.map(|g| g.is_some())).or_insert(0) += 1;
    }
    // Two honest trustees and two bad ones make a certificate, whichever set they sign: an order always opens one.
    assert_eq!(opened, BTreeMap::from([([true, false], 4), ([false, true], 4)]));
}

/// The attack of the note: with sign-once off, the difference of the two totals is the victim's figure.
#[test]
fn without_sign_once_the_victims_figure_is_the_difference() {
    let attack = Attack::new();
    let rules = Rules { sign_once: false, ..ALL_RULES };
    let got = attack.run([[0, 1]; 3], rules);
    assert_eq!(got, [Some(total(None)), Some(total(Some(VICTIM)))]);
    assert_eq!(total(None) - total(Some(VICTIM)), i128::from(figures(VICTIM)[0].expect("reported")));
}

/// The same with the quorum rule off, although everybody signs once: 2u - k = 1 does not exceed f_p.
#[test]
fn without_the_quorum_rule_sign_once_does_not_help() {
    let attack = Attack::new();
    let rules = Rules { quorum: 3, ..ALL_RULES };
    let got = attack.run([[0, 1], [1, 0], [0, 1]], rules);
    assert_eq!(got, [Some(total(None)), Some(total(Some(VICTIM)))]);
}

/// Sign-once does not lean on the audit: a second set that singles nobody out is refused all the same.
#[test]
fn a_second_set_is_refused_where_the_audit_allows_it() {
    let attack = Attack::new();
    let all: SetStatement = statement::decode(&attack.sets[0]).expect("canonical");
    let six: BTreeSet<_> = all.members[..6].iter().map(|m| m.id).collect();
    let less = statement::encode(&without(&all, &six));
    for order in [[&attack.sets[0], &less], [&less, &attack.sets[0]]] {
        let store = attack.stores[0].backup();
        let entries = attack.world.coordinator.entries();
        assert!(attack.world.restarted(1, store.clone()).sign(order[0], entries, NOW).is_ok());
        let Err((_, refused)) = attack.world.restarted(1, store.clone()).sign(order[1], entries, NOW) else {
            panic!("two sets were signed")
        };
        assert!(matches!(*refused, Refused::SignedAnother), "{refused}");
        assert!(attack.world.restarted(1, store).sign(order[0], entries, NOW).is_ok(), "the first one again");
    }
}

/// f_p bad trustees and a coordinator cannot certify a set whose cells fail the audit.
#[test]
fn a_set_that_fails_the_cell_audit_is_not_certified() {
    // Ten members, four of them in the south: total minus north is a group of four.
    let mut exact = draft();
    exact.schema = exact_draft().schema;
    exact.cells.iter_mut().for_each(|planned| planned.histograms = false);
    let mut world = World::new(10, exact);
    world.log_all();
    world.deliver(|_, _| ());
    assert!(matches!(world.propose(), Err(crate::FederationError::Policy(_))));
    let mut hostile = world.hostile_set();
    for (south, refused_as) in [(Opening::Open, "cells"), (Opening::TooFew, "single out")] {
        hostile.openings[2] = vec![south; 2];
        let set = statement::encode(&hostile);
        for trustee in 1..=3 {
            let state = world.restarted(trustee, world.store(trustee).backup());
            let Err((_, refused)) = state.sign(&set, world.coordinator.entries(), NOW) else {
                panic!("trustee {trustee} signed a set that singles out four members")
            };
            assert!(refused.to_string().contains(refused_as), "{refused}");
        }
        let note = [4, 5].map(|j| statement::sign::<SetStatement>(&set, &identity(&format!("trustee-{j}"))));
        let [Ok(mut note), Ok(other)] = note else { panic!("signed") };
        note.merge(&other).expect("one text");
        let keys = world.charter.trustee_keys().expect("keys");
        assert!(statement::verify::<SetStatement>(&set, note.encode().as_bytes(), &keys, 4).is_err());
    }
    // With the audit off the three cells do give the sales of a group of four.
    let opened = opened_cells(world.plan(), &world.hostile_set());
    let cells = opened.cells("sales/2026-01");
    assert_eq!(cells[0].difference(&cells[1]).count(), 4);
}
