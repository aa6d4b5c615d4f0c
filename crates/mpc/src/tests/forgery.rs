//! Members that lie, with all the liberty the protocol leaves them.

use super::fixtures::World;
use crate::contribute::contribute_lying;
use crate::{Author, Contribution, Field128, FieldSecret, Role, Threshold, UnverifiedBody};
use prio::field::FieldElement;

/// A contribution whose client skips its own checks.
pub(super) fn contribute_unchecked(world: &World, index: u32, presence: &[bool], input: &FieldSecret) -> Contribution {
    let author = Author { role: Role::Member, index, sequence: 1 };
    let form = world.form(presence);
    contribute_lying(&world.round, &form, author, presence, input, &world.public(), |_| ()).expect("keys are usable")
}

/// The forged verifier of the review's A5: V' = V + c (X - 1)(X - 2) passes at trustees 1 and 2 only,
/// and a cheater can pick another pair; but it is part of the id, so u trustees never sign one id.
#[test]
fn a_forged_verifier_passes_at_no_more_than_t_minus_1_trustees() {
    let world = World::new(Threshold::FIVE);
    let vector = world.vector(&[Some(500), Some(3), Some(40)]);
    let mut input = world.layout.encode(&vector).into_inner();
    input[1] = Field128::from(1_000_000u128);
    let input = FieldSecret::new(input);
    let author = Author { role: Role::Member, index: 1, sequence: 1 };
    let form = world.form(&[true; 3]);
    let honest = world.contribute(1, &[Some(500), Some(3), Some(40)]);
    for (a, b) in [(1u8, 2u8), (2, 5), (3, 4)] {
        let forge = |v: &mut Vec<Vec<Field128>>| {
            // Replace V(0) by one that decides, keeping V(a) and V(b): add c (X - a)(X - b) with c chosen
            // so that the constant term becomes that of an honest contribution.
            let (xa, xb) = (Field128::from(u128::from(a)), Field128::from(u128::from(b)));
            let wanted = &honest.body.verifier[0];
            for i in 0..v[0].len() {
                let c = (wanted[i] - v[0][i]) * (xa * xb).inv();
                v[0][i] += c * xa * xb;
                v[1][i] -= c * (xa + xb);
                v[2][i] += c;
            }
        };
        let forged = contribute_lying(&world.round, &form, author, &[true; 3], &input, &world.public(), forge)
            .expect("keys are usable");
        let accepting: Vec<u8> = (1..=5).filter(|j| matches!(world.verify(&forged, *j), Ok(Some(_)))).collect();
        assert_eq!(accepting, vec![a, b], "exactly the two points the forger planted");
    }
}

#[test]
fn a_forged_verifier_changes_the_id() {
    let world = World::new(Threshold::FIVE);
    let vector = world.vector(&[Some(500), Some(3), Some(40)]);
    let input = world.layout.encode(&vector);
    let author = Author { role: Role::Member, index: 1, sequence: 1 };
    let form = world.form(&[true; 3]);
    let made = |by: Field128| {
        contribute_lying(&world.round, &form, author, &[true; 3], &input, &world.public(), |v| v[2][0] += by)
            .expect("keys are usable")
    };
    assert_ne!(made(Field128::zero()).body.id(), made(Field128::one()).body.id());
}

#[test]
fn noise_is_no_figure_and_a_replay_elsewhere_is_none() {
    let world = World::new(Threshold::FIVE);
    let honest = world.contribute(1, &[Some(500), Some(3), Some(40)]);
    let shape = crate::Shape::new(world.round.threshold, &world.form(&[true; 3]), 3);
    let other_round = crate::Round { manifest: [8; 32], ..world.round };
    assert_eq!(
        UnverifiedBody::decode(honest.body.as_bytes(), &other_round, &shape).err(),
        Some(crate::DecodeError::OtherRound)
    );
    // Byte 36 is the role: read as noise, the seeds no longer match their commitments.
    let mut bytes = honest.body.as_bytes().to_vec();
    bytes[36] = Role::Noise as u8;
    let body = UnverifiedBody::decode(&bytes, &world.round, &shape).expect("well formed");
    let pending = crate::Pending::open(&world.round, body, 1, Some(&honest.boxes[0]), &world.keys[0]);
    assert_eq!(pending.missing(&world.round).len(), 6);
    // Bytes 37..41 are the member, 41..45 the sequence: likewise.
    for at in [37, 41] {
        let mut bytes = honest.body.as_bytes().to_vec();
        bytes[at] ^= 2;
        let body = UnverifiedBody::decode(&bytes, &world.round, &shape).expect("well formed");
        let pending = crate::Pending::open(&world.round, body, 1, Some(&honest.boxes[0]), &world.keys[0]);
        assert_eq!(pending.missing(&world.round).len(), 6);
    }
}

#[test]
fn a_box_for_another_trustee_is_not_delivered() {
    let world = World::new(Threshold::FIVE);
    let honest = world.contribute(1, &[Some(500), Some(3), Some(40)]);
    let body = UnverifiedBody { body: honest.body.clone().into() };
    let pending = crate::Pending::open(&world.round, body, 1, Some(&honest.boxes[1]), &world.keys[0]);
    assert_eq!(pending.missing(&world.round).len(), 6);
    let form = world.form(&[true; 3]);
    assert!(matches!(pending.verify(&world.round, &form), Ok(None)), "pending, not invalid");
}

/// V' = V + c (X - a)(X - b) with V'(0) that decides: passes at `a` and `b` whatever the figures are.
fn forged_at(world: &World, a: u8, b: u8) -> Contribution {
    let mut input = world.layout.encode(&world.vector(&[Some(500), Some(3), Some(40)])).into_inner();
    input[1] = Field128::from(1_000_000u128);
    let input = FieldSecret::new(input);
    let author = Author { role: Role::Member, index: 1, sequence: 1 };
    let decides = world.contribute(1, &[Some(500), Some(3), Some(40)]).body.verifier[0].clone();
    let (xa, xb) = (Field128::from(u128::from(a)), Field128::from(u128::from(b)));
    let forge = |v: &mut Vec<Vec<Field128>>| {
        for (i, wanted) in decides.iter().enumerate() {
            let c = (*wanted - v[0][i]) * (xa * xb).inv();
            v[0][i] += c * xa * xb;
            v[1][i] -= c * (xa + xb);
            v[2][i] += c;
        }
    };
    contribute_lying(&world.round, &world.form(&[true; 3]), author, &[true; 3], &input, &world.public(), forge)
        .expect("keys are usable")
}

/// The review's test 8: bodies that differ in V only are shown to different trustees. Counted per id nobody gets
/// near u; counted per position in the log, or were V left out of the id, all five would have accepted "it".
#[test]
fn a_verifier_per_trustee_never_gathers_a_quorum_for_one_id() {
    let world = World::new(Threshold::FIVE);
    let bodies: Vec<Contribution> = [(1, 2), (3, 4), (5, 1)].map(|(a, b)| forged_at(&world, a, b)).into();
    let shown = [0, 0, 1, 1, 2];
    let accepts = |body: &Contribution, j: u8| matches!(world.verify(body, j), Ok(Some(_)));
    let by_position = (1..=5u8).zip(shown).filter(|(j, body)| accepts(&bodies[*body], *j)).count();
    assert_eq!(by_position, 5, "the attack works where votes are positional");
    for body in &bodies {
        let by_id = (1..=5).filter(|j| accepts(body, *j)).count();
        assert_eq!(by_id, 2, "every id has t - 1 acceptances at most, whoever is shown it");
    }
    // What an id without V would be: the same for all three, as nothing before V depends on it.
    let before_v = |body: &Contribution| {
        let v = 3 * 16 * body.body.verifier[0].len() + 5 * 32;
        crate::digest("contribution", &[&body.body.as_bytes()[..body.body.as_bytes().len() - v]])
    };
    assert!(bodies.iter().all(|body| before_v(body) == before_v(&bodies[0])), "the attack works where id omits V");
    let ids: std::collections::BTreeSet<_> = bodies.iter().map(|body| body.body.id()).collect();
    assert_eq!(ids.len(), 3);
}

/// No coalition of points helps: whatever t - 1 points a forger chooses, exactly those accept.
#[test]
fn a_forger_reaches_exactly_the_points_it_chose() {
    let world = World::new(Threshold::FIVE);
    for a in 1..=5u8 {
        for b in a + 1..=5 {
            let forged = forged_at(&world, a, b);
            let accepting: Vec<u8> = (1..=5).filter(|j| matches!(world.verify(&forged, *j), Ok(Some(_)))).collect();
            assert_eq!(accepting, [a, b]);
        }
    }
}
