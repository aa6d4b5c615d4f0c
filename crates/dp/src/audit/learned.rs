//! A log ratio learned from outputs, for mechanisms whose probabilities nobody states.
//!
//! Each figure is cut into bins at quantiles, the ratio of the two data sets' frequencies is read off per bin, and
//! the logarithms are added up as if figures were independent. Where they are not, the statistic is only weaker:
//! the bound comes from outputs that it has not seen.

use super::Outputs;

/// Bins per figure, at most.
const BINS: usize = 64;

/// The learned log ratio, second data set over first.
pub(crate) struct Learned {
    figures: Vec<Bins>,
}

/// One figure: upper borders of all bins but the last, and the log ratio of each bin.
struct Bins {
    borders: Vec<f64>,
    ratios: Vec<f64>,
}

impl Learned {
    /// Learns from the first `runs` runs of both sides.
    pub(crate) fn from(sides: [&Outputs; 2], runs: usize) -> Self {
        let figures = (0..sides[0].width()).map(|i| {
            let column = |side: &Outputs| side.iter().take(runs).filter_map(|run| run.get(i).copied()).collect();
            Bins::from(sides.map(column))
        });
        Self { figures: figures.collect() }
    }

    /// The log ratio of one output.
    pub(crate) fn of(&self, run: &[f64]) -> f64 {
        self.figures.iter().zip(run).map(|(bins, figure)| bins.of(*figure)).sum()
    }
}

impl Bins {
    fn from(sides: [Vec<f64>; 2]) -> Self {
        let mut pooled = sides.concat();
        pooled.sort_unstable_by(f64::total_cmp);
        let mut borders: Vec<f64> = (1..BINS).filter_map(|i| pooled.get(i * pooled.len() / BINS).copied()).collect();
        borders.dedup();
        let [first, second] = sides.map(|side| counts(&borders, &side));
        let ratios = second.iter().zip(&first).map(|(second, first)| (second / first).ln()).collect();
        Self { borders, ratios }
    }

    fn of(&self, figure: f64) -> f64 {
        self.ratios.get(bin(&self.borders, figure)).copied().unwrap_or_default()
    }
}

/// How many values fall into each bin, and one more, so that no ratio is infinite.
fn counts(borders: &[f64], values: &[f64]) -> Vec<f64> {
    let mut counts = vec![1.0; borders.len() + 1];
    for value in values {
        if let Some(count) = counts.get_mut(bin(borders, *value)) {
            *count += 1.0;
        }
    }
    counts
}

fn bin(borders: &[f64], value: f64) -> usize {
    borders.partition_point(|border| *border < value)
}
