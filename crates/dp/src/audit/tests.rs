//! The audit against its oracle, on every broken mechanism, and on every mechanism of this crate.

mod bounds;
mod broken;
mod laws;
mod oracle;
mod shipped;

use super::*;
use guildhall_kpi::Rational;

/// Runs on each side in the tests that are stated at `N = 10^5`.
const RUNS: usize = 100_000;

fn rational(text: &str) -> Rational {
    text.parse().expect("a rational")
}

fn pure(epsilon: &str) -> Claim {
    Claim { epsilon: rational(epsilon), delta: Rational::ZERO }
}

fn audited(subject: &Subject, runs: usize, seed: u64, once_in: u64) -> Finding {
    subject.audit(runs, seed, once_in, &|_| ()).expect("entropy")
}
