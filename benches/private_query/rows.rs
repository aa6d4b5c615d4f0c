//! The rows: one per customer, 20 segments with weights `rank^-0.8`, an amount that is lognormal(4, 0.9), in cents.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, LogNormal};

/// Segments `S00` to `S19`, public.
pub(crate) const SEGMENTS: usize = 20;
/// Amounts are clipped to 500.00.
pub(crate) const HIGH: i64 = 50_000;

/// How many rows.
pub(crate) fn count() -> usize {
    std::env::var("GUILDHALL_ROWS").ok().and_then(|text| text.parse().ok()).unwrap_or(10_000_000)
}

/// A segment's label.
pub(crate) fn label(segment: usize) -> String {
    format!("S{segment:02}")
}

/// The rows, always the same.
pub(crate) fn rows() -> impl Iterator<Item = (usize, i64)> {
    let weights: Vec<f64> = (1..=SEGMENTS).map(|rank| (rank as f64).powf(-0.8)).collect();
    let total: f64 = weights.iter().sum();
    let ends: Vec<f64> = weights
        .iter()
        .scan(0.0, |sum, weight| {
            *sum += weight / total;
            Some(*sum)
        })
        .collect();
    let amounts = LogNormal::new(4.0, 0.9).expect("a distribution");
    let mut rng = ChaCha8Rng::seed_from_u64(42);
    (0..count()).map(move |_| {
        let place: f64 = rng.random();
        let segment = ends.iter().position(|end| place < *end).unwrap_or(SEGMENTS - 1);
        (segment, (amounts.sample(&mut rng) * 100.0_f64).round() as i64)
    })
}
