//! The mechanisms of this crate pass 20 independent audits each.
//!
//! Their randomness comes from the operating system. Each audit refutes a sound mechanism at most once in
//! `ONCE_IN` times, so all audits of a test together cry wolf at most once in a million runs.

use super::*;

/// `20 * 10` audits at this rate: less than one false alarm in `10^6` runs of the test.
const ONCE_IN: u64 = 200_000_000;

/// Audits a mechanism 20 times and returns the worst bound.
fn passes(subject: &Subject, runs: usize) -> f64 {
    let audits = (0..20).map(|run| {
        let finding = audited(subject, runs, run, ONCE_IN);
        assert!(!finding.refutes(subject.claim()), "{} is refuted: {finding:?}", subject.name());
        finding.epsilon
    });
    audits.fold(0.0, f64::max)
}

/// At 100 to 5,000 runs a side, by what a run costs; see below for `10^5`.
#[test]
fn shipped_mechanisms_pass_20_audits() {
    for subject in shipped(rational("1")).expect("samplable") {
        let runs = match subject.name() {
            "laplace" => 5_000,
            "median" | "gaussian-median" => 100,
            _ => 400,
        };
        passes(&subject, runs);
    }
}

/// Prints the worst of each mechanism's 20 bounds; the table in docs/audit.md is made of it.
fn passes_in_full(name: &str) {
    let subjects = shipped(rational("1")).expect("samplable");
    let subject = subjects.iter().find(|subject| subject.name() == name).expect("it is shipped");
    let start = std::time::Instant::now();
    let worst = passes(subject, RUNS);
    println!("{name}: 20 audits of {RUNS} runs a side pass; worst bound {worst:.3}; {:.0?}", start.elapsed());
}

/// One test per mechanism, so that they can be run apart.
macro_rules! in_full {
    ($($test:ident $name:literal)*) => {$(
        #[test]
        #[ignore = "20 audits of 100,000 runs a side: minutes"]
        fn $test() {
            passes_in_full($name);
        }
    )*

        #[test]
        fn every_shipped_mechanism_is_audited_in_full() {
            let subjects = shipped(rational("1")).expect("samplable");
            assert_eq!(subjects.iter().map(Subject::name).collect::<Vec<_>>(), [$($name),*]);
        }
    };
}

in_full! {
    laplace_passes_20_audits_in_full "laplace"
    noise_shares_pass_20_audits_in_full "noise-shares"
    noise_blocks_pass_20_audits_in_full "noise-blocks"
    gaussian_shares_pass_20_audits_in_full "gaussian-shares"
    counts_pass_20_audits_in_full "counts"
    gaussian_counts_pass_20_audits_in_full "gaussian-counts"
    sums_pass_20_audits_in_full "sums"
    median_passes_20_audits_in_full "median"
    gaussian_median_passes_20_audits_in_full "gaussian-median"
    keys_pass_20_audits_in_full "keys"
}

/// The audit of a shipped mechanism is no formality: it comes near the claim, and refutes a smaller one.
///
/// How near is what the limits at `ONCE_IN` allow with so many runs; a Gaussian and a median fall short of it.
#[test]
fn audits_of_shipped_mechanisms_have_power() {
    for subject in shipped(rational("1")).expect("samplable") {
        let (runs, least) = match subject.name() {
            "laplace" => (20_000, 0.6),
            "noise-shares" => (5_000, 0.3),
            "noise-blocks" => (2_000, 0.0),
            "counts" | "sums" => (4_000, 0.05),
            "keys" => (4_000, 0.0),
            "median" | "gaussian-median" => (200, 0.0),
            _ => (2_000, 0.0),
        };
        let finding = audited(&subject, runs, 0, ONCE_IN);
        println!("{}: {:.3}", subject.name(), finding.epsilon);
        assert!(!finding.refutes(subject.claim()), "{} is refuted: {finding:?}", subject.name());
        assert!(finding.epsilon >= least, "the audit of {} sees little: {finding:?}", subject.name());
    }
}

/// A key that only one unit has is published with about the stated delta: without it the claim is refuted.
#[test]
fn the_delta_of_unknown_keys_is_needed() {
    let subjects = shipped(rational("1")).expect("samplable");
    let subject = subjects.iter().find(|subject| subject.name() == "keys").expect("it is shipped");
    let [first, second] = Side::BOTH.map(|side| subject.outputs(side, 40_000, 0, &|_| ()).expect("entropy"));
    let judged = |claim: &Claim, once_in| {
        distinguish(&first, &second, claim, None, once_in).expect("enough runs").refutes(claim)
    };
    assert!(judged(&pure("1"), 1000));
    assert!(!judged(subject.claim(), ONCE_IN));
}

/// The float attack has nothing to look at: every figure is an integer.
#[test]
fn shipped_mechanisms_print_integers() {
    for subject in shipped(rational("1")).expect("samplable") {
        for side in Side::BOTH {
            let outputs = subject.outputs(side, 500, 0, &|_| ()).expect("entropy");
            assert!(outputs.are_integers(), "{}", subject.name());
            assert_eq!((outputs.runs(), outputs.width()), (500, subject.width()), "{}", subject.name());
        }
    }
}

#[test]
fn shipped_mechanisms_follow_the_epsilon_asked_for() {
    for epsilon in ["1/10", "1/2", "3"] {
        for subject in shipped(rational(epsilon)).expect("samplable") {
            assert_eq!(subject.claim().epsilon, rational(epsilon), "{}", subject.name());
        }
    }
    assert!(shipped(Rational::ZERO).is_err());
}

#[test]
fn correlation_of_time_and_noise_is_that_of_pearson() {
    use super::super::latency::correlation;
    assert!((correlation(&[(1.0, 2.0), (2.0, 4.0), (3.0, 6.0)]) - 1.0).abs() < 1e-12);
    assert!((correlation(&[(1.0, 6.0), (2.0, 4.0), (3.0, 2.0)]) + 1.0).abs() < 1e-12);
    assert!((correlation(&[(1.0, 1.0), (2.0, 3.0), (3.0, 2.0)]) - 0.5).abs() < 1e-12);
    assert_eq!(correlation(&[(1.0, 1.0), (1.0, 2.0)]), 0.0);
    let subject = Flaw::OneSided.subject(rational("1")).expect("samplable");
    let found = latency_correlation(&subject, 2_000).expect("drawn");
    assert!((-1.0..=1.0).contains(&found), "{found}");
    assert!(latency_correlation(&subject, 99).is_err());
}
