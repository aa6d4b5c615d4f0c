//! Missing seeds: requests that must not be answered, hostile delivery of answers, bad and late boxes.

use super::fixtures::{charter, figures, identity};
use super::harness::{World, disks, exact_draft};
use crate::FederationError;
use crate::Id;
use crate::member::SignedContribution;
use crate::opening::OpenedRound;
use crate::trustee::SeedRequest;
use guildhall_kpi::FigureTotals;
use guildhall_mpc::{Role, Subset, Threshold, digest, seal_bytes};
use guildhall_testkit::faults::Disk;

fn request(world: &World<Disk>, id: Id, subset: Subset, requester: u8, signer: &str) -> SeedRequest {
    let said = [world.plan().id.as_bytes(), id.as_bytes(), &subset.bits().to_le_bytes()[..], &[requester]].concat();
    let signature = identity(signer).sign_statement("guildhall/seed-request/v1", &said);
    SeedRequest { id, subset, requester, signature }
}

/// Sales of the members at these places: count and sum of the first figure.
fn assert_sales(opened: &OpenedRound, members: impl Iterator<Item = u32>) {
    let FigureTotals::Opened(sales) = &opened.totals.cells[0].figures[0] else { panic!("hidden") };
    let values: Vec<i64> = members.filter_map(|i| figures(i)[0]).collect();
    assert_eq!((sales.count, sales.sum), (values.len() as u64, values.iter().sum()));
}

/// The review's test 9: the member, and every trustee but one, are honest; what the one may ask for is limited.
#[test]
fn no_seed_leaves_on_a_request_that_breaks_a_rule() {
    let mut world = World::new(8, exact_draft());
    world.log_all();
    let lost = world.deliver(|j, d| {
        if j == 5 && d.body.claimed_author().index == 3 {
            d.sealed = None;
        }
    });
    assert_eq!(lost.len(), 6, "one box of six seeds");
    let id = lost[0].id;
    let other_round = World::new(8, exact_draft());
    let subsets = Subset::all(&Threshold::FIVE);
    for holder in 0..4 {
        let number = u8::try_from(holder + 1).expect("small");
        for subset in &subsets {
            let mut ask = |request: &SeedRequest| world.trustees[holder].answer(request).is_some();
            let holds = !subset.contains(5) && !subset.contains(number);
            let foreign = |signer| request(&other_round, id, *subset, 5, signer);
            assert!(!ask(&foreign("trustee-5")), "signed for another round");
            let honest = SeedRequest { id, ..foreign("trustee-5") };
            assert!(!ask(&honest));
            let unknown = Id::new([1; 32]);
            let bad = [
                request_of(&world.coordinator, unknown, *subset, 5, "trustee-5"),
                request_of(&world.coordinator, id, *subset, 5, "trustee-4"),
                request_of(&world.coordinator, id, *subset, 5, "m003"),
                request_of(&world.coordinator, id, *subset, 0, "trustee-5"),
                request_of(&world.coordinator, id, *subset, 6, "trustee-5"),
            ];
            for (which, bad) in bad.iter().enumerate() {
                assert!(world.trustees[holder].answer(bad).is_none(), "bad request {which}");
            }
            let good = request_of(&world.coordinator, id, *subset, 5, "trustee-5");
            let answer = world.trustees[holder].answer(&good);
            assert_eq!(answer.is_some(), holds, "{subset:?} from {number}");
            assert_eq!(world.trustees[holder].answer(&good), answer, "a replay gets the same bytes, nothing new");
        }
    }
}

fn request_of(
    coordinator: &crate::coordinator::Coordinator,
    id: Id,
    subset: Subset,
    requester: u8,
    signer: &str,
) -> SeedRequest {
    let plan = coordinator.plan();
    let said = [plan.id.as_bytes(), id.as_bytes(), &subset.bits().to_le_bytes()[..], &[requester]].concat();
    let signature = identity(signer).sign_statement("guildhall/seed-request/v1", &said);
    SeedRequest { id, subset, requester, signature }
}

/// An answer is for its requester only: others cannot open it, nor pass it off as one for another seed.
#[test]
fn an_answer_is_of_no_use_to_anyone_else() {
    let mut world = World::new(8, exact_draft());
    world.log_all();
    let lost = world.deliver(|j, d| {
        if (j == 4 || j == 5) && d.body.claimed_author().index == 3 {
            d.sealed = None;
        }
    });
    let for_five: Vec<_> = lost.iter().filter(|r| r.requester == 5).cloned().collect();
    let mut answers = Vec::new();
    for request in &for_five {
        let Some(answer) = world.trustees[0].answer(request) else { continue };
        let mut stolen = answer.clone();
        stolen.requester = 4;
        let mut moved = answer.clone();
        moved.subset = for_five.iter().map(|r| r.subset).find(|s| *s != request.subset).expect("six seeds");
        world.trustees[3].supply(&answer);
        world.trustees[3].supply(&stolen);
        world.trustees[4].supply(&moved);
        answers.push(answer);
    }
    let missing = |world: &mut World<Disk>, at: usize| world.trustees[at].receive(Vec::new()).len();
    assert_eq!((missing(&mut world, 3), missing(&mut world, 4)), (6, 6));
    answers.iter().for_each(|answer| world.trustees[4].supply(answer));
    assert_eq!(missing(&mut world, 4), 6 - answers.len(), "whoever asked can use it");
    assert!(!answers.is_empty() && world.trustees.iter().all(|t| t.refused().is_empty()));
}

/// The review's test 9, second half: whichever answers the relay lets through, nobody refuses an honest contribution.
#[test]
fn forwarded_seeds_in_any_part_refuse_nobody() {
    for let_through in (0u32..1 << 12).step_by(97).chain([0xfff, 0xfc0, 0x03f]) {
        let mut world = World::new(8, exact_draft());
        world.log_all();
        let lost = world.deliver(|j, d| {
            if j >= 4 && d.body.claimed_author().index == 3 {
                d.sealed = None;
            }
        });
        assert_eq!(lost.len(), 12);
        // All are answered; the answers that are not let through get lost.
        for (position, request) in lost.iter().enumerate() {
            let passes = let_through >> position & 1 == 1;
            let answers: Vec<_> = world.trustees.iter_mut().filter_map(|holder| holder.answer(request)).collect();
            let asker = &mut world.trustees[usize::from(request.requester) - 1];
            answers.iter().filter(|_| passes).for_each(|answer| asker.supply(answer));
        }
        for trustee in &world.trustees {
            let mine = [0, 0x03f, 0xfc0][usize::from(trustee.number()).saturating_sub(3)];
            assert!(trustee.refused().is_empty());
            assert_eq!(trustee.ready().verified.len(), if let_through & mine == mine { 8 } else { 7 });
        }
        // Delivery resumes: what is still missing is asked for again.
        let again: Vec<SeedRequest> = world.trustees.iter_mut().flat_map(|t| t.receive(Vec::new())).collect();
        assert_eq!(again.len() as u32, 12 - let_through.count_ones());
        world.forward(&again, |_| true);
        assert!(world.trustees.iter().all(|t| t.refused().is_empty() && t.ready().verified.len() == 8));
        assert_sales(&world.finish(), 0..8);
    }
}

/// Three lost boxes hide one seed from everybody: the contribution stays out, nobody refuses it, the round goes on.
#[test]
fn a_seed_that_nobody_has_costs_inclusion_only() {
    let mut world = World::new(8, exact_draft());
    world.log_all();
    let lost = world.deliver(|j, d| {
        if j >= 3 && d.body.claimed_author().index == 3 {
            d.sealed = None;
        }
    });
    world.forward(&lost, |_| true);
    let missing: Vec<SeedRequest> = world.trustees.iter_mut().flat_map(|t| t.receive(Vec::new())).collect();
    assert!(missing.len() == 3 && missing.iter().all(|r| r.subset.contains(1) && r.subset.contains(2)));
    assert!(world.trustees.iter().all(|t| t.refused().is_empty()));
    assert_sales(&world.finish(), (0..8).filter(|i| *i != 3));
}

/// Seeds in a properly sealed box that fit no commitment, as a malicious member makes it for trustee `to`.
fn bad_box(world: &World<Disk>, honest: &SignedContribution, to: u8) -> SignedContribution {
    let (body, _) = world.decode(&honest.bytes).expect("well formed");
    let (plan, bytes) = (world.plan(), body.as_bytes());
    let header = plan.member_shape().masked_input_start() - 10 * 32;
    let all = digest("commitments", &[&bytes[header..header + 320]]);
    let aad = [plan.id.as_bytes(), &bytes[36..45], &[to], &all[..]].concat();
    let key = plan.manifest.seal_keys().expect("valid")[usize::from(to) - 1];
    let sealed = seal_bytes(&key, plan.id.as_bytes(), &aad, &[7; 6 * 32], &mut rand::rng()).expect("sealed");
    world.with_boxes(honest, |boxes| boxes[usize::from(to) - 1].clone_from(&sealed))
}

/// The review's test 10: two malicious members with bad boxes to trustees 4 and 5, before and after forwarding.
#[test]
fn two_members_with_bad_boxes_do_not_stop_the_round() {
    for forwarded in [false, true] {
        let mut world = World::new(10, exact_draft());
        let mut all: Vec<_> = (0..10).map(|i| world.honest(i, 1)).collect();
        all[3] = bad_box(&world, &all[3], 4);
        all[6] = bad_box(&world, &all[6], 5);
        world.log(&all);
        let requests = world.deliver(|_, _| ());
        assert_eq!(requests.len(), 12, "the seeds fit no commitment: they are asked for");
        if forwarded {
            world.forward(&requests, |_| true);
        }
        assert!(world.trustees.iter().all(|t| t.refused().is_empty()));
        let set = world.proposal();
        let counted: Vec<u32> = set.members.iter().map(|m| m.member).collect();
        assert_eq!(counted.len(), if forwarded { 10 } else { 9 }, "one of the two is verified by a quorum in any case");
        assert_sales(&world.finish(), counted.into_iter());
    }
}

/// The same with corrections: an author whose latest version the quorum lacks is left out, and the round goes on.
#[test]
fn corrections_with_bad_boxes_do_not_stop_the_round() {
    let mut world = World::new(10, exact_draft());
    let first: Vec<_> = (0..10).map(|i| world.honest(i, 1)).collect();
    let second = [bad_box(&world, &world.honest(3, 2), 4), bad_box(&world, &world.honest(6, 2), 5)];
    world.log(&first);
    world.log(&second);
    let requests = world.deliver(|_, _| ());
    let counted: Vec<u32> = world.proposal().members.iter().map(|m| m.member).collect();
    assert!(counted.len() == 9 && (counted.contains(&3) != counted.contains(&6)), "{counted:?}");
    world.forward(&requests, |_| true);
    assert_eq!(world.proposal().members.iter().filter(|m| m.sequence == 2).count(), 2);
    assert_sales(&world.finish(), 0..10);
}

/// A box that comes late, or right after a wrong one, is opened; nobody needs to be asked.
#[test]
fn a_box_delivered_late_is_opened() {
    let mut world = World::new(8, exact_draft());
    world.log_all();
    let wrong = |d: &mut crate::coordinator::Delivery| d.sealed = d.sealed.take().map(|b| vec![0; b.len()]);
    let asked = world.deliver(|j, d| {
        if j > 1 {
            wrong(d)
        }
    });
    assert_eq!(asked.len(), 8 * 6 * 4);
    assert!(world.deliver(|_, _| ()).is_empty());
    assert_sales(&world.finish(), 0..8);
}

/// Boxes swapped on the way are refused at the door, so that the right ones are still taken when they come.
#[test]
fn boxes_swapped_on_the_way_do_not_shut_the_member_out() {
    let mut world = World::new(8, exact_draft());
    let honest = world.honest(3, 1);
    let mut swapped = honest.clone();
    let boxes = swapped.bytes.len() - 5 * world.plan().member_shape().box_len();
    swapped.bytes[boxes..].reverse();
    assert!(matches!(
        world.coordinator.receive(&swapped, super::harness::NOW),
        Err(FederationError::Rule { rule, .. }) if rule.contains("sealed box")
    ));
    world.log(&[honest]);
    assert!(world.deliver(|_, _| ()).is_empty());
    assert!(world.trustees.iter().all(|t| t.ready().verified.len() == 1));
}

/// Noise is recovered the same way: the lost box of one trustee does not cost its noise.
#[test]
fn lost_boxes_of_noise_are_recovered() {
    let world = World::over(charter(5, 3, 4), 0..20, super::fixtures::draft(), disks(5), |_| ());
    let mut world = world;
    world.log_all();
    let requests = world.deliver(|j, d| {
        if j == 2 && d.body.claimed_author().role == Role::Noise {
            d.sealed = None;
        }
    });
    assert_eq!(requests.len(), 5 * 6);
    world.forward(&requests, |_| true);
    assert_eq!(world.proposal().noise.len(), 4);
}
