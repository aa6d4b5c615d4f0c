//! Goodness of fit of the sampler, with a rigorous bound on false alarms.
//!
//! OpenDP's generator cannot be seeded, so a test that fails one time in a thousand would cry wolf.
//! The statistic is the likelihood-ratio chi-square `G = 2 m KL(observed || expected)` over `k` cells
//! of `m` draws. For every law and every `m`, `P(G/2 >= y) <= e^-y (e y / (k-1))^(k-1)` for `y > k-1`
//! (Agrawal, IEEE Trans. Inf. Theory 66, 2020, Theorem 1.2): no asymptotics. Thresholds are set for
//! `1e-10` per test; 20 comparisons run, so a false alarm comes at most once in 5e8 runs.

use super::*;
use crate::polya::sample_polya;
use proptest::prelude::*;

const DRAWS: usize = 20_000;
const FALSE_ALARM: f64 = 1e-10;

fn rational(text: &str) -> Rational {
    text.parse().expect("a rational")
}

/// A plan of scale `width`, written as sensitivity 1 at epsilon 1/width or the like.
fn plan(sensitivity: u64, epsilon: &str, honest: u32) -> NoisePlan {
    NoisePlan::for_epsilon(rational(epsilon), sensitivity, honest).expect("samplable")
}

/// Probabilities of `X - Y` on `-reach ..= reach` for `X, Y ~ NB(shape, a)`, by the oracle's formula
/// `Gamma(k+r) / (k! Gamma(r)) (1-a)^r a^k`, written as a recurrence and correlated with itself.
fn difference_law(shape: f64, width: f64, reach: usize) -> Vec<f64> {
    let a = (-1.0 / width).exp();
    let polya: Vec<f64> = (0..reach + (40.0 * width) as usize + 2)
        .scan((1.0 - a).powf(shape), |p, k| {
            let now = *p;
            *p *= a * (k as f64 + shape) / (k as f64 + 1.0);
            Some(now)
        })
        .collect();
    let half = |d: usize| polya.iter().zip(&polya[d.min(polya.len())..]).map(|(x, y)| x * y).sum::<f64>();
    (0..=2 * reach).map(|i| half(i.abs_diff(reach))).collect()
}

/// Cells of one value each in the middle of the law, tails pooled so that every cell expects 40 draws.
fn cells(law: &[f64], draws: usize) -> (usize, usize) {
    let need = 40.0 / draws as f64;
    let tail = |n: usize| law.iter().take(n).sum::<f64>();
    let reach = law.len() / 2;
    let cut = (1..=reach).find(|n| tail(*n) >= need && law[*n] >= need).unwrap_or(reach);
    (cut, law.len() - cut)
}

/// `G / 2` of the draws against the law on `-reach ..= reach`, and the threshold for [`FALSE_ALARM`].
fn fit(draws: &[i64], law: &[f64]) -> (f64, f64) {
    let reach = (law.len() / 2) as i64;
    let (first, end) = cells(law, draws.len());
    let cell = |value: i64| ((value + reach).clamp(first as i64 - 1, end as i64) - first as i64 + 1) as usize;
    let count = end - first + 2;
    let mut observed = vec![0.0; count];
    draws.iter().for_each(|d| observed[cell(*d)] += 1.0);
    let lower: f64 = law[..first].iter().sum();
    let middle: Vec<f64> = law[first..end].to_vec();
    let upper = 1.0 - lower - middle.iter().sum::<f64>();
    let expected: Vec<f64> = [vec![lower], middle, vec![upper]].concat();
    let m = draws.len() as f64;
    let g = observed.iter().zip(&expected).filter(|(o, _)| **o > 0.0).map(|(o, p)| o * (o / (m * p)).ln()).sum();
    (g, threshold(count))
}

/// The least `y` whose false-alarm bound is below [`FALSE_ALARM`].
fn threshold(cells: usize) -> f64 {
    let freedom = (cells - 1) as f64;
    let bound = |y: f64| -y + freedom * (1.0 + (y / freedom).ln());
    (1..100_000).map(|i| freedom + f64::from(i) * 0.1).find(|y| bound(*y) < FALSE_ALARM.ln()).expect("bound falls")
}

fn assert_fits(what: &str, draws: &[i64], law: &[f64]) {
    let (g, limit) = fit(draws, law);
    assert!(g < limit, "{what}: {g:.1} is not below {limit:.1}");
}

/// A planted bug must exceed the same threshold that the real sampler stays under.
fn assert_refuted(what: &str, draws: &[i64], law: &[f64]) {
    let (g, limit) = fit(draws, law);
    assert!(g > 2.0 * limit, "{what}: {g:.1} does not clearly exceed {limit:.1}");
}

fn draws(mut one: impl FnMut() -> i64) -> Vec<i64> {
    (0..DRAWS).map(|_| one()).collect()
}

fn shares(plan: &NoisePlan, how_many: usize) -> i64 {
    plan.sample_block(how_many).expect("entropy").into_shares().iter().sum()
}

#[test]
fn threshold_matches_the_bound() {
    assert!((threshold(2) - 27.4).abs() < 0.2, "{}", threshold(2));
    assert!((threshold(16) - 58.5).abs() < 0.2, "{}", threshold(16));
}

#[test]
fn shares_follow_the_polya_difference() {
    for (sensitivity, epsilon, honest) in
        [(1, "1", 1), (2, "1", 1), (1, "1", 3), (2, "1", 2), (2, "1", 3), (2, "3", 5), (4, "1/2", 3), (1, "1", 500)]
    {
        let plan = plan(sensitivity, epsilon, honest);
        let law = difference_law(1.0 / f64::from(honest), plan.scale().to_f64(), plan.bound() as usize);
        let drawn = draws(|| plan.sample_share().expect("entropy"));
        assert!(drawn.iter().all(|share| share.unsigned_abs() <= plan.bound()));
        assert_fits(&format!("scale {}, h {honest}", plan.scale()), &drawn, &law);
    }
}

/// u = 5, h = 3: take away any two shares, and the other three still are the full discrete Laplace.
#[test]
fn any_honest_subset_sums_to_discrete_laplace() {
    let plan = plan(2, "1", 3);
    let (law, width) = (difference_law(1.0, 2.0, 60), plan.scale().to_f64());
    assert_eq!(width, 2.0);
    let rounds: Vec<Vec<i64>> =
        (0..DRAWS).map(|_| plan.sample_block(5).expect("entropy").into_shares().to_vec()).collect();
    for known in 0..5usize {
        for also in known + 1..5 {
            let rest = |r: &Vec<i64>| r.iter().sum::<i64>() - r[known] - r[also];
            let unknown: Vec<i64> = rounds.iter().map(rest).collect();
            assert_fits(&format!("noise less shares {known} and {also}"), &unknown, &law);
        }
    }
    let all: Vec<i64> = rounds.iter().map(|r| r.iter().sum()).collect();
    assert_fits("all five shares", &all, &difference_law(5.0 / 3.0, 2.0, 80));
}

/// Variance of the sum of u shares: u/h * 2a/(1-a)^2, against the law itself.
#[test]
fn variance_of_the_sum_of_all_shares() {
    for (epsilon, honest, all) in [("1", 3, 5), ("1", 2, 4), ("3", 2, 3), ("1/3", 3, 6)] {
        let plan = plan(2, epsilon, honest);
        let reach = (60.0 * plan.scale().to_f64()) as usize;
        let law = difference_law(f64::from(all) / f64::from(honest), plan.scale().to_f64(), reach);
        let square = |i: usize| (i.abs_diff(reach) as f64).powi(2);
        let variance: f64 = law.iter().enumerate().map(|(i, p)| square(i) * p).sum();
        assert!((variance / plan.sum_variance(all) - 1.0).abs() < 1e-9, "{variance}");
    }
}

#[test]
fn planted_bugs_are_refuted_at_the_same_threshold() {
    let (good, laplace) = (plan(2, "1", 3), difference_law(1.0, 2.0, 60));
    let share_law = difference_law(1.0 / 3.0, 2.0, 60);
    assert_refuted("one share missing", &draws(|| shares(&good, 2)), &laplace);
    assert_refuted("one-sided noise", &draws(|| good.sample_share().expect("entropy").abs()), &share_law);
    assert_refuted("scale halved", &draws(|| shares(&plan(1, "1", 3), 3)), &laplace);
    let scale = good.scale().exact();
    assert_refuted("X without Y", &draws(|| sample_polya(&scale, 3).expect("entropy")), &share_law);
    assert_refuted("h replaced by u", &draws(|| shares(&plan(2, "1", 5), 3)), &laplace);
    assert_refuted("a full Laplace per trustee", &draws(|| shares(&plan(2, "1", 1), 3)), &laplace);
    let mut first = None;
    let reused = draws(|| *first.get_or_insert_with(|| good.sample_share().expect("entropy")));
    assert_refuted("one draw reused", &reused, &share_law);
}

/// Bounded far below the shipped bound, so that redrawing is seen: the law is the one conditioned on the bound.
#[test]
fn redrawing_conditions_on_the_bound() {
    let tight = NoisePlan { bound: 3, ..plan(2, "1", 3) };
    let law = difference_law(1.0 / 3.0, 2.0, 3);
    let kept: f64 = law.iter().sum();
    let conditioned: Vec<f64> = law.iter().map(|p| p / kept).collect();
    let drawn = draws(|| tight.sample_share().expect("entropy"));
    assert!(drawn.iter().all(|share| share.abs() <= 3));
    // One empty cell either side keeps the pooled tails of `fit` out of the range.
    let padded = [vec![0.0], conditioned, vec![0.0]].concat();
    let m = DRAWS as f64;
    let observed = |v: i64| drawn.iter().filter(|d| **d == v).count() as f64;
    let g: f64 = (-3..=3).map(|v| (observed(v), padded[(v + 4) as usize])).map(|(o, p)| o * (o / (m * p)).ln()).sum();
    assert!(g < threshold(7), "{g}");
}

#[test]
fn refuses_what_cannot_be_sampled_and_says_how_to_mend_it() {
    let at = |epsilon: &str, sensitivity, honest| NoisePlan::for_epsilon(rational(epsilon), sensitivity, honest);
    assert_eq!(at("0", 2, 3), Err(Error::EpsilonZero));
    assert_eq!(at("1", 0, 3), Err(Error::SensitivityZero));
    assert_eq!(at("1", 2, 0), Err(Error::NoHonestShare));
    assert!(at("1/1000", 2, 3).is_ok());
    let message = at("1/1001", 2, 3).expect_err("too wide").to_string();
    assert!(message.contains("coarser resolution"), "{message}");
    assert!(matches!(at("1000000000000000000", u64::MAX, 3), Err(Error::BoundTooLarge { .. })));
    assert!(matches!(NoiseScale::new(u128::MAX, rational("1/3")), Err(Error::ScaleTooLarge { .. })));
}

#[test]
fn bound_and_scale_of_the_shipped_settings() {
    for (epsilon, scale, bound) in [("1", "2", 60), ("1/2", "4", 118), ("3", "2/3", 22), ("0.3", "20/3", 196)] {
        let plan = plan(2, epsilon, 3);
        assert_eq!((plan.scale().to_string().as_str(), plan.bound()), (scale, bound), "epsilon {epsilon}");
    }
}

/// The report's intervals: 2.12 stated deviations of Laplace noise, 1.96 of Gaussian noise, hold 95 of 100 draws, whatever
/// the surplus of shares; the former would not with 1.96, nor either with the deviation of one share less.
#[test]
fn stated_deviations_hold_the_noise_95_times_in_100() {
    let inside = |law: &[f64], half: f64| -> f64 {
        let centre = law.len() / 2;
        law.iter().enumerate().filter(|(i, _)| i.abs_diff(centre) as f64 <= half).map(|(_, p)| p).sum()
    };
    for (honest, all) in [(1u32, 1u32), (2, 3), (3, 4), (2, 4), (3, 5)] {
        let laplace = plan(200, "1", honest);
        let deviation = SharePlan::Laplace(laplace).sum_deviation(all) as f64;
        let law = difference_law(f64::from(all) / f64::from(honest), laplace.scale().to_f64(), 4_000);
        assert!(inside(&law, 2.12 * deviation) >= 0.95, "{honest} of {all}: {}", inside(&law, 2.12 * deviation));
        assert!(inside(&law, 2.12 * deviation) < 0.965, "{honest} of {all}: wider than need be");
        if all == honest {
            assert!(inside(&law, 1.96 * deviation) < 0.95);
        }
    }
    let gaussian = crate::GaussianPlan::new(rational("0.0005"), 200, 3).expect("samplable");
    let deviation = SharePlan::Gaussian(gaussian).sum_deviation(5) as f64;
    let weights: Vec<f64> =
        (0..=80_000).map(|i| (-(f64::from(i) - 40_000.0).powi(2) / (2.0 * gaussian.sum_variance(5))).exp()).collect();
    let total: f64 = weights.iter().sum();
    let law: Vec<f64> = weights.into_iter().map(|w| w / total).collect();
    let held = inside(&law, 1.96 * deviation);
    assert!((0.95..0.952).contains(&held), "{held}");
    assert!(inside(&law, 1.96 * SharePlan::Gaussian(gaussian).sum_deviation(4) as f64) < 0.93);
}

#[test]
fn a_block_hides_its_shares_from_debug_output() {
    let block = plan(2, "1", 3).sample_block(4).expect("entropy");
    assert_eq!((format!("{block:?}"), block.columns()), ("NoiseBlock(4 columns)".to_owned(), 4));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn plans_never_panic_and_shares_stay_within_the_bound(num in 1u64..50, den in 1u64..50, sensitivity in 1u64..5, honest in 1u32..8) {
        let epsilon = Rational::new(num, den).expect("den is above zero");
        let plan = NoisePlan::for_epsilon(epsilon, sensitivity, honest).expect("scale is at most 250");
        prop_assert!(u128::from(plan.bound()) >= plan.scale().ceil_times(29));
        prop_assert!(plan.sample_share().expect("entropy").unsigned_abs() <= plan.bound());
    }

    #[test]
    fn any_parameters_give_a_plan_or_an_error(num: u64, den in 1u64.., sensitivity: u64, honest: u32) {
        let epsilon = Rational::new(num, den).expect("den is above zero");
        if let Ok(plan) = NoisePlan::for_epsilon(epsilon, sensitivity, honest) {
            prop_assert!(plan.scale().to_f64() <= 2000.0 && plan.bound() > 0);
        }
    }
}
