//! Rules on the sensitive values of a class, and the figures behind them.
//!
//! Sources: l-diversity (Machanavajjhala et al., TKDD 1(1), 2007), t-closeness (Li, Li, Venkatasubramanian, ICDE 2007),
//! (alpha, k)-anonymity (Wong et al., KDD 2006), beta-likeness (Cao, Karras, PVLDB 5(11), 2012), delta-disclosure
//! (Brickell, Shmatikov, KDD 2008). Shares are fractions of whole numbers and divided once, so that a class exactly at
//! its limit passes.
//!
//! Assumption: the reference is the distribution over all rows of the input, also where some are left out of the output.

use crate::Hierarchy;
use crate::{Column, Error};

/// A rule that every class must keep.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Rule {
    /// So many different values at least.
    DistinctL(u32),
    /// The entropy of the values is at least that of so many equally frequent ones.
    EntropyL(f64),
    /// The most frequent value is rarer than `c` times all from the `l`-th most frequent on.
    RecursiveL {
        /// The factor.
        c: f64,
        /// The first value that counts.
        l: u32,
    },
    /// Earth mover's distance to all rows, every two values equally far.
    EqualT(f64),
    /// The same with values ordered as numbers.
    OrderedT(f64),
    /// The same with values in a hierarchy.
    HierarchicalT(f64),
    /// The largest share of one value.
    Alpha(f64),
    /// No value's share exceeds `1 + beta` times its share of all rows.
    Beta(f64),
    /// The same, and by no more than the negative logarithm of its share of all rows.
    EnhancedBeta(f64),
    /// No share of a value that occurs is more than `exp(delta)` times that of all rows, or less than that part.
    Delta(f64),
}

impl Rule {
    /// Checks the rule's parameter.
    ///
    /// # Errors
    /// If every class or none would keep it.
    pub fn check(self) -> Result<Self, Error> {
        let (what, value, sound, want) = match self {
            Self::DistinctL(l) => ("distinct l", f64::from(l), l >= 2, "2 or more"),
            Self::EntropyL(l) => ("entropy l", l, l > 1.0, "a number above 1"),
            Self::RecursiveL { c, l } => ("recursive (c, l)", c, c > 0.0 && l >= 2, "c above 0 and l from 2"),
            Self::EqualT(t) | Self::OrderedT(t) | Self::HierarchicalT(t) => {
                ("t", t, (0.0..=1.0).contains(&t), "0 to 1")
            }
            Self::Alpha(alpha) => ("alpha", alpha, alpha > 0.0 && alpha <= 1.0, "a share above 0, at most 1"),
            Self::Beta(beta) | Self::EnhancedBeta(beta) => ("beta", beta, beta > 0.0, "a number above 0"),
            Self::Delta(delta) => ("delta", delta, delta > 0.0, "a number above 0"),
        };
        if sound && value.is_finite() { Ok(self) } else { Err(Error::Parameter { what, value, want }) }
    }

    /// Whether two classes that keep the rule keep it when they become one.
    pub(crate) const fn survives_merging(self) -> bool {
        // The others are bounds on convex functions of the shares. A value that occurs in one of two classes only may
        // become rarer than exp(-delta) in both together.
        !matches!(self, Self::Delta(_))
    }

    /// Whether a class that keeps the rule also keeps it when it takes in one that does not.
    pub(crate) const fn survives_any_merging(self) -> bool {
        matches!(self, Self::DistinctL(_))
    }

    pub(crate) fn holds(self, class: &Class<'_>, whole: &Whole) -> bool {
        match self {
            Self::DistinctL(l) => class.values.len() >= l as usize,
            // The logarithms of l equal shares may add up to a hair less than that of l.
            Self::EntropyL(l) => class.entropy_l() >= l * (1.0 - 1e-12),
            Self::RecursiveL { c, l } => class.recursive(l).is_some_and(|(most, tail)| (most as f64) < c * tail as f64),
            Self::EqualT(t) => class.equal_t(whole) <= t,
            Self::OrderedT(t) => class.ordered_t(whole) <= t,
            Self::HierarchicalT(t) => class.hierarchical_t(whole) <= t,
            Self::Alpha(alpha) => class.alpha() <= alpha,
            Self::Beta(beta) => class.beta(whole) <= beta,
            Self::EnhancedBeta(beta) => {
                class.gains(whole).all(|(gain, share)| gain <= beta.min(-share.ln()) || gain <= 0.0)
            }
            Self::Delta(delta) => class.delta(whole) <= delta,
        }
    }
}

/// All rows: how often each value occurs, and how far values are from each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Whole {
    counts: Vec<u64>,
    total: u64,
    /// The codes in the order of their numbers.
    order: Vec<u32>,
    /// For each level above the values, the group of each group below; the last level is one group.
    parents: Vec<Vec<u32>>,
}

impl Whole {
    /// The distribution of a column over its first `rows` rows.
    pub(crate) fn of(column: &Column, rows: usize) -> Self {
        let mut counts = vec![0; column.values().len()];
        column.codes().iter().take(rows).for_each(|code| counts[*code as usize] += 1);
        Self { counts, total: rows as u64, ..Self::default() }
    }

    /// Orders the values as numbers.
    pub(crate) fn ordered(mut self, column: &Column) -> Result<Self, Error> {
        let numbers = column.numbers()?;
        self.order = (0..numbers.len() as u32).collect();
        self.order.sort_by(|a, b| numbers[*a as usize].total_cmp(&numbers[*b as usize]));
        Ok(self)
    }

    /// Puts the values into a hierarchy.
    pub(crate) fn in_tree(mut self, hierarchy: &Hierarchy) -> Self {
        let mut below: Vec<u32> = (0..self.counts.len() as u32).collect();
        for level in 1..hierarchy.levels() {
            let level = hierarchy.at(level);
            let mut parents = vec![0; below.iter().max().map_or(0, |most| *most as usize + 1)];
            below.iter().zip(&level.of).for_each(|(child, parent)| parents[*child as usize] = *parent);
            below.clone_from(&level.of);
            self.parents.push(parents);
        }
        if self.parents.last().is_none_or(|top| top.iter().any(|group| *group > 0)) {
            self.parents.push(vec![0; below.iter().max().map_or(0, |most| *most as usize + 1)]);
        }
        self
    }

    pub(crate) fn has_order(&self) -> bool {
        !self.order.is_empty()
    }

    pub(crate) fn has_tree(&self) -> bool {
        !self.parents.is_empty()
    }
}

/// One class: its values with how many rows hold each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Class<'a> {
    pub(crate) values: &'a [(u32, u32)],
    pub(crate) size: u64,
}

impl Class<'_> {
    fn counts(&self) -> impl Iterator<Item = u64> {
        self.values.iter().map(|(_, count)| u64::from(*count))
    }

    fn most(&self) -> u64 {
        self.counts().max().unwrap_or_default()
    }

    pub(crate) fn alpha(&self) -> f64 {
        self.most() as f64 / self.size as f64
    }

    pub(crate) fn entropy_l(&self) -> f64 {
        let size = self.size as f64;
        let entropy: f64 = self.counts().map(|count| count as f64 / size).map(|share| -share * share.ln()).sum();
        entropy.exp()
    }

    /// The count of the most frequent value, and the sum of the counts from the `l`-th most frequent on.
    pub(crate) fn recursive(&self, l: u32) -> Option<(u64, u64)> {
        let mut counts: Vec<u64> = self.counts().collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let tail: u64 = counts.get(l.max(1) as usize - 1..)?.iter().sum();
        (tail > 0).then(|| (counts[0], tail))
    }

    /// `share - reference`, times class size and total: a whole number for each value of the class.
    fn extra(&self, whole: &Whole, code: u32, count: u64) -> i128 {
        let reference = whole.counts[code as usize];
        i128::from(count) * i128::from(whole.total) - i128::from(reference) * i128::from(self.size)
    }

    fn denominator(&self, whole: &Whole) -> f64 {
        self.size as f64 * whole.total as f64
    }

    /// The extras of all values, by code.
    fn extras(&self, whole: &Whole) -> Vec<i128> {
        let mut extras: Vec<i128> =
            whole.counts.iter().map(|reference| -i128::from(*reference) * i128::from(self.size)).collect();
        for (code, count) in self.values {
            extras[*code as usize] += i128::from(*count) * i128::from(whole.total);
        }
        extras
    }

    pub(crate) fn equal_t(&self, whole: &Whole) -> f64 {
        // What is too much in some values equals what is lacking in the others.
        let surplus: i128 =
            self.values.iter().map(|(code, count)| self.extra(whole, *code, (*count).into()).max(0)).sum();
        surplus as f64 / self.denominator(whole)
    }

    pub(crate) fn ordered_t(&self, whole: &Whole) -> f64 {
        let extras = self.extras(whole);
        let steps = whole.order.len().saturating_sub(1);
        if steps == 0 {
            return 0.0;
        }
        let (mut carried, mut moved) = (0i128, 0i128);
        for code in &whole.order[..steps] {
            carried += extras[*code as usize];
            moved += carried.abs();
        }
        moved as f64 / (self.denominator(whole) * steps as f64)
    }

    pub(crate) fn hierarchical_t(&self, whole: &Whole) -> f64 {
        let mut extras = self.extras(whole);
        let mut cost = 0i128;
        for (height, parents) in whole.parents.iter().enumerate() {
            let groups = parents.iter().max().map_or(0, |most| *most as usize + 1);
            let (mut over, mut under) = (vec![0i128; groups], vec![0i128; groups]);
            for (extra, parent) in extras.iter().zip(parents) {
                let side = if *extra > 0 { &mut over } else { &mut under };
                side[*parent as usize] += *extra;
            }
            let moved: i128 = over.iter().zip(&under).map(|(over, under)| (*over).min(-*under)).sum();
            cost += moved * (height as i128 + 1);
            extras = over.iter().zip(&under).map(|(over, under)| over + under).collect();
        }
        cost as f64 / (self.denominator(whole) * whole.parents.len().max(1) as f64)
    }

    /// For each value, how much more frequent it is here than in all rows, and its share of all rows.
    fn gains<'w>(&'w self, whole: &'w Whole) -> impl Iterator<Item = (f64, f64)> + 'w {
        self.values.iter().map(|(code, count)| {
            let reference = whole.counts[*code as usize];
            let base = reference as f64 * self.size as f64;
            let gain = self.extra(whole, *code, (*count).into()) as f64 / base;
            (gain, reference as f64 / whole.total as f64)
        })
    }

    pub(crate) fn beta(&self, whole: &Whole) -> f64 {
        self.gains(whole).map(|(gain, _)| gain).fold(0.0, f64::max)
    }

    pub(crate) fn enhanced_beta(&self, whole: &Whole) -> f64 {
        self.gains(whole).map(|(gain, share)| gain.min(-share.ln())).fold(0.0, f64::max)
    }

    pub(crate) fn delta(&self, whole: &Whole) -> f64 {
        let ratio = |(code, count): &(u32, u32)| {
            let over = f64::from(*count) * whole.total as f64;
            over / (self.size as f64 * whole.counts[*code as usize] as f64)
        };
        self.values.iter().map(|value| ratio(value).ln().abs()).fold(0.0, f64::max)
    }
}
