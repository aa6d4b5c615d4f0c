//! The cell audit over rounds, renamed members, renamed windows and missed rounds; presence; known answers.

use super::fixtures::{charter, draft};
use super::harness::{NOW, World, disks, exact_draft, settle};
use crate::local::Draft;
use crate::manifest::{Manifest, UnsafeCells};
use crate::set::{Opening, SetStatement, opened_cells};
use crate::{FederationError, Refused, audit, statement};
use guildhall_kpi::{Rational, Schema};
use guildhall_ledger::Records;
use guildhall_testkit::faults::Forgetful;
use guildhall_testkit::vectors;
use std::collections::BTreeSet;

/// The review's test 2 as files. A singled-out group is written as `{0, 1}`.
#[test]
fn vectors_of_cells() {
    let ran = vectors::run("cells", |vector| {
        let smallest = vector["smallest"].as_u64().expect("a number");
        let cells: Vec<audit::Members> = vector["cells"]
            .as_array()
            .expect("cells")
            .iter()
            .map(|cell| {
                let ranges = cell.as_array().expect("ranges").iter();
                let members = ranges.flat_map(|r| r[0].as_u64().expect("from")..r[1].as_u64().expect("to"));
                members.map(|m| format!("{m:02}")).collect()
            })
            .collect();
        let entities: Vec<String> = (0..100).map(|m| format!("{m:02}")).collect();
        let entity = |m: &str| entities[m.parse::<usize>().expect("a number")].as_str();
        match audit::singled_out(&cells, smallest, &entity) {
            None => Ok(()),
            Some(members) => {
                let plain: Vec<String> =
                    members.iter().map(|m| m.parse::<u32>().expect("a number").to_string()).collect();
                Err(format!("{{{}}}", plain.join(", ")))
            }
        }
    });
    assert_eq!(ran, Ok(12));
}

/// The four cells of A2 as rosters of four rounds: X, Y, Z, W are blocks of six; member 0 is in the first only.
fn four_rosters() -> [Vec<u32>; 4] {
    let (x, y, z, w) = (1..7u32, 7..13, 13..19, 19..25);
    [
        std::iter::once(0).chain(x.clone()).chain(y.clone()).collect(),
        z.clone().chain(w.clone()).collect(),
        x.chain(z).collect(),
        y.chain(w).collect(),
    ]
}

/// Begins round `number` over the same stores; everyone contributes.
fn round<R: Records + Clone>(
    number: u32,
    roster: Vec<u32>,
    stores: &[R],
    window: &str,
    previous: Option<&World<R>>,
    edit: impl FnOnce(&mut Manifest),
) -> World<R> {
    let previous = previous.map(|w| statement::id_of::<Manifest>(&w.manifest));
    let draft = Draft { round: number, previous, window: window.to_owned(), ..exact_draft() };
    let mut world = World::over(charter(5, 3, 4), roster, draft, stores.to_vec(), edit);
    world.log_all();
    world.deliver(|_, _| ());
    world
}

/// Three rounds, signed by all and never opened; then a fourth that would single member 0 out.
fn fourth_round<R: Records + Clone>(stores: &[R], window: &str, edit: impl FnOnce(&mut Manifest)) -> World<R> {
    let [a, b, c, d] = four_rosters();
    let first = round(1, a, stores, "2026-01", None, |_| ());
    let second = round(2, b, stores, "2026-01", Some(&first), |_| ());
    let third = round(3, c, stores, "2026-01", Some(&second), |_| ());
    let fourth = round(4, d, stores, window, Some(&third), edit);
    for world in [first, second, third] {
        let (set, plan) = (world.propose().expect("three of the four are fine"), world.plan_again());
        let signing = world.sign(&set);
        assert_eq!(signing.signatures.len(), 5, "{:?}", signing.refusals);
        // Nobody opens anything: what was signed counts all the same.
        settle(&charter(5, 3, 4), plan, &set, &signing, stores);
    }
    fourth
}

fn assert_refused<R: Records>(world: World<R>) {
    let proposed = world.propose();
    assert!(matches!(&proposed, Err(FederationError::Policy(why)) if why.contains("m000") || why.contains("single")));
    let set = statement::encode(&world.hostile_set());
    let signing = world.sign(&set);
    assert!(signing.signatures.is_empty());
    assert!(signing.refusals.values().all(|refused| matches!(refused, Refused::Cells(_))), "{:?}", signing.refusals);
}

/// The review's tests 2 and 14: rounds count from the signature on, opened or not, and survive a restart (each
/// round here is a new process over the same store).
#[test]
fn the_fourth_round_of_the_four_cells_is_refused() {
    assert_refused(fourth_round(&disks(5), "2026-01", |_| ()));
}

/// A hostile coordinator gives members new names: their keys are what the audit goes by.
#[test]
fn renamed_members_are_recognised() {
    let rename = |m: &mut Manifest| m.roster.iter_mut().for_each(|r| r.id = format!("new-{}", r.id));
    assert_refused(fourth_round(&disks(5), "2026-01", rename));
}

/// Or it calls the window something else, or lets windows overlap: a figure is its KPI and period.
#[test]
fn another_name_of_the_window_does_not_help() {
    assert_refused(fourth_round(&disks(5), "2025-02 to 2026-01", |_| ()));
}

/// With the history forgotten the attack goes through: A + B - C - D is member 0.
#[test]
fn without_history_the_four_rounds_reveal_member_0() {
    let stores: Vec<_> = disks(5).into_iter().map(|disk| Forgetful::new(disk, &["openings/"])).collect();
    let world = fourth_round(&stores, "2026-01", |_| ());
    let set = world.propose().expect("nothing is known of the other three");
    assert_eq!(world.sign(&set).signatures.len(), 5);
}

/// Members come and go: the difference of two rounds is about those who left and those who joined, together.
#[test]
fn a_changed_membership_of_enough_members_is_fine() {
    for (left, fine) in [(6, true), (3, true), (2, false)] {
        let stores = disks(5);
        let first = round(1, (0..20).collect(), &stores, "2026-01", None, |_| ());
        let second = round(2, (left..20 + left).collect(), &stores, "2026-01", Some(&first), |_| ());
        let (set, plan) = (first.propose().expect("a set"), first.plan_again());
        let signing = first.sign(&set);
        assert_eq!(signing.signatures.len(), 5);
        settle(&charter(5, 3, 4), plan, &set, &signing, &stores);
        assert_eq!(second.propose().is_ok(), fine, "{left} left and {left} joined");
        let hostile = statement::encode(&second.hostile_set());
        assert_eq!(second.sign(&hostile).signatures.len(), if fine { 5 } else { 0 });
    }
}

/// What was recorded of signed sets is what was opened, and the window's own record is not lost by a restart.
#[test]
fn history_survives_a_restart() {
    let stores = disks(5);
    let first = round(1, (0..20).collect(), &stores, "2026-01", None, |_| ());
    let set = first.proposal();
    let opened = opened_cells(first.plan(), &set);
    first.sign(&statement::encode(&set));
    let again = super::harness::seat(&charter(5, 3, 4), 2, stores[1].clone());
    assert_eq!(again.history().expect("readable"), opened);
}

/// A trustee that missed a round signs nothing until it was shown how that round ended; then it knows its cells.
///
/// Two sets share an honest signer, but three need not have one that knows both others: without this rule a
/// coordinator that leaves out another trustee in each round gets every combination of three rounds opened.
#[test]
fn a_trustee_that_missed_a_round_must_catch_up() {
    let stores = disks(5);
    // Round 1 opens the south without member 0, signed by all but trustee 5.
    let south: Vec<u32> = (1..30).filter(|i| i % 3 == 0).collect();
    let mut first = round(1, south, &stores, "2026-01", None, |_| ());
    first.trustees.pop();
    let (set, plan, shown) = (first.propose().expect("nine members"), first.plan_again(), first.plan_again());
    let (manifest, note) = (first.manifest.clone(), first.note.clone());
    let signing = first.sign(&set);
    settle(&charter(5, 3, 4), plan, &set, &signing, &stores);
    let certificate = super::harness::certify(shown, &set, &signing.signatures).expect("a quorum");
    // Round 2 has the whole town, so that south and north would single member 0 out.
    let mut hiding = draft();
    hiding.schema = exact_draft().schema;
    hiding.cells.iter_mut().for_each(|planned| planned.histograms = false);
    (hiding.round, hiding.unsafe_cells) = (2, UnsafeCells::Hide);
    hiding.previous = Some(statement::id_of::<Manifest>(&manifest));
    let mut world = World::over(charter(5, 3, 4), 0..30, hiding, stores.clone(), |_| ());
    world.log_all();
    world.deliver(|_, _| ());
    let bytes = world.propose().expect("hidden");
    let set: SetStatement = statement::decode(&bytes).expect("canonical");
    assert_eq!(set.openings[2], [Opening::WouldSingleOut; 2]);
    let late = world.restarted(5, stores[4].clone());
    let Err((_, refused)) = late.sign(&bytes, world.coordinator.entries(), NOW) else { panic!("it knows too little") };
    assert!(matches!(*refused, Refused::Unsettled(ref rounds) if *rounds == [1]), "{refused}");
    let mut late = super::harness::seat(&charter(5, 3, 4), 5, stores[4].clone());
    late.catch_up((&manifest, &note), &first_set(&certificate), &certificate.note).expect("certified");
    // The reverse is refused: trustees that know the history do not open what it forbids.
    let mut all_open = set;
    all_open.openings.iter_mut().for_each(|row| row.fill(Opening::Open));
    for number in [2, 5] {
        let knows = world.restarted(number, stores[usize::from(number) - 1].backup());
        assert!(knows.sign(&statement::encode(&all_open), world.coordinator.entries(), NOW).is_err());
    }
    assert_eq!(world.sign(&bytes).signatures.len(), 5);
}

fn first_set(certificate: &crate::coordinator::Certificate) -> Vec<u8> {
    certificate.set.clone()
}

/// A round in which nobody signed is given up by a quorum; then the next one can be signed, and no set of it ever.
#[test]
fn an_unfinished_round_is_abandoned_before_the_next_is_signed() {
    let stores = disks(5);
    let first = round(1, (0..20).collect(), &stores, "2026-01", None, |_| ());
    let second = round(2, (0..20).collect(), &stores, "2026-01", Some(&first), |_| ());
    let bytes = second.propose().expect("a set");
    let seat = |number: u8| super::harness::seat(&charter(5, 3, 4), number, stores[usize::from(number) - 1].clone());
    let mut given_up = seat(1).abandon(1).expect("nothing was signed");
    assert!(seat(1).accept_abandoned(1, &given_up).is_err(), "one trustee is no quorum");
    for number in 2..=4 {
        given_up.merge(&seat(number).abandon(1).expect("nothing was signed")).expect("one text");
    }
    (1..=5).for_each(|number| seat(number).accept_abandoned(1, &given_up).expect("a quorum"));
    let old = first.propose().expect("a set");
    let signing = first.sign(&old);
    assert_eq!(signing.signatures.len(), 1, "only trustee 5 has not given up: {:?}", signing.refusals);
    assert_eq!(second.sign(&bytes).signatures.len(), 5);
}

/// Two present of twenty: from sum and sum of squares both values follow, so neither is opened.
#[test]
fn two_present_of_twenty_would_be_revealed_and_are_hidden() {
    let (sum, squares) = (4_133_600f64, 3_133_700f64.powi(2) + 999_900f64.powi(2));
    let spread = (2.0 * squares - sum * sum).sqrt();
    assert_eq!(((sum + spread) / 2.0, (sum - spread) / 2.0), (3_133_700.0, 999_900.0), "the attack");
    let mut world = World::new(20, exact_draft());
    let all: Vec<_> =
        (0..20).map(|i| world.honest_with(i, 1, vec![Some(i64::from(i)), (i < 2).then_some(i64::from(i))])).collect();
    world.log(&all);
    world.deliver(|_, _| ());
    let set = world.proposal();
    assert_eq!(set.openings, [[Opening::Open, Opening::TooFew]]);
    let mut hostile = set;
    hostile.openings[0][1] = Opening::Open;
    assert!(world.sign(&statement::encode(&hostile)).signatures.is_empty());
    // Exact squares cannot even be asked for: a schema states an epsilon above zero for them.
    let exact_squares = |epsilon| {
        let mut schema: Schema = exact_draft().schema;
        schema.figures[1].squares = Some(epsilon);
        schema.check()
    };
    assert!(exact_squares(Rational::ZERO).is_err() && exact_squares(Rational::new(5, 1).expect("five")).is_ok());
}

/// A set that misstates who is present would let a figure of two count as one of twenty.
#[test]
fn a_set_that_misstates_presence_is_refused() {
    let mut world = World::new(20, exact_draft());
    world.log_all();
    world.deliver(|_, _| ());
    let mut set = world.proposal();
    let absent = set.members.iter_mut().find(|m| m.presence == "10").expect("member 9 reports no margin");
    absent.presence = "11".to_owned();
    let signing = world.sign(&statement::encode(&set));
    assert!(signing.signatures.is_empty());
    assert!(signing.refusals.values().all(|r| r.to_string().contains("present")));
}

/// Members of one legal entity count once, also towards the least number.
#[test]
fn a_holding_with_many_shops_is_one_member() {
    let one_holding = |m: &mut Manifest| m.roster.iter_mut().skip(1).for_each(|r| r.entity = "holding".to_owned());
    let mut world = World::over(charter(5, 3, 4), 0..20, exact_draft(), disks(5), one_holding);
    world.log_all();
    world.deliver(|_, _| ());
    assert_eq!(world.proposal().openings, [[Opening::TooFew; 2]]);
    let mut hostile = world.hostile_set();
    hostile.openings[0].fill(Opening::Open);
    assert!(world.sign(&statement::encode(&hostile)).signatures.is_empty());
}

/// Exactly u noise contributions of different trustees, each one's latest; fewer would miss the stated epsilon.
#[test]
fn a_set_with_other_than_u_noise_contributions_is_refused() {
    let mut world = World::new(20, draft());
    world.log_all();
    world.deliver(|_, _| ());
    let set = world.proposal();
    assert_eq!((set.noise.len(), set.excluded.len()), (4, 1));
    let mut fewer = set.clone();
    fewer.excluded.push(crate::set::Excluded { id: fewer.noise[0].id, why: crate::set::Exclusion::NotNeeded });
    fewer.excluded.sort();
    fewer.noise.remove(0);
    let mut twice = set.clone();
    twice.noise[1] = twice.noise[0].clone();
    let mut all_five = set.clone();
    let fifth = all_five.excluded.remove(0).id;
    all_five.noise.push(crate::set::NoiseEntry { trustee: 5, sequence: 1, id: fifth });
    let mut misnamed = set.clone();
    misnamed.noise[3].trustee = 5;
    for bad in [fewer, twice, all_five, misnamed] {
        let state = world.restarted(1, world.store(1).backup());
        assert!(state.sign(&statement::encode(&bad), world.coordinator.entries(), NOW).is_err());
    }
    let state = world.restarted(1, world.store(1).backup());
    assert!(state.sign(&statement::encode(&set), world.coordinator.entries(), NOW - 1).is_err(), "before the deadline");
    let names: BTreeSet<_> = set.noise.iter().map(|n| n.trustee).collect();
    assert_eq!(names, BTreeSet::from([1, 2, 3, 4]));
    assert_eq!(world.sign(&statement::encode(&set)).signatures.len(), 5);
}

/// What a trustee is shown of a round it missed must be certified, is charged, and must be the set it signed, if any.
#[test]
fn only_a_certified_round_settles_it() {
    let stores = disks(5);
    let mut first = World::over(charter(5, 3, 4), 0..20, draft(), stores.clone(), |_| ());
    first.log_all();
    first.deliver(|_, _| ());
    let (set, plan) = (first.propose().expect("a set"), first.plan_again());
    let six: BTreeSet<_> = [1, 2, 4, 5, 7, 8].map(|at: usize| first.proposal().members[at].id).into();
    let other = statement::encode(&super::harness::without(&first.proposal(), &six));
    let (manifest, note) = (first.manifest.clone(), first.note.clone());
    let shown = first.plan_again();
    first.trustees.pop();
    let signing = first.sign(&set);
    let certificate = super::harness::certify(plan, &set, &signing.signatures).expect("four of five");
    let three = super::harness::certify(shown, &set, &signing.signatures[..3]);
    assert!(three.is_err());
    let mut joined = signing.signatures[0].note.clone();
    signing.signatures[1..3].iter().for_each(|s| joined.merge(&s.note).expect("one text"));
    let seat = |number: u8| super::harness::seat(&charter(5, 3, 4), number, stores[usize::from(number) - 1].clone());
    assert!(seat(5).catch_up((&manifest, &note), &set, &joined).is_err(), "three signatures");
    assert!(seat(5).catch_up((&manifest, &note), &other, &certificate.note).is_err(), "another set");
    assert_eq!(seat(5).unsettled(2).expect("readable"), [1]);
    let spent = |number: u8| guildhall_ledger::BudgetLedger::open(seat(number).records()).expect("whole").length();
    assert_eq!(spent(5), 0);
    seat(5).catch_up((&manifest, &note), &set, &certificate.note).expect("certified");
    assert_eq!(spent(5), spent(1), "charged like those who signed");
    assert_eq!(seat(5).history().expect("readable"), seat(1).history().expect("readable"));
    assert!(seat(5).unsettled(2).expect("readable").is_empty());
    // Trustee 1 signed this set: a certificate for another one does not settle the round for it.
    let other_id = statement::id_of::<SetStatement>(&other);
    let names = ["trustee-2", "trustee-3", "trustee-4", "trustee-5"].map(super::fixtures::identity);
    let notes = names.map(|name| statement::sign::<SetStatement>(&other, &name).expect("a plain name"));
    let mut forged = notes[0].clone();
    notes[1..].iter().for_each(|note| forged.merge(note).expect("one text"));
    assert!(seat(1).accept_certificate(1, &other_id, &forged).is_err());
    let id = statement::id_of::<SetStatement>(&set);
    assert!(seat(1).accept_certificate(1, &id, &joined).is_err(), "three signatures");
    seat(1).accept_certificate(1, &id, &certificate.note).expect("certified");
}
