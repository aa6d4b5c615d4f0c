//! The formulas of the reference computation, redone here: identities of the law and of the rejection step.

use super::*;
use dashu::integer::IBig;

/// `NB(shape, a)` from its definition `Gamma(k+r) / (k! Gamma(r)) (1-a)^r a^k`.
fn negative_binomial(shape: f64, width: f64, terms: usize) -> Vec<f64> {
    let a = (-1.0 / width).exp();
    let mut law = vec![(1.0 - a).powf(shape)];
    for k in 1..terms {
        law.push(law[k - 1] * a * (k as f64 - 1.0 + shape) / k as f64);
    }
    law
}

fn to_f64(value: &RBig) -> f64 {
    value.to_f64().value()
}

#[test]
fn coins_are_the_exact_fractions() {
    let fraction = |n: u64, d: u64| RBig::from_parts(IBig::from(n), UBig::from(d));
    assert_eq!([coin(1, 3), coin(2, 3), coin(3, 3)], [fraction(1, 3), fraction(4, 6), fraction(7, 9)]);
    assert_eq!([coin(1, 1), coin(9, 1)], [RBig::ONE, RBig::ONE]);
    assert_eq!(coin(u64::MAX, u32::MAX).clone().max(RBig::ONE), RBig::ONE);
}

/// Proposal times acceptance is `NB(1/h, a)` up to the constant `(1-a)^(1-1/h)`, the probability of acceptance.
#[test]
fn rejection_gives_the_polya_law() {
    for (honest, width) in [(1u32, 2.0f64), (3, 1.0), (20, 2.0), (500, 1.0)] {
        let a = (-1.0 / width).exp();
        let mut accepted = RBig::ONE;
        let mut joint = Vec::new();
        for k in 0..150u64 {
            if k > 0 {
                accepted *= coin(k, honest);
            }
            joint.push((1.0 - a) * a.powi(k as i32) * to_f64(&accepted));
        }
        let total: f64 = joint.iter().sum();
        let expected = (1.0 - a).powf(1.0 - 1.0 / f64::from(honest));
        assert!((total - expected).abs() < 1e-12, "h {honest}, scale {width}: {total} against {expected}");
        for (p, q) in joint.iter().zip(negative_binomial(1.0 / f64::from(honest), width, 150)) {
            assert!((p / total - q).abs() < 1e-12, "h {honest}, scale {width}");
        }
    }
}

/// Exact epsilon for a change of `change` steps when shapes summing to `fraction` of the needed one are present.
fn epsilon_left(fraction: f64, width: f64, change: usize) -> f64 {
    let law = negative_binomial(fraction, width, (60.0 * width) as usize + 200);
    let at = |k: i64| {
        let d = k.unsigned_abs() as usize;
        law.iter().zip(&law[d..]).map(|(x, y)| x * y).sum::<f64>()
    };
    let middle = (10.0 * width) as i64 + 5 * change as i64;
    (-middle..middle).map(|k| (at(k) / at(k + change as i64)).ln()).fold(0.0, f64::max)
}

/// What missing and surplus shares do to epsilon 1: the reference's known answers.
#[test]
fn missing_shares_cost_what_the_reference_says() {
    let one = [(1.0, 1.0), (1.25, 0.984), (2.0, 0.937), (0.9, 1.099), (0.8, 1.212), (0.67, 1.385), (0.5, 1.675)];
    let five = [(1.0, 1.0), (1.67, 0.958), (0.9, 1.158), (0.67, 1.652), (0.5, 2.174)];
    let cases = one.map(|(f, e)| (f, 1.0, 1, e)).into_iter().chain(five.map(|(f, e)| (f, 5.0, 5, e)));
    for (fraction, width, change, known) in cases {
        let epsilon = epsilon_left(fraction, width, change);
        assert!((epsilon - known).abs() < 0.0011, "{fraction} at scale {width}: {epsilon:.4} against {known}");
    }
}
