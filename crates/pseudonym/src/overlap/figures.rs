//! What is counted: customers by the exact combination of members that have them, and the figures made of it.
//!
//! # Privacy
//! A customer is in one region, the combination of members that have it. Whatever changes about one customer (a member
//! gains or loses it, it appears or vanishes altogether) takes one from a region and adds one to another at most: two in
//! all ([`REGION_CHANGE`]). Sizes, pairs, triples and reach are sums of regions. Noise is therefore added to the
//! regions once, and the figures are computed from the noisy regions at no further cost. Adding it to the figures
//! themselves would have to cover [`Change::figures`], which is larger.

use super::MAX_MEMBERS;

/// How much all regions together change when anything about one customer changes.
pub const REGION_CHANGE: u64 = 2;

/// How many customers each combination of members has, exactly.
///
/// # Privacy
/// In the clear: no `Debug`, no `Clone`. Only the comparing party has it; what is published is made of it with noise.
pub struct Regions {
    members: usize,
    counts: Vec<u64>,
}

impl Regions {
    /// Counts points of sorted sets.
    pub(super) fn of(sets: &[Vec<[u8; 32]>]) -> Self {
        let points = sets.iter().zip(0u8..).flat_map(|(set, bit)| set.iter().map(move |point| (*point, 1usize << bit)));
        let mut points: Vec<([u8; 32], usize)> = points.collect();
        points.sort_unstable();
        let mut counts = vec![0u64; (1 << sets.len()) - 1];
        for same in points.chunk_by(|(a, _), (b, _)| a == b) {
            let combination: usize = same.iter().map(|(_, member)| member).sum();
            // Every combination has a member, and each member has a point once.
            if let Some(count) = combination.checked_sub(1).and_then(|index| counts.get_mut(index)) {
                *count += 1;
            }
        }
        Self { members: sets.len(), counts }
    }

    /// How many members there are.
    pub const fn members(&self) -> usize {
        self.members
    }

    /// The exact counts: entry `c - 1` is that of the combination whose members are the bits of `c`.
    pub fn expose_counts(&self) -> &[u64] {
        &self.counts
    }
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FigureKind {
    /// Customers of one member.
    Size,
    /// Customers that two members share.
    Pair,
    /// Customers that three members share.
    Triple,
    /// Customers that any of the members has.
    Reach,
}

/// A figure made of regions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Figure {
    kind: FigureKind,
    members: usize,
}

impl Figure {
    /// What it counts.
    pub const fn kind(&self) -> FigureKind {
        self.kind
    }

    /// The places of the members it is about, in order.
    pub fn members(&self) -> Vec<usize> {
        (0..MAX_MEMBERS).filter(|place| self.members >> place & 1 == 1).collect()
    }

    /// Whether customers of a combination count: entry `index` of [`Regions::expose_counts`].
    pub const fn counts(&self, index: usize) -> bool {
        let common = (index + 1) & self.members;
        match self.kind {
            FigureKind::Reach => common != 0,
            _ => common == self.members,
        }
    }

    /// How many of `2^members - 1` regions it adds up.
    pub fn regions(&self, members: usize) -> usize {
        (0..(1usize << members) - 1).filter(|index| self.counts(*index)).count()
    }
}

/// All figures of so many members: sizes, pairs, triples, reach.
pub fn figures(members: usize) -> Vec<Figure> {
    let all = (1usize << members.min(MAX_MEMBERS)) - 1;
    let of = |kind, count| {
        let chosen = (1..=all).filter(move |members: &usize| members.count_ones() == count);
        chosen.map(move |members| Figure { kind, members })
    };
    let parts = of(FigureKind::Size, 1).chain(of(FigureKind::Pair, 2)).chain(of(FigureKind::Triple, 3));
    parts.chain([Figure { kind: FigureKind::Reach, members: all }]).collect()
}

/// How many figures one customer can change, each by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Sizes.
    pub sizes: u64,
    /// Pairs.
    pub pairs: u64,
    /// Triples.
    pub triples: u64,
    /// Reach.
    pub reach: u64,
    /// All of them at once: less than the sum where they cannot change together.
    pub figures: u64,
    /// All regions.
    pub regions: u64,
}

impl Change {
    /// A customer is added to or taken from the set of one member, of so many.
    ///
    /// If `p` others have it, that changes one size, `p` pairs and `p (p - 1) / 2` triples; reach changes only where `p`
    /// is 0. Most change at `p = n - 1`: `1 + n (n - 1) / 2` figures.
    pub const fn of_one_membership(members: u64) -> Self {
        let others = members - 1;
        let triples = others * others.saturating_sub(1) / 2;
        let (pairs, together) = (others, 1 + others + triples);
        let figures = if together > 2 { together } else { 2 };
        Self { sizes: 1, pairs, triples, reach: 1, figures, regions: REGION_CHANGE }
    }

    /// A customer is added to or taken from all sets that have it; nothing about one customer changes more figures.
    pub const fn of_a_customer(members: u64) -> Self {
        let pairs = members * (members - 1) / 2;
        let triples = pairs * members.saturating_sub(2) / 3;
        Self { sizes: members, pairs, triples, reach: 1, figures: members + pairs + triples + 1, regions: 1 }
    }
}
