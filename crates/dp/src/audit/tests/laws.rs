//! Privacy by enumeration of probabilities, against section 4.1 of the note and against exact arithmetic.

use super::*;
use crate::{NoisePlan, NoiseScale};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

fn scale(sensitivity: u128, epsilon: &str) -> NoiseScale {
    NoiseScale::new(sensitivity, rational(epsilon)).expect("samplable")
}

fn close(found: f64, known: f64, within: f64, what: &str) {
    assert!((found - known).abs() <= within, "{what}: {found}, not {known}");
}

/// The map from a change of the data to epsilon is `change / scale`, for every change.
#[test]
fn discrete_laplace_costs_change_over_scale() {
    for (sensitivity, epsilon) in [(1u128, "1"), (5, "1"), (10, "3"), (7, "1/2")] {
        let scale = scale(sensitivity, epsilon);
        let law = Law::discrete_laplace(scale);
        for change in 1..=2 * sensitivity as u64 {
            let exact = change as f64 / scale.to_f64();
            close(law.epsilon(change), exact, 1e-9, &format!("scale {scale}, change {change}"));
            close(law.delta(exact, change), 0.0, 1e-13, "delta at that epsilon");
            assert!(law.delta(0.9 * exact, change) > 1e-3, "a smaller epsilon does not hold");
        }
    }
}

/// Missing shares, section 4.1 of the note: shape 0.9, 0.8, 2/3 and 0.5 of the full noise; 0.67 and 0.5 at scale 5.
#[test]
fn missing_shares_cost_what_the_oracle_says() {
    let unit = scale(1, "1");
    for (honest, shares, known) in [(10, 9, 1.10), (10, 8, 1.21), (3, 2, 1.385), (2, 1, 1.68), (3, 3, 1.0)] {
        close(Law::noise_shares(unit, honest, shares).epsilon(1), known, 0.006, &format!("{shares} of {honest}"));
    }
    let five = scale(5, "1");
    for (honest, shares, known) in [(100, 67, 1.65), (2, 1, 2.17)] {
        close(Law::noise_shares(five, honest, shares).epsilon(5), known, 0.006, &format!("{shares} of {honest}"));
    }
    assert!(Law::noise_shares(unit, 3, 5).epsilon(1) < 1.0, "further shares protect more");
    assert_eq!(NoisePlan::for_epsilon(rational("1"), 1, 3).map(|plan| plan.scale()), Ok(unit));
}

/// Exact: `h` shares that each follow `prod (1 + h (j-1)) / (h j) a^k` add up to `a^k` without a remainder,
/// for every `a`, so the ratio of neighbouring outputs is `a` exactly and epsilon is `change / scale`.
#[test]
fn shares_add_up_to_the_geometric_law_in_exact_arithmetic() {
    const LAST: usize = 40;
    for honest in [1u64, 2, 3, 5, 7] {
        let mut share = vec![BigRational::one()];
        for j in 1..=LAST as u64 {
            let coin = BigRational::new(BigInt::from(1 + honest * (j - 1)), BigInt::from(honest * j));
            share.push(share.last().expect("not empty") * coin);
        }
        let mut sum = vec![BigRational::one()];
        sum.resize(LAST + 1, BigRational::zero());
        for _ in 0..honest {
            sum = (0..=LAST).map(|k| (0..=k).map(|i| &sum[i] * &share[k - i]).sum()).collect();
        }
        assert!(sum.iter().all(BigRational::is_one), "{honest} shares");
    }
}

/// For discrete Gaussian noise `delta = P(X > e s^2 - 1/2) - e^epsilon P(X > e s^2 + 1/2)`
/// (Canonne, Kamath and Steinke, 2020, Theorem 7), and `rho = 1 / 2 s^2` bounds it.
#[test]
fn discrete_gaussian_delta_is_that_of_the_theorem() {
    for (sigma, epsilon) in [(4.0, 1.0), (2.5, 0.5), (1.0, 2.0)] {
        let law = Law::discrete_gaussian(sigma);
        let beyond = |x: f64| (-60..=60).filter(|k| f64::from(*k) > x).map(|k| law.probability(k.into())).sum::<f64>();
        let centre = epsilon * sigma * sigma;
        let known = beyond(centre - 0.5) - epsilon.exp() * beyond(centre + 0.5);
        close(law.delta(epsilon, 1), known, 1e-12, &format!("sigma {sigma}"));
        let rho = 0.5 / (sigma * sigma);
        assert!(law.delta(epsilon, 1) <= (-(epsilon - rho).powi(2) / (4.0 * rho)).exp());
    }
}

/// an independent implementation: a single unit's key passes 15 with chance at most `1e-6` at epsilon 1, 14 not.
#[test]
fn threshold_of_unknown_keys_is_the_least() {
    let law = Law::discrete_laplace(scale(1, "1"));
    let published = |threshold: i64| (threshold - 1..60).map(|noise| law.probability(noise)).sum::<f64>();
    assert!(published(15) <= 1e-6 && published(14) > 1e-6, "{} {}", published(15), published(14));
}

#[test]
fn probabilities_sum_to_one() {
    for law in [
        Law::discrete_laplace(scale(3, "1")),
        Law::discrete_gaussian(3.25),
        Law::noise_shares(scale(3, "1"), 3, 2),
        Law::noise_shares(scale(1, "2"), 5, 5),
    ] {
        close((-200..=200).map(|k| law.probability(k)).sum(), 1.0, 1e-12, "the sum");
        assert_eq!(law.probability(i64::MIN), 0.0);
        assert!(law.log_ratio(f64::MAX, i64::MIN, i64::MAX).is_finite());
    }
}
