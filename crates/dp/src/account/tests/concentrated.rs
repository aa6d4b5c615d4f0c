//! Zero-concentrated privacy, the filter and the odometer.

use super::rational;
use crate::{Charge, Error, Filter, Limit, Loss, Odometer, Rho};
use guildhall_kpi::Rational;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};
use proptest::prelude::*;

fn power(bits: u32) -> BigRational {
    BigRational::new(BigInt::one(), BigInt::one() << bits)
}

fn rho(text: &str) -> Rho {
    Rho::of(rational(text))
}

/// The best epsilon of Canonne, Kamath and Steinke (2020), Corollary 13, by brute force over alpha in plain floats.
fn epsilon_by_grid(rho: f64, delta: f64) -> f64 {
    let epsilon = |alpha: f64| alpha * rho + ((1.0 / (alpha * delta)).ln()) / (alpha - 1.0) + (-1.0 / alpha).ln_1p();
    (1..400_000).map(|step| epsilon(1.0 + f64::from(step) * 1e-3)).fold(f64::INFINITY, f64::min)
}

#[test]
fn conversion_agrees_with_the_formula_and_rounds_up() {
    for (text, bits) in [("1/2", 20), ("1/8", 40), ("1/200", 40), ("1/100", 60), ("2", 30), ("20", 40)] {
        let loss = rho(text).to_approx(bits).expect("a moderate rho");
        let got = loss.exact_epsilon().to_f64().expect("finite");
        let want = epsilon_by_grid(rational(text).to_f64(), 2f64.powi(-(bits as i32)));
        assert!(got >= want - 1e-7 && got <= want + 1.1e-4, "rho {text}, delta 2^-{bits}: {got} against {want}");
        assert_eq!(loss.delta(), &power(bits));
    }
    assert_eq!(Rho::none().to_approx(40), Ok(Loss::none()));
}

#[test]
fn ten_pure_tenths_are_a_rho_of_a_twentieth_exactly() {
    let total: Rho = (0..10).map(|_| Rho::of_pure(rational("0.1"))).sum();
    assert_eq!(total.rational(), Ok(rational("1/20")));
}

#[test]
fn the_largest_rho_stays_within_epsilon_and_the_next_does_not() {
    for (epsilon, bits) in [("1", 20), ("1", 40), ("0.1", 40), ("1/3", 30), ("5", 60), ("0.01", 40), ("8", 1)] {
        let epsilon = rational(epsilon);
        let largest = Rho::largest_for(epsilon, bits).expect("possible");
        let within = largest.to_approx(bits).expect("a moderate rho");
        assert!(within.within(&Loss::of(epsilon, 1, bits)), "{epsilon}: {}", within.exact_epsilon());
        let more = Rho::exact(largest.value() * BigRational::new(10_003.into(), 10_000.into())).expect("positive");
        let beyond = more.to_approx(bits).expect("a moderate rho");
        // Within the rounding of epsilon to 1/10000, a rho 0.03 % larger may cost the same.
        let slack = BigRational::new(1.into(), 10_000.into());
        assert!(beyond.exact_epsilon() + slack > *Loss::of(epsilon, 1, bits).exact_epsilon(), "{epsilon} {largest}");
    }
    assert_eq!(Rho::largest_for(rational("0.00005"), 40), Ok(Rho::none()));
    assert_eq!(Rho::largest_for(Rational::ZERO, 40), Ok(Rho::none()));
}

#[test]
fn what_makes_no_sense_is_refused_in_words() {
    let negative = BigRational::from_integer((-1).into());
    assert!(matches!(Rho::exact(negative.clone()), Err(Error::NegativeParameter { .. })));
    assert!(matches!(Loss::exact(negative.clone(), BigRational::zero()), Err(Error::NegativeParameter { .. })));
    assert!(Charge::pure(rational("1")).or_fail_with(negative).is_err());
    assert_eq!(rho("1").to_approx(0), Err(Error::ConversionDelta { bits: 0 }));
    assert_eq!(rho("1").to_approx(1001), Err(Error::ConversionDelta { bits: 1001 }));
    assert!(matches!(rho("10001").to_approx(40), Err(Error::RhoTooLarge { .. })));
    let huge = Rho::exact(BigRational::from_integer(BigInt::one() << 3000)).expect("positive");
    assert!(matches!(huge.to_approx(40), Err(Error::RhoTooLarge { .. })));
    assert_eq!(huge.rational(), Err(Error::TooFine));
    let tiny = Rho::exact(power(3000)).expect("positive");
    let within_delta = Loss::exact(BigRational::zero(), power(40));
    assert_eq!(tiny.to_approx(40), within_delta, "so small a rho fits into delta alone, which it still costs");
}

fn approx_filter(epsilon: &str, deltas: u64) -> Filter {
    let loss = Loss::of(rational(epsilon), deltas, 40);
    Filter::new(Limit::Approx { loss, delta_bits: 40 }).expect("a sensible limit")
}

#[test]
fn ten_tenths_exhaust_one_under_a_filter_too() {
    let mut filter = approx_filter("1", 0);
    for _ in 0..10 {
        filter.charge(&Charge::pure(rational("0.1"))).expect("within the limit");
    }
    let before = filter.clone();
    let refused = filter.charge(&Charge::pure(Rational::new(1, u64::MAX).expect("non-zero")));
    assert!(matches!(refused, Err(Error::EpsilonExhausted { .. })));
    assert_eq!(filter, before, "a refused charge must leave the filter as it was");
    filter.charge(&Charge::pure(Rational::ZERO)).expect("nothing costs nothing");
}

#[test]
fn gaussian_charges_compose_by_their_sum_and_pay_delta_once() {
    let each = rho("1/200");
    let mut filter = approx_filter("2", 1);
    let mut admitted = 0u32;
    while filter.charge(&Charge::concentrated(each.clone())).is_ok() {
        admitted += 1;
    }
    let sum = |n: u32| (0..n).map(|_| each.clone()).sum::<Rho>().to_approx(40).expect("moderate");
    let limit = Loss::of(rational("2"), 1, 40);
    assert!(sum(admitted).within(&limit) && !sum(admitted + 1).within(&limit), "{admitted}");
    // Basic composition of the converted charges would admit three.
    let alone = each.to_approx(40).expect("moderate").exact_epsilon().to_f64().expect("finite");
    assert!(f64::from(admitted) > 2.0 * (2.0 / alone), "{admitted} at {alone} each");
    let mut without_delta = approx_filter("2", 0);
    let refused = without_delta.charge(&Charge::concentrated(each));
    assert!(matches!(refused, Err(Error::DeltaExhausted { .. })), "a conversion needs a delta");
}

#[test]
fn pure_and_gaussian_charges_add_up_under_either_limit() {
    let charges = [
        Charge::pure(rational("1/2")),
        Charge::concentrated(rho("1/50")),
        Charge::approx(&Loss::of(rational("1/4"), 1, 50)),
        Charge::concentrated(rho("1/50")).or_fail_with(power(50)).expect("positive"),
    ];
    let mut odometer = Odometer::new();
    charges.iter().for_each(|charge| odometer.add(charge));
    assert_eq!(odometer.rho().rational(), Ok(rational("157/800"))); // 1/8 + 1/32 + 2/50
    assert_eq!(odometer.delta(), &power(49));
    let converted = rho("1/25").to_approx(40).expect("moderate");
    let want = Loss::exact(converted.exact_epsilon() + BigRational::new(3.into(), 4.into()), power(40) + power(49));
    assert_eq!(odometer.loss(40), want);

    let exactly = Limit::Approx { loss: want.expect("positive"), delta_bits: 40 };
    let mut filter = Filter::new(exactly).expect("sensible");
    charges.iter().for_each(|charge| filter.charge(charge).expect("exactly within"));
    let one_step = Charge::concentrated(rho("1/1000"));
    assert!(matches!(filter.charge(&one_step), Err(Error::EpsilonExhausted { .. })));

    let limit = Limit::Concentrated { rho: rho("157/800"), delta: power(49) };
    let mut filter = Filter::new(limit).expect("sensible");
    charges.iter().rev().for_each(|charge| filter.charge(charge).expect("exactly within"));
    assert!(matches!(filter.charge(&one_step), Err(Error::RhoExhausted { .. })));
    let failing = Charge::pure(Rational::ZERO).or_fail_with(power(900)).expect("positive");
    assert!(matches!(filter.charge(&failing), Err(Error::DeltaExhausted { .. })));
}

#[test]
fn a_limit_that_cannot_be_applied_is_refused() {
    let loss = Loss::of(rational("1"), 1, 40);
    assert!(Filter::new(Limit::Approx { loss, delta_bits: 0 }).is_err());
    let negative = BigRational::from_integer((-1).into());
    assert!(Filter::new(Limit::Concentrated { rho: rho("1"), delta: negative }).is_err());
}

#[test]
fn floats_are_never_below_what_they_stand_for() {
    for (num, den) in [(1, 3), (2, 3), (1, 10), (7, 10), (1, 1), (12_345, 9_999)] {
        let value = BigRational::new(num.into(), den.into());
        let float = crate::account::float_up(&value).and_then(BigRational::from_float).expect("finite");
        assert!(float >= value && float <= &value * BigRational::new(1_000_001.into(), 1_000_000.into()), "{value}");
    }
}

#[test]
fn a_charge_reads_as_a_sentence() {
    assert_eq!(Charge::pure(rational("0.5")).to_string(), "epsilon 1/2");
    assert_eq!(Charge::concentrated(rho("1/8")).to_string(), "rho 1/8");
    assert_eq!(Charge::approx(&Loss::of(rational("1"), 1, 20)).to_string(), "epsilon 1, delta 1/1048576");
}

fn any_charge() -> impl Strategy<Value = Charge> {
    (0u64..40, 1u64..40, 0u64..3, any::<bool>()).prop_map(|(num, den, delta, pure)| {
        let value = Rational::new(num, den).expect("den is above zero");
        let charge = if pure { Charge::pure(value) } else { Charge::concentrated(Rho::of(value)) };
        charge.or_fail_with(power(50) * BigInt::from(delta)).expect("not negative")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// An adversary that picks charges adaptively is any sequence of charges, refused ones included.
    #[test]
    fn no_sequence_passes_a_limit_in_rho(charges in prop::collection::vec(any_charge(), 1..40)) {
        let (most, delta) = (rho("7/2"), power(48));
        let limit = Limit::Concentrated { rho: most.clone(), delta: delta.clone() };
        let mut filter = Filter::new(limit).expect("sensible");
        let mut admitted = Odometer::new();
        for charge in &charges {
            let mut after = admitted.clone();
            after.add(charge);
            let fits = after.rho() <= most && *after.delta() <= delta;
            prop_assert_eq!(filter.charge(charge).is_ok(), fits);
            if fits { admitted = after; }
            prop_assert_eq!(filter.spent(), &admitted);
        }
    }

    #[test]
    fn no_sequence_passes_a_limit_in_epsilon(charges in prop::collection::vec(any_charge(), 1..12)) {
        let limit = Loss::of(rational("9"), 3, 40);
        let mut filter = Filter::new(Limit::Approx { loss: limit.clone(), delta_bits: 40 }).expect("sensible");
        for charge in &charges {
            let before = filter.spent().clone();
            let admitted = filter.charge(charge).is_ok();
            prop_assert!(filter.spent().loss(40).expect("moderate").within(&limit));
            prop_assert!(admitted || filter.spent() == &before);
        }
    }

    #[test]
    fn more_rho_is_never_less_epsilon(num in 1u64..1000, den in 1u64..1000, more in 1u64..1000) {
        let small = Rho::of(Rational::new(num, den * 10).expect("den is above zero"));
        let large = Rho::of(Rational::new(num + more, den * 10).expect("den is above zero"));
        let (small, large) = (small.to_approx(40).expect("moderate"), large.to_approx(40).expect("moderate"));
        prop_assert!(small.exact_epsilon() <= large.exact_epsilon());
    }
}

#[test]
fn shares_of_a_rho_keep_proportions_and_never_exceed_it() {
    let part = |epsilon: &str, groups: u32| (rational(epsilon), groups);
    let rho = Rho::of(rational("1/100"));
    let parts = [part("1/3", 1), part("1/3", 4), part("1/6", 1), part("1/6", 24)];
    let shares = rho.shares(&parts).expect("not too fine");
    let sum: BigRational = shares.iter().map(|share| Rho::of(*share).value().clone()).sum();
    assert!(sum <= *rho.value());
    // sigma = sqrt(groups / (2 rho)) goes with groups / epsilon.
    let ratio = |i: usize| {
        let (epsilon, groups) = parts[i];
        let groups = f64::from(groups);
        (groups / (2.0 * shares[i].to_f64())).sqrt() / (groups / epsilon.to_f64())
    };
    assert!((1..4).all(|i| (ratio(i) / ratio(0) - 1.0).abs() < 1e-6), "{shares:?}");
    assert_eq!(rho.shares(&[part("0", 1)]), Err(Error::EpsilonZero));
    assert_eq!(rho.shares(&[part("1", 1), part("1/10000000", 1)]), Err(Error::TooFine));
}
