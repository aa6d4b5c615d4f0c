//! What opening promises, with known answers.

use crate::{Field128, OpenError, SumShare, Threshold, UnsafeThreshold, centred, open_sums};
use prio::field::FieldElement;
use std::collections::BTreeMap;

fn share(value: u128) -> SumShare {
    let mut share = SumShare::zeros(1);
    share.add(0, &[Field128::from(value)]);
    share
}

fn shares(values: &[(u8, u128)]) -> BTreeMap<u8, SumShare> {
    values.iter().map(|(j, v)| (*j, share(*v))).collect()
}

/// 7 + 3X + 2X^2 at 1..5, the review's first known answer.
#[test]
fn known_answer_of_seven() {
    let threshold = Threshold::FIVE;
    let honest = [(1, 12), (2, 21), (3, 34), (4, 51), (5, 72)];
    let opened = open_sums(&threshold, &shares(&honest)).expect("agreement");
    assert_eq!(opened.values, vec![Field128::from(7u128)]);
    assert!(opened.dissenting.is_empty());
}

/// Two liars of five beyond what (5,3,4) promises: another total, and an honest trustee dissents.
/// Hence reports say "dissenting, assuming at most 1 wrong".
#[test]
fn two_liars_of_five_frame_an_honest_trustee() {
    let lied = [(1, 12), (2, 21), (3, 34), (4, 6_051), (5, 12_072)];
    let opened = open_sums(&Threshold::FIVE, &shares(&lied)).expect("agreement");
    assert_eq!(opened.values, vec![Field128::from(2_007u128)]);
    assert_eq!(opened.dissenting, vec![3]);
    let five_of_five = Threshold::new(5, 3, 5).expect("safe");
    assert_eq!(open_sums(&five_of_five, &shares(&lied)), Err(OpenError::NoAgreement { want: 5 }));
}

#[test]
fn four_shares_with_one_altered_are_refused() {
    for altered in 0..4 {
        let mut values = [(1, 12), (2, 21), (3, 34), (4, 51)];
        values[altered].1 += 1;
        assert_eq!(open_sums(&Threshold::FIVE, &shares(&values)), Err(OpenError::NoAgreement { want: 4 }));
    }
    assert_eq!(
        open_sums(&Threshold::FIVE, &shares(&[(1, 12), (2, 21), (3, 34)])),
        Err(OpenError::TooFew { got: 3, want: 4 })
    );
}

#[test]
fn one_wrong_coordinate_makes_a_trustee_dissent_in_all() {
    let mut all = BTreeMap::new();
    for j in 1..=5u8 {
        let x = u128::from(j);
        let mut share = SumShare::zeros(3);
        share.add(0, &[Field128::from(5 + x), Field128::from(9 + 2 * x * x), Field128::from(1u128)]);
        if j == 4 {
            share.add(2, &[Field128::one()]);
        }
        all.insert(j, share);
    }
    let opened = open_sums(&Threshold::FIVE, &all).expect("agreement");
    assert_eq!(opened.dissenting, vec![4]);
    assert_eq!(opened.values, [5u128, 9, 1].map(Field128::from).to_vec());
}

#[test]
fn unsafe_triples_are_refused_with_the_reason() {
    assert!(matches!(Threshold::new(7, 3, 4), Err(UnsafeThreshold::SplitView { overlap: 1, .. })));
    assert!(matches!(Threshold::new(7, 4, 5), Err(UnsafeThreshold::Ambiguous { overlap: 3, .. })));
    assert!(matches!(Threshold::new(3, 2, 2), Err(UnsafeThreshold::SplitView { .. })));
    assert!(matches!(Threshold::new(3, 3, 3), Err(UnsafeThreshold::NoIntegrity { .. })));
    assert!(matches!(Threshold::new(5, 6, 5), Err(UnsafeThreshold::Order { .. })));
    assert!(matches!(Threshold::new(5, 1, 4), Err(UnsafeThreshold::Order { .. })));
    assert!(matches!(Threshold::new(15, 7, 13), Err(UnsafeThreshold::TooManySeeds { .. })));
    let table = [(3, 2, 3, 1, 1, 0), (4, 2, 3, 1, 1, 1), (5, 3, 4, 2, 1, 1), (7, 3, 5, 2, 2, 2), (7, 4, 6, 3, 2, 1)];
    for (k, t, u, private, correct, survives) in table {
        let got = Threshold::new(k, t, u).expect("safe").guarantees();
        assert_eq!((got.private_against, got.correct_against, got.survives), (private, correct, survives));
    }
}

#[test]
fn no_coalition_of_t_minus_1_holds_every_seed_and_every_t_do() {
    use crate::Subset;
    for threshold in [Threshold::FIVE, Threshold::SEVEN, Threshold::new(7, 4, 6).expect("safe")] {
        let all = Subset::all(&threshold);
        for coalition in 0u16..1 << threshold.k() {
            let members: Vec<u8> = threshold.trustees().filter(|j| coalition >> (j - 1) & 1 == 1).collect();
            let unseen = all.iter().filter(|s| members.iter().all(|j| s.contains(*j))).count();
            if members.len() == usize::from(threshold.t()) - 1 {
                assert_eq!(unseen, 1);
            }
            if members.len() >= usize::from(threshold.t()) {
                assert_eq!(unseen, 0);
            }
        }
    }
}

/// What is sealed, not what is said: the plain text of each box.
#[test]
fn each_box_holds_the_seeds_its_trustee_may_know_and_no_others() {
    use crate::{Subset, contribution::box_aad, open_bytes, sharing::commit};
    for threshold in [Threshold::FIVE, Threshold::SEVEN, Threshold::new(3, 2, 3).expect("safe")] {
        let world = super::fixtures::World::new(threshold);
        let made = world.contribute(2, &[Some(500), Some(3), Some(40)]);
        let body = &made.body;
        for (j, sealed) in (1u8..).zip(&made.boxes) {
            let aad = box_aad(&world.round, &body.author, j, &body.commitments);
            let key = &world.keys[usize::from(j) - 1];
            let plain = open_bytes(key, &world.round.manifest, &aad, sealed).expect("sealed to this trustee");
            let (seeds, rest) = plain.as_chunks::<32>();
            assert!(rest.is_empty());
            let all = Subset::all(&threshold);
            let committed = |subset: Subset, seed: &[u8; 32]| {
                let position = all.iter().position(|s| *s == subset).expect("listed");
                let seed = crate::Seed::new(*seed);
                commit(&world.round, &body.author, &body.nonce, subset, &seed) == body.commitments[position]
            };
            for subset in &all {
                let held = seeds.iter().filter(|seed| committed(*subset, seed)).count();
                assert_eq!(held, usize::from(!subset.contains(j)), "trustee {j}, {subset:?}");
            }
            assert_eq!(seeds.len(), all.iter().filter(|subset| !subset.contains(j)).count());
        }
    }
}

#[test]
fn centred_decoding_gives_negative_totals() {
    assert_eq!(centred(Field128::zero() - Field128::from(5u128)), Some(-5));
    assert_eq!(centred(Field128::from(5u128)), Some(5));
}
