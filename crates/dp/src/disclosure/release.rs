//! Differencing: a new release is held against every earlier one.
//!
//! Two published sums over almost the same firms give the few that differ away. So whatever two published cells of one
//! variable differ in must itself pass the rules: enough firms, none of them most of it. The same holds for what is
//! left of a published cell when other published cells inside it, old and new together, are taken away.
//!
//! Source: SDC Handbook, chapter 6 (differencing).
//!
//! Neither another name of the variable nor of the window makes other figures of the same ones: releases of which at least
//! half of the common firms have the same figures are taken for one variable over one window, even where the windows
//! share no day, and windows that are known to share days are compared firm by firm.
//!
//! Assumptions: all releases of the data set are in one log; a holding is named the same in every release. Hidden cells of a table published again with other firms' figures unchanged are the audit's matter: cells
//! published before are marked ([`Release::knows`]) and cannot be hidden again.
//!
//! Not here: figures renamed and changed at once, e.g. by another unit; what is left of a year without eleven of its
//! months in other releases; combinations of many releases with weights other than plus and minus one; durable storage of the log.
//!
//! # Privacy
//! A release lists who contributed what: it is for the publisher's log and for nobody else.

use super::window;
use super::{Contributors, DisclosureError, Entry, Grid, Protected, Rules, Shown, Why};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// What one release published, and about whom.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unverified")]
pub struct Release {
    /// Its name, unique in the log.
    pub name: String,
    /// What is summed, e.g. `receipts`. Releases of another variable are compared where the figures are the same.
    pub variable: String,
    /// Holding and data window of each figure.
    units: Vec<(String, String)>,
    /// The cells that were shown.
    cells: Vec<ReleasedCell>,
}

/// One published cell of a release.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleasedCell {
    /// Its labels.
    name: Vec<String>,
    /// Number of the unit, and its figure; sorted by number.
    parts: Vec<(u32, i64)>,
}

/// A release as it stands in a log.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unverified {
    name: String,
    variable: String,
    units: Vec<(String, String)>,
    cells: Vec<ReleasedCell>,
}

impl TryFrom<Unverified> for Release {
    type Error = &'static str;

    fn try_from(raw: Unverified) -> Result<Self, &'static str> {
        let named = |part: &(u32, i64)| (part.0 as usize) < raw.units.len();
        if !raw.cells.iter().flat_map(|cell| &cell.parts).all(named) {
            return Err("a cell names a contributor that the release does not list");
        }
        Ok(Self { name: raw.name, variable: raw.variable, units: raw.units, cells: raw.cells })
    }
}

impl fmt::Debug for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Release({}, {} cells)", self.name, self.cells.len())
    }
}

impl fmt::Debug for ReleasedCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReleasedCell({})", self.name.join(" / "))
    }
}

impl Release {
    /// What publishing this protected table of these contributions would tell.
    ///
    /// # Errors
    /// [`DisclosureError::Dimensions`], [`DisclosureError::NoCategory`], [`DisclosureError::TooLarge`].
    pub fn of(
        name: &str,
        variable: &str,
        grid: &Grid,
        entries: &[Entry],
        protected: &Protected,
    ) -> Result<Self, DisclosureError> {
        let mut release = Self::every_cell(name, variable, grid, entries)?;
        let shown: BTreeSet<&[String]> =
            protected.cells().filter(|(_, shown)| matches!(shown, Shown::Value(_))).map(|(labels, _)| labels).collect();
        release.cells.retain(|cell| shown.contains(cell.name.as_slice()) && !cell.parts.is_empty());
        Ok(release)
    }

    /// As [`Release::of`] if every cell were shown: what is compared with the log before hiding anything.
    ///
    /// # Errors
    /// As [`Release::of`].
    pub fn every_cell(name: &str, variable: &str, grid: &Grid, entries: &[Entry]) -> Result<Self, DisclosureError> {
        let mut units: BTreeMap<(&str, &str), u32> = BTreeMap::new();
        for entry in entries {
            let next = units.len() as u32;
            units.entry((&entry.holding, &entry.period)).or_insert(next);
        }
        let mut cells: BTreeMap<usize, BTreeMap<u32, i64>> = BTreeMap::new();
        for entry in entries {
            let unit = units.get(&(entry.holding.as_str(), entry.period.as_str())).copied().unwrap_or_default();
            for cell in grid.cells_of(entry)? {
                let part = cells.entry(cell).or_default().entry(unit).or_default();
                let too_large = || DisclosureError::TooLarge { cell: grid.name_of(cell).join(" / ") };
                *part = part.checked_add(entry.value).ok_or_else(too_large)?;
            }
        }
        let mut names: Vec<(u32, (String, String))> =
            units.into_iter().map(|((holding, period), unit)| (unit, (holding.into(), period.into()))).collect();
        names.sort();
        let released = |(cell, parts): (usize, BTreeMap<u32, i64>)| ReleasedCell {
            name: grid.name_of(cell),
            parts: parts.into_iter().filter(|(_, value)| *value != 0).collect(),
        };
        Ok(Self {
            name: name.to_owned(),
            variable: variable.to_owned(),
            units: names.into_iter().map(|(_, name)| name).collect(),
            cells: cells.into_iter().map(released).collect(),
        })
    }

    /// Which of these cells' figures the earlier releases have published already, the very same contributions.
    pub fn knows<'r>(&self, earlier: impl IntoIterator<Item = &'r Self>) -> BTreeSet<Vec<String>> {
        let mut index = Index::default();
        let ours = index.cells(self);
        let earlier: Vec<Self> = earlier.into_iter().filter_map(|release| self.aligned(release)).collect();
        let theirs: BTreeSet<Parts> = earlier.iter().flat_map(|release| index.cells(release)).collect();
        let known = self.cells.iter().zip(ours).filter(|(_, parts)| theirs.contains(parts));
        known.map(|(cell, _)| cell.name.clone()).collect()
    }

    /// Refuses a release that together with earlier ones tells about too few firms, or mostly about one.
    ///
    /// # Errors
    /// [`DisclosureError::Difference`] with the first pair of cells found.
    pub fn check(&self, earlier: &[Self], rules: &Rules, waived: &BTreeSet<String>) -> Result<(), DisclosureError> {
        let mut index = Index::default();
        let new = index.cells(self);
        let mut old = Vec::new();
        let earlier: Vec<Self> = earlier.iter().filter_map(|release| self.aligned(release)).collect();
        for release in &earlier {
            old.extend(release.cells.iter().zip(index.cells(release)).map(|(cell, parts)| (release, cell, parts)));
        }
        let comparison = Comparison { index: &index, rules, waived };
        let new: Vec<(&ReleasedCell, Parts)> = self.cells.iter().zip(new).collect();
        for (cell, parts) in &new {
            for (release, other, others) in &old {
                if let Some(why) = comparison.difference(parts, others) {
                    return Err(refused(cell, release, other, why));
                }
            }
        }
        comparison.remainders(&new, &old)
    }

    /// An earlier release as this one would have named it; `None` if it is about other figures.
    fn aligned(&self, earlier: &Self) -> Option<Self> {
        let alike = mostly_equal(&self.figures(), &earlier.figures());
        if self.variable != earlier.variable && !alike {
            return None;
        }
        let mut aligned = earlier.clone();
        // Whatever the windows say: figures that stayed the same give the firms that differ away.
        if let (true, Some(own), Some(_)) = (alike, self.window(), earlier.window()) {
            aligned.units.iter_mut().for_each(|(_, window)| own.clone_into(window));
        }
        Some(aligned)
    }

    /// The window of all units, where they have one.
    fn window(&self) -> Option<&str> {
        let (_, first) = self.units.first()?;
        self.units.iter().all(|(_, window)| window == first).then_some(first)
    }

    /// Every holding's figure over all its units.
    fn figures(&self) -> BTreeMap<&str, i128> {
        let mut whole: BTreeMap<u32, i64> = BTreeMap::new();
        for (unit, value) in self.cells.iter().flat_map(|cell| &cell.parts) {
            let known = whole.entry(*unit).or_default();
            if value.unsigned_abs() > known.unsigned_abs() {
                *known = *value;
            }
        }
        let mut figures: BTreeMap<&str, i128> = BTreeMap::new();
        for (unit, (holding, _)) in (0u32..).zip(&self.units) {
            *figures.entry(holding).or_default() += i128::from(whole.get(&unit).copied().unwrap_or_default());
        }
        figures
    }
}

/// Whether at least half of the holdings that both know have the same figure, above or below zero, in both.
fn mostly_equal(ours: &BTreeMap<&str, i128>, theirs: &BTreeMap<&str, i128>) -> bool {
    let common = ours.iter().filter_map(|(holding, figure)| Some((*figure, *theirs.get(holding)?)));
    let (mut all, mut equal) = (0usize, 0usize);
    for (ours, theirs) in common.filter(|(ours, theirs)| *ours != 0 || *theirs != 0) {
        all += 1;
        equal += usize::from(ours == theirs);
    }
    all > 0 && 2 * equal >= all
}

fn refused(cell: &ReleasedCell, release: &Release, other: &ReleasedCell, why: Why) -> DisclosureError {
    DisclosureError::Difference {
        cell: cell.name.join(" / "),
        other: other.name.join(" / "),
        release: release.name.clone(),
        why: match why {
            Why::TooFew => "too few firms",
            _ => "a group of which one firm is most",
        },
    }
}

/// Figures by number of unit, sorted.
type Parts = Vec<(usize, i64)>;
type Old<'r> = (&'r Release, &'r ReleasedCell, Parts);

/// Numbers for units and holdings across releases.
#[derive(Default)]
struct Index {
    units: BTreeMap<(String, String), usize>,
    holdings: BTreeMap<String, Arc<str>>,
    /// For each unit, its holding.
    holder: Vec<Arc<str>>,
    /// For each unit, its window.
    window: Vec<String>,
}

impl Index {
    fn cells(&mut self, release: &Release) -> Vec<Parts> {
        let numbers: Vec<usize> = release.units.iter().map(|unit| self.number(unit)).collect();
        let parts = |cell: &ReleasedCell| {
            let number = |(unit, value): &(u32, i64)| Some((*numbers.get(*unit as usize)?, *value));
            let mut parts: Parts = cell.parts.iter().filter_map(number).collect();
            parts.sort_unstable();
            parts
        };
        release.cells.iter().map(parts).collect()
    }

    fn number(&mut self, (holding, window): &(String, String)) -> usize {
        let unit = (holding.clone(), window::canonical(window));
        if let Some(number) = self.units.get(&unit) {
            return *number;
        }
        let holding = self.holdings.entry(unit.0.clone()).or_insert_with(|| Arc::from(unit.0.as_str()));
        self.holder.push(holding.clone());
        self.window.push(unit.1.clone());
        self.units.insert(unit, self.holder.len() - 1);
        self.holder.len() - 1
    }
}

struct Comparison<'c> {
    index: &'c Index,
    rules: &'c Rules,
    waived: &'c BTreeSet<String>,
}

impl Comparison<'_> {
    /// Why the difference of two cells may not be known; `None` if it may, or if they share nobody or are the same.
    fn difference(&self, a: &Parts, b: &Parts) -> Option<Why> {
        let same_units = shares(a, b).then(|| self.verdict(&differing(a, b))).flatten();
        same_units.or_else(|| self.over_shared_days(a, b).then(|| self.firm_by_firm(a, b)).flatten())
    }

    /// Whether some holding stands in both with windows that share days without being the same.
    fn over_shared_days(&self, a: &Parts, b: &Parts) -> bool {
        let windows: BTreeMap<&str, &str> = a.iter().filter_map(|(unit, _)| self.unit(*unit)).collect();
        let of_b = b.iter().filter_map(|(unit, _)| self.unit(*unit));
        of_b.into_iter().any(|(holding, w)| windows.get(holding).is_some_and(|known| window::share_days(known, w)))
    }

    fn unit(&self, unit: usize) -> Option<(&str, &str)> {
        Some((self.index.holder.get(unit)?, self.index.window.get(unit)?))
    }

    /// As the difference of two cells, each holding's figures added up over their windows first.
    fn firm_by_firm(&self, a: &Parts, b: &Parts) -> Option<Why> {
        let mut sums: BTreeMap<Arc<str>, i128> = BTreeMap::new();
        let signed = a.iter().map(|part| (part, 1)).chain(b.iter().map(|part| (part, -1)));
        for ((unit, value), sign) in signed {
            let holder = self.index.holder.get(*unit).cloned().unwrap_or_else(|| Arc::from(""));
            *sums.entry(holder).or_default() += sign * i128::from(*value);
        }
        sums.retain(|_, sum| *sum != 0);
        self.judge(sums.into_iter().map(|(holder, sum)| (holder, sum.abs())).collect())
    }

    /// Why what these units add up to may not be known.
    fn verdict(&self, parts: &Parts) -> Option<Why> {
        let mut sums: BTreeMap<Arc<str>, i128> = BTreeMap::new();
        for (unit, value) in parts {
            let holder = self.index.holder.get(*unit).cloned().unwrap_or_else(|| Arc::from(""));
            *sums.entry(holder).or_default() += i128::from(*value).abs();
        }
        self.judge(sums)
    }

    fn judge(&self, sums: BTreeMap<Arc<str>, i128>) -> Option<Why> {
        // Sums that leave the range of exact comparison cannot be judged, and what cannot be judged is not shown.
        let Some(contributors) = Contributors::from_sums(sums, false, self.waived) else { return Some(Why::Dominated) };
        self.rules.assess(&contributors).map(|verdict| verdict.why)
    }

    /// What is left of a cell without the cells inside it, old and new together.
    fn remainders(&self, new: &[(&ReleasedCell, Parts)], old: &[Old<'_>]) -> Result<(), DisclosureError> {
        let old_parts: BTreeSet<&Parts> = old.iter().map(|(_, _, parts)| parts).collect();
        let fresh: Vec<&(&ReleasedCell, Parts)> = new.iter().filter(|(_, parts)| !old_parts.contains(parts)).collect();
        if fresh.is_empty() {
            return Ok(());
        }
        let fresh_parts: Vec<&Parts> = largest_first(fresh.iter().map(|(_, parts)| parts));
        let known_parts: Vec<&Parts> = largest_first(old_parts.iter().copied());
        for (release, other, whole) in old {
            if let Some(why) = self.remainder(whole, [&fresh_parts, &known_parts]) {
                let inside = fresh.iter().find(|(_, parts)| within(parts, whole));
                return Err(refused(inside.map_or(*other, |(cell, _)| *cell), release, other, why));
            }
        }
        for (cell, whole) in &fresh {
            if let Some(why) = self.remainder(whole, [&known_parts, &fresh_parts])
                && let Some((release, other, _)) = old.iter().find(|(_, _, parts)| within(parts, whole))
            {
                return Err(refused(cell, release, other, why));
            }
        }
        Ok(())
    }

    /// Takes disjoint cells inside a whole away, those of the first list first; at least one of it is needed.
    fn remainder(&self, whole: &Parts, lists: [&Vec<&Parts>; 2]) -> Option<Why> {
        let mut rest = whole.clone();
        for (number, list) in lists.into_iter().enumerate() {
            for parts in list.iter().filter(|parts| **parts != whole && within(parts, whole)) {
                if within(parts, &rest) {
                    rest = differing(&rest, parts);
                }
            }
            if number == 0 && rest.len() == whole.len() {
                return None;
            }
        }
        if rest.is_empty() { None } else { self.verdict(&rest) }
    }
}

fn largest_first<'p>(parts: impl Iterator<Item = &'p Parts>) -> Vec<&'p Parts> {
    let mut all: Vec<&Parts> = parts.filter(|parts| !parts.is_empty()).collect();
    all.sort_by_key(|parts| std::cmp::Reverse(parts.len()));
    all
}

fn shares(a: &Parts, b: &Parts) -> bool {
    let (few, many) = if a.len() < b.len() { (a, b) } else { (b, a) };
    few.iter().any(|(unit, _)| many.binary_search_by_key(unit, |part| part.0).is_ok())
}

/// Whether every figure of `inner` is one of `outer`, with the same value.
fn within(inner: &Parts, outer: &Parts) -> bool {
    inner.len() <= outer.len() && inner.iter().all(|part| outer.binary_search(part).is_ok())
}

/// The figures in which two cells differ: in one only, or with another value.
fn differing(a: &Parts, b: &Parts) -> Parts {
    let mut parts: BTreeMap<usize, i64> = a.iter().copied().collect();
    for (unit, value) in b {
        let left = parts.entry(*unit).or_default();
        *left = left.saturating_sub(*value);
    }
    parts.into_iter().filter(|(_, value)| *value != 0).collect()
}
