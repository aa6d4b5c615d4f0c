//! Witnesses: other tables, in whole numbers, that agree with everything an attacker knows.
//!
//! A hidden cell is protected upwards by `U` if some table with the same shown cells has there at least its true
//! value plus `U`, breaks no relation and no public bound. Such a table is a proof that anyone can check by adding
//! up, without a solver and without rounding: [`Witness::proves`]. [`exact`] makes one from a solver's proposal: the
//! deviations at bounds are whole numbers by themselves, the others follow from the relations by elimination in
//! exact fractions. A proposal that cannot be made exact counts as none: the cell is then taken as unprotected.
//!
//! Because witnesses are whole numbers, an attacker who knows that amounts are whole cents learns no more.

use super::Table;
use super::lp::within;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::collections::{BTreeMap, BTreeSet};

/// Largest common denominator of a proposal; relations of totals and parts need 1, rarely 2.
const LARGEST_DENOMINATOR: i128 = 720;

/// Deviations from the true table, by number of cell.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Witness(BTreeMap<usize, i128>);

impl Witness {
    /// The cells that differ from the true table.
    pub(super) fn cells(&self) -> impl Iterator<Item = usize> {
        self.0.keys().copied()
    }

    /// Whether it differs in the cell.
    pub(super) fn moves(&self, cell: usize) -> bool {
        self.0.contains_key(&cell)
    }

    /// Whether the witness moves `cell` by at least `by` (in its direction) and no cell that `may_move` denies, and
    /// breaks no relation and no bound: the exact check everything rests on.
    pub(super) fn proves(&self, table: &Table, cell: usize, by: i128, may_move: impl Fn(usize) -> bool) -> bool {
        let moved = self.0.get(&cell).copied().unwrap_or(0);
        let far = if by < 0 { moved <= by } else { moved >= by };
        far && self.0.iter().all(|(cell, by)| may_move(*cell) && within(table, *cell, *by)) && self.balances(table)
    }

    fn balances(&self, table: &Table) -> bool {
        let touched = self.cells().filter_map(|cell| table.touching.get(cell)).flatten();
        let touched: BTreeSet<usize> = touched.copied().collect();
        touched.iter().filter_map(|number| table.relations.get(*number)).all(|relation| {
            let moved = |(cell, factor): &(usize, i64)| {
                let by = self.0.get(cell).copied().unwrap_or(0);
                by.checked_mul(i128::from(*factor))
            };
            relation.0.iter().try_fold(0i128, |sum, term| sum.checked_add(moved(term)?)) == Some(0)
        })
    }
}

/// A proposal in units of `by`, made exact; `None` if it cannot be.
pub(super) fn exact(table: &Table, proposal: &[(usize, f64)], target: usize, by: i128) -> Option<Witness> {
    let rounded = rounded(table, proposal, target, by);
    if rounded.balances(table) {
        return Some(rounded);
    }
    let solved = Elimination::new(table, &rounded, target);
    let denominator = solved.denominator()?;
    let witness = solved.deviations(&rounded, denominator)?;
    witness.balances(table).then_some(witness)
}

/// Every deviation as the nearest whole number within the cell's bounds.
fn rounded(table: &Table, proposal: &[(usize, f64)], target: usize, by: i128) -> Witness {
    let unit = by.unsigned_abs() as f64;
    let whole = |(cell, moved): &(usize, f64)| {
        let (down, up) = table.cells().get(*cell)?.slack();
        let near = if *cell == target { by } else { (moved * unit).round() as i128 };
        let near = near.max(down.unwrap_or(i128::MIN)).min(up.unwrap_or(i128::MAX));
        (near != 0).then_some((*cell, near))
    };
    Witness(proposal.iter().filter_map(whole).collect())
}

type Row = BTreeMap<usize, BigRational>;

/// The relations solved for some of the cells (the pivots) in terms of the others.
struct Elimination {
    solved: BTreeMap<usize, Row>,
    free: Vec<usize>,
    target: usize,
}

impl Elimination {
    /// Prefers to solve for cells inside their bounds, never for the target.
    fn new(table: &Table, rounded: &Witness, target: usize) -> Self {
        let at_bound = |cell: usize| {
            let by = rounded.0.get(&cell).copied();
            let slack = table.cells().get(cell).map(super::Cell::slack);
            slack.is_some_and(|(down, up)| by == down || by == up)
        };
        let mut order: Vec<usize> = rounded.cells().filter(|cell| *cell != target).collect();
        order.sort_by_key(|cell| at_bound(*cell));
        let touched: BTreeSet<usize> =
            rounded.cells().filter_map(|cell| table.touching.get(cell)).flatten().copied().collect();
        let mut rows: Vec<Row> = touched.iter().map(|number| row(table, *number, rounded)).collect();
        let mut solved: BTreeMap<usize, Row> = BTreeMap::new();
        for pivot in order {
            let Some(at) = rows.iter().position(|row| row.contains_key(&pivot)) else { continue };
            let mut row = rows.swap_remove(at);
            let lead = row.remove(&pivot).unwrap_or_else(BigRational::one);
            row.values_mut().for_each(|factor| *factor = -&*factor / &lead);
            rows.iter_mut().chain(solved.values_mut()).for_each(|other| substitute(other, pivot, &row));
            rows.retain(|row| !row.is_empty());
            solved.insert(pivot, row);
        }
        let free = rounded.cells().filter(|cell| !solved.contains_key(cell)).collect();
        Self { solved, free, target }
    }

    /// The least number that makes every coefficient whole.
    fn denominator(&self) -> Option<i128> {
        let all = self.solved.values().flat_map(BTreeMap::values);
        let least = all.fold(BigInt::one(), |lcm, factor| num_lcm(&lcm, factor.denom()));
        least.to_i128().filter(|least| *least <= LARGEST_DENOMINATOR)
    }

    /// Free deviations as multiples of the denominator, and what follows from them.
    fn deviations(&self, rounded: &Witness, denominator: i128) -> Option<Witness> {
        let mut moved: BTreeMap<usize, i128> = BTreeMap::new();
        for cell in &self.free {
            let by = rounded.0.get(cell).copied().unwrap_or(0);
            // The target no less far than asked for, every other no further than the bounds allow.
            let further = if *cell == self.target && by % denominator != 0 { by.signum() } else { 0 };
            moved.insert(*cell, (by / denominator + further) * denominator);
        }
        for (cell, row) in &self.solved {
            let term = |(free, factor): (&usize, &BigRational)| {
                factor * BigRational::from_integer(BigInt::from(moved.get(free).copied().unwrap_or(0)))
            };
            let sum: BigRational = row.iter().map(term).sum();
            let whole = sum.is_integer().then(|| sum.to_integer().to_i128())??;
            moved.insert(*cell, whole);
        }
        moved.retain(|_, by| *by != 0);
        Some(Witness(moved))
    }
}

/// One relation over the cells that move.
fn row(table: &Table, number: usize, rounded: &Witness) -> Row {
    let mut row = Row::new();
    for (cell, factor) in table.relations.get(number).map(|relation| relation.0.as_slice()).unwrap_or_default() {
        if rounded.moves(*cell) {
            *row.entry(*cell).or_insert_with(BigRational::zero) += BigRational::from_integer(BigInt::from(*factor));
        }
    }
    row.retain(|_, factor| !factor.is_zero());
    row
}

/// Replaces a cell in a row by what it was solved to.
fn substitute(row: &mut Row, cell: usize, solution: &Row) {
    let Some(times) = row.remove(&cell) else { return };
    for (other, factor) in solution {
        *row.entry(*other).or_insert_with(BigRational::zero) += &times * factor;
    }
    row.retain(|_, factor| !factor.is_zero());
}

fn num_lcm(a: &BigInt, b: &BigInt) -> BigInt {
    let (mut x, mut y) = (a.abs(), b.abs());
    while !y.is_zero() {
        (x, y) = (y.clone(), x % y);
    }
    (a * b).abs() / x.max(BigInt::one())
}
