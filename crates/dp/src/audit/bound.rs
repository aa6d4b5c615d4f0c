//! Clopper-Pearson limits on a probability: exact for every number of trials, by quantiles of the beta law.
//!
//! The quantile is found by bisection of the regularised incomplete beta function down to neighbouring
//! floats, and the outer neighbour is returned; a test holds it against an independent implementation.

use statrs::function::beta::checked_beta_reg;

/// A limit below the probability of an event seen `hits` times in `trials`; too high with chance `error`.
pub(crate) fn lower(hits: u64, trials: u64, error: f64) -> f64 {
    let (mut below, mut above) = (0.0, hits as f64 / trials.max(1) as f64);
    if hits == 0 || hits > trials {
        return 0.0;
    }
    loop {
        let middle = 0.5 * (below + above);
        if middle <= below || middle >= above {
            return below;
        }
        if tail(hits, trials, middle) < error { below = middle } else { above = middle }
    }
}

/// A limit above the probability of an event seen `hits` times in `trials`; too low with chance `error`.
pub(crate) fn upper(hits: u64, trials: u64, error: f64) -> f64 {
    1.0 - lower(trials.saturating_sub(hits), trials, error)
}

/// The chance of at least `hits` hits if each has this probability; 1, which widens the bound, where the
/// arguments are outside the domain.
fn tail(hits: u64, trials: u64, probability: f64) -> f64 {
    checked_beta_reg(hits as f64, (trials - hits + 1) as f64, probability).unwrap_or(1.0)
}
