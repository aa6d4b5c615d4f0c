//! Known answers: the table that the oracle an independent implementation prints, seed 5, 99 %.

use super::*;
use crate::audit::distinguish::over;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use rand_distr::{Distribution, Gamma, Geometric, Poisson};

/// The oracle's confidence.
const ONCE_IN: u64 = 100;

fn laplace(scale: f64, random: &mut ChaCha12Rng) -> f64 {
    let law = Geometric::new(1.0 - (-1.0 / scale).exp()).expect("a probability");
    law.sample(random) as f64 - law.sample(random) as f64
}

fn polya(shape: f64, random: &mut ChaCha12Rng) -> f64 {
    let a = (-1.0f64).exp();
    let rate = Gamma::new(shape, a / (1.0 - a)).expect("a shape");
    let mut one = || Poisson::new(rate.sample(random)).map_or(0.0, |law| law.sample(random));
    one() - one()
}

fn outputs(runs: usize, seed: u64, mut run: impl FnMut(&mut ChaCha12Rng) -> f64) -> Outputs {
    let mut random = ChaCha12Rng::seed_from_u64(seed);
    Outputs::new(1, (0..runs).map(|_| run(&mut random)).collect()).expect("finite")
}

/// One line of the table: noise, how far the second data set lies from the first, true epsilon, and the
/// oracle's bound at 10^4 and 10^5 runs.
type Line = (&'static str, fn(&mut ChaCha12Rng) -> f64, f64, f64, [f64; 2]);

const TABLE: [Line; 7] = [
    ("correct", |r| laplace(1.0, r), 1.0, 1.0, [0.861, 0.973]),
    ("scale halved", |r| laplace(0.5, r), 1.0, 2.0, [1.860, 1.967]),
    ("scale 10 % low", |r| laplace(0.9, r), 1.0, 1.1112, [1.029, 1.083]),
    ("three rows", |r| laplace(1.0, r), 3.0, 3.0, [2.802, 2.880]),
    ("difference only", |r| laplace(1.0, r) - laplace(1.0, r), 2.0, 2.0, [1.398, 1.559]),
    ("two of three shares", |r| polya(2.0 / 3.0, r), 1.0, 1.385, [1.188, 1.292]),
    ("three of three", |r| polya(1.0, r), 1.0, 1.0, [0.913, 0.965]),
];

/// The bound never exceeds the true epsilon, and falls short of the oracle's by no more than sampling explains.
#[test]
fn bounds_agree_with_the_oracles_table() {
    for (name, noise, shift, truth, known) in TABLE {
        for ((runs, slack), known) in [(10_000, 0.06), (RUNS, 0.02)].into_iter().zip(known) {
            let first = outputs(runs, 1, noise);
            let second = outputs(runs, 2, |random| shift + noise(random));
            let found = distinguish(&first, &second, &pure("1"), None, ONCE_IN).expect("enough runs").epsilon;
            println!("{name} {runs}: {found:.3}, oracle {known}");
            assert!(found <= truth, "{name}, {runs} runs: {found} is above the true {truth}");
            assert!(found >= known - slack * truth, "{name}, {runs} runs: {found} is far below the oracle's {known}");
        }
    }
}

/// The same bound whichever data set is called the first.
#[test]
fn both_directions_are_looked_at() {
    let first = outputs(RUNS, 1, |random| laplace(1.0, random).abs());
    let second = outputs(RUNS, 2, |random| laplace(1.0, random).abs() + 1.0);
    for (first, second, side) in [(&first, &second, Side::First), (&second, &first, Side::Second)] {
        let finding = distinguish(first, second, &pure("1"), None, 1000).expect("enough runs");
        assert!(finding.refutes(&pure("1")) && finding.epsilon > 7.0, "{finding:?}");
        assert_eq!(finding.event.map(|event| event.favours), Some(side));
    }
}

/// With chance 1 % everything is revealed: a delta of 0.01 admits that, 0.001 and 0 do not.
#[test]
fn delta_is_taken_off() {
    let leaky = |count: f64| {
        move |random: &mut ChaCha12Rng| {
            if random.random_bool(0.01) { 1000.0 * count } else { count + laplace(1.0, random) }
        }
    };
    let (first, second) = (outputs(RUNS, 1, leaky(0.0)), outputs(RUNS, 2, leaky(1.0)));
    for (delta, refuted) in [("0.01", false), ("0.001", true), ("0", true)] {
        let claim = Claim { epsilon: rational("1"), delta: rational(delta) };
        let finding = distinguish(&first, &second, &claim, None, 1000).expect("enough runs");
        assert_eq!(finding.refutes(&claim), refuted, "delta {delta}: {finding:?}");
    }
}

/// Once in 20 audits a true claim may be refuted: in 1,000 audits that is at most 50 times. Seeded.
#[test]
fn false_alarms_are_no_more_than_stated() {
    let alarms = (0..1000u64).filter(|seed| {
        let first = outputs(600, 2 * seed, |random| laplace(1.0, random));
        let second = outputs(600, 2 * seed + 1, |random| 1.0 + laplace(1.0, random));
        distinguish(&first, &second, &pure("1"), None, 20).expect("enough runs").refutes(&pure("1"))
    });
    let alarms = alarms.count();
    println!("{alarms} of 1000");
    assert!(alarms <= 50, "{alarms} of 1000 audits refuted a true claim");
}

/// Noise used twice shows only in the difference of two figures.
#[test]
fn single_figures_do_not_show_noise_that_is_used_twice() {
    let subject = Flaw::NoiseReused.subject(rational("1")).expect("samplable");
    let [first, second] = Side::BOTH.map(|side| subject.outputs(side, RUNS, 1, &|_| ()).expect("drawn"));
    let with =
        |family: &[Statistic]| over(family, [&first, &second], subject.claim(), None, 1000).expect("enough runs");
    let singles = with(&[Statistic::Figure(0), Statistic::Figure(1), Statistic::Figure(2)]);
    assert!(!singles.refutes(subject.claim()), "{singles:?}");
    assert!(with(&[Statistic::Difference(0, 1)]).refutes(subject.claim()));
}

/// numpy's Laplace: 8,522 of 200,000 on the count 0 against none on the count 1, epsilon at least 7.4 at 99 %.
#[test]
fn last_bits_betray_computed_noise() {
    let subject = Flaw::FloatNoise.subject(rational("1")).expect("samplable");
    let [first, second] = Side::BOTH.map(|side| subject.outputs(side, 2 * RUNS, 1, &|_| ()).expect("drawn"));
    assert!(!first.are_integers());
    let fine = |outputs: &Outputs| {
        outputs.iter().filter(|run| 0.25 < run[0] && run[0] < 0.5 && (run[0] * 2f64.powi(53)).fract() != 0.0).count()
    };
    let (on_0, on_1) = (fine(&first), fine(&second));
    assert!((8_100..=8_900).contains(&on_0) && on_1 == 0, "{on_0} and {on_1}");
    let finding = granularity(&first, &second, subject.claim(), ONCE_IN).expect("enough runs");
    assert!(finding.epsilon > 6.5 && finding.others == 0, "{finding:?}");
    assert_eq!(finding.event.map(|event| event.favours), Some(Side::First));
}

/// Floats whose last bits were cut off are no longer told apart by them, nor are integers.
#[test]
fn rounded_noise_has_no_last_bits() {
    let subject = Flaw::FloatNoise.subject(rational("1")).expect("samplable");
    let rounded = Side::BOTH.map(|side| {
        let drawn = subject.outputs(side, RUNS, 1, &|_| ()).expect("drawn");
        let coarse = drawn.iter().map(|run| (run[0] * 1024.0).round() / 1024.0).collect();
        Outputs::new(1, coarse).expect("finite")
    });
    let [first, second] = &rounded;
    assert_eq!(granularity(first, second, &pure("1"), 1000).expect("enough runs").epsilon, 0.0);
    assert!(!distinguish(first, second, &pure("1"), None, 1000).expect("enough runs").refutes(&pure("1")));
}
