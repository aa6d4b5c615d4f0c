//! The linear programs: what an attacker can conclude, and which cells to hide at least cost.
//!
//! Source: the attacker's problem of the SDC Handbook, section 4.3 (least and greatest value of a hidden cell, given
//! the cells shown, all relations and what everyone knows beforehand); the price of a pattern after Kelly, Golden and
//! Assad, "Cell suppression: disclosure protection for sensitive tabular data", Networks 22 (1992): move one cell by its
//! protection level and pay for every shown cell that has to move with it.
//!
//! The solver is `microlp` (pure Rust, Apache-2.0). It computes in floating point and has returned wrong answers
//! before, so nothing here is trusted: [`super::witness`] turns a proposal into whole numbers and checks it exactly.

use super::Table;
use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};
use std::collections::BTreeMap;

/// Deviations are bounded by this many times the step asked for: a tighter program, hence on the safe side.
const FARTHEST: f64 = 1e6;
/// Price of moving a cell that is hidden anyway, relative to an average shown one; it keeps proposals sparse.
const HIDDEN_PRICE: f64 = 1e-4;

/// What may happen to a cell in a proposal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Role {
    /// It is shown, or known to this attacker: it stays.
    Fixed,
    /// It is hidden.
    Free,
    /// It is shown, and may be hidden at this price.
    Priced(f64),
}

/// Deviations of cells from their true values that move `target` by `by` and break no relation and no bound,
/// at the least price; in units of `by`, cells without deviation left out. `None` if there is none.
pub(super) fn propose(
    table: &Table,
    roles: &[Role],
    target: usize,
    by: i128,
    margin: f64,
) -> Option<Vec<(usize, f64)>> {
    let unit = by.unsigned_abs() as f64;
    let sign = if by < 0 { -1.0 } else { 1.0 };
    if !within(table, target, by) {
        return None;
    }
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let mut variables: BTreeMap<usize, (Variable, Variable)> = BTreeMap::new();
    for (index, (cell, role)) in table.cells().iter().zip(roles).enumerate() {
        let price = match role {
            Role::Priced(price) => *price,
            Role::Free => HIDDEN_PRICE,
            Role::Fixed => continue,
        };
        let (down, up) = cell.slack();
        let reach = |slack: Option<i128>| {
            slack.map_or(FARTHEST, |slack| (slack.unsigned_abs() as f64 / unit * (1.0 - margin)).min(FARTHEST))
        };
        if index != target {
            let fixed_charge = |reach: f64| price / reach.clamp(1e-6, 1.0);
            let (up, down) = (reach(up), reach(down));
            let plus = problem.add_var(fixed_charge(up), (0.0, up));
            let minus = problem.add_var(fixed_charge(down), (0.0, down));
            variables.insert(index, (plus, minus));
        }
    }
    for row in rows(table, roles) {
        let mut terms = Vec::new();
        let mut right = 0.0;
        for (cell, factor) in row {
            match variables.get(&cell) {
                Some((plus, minus)) => terms.extend([(*plus, factor), (*minus, -factor)]),
                None if cell == target => right -= factor * sign,
                None => {}
            }
        }
        if terms.is_empty() && right != 0.0 {
            return None;
        }
        problem.add_constraint(terms.as_slice(), ComparisonOp::Eq, right);
    }
    let solution = problem.solve().ok()?.into_solution().ok()?;
    let deviation = |(cell, (plus, minus)): (&usize, &(Variable, Variable))| {
        let moved = solution.var_value(*plus) - solution.var_value(*minus);
        (moved.abs() > 1e-7).then_some((*cell, moved))
    };
    Some(variables.iter().filter_map(deviation).chain([(target, sign)]).collect())
}

/// What an attacker concludes about one hidden cell: the least and greatest value it can have.
///
/// Floating point, for inspection and for tests; no table is published on the strength of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The least value; `None` if there is none.
    pub low: Option<f64>,
    /// The greatest value; `None` if there is none.
    pub high: Option<f64>,
}

/// Attacks a hidden cell of a table in which the cells marked `hidden` are not shown.
///
/// `known` are numbers of hidden cells that this attacker knows. `None` if the cell is not hidden from it, or if the
/// solver gave up.
pub fn attack(table: &Table, hidden: &[bool], known: &[usize], cell: usize) -> Option<Interval> {
    let free = |index: usize| hidden.get(index).copied().unwrap_or(false) && !known.contains(&index);
    if !free(cell) {
        return None;
    }
    let roles: Vec<Role> =
        (0..table.cells().len()).map(|index| if free(index) { Role::Free } else { Role::Fixed }).collect();
    let value = table.cells().get(cell)?.value() as f64;
    let end = |direction| match extreme(table, &roles, cell, direction) {
        Ok(moved) => Some(Some(value + moved)),
        Err(microlp::Error::Unbounded) => Some(None),
        Err(_) => None,
    };
    Some(Interval { low: end(OptimizationDirection::Minimize)?, high: end(OptimizationDirection::Maximize)? })
}

fn extreme(
    table: &Table,
    roles: &[Role],
    target: usize,
    direction: OptimizationDirection,
) -> Result<f64, microlp::Error> {
    let free = || table.cells().iter().enumerate().filter(|(index, _)| roles.get(*index) == Some(&Role::Free));
    let scale = free().map(|(_, cell)| cell.value().unsigned_abs()).max().unwrap_or(1).max(1) as f64;
    let mut problem = Problem::new(direction);
    let mut variables = BTreeMap::new();
    for (index, cell) in free() {
        let (down, up) = cell.slack();
        let low = down.map_or(f64::NEG_INFINITY, |slack| slack as f64 / scale);
        let high = up.map_or(f64::INFINITY, |slack| slack as f64 / scale);
        variables.insert(index, problem.add_var(if index == target { 1.0 } else { 0.0 }, (low, high)));
    }
    for row in rows(table, roles) {
        let terms: Vec<(Variable, f64)> =
            row.iter().filter_map(|(cell, factor)| Some((*variables.get(cell)?, *factor))).collect();
        problem.add_constraint(terms.as_slice(), ComparisonOp::Eq, 0.0);
    }
    let outcome = problem.solve()?.into_solution();
    outcome.map(|solution| solution.objective() * scale).map_err(|_| microlp::Error::Infeasible)
}

/// The relations that a cell which is not fixed occurs in, each cell once, fixed cells left out.
fn rows(table: &Table, roles: &[Role]) -> impl Iterator<Item = Vec<(usize, f64)>> {
    let moves = |cell: &usize| roles.get(*cell).is_some_and(|role| *role != Role::Fixed);
    table.relations.iter().filter_map(move |relation| {
        let mut row: BTreeMap<usize, f64> = BTreeMap::new();
        for (cell, factor) in relation.0.iter().filter(|(cell, _)| moves(cell)) {
            *row.entry(*cell).or_default() += *factor as f64;
        }
        (!row.is_empty()).then(|| row.into_iter().collect())
    })
}

/// Whether a cell may move that far within its own bounds.
pub(super) fn within(table: &Table, cell: usize, by: i128) -> bool {
    let Some((down, up)) = table.cells().get(cell).map(super::Cell::slack) else { return false };
    down.is_none_or(|down| by >= down) && up.is_none_or(|up| by <= up)
}
