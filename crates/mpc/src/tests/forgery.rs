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
    let body = UnverifiedBody { body: honest.body.clone() };
    let pending = crate::Pending::open(&world.round, body, 1, Some(&honest.boxes[1]), &world.keys[0]);
    assert_eq!(pending.missing(&world.round).len(), 6);
    let form = world.form(&[true; 3]);
    assert!(matches!(pending.verify(&world.round, &form), Ok(None)), "pending, not invalid");
}
