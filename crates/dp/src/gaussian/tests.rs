//! Exact small cases: laws of sums by enumeration, divergences from the laws, no asymptotics.
//!
//! Known answers are those printed by an independent implementation.

use super::*;
use proptest::prelude::*;

fn rational(text: &str) -> Rational {
    text.parse().expect("a rational")
}

fn plan(rho: &str, sensitivity: u64, honest: u32) -> GaussianPlan {
    GaussianPlan::new(rational(rho), sensitivity, honest).expect("samplable")
}

/// The law of `N_Z(0, variance)` on `-reach ..= reach`.
fn law(variance: f64, reach: usize) -> Vec<f64> {
    let weight = |i: usize| (-(i as f64 - reach as f64).powi(2) / (2.0 * variance)).exp();
    let weights: Vec<f64> = (0..=2 * reach).map(weight).collect();
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|w| w / total).collect()
}

/// The law of the sum of two variables, each centred.
fn sum(left: &[f64], right: &[f64]) -> Vec<f64> {
    let mut law = vec![0.0; left.len() + right.len() - 1];
    for (i, p) in left.iter().enumerate() {
        law[i..].iter_mut().zip(right).for_each(|(cell, q)| *cell += p * q);
    }
    law
}

fn sum_of(share: &[f64], shares: u32) -> Vec<f64> {
    (1..shares).fold(share.to_vec(), |law, _| sum(&law, share))
}

/// `D_alpha(P || P + shift) / alpha`, which zCDP bounds by rho; cells that are zero in either law are beyond doubt.
fn concentrated(law: &[f64], shift: usize, alpha: f64) -> f64 {
    let terms = law.iter().skip(shift).zip(law).filter(|(p, q)| **p > 0.0 && **q > 0.0);
    let total: f64 = terms.map(|(p, q)| (alpha * p.ln() + (1.0 - alpha) * q.ln()).exp()).sum();
    total.ln() / (alpha - 1.0) / alpha
}

fn worst(law: &[f64], shift: usize) -> f64 {
    let alphas = [1.01, 1.1, 1.5, 2.0, 3.0, 5.0, 8.0, 16.0];
    alphas.into_iter().map(|alpha| concentrated(law, shift, alpha)).fold(f64::MIN, f64::max)
}

/// Hockey-stick divergence: delta at this epsilon.
fn delta(law: &[f64], shift: usize, epsilon: f64) -> f64 {
    let moved = |i: usize| i.checked_sub(shift).and_then(|i| law.get(i)).copied().unwrap_or(0.0);
    (0..law.len()).map(|i| (law[i] - epsilon.exp() * moved(i)).max(0.0)).sum()
}

fn variance(plan: &GaussianPlan) -> f64 {
    (plan.deviation_parts() as f64 / PARTS as f64).powi(2)
}

/// The theorem's tau, in floating point.
fn exact_tau(variance: f64, honest: u32) -> f64 {
    let term = |k: u32| (-2.0 * std::f64::consts::PI.powi(2) * variance * f64::from(k) / f64::from(k + 1)).exp();
    10.0 * (1..honest).map(term).sum::<f64>()
}

#[test]
fn tau_agrees_with_the_oracle_and_its_rational_lies_above() {
    for (variance, known) in [(0.25, 1.6606), (0.5, 0.095_624), (1.0, 5.4161e-4), (2.0, 2.67916e-8), (4.0, 7.15718e-17)]
    {
        assert!((exact_tau(variance, 5) / known - 1.0).abs() < 1e-4, "share variance {variance}");
    }
    for honest in [1, 2, 3, 5, 20, 127] {
        let above = tau(honest).to_f64().expect("finite");
        let below = exact_tau(2.0, honest);
        assert!(above >= below && above <= below * 1.25, "h {honest}: {above:e} against {below:e}");
    }
}

/// Oracle: a sum of shares differs from one discrete Gaussian by at most this log ratio within 4 deviations.
#[test]
fn sums_of_shares_are_as_close_to_one_gaussian_as_the_oracle_says() {
    let apart = |honest: u32, variance: f64| {
        let whole = (f64::from(honest) * variance).sqrt();
        let share = law(variance, (12.0 * whole) as usize + 10);
        let all = sum_of(&share, honest);
        let centre = all.len() / 2;
        let single = law(f64::from(honest) * variance, centre);
        let reach = (4.0 * whole) as usize;
        let ratio = |i: usize| (all[i] / single[i]).ln().abs();
        (centre - reach..=centre + reach).map(ratio).fold(0.0, f64::max)
    };
    assert!((apart(5, 0.5) - 3.49e-3).abs() < 1e-5);
    assert!(apart(20, 2.0) < 1e-13);
}

/// Oracle: variances at which one discrete Gaussian is (1, 1e-6)-private.
#[test]
fn known_variances_reach_delta() {
    for (shift, known) in [(1usize, 17.900), (4, 17.853), (16, 17.848)] {
        let variance = known * (shift * shift) as f64;
        let found = delta(&law(variance, 14 * variance.sqrt() as usize + 40 + shift), shift, 1.0);
        assert!((found / 1e-6 - 1.0).abs() < 2e-3, "shift {shift}: {found:e}");
    }
}

/// Must hold: whatever the `f_p` bad trustees know or leave out, the other shares keep the stated zCDP. One share
/// fewer does not, so a round that opened it would break its word.
#[test]
fn honest_shares_keep_the_stated_loss_and_one_fewer_does_not() {
    for (rho, sensitivity, honest) in [("0.02", 1, 2), ("0.02", 1, 3), ("0.05", 3, 3), ("0.005", 2, 5), ("1/8", 7, 4)] {
        let plan = plan(rho, sensitivity, honest);
        let stated = rational(rho).to_f64();
        let share = law(variance(&plan), (30.0 * variance(&plan).sqrt()) as usize);
        let shift = usize::try_from(sensitivity).expect("small");
        let enough = worst(&sum_of(&share, honest), shift);
        assert!(enough <= stated * (1.0 + 1e-9), "{rho}, {honest} shares: {enough}");
        assert!(enough > stated * 0.9, "{rho}, {honest} shares: {enough} is far more noise than needed");
        let more = worst(&sum_of(&share, honest + 1), shift);
        assert!(more < enough, "{rho}: a further share only adds noise");
        let fewer = worst(&sum_of(&share, honest - 1), shift);
        assert!(fewer > stated * 1.1, "{rho}: {} shares would pass at {fewer}", honest - 1);
    }
}

/// The narrowest shares, where a sum is least like a Gaussian: the loss is dominated by neither term.
#[test]
fn narrow_shares_are_widened_until_tau_is_negligible() {
    let plan = plan("2", 1, 3);
    assert_eq!(plan.deviation_parts(), NARROWEST);
    let share = law(variance(&plan), 60);
    assert!(worst(&sum_of(&share, 3), 1) <= plan.rho(1).to_f64().expect("finite"));
    // Without the floor: s^2 = 1/12 would cost 40 times what the first term alone says.
    let bare = worst(&sum_of(&law(1.0 / 12.0, 12), 3), 1);
    assert!(bare > 2.0 * 1.5, "{bare}");
}

/// Cutting shares costs less than the delta that is charged for it.
#[test]
fn bounded_shares_cost_less_than_the_charged_delta() {
    let plan = plan("0.02", 1, 2);
    let spread = variance(&plan);
    let wide = usize::try_from(plan.bound()).expect("small") * 2;
    let share = law(spread, wide);
    let cut: f64 =
        share.iter().enumerate().filter(|(i, _)| i.abs_diff(wide) as u64 > plan.bound()).map(|(_, p)| p).sum();
    let epsilon = MOST_EPSILON as f64;
    let charged = 2f64.powi(-(DELTA_BITS as i32));
    assert!((1.0 + epsilon.exp()) * f64::from(MOST_HONEST) * cut < charged, "{cut:e}");
    // And as a whole: the hockey-stick of the bounded law exceeds that of the unbounded one by no more.
    let bounded: Vec<f64> = law(spread, usize::try_from(plan.bound()).expect("small"));
    let (bounded, unbounded) = (sum_of(&bounded, 2), sum_of(&share, 2));
    for epsilon in [0.25, 0.5, 1.0] {
        assert!(delta(&bounded, 1, epsilon) <= delta(&unbounded, 1, epsilon) + charged);
    }
    // A bound of 3 deviations would not do.
    let short = sum_of(&law(spread, (3.0 * spread.sqrt()) as usize), 2);
    assert!(delta(&short, 1, 1.0) > delta(&unbounded, 1, 1.0) + charged);
}

/// One draw in `1e-10` at most is a false alarm: Chernoff bounds on the share of draws in either half and the tails.
#[test]
fn drawn_shares_follow_the_law() {
    let plan = plan("0.02", 1, 3);
    let (draws, reach) = (20_000u32, 60usize);
    let law = law(variance(&plan), reach);
    let drawn: Vec<i64> = (0..draws).map(|_| plan.sample_share().expect("randomness")).collect();
    for threshold in [-6i64, -3, 0, 1, 4, 7] {
        let expected: f64 =
            law.iter().enumerate().filter(|(i, _)| *i as i64 - reach as i64 >= threshold).map(|(_, p)| p).sum();
        let found = drawn.iter().filter(|share| **share >= threshold).count() as f64 / f64::from(draws);
        // Hoeffding: P(|found - expected| > t) <= 2 exp(-2 n t^2) = 1e-11.
        let slack = ((2.0f64 / 1e-11).ln() / (2.0 * f64::from(draws))).sqrt();
        assert!((found - expected).abs() < slack, "at least {threshold}: {found} against {expected}");
    }
    // Shares of a deviation a tenth narrower would be noticed: the test has the power to fail.
    let narrow = super::tests::law(variance(&plan) * 0.5, reach);
    let tail = |law: &[f64]| law.iter().enumerate().filter(|(i, _)| *i >= reach + 4).map(|(_, p)| p).sum::<f64>();
    assert!(tail(&law) - tail(&narrow) > 0.03);
}

#[test]
fn refuses_what_no_share_can_carry() {
    let new = |rho: &str, sensitivity, honest| GaussianPlan::new(rational(rho), sensitivity, honest);
    assert!(matches!(new("0", 1, 3), Err(Error::RhoTooSmall { .. })));
    assert_eq!(new("1", 0, 3), Err(Error::SensitivityZero));
    assert_eq!(new("1", 1, 0), Err(Error::NoHonestShare));
    // Below what tau alone costs: no width helps.
    assert!(matches!(new("1/1000000000", 1, 3), Err(Error::RhoTooSmall { .. })));
    assert!(matches!(new("1/100", 1 << 50, 3), Err(Error::RhoTooSmall { .. })));
    assert!(matches!(new("1/100", 1, 128), Err(Error::RhoTooSmall { .. })));
    // With one honest share there is no sum, hence no tau.
    assert!(new("1/1000000000", 1, 1).is_ok());
}

proptest! {
    /// The exact loss never exceeds what was asked for, and one part less of width would exceed it.
    #[test]
    fn the_width_is_the_least_that_keeps_rho(num in 1u64..2000, den in 1u64..100_000, sensitivity in 1u64..1_000_000_000, honest in 1u32..20) {
        let rho = Rational::new(num, den).expect("non-zero");
        if let Ok(plan) = GaussianPlan::new(rho, sensitivity, honest) {
            let asked = Ratio::new(BigUint::from(rho.numerator()), BigUint::from(rho.denominator()));
            prop_assert!(plan.rho(sensitivity) <= asked);
            prop_assert!(plan.bound() >= 12 * plan.deviation_parts() / PARTS);
            if plan.deviation_parts() > NARROWEST {
                let narrower = GaussianPlan { parts: plan.parts - 1, ..plan };
                prop_assert!(narrower.rho(sensitivity) > asked);
            }
        }
    }

    /// No parameters make it panic, and shares stay within the bound.
    #[test]
    fn any_parameters_give_a_plan_or_an_error(num: u64, den in 1u64.., sensitivity: u64, honest: u32) {
        let rho = Rational::new(num, den).expect("non-zero denominator");
        if let Ok(plan) = GaussianPlan::new(rho, sensitivity, honest) {
            let share = plan.sample_share().expect("randomness");
            prop_assert!(share.unsigned_abs() <= plan.bound() && plan.bound() <= 1 << BOUND_BITS);
        }
    }
}
