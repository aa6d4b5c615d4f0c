//! Grouping items by several coded columns at once.
//!
//! The codes of an item are written as one number, each column a digit with its own radix; items with the same number
//! are in one group. Where the numbers fit a small table they index it, else they are hashed; where they would exceed
//! 64 bits the groups so far are numbered anew and become the first digit.

use rustc_hash::FxHashMap;

/// One column of a key: the code of each item, and the group of each code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Digit<'a> {
    pub(crate) codes: &'a [u32],
    pub(crate) map: &'a [u32],
    pub(crate) groups: usize,
}

impl Digit<'_> {
    fn of(&self, item: usize) -> u64 {
        u64::from(self.map[self.codes[item] as usize])
    }
}

/// Which group each item is in; groups are numbered in order of first appearance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Grouping {
    pub(crate) of: Vec<u32>,
    /// The first item of each group.
    pub(crate) first: Vec<u32>,
}

impl Grouping {
    pub(crate) const fn len(&self) -> usize {
        self.first.len()
    }

    /// How much all items of a group weigh together.
    pub(crate) fn sums(&self, weight: impl Fn(usize) -> u64) -> Vec<u64> {
        let mut sums = vec![0; self.len()];
        for (item, group) in self.of.iter().enumerate() {
            sums[*group as usize] += weight(item);
        }
        sums
    }
}

/// Groups the items that `items` lists by all digits.
pub(crate) fn group(items: &[u32], digits: &[Digit<'_>]) -> Grouping {
    let mut keys = vec![0u64; items.len()];
    let mut span: u64 = 1;
    for digit in digits {
        let radix = digit.groups.max(1) as u64;
        match span.checked_mul(radix) {
            Some(wider) => span = wider,
            None => {
                let so_far = number(&keys, span);
                keys.iter_mut().zip(&so_far.of).for_each(|(key, group)| *key = u64::from(*group));
                // Both factors are below 2^32, so that the product fits.
                span = so_far.len() as u64 * radix;
            }
        }
        for (key, item) in keys.iter_mut().zip(items) {
            *key = *key * radix + digit.of(*item as usize);
        }
    }
    number(&keys, span)
}

fn number(keys: &[u64], span: u64) -> Grouping {
    let mut first = Vec::new();
    let mut of = Vec::with_capacity(keys.len());
    let fresh = |at: usize, first: &mut Vec<u32>| {
        first.push(at as u32);
        first.len() as u32 - 1
    };
    if span <= 4 * keys.len() as u64 + 1024 {
        let mut seen = vec![u32::MAX; span as usize];
        for (at, key) in keys.iter().enumerate() {
            let slot = &mut seen[*key as usize];
            if *slot == u32::MAX {
                *slot = fresh(at, &mut first);
            }
            of.push(*slot);
        }
    } else {
        let mut seen: FxHashMap<u64, u32> = FxHashMap::default();
        seen.reserve(keys.len() / 4);
        for (at, key) in keys.iter().enumerate() {
            of.push(*seen.entry(*key).or_insert_with(|| fresh(at, &mut first)));
        }
    }
    Grouping { of, first }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn groups_are_those_of_the_obvious_way(
            rows in prop::collection::vec(prop::collection::vec(0u32..5, 3), 1..60),
            huge in any::<bool>(),
        ) {
            let columns: Vec<Vec<u32>> = (0..3).map(|c| rows.iter().map(|row| row[c]).collect()).collect();
            let map: Vec<u32> = (0..5).collect();
            // With a radix of 2^31 the key of three columns exceeds 64 bits and is numbered anew on the way.
            let groups = if huge { 1 << 31 } else { 5 };
            let digits: Vec<Digit<'_>> = columns.iter().map(|codes| Digit { codes, map: &map, groups }).collect();
            let items: Vec<u32> = (0..rows.len() as u32).collect();
            let found = group(&items, &digits);
            let mut known: BTreeMap<&Vec<u32>, u32> = BTreeMap::new();
            for (row, got) in rows.iter().zip(&found.of) {
                let next = known.len() as u32;
                prop_assert_eq!(*known.entry(row).or_insert(next), *got);
            }
            prop_assert_eq!(known.len(), found.len());
        }
    }
}
