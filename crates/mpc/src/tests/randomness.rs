//! All secret randomness comes from one KDF: stuck operating-system randomness must not repeat secrets.

use super::fixtures::World;
use crate::contribute::contribute_with;
use crate::{Author, Contribution, Role, Threshold};

fn make(world: &World, sales: i64, sequence: u32) -> Contribution {
    let vector = world.vector(&[Some(sales), Some(3), Some(40)]);
    let author = Author { role: Role::Member, index: 1, sequence };
    let input = world.layout.encode(&vector);
    contribute_with(&world.round, &world.form(&[true; 3]), author, &[true; 3], &input, &world.public(), &[0; 32])
        .expect("valid")
}

#[test]
fn frozen_randomness_repeats_nothing_unless_nothing_changed() {
    let world = World::new(Threshold::FIVE);
    let first = make(&world, 500, 1);
    assert_eq!(first, make(&world, 500, 1), "nothing changed: byte-identical");
    for other in [make(&world, 501, 1), make(&world, 500, 2)] {
        assert_ne!(first.body.nonce, other.body.nonce);
        assert!(first.body.commitments.iter().all(|c| !other.body.commitments.contains(c)));
        assert!(first.body.masked_proof.iter().zip(&other.body.masked_proof).all(|(a, b)| a != b));
        assert!(first.boxes.iter().zip(&other.boxes).all(|(a, b)| a[..32] != b[..32]), "encapsulation repeats");
    }
}

#[test]
fn the_masked_vector_hides_the_figures() {
    let world = World::new(Threshold::FIVE);
    let (a, b) = (make(&world, 500, 1), make(&world, 501, 1));
    let same = a.body.masked_input.iter().zip(&b.body.masked_input).filter(|(x, y)| x == y).count();
    assert_eq!(same, 0);
}

/// All seeds of a contribution, from the trustees that hold them, and the proof they unmask.
fn seeds_and_proof(world: &World, made: &Contribution) -> (Vec<[u8; 32]>, Vec<crate::Field128>) {
    use crate::sharing::{Part, add, expand};
    let opened: Vec<_> = (1..=5).map(|j| world.open(made, j)).collect();
    let mut proof = made.body.masked_proof.clone();
    let mut seeds = Vec::new();
    for subset in crate::Subset::all(&world.round.threshold) {
        let holder = (1..=5u8).find(|j| !subset.contains(*j)).expect("t - 1 of k");
        let seed = opened[usize::from(holder) - 1].seed_for(subset, holder).expect("delivered");
        let mask = expand(&world.round, &made.body.author, subset, Part::Proof, seed, proof.len());
        add(&mut proof, mask.expose_elements());
        seeds.push(*seed.expose_bytes());
    }
    (seeds, proof)
}

/// The review's test 13 for what is hidden inside: no seed and no blind of the proof repeats.
#[test]
fn frozen_randomness_repeats_no_seed_and_no_proof_blind() {
    let world = World::new(Threshold::FIVE);
    let (seeds, proof) = seeds_and_proof(&world, &make(&world, 500, 1));
    assert_eq!((seeds.clone(), proof.clone()), seeds_and_proof(&world, &make(&world, 500, 1)));
    // A proof begins with one blind per wire: two per product of a gadget call.
    let blinds = |proof: &[crate::Field128]| proof[..prove_rand_len(&world)].to_vec();
    for other in [make(&world, 501, 1), make(&world, 500, 2)] {
        let (other_seeds, other_proof) = seeds_and_proof(&world, &other);
        assert!(seeds.iter().all(|seed| !other_seeds.contains(seed)));
        assert!(blinds(&proof).iter().all(|blind| !blinds(&other_proof).contains(blind)), "a blind repeats");
    }
}

fn prove_rand_len(world: &World) -> usize {
    use prio::flp::Flp;
    world.form(&[true; 3]).prove_rand_len()
}
