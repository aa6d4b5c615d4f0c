//! Errors and coverage of the estimates, against an independent implementation.

use super::{Purse, gaussian, laplace};
use crate::central::estimate::{agresti_coull, score_interval};
use crate::central::noise::Noise;
use crate::central::simulate::{draw, half_width};
use crate::central::{
    BoundedCounts, BoundedSums, Bounds, Clipping, Expected, GroupSum, Interval, Mechanism, NoisySums, Unit, Withheld,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Binomial, Distribution};

/// Counts and sums in cents, clipped to 0..50000, of the million rows that `dp_trust_data.py` generates.
const SEGMENTS: [(u64, i128); 20] = [
    (212_263, 1_711_913_874),
    (121_835, 979_816_368),
    (88_195, 712_335_090),
    (70_119, 565_901_310),
    (58_943, 474_449_725),
    (50_478, 405_194_927),
    (44_715, 359_780_642),
    (40_200, 323_633_061),
    (36_424, 290_538_803),
    (33_423, 268_403_887),
    (31_191, 251_870_793),
    (29_253, 233_842_999),
    (27_330, 222_427_144),
    (25_714, 205_348_981),
    (24_213, 196_510_400),
    (23_317, 187_428_162),
    (21_882, 177_252_094),
    (20_972, 169_073_974),
    (20_053, 160_454_762),
    (19_480, 158_539_364),
];

/// Groups per release where an error is measured: its own error is about 1.2 %.
const GROUPS: usize = 4_000;

fn noise(mechanism: Mechanism) -> Noise {
    Noise::new(mechanism, Bounds::once().sensitivity(1)).expect("calibrated")
}

fn error_of(counts: &[u64], estimate: impl Fn(&crate::central::NoisyCounts, usize) -> f64, truth: f64) -> f64 {
    let bounded = BoundedCounts::of_rows(GROUPS, counts.len(), counts.repeat(GROUPS)).expect("one per answer");
    let noisy = bounded.release(laplace("1"), &mut Purse::of(1)).expect("paid");
    (0..GROUPS).map(|group| (estimate(&noisy, group) - truth).abs()).sum::<f64>() / GROUPS as f64
}

#[test]
fn nps_and_churn_are_as_exact_as_promised() {
    let nps =
        error_of(&[500, 300, 200], |noisy, group| noisy.score(group, &[100, 0, -100]).expect("n").base.value, 30.0);
    assert!(nps <= 0.165, "NPS: {nps} (reference 0.149, split epsilon 0.209)");
    let churn = error_of(&[80, 920], |noisy, group| 100.0 * noisy.rate(group, &[0]).expect("n").base.value, 8.0);
    assert!(churn <= 0.089, "churn: {churn} (reference 0.080, split epsilon 0.194)");
    let both = noise(laplace("1"));
    assert!(nps > 0.12 && churn > 0.06, "less error than noise of variance {} can have", both.variance());
}

#[test]
fn csat_mean_is_as_exact_as_promised() {
    let group = GroupSum { count: 1000, sum: 4000 };
    let sums = BoundedSums::of_rows(1, 5, &vec![group; GROUPS]).expect("clipped");
    let noisy = sums.release(laplace("1"), &mut Purse::of(1)).expect("paid");
    let mean = |group| noisy.mean(group, None, Clipping::None).expect("enough").base.value;
    let error = (0..GROUPS).map(|group| (mean(group) - 4.0).abs()).sum::<f64>() / GROUPS as f64;
    assert!(error <= 0.0036 && error > 0.0028, "{error} (reference 0.0033)");
}

#[test]
fn grouped_mean_of_a_million_rows_beats_the_peers() {
    let groups = SEGMENTS.map(|(count, sum)| GroupSum { count, sum });
    let sums = BoundedSums::of_rows(0, 50_000, &groups).expect("clipped");
    let mut purse = Purse::of(200);
    let mut error = 0.0;
    for _ in 0..200 {
        let noisy = sums.release(laplace("1"), &mut purse).expect("paid");
        for (group, (count, sum)) in SEGMENTS.iter().enumerate() {
            let mean = noisy.mean(group, None, Clipping::Unbounded).expect("enough").base.value;
            error += (mean - *sum as f64 / *count as f64).abs() / 100.0 / 4000.0;
        }
    }
    assert!(error <= 0.0145 && error > 0.0115, "{error} (reference 0.0130, sum and count apart 0.0307)");
}

/// Coverage of the population's rate in 40,000 samples with noise.
fn coverage(n: u64, p: f64, seed: u64, interval: impl Fn(f64, f64) -> Interval) -> f64 {
    let (noise, mut random) = (noise(laplace("1")), ChaCha8Rng::seed_from_u64(seed));
    let people = Binomial::new(n, p).expect("a probability");
    let hits = (0..40_000).filter(|_| {
        let hit = people.sample(&mut random) as f64;
        let (x, y) = (hit + draw(&noise, &mut random), n as f64 - hit + draw(&noise, &mut random));
        let got = interval(x, y);
        got.low <= p && p <= got.high
    });
    hits.count() as f64 / 40_000.0
}

/// The lowest and highest coverage over n = 30 to 1,000 and p = 2 to 60 %.
fn coverage_range(interval: impl Fn(f64, f64) -> Interval) -> (f64, f64) {
    let mut range = (1.0f64, 0.0f64);
    for (seed, n) in [30, 50, 100, 300, 1000].into_iter().enumerate() {
        for p in [0.02, 0.08, 0.35, 0.6] {
            let got = coverage(n, p, seed as u64, &interval);
            range = (range.0.min(got), range.1.max(got));
        }
    }
    range
}

#[test]
fn rate_intervals_cover_and_the_usual_ones_do_not() {
    let v = noise(laplace("1")).variance();
    assert!((v - 1.8413).abs() < 1e-3);
    let (low, high) = coverage_range(|x, y| agresti_coull(x, y, v, v));
    assert!(low >= 0.945 && high <= 0.975, "{low} to {high} (reference 0.949 to 0.973)");
    let (sampling_only, _) = coverage_range(|x, y| agresti_coull(x, y, 0.0, 0.0));
    assert!(sampling_only < 0.945, "an interval without noise covers {sampling_only} at worst");
    let delta = |x: f64, y: f64| {
        let rows = (x + y).max(1.0);
        let p = (x / rows).clamp(0.0, 1.0);
        let half = 1.96 * ((p * p + (1.0 - p) * (1.0 - p)) * v / (rows * rows) + p * (1.0 - p) / rows).sqrt();
        Interval { value: p, low: p - half, high: p + half }
    };
    let (low, high) = coverage_range(delta);
    assert!(low < 0.90 && high > 0.99, "the delta method covers {low} to {high} (reference 0.897 to 0.996)");
}

/// A sample of `n` rows over answers with these shares.
fn sample(n: u64, shares: &[f64], random: &mut ChaCha8Rng) -> Vec<f64> {
    let (mut left, mut mass) = (n, 1.0);
    let draw = shares.iter().map(|share| {
        let probability = if mass > *share { share / mass } else { 1.0 };
        let count = Binomial::new(left, probability).expect("a probability").sample(random);
        (left, mass) = (left - count, mass - share);
        count as f64
    });
    draw.collect()
}

fn score_coverage(n: u64, shares: &[f64], weights: &[f64], noisy: f64) -> f64 {
    let (noise, mut random) = (noise(laplace("1")), ChaCha8Rng::seed_from_u64(n));
    let truth: f64 = shares.iter().zip(weights).map(|(share, weight)| share * weight).sum();
    let range = (weights.iter().copied().fold(f64::MAX, f64::min), weights.iter().copied().fold(f64::MIN, f64::max));
    let hits = (0..10_000).filter(|_| {
        let mut raw = sample(n, shares, &mut random);
        raw.iter_mut().for_each(|count| *count += draw(&noise, &mut random));
        let got = score_interval(&raw, weights, noisy * noise.variance(), range);
        got.low <= truth && truth <= got.high
    });
    hits.count() as f64 / 10_000.0
}

#[test]
fn score_intervals_cover_from_thirty_rows_on() {
    let nps = [100.0, 0.0, -100.0];
    let scale = [1.0, 2.0, 3.0, 4.0, 5.0];
    let mut range = (1.0f64, 0.0f64);
    for n in [30, 50, 100, 300, 1000] {
        for shares in [[0.5, 0.3, 0.2], [0.8, 0.15, 0.05], [0.1, 0.2, 0.7], [0.95, 0.04, 0.01], [0.3, 0.4, 0.3]] {
            let got = score_coverage(n, &shares, &nps, 1.0);
            range = (range.0.min(got), range.1.max(got));
        }
        for shares in [[0.03, 0.05, 0.12, 0.4, 0.4], [0.02, 0.02, 0.06, 0.2, 0.7]] {
            let got = score_coverage(n, &shares, &scale, 1.0);
            range = (range.0.min(got), range.1.max(got));
        }
    }
    assert!(range.0 >= 0.94 && range.1 <= 0.975, "{range:?}");
    let without_noise = score_coverage(30, &[0.3, 0.4, 0.3], &nps, 0.0);
    assert!(without_noise < 0.93, "an interval without noise covers {without_noise}");
}

#[test]
fn intervals_for_this_customer_base_hold_the_noise() {
    for mechanism in [laplace("1"), laplace("1/100"), gaussian("1/200")] {
        let (noise, mut random) = (noise(mechanism), ChaCha8Rng::seed_from_u64(11));
        for p in [0.02, 0.35, 0.6] {
            let weights = [1.0 - p, -p];
            let half = half_width(&noise, &weights);
            let off = |random: &mut ChaCha8Rng| weights.iter().map(|w| w * draw(&noise, random)).sum::<f64>().abs();
            let within = (0..40_000).filter(|_| off(&mut random) <= half).count() as f64 / 40_000.0;
            assert!((0.945..=0.985).contains(&within), "{mechanism:?}, {p}: {within}");
        }
    }
}

#[test]
fn mean_intervals_cover_and_clipping_moves_one_end_only() {
    // Values at both ends of the range: the widest spread there is.
    let bounds = Bounds::once().within(0, 500);
    let noise = Noise::new(laplace("1"), bounds.sensitivity(500)).expect("calibrated");
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let people = Binomial::new(200, 0.3).expect("a probability");
    let hits = (0..2_000).filter(|_| {
        let high = people.sample(&mut random) as f64;
        let raw = [500.0 * high, 500.0 * (200.0 - high)].map(|sum| (sum + draw(&noise, &mut random)) as i64);
        let noisy = NoisySums::new(Unit::Customer, bounds, raw.to_vec(), noise.clone());
        let got = noisy.mean(0, None, Clipping::None).expect("enough").population;
        got.low <= 150.0 && 150.0 <= got.high
    });
    let covered = hits.count() as f64 / 2_000.0;
    assert!((0.93..=0.975).contains(&covered), "{covered}");

    let noisy = NoisySums::new(Unit::Customer, bounds, vec![80_000, 420_000], noise);
    let mean = |clipping| noisy.mean(0, Some(90.0), clipping).expect("enough");
    let (plain, open) = (mean(Clipping::None), mean(Clipping::Unbounded));
    assert!(!plain.at_least && open.at_least);
    let capped = mean(Clipping::Capped { cap: 2_500, share: 0.01 });
    assert!((capped.population.high - plain.population.high - 20.0).abs() < 1e-9);
    assert_eq!(capped.population.low, plain.population.low);
    assert_eq!((plain.base.value, plain.n), (80.0, 1000.0));
    let unknown = mean(Clipping::Capped { cap: 2_500, share: f64::NAN });
    assert!((unknown.population.high - plain.population.high - 2_000.0).abs() < 1e-9, "no share known means all");
    let spread = noisy.mean(0, None, Clipping::None).expect("enough");
    assert!(spread.population.low < plain.population.low, "without a deviation the interval is wider");
}

#[test]
fn estimates_use_the_noise_that_a_group_carries() {
    let counts = BoundedCounts::of_rows(2, 3, vec![20, 30, 50, 40, 0, 60]).expect("one per answer");
    let noisy = counts.release(laplace("1/2"), &mut Purse::of(1)).expect("paid");
    let both = noisy.rolled_up(&[0, 0], 1).expect("complete");
    let v = noisy.noise().variance();
    for (release, v) in [(&noisy, v), (&both, 2.0 * v)] {
        let raw: Vec<f64> = release.raw(0).expect("a group").iter().map(|count| *count as f64).collect();
        let rate = release.rate(0, &[0, 2]).expect("enough").population;
        let want = agresti_coull(raw[0] + raw[2], raw[1], 2.0 * v, v);
        assert_eq!((rate.low, rate.high), (want.low, want.high));
        let score = release.score(0, &[100, 0, -100]).expect("enough").population;
        let want = score_interval(&raw, &[100.0, 0.0, -100.0], v, (-100.0, 100.0));
        assert_eq!((score.low, score.high), (want.low, want.high));
        let count = release.count(0).expect("a group");
        assert!((count.high - count.low) > 2.0 * (3.0 * v).sqrt(), "{count:?}");
    }
}

#[test]
fn too_few_are_withheld_in_plain_words() {
    let few = BoundedCounts::of_rows(1, 2, vec![4, 5]).expect("one per answer");
    let noisy = few.release(laplace("4"), &mut Purse::of(1)).expect("paid");
    assert!(noisy.rate(0, &[0]).is_ok(), "nine rows at epsilon 4 are 36");
    let noisy = few.release(laplace("1/10"), &mut Purse::of(1)).expect("paid");
    let _ = noisy.count(0).expect("a count is always shown with its noise");
    let planted = BoundedCounts::of_rows(1, 2, vec![0, 0]).expect("one per answer");
    let noisy = planted.release(laplace("3"), &mut Purse::of(1)).expect("paid");
    let withheld = noisy.rate(0, &[0]).expect_err("nobody");
    assert_eq!(withheld.to_string(), "too few rows (fewer than 7)");
    assert_eq!(noisy.rate(1, &[0]), Err(Withheld::NoSuchGroup));
    assert_eq!(noisy.rate(0, &[2]), Err(Withheld::NoSuchGroup));
    assert_eq!(noisy.score(0, &[1]), Err(Withheld::NoSuchGroup));
}

/// The table of an independent implementation for n = 1,000 at epsilon 1.
#[test]
fn forecasts_agree_with_the_reference_before_anything_is_spent() {
    let expected = |epsilon, unit, bounds, n| Expected { unit, mechanism: laplace(epsilon), bounds, n, parts: 1 };
    let once = expected("1", Unit::Customer, Bounds::once(), 1000);
    let near = |got: f64, want: f64| assert!((got / want - 1.0).abs() < 0.08, "{got} against {want}");
    let churn = once.rate(0.08).expect("calibrated").expect("enough");
    near(100.0 * churn.error, 0.0805);
    near(100.0 * churn.population_width, 2.0 * 1.96 * 0.87);
    let nps = once.score(&[0.5, 0.3, 0.2], &[100, 0, -100]);
    near(nps.expect("calibrated").expect("enough").error, 0.149);
    let spend = Expected { bounds: Bounds::once().within(0, 50_000), ..once };
    let value = spend.mean(8048, None).expect("calibrated");
    near(value.expect("enough").error / 100.0, 0.428);
    near(once.count(1).expect("calibrated").error, 0.85);
    let few = expected("1/4", Unit::Member, Bounds::once(), 19).rate(0.5).expect("calibrated");
    assert_eq!(few.expect_err("19 at a quarter").to_string(), "too few members (fewer than 80)");
}

/// A total over groups has the noise of all of them; one released number has that of its distribution.
#[test]
fn forecasts_of_totals_count_every_groups_noise() {
    let one = Expected { unit: Unit::Customer, mechanism: laplace("1"), bounds: Bounds::once(), n: 4000, parts: 1 };
    let sixteen = Expected { parts: 16, ..one };
    let hundred = Expected { parts: 100, ..one };
    let error = |e: &Expected| e.rate(0.3).expect("calibrated").expect("enough").error;
    let mean = |e: &Expected| {
        let e = Expected { bounds: Bounds::once().within(0, 100), ..*e };
        e.mean(30, None).expect("calibrated").expect("enough").error
    };
    for of in [error, mean] {
        assert!((of(&sixteen) / of(&one) - 4.4).abs() < 0.6, "{} {}", of(&sixteen), of(&one));
        assert!((of(&hundred) / of(&sixteen) - 2.5).abs() < 0.2);
    }
    let exact = |mechanism| Expected { mechanism, ..one }.error_of_a_number(1).expect("calibrated");
    assert!((exact(laplace("1")) - 0.850_9).abs() < 1e-3);
    // Sigma 5: the discrete law, written out.
    let law = |k: i32| (-f64::from(k * k) / 50.0).exp();
    let (sum, all) = (-60_i32..=60).fold((0.0, 0.0), |(sum, all), k| (sum + f64::from(k.abs()) * law(k), all + law(k)));
    assert!((exact(gaussian("1/50")) - sum / all).abs() < 1e-3, "{}", exact(gaussian("1/50")));
}
