//! The audit, and the only type that may be published.
//!
//! [`certify`] takes a pattern of hidden cells with a witness for every goal, checks each witness in exact whole
//! numbers, and only then makes a [`Protected`]. Whatever chose the pattern, and whatever a solver said, is not
//! trusted. Not here: other releases ([`super::Release`]).

use super::goals::Goals;
use super::suppress::Proofs;
use super::{DisclosureError, Table, Why};

/// One cell as it is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Its value, in steps.
    Value(i64),
    /// Why it is hidden.
    Hidden(Why),
}

/// A ratio of two published cells of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ratio {
    /// The cells' labels.
    pub name: Vec<String>,
    /// Numerator and denominator in steps, or why they are hidden.
    pub parts: Result<(i64, i64), Why>,
}

/// A table that passed the audit: hidden cells have a reason and no value.
///
/// There is no other way to make one than [`protect`](super::protect) and [`audit`](super::audit):
///
/// ```compile_fail
/// let forged = guildhall_dp::disclosure::Protected { cells: vec![] };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protected {
    cells: Vec<(Vec<String>, Shown)>,
}

impl Protected {
    /// The cells by name, in the table's order.
    pub fn cells(&self) -> impl Iterator<Item = (&[String], &Shown)> {
        self.cells.iter().map(|(name, shown)| (name.as_slice(), shown))
    }

    /// The cell of this name.
    pub fn get(&self, name: &[String]) -> Option<&Shown> {
        self.cells.iter().find(|(known, _)| known == name).map(|(_, shown)| shown)
    }

    /// Whether each cell is hidden, in the table's order.
    pub fn pattern(&self) -> Vec<bool> {
        self.cells.iter().map(|(_, shown)| matches!(shown, Shown::Hidden(_))).collect()
    }

    /// How many cells are hidden for this reason.
    pub fn hidden(&self, why: Why) -> usize {
        self.cells.iter().filter(|(_, shown)| *shown == Shown::Hidden(why)).count()
    }

    /// The ratios of two protected tables over the same cells, such as a mean: each as numerator and denominator.
    ///
    /// A ratio is not additive, so no rule is applied to it; it is shown where both its parts are, and is hidden for
    /// the numerator's reason, else for the denominator's. Cells of one table only are left out.
    pub fn ratios(&self, denominator: &Self) -> Vec<Ratio> {
        let ratio = |(name, shown): &(Vec<String>, Shown)| {
            let parts = match (shown, denominator.get(name)?) {
                (Shown::Value(above), Shown::Value(below)) => Ok((*above, *below)),
                (Shown::Hidden(why), _) | (_, Shown::Hidden(why)) => Err(*why),
            };
            Some(Ratio { name: name.clone(), parts })
        };
        self.cells.iter().filter_map(ratio).collect()
    }
}

/// Checks every witness and makes the table to publish.
///
/// # Errors
/// [`DisclosureError::Exposed`] with the first cell that a goal without proof leaves open.
pub(super) fn certify(
    table: &Table,
    goals: &Goals,
    hidden: &[bool],
    proofs: &Proofs,
) -> Result<Protected, DisclosureError> {
    let title = |index: usize| table.cells().get(index).map(super::Cell::title).unwrap_or_default();
    for goal in &goals.all {
        let may_move = |cell: usize| goals.may_move(goal, hidden, cell);
        let proved = proofs.get(goal).is_some_and(|w| w.proves(table, goal.cell, goal.by, may_move));
        if !proved {
            return Err(DisclosureError::Exposed { cell: title(goal.cell) });
        }
    }
    let shown = |(index, cell): (usize, &super::Cell)| {
        let verdict = goals.verdicts.get(index).copied().flatten();
        let is_hidden = hidden.get(index).copied().unwrap_or(true);
        let shown = match (is_hidden, verdict) {
            (true, verdict) => Shown::Hidden(verdict.map_or(Why::Secondary, |verdict| verdict.why)),
            (false, Some(_)) => return Err(DisclosureError::Exposed { cell: title(index) }),
            (false, None) => {
                let value = i64::try_from(cell.value());
                Shown::Value(value.map_err(|_| DisclosureError::TooLarge { cell: title(index) })?)
            }
        };
        Ok((cell.name().to_vec(), shown))
    };
    let cells = table.cells().iter().enumerate().map(shown).collect::<Result<_, _>>()?;
    Ok(Protected { cells })
}
