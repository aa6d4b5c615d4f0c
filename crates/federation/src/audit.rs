//! The cell audit: may these cells be opened together, given everything ever opened of the same figures?
//!
//! Sums over cells are linear in the members' figures. If some combination of opened cells depends
//! on a small group of members only, subtracting the rest of it out gives that group's sum. So for
//! the 0/1 matrix `M` (cells by members present) there must be no set `T` of members with
//! `0 < |T| < n_min + c` and `rank(M without the columns of T) < rank(M)`. It suffices to take `T` as a
//! union of *atoms*: members that stand in exactly the same cells.
//!
//! The audit covers linear combinations, not inference from bounds: a zero total of figures that
//! cannot be negative reveals zeros.

use guildhall_mpc::Field128;
use std::collections::{BTreeMap, BTreeSet};

/// More candidate groups than this are not searched; the sufficient rule decides instead.
const MOST_CANDIDATES: usize = 20_000;

/// One cell of one figure, as a set of members present in it.
pub type Members = BTreeSet<String>;

/// Why cells may not be opened together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{figure}: the cells, taken together with earlier rounds, single out {} (fewer than {smallest}); \
     merge cells, leave one attribute out, or let further cells be hidden",
    describe(members)
)]
pub struct SinglesOut {
    /// The figure, as `kpi/period`.
    pub figure: String,
    /// The group that could be singled out.
    pub members: Vec<String>,
    /// The least size a group must have.
    pub smallest: u64,
}

fn describe(members: &[String]) -> String {
    match members {
        [one] => format!("a single member ({one})"),
        many => format!("a group of {} members", many.len()),
    }
}

/// Finds a group of fewer than `smallest` entities that the opened cells single out, if there is one.
///
/// `entity` names the legal entity of a member: members of one entity count once.
pub fn singled_out<'a>(cells: &[Members], smallest: u64, entity: &impl Fn(&str) -> &'a str) -> Option<Vec<String>> {
    let smallest = usize::try_from(smallest).unwrap_or(usize::MAX);
    let atoms = atoms(cells);
    let size = |group: &[&Vec<String>]| -> usize {
        group.iter().flat_map(|atom| atom.iter()).map(|m| entity(m)).collect::<BTreeSet<_>>().len()
    };
    let small: Vec<(&Vec<bool>, &Vec<String>)> =
        atoms.iter().filter(|(_, members)| size(&[members]) < smallest).collect();
    if small.is_empty() {
        return None;
    }
    let patterns: Vec<&Vec<bool>> = atoms.keys().collect();
    let full = rank(&patterns);
    let mut candidates = 0usize;
    let mut stack: Vec<(usize, Vec<usize>)> = vec![(0, Vec::new())];
    while let Some((start, chosen)) = stack.pop() {
        for next in start..small.len() {
            let mut group = chosen.clone();
            group.push(next);
            let members: Vec<&Vec<String>> = group.iter().filter_map(|i| small.get(*i)).map(|(_, m)| *m).collect();
            if size(&members) >= smallest {
                continue;
            }
            candidates += 1;
            let removed: BTreeSet<&Vec<bool>> = group.iter().filter_map(|i| small.get(*i)).map(|(p, _)| *p).collect();
            let kept: Vec<&Vec<bool>> = patterns.iter().copied().filter(|p| !removed.contains(p)).collect();
            if candidates > MOST_CANDIDATES || rank(&kept) < full {
                return Some(members.into_iter().flatten().cloned().collect());
            }
            stack.push((next + 1, group));
        }
    }
    None
}

/// Whether the sum over `target` follows from the sums over `cells` by adding and subtracting multiples of them.
pub(crate) fn follows(cells: &[&Members], target: &Members) -> bool {
    let mut all: Vec<Members> = cells.iter().map(|cell| (*cell).clone()).collect();
    let of = |cells: &[Members]| rank(&atoms(cells).keys().collect::<Vec<_>>());
    let before = of(&all);
    all.push(target.clone());
    of(&all) == before
}

/// Members grouped by the cells they stand in; members in no cell are left out.
fn atoms(cells: &[Members]) -> BTreeMap<Vec<bool>, Vec<String>> {
    let everyone: BTreeSet<&String> = cells.iter().flatten().collect();
    let mut atoms: BTreeMap<Vec<bool>, Vec<String>> = BTreeMap::new();
    for member in everyone {
        let pattern = cells.iter().map(|cell| cell.contains(member)).collect();
        atoms.entry(pattern).or_default().push(member.clone());
    }
    atoms
}

fn zero() -> Field128 {
    Field128::from(0u128)
}

fn one() -> Field128 {
    Field128::from(1u128)
}

/// Rank of the 0/1 matrix with these columns, by elimination over a 128-bit prime field.
fn rank(columns: &[&Vec<bool>]) -> usize {
    let mut basis: Vec<(usize, Vec<Field128>)> = Vec::new();
    for column in columns {
        let mut vector: Vec<Field128> = column.iter().map(|bit| if *bit { one() } else { zero() }).collect();
        for (pivot, row) in &basis {
            let factor = vector.get(*pivot).copied().unwrap_or(zero());
            if factor != zero() {
                vector.iter_mut().zip(row).for_each(|(v, r)| *v -= factor * *r);
            }
        }
        if let Some(pivot) = vector.iter().position(|v| *v != zero()) {
            let scale = one() / vector.get(pivot).copied().unwrap_or(one());
            vector.iter_mut().for_each(|v| *v *= scale);
            basis.push((pivot, vector));
        }
    }
    basis.len()
}

#[cfg(test)]
mod tests;
