//! Quantiles: close to the truth, their intervals enclose it, their price is the whole price.

use super::{Purse, gaussian, laplace, rational};
use crate::Error;
use crate::central::{BoundedBins, Bounds, Expected, Mechanism, QuantileQuery, Unit, UnitRows, Withheld};
use rand::SeedableRng;
use rand_distr::Distribution;

/// 0, 5, ..., 1000 with five rows in each bin but the outermost.
fn evenly(groups: usize) -> BoundedBins {
    let candidates: Vec<i64> = (0..=200).map(|step| 5 * step).collect();
    let mut counts = vec![5u64; 202];
    (counts[0], counts[201]) = (0, 0);
    BoundedBins::of_rows(candidates, groups, counts.repeat(groups)).expect("one count per bin")
}

fn query(mechanism: Mechanism, probabilities: &[&str]) -> QuantileQuery {
    QuantileQuery { probabilities: probabilities.iter().map(|p| rational(p)).collect(), mechanism }
}

#[test]
fn the_median_is_a_step_from_the_truth_and_its_interval_encloses_it() {
    const GROUPS: usize = 400;
    for mechanism in [laplace("1"), gaussian("1/2")] {
        let mut purse = Purse::of(1);
        let noisy = evenly(GROUPS).release(&query(mechanism, &["1/2"]), &mut purse).expect("paid");
        let (mut error, mut covered, mut width) = (0.0, 0, 0.0);
        for group in 0..GROUPS {
            let median = noisy.quantile(group, 0).expect("enough rows");
            error += (median.base.value - 500.0).abs() / GROUPS as f64;
            covered += usize::from(median.base.low <= 500.0 && 500.0 <= median.base.high);
            width += (median.base.high - median.base.low) / GROUPS as f64;
            assert!(median.population.low <= median.base.low && median.base.high <= median.population.high);
        }
        assert!(error <= 6.0, "{mechanism:?}: mean error {error}");
        // At least 95 %: below 359 of 400 with probability under 1e-5.
        assert!(covered >= 359, "{mechanism:?}: {covered} of {GROUPS}");
        assert!(width < 120.0, "{mechanism:?}: mean width {width}");
    }
}

#[test]
fn a_forecast_of_a_quantile_says_its_error_in_rank() {
    let expected =
        Expected { unit: Unit::Customer, mechanism: laplace("1"), bounds: Bounds::once(), n: 1000, parts: 1 };
    let half = "1/2".parse().expect("a rational");
    let forecast = expected.quantile(half, 201).expect("sound").expect("enough");
    // Selection among evenly spaced ranks: a scale of 2 rows.
    assert!((forecast.error - 0.002).abs() < 1e-4, "{forecast:?}");
    let noisy = evenly(400).release(&query(laplace("1"), &["1/2"]), &mut Purse::of(1)).expect("paid");
    let estimates = || (0..400).filter_map(|group| noisy.quantile(group, 0).ok());
    let error = estimates().map(|estimate| (estimate.base.value - 500.0).abs()).sum::<f64>() / 400.0 / 1000.0;
    assert!(error < 1.5 * forecast.error + 0.0025, "{error} against {forecast:?}");
    let width = estimates().map(|estimate| estimate.population.high - estimate.population.low).sum::<f64>();
    // Edges are at most a quarter further than needed, and a step.
    let ratio = width / 400.0 / 1000.0 / forecast.population_width;
    assert!((1.0..1.5).contains(&ratio), "{ratio}");
    let two = "2".parse().expect("a rational");
    assert_eq!(expected.quantile(two, 9), Err(Error::Probability));
    let few = Expected { n: 39, ..expected }.quantile(half, 201).expect("sound");
    assert_eq!(few.expect_err("twenty at a half").to_string(), "too few customers (fewer than 40)");
}

#[test]
fn several_quantiles_share_one_price_and_come_out_in_order() {
    let mut purse = Purse::of(1);
    let query = query(laplace("3"), &["1/4", "1/2", "3/4"]);
    let noisy = evenly(2).release(&query, &mut purse).expect("paid");
    assert_eq!(purse.paid, [laplace("3").price(Unit::Row)]);
    for group in 0..2 {
        for (index, want) in [250.0, 500.0, 750.0].into_iter().enumerate() {
            let got = noisy.quantile(group, index).expect("enough rows").base.value;
            assert!((got - want).abs() < 150.0, "quantile {index}: {got}");
        }
    }
    assert_eq!(noisy.raw(2, 0), None);
    assert_eq!(noisy.quantile(0, 3), Err(Withheld::NoSuchGroup));
}

#[test]
fn heavy_ties_stay_inside_the_interval() {
    let mut rows = UnitRows::new(Unit::Customer, Bounds::once()).expect("sound");
    (0..1000u32).for_each(|unit| rows.push(&unit.to_le_bytes(), 0, if unit % 10 == 0 { 3 } else { 57 }));
    let candidates: Vec<i64> = (0..250).collect();
    let noisy = rows.bins(1, &candidates).expect("rising").release(&query(laplace("1"), &["3/5"]), &mut Purse::of(1));
    let estimate = noisy.expect("paid").quantile(0, 0).expect("enough rows");
    assert!(estimate.base.low <= 57.0 && 57.0 <= estimate.base.high, "{estimate:?}");
}

#[test]
fn few_rows_are_withheld() {
    let bins = BoundedBins::of_rows(vec![0, 1, 2], 1, vec![0, 3, 3, 0]).expect("one count per bin");
    let noisy = bins.release(&query(laplace("1"), &["1/2"]), &mut Purse::of(1)).expect("paid");
    let withheld = noisy.quantile(0, 0).expect_err("six rows");
    assert_eq!(withheld.to_string(), "too few rows (fewer than 40)");
}

#[test]
fn impossible_questions_are_refused_before_they_cost() {
    let mut purse = Purse::of(1);
    for bad in ["0", "1", "3/2", "1/10001"] {
        let refused = evenly(1).release(&query(laplace("1"), &[bad]), &mut purse);
        assert_eq!(refused, Err(Error::Probability), "{bad}");
    }
    assert_eq!(evenly(1).release(&query(laplace("1"), &[]), &mut purse), Err(Error::Probability));
    assert_eq!(BoundedBins::of_rows(vec![0, 0], 1, vec![0; 3]).err(), Some(Error::Candidates));
    assert!(BoundedBins::of_rows(vec![0, 1], 1, vec![0; 4]).is_err());
    assert_eq!(BoundedBins::of_rows(vec![0, 1], 1, vec![1 << 48, 0, 0]).err(), Some(Error::Overflow));
    assert!(purse.paid.is_empty());
}

/// A lognormal amount in cents, median about 54.60, in 50,000 rows per group: the error is below a grid step.
#[test]
fn fine_grids_give_fine_medians() {
    const GROUPS: usize = 10;
    let step = 10;
    let candidates: Vec<i64> = (0..=5_000).map(|place| place * step).collect();
    let amounts = rand_distr::LogNormal::new(4.0, 0.9).expect("a deviation above zero");
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(8);
    let (mut counts, mut medians) = (vec![0u64; GROUPS * 5_002], Vec::new());
    for group in 0..GROUPS {
        let mut cents: Vec<i64> = (0..50_000).map(|_| (100.0 * amounts.sample(&mut random)) as i64).collect();
        cents.sort_unstable();
        medians.push(cents[25_000]);
        for value in cents {
            counts[group * 5_002 + candidates.partition_point(|candidate| *candidate <= value)] += 1;
        }
    }
    let bins = BoundedBins::of_rows(candidates, GROUPS, counts).expect("one count per bin");
    let noisy = bins.release(&query(laplace("1"), &["1/2"]), &mut Purse::of(1)).expect("paid");
    let mut error = 0.0;
    for (group, median) in medians.iter().enumerate() {
        let got = noisy.quantile(group, 0).expect("enough rows");
        error += (got.base.value - *median as f64).abs() / GROUPS as f64;
        assert!(got.base.high - got.base.low < 400.0, "{got:?}");
    }
    assert!(error <= 1.2 * step as f64, "{error}");
}
