//! Secondary suppression: which further cells to hide so that no unsafe cell can be worked out.
//!
//! Greedy, one goal at a time: a linear program moves the unsafe cell by its protection level at the least price of
//! cells that have to move with it; those are hidden. Then every cell hidden on the way is shown again if all goals
//! can be proved without it. This is done with the widest intervals first and with the narrowest first, and the
//! cheaper pattern is taken. It need not be the least possible (that is NP-hard), but it is always audited:
//! [`Protected`] can only come from witnesses that hold.
//!
//! Source: Kelly, Golden and Assad (1992) for the pricing; SDC Handbook, section 4.3; the SIMPLEHEURISTIC of sdcTable
//! likewise iterates the attacker's problem. An independent attacker is among the tests.

use super::audit::{Protected, certify};
use super::goals::{Goal, Goals};
use super::lp::{Role, propose};
use super::witness::{Witness, exact};
use super::{DisclosureError, Rules, Table};
use std::collections::BTreeMap;

/// How much it costs to hide a safe cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cost {
    /// Its value: small cells are hidden first.
    #[default]
    Value,
    /// The same for every cell: few cells are hidden.
    Count,
}

/// Proofs found so far.
pub(super) type Proofs = BTreeMap<Goal, Witness>;

/// Hides what the rules forbid to show and what that needs beside it, and audits the result.
///
/// # Errors
/// [`DisclosureError::Negative`] if contributions are below zero and the rules do not say what to do then;
/// [`DisclosureError::Unprotectable`] if hiding every cell that may be hidden does not protect some cell.
///
/// # Privacy
/// Suppression on exact data is not differentially private: which cells are hidden tells a little about them.
pub fn protect(table: &Table, rules: &Rules, cost: Cost) -> Result<Protected, DisclosureError> {
    check_signs(table, rules)?;
    let goals = Goals::new(table, rules).ok_or_else(|| unprotectable(table, 0))?;
    let prices = prices(table, cost);
    let mut best = Search::run(table, &prices, &goals, goals.all.clone())?;
    if best.price() > 0.0 {
        let narrowest_first = goals.all.iter().rev().copied().collect();
        let other = Search::run(table, &prices, &goals, narrowest_first)?;
        best = if other.price() < best.price() { other } else { best };
    }
    certify(table, &goals, &best.hidden, &best.proofs)
}

/// Audits a pattern of hidden cells chosen by someone else; unsafe cells are hidden in any case.
///
/// # Errors
/// [`DisclosureError::Exposed`] with the first cell that the pattern leaves open, and as [`protect`].
pub fn audit(table: &Table, rules: &Rules, hidden: &[bool]) -> Result<Protected, DisclosureError> {
    check_signs(table, rules)?;
    let goals = Goals::new(table, rules).ok_or_else(|| unprotectable(table, 0))?;
    let of = |(index, verdict): (usize, &Option<super::Unsafe>)| {
        let public = table.cells().get(index).is_none_or(super::Cell::is_public);
        !public && (verdict.is_some() || hidden.get(index).copied().unwrap_or(false))
    };
    let hidden: Vec<bool> = goals.verdicts.iter().enumerate().map(of).collect();
    let mut proofs = Proofs::new();
    for goal in &goals.all {
        if let Some(witness) = prove(table, &goals, &hidden, &[], goal) {
            proofs.insert(*goal, witness);
        }
    }
    certify(table, &goals, &hidden, &proofs)
}

fn check_signs(table: &Table, rules: &Rules) -> Result<(), DisclosureError> {
    let refuse = rules.negatives == super::Negatives::Refuse;
    match table.cells().iter().find(|cell| refuse && cell.contributors().has_negative()) {
        Some(cell) => Err(DisclosureError::Negative { cell: cell.title() }),
        None => Ok(()),
    }
}

fn unprotectable(table: &Table, cell: usize) -> DisclosureError {
    DisclosureError::Unprotectable { cell: table.cells().get(cell).map(super::Cell::title).unwrap_or_default() }
}

/// For each cell the price of hiding it, 1 on average; none for cells that cannot help.
fn prices(table: &Table, cost: Cost) -> Vec<Option<f64>> {
    let hideable = |cell: &super::Cell| !cell.is_public() && cell.value() != 0;
    let worth = |cell: &super::Cell| match cost {
        Cost::Value => cell.value().unsigned_abs() as f64,
        Cost::Count => 1.0,
    };
    let all: Vec<Option<f64>> = table.cells().iter().map(|cell| hideable(cell).then(|| worth(cell))).collect();
    let count = all.iter().flatten().count().max(1) as f64;
    let mean = all.iter().flatten().sum::<f64>() / count;
    // Every cell also costs something for being one more.
    all.into_iter().map(|price| price.map(|price| 0.05 + price / mean)).collect()
}

/// Finds an exact witness for a goal, hiding priced cells if that is allowed.
fn prove(table: &Table, goals: &Goals, hidden: &[bool], prices: &[Option<f64>], goal: &Goal) -> Option<Witness> {
    let role = |cell: usize| match prices.get(cell).copied().flatten() {
        _ if goals.may_move(goal, hidden, cell) => Role::Free,
        Some(price) if !hidden.get(cell).copied().unwrap_or(true) => Role::Priced(price),
        _ => Role::Fixed,
    };
    let roles: Vec<Role> = (0..table.cells().len()).map(role).collect();
    let movable = |cell: usize| roles.get(cell).is_some_and(|role| *role != Role::Fixed);
    // Keeping a little off the bounds leaves room for rounding to whole numbers, where the first try has none.
    [0.0, 1e-6, 1e-3].into_iter().find_map(|margin| {
        let proposal = propose(table, &roles, goal.cell, goal.by, margin)?;
        exact(table, &proposal, goal.cell, goal.by).filter(|w| w.proves(table, goal.cell, goal.by, movable))
    })
}

struct Search<'t> {
    table: &'t Table,
    prices: &'t [Option<f64>],
    goals: &'t Goals,
    hidden: Vec<bool>,
    proofs: Proofs,
}

impl<'t> Search<'t> {
    /// Proves every goal in this order, hiding what that takes, and shows again what was hidden in vain.
    fn run(
        table: &'t Table,
        prices: &'t [Option<f64>],
        goals: &'t Goals,
        order: Vec<Goal>,
    ) -> Result<Self, DisclosureError> {
        let hidden = goals.verdicts.iter().map(Option::is_some).collect();
        let mut search = Self { table, prices, goals, hidden, proofs: Proofs::new() };
        order.iter().try_for_each(|goal| search.hide(goal))?;
        search.show_again();
        Ok(search)
    }

    /// What the cells hidden beside the unsafe ones cost.
    fn price(&self) -> f64 {
        let secondary = |cell: &usize| self.hidden[*cell] && self.goals.verdicts[*cell].is_none();
        (0..self.hidden.len()).filter(secondary).filter_map(|cell| self.prices[cell]).sum()
    }

    /// Proves one goal.
    fn hide(&mut self, goal: &Goal) -> Result<(), DisclosureError> {
        if !self.reuse(goal) {
            let witness = prove(self.table, self.goals, &self.hidden, self.prices, goal)
                .ok_or_else(|| unprotectable(self.table, goal.cell))?;
            for cell in witness.cells() {
                if let Some(hidden) = self.hidden.get_mut(cell) {
                    *hidden = true;
                }
            }
            self.proofs.insert(*goal, witness);
        }
        Ok(())
    }

    /// Whether a witness found for another goal serves this one.
    fn reuse(&mut self, goal: &Goal) -> bool {
        let serves = |w: &&Witness| {
            w.moves(goal.cell)
                && w.proves(self.table, goal.cell, goal.by, |cell| self.goals.may_move(goal, &self.hidden, cell))
        };
        let found = self.proofs.values().find(serves).cloned();
        found.map(|witness| self.proofs.insert(*goal, witness)).is_some()
    }

    /// Shows every cell again that no goal needs, the dearest first.
    fn show_again(&mut self) {
        let secondary = |cell: &usize| self.hidden[*cell] && self.goals.verdicts[*cell].is_none();
        let mut candidates: Vec<usize> = (0..self.hidden.len()).filter(secondary).collect();
        let price = |cell: &usize| self.prices.get(*cell).copied().flatten().unwrap_or(0.0);
        candidates.sort_by(|a, b| price(b).total_cmp(&price(a)));
        for cell in candidates {
            let mut fewer = self.hidden.clone();
            fewer[cell] = false;
            let affected = self.proofs.iter().filter(|(_, w)| w.moves(cell)).map(|(goal, _)| *goal);
            let again = affected.map(|goal| Some((goal, prove(self.table, self.goals, &fewer, &[], &goal)?)));
            if let Some(again) = again.collect::<Option<Vec<_>>>() {
                self.proofs.extend(again);
                self.hidden = fewer;
            }
        }
    }
}
