//! Quantiles and spread from a histogram whose counts carry noise but whose total is exact.
//!
//! The number of members `n` is opened exactly, so the noisy counts are first projected onto
//! `sum = n`: the cumulative count up to edge `j` of `B` then has variance `v j (B - j) / B`
//! instead of `v j`. Isotonic regression (pool adjacent violators) makes it rise. Both are
//! post-processing and cost no privacy.
//!
//! Only `+ - * / sqrt` on `f64` are used, which IEEE 754 rounds exactly: two machines get the same bits.

/// Two-sided 95 % point of the normal distribution.
const Z95: f64 = 1.959_963_984_540_054;

/// A histogram with independent noise of known variance on each bin.
#[derive(Clone, Debug)]
pub struct NoisyHistogram {
    edges: Vec<i64>,
    cumulative: Vec<f64>,
    raw: Vec<f64>,
    members: f64,
    variance: f64,
    /// Mean of (figure - low end), where the exact sum is known.
    mean: Option<f64>,
}

/// A quantile with the interval that holds it at least 95 times in 100, in steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantile {
    /// Point estimate: figures are taken as spread evenly inside a bin, on a log scale above zero.
    pub value: i64,
    /// Lower end: the lower edge of the lowest bin the quantile may fall in.
    pub low: i64,
    /// Upper end: the upper edge of the highest bin the quantile may fall in.
    pub high: i64,
}

impl NoisyHistogram {
    /// From `B + 1` edges, `B` opened counts, the exact number of members and the variance per bin.
    ///
    /// `None` where nothing can be estimated: no members, or lengths that do not match.
    pub fn new(edges: &[i64], bins: &[i64], members: u64, variance: f64) -> Option<Self> {
        if members == 0 || bins.is_empty() || edges.len() != bins.len() + 1 {
            return None;
        }
        let members = members as f64;
        let excess = (bins.iter().map(|count| *count as f64).sum::<f64>() - members) / bins.len() as f64;
        let raw: Vec<f64> = bins.iter().map(|count| *count as f64 - excess).collect();
        let running: Vec<f64> = raw
            .iter()
            .scan(0.0, |sum, count| {
                *sum += count;
                Some(*sum)
            })
            .collect();
        let mut cumulative: Vec<f64> = rising(&running).into_iter().map(|c| c.clamp(0.0, members)).collect();
        if let Some(last) = cumulative.last_mut() {
            *last = members;
        }
        Some(Self { edges: edges.to_vec(), cumulative, raw, members, variance, mean: None })
    }

    /// Uses the exact sum of the figures, which is opened too and costs no privacy.
    ///
    /// Members above an edge contribute at least that edge each, so at most `sum / edge` members can lie
    /// there, all counted from the low end. This keeps noise out of the far tail.
    pub fn with_sum(mut self, sum: i64) -> Self {
        let mean = ((sum as f64 - self.edge(0) as f64 * self.members) / self.members).max(0.0);
        for bin in 0..self.cumulative.len() {
            let above = (self.edge(bin + 1) - self.edge(0)) as f64;
            let least = self.members * (1.0 - mean / above);
            if let Some(cumulative) = self.cumulative.get_mut(bin) {
                *cumulative = cumulative.max(least);
            }
        }
        self.mean = Some(mean);
        self
    }

    /// The quantile at `fraction` (0 to 1) with its 95 % interval.
    pub fn quantile(&self, fraction: f64) -> Quantile {
        self.quantile_within(fraction, Z95)
    }

    /// The quantile with an interval of `z` standard deviations of rank noise either side.
    pub fn quantile_within(&self, fraction: f64, z: f64) -> Quantile {
        let target = fraction * self.members;
        // Every edge is judged by its own noise: the estimate may have landed where the noise is small.
        let bins = self.raw.len();
        let reaches = |bin: &usize| self.before(bin + 1) + z * self.edge_sd(bin + 1) + 1e-9 >= target;
        let below = |bin: &usize| self.before(*bin) - z * self.edge_sd(*bin) - 1e-9 < target;
        let low_bin = (0..bins).find(reaches).unwrap_or(bins - 1);
        let high_bin = (0..bins).rev().find(below).unwrap_or(0);
        let high = (self.edge(high_bin + 1) - 1).min(self.most_at(fraction));
        let value = self.interpolate(target).min(high);
        Quantile { value, low: self.edge(low_bin).min(value), high }
    }

    /// Where the sum is known: the members at or above the quantile alone cannot add up to more.
    fn most_at(&self, fraction: f64) -> i64 {
        let most = self.mean.filter(|_| fraction < 1.0).map(|mean| mean / (1.0 - fraction));
        most.map_or(i64::MAX, |most| self.edge(0).saturating_add(most.ceil() as i64))
    }

    /// Estimated share (0 to 1) of members whose figure is below `value`, and its 95 % interval.
    pub fn share_below(&self, value: i64) -> (f64, f64, f64) {
        let bin = self.edges.partition_point(|edge| *edge <= value).clamp(1, self.cumulative.len()) - 1;
        let (before, after) = (self.before(bin), self.before(bin + 1));
        let width = (self.edge(bin + 1) - self.edge(bin)) as f64;
        let inside = ((value - self.edge(bin)) as f64 / width).clamp(0.0, 1.0);
        let margin = Z95 * self.rank_sd(bin);
        let share = |members: f64| (members / self.members).clamp(0.0, 1.0);
        (share(before + inside * (after - before)), share(before - margin), share(after + margin))
    }

    /// Standard deviation around a known mean, in steps, with its 95 % interval.
    ///
    /// Each bin counts at its middle, plus the variance of an even spread inside it; the interval allows
    /// for every place inside the bins, and for the noise. Where the sum is known, the counts are first moved to the closest ones that are not negative and add up to it.
    pub fn sd(&self, mean: f64) -> (f64, f64, f64) {
        let counts = self.mean.map_or_else(|| self.counts(), |known| self.counts_matching(known));
        let (mut squares, mut least, mut furthest, mut noise) = (0.0, 0.0, 0.0, 0.0);
        for (bin, count) in counts.into_iter().enumerate() {
            let (low, high) = (self.edge(bin) as f64, (self.edge(bin + 1) - 1) as f64);
            let (from_mean, width) = ((low + high) / 2.0 - mean, high - low + 1.0);
            let weight = from_mean * from_mean + (width * width - 1.0) / 12.0;
            let (near, far) = (mean.clamp(low, high) - mean, (low - mean).abs().max((high - mean).abs()));
            squares += weight * count;
            least += near * near * count;
            furthest += far * far * count;
            noise += weight * weight * self.variance;
        }
        let margin = Z95 * noise.sqrt() / self.members;
        let of = |squares: f64| squares / self.members;
        // With the sum known, the spread is largest if every member sits at one end of the range.
        let range = (self.edge(self.raw.len()) - 1 - self.edge(0)) as f64;
        let most = self.mean.map_or(f64::INFINITY, |m| m * (range - m));
        let root = |x: f64| x.clamp(0.0, most.max(0.0)).sqrt();
        (root(of(squares)), root(of(least) - margin), root(of(furthest) + margin))
    }

    fn counts(&self) -> Vec<f64> {
        (0..self.raw.len()).map(|bin| self.before(bin + 1) - self.before(bin)).collect()
    }

    /// The counts closest to the noisy ones (least squares) that are not negative, add up to the number
    /// of members, and whose bin middles add up to the known mean: `c_j = max(0, raw_j - a - b m_j)`.
    fn counts_matching(&self, mean: f64) -> Vec<f64> {
        let middle = |bin: usize| {
            let (low, high) = ((self.edge(bin) - self.edge(0)) as f64, (self.edge(bin + 1) - self.edge(0)) as f64);
            if low > 0.0 { (low * high).sqrt() } else { high / 2.0 }
        };
        let middles: Vec<f64> = (0..self.raw.len()).map(middle).collect();
        let tilted = |b: f64| -> Vec<f64> {
            let moved: Vec<f64> = self.raw.iter().zip(&middles).map(|(raw, m)| raw - b * m).collect();
            let most = moved.iter().copied().fold(f64::MIN, f64::max);
            let kept = |a: f64| moved.iter().map(|c| (c - a).max(0.0)).sum::<f64>();
            let a = bisect(most - self.members - 1.0, most, |a| kept(a) > self.members);
            moved.iter().map(|c| (c - a).max(0.0)).collect()
        };
        let total = |counts: &[f64]| counts.iter().zip(&middles).map(|(c, m)| c * m).sum::<f64>();
        let last = middles.last().copied().unwrap_or(1.0).max(1.0);
        let steepest = 4.0 * (self.members + 1.0) / middles.first().copied().unwrap_or(1.0).max(last / 1e6);
        tilted(bisect(-steepest, steepest, |b| total(&tilted(b)) > mean * self.members))
    }

    /// Standard deviation of the noise on the cumulative count at edge `j`: `sqrt(v j (B - j) / B)`.
    fn edge_sd(&self, edge: usize) -> f64 {
        let (bins, j) = (self.raw.len() as f64, edge as f64);
        (self.variance * j * (bins - j) / bins).sqrt()
    }

    /// The noise at the worse edge of `bin`.
    fn rank_sd(&self, bin: usize) -> f64 {
        self.edge_sd(bin).max(self.edge_sd(bin + 1))
    }

    fn before(&self, bin: usize) -> f64 {
        if bin == 0 { 0.0 } else { self.cumulative.get(bin - 1).copied().unwrap_or(self.members) }
    }

    fn edge(&self, index: usize) -> i64 {
        self.edges.get(index.min(self.edges.len() - 1)).copied().unwrap_or_default()
    }

    /// The first bin whose cumulative count reaches `target` members.
    fn bin_at(&self, target: f64) -> usize {
        self.cumulative.iter().position(|c| *c >= target).unwrap_or(self.cumulative.len() - 1)
    }

    fn interpolate(&self, target: f64) -> i64 {
        let bin = self.bin_at(target);
        let (before, after) = (self.before(bin), self.before(bin + 1));
        let inside = if after > before { ((target - before) / (after - before)).clamp(0.0, 1.0) } else { 0.5 };
        let (low, high) = (self.edge(bin), self.edge(bin + 1));
        let value = if low > 0 {
            geometric(low as f64, high as f64, inside)
        } else {
            low as f64 + inside * (high - low) as f64
        };
        (value.floor() as i64).clamp(low, high - 1)
    }
}

/// `low * (high / low)^inside` by repeated square roots: bins are log-spaced, and so are the figures in them.
fn geometric(low: f64, high: f64, inside: f64) -> f64 {
    let (mut value, mut ratio, mut rest) = (low, high / low, inside);
    for _ in 0..40 {
        ratio = ratio.sqrt();
        rest *= 2.0;
        if rest >= 1.0 {
            value *= ratio;
            rest -= 1.0;
        }
    }
    value
}

/// Where a falling condition turns from true to false, between two ends.
fn bisect(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..100 {
        let middle = low + (high - low) / 2.0;
        if holds(middle) { low = middle } else { high = middle }
    }
    high
}

/// Isotonic regression with equal weights: the closest rising sequence in least squares.
fn rising(values: &[f64]) -> Vec<f64> {
    let mut blocks: Vec<(f64, usize)> = Vec::with_capacity(values.len());
    for value in values {
        let mut block = (*value, 1usize);
        while let Some(last) = blocks.last().copied().filter(|last| last.0 > block.0) {
            blocks.pop();
            let size = last.1 + block.1;
            block = ((last.0 * last.1 as f64 + block.0 * block.1 as f64) / size as f64, size);
        }
        blocks.push(block);
    }
    blocks.into_iter().flat_map(|(mean, size)| std::iter::repeat_n(mean, size)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact() -> NoisyHistogram {
        NoisyHistogram::new(&[0, 10, 20, 30, 40], &[10, 10, 10, 10], 40, 0.0).expect("valid")
    }

    #[test]
    fn exact_counts_give_exact_quantiles() {
        let median = exact().quantile(0.5);
        assert_eq!((median.low, median.high), (10, 29));
        assert!((19..=20).contains(&median.value), "{median:?}");
        let (share, low, high) = exact().share_below(15);
        assert!((share - 0.375).abs() < 1e-12 && low <= share && share <= high);
    }

    #[test]
    fn geometric_interpolation_is_the_power_function() {
        for (low, high, inside) in [(10.0, 1000.0, 0.5), (3.0, 4.0, 0.25), (7.0, 900.0, 0.999), (5.0, 6.0, 0.0)] {
            let want: f64 = low * f64::powf(high / low, inside);
            assert!((geometric(low, high, inside) - want).abs() < 1e-9 * want);
        }
    }

    #[test]
    fn rising_pools_violators() {
        assert_eq!(rising(&[1.0, 3.0, 2.0, 4.0]), vec![1.0, 2.5, 2.5, 4.0]);
    }

    /// Ten thousand simulated histograms: the interval misses a tenth, a quarter and a half of the members
    /// at most 5 times in 100. Noise of 4 Laplace shares where 2 suffice; seeded, so that it cannot flake.
    #[test]
    fn intervals_hold_the_truth_at_least_95_times_in_100() {
        let mut state = 1u64;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 11) as f64 + 0.5) / (1u64 << 53) as f64
        };
        let edges = crate::Edges::log_spaced(0, 100, 1_000_000, 64);
        let scale = 8.0f64;
        let (members, rounds) = (100u64, 3_000);
        let mut missed = [0; 3];
        for _ in 0..rounds {
            let mut spread = || 4.0 * (uniform() + uniform() + uniform() + uniform() - 2.0);
            let mut values: Vec<i64> = (0..members).map(|_| (10_000.0 * spread().exp()) as i64).collect();
            values.sort_unstable();
            let mut bins = vec![0i64; edges.bins()];
            values.iter().for_each(|v| bins[edges.bin_of((*v).min(999_999)).expect("in range")] += 1);
            for bin in &mut bins {
                let mut laplace = || scale * (uniform() / uniform()).ln();
                *bin += (laplace() + laplace()).round() as i64;
            }
            let sum: i64 = values.iter().sum();
            let noisy = NoisyHistogram::new(edges.as_slice(), &bins, members, 4.0 * scale * scale);
            let noisy = noisy.expect("valid").with_sum(sum);
            for (fraction, missed) in [0.1, 0.25, 0.5].into_iter().zip(&mut missed) {
                let truth = values[(fraction * members as f64).ceil() as usize - 1];
                let interval = noisy.quantile(fraction);
                *missed += usize::from(truth < interval.low || truth > interval.high);
            }
        }
        assert!(missed.iter().all(|m| *m <= rounds / 20), "{missed:?} of {rounds}");
    }

    #[test]
    fn the_exact_sum_keeps_noise_out_of_the_tail() {
        // 100 members of about 10; noise claims 8 of them in the last bin, beyond 1000.
        let noisy = NoisyHistogram::new(&[0, 20, 1_000, 100_000], &[80, 12, 8], 100, 13.0).expect("valid");
        let (free, ..) = noisy.clone().sd(10.0);
        let known = noisy.clone().with_sum(1_000);
        let (bound, _, most) = known.sd(10.0);
        assert!(bound < free / 2.0 && most <= (10.0f64 * 99_990.0).sqrt() + 1.0, "{bound} {free} {most}");
        assert!(known.quantile(0.95).high <= 200, "a twentieth of the members cannot have more than the sum");
        assert!(noisy.quantile(0.95).high > 200);
        let negative = NoisyHistogram::new(&[-50, 0, 50], &[5, 5], 10, 0.0).expect("valid").with_sum(-100);
        assert_eq!(negative.quantile(0.5).high, 30, "counted from the low end");
    }

    #[test]
    fn sd_of_even_spread() {
        let (sd, ..) = exact().sd(19.5);
        assert!((sd - ((40.0f64 * 40.0 - 1.0) / 12.0).sqrt()).abs() < 1e-9);
    }

    #[test]
    fn noise_widens_the_interval_and_the_total_is_kept() {
        let noisy = NoisyHistogram::new(&[0, 10, 20, 30, 40], &[14, 9, 12, 9], 40, 8.0).expect("valid");
        assert_eq!(noisy.cumulative.last(), Some(&40.0));
        let median = noisy.quantile(0.5);
        assert!(median.low <= median.value && median.value <= median.high);
        assert!(NoisyHistogram::new(&[0, 1], &[1, 2], 3, 0.0).is_none());
    }
}
