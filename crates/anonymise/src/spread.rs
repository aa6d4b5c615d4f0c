//! How often each sensitive value occurs in each class, and merging classes.

use crate::group::Grouping;

/// For each class, its sensitive values in the order of their codes, with how many rows hold each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spread {
    starts: Vec<usize>,
    entries: Vec<(u32, u32)>,
}

impl Spread {
    /// Classes of rows, given the class and the value of each row.
    pub(crate) fn of(classes: &Grouping, codes: &[u32]) -> Self {
        let entries = classes.of.iter().zip(codes).map(|(class, code)| (*class, (*code, 1)));
        Self::gather(classes.len(), entries)
    }

    /// The same for coarser classes, given the coarser class of each class.
    pub(crate) fn merged(&self, classes: &Grouping) -> Self {
        let slices = classes.of.iter().enumerate();
        let entries = slices.flat_map(|(old, new)| self.class(old).iter().map(|entry| (*new, *entry)));
        Self::gather(classes.len(), entries)
    }

    /// The values of one class.
    pub(crate) fn class(&self, class: usize) -> &[(u32, u32)] {
        &self.entries[self.starts[class]..self.starts[class + 1]]
    }

    /// How many entries all classes have.
    pub(crate) const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Sorts entries by class, then by value, and adds up what is the same.
    fn gather(classes: usize, entries: impl Iterator<Item = (u32, (u32, u32))> + Clone) -> Self {
        let mut ends = vec![0usize; classes + 1];
        entries.clone().for_each(|(class, _)| ends[class as usize + 1] += 1);
        for class in 0..classes {
            ends[class + 1] += ends[class];
        }
        let mut next = ends.clone();
        let mut sorted = vec![(0, 0); ends[classes]];
        for (class, entry) in entries {
            sorted[next[class as usize]] = entry;
            next[class as usize] += 1;
        }
        let mut found = Self { starts: vec![0], entries: Vec::with_capacity(sorted.len()) };
        for class in 0..classes {
            let slice = &mut sorted[ends[class]..ends[class + 1]];
            slice.sort_unstable_by_key(|(code, _)| *code);
            let start = found.entries.len();
            for (code, count) in slice {
                match found.entries[start..].last_mut() {
                    Some((last, sum)) if last == code => *sum += *count,
                    _ => found.entries.push((*code, *count)),
                }
            }
            found.starts.push(found.entries.len());
        }
        found
    }
}
