//! The simulated cohort: seeded, in floats, for prediction only.

use super::RankErrors;
use crate::NoisePlan;
use guildhall_kpi::{Edges, NoisyHistogram};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Gamma, LogNormal, Poisson};

/// Larger cohorts are simulated as this many members.
pub(super) const MOST_MEMBERS: u64 = 20_000;
/// Cohorts drawn per prediction, fewer where they are large.
const COHORTS: u64 = 400;
/// Members drawn per prediction, at most about this many.
const MEMBERS_DRAWN: u64 = 400_000;
/// Histograms with fresh noise in all.
const HISTOGRAMS: u64 = 400;
/// The bins: from 10^4 to 10^8 steps.
const RANGE: (i64, i64) = (10_000, 100_000_000);
/// Standard deviations of the logarithm of the figure that the bins cover.
const SPREADS_COVERED: f64 = 6.0;

/// Mean absolute rank errors over a few hundred simulated histograms.
pub(super) fn rank_errors(plan: &NoisePlan, members: u64, bins: u32, shares: u32) -> RankErrors {
    let members = members.min(MOST_MEMBERS);
    let mut random = ChaCha8Rng::seed_from_u64(members << 16 ^ u64::from(bins));
    let edges = log_edges(bins);
    let noise = Noise::of(plan, shares);
    let cohorts = (MEMBERS_DRAWN / members).clamp(20, COHORTS);
    let fractions = [0.10, 0.25, 0.50, 0.75, 0.90];
    let mut sums = [0.0; 5];
    let mut histograms = 0u32;
    for _ in 0..cohorts {
        let figures = cohort(members, bins, &mut random);
        let counts = counts(&edges, &figures);
        for _ in 0..HISTOGRAMS / cohorts {
            let noisy: Vec<i64> = counts.iter().map(|count| count + noise.draw(&mut random)).collect();
            let variance = plan.sum_variance(shares);
            let Some(histogram) = NoisyHistogram::new(edges.as_slice(), &noisy, members, variance) else { continue };
            histograms += 1;
            for (sum, fraction) in sums.iter_mut().zip(fractions) {
                *sum += rank_error(&figures, histogram.quantile(fraction).value, fraction);
            }
        }
    }
    let [p10, p25, p50, p75, p90] = sums.map(|sum| 100.0 * sum / f64::from(histograms.max(1)));
    RankErrors { p10, p25, p50, p75, p90 }
}

/// `bins` bins of equal ratio over the range.
fn log_edges(bins: u32) -> Edges {
    let ratio = RANGE.1 as f64 / RANGE.0 as f64;
    let edge = |j: u32| (RANGE.0 as f64 * ratio.powf(f64::from(j) / f64::from(bins))).round() as i64;
    Edges::new((0..bins).map(edge).chain([RANGE.1 + 1]).collect())
}

/// Sorted figures of one cohort. Its middle falls anywhere in a bin, so that no quantile owes its error to an edge.
fn cohort(members: u64, bins: u32, random: &mut impl Rng) -> Vec<i64> {
    let range = (RANGE.0 as f64).ln()..(RANGE.1 as f64).ln();
    let width = range.end - range.start;
    let middle = range.start + width / 2.0 + width / f64::from(bins) * (random.random::<f64>() - 0.5);
    let Ok(law) = LogNormal::new(middle, width / SPREADS_COVERED) else { return Vec::new() };
    let draw = |_| (law.sample(random) as i64).clamp(RANGE.0, RANGE.1);
    let mut figures: Vec<i64> = (0..members).map(draw).collect();
    figures.sort_unstable();
    figures
}

fn counts(edges: &Edges, sorted: &[i64]) -> Vec<i64> {
    let below = |edge: &i64| sorted.partition_point(|figure| figure < edge) as i64;
    edges.as_slice().windows(2).map(|pair| below(&pair[1]) - below(&pair[0])).collect()
}

/// Share of the cohort between the value and the place where `fraction` of it lies below.
fn rank_error(sorted: &[i64], value: i64, fraction: f64) -> f64 {
    let members = sorted.len() as f64;
    let below = sorted.partition_point(|figure| *figure < value) as f64 / members;
    let up_to = sorted.partition_point(|figure| *figure <= value) as f64 / members;
    (below - fraction).max(fraction - up_to).max(0.0)
}

/// The sum of all noise shares: a difference of two `NB(shares / honest, a)`, as Poisson mixtures.
struct Noise(Option<Gamma<f64>>);

impl Noise {
    fn of(plan: &NoisePlan, shares: u32) -> Self {
        let a = (-1.0 / plan.scale().to_f64()).exp();
        let shape = f64::from(shares) / f64::from(plan.honest());
        Self(Gamma::new(shape, a / (1.0 - a)).ok())
    }

    fn draw(&self, random: &mut impl Rng) -> i64 {
        self.one_side(random) - self.one_side(random)
    }

    fn one_side(&self, random: &mut impl Rng) -> i64 {
        let rate = self.0.as_ref().map_or(0.0, |law| law.sample(random));
        Poisson::new(rate).map_or(0, |law| law.sample(random) as i64)
    }
}
