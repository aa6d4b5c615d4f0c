//! What it costs that shares are bounded: a small delta per coordinate.
//!
//! # The bound and its proof
//! Let `e_1 .. e_h` be the honest shares, `S` their sum (discrete Laplace of scale `s = Delta/epsilon`),
//! `B` the bound and `E` the event that all `|e_i| <= B`. For a change of at most `Delta` steps,
//! conditioning on `E` turns `epsilon` into `(epsilon, delta)` with
//! `delta <= e^epsilon P(not E) / P(E)`. Shares are independent and symmetric, so Levy's inequality
//! (Ledoux and Talagrand, 1991, Proposition 2.3) gives `P(not E) <= 2 P(|S| > B) <= 2 e^(-B/s)`.
//! With `B = ceil(29 s) + Delta` this is `delta <= 2 e^-29 / (1 - 2 e^-29) < 2^-40`, for every
//! epsilon, scale and `h`. `B = ceil(29 s)` alone would do for epsilon up to about 2; at epsilon 3 and
//! `h = 1` it gives `2^-39.6`, which a test recomputes.
//!
//! Not here: the privacy of sums in which fewer than `h` shares are honest.

use crate::NoiseScale;

/// Bounding costs at most `2^-DELTA_BITS` per coordinate that one member touches.
pub const DELTA_BITS: u32 = 40;

/// Scales within the bound, before the sensitivity is added.
pub const BOUND_SCALES: u32 = 29;

/// The bound on a share: `ceil(29 scale) + sensitivity`; `None` if it does not fit 64 bits.
pub fn bound(scale: NoiseScale, sensitivity: u128) -> Option<u64> {
    u64::try_from(scale.ceil_times(BOUND_SCALES).checked_add(sensitivity)?).ok()
}

/// Recomputes the delta of one coordinate from the probabilities themselves: the mass by which the sum
/// of `honest` shares bounded by `bound` exceeds `e^epsilon` times itself moved by `shift` steps,
/// where `epsilon = shift / scale`.
///
/// For known answers and documents: time and memory grow with `(honest * bound)^2`.
pub fn delta_per_coordinate(scale: NoiseScale, shift: u64, honest: u32, bound: u64) -> f64 {
    let scale = scale.to_f64();
    let shift = usize::try_from(shift).unwrap_or(usize::MAX);
    let reach = (honest as usize).saturating_mul(usize::try_from(bound).unwrap_or(usize::MAX)).saturating_add(shift);
    let sums = BoundedSums::new(scale, honest, bound, reach);
    sums.excess((shift as f64 / scale).exp(), shift)
}

/// Probabilities of one share, `P(X - Y = d)` for `d = 0 ..= last`.
pub fn share_probabilities(scale: f64, honest: u32, last: usize) -> Vec<f64> {
    let (a, r) = ((-1.0 / scale).exp(), 1.0 / f64::from(honest));
    let terms = (45.0 * scale).ceil() as usize + 2;
    let mut polya = vec![(1.0 - a).powf(r)];
    for k in 1..=last + terms {
        let before = polya.last().copied().unwrap_or_default();
        polya.push(before * a * ((k - 1) as f64 + r) / k as f64);
    }
    (0..=last).map(|d| polya.iter().zip(polya.iter().skip(d)).take(terms).map(|(y, x)| x * y).sum()).collect()
}

/// Sums of bounded shares as "discrete Laplace less what is missing", so that no digits cancel.
struct BoundedSums {
    laplace: Vec<f64>,
    missing: Vec<f64>,
    kept: f64,
    reach: usize,
}

impl BoundedSums {
    /// `missing(k) = P(S = k, some |e_i| > bound)` for `|k| <= reach`, built from positive terms only.
    fn new(scale: f64, honest: u32, bound: u64, reach: usize) -> Self {
        let far = reach + (45.0 * scale).ceil() as usize;
        let share = mirrored(&share_probabilities(scale, honest, far));
        let split = |inside: bool| -> Vec<f64> {
            let keep = |i: usize| (i.abs_diff(far) as u64 <= bound) == inside;
            share.iter().enumerate().map(|(i, p)| if keep(i) { *p } else { 0.0 }).collect()
        };
        let (inner, outer) = (split(true), split(false));
        let (mut within, mut missing) = (inner.clone(), outer.clone());
        for _ in 1..honest {
            let stays = convolve(&missing, &share, far);
            let joins = convolve(&within, &outer, far);
            missing = stays.iter().zip(&joins).map(|(x, y)| x + y).collect();
            within = convolve(&within, &inner, far);
        }
        let a = (-1.0 / scale).exp();
        let laplace = (0..=far).map(|k| (1.0 - a) / (1.0 + a) * a.powi(k as i32)).collect::<Vec<_>>();
        let lost: f64 = missing.iter().sum();
        Self { laplace: mirrored(&laplace), missing, kept: 1.0 - lost, reach: far }
    }

    /// `sum_k max(0, Q(k) - factor Q(k - shift))` for `Q` the law of the bounded sum.
    fn excess(&self, factor: f64, shift: usize) -> f64 {
        let at = |law: &[f64], k: usize| law.get(k).copied().unwrap_or_default();
        let term = |k: usize| {
            // Left of zero the two Laplace terms are equal by definition: leave them out.
            let ideal =
                if k <= self.reach { 0.0 } else { at(&self.laplace, k) - factor * at(&self.laplace, k - shift) };
            let gap = ideal - at(&self.missing, k) + factor * at(&self.missing, k - shift);
            gap.max(0.0)
        };
        (shift..self.laplace.len()).map(term).sum::<f64>() / self.kept
    }
}

fn mirrored(half: &[f64]) -> Vec<f64> {
    half.iter().skip(1).rev().chain(half).copied().collect()
}

/// Convolution of two laws centred at index `centre`, cut to the same length.
fn convolve(left: &[f64], right: &[f64], centre: usize) -> Vec<f64> {
    let mut sums = vec![0.0; left.len()];
    for (i, p) in left.iter().enumerate().filter(|(_, p)| **p > 0.0) {
        for (j, q) in right.iter().enumerate().filter(|(_, q)| **q > 0.0) {
            if let Some(cell) = (i + j).checked_sub(centre).and_then(|k| sums.get_mut(k)) {
                *cell += p * q;
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests;
