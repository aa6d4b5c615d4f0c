//! The best combination of levels, one level for a whole column.
//!
//! Nodes are combinations of levels. Like Flash (Kohlmayer, Prasser et al., PASSAT 2012) the search walks paths from
//! fine to coarse and halves them, and marks what a check tells of others: where rules survive merging, all nodes
//! finer than a broken one are broken; where the loss never falls on the way up, no node coarser than one that keeps
//! the rules, or finer in nothing and dearer than the best, can be better. Every node is either checked or excluded by
//! such an argument, so that the result is the optimum. Rules without these properties are checked node by node.

use super::snapshots::Snapshots;
use crate::loss::Costs;
use crate::task::{Partition, Task, Verdict};
use crate::{Error, Loss};

/// Most combinations of levels that are searched.
pub const MOST_NODES: u64 = 1_000_000;

/// The best combination of levels.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// The level of each quasi-identifier, in the order of the task.
    pub levels: Vec<usize>,
    /// What is lost.
    pub loss: f64,
    /// Rows to leave out.
    pub suppressed: u64,
    /// Combinations whose classes were looked at.
    pub checked: u64,
    /// All combinations.
    pub nodes: u64,
}

/// One combination of levels, for drawing utility against risk.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeReport {
    /// The level of each quasi-identifier.
    pub levels: Vec<usize>,
    /// What is lost, from 0 (nothing) to 1 (everything), as [`Loss::Loss`] without rows left out.
    pub loss: f64,
    /// One over the smallest class.
    pub highest_risk: f64,
    /// Classes over rows.
    pub average_risk: f64,
    /// Whether the rules are kept with the rows that may be left out.
    pub keeps: bool,
}

/// Finds the combination of levels with the smallest loss that keeps every rule.
///
/// # Errors
/// If there are more than [`MOST_NODES`] combinations, or none keeps the rules.
pub fn optimum(task: &Task<'_>, loss: Loss) -> Result<Solution, Error> {
    let mut search = Search::new(task, loss)?;
    search.run();
    let (nodes, checked) = (search.lattice.nodes, search.checked);
    let best = search.best.ok_or(Error::NoSolution { allowed: task.allowed })?;
    Ok(Solution { levels: best.levels, loss: best.loss, suppressed: best.suppressed, checked, nodes })
}

/// Looks at up to `most` combinations, evenly spread, whether or not they keep the rules.
///
/// # Errors
/// If there are more than [`MOST_NODES`] combinations.
pub fn explore(task: &Task<'_>, most: usize) -> Result<Vec<NodeReport>, Error> {
    let mut search = Search::new(task, Loss::Loss)?;
    let nodes = search.lattice.nodes;
    let step = nodes.div_ceil(most.max(1) as u64).max(1);
    let mut order: Vec<u64> = (0..nodes).filter(|node| node % step == 0 || *node + 1 == nodes).collect();
    order.sort_by_cached_key(|node| search.lattice.levels(*node).iter().sum::<usize>());
    let report = |node: u64| {
        let levels = search.lattice.levels(node);
        let (classes, verdict) = search.classes(&levels);
        let sizes = || classes.sizes.iter().copied().filter(|size| *size > 0);
        NodeReport {
            loss: search.costs.bound(&levels),
            highest_risk: 1.0 / sizes().min().unwrap_or(1) as f64,
            average_risk: sizes().count() as f64 / task.rows as f64,
            keeps: matches!(verdict, Verdict::Kept { .. }),
            levels,
        }
    };
    Ok(order.into_iter().map(report).collect())
}

/// Nodes as numbers: levels are digits, the last one fastest.
struct Lattice {
    heights: Vec<usize>,
    strides: Vec<u64>,
    nodes: u64,
}

impl Lattice {
    fn new(heights: Vec<usize>) -> Result<Self, Error> {
        let all = heights.iter().fold(1u128, |all, height| all.saturating_mul(*height as u128));
        let too_many = Error::TooManyNodes { nodes: all, most: MOST_NODES };
        let nodes = u64::try_from(all).ok().filter(|nodes| *nodes <= MOST_NODES).ok_or(too_many)?;
        let mut strides = vec![1; heights.len()];
        for at in (1..heights.len()).rev() {
            strides[at - 1] = strides[at] * heights[at] as u64;
        }
        Ok(Self { heights, strides, nodes })
    }

    fn levels(&self, node: u64) -> Vec<usize> {
        let digit = |(height, stride): (&usize, &u64)| (node / stride) as usize % height;
        self.heights.iter().zip(&self.strides).map(digit).collect()
    }

    /// The nodes one step coarser.
    fn above(&self, node: u64) -> impl Iterator<Item = u64> + '_ {
        let can = move |(height, stride): &(&usize, &u64)| (node / **stride) as usize % **height + 1 < **height;
        self.heights.iter().zip(&self.strides).filter(can).map(move |(_, stride)| node + stride)
    }

    /// The nodes one step finer.
    fn below(&self, node: u64) -> impl Iterator<Item = u64> + '_ {
        let can = move |(height, stride): &(&usize, &u64)| !((node / **stride) as usize).is_multiple_of(**height);
        self.heights.iter().zip(&self.strides).filter(can).map(move |(_, stride)| node - stride)
    }
}

struct Best {
    levels: Vec<usize>,
    loss: f64,
    suppressed: u64,
}

struct Search<'s, 't> {
    task: &'s Task<'t>,
    costs: Costs,
    lattice: Lattice,
    snapshots: Snapshots,
    /// Nodes that need no further look.
    done: Vec<bool>,
    marked_up: Vec<bool>,
    marked_down: Vec<bool>,
    best: Option<Best>,
    checked: u64,
}

impl<'s, 't> Search<'s, 't> {
    fn new(task: &'s Task<'t>, loss: Loss) -> Result<Self, Error> {
        let lattice = Lattice::new(task.heights())?;
        let done = vec![false; lattice.nodes as usize];
        let (costs, snapshots) = (Costs::of(loss, task), Snapshots::new(task.finest()));
        let (marked_up, marked_down) = (done.clone(), done.clone());
        Ok(Self { task, costs, lattice, snapshots, done, marked_up, marked_down, best: None, checked: 0 })
    }

    fn run(&mut self) {
        let bounds: Vec<f64> =
            (0..self.lattice.nodes).map(|node| self.costs.bound(&self.lattice.levels(node))).collect();
        let mut order: Vec<u64> = (0..self.lattice.nodes).collect();
        order.sort_by_cached_key(|node| self.lattice.levels(*node).iter().sum::<usize>());
        let halving = self.task.is_monotone() && self.costs.is_monotone();
        if halving {
            // Paths from fine to coarse, halved until the border between broken and kept is found.
            for node in order {
                while !self.settled(node, &bounds) {
                    self.walk(node, &bounds);
                }
            }
            return;
        }
        // Cheap nodes first, so that dear ones need no look.
        order.sort_by(|a, b| bounds[*a as usize].total_cmp(&bounds[*b as usize]));
        for node in order {
            if !self.settled(node, &bounds) {
                self.check(node);
            }
        }
    }

    fn settled(&self, node: u64, bounds: &[f64]) -> bool {
        let dear = || self.best.as_ref().is_some_and(|best| bounds[node as usize] >= best.loss);
        self.done[node as usize] || dear()
    }

    /// Follows open nodes upwards, cheapest first, and finds where on that path the rules begin to be kept.
    fn walk(&mut self, from: u64, bounds: &[f64]) {
        let mut path = vec![from];
        let mut last = from;
        loop {
            let open = self.lattice.above(last).filter(|node| !self.settled(*node, bounds));
            let Some(next) = open.min_by(|a, b| bounds[*a as usize].total_cmp(&bounds[*b as usize])) else { break };
            path.push(next);
            last = next;
        }
        let (mut low, mut high) = (0, path.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.settled(path[middle], bounds) {
                // Marked on the way: either coarser than a kept one, or finer than a broken one.
                high = middle;
                continue;
            }
            if self.check(path[middle]) { high = middle } else { low = middle + 1 }
        }
    }

    /// Looks at a node, marks what follows for others, and says whether it keeps the rules.
    fn check(&mut self, node: u64) -> bool {
        self.checked += 1;
        let levels = self.lattice.levels(node);
        let (classes, verdict) = self.classes(&levels);
        self.done[node as usize] = true;
        match verdict {
            Verdict::Kept { suppressed } => {
                let loss = self.costs.loss(&levels, &classes, suppressed, self.task);
                if self.best.as_ref().is_none_or(|best| loss < best.loss) {
                    self.best = Some(Best { levels, loss, suppressed });
                }
                if self.costs.is_monotone() {
                    self.mark(node, true);
                }
                return true;
            }
            Verdict::BrokenBelow => self.mark(node, false),
            Verdict::Broken if self.costs.is_monotone() && !self.costs.is_separable() => {
                let loss = self.costs.loss(&levels, &classes, 0, self.task);
                if self.best.as_ref().is_some_and(|best| loss >= best.loss) {
                    self.mark(node, true);
                }
            }
            Verdict::Broken => {}
        }
        false
    }

    /// Marks every node above or below; whoever is marked has marked its own already.
    fn mark(&mut self, node: u64, upwards: bool) {
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            let next: Vec<u64> =
                if upwards { self.lattice.above(node).collect() } else { self.lattice.below(node).collect() };
            for node in next {
                let marks = if upwards { &mut self.marked_up } else { &mut self.marked_down };
                if !std::mem::replace(&mut marks[node as usize], true) {
                    self.done[node as usize] = true;
                    open.push(node);
                }
            }
        }
    }

    /// The classes of a node and what they keep.
    fn classes(&mut self, levels: &[usize]) -> (Partition, Verdict) {
        let from = self.snapshots.below(levels);
        let (mut classes, grouping) = from.coarser(&self.task.digits(levels));
        let small = classes.small_rows(self.task) > self.task.allowed;
        let keep = self.snapshots.wants(classes.first.len(), from.first.len());
        if !small || keep {
            classes.spreads = from.spreads.iter().map(|spread| spread.merged(&grouping)).collect();
        }
        let verdict = if small { Verdict::BrokenBelow } else { classes.verdict(self.task) };
        if keep {
            self.snapshots.keep(levels, classes.clone());
        }
        (classes, verdict)
    }
}
