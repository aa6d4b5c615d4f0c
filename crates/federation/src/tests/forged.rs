//! A member that forges its published verifier, and a coordinator that shows everyone the version made for it.

use super::harness::{World, exact_draft};
use crate::member::SignedContribution;
use crate::set::{MemberEntry, SetStatement};
use crate::{Id, Refused, statement};
use guildhall_mpc::{Author, Field128, FieldSecret, Role};
use guildhall_testkit::faults::Disk;
use prio::codec::{Decode, Encode};
use std::collections::BTreeSet;

/// Where V stands in a body: t coefficient vectors of 16-byte elements in front of k hashes.
fn verifier(world: &World<Disk>, body: &[u8]) -> std::ops::Range<usize> {
    use prio::flp::Flp;
    let circuit = world.plan().member_circuit(&[true; 2]).expect("fits");
    let end = body.len() - 5 * 32;
    end - 3 * 16 * circuit.verifier_len()..end
}

fn elements(bytes: &[u8]) -> Vec<Field128> {
    bytes.as_chunks::<16>().0.iter().map(|c| Field128::get_decoded(c).expect("canonical")).collect()
}

/// A million more than it has, with V' = V + c (X - a)(X - b) that decides at 0.
fn forged(world: &World<Disk>, member: u32, a: u8, b: u8) -> SignedContribution {
    let honest = world.honest_with(member, 1, vec![Some(10), Some(1)]);
    let vector = guildhall_kpi::KpiVector::new(&world.plan().manifest.schema, vec![Some(10), Some(1)]).expect("fits");
    let mut input = elements(&encoded(&world.plan().form().encode(&vector)));
    input[0] = Field128::from(1_000_000u128);
    let made = world.made(Role::Member, member, 1, &[true; 2], &FieldSecret::new(input));
    let (honest_body, _) = world.decode(&honest.bytes).expect("well formed");
    let decides = elements(&honest_body.as_bytes()[verifier(world, honest_body.as_bytes())]);
    let mut bytes = made.bytes.clone();
    let body_len = world.plan().member_shape().body_len();
    let range = verifier(world, &bytes[..body_len]);
    let mut v = elements(&bytes[range.clone()]);
    let n = v.len() / 3;
    let (xa, xb) = (Field128::from(u128::from(a)), Field128::from(u128::from(b)));
    for i in 0..n {
        let c = (decides[i] - v[i]) / (xa * xb);
        v[i] += c * xa * xb;
        v[n + i] -= c * (xa + xb);
        v[2 * n + i] += c;
    }
    let changed: Vec<u8> = v.iter().flat_map(|e| e.get_encoded().expect("16 bytes")).collect();
    bytes[range].copy_from_slice(&changed);
    world.signed_as(bytes, Author { role: Role::Member, index: member, sequence: 1 })
}

fn encoded(secret: &FieldSecret) -> Vec<u8> {
    secret.expose_elements().iter().flat_map(|e| e.get_encoded().expect("16 bytes")).collect()
}

/// The review's test 8 among real trustees: in no schedule do u of them sign a set with a bad id.
#[test]
fn no_schedule_gathers_a_quorum_for_a_forged_contribution() {
    let mut world = World::new(8, exact_draft());
    let honest: Vec<_> = (0..7).map(|i| world.honest(i, 1)).collect();
    world.log(&honest);
    let forgeries = [(1, 2), (3, 4), (4, 5), (5, 1)].map(|(a, b)| forged(&world, 7, a, b));
    world.log(&forgeries);
    // Every trustee is shown all versions, each with its own box: the most a relay can do for the forger.
    world.deliver(|_, _| ());
    let accepted = |id: &Id| world.trustees.iter().filter(|t| t.ready().verified.contains(id)).count();
    assert!(forgeries.iter().all(|f| accepted(&f.id) == 2), "t - 1 trustees per version");
    let somewhere = world.trustees.iter().filter(|t| forgeries.iter().any(|f| t.ready().verified.contains(&f.id)));
    assert_eq!(somewhere.count(), 5, "counted per log position every trustee would have accepted it");
    for forgery in &forgeries {
        let set = statement::encode(&with(&world, forgery, &forgeries));
        let mut signed = 0;
        for number in 1..=5 {
            let state = world.restarted(number, world.store(number).backup());
            match state.sign(&set, world.coordinator.entries(), super::harness::NOW) {
                Ok(_) => signed += 1,
                Err((_, refused)) => assert!(matches!(*refused, Refused::NotVerified(_) | Refused::Set(_))),
            }
        }
        assert!(signed < 3, "{signed} honest trustees signed a set with a forged contribution");
    }
    assert_eq!(world.proposal().members.len(), 7, "the honest coordinator leaves it out");
    assert_eq!(world.finish().agreeing.len(), 5);
}

/// The hostile coordinator's set with this version of member 7.
fn with(world: &World<Disk>, forgery: &SignedContribution, all: &[SignedContribution]) -> SetStatement {
    let mut set = world.proposal();
    let ids: BTreeSet<Id> = all.iter().map(|f| f.id).filter(|id| *id != forgery.id).collect();
    set.excluded.retain(|e| ids.contains(&e.id));
    set.members.push(MemberEntry { member: 7, sequence: 1, id: forgery.id, presence: "11".to_owned() });
    set
}
