//! Whether the time a draw takes betrays the noise.
//!
//! Source: Jin, McMurtry, Rubinstein and Ohrimenko (2022): exact samplers run longer for larger noise. This
//! is reported, never judged: clocks of a shared machine are too coarse for a verdict. The remedy is to draw
//! before anything is sent and while nobody waits, as trustees do.

use super::{Side, Subject};
use crate::Error;
use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use std::time::Instant;

/// The correlation, from -1 to 1, of the time a run takes with how far its first figure lies from the mean.
///
/// Runs one after the other on one thread. The slowest run in a hundred is left out: those were interrupted.
///
/// # Errors
/// If the random number generator fails, or with fewer than 100 runs.
pub fn latency_correlation(subject: &Subject, runs: usize) -> Result<f64, Error> {
    if runs < 100 {
        return Err(Error::TooFewRuns { runs, fewest: 100 });
    }
    let mut random = ChaCha12Rng::seed_from_u64(0);
    let mut timed = Vec::with_capacity(runs);
    let mut figures = Vec::new();
    for _ in 0..runs {
        figures.clear();
        let begin = Instant::now();
        subject.run(Side::First, &mut random, &mut figures)?;
        let took = begin.elapsed().as_nanos() as f64;
        timed.push((took, figures.first().copied().unwrap_or_default()));
    }
    timed.sort_by(|x, y| x.0.total_cmp(&y.0));
    timed.truncate(runs - runs / 100);
    let mean = timed.iter().map(|(_, figure)| figure).sum::<f64>() / timed.len() as f64;
    let pairs: Vec<(f64, f64)> = timed.iter().map(|(took, figure)| (*took, (figure - mean).abs())).collect();
    Ok(correlation(&pairs))
}

/// Pearson's coefficient; 0 where either side is constant.
pub(super) fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let count = pairs.len() as f64;
    let (x, y) = (pairs.iter().map(|p| p.0).sum::<f64>() / count, pairs.iter().map(|p| p.1).sum::<f64>() / count);
    let of = |f: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(f).sum::<f64>();
    let (xx, yy) = (of(&|p| (p.0 - x).powi(2)), of(&|p| (p.1 - y).powi(2)));
    if xx <= 0.0 || yy <= 0.0 {
        return 0.0;
    }
    of(&|p| (p.0 - x) * (p.1 - y)) / (xx * yy).sqrt()
}
