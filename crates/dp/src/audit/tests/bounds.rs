//! Clopper-Pearson limits against SciPy's beta quantiles; outputs that cannot be audited.

use super::super::bound::{lower, upper};
use super::*;
use crate::Error;
use proptest::prelude::*;

/// `scipy.stats.beta.ppf(error, hits, trials - hits + 1)`, SciPy 1.x.
#[test]
fn lower_limits_are_those_of_scipy() {
    for (hits, trials, error, known) in [
        (1, 50_000, 5e-4, 1.000250078362095e-08),
        (100, 50_000, 5e-4, 1.407008055165141e-03),
        (100, 50_000, 5e-9, 1.057488905723594e-03),
        (5_000, 50_000, 5e-4, 9.563593814808906e-02),
        (13_000, 50_000, 5e-9, 2.488568738330164e-01),
        (25_000, 50_000, 5e-4, 4.926325951617139e-01),
        (250_000, 500_000, 5e-9, 4.959468313659846e-01),
        (2_000, 500_000, 5e-4, 3.712752912459644e-03),
        (5_000_000, 10_000_000, 5e-4, 4.99479672195219e-01),
    ] {
        let found = lower(hits, trials, error);
        assert!((found / known - 1.0).abs() < 1e-9, "{hits} of {trials} at {error}: {found:e}, not {known:e}");
    }
}

/// `scipy.stats.beta.isf(error, hits + 1, trials - hits)`.
#[test]
fn upper_limits_are_those_of_scipy() {
    for (hits, trials, error, known) in [
        (0, 50_000, 5e-4, 1.520064950326893e-04),
        (0, 50_000, 5e-9, 3.822035001164584e-04),
        (3, 50_000, 5e-4, 2.786499948390934e-04),
        (100, 50_000, 5e-9, 3.389172342449551e-03),
        (25_000, 50_000, 5e-4, 5.073674048382861e-01),
        (250_000, 500_000, 5e-9, 5.040531686340154e-01),
    ] {
        let found = upper(hits, trials, error);
        assert!((found / known - 1.0).abs() < 1e-9, "{hits} of {trials} at {error}: {found:e}, not {known:e}");
    }
    assert_eq!((lower(0, 100, 1e-3), upper(100, 100, 1e-3)), (0.0, 1.0));
}

proptest! {
    #[test]
    fn limits_enclose_the_frequency(hits in 0u64..1000, further in 1u64..1000, once_in in 3u64..1_000_000_000) {
        let (trials, error) = (hits + further, 1.0 / once_in as f64);
        let frequency = hits as f64 / trials as f64;
        prop_assert!(lower(hits, trials, error) <= frequency && frequency <= upper(hits, trials, error));
        prop_assert!(lower(hits, trials, error / 10.0) <= lower(hits, trials, error));
    }
}

#[test]
fn outputs_that_cannot_be_audited_are_refused() {
    let ragged = Outputs::new(2, vec![1.0; 3]);
    assert_eq!(ragged, Err(Error::RaggedOutputs { figures: 3, width: 2 }));
    assert_eq!(Outputs::new(0, vec![]), Err(Error::RaggedOutputs { figures: 0, width: 0 }));
    let infinite = Outputs::new(2, vec![0.0, 1.0, 2.0, f64::INFINITY]);
    assert_eq!(infinite, Err(Error::OutputNotFinite { run: 2, figure: 2 }));
    assert!(Outputs::new(1, vec![f64::NAN]).is_err());
    let of = |width, runs| Outputs::new(width, vec![0.0; width * runs]).expect("finite");
    for (first, second) in [(of(1, 100), of(1, 101)), (of(1, 100), of(2, 100))] {
        let refused = distinguish(&first, &second, &pure("1"), None, 1000);
        assert!(matches!(refused, Err(Error::UnequalOutputs { .. })), "{refused:?}");
    }
    let few = distinguish(&of(1, 99), &of(1, 99), &pure("1"), None, 1000);
    assert_eq!(few, Err(Error::TooFewRuns { runs: 99, fewest: 100 }));
}

#[test]
fn equal_outputs_tell_nothing() {
    let same = Outputs::new(1, (0..1000).map(f64::from).collect()).expect("finite");
    let finding = distinguish(&same, &same, &pure("0"), None, 1000).expect("enough runs");
    assert_eq!((finding.epsilon, finding.event), (0.0, None));
    assert!(!finding.refutes(&pure("0")));
}

/// Two data sets that differ in the first half of the runs and agree in the second: the choice must not vouch for itself.
#[test]
fn the_bound_rests_on_runs_that_had_no_part_in_the_choice() {
    let halves = |first: f64, second: f64| Outputs::new(1, [[first; 500], [second; 500]].concat()).expect("finite");
    let finding = distinguish(&halves(0.0, 0.0), &halves(1.0, 0.0), &pure("0"), None, 1000).expect("enough runs");
    assert_eq!(finding.epsilon, 0.0, "{finding:?}");
    let finding = distinguish(&halves(0.0, 0.0), &halves(1.0, 1.0), &pure("0"), None, 1000).expect("enough runs");
    assert!(finding.epsilon > 3.0, "{finding:?}");
}

/// 50 of 500 runs give all away: within a delta of 1/10, although the event looked likelier when it was chosen.
#[test]
fn the_bound_takes_delta_off() {
    let leaks = |of_500: usize| (0..500).map(move |run| if run < of_500 { 1.0 } else { 0.0 });
    let first = Outputs::new(1, vec![0.0; 1000]).expect("finite");
    let second = Outputs::new(1, leaks(60).chain(leaks(50)).collect()).expect("finite");
    for (delta, refuted) in [("0.1", false), ("0.01", true)] {
        let claim = Claim { epsilon: Rational::ZERO, delta: rational(delta) };
        let finding = distinguish(&first, &second, &claim, None, 1000).expect("enough runs");
        assert_eq!(finding.refutes(&claim), refuted, "delta {delta}: {finding:?}");
    }
}
