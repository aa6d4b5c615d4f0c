//! Classes of nodes seen before, from which those of coarser nodes are made.

use crate::task::Partition;

/// Most entries kept in all snapshots together.
const MOST_ENTRIES: usize = 24_000_000;
/// Most snapshots.
const MOST: usize = 400;

/// Classes of the finest node, and of some others.
pub(super) struct Snapshots {
    finest: Partition,
    others: Vec<(Vec<usize>, Partition)>,
    entries: usize,
}

impl Snapshots {
    pub(super) const fn new(finest: Partition) -> Self {
        Self { finest, others: Vec::new(), entries: 0 }
    }

    /// The smallest classes that are finer than a node.
    pub(super) fn below(&self, node: &[usize]) -> &Partition {
        let finer = self.others.iter().filter(|(other, _)| other.iter().zip(node).all(|(other, node)| other <= node));
        let best = finer.min_by_key(|(_, classes)| classes.first.len());
        best.map_or(&self.finest, |(_, classes)| classes)
    }

    /// Whether keeping classes is worth their room: they are at most half of those they were made of.
    pub(super) fn wants(&self, classes: usize, from: usize) -> bool {
        classes * 2 <= from && self.others.len() < MOST && self.entries + classes <= MOST_ENTRIES
    }

    pub(super) fn keep(&mut self, node: &[usize], classes: Partition) {
        self.entries += classes.first.len() + classes.spreads.iter().map(crate::spread::Spread::len).sum::<usize>();
        self.others.push((node.to_vec(), classes));
    }
}
