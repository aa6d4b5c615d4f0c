use super::*;
use proptest::prelude::*;

mod concentrated;

fn rational(text: &str) -> Rational {
    text.parse().expect("a rational")
}

#[test]
fn ten_tenths_exhaust_one_exactly() {
    let mut budget = Budget::new(Loss::of(rational("1"), 10, 40));
    let tenth = Loss::of(rational("0.1"), 1, 40);
    for _ in 0..10 {
        budget.charge(&tenth).expect("within the limit");
    }
    assert_eq!(budget.left(), Loss::none());
    let before = budget.clone();
    let refused = budget.charge(&Loss::of(Rational::new(1, u64::MAX).expect("non-zero"), 0, 40));
    assert!(matches!(refused, Err(Error::EpsilonExhausted { .. })));
    assert_eq!(budget, before, "a refused charge must leave the budget as it was");
    let refused = budget.charge(&Loss::of(Rational::ZERO, 1, 60));
    assert_eq!(refused, Err(Error::DeltaExhausted { limit_bits: 36 }));
}

#[test]
fn refusal_names_all_three_numbers() {
    let mut budget = Budget::new(Loss::of(rational("3/2"), 1, 20));
    budget.charge(&Loss::of(rational("1"), 0, 40)).expect("within the limit");
    let message = budget.charge(&Loss::of(rational("2/3"), 0, 40)).expect_err("beyond").to_string();
    assert!(message.contains("costs epsilon 2/3, but 1 of 3/2"), "{message}");
}

#[test]
fn delta_bits_round_towards_the_larger_delta() {
    for (coordinates, bits) in [(1, 40), (2, 39), (3, 38), (4, 38), (5, 37), (32, 35), (33, 34), (384, 31)] {
        assert_eq!(Loss::of(Rational::ZERO, coordinates, 40).delta_bits(), bits, "{coordinates}");
    }
    assert_eq!(Loss::none().delta_bits(), Loss::NO_DELTA_BITS);
}

#[test]
fn too_fine_a_total_is_an_error_not_a_rounding() {
    let third = Loss::of(Rational::new(1, u64::MAX).expect("non-zero"), 0, 0);
    let half = Loss::of(Rational::new(1, u64::MAX - 1).expect("non-zero"), 0, 0);
    assert_eq!(third.and(&half).epsilon(), Err(Error::TooFine));
}

proptest! {
    #[test]
    fn order_of_composition_does_not_matter(parts in prop::collection::vec((0u64..1000, 1u64..1000, 0u64..100), 0..8)) {
        let losses: Vec<Loss> = parts
            .iter()
            .map(|(num, den, c)| Loss::of(Rational::new(*num, *den).expect("den is above zero"), *c, 40))
            .collect();
        let forward: Loss = losses.iter().cloned().sum();
        let backward: Loss = losses.iter().rev().cloned().sum();
        prop_assert_eq!(&forward, &backward);
        prop_assert!(losses.iter().all(|loss| loss.within(&forward)));
    }

    #[test]
    fn a_rational_survives_the_way_there_and_back(num in any::<u64>(), den in 1u64..) {
        let value = Rational::new(num, den).expect("den is above zero");
        prop_assert_eq!(Loss::of(value, 0, 0).epsilon(), Ok(value));
    }

    #[test]
    fn delta_never_exceeds_what_its_bits_say(coordinates in 1u64.., bits in 64u32..200) {
        let loss = Loss::of(Rational::ZERO, coordinates, bits);
        let power = |b: u32| BigRational::new(BigInt::one(), BigInt::one() << b);
        prop_assert!(loss.delta() <= &power(loss.delta_bits()));
        prop_assert!(loss.delta() > &power(loss.delta_bits() + 1));
    }

    #[test]
    fn no_charge_passes_the_limit(charges in prop::collection::vec((0u64..50, 1u64..20), 1..40)) {
        let limit = Loss::of(Rational::new(7, 2).expect("non-zero"), 100, 40);
        let mut budget = Budget::new(limit.clone());
        for (num, den) in charges {
            let loss = Loss::of(Rational::new(num, den).expect("den is above zero"), num, 40);
            let before = budget.spent().clone();
            let expected = if budget.charge(&loss).is_ok() { before.and(&loss) } else { before };
            prop_assert_eq!(budget.spent(), &expected);
            prop_assert!(budget.spent().within(&limit));
        }
    }
}
