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
