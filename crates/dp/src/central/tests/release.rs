//! Releases: charged first, calibrated by the bounds alone, independent draws, integers throughout.

use super::{Purse, gaussian, laplace, rational};
use crate::central::noise::{Noise, Sensitivity};
use crate::central::{BoundedCounts, BoundedSums, Bounds, GroupSum, Unit, UnitRows};
use crate::{Error, Filter, Limit, Loss, Rho};
use num_rational::BigRational;

fn one_by(count: u64, groups: usize) -> BoundedCounts {
    BoundedCounts::of_rows(groups, 1, vec![count; groups]).expect("one count per group")
}

fn whole(value: i64) -> BigRational {
    BigRational::from_integer(value.into())
}

#[test]
fn an_account_that_refuses_gets_no_release_and_one_that_pays_pays_once() {
    let counts = one_by(1000, 1);
    let mut empty = Purse::of(0);
    assert_eq!(counts.release(laplace("1"), &mut empty), Err(Error::TooFine));
    let sums = BoundedSums::of_rows(0, 1, &[GroupSum { count: 5, sum: 3 }]).expect("clipped");
    assert_eq!(sums.release(laplace("1"), &mut empty), Err(Error::TooFine));
    let mut purse = Purse::of(1);
    counts.release(laplace("1/3"), &mut purse).expect("paid");
    assert_eq!(counts.release(laplace("1/3"), &mut purse), Err(Error::TooFine), "a second look costs again");
    let said: Vec<String> = purse.paid.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["epsilon 1/3 per row"]);
}

#[test]
fn nothing_is_charged_for_what_cannot_be_released() {
    let mut purse = Purse::of(9);
    let wide = Bounds::once().within(0, (1 << 47) - 1);
    let sums = UnitRows::new(Unit::Customer, wide).and_then(|rows| rows.sums(1)).expect("no rows");
    assert_eq!(sums.release(laplace("1/1000"), &mut purse), Err(Error::NoiseTooWide { bits: 50 }));
    assert_eq!(one_by(1, 1).release(laplace("0"), &mut purse), Err(Error::EpsilonZero));
    assert_eq!(one_by(1 << 62, 1).release(laplace("1"), &mut purse), Err(Error::Overflow));
    assert_eq!(one_by(u64::MAX, 1).release(gaussian("1"), &mut purse), Err(Error::Overflow));
    assert!(purse.paid.is_empty());
}

#[test]
fn a_filter_stops_the_third_release() {
    let mut filter =
        Filter::new(Limit::Approx { loss: Loss::of(rational("1"), 0, 0), delta_bits: 40 }).expect("sensible");
    let counts = one_by(10, 2);
    assert!(counts.release(laplace("1/2"), &mut filter).is_ok());
    assert!(counts.release(laplace("1/2"), &mut filter).is_ok());
    assert!(matches!(counts.release(laplace("1/2"), &mut filter), Err(Error::EpsilonExhausted { .. })));
    let limit = Limit::Concentrated { rho: Rho::of(rational("1/4")), delta: whole(0) };
    let mut filter = Filter::new(limit).expect("sensible");
    assert!(counts.release(laplace("1/2"), &mut filter).is_ok());
    assert!(counts.release(gaussian("1/8"), &mut filter).is_ok());
    assert!(matches!(counts.release(gaussian("1/99"), &mut filter), Err(Error::RhoExhausted { .. })));
}

#[test]
fn noise_is_calibrated_by_the_bounds_and_not_by_the_rows() {
    let mut purse = Purse::of(99);
    let few = one_by(1_000, 3).release(laplace("1/2"), &mut purse).expect("paid");
    let many = one_by(100_000_000, 50).release(laplace("1/2"), &mut purse).expect("paid");
    assert_eq!(few.noise(), many.noise());
    assert_eq!(few.noise().scale(), &whole(2));
    for (count, groups) in [(1_000, 1), (100_000_000, 20)] {
        let sum = GroupSum { count, sum: i128::from(count) * 250 };
        let sums = BoundedSums::of_rows(0, 500, &vec![sum; groups]).expect("clipped");
        let noisy = sums.release(laplace("1"), &mut purse).expect("paid");
        assert_eq!(noisy.noise().scale(), &whole(500));
    }
}

#[test]
fn scales_follow_the_sensitivity() {
    let scale = |mechanism, bounds: Bounds, change| {
        Noise::new(mechanism, bounds.sensitivity(change)).expect("calibrated").scale().clone()
    };
    let three = Bounds::once().groups(3).rows(2);
    assert_eq!(scale(laplace("1/3"), Bounds::once(), 1), whole(3));
    assert_eq!(scale(laplace("1"), three, 1), whole(6));
    assert_eq!(scale(laplace("2"), three, 500), whole(1500));
    assert_eq!(scale(gaussian("1/2"), Bounds::once(), 1), whole(1));
    assert_eq!(scale(gaussian("1/2"), Bounds::once().groups(4).rows(3), 5), whole(30));
    let root = scale(gaussian("1"), Bounds::once(), 1);
    assert!(&root * &root >= BigRational::new(1.into(), 2.into()), "rounded up, never down");
}

#[test]
fn noise_below_its_price_is_refused_by_the_privacy_map() {
    let sensitivity = Sensitivity { l1: 3, l2_squared: 9 };
    assert!(Noise::planted(laplace("1"), whole(3), sensitivity).is_ok());
    let short = BigRational::new(299.into(), 100.into());
    assert_eq!(Noise::planted(laplace("1"), short.clone(), sensitivity), Err(Error::Calibration));
    assert!(Noise::planted(gaussian("1/2"), whole(3), sensitivity).is_ok());
    assert_eq!(Noise::planted(gaussian("1/2"), short, sensitivity), Err(Error::Calibration));
}

#[test]
fn sums_that_were_not_clipped_or_overflow_are_refused() {
    let refused = |count, sum| BoundedSums::of_rows(-5, 500, &[GroupSum { count, sum }]).err();
    assert_eq!(refused(10, 5001), Some(Error::NotClipped { group: 0 }));
    assert_eq!(refused(10, -51), Some(Error::NotClipped { group: 0 }));
    assert_eq!(refused(10, 5000), None);
    assert_eq!(refused(1, i128::MAX), Some(Error::Overflow));
    assert_eq!(refused(1, i128::MIN), Some(Error::Overflow));
    let huge = GroupSum { count: 1 << 53, sum: 1 << 62 };
    assert_eq!(BoundedSums::of_rows(0, 1 << 12, &[huge]).err(), Some(Error::Overflow));
}

/// 20,000 empty groups: every one is in the result, with noise of its own.
#[test]
fn draws_are_independent_and_as_wide_as_stated() {
    for mechanism in [laplace("1"), laplace("1/50"), gaussian("1/8")] {
        let noisy = one_by(0, 20_000).release(mechanism, &mut Purse::of(1)).expect("paid");
        let raw: Vec<f64> = (0..20_000).filter_map(|group| noisy.raw(group)).map(|raw| raw[0] as f64).collect();
        assert_eq!(raw.len(), 20_000);
        let mean = raw.iter().sum::<f64>() / 20_000.0;
        let variance = raw.iter().map(|x| x * x).sum::<f64>() / 20_000.0;
        let lag = raw.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / 20_000.0;
        let stated = noisy.variance(0);
        // Six standard errors: a false alarm once in 10^8.
        assert!(mean.abs() < 6.0 * (stated / 20_000.0).sqrt(), "{mechanism:?}: mean {mean}");
        assert!((variance / stated - 1.0).abs() < 6.0 * (5.5f64 / 20_000.0).sqrt(), "{mechanism:?}: {variance}");
        assert!(lag.abs() / stated < 6.0 / 20_000f64.sqrt(), "{mechanism:?}: correlation {lag}");
    }
}

/// an independent implementation: root/region/leaf 4.99/2.19/1.0 with continuous noise; 4.84/2.10/0.85 with discrete.
#[test]
fn hierarchies_are_sums_of_noisy_leaves() {
    let mut purse = Purse::of(10_000);
    let regions: Vec<usize> = (0..20).map(|leaf| leaf / 4).collect();
    let mut errors = [0.0; 3];
    const RUNS: usize = 2_000;
    for _ in 0..RUNS {
        let leaves = one_by(100, 20).release(laplace("1"), &mut purse).expect("paid");
        let region = leaves.rolled_up(&regions, 5).expect("complete");
        let root = region.rolled_up(&[0; 5], 1).expect("complete");
        let raw = |noisy: &crate::central::NoisyCounts, group| noisy.raw(group).map_or(0, |raw| raw[0]);
        assert_eq!(raw(&root, 0), (0..20).map(|leaf| raw(&leaves, leaf)).sum::<i64>());
        assert!((root.variance(0) - 20.0 * leaves.variance(0)).abs() < 1e-9);
        let off = |value: i64, want: i64| (value - want).abs() as f64 / RUNS as f64;
        errors[0] += off(raw(&root, 0), 2000);
        errors[1] += off(raw(&region, 0), 400);
        errors[2] += off(raw(&leaves, 0), 100);
    }
    for (error, want) in errors.iter().zip([4.84, 2.10, 0.85]) {
        assert!((error / want - 1.0).abs() < 0.12, "{errors:?}");
    }
    let leaves = one_by(100, 20).release(laplace("1"), &mut purse).expect("paid");
    assert_eq!(leaves.rolled_up(&[0; 19], 1), Err(Error::NoParent { groups: 20, parents: 1 }));
    assert_eq!(leaves.rolled_up(&[1; 20], 1), Err(Error::NoParent { groups: 20, parents: 1 }));
}

#[test]
fn a_release_says_what_noise_it_carries() {
    let noisy = one_by(5, 1).release(laplace("1/4"), &mut Purse::of(1)).expect("paid");
    assert_eq!(noisy.noise().describe(), "discrete Laplace noise of scale 4.0000 on every number");
    let noisy = one_by(5, 1).release(gaussian("1/8"), &mut Purse::of(1)).expect("paid");
    assert_eq!(noisy.noise().describe(), "discrete Gaussian noise of standard deviation 2.0000 on every number");
}
