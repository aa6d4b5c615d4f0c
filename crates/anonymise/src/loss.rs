//! What is lost by coarser values: the quantity a search makes small.
//!
//! Sources: Iyengar (KDD 2002) for the loss; Bayardo, Agrawal (ICDE 2005) for discernibility; LeFevre, DeWitt,
//! Ramakrishnan (ICDE 2006) for the average class size; De Waal, Willenborg (1999) and Gionis, Tassa (2009) for
//! non-uniform entropy. All but the loss are taken in the form that never falls when values become coarser and does
//! not depend on which rows are left out, as ARX does: hence an optimum that does not depend on the order of search.

use crate::task::{Partition, Task};

/// What a search makes small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loss {
    /// The mean over all fields of the share of other values a text may stand for; rows left out count as lost.
    Loss,
    /// The sum of the squares of the class sizes.
    Discernibility,
    /// Rows per class, over k.
    AverageClassSize,
    /// The bits that the written texts lack, given how frequent values are.
    #[default]
    NonUniformEntropy,
}

/// For each quasi-identifier and level, what it costs by itself, where the loss is a sum of such costs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Costs {
    kind: Loss,
    levels: Vec<Vec<f64>>,
    rows: f64,
}

impl Costs {
    pub(crate) fn of(kind: Loss, task: &Task<'_>) -> Self {
        let levels = task.quasi.iter().map(|(column, hierarchy)| {
            let mut counts = vec![0u64; column.values().len()];
            column.codes().iter().take(task.rows).for_each(|code| counts[*code as usize] += 1);
            let cost = |level| match kind {
                Loss::NonUniformEntropy => entropy(&counts, &hierarchy.at(level).of),
                Loss::Loss => {
                    let level = hierarchy.at(level);
                    share(&counts, &level.of, &level.share, hierarchy.domain()) / task.quasi.len() as f64
                }
                Loss::Discernibility | Loss::AverageClassSize => 0.0,
            };
            (0..hierarchy.levels()).map(cost).collect()
        });
        Self { kind, levels: levels.collect(), rows: task.rows as f64 }
    }

    /// A number that the loss of this node and of all coarser ones is never below.
    pub(crate) fn bound(&self, node: &[usize]) -> f64 {
        self.levels.iter().zip(node).map(|(levels, level)| levels[*level]).sum()
    }

    /// Whether the loss of a coarser node is never smaller.
    pub(crate) fn is_monotone(&self) -> bool {
        self.kind != Loss::Loss
    }

    /// Whether the bound is the loss itself.
    pub(crate) fn is_separable(&self) -> bool {
        self.kind == Loss::NonUniformEntropy
    }

    /// The loss of a node.
    pub(crate) fn loss(&self, node: &[usize], classes: &Partition, suppressed: u64, task: &Task<'_>) -> f64 {
        match self.kind {
            Loss::NonUniformEntropy => self.bound(node),
            Loss::Discernibility => classes.sizes.iter().map(|size| u128::from(*size).pow(2)).sum::<u128>() as f64,
            Loss::AverageClassSize => {
                let occupied = classes.sizes.iter().filter(|size| **size > 0).count();
                self.rows / (occupied as f64 * task.k as f64)
            }
            Loss::Loss => {
                let lost: Vec<usize> = (0..classes.sizes.len())
                    .filter(|class| suppressed > 0 && classes.sizes[*class] > 0 && !classes.keeps(*class, task))
                    .collect();
                self.bound(node) + lost.iter().map(|class| self.gain(node, classes, *class, task)).sum::<f64>()
            }
        }
    }

    /// What leaving out a class adds to the loss.
    fn gain(&self, node: &[usize], classes: &Partition, class: usize, task: &Task<'_>) -> f64 {
        let row = classes.first[class] as usize;
        let fields = task.quasi.iter().zip(node).map(|((column, hierarchy), level)| {
            let level = hierarchy.at(*level);
            let share = level.share[level.of[column.codes()[row] as usize] as usize];
            1.0 - spared(share, hierarchy.domain())
        });
        fields.sum::<f64>() * classes.sizes[class] as f64 / (self.rows * task.quasi.len() as f64)
    }
}

/// Bits that the groups lack: the sum over rows of `log2(rows of the group / rows of the value)`.
fn entropy(counts: &[u64], groups: &[u32]) -> f64 {
    let mut sums = vec![0u64; groups.iter().max().map_or(0, |most| *most as usize + 1)];
    counts.iter().zip(groups).for_each(|(count, group)| sums[*group as usize] += count);
    let bits = |(count, group): (&u64, &u32)| match *count {
        0 => 0.0,
        count => count as f64 * (sums[*group as usize] as f64 / count as f64).log2(),
    };
    counts.iter().zip(groups).map(bits).sum()
}

/// The mean over rows of the share of other values.
fn share(counts: &[u64], groups: &[u32], shares: &[f64], domain: usize) -> f64 {
    let rows: u64 = counts.iter().sum();
    let lost = counts.iter().zip(groups).map(|(count, group)| *count as f64 * spared(shares[*group as usize], domain));
    lost.sum::<f64>() / rows as f64
}

/// A share of all values as a share of all values but one: 0 for a single value, 1 for any.
pub(crate) fn spared(share: f64, domain: usize) -> f64 {
    let domain = domain as f64;
    if domain > 1.0 { ((share * domain - 1.0) / (domain - 1.0)).clamp(0.0, 1.0) } else { 0.0 }
}
