//! Who contributed what to one cell, summed per holding.
//!
//! Source: SDC Handbook, chapter 4: rules apply to companies or holdings, not to establishments. Two shops of one
//! owner are one contributor: the owner knows both figures.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// One holding's part of a cell.
#[derive(Clone, PartialEq, Eq)]
struct Share {
    value: i64,
    waived: bool,
    holding: Arc<str>,
}

/// The contributions to one cell, largest first; those of zero are only known to exist.
///
/// # Privacy
/// Holds figures: `Debug` shows how many contributors there are and nothing else.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Contributors {
    shares: Vec<Share>,
    negative: bool,
}

impl Contributors {
    /// Sums contributions per holding; `waived` are holdings that agreed to be recognisable.
    ///
    /// `None` if a holding's sum leaves 62 bits.
    pub fn new<'a>(contributions: impl IntoIterator<Item = (&'a str, i64)>, waived: &BTreeSet<String>) -> Option<Self> {
        let mut sums: BTreeMap<&str, i128> = BTreeMap::new();
        let mut negative = false;
        for (holding, value) in contributions {
            negative |= value < 0;
            *sums.entry(holding).or_default() += i128::from(value);
        }
        let named = sums.into_iter().map(|(holding, sum)| (Arc::from(holding), sum));
        Self::from_sums(named, negative, waived)
    }

    /// From sums per holding, and whether any contribution in them was below zero.
    pub(super) fn from_sums(
        sums: impl IntoIterator<Item = (Arc<str>, i128)>,
        negative: bool,
        waived: &BTreeSet<String>,
    ) -> Option<Self> {
        let mut shares = Vec::new();
        let mut total = 0i128;
        for (holding, sum) in sums {
            let value = i64::try_from(sum).ok().filter(|value| value.unsigned_abs() < 1 << 61)?;
            total += sum.abs();
            if value != 0 {
                shares.push(Share { value, waived: waived.contains(&*holding), holding });
            }
        }
        shares.sort_by(|a, b| b.value.cmp(&a.value).then_with(|| a.holding.cmp(&b.holding)));
        (total < 1 << 61).then_some(Self { shares, negative })
    }

    /// How many holdings contribute something other than zero.
    pub fn count(&self) -> usize {
        self.shares.len()
    }

    /// The cell's value.
    pub fn total(&self) -> i128 {
        self.shares.iter().map(|share| i128::from(share.value)).sum()
    }

    /// Whether any contribution was below zero, before or after summing per holding.
    pub fn has_negative(&self) -> bool {
        self.negative || self.shares.last().is_some_and(|share| share.value < 0)
    }

    /// The largest and second-largest contribution: what a checker needs to see beside the number of contributors.
    pub fn top_two(&self) -> (i64, i64) {
        let at = |index: usize| self.shares.get(index).map_or(0, |share| share.value);
        (at(0), at(1))
    }

    /// The holdings, largest first.
    pub(super) fn holdings(&self) -> impl Iterator<Item = &Arc<str>> {
        self.shares.iter().map(|share| &share.holding)
    }

    /// The contributions of everyone else: what these holdings see of the cell once they subtract their own.
    pub(super) fn without(&self, who: &BTreeSet<Arc<str>>) -> Self {
        let others = self.shares.iter().filter(|share| !who.contains(&share.holding)).cloned();
        Self { shares: others.collect(), negative: self.negative }
    }

    pub(super) fn all_waived(&self) -> bool {
        self.shares.iter().all(|share| share.waived)
    }

    pub(super) fn largest_unwaived(&self) -> impl Iterator<Item = i128> {
        self.shares.iter().filter(|share| !share.waived).map(|share| i128::from(share.value))
    }

    /// The largest contribution without a waiver, and what remains beside it and the `coalition` largest others.
    pub(super) fn target_and_rest(&self, coalition: u32) -> Option<(i128, i128)> {
        let at = self.shares.iter().position(|share| !share.waived)?;
        let target = i128::from(self.shares.get(at)?.value);
        let others = self.shares.iter().enumerate().filter(|(index, _)| *index != at);
        let rest = others.skip(coalition as usize).map(|(_, share)| i128::from(share.value)).sum();
        Some((target, rest))
    }
}

impl fmt::Debug for Contributors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contributors({})", self.count())
    }
}
