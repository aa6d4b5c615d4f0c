//! What is kept of a column while its rows go by, in bounded memory.
//!
//! A sample of the distinct values (those with the smallest hashes, so that every distinct value has the same chance,
//! however often it stands there), counts, and how many cells the scanner found something in.

use super::mask;
use super::scanner::{self, Finding, Hints};
use super::{Kind, Likelihood};
use std::collections::BTreeMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

/// How many distinct values are kept.
pub(crate) const KEPT: usize = 1000;
/// Longest part of a value that is kept, in bytes.
const LONGEST: usize = 256;

/// The hash of a value: the same in every run, so that the same file gives the same report.
pub(crate) fn hash(value: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(value)
}

/// One column of a table as its rows go by.
///
/// # Privacy
/// It holds values; only [`super::verdict`] reads it, and what that gives out holds none.
pub(crate) struct Profile {
    pub(crate) header: String,
    pub(crate) hints: Hints,
    pub(crate) cells: u64,
    pub(crate) empty: u64,
    pub(crate) bytes: u64,
    pub(crate) shortest: usize,
    pub(crate) longest: usize,
    /// Cells with at least four words.
    pub(crate) wordy: u64,
    pub(crate) hits: BTreeMap<Kind, Hits>,
    sample: BTreeMap<u64, Box<str>>,
    overflowed: bool,
}

/// Cells in which the scanner found a kind.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hits {
    /// All of them.
    pub(crate) cells: u64,
    /// Those of which the kind is all.
    pub(crate) whole: u64,
    /// The strongest single finding.
    pub(crate) best: Option<Likelihood>,
}

impl Profile {
    pub(crate) fn new(header: String) -> Self {
        let hints = Hints::of_header(&header);
        Self {
            header,
            hints,
            cells: 0,
            empty: 0,
            bytes: 0,
            shortest: usize::MAX,
            longest: 0,
            wordy: 0,
            hits: BTreeMap::new(),
            sample: BTreeMap::new(),
            overflowed: false,
        }
    }

    /// Takes a cell in; `found` is a list to use again and holds what was found in it afterwards.
    pub(crate) fn push(&mut self, value: &str, hash: u64, found: &mut Vec<Finding>) {
        found.clear();
        self.cells += 1;
        let value = value.trim();
        if empty(value) {
            self.empty += 1;
            return;
        }
        self.bytes += value.len() as u64;
        self.shortest = self.shortest.min(value.len());
        self.longest = self.longest.max(value.len());
        self.wordy += u64::from(value.len() >= 12 && value.split_ascii_whitespace().nth(3).is_some());
        self.keep(value, hash);
        scanner::find_into(value, self.hints, found);
        for (place, finding) in found.iter().enumerate() {
            let hits = self.hits.entry(finding.kind).or_default();
            let first = !found[..place].iter().any(|earlier| earlier.kind == finding.kind);
            hits.cells += u64::from(first);
            hits.whole += u64::from(finding.end - finding.start + 2 >= value.len());
            hits.best = hits.best.max(Some(finding.likelihood));
        }
    }

    fn keep(&mut self, value: &str, hash: u64) {
        let full = self.sample.len() >= KEPT;
        if full && self.sample.last_key_value().is_some_and(|(largest, _)| *largest < hash) {
            self.overflowed = true;
            return;
        }
        if self.sample.contains_key(&hash) {
            return;
        }
        if full {
            self.sample.pop_last();
            self.overflowed = true;
        }
        let cut = (0..=LONGEST.min(value.len())).rev().find(|place| value.is_char_boundary(*place)).unwrap_or(0);
        self.sample.insert(hash, value[..cut].into());
    }

    /// The sample of distinct values.
    pub(crate) fn sample(&self) -> impl Iterator<Item = &str> {
        self.sample.values().map(AsRef::as_ref)
    }

    /// How many distinct values there are, and whether that is exact (Bar-Yossef et al. 2002 otherwise: k minimum values).
    pub(crate) fn distinct(&self) -> (u64, bool) {
        let kept = self.sample.len() as u64;
        match self.sample.last_key_value() {
            Some((largest, _)) if self.overflowed => {
                #[expect(
                    clippy::cast_precision_loss,
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "an estimate"
                )]
                let estimate = ((kept - 1) as f64 / (*largest as f64 / u64::MAX as f64)) as u64;
                (estimate.clamp(kept, self.filled().max(kept)), false)
            }
            _ => (kept, true),
        }
    }

    /// Cells that are not empty.
    pub(crate) const fn filled(&self) -> u64 {
        self.cells - self.empty
    }

    /// Whether the column is running text.
    pub(crate) const fn running_text(&self) -> bool {
        self.filled() > 0 && self.wordy * 2 >= self.filled() && self.bytes >= 24 * self.filled()
    }

    /// The most frequent shapes of the sample, at most three.
    pub(crate) fn shapes(&self) -> Vec<String> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        self.sample().for_each(|value| *counts.entry(mask::shape(value)).or_default() += 1);
        let mut shapes: Vec<_> = counts.into_iter().collect();
        shapes.sort_by_key(|(shape, count)| (std::cmp::Reverse(*count), shape.clone()));
        shapes.into_iter().take(3).map(|(shape, _)| shape).collect()
    }
}

/// Whether a cell says that there is no value.
pub(crate) fn empty(value: &str) -> bool {
    value.is_empty()
        || (value.len() <= 4
            && matches!(
                value.to_ascii_lowercase().as_str(),
                "null" | "na" | "n/a" | "nan" | "none" | "\\n" | "?" | "-"
            ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(values: impl IntoIterator<Item = String>) -> Profile {
        let mut profile = Profile::new("x".to_owned());
        let mut found = Vec::new();
        values.into_iter().for_each(|value| profile.push(&value, hash(&value), &mut found));
        profile
    }

    #[test]
    fn distinct_values_are_counted_exactly_and_then_estimated() {
        let few = profile((0..5000).map(|n| (n % 700).to_string()));
        assert_eq!(few.distinct(), (700, true));
        let (estimate, exact) = profile((0..40_000).map(|n| (n % 20_000).to_string())).distinct();
        assert!(!exact && (18_000..22_000).contains(&estimate), "{estimate}");
    }

    #[test]
    fn the_sample_is_of_distinct_values_however_frequent() {
        let values = (0..9_000).map(|_| "a".to_owned()).chain((0..3_000).map(|n| n.to_string()));
        assert_eq!(profile(values).sample().count(), KEPT);
    }

    #[test]
    fn hits_are_counted_by_cell() {
        let profile =
            profile(["a@b.com and c@d.com".to_owned(), "a@b.com".to_owned(), String::new(), "NULL".to_owned()]);
        let hits = profile.hits[&Kind::Email];
        assert_eq!((hits.cells, hits.whole, profile.empty, profile.cells), (2, 1, 2, 4));
    }
}
