//! Everything a contribution is bound to: each single change, and no honest trustee verifies.

use super::fixtures::World;
use crate::circuit::{Form, FormLayout, NoiseForm, NoiseLayout};
use crate::contribute::contribute_with;
use crate::{Author, Contribution, Pending, Refusal, Role, Round, Shape, Threshold, UnverifiedBody};
use guildhall_kpi::Edges;

fn honest(world: &World) -> Contribution {
    world.contribute(2, &[Some(500), Some(3), Some(40)])
}

fn shape(world: &World) -> Shape {
    Shape::new(world.round.threshold, &world.form(&[true; 3]), 3)
}

/// Trustees that verify these bytes, each with the box it was sent.
fn accepting(world: &World, bytes: &[u8], boxes: &[Vec<u8>]) -> Vec<u8> {
    let Ok(body) = UnverifiedBody::decode(bytes, &world.round, &shape(world)) else { return Vec::new() };
    let verifies = |j: &u8| {
        let at = usize::from(*j) - 1;
        let pending = Pending::open(&world.round, body.clone(), *j, Some(&boxes[at]), &world.keys[at]);
        matches!(pending.verify(&world.round, &world.form(pending.presence())), Ok(Some(_)))
    };
    (1..=5).filter(verifies).collect()
}

/// The review's test 6, second half: every field of the body, and each changes the hashes it is documented to.
#[test]
fn each_single_field_change_leaves_no_trustee_verifying() {
    let world = World::new(Threshold::FIVE);
    let made = honest(&world);
    let bytes = made.body.as_bytes();
    assert_eq!(accepting(&world, bytes, &made.boxes), [1, 2, 3, 4, 5]);
    let (inputs, proofs) = (made.body.masked_input.len(), made.body.masked_proof.len());
    let commitments = 4 + 32 + 9 + 16 + 1;
    let input = commitments + 10 * 32;
    let proof = input + 16 * inputs;
    let verifier = proof + 16 * proofs;
    let boxes = verifier + 3 * 16 * made.body.verifier[0].len();
    // (name, position, whether H1, whether H2 must change)
    let mut fields = vec![
        ("magic", 0, true, true),
        ("manifest", 4, true, true),
        ("role", 36, true, true),
        ("author", 37, true, true),
        ("sequence", 41, true, true),
        ("nonce", 45, true, true),
        ("presence", 61, true, true),
        ("first proof element", proof, false, true),
        ("last proof element", verifier - 16, false, true),
        ("V(0)", verifier, false, false),
        ("V, last coefficient", boxes - 16, false, false),
    ];
    fields.extend((0..10).map(|a| ("a commitment", commitments + 32 * a, true, true)));
    fields.extend((0..inputs).map(|i| ("an input element", input + 16 * i, true, true)));
    for (name, at, joint, query) in fields {
        let mut changed = bytes.to_vec();
        changed[at] ^= 1;
        assert_eq!(accepting(&world, &changed, &made.boxes), [0u8; 0], "{name} at byte {at}");
        let Ok(body) = UnverifiedBody::decode(&changed, &world.round, &shape(&world)) else { continue };
        assert_ne!(body.body.id, made.body.id, "{name}");
        assert_eq!(body.body.joint_seed != made.body.joint_seed, joint, "{name}: H1");
        assert_eq!(body.body.query_seed != made.body.query_seed, query, "{name}: H2");
    }
}

/// A second encoding of an element would be a second id of one contribution: numbers beyond the modulus are refused.
#[test]
fn a_body_with_an_element_beyond_the_modulus_is_refused() {
    let world = World::new(Threshold::FIVE);
    let made = honest(&world);
    let bytes = made.body.as_bytes();
    let elements = 4 + 32 + 9 + 16 + 1 + 10 * 32..bytes.len() - 5 * 32;
    let modulus = (u128::from(-crate::Field128::from(1u128)) + 1).to_le_bytes();
    for at in elements.step_by(16) {
        let mut changed = bytes.to_vec();
        changed[at..at + 16].copy_from_slice(&modulus);
        let refused = UnverifiedBody::decode(&changed, &world.round, &shape(&world));
        assert!(matches!(refused, Err(crate::DecodeError::Element { .. })), "byte {at}");
    }
}

#[test]
fn lengths_trailing_bytes_and_flags_beyond_the_figures_are_refused() {
    let world = World::new(Threshold::FIVE);
    let made = honest(&world);
    let bytes = made.body.as_bytes();
    for cut in [0, 1, 61, bytes.len() - 1] {
        assert!(UnverifiedBody::decode(&bytes[..cut], &world.round, &shape(&world)).is_err(), "{cut} bytes");
    }
    let longer = [bytes, &[0]].concat();
    assert!(UnverifiedBody::decode(&longer, &world.round, &shape(&world)).is_err());
    assert!(Contribution::decode(&[&made.encode()[..], &[0]].concat(), &world.round, &shape(&world)).is_err());
    let mut flags = bytes.to_vec();
    flags[61] |= 8;
    assert!(UnverifiedBody::decode(&flags, &world.round, &shape(&world)).is_err());
}

/// Wrong circuit parameters, threshold, round or role at the decoder: the verifier does not take the decoder's word.
#[test]
fn a_body_decoded_for_other_parameters_is_refused() {
    let world = World::new(Threshold::FIVE);
    let form = world.form(&[true; 3]);
    let all_five = Round { threshold: Threshold::new(5, 3, 5).expect("safe"), ..world.round };
    let vector = world.vector(&[Some(500), Some(3), Some(40)]);
    let author = Author { role: Role::Member, index: 2, sequence: 1 };
    let input = world.layout.encode(&vector);
    let made = contribute_with(&all_five, &form, author, &[true; 3], &input, &world.public(), &[1; 32]).expect("valid");
    let as_decoded = |round: &Round| {
        let body = UnverifiedBody::decode(made.body.as_bytes(), round, &shape(&world)).expect("same lengths");
        let pending = Pending::open(&world.round, body, 1, Some(&made.boxes[0]), &world.keys[0]);
        assert!(pending.missing(&world.round).is_empty());
        pending.verify(&world.round, &form).map(|share| share.is_some())
    };
    assert_eq!(as_decoded(&world.round), Err(Refusal::VerifierMismatch), "the quorum is in H1");
    assert_eq!(as_decoded(&all_five), Err(Refusal::WrongCircuit), "and a decoder cannot choose it");
}

/// The VDAF draft's warning: another circuit of the same encoded length. Here its bounds are in the manifest's hash.
#[test]
fn a_circuit_of_equal_length_and_other_edges_is_refused() {
    let world = World::new(Threshold::FIVE);
    let mut other = world.schema.clone();
    other.kpis[0].edges = Edges::new(vec![0, 20, 200, 2_000, 100_000]);
    let layout = FormLayout::new(&other);
    assert_eq!(layout.input_len(), world.layout.input_len(), "the lengths do not tell them apart");
    let vector = world.vector(&[Some(15), Some(3), Some(40)]);
    let form = Form::new(layout.clone(), vec![true; 3]).expect("fits");
    let author = Author { role: Role::Member, index: 2, sequence: 1 };
    let input = layout.encode(&vector);
    let made = contribute_with(&world.round, &form, author, &[true; 3], &input, &world.public(), &[1; 32]);
    let made = made.expect("valid in the other circuit");
    assert_eq!(accepting(&world, made.body.as_bytes(), &made.boxes), [0u8; 0]);
    let other_manifest = Round { manifest: [8; 32], ..world.round };
    let made = contribute_with(&other_manifest, &form, author, &[true; 3], &input, &world.public(), &[1; 32]);
    assert_eq!(accepting(&world, made.expect("valid there").body.as_bytes(), &honest(&world).boxes), [0u8; 0]);
}

/// Noise of a length equal to a member's contribution: only the role byte differs, and it is enough.
#[test]
fn noise_presented_as_a_member_and_the_reverse_are_refused() {
    let world = World::new(Threshold::FIVE);
    let layout = NoiseLayout::new(vec![58; 9]);
    let circuit = NoiseForm::new(layout.clone());
    let input = layout.encode(&[1; 9]).expect("in bounds");
    let noise_shape = Shape::new(world.round.threshold, &circuit, 0);
    for (claimed, actual) in [(Role::Member, Role::Noise), (Role::Noise, Role::Member)] {
        let author = Author { role: actual, index: 2, sequence: 1 };
        let made = contribute_with(&world.round, &circuit, author, &[], &input, &world.public(), &[1; 32]);
        let made = made.expect("valid noise");
        let mut bytes = made.body.as_bytes().to_vec();
        bytes[36] = claimed as u8;
        let body = UnverifiedBody::decode(&bytes, &world.round, &noise_shape).expect("well formed");
        assert_eq!(body.claimed_author().role, claimed);
        for j in 1..=5u8 {
            let at = usize::from(j) - 1;
            let pending = Pending::open(&world.round, body.clone(), j, Some(&made.boxes[at]), &world.keys[at]);
            assert_eq!(pending.missing(&world.round).len(), 6, "the role is in the commitments and in the boxes");
        }
    }
}

/// Seeds of one contribution in another, or in another place of the same: no commitment fits.
#[test]
fn seeds_fit_one_place_only() {
    let world = World::new(Threshold::FIVE);
    let (a, b) = (honest(&world), world.contribute(3, &[Some(500), Some(3), Some(40)]));
    let donor = world.open(&a, 1);
    let body = UnverifiedBody { body: b.body.into() };
    let mut receiver = Pending::open(&world.round, body, 1, Some(&a.boxes[0]), &world.keys[0]);
    assert_eq!(receiver.missing(&world.round).len(), 6, "another member's box");
    let all = crate::Subset::all(&world.round.threshold);
    let mut own = Pending::open(&world.round, UnverifiedBody { body: a.body.clone().into() }, 1, None, &world.keys[0]);
    for from in &all {
        for to in &all {
            let copy = |seed: &crate::Seed| crate::Seed::new(*seed.expose_bytes());
            let Some(seed) = donor.seed_for(*from, 1).map(copy) else { continue };
            assert!(!receiver.supply(&world.round, *to, copy(&seed)), "into another contribution");
            assert_eq!(own.supply(&world.round, *to, seed), from == to && !to.contains(1));
        }
    }
    assert!(own.missing(&world.round).is_empty());
    // A right seed that is not this trustee's to hold is not kept either.
    let second = world.open(&a, 2);
    let foreign = all.iter().find(|subset| subset.contains(1) && !subset.contains(2)).expect("one of ten");
    let seed = second.seed_for(*foreign, 2).expect("trustee 2 holds it");
    assert!(!own.supply(&world.round, *foreign, crate::Seed::new(*seed.expose_bytes())));
}

/// A subset's seed is never given to a trustee in it, and never held by one.
#[test]
fn no_seed_leaves_for_a_trustee_of_its_subset() {
    let world = World::new(Threshold::FIVE);
    let made = honest(&world);
    for holder in 1..=5 {
        let pending = world.open(&made, holder);
        for subset in crate::Subset::all(&world.round.threshold) {
            for requester in 0..=16 {
                let given = pending.seed_for(subset, requester).is_some();
                assert_eq!(
                    given,
                    !subset.contains(holder) && !subset.contains(requester) && (1..=5).contains(&requester)
                );
            }
        }
    }
}

/// The same seeds, sealed again to the same trustee: not what the body promises, so not delivered.
#[test]
fn a_box_with_another_hash_counts_as_not_delivered() {
    use crate::contribution::box_aad;
    let world = World::new(Threshold::FIVE);
    let made = honest(&world);
    let aad = box_aad(&world.round, &made.body.author, 1, &made.body.commitments);
    let plain = crate::open_bytes(&world.keys[0], &world.round.manifest, &aad, &made.boxes[0]).expect("sealed");
    let again = crate::seal_bytes(&world.keys[0].public(), &world.round.manifest, &aad, &plain, &mut rand::rng())
        .expect("sealed");
    let missing = |sealed: &[u8]| {
        let body = UnverifiedBody::decode(made.body.as_bytes(), &world.round, &shape(&world)).expect("its own");
        Pending::open(&world.round, body, 1, Some(sealed), &world.keys[0]).missing(&world.round).len()
    };
    assert_eq!((missing(&made.boxes[0]), missing(&again)), (0, 6));
}

/// A seed from anywhere counts only if it is the committed one, and only for a trustee that may hold it.
#[test]
fn a_seed_is_taken_only_if_it_fits_its_commitment() {
    let world = World::new(Threshold::FIVE);
    let made = honest(&world);
    let holder = world.open(&made, 1);
    let body = UnverifiedBody::decode(made.body.as_bytes(), &world.round, &shape(&world)).expect("its own");
    let mut asker = Pending::open(&world.round, body, 2, None, &world.keys[1]);
    for subset in crate::Subset::all(&world.round.threshold).into_iter().filter(|subset| !subset.contains(1)) {
        let seed = *holder.seed_for(subset, 1).expect("delivered").expose_bytes();
        let mut other = seed;
        other[31] ^= 1;
        assert!(!asker.supply(&world.round, subset, crate::Seed::new(other)), "{subset:?}");
        assert_eq!(asker.supply(&world.round, subset, crate::Seed::new(seed)), !subset.contains(2), "{subset:?}");
    }
    assert_eq!(asker.missing(&world.round).len(), 3, "what trustee 1 could not give");
}
