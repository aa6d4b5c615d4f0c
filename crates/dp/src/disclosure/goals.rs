//! What must be shown to be impossible to work out, and for whom.
//!
//! Attackers: everybody, who knows the cells shown; and each coalition of at most c holdings that alone fill a hidden
//! cell, who know that cell too (the singleton rule of `notes/differential-privacy.md`, section 4.3, in general form:
//! a cell that only its own contributor could hide another with is worthless against that contributor).
//!
//! Not here: a contributor's partial knowledge of cells it shares with more than c others; the protection levels of
//! the concentration rules allow for that within one cell.

use super::{Rules, Table, Unsafe};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Most coalitions considered; beyond, the table is refused as unprotectable rather than audited in part.
const MOST_COALITIONS: usize = 4_000;

/// One thing to prove: this attacker cannot rule out that the cell lies `by` beyond its true value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Goal {
    /// Number of the attacker; 0 is everybody.
    pub(super) attacker: usize,
    /// The unsafe cell.
    pub(super) cell: usize,
    /// How far, and in which direction.
    pub(super) by: i128,
}

/// The unsafe cells of a table, the attackers, and everything to prove.
pub(super) struct Goals {
    /// For each cell, why it cannot be shown.
    pub(super) verdicts: Vec<Option<Unsafe>>,
    /// For each attacker, the hidden cells it knows.
    pub(super) known: Vec<BTreeSet<usize>>,
    /// Everything to prove, the widest intervals first.
    pub(super) all: Vec<Goal>,
}

impl Goals {
    /// `None` if there are too many coalitions to consider.
    pub(super) fn new(table: &Table, rules: &Rules) -> Option<Self> {
        let verdict = |cell: &super::Cell| if cell.is_public() { None } else { rules.assess(cell.contributors()) };
        let verdicts: Vec<Option<Unsafe>> = table.cells().iter().map(verdict).collect();
        let known = known_cells(table, rules.coalition as usize)?;
        let mut all = Vec::new();
        for (cell, verdict) in verdicts.iter().enumerate() {
            let Some(verdict) = verdict else { continue };
            for (attacker, _) in known.iter().enumerate().filter(|(_, known)| !known.contains(&cell)) {
                let sides = [verdict.level.up, -verdict.level.down];
                all.extend(sides.into_iter().filter(|by| *by != 0).map(|by| Goal { attacker, cell, by }));
            }
        }
        all.sort_by_key(|goal| (goal.attacker, std::cmp::Reverse(goal.by.unsigned_abs()), goal.cell));
        Some(Self { verdicts, known, all })
    }

    /// Whether a cell may differ in another table that agrees with all this attacker knows.
    pub(super) fn may_move(&self, goal: &Goal, hidden: &[bool], cell: usize) -> bool {
        hidden.get(cell).copied().unwrap_or(false)
            && !self.known.get(goal.attacker).is_some_and(|known| known.contains(&cell))
    }
}

/// For everybody, then for each coalition: the cells filled by its members alone. Equal knowledge counts once.
fn known_cells(table: &Table, coalition: usize) -> Option<Vec<BTreeSet<usize>>> {
    let holders = |index: usize| -> BTreeSet<Arc<str>> {
        table.cells().get(index).map(|cell| cell.contributors().holdings().cloned().collect()).unwrap_or_default()
    };
    let small: Vec<usize> = (0..table.cells().len())
        .filter(|index| (1..=coalition).contains(&table.cells()[*index].contributors().count()))
        .collect();
    let mut coalitions: BTreeSet<BTreeSet<Arc<str>>> = small.iter().map(|index| holders(*index)).collect();
    // Coalitions of two cells' contributors, where together they are still few enough.
    for _ in 1..coalition {
        let joined: Vec<BTreeSet<Arc<str>>> = coalitions
            .iter()
            .flat_map(|a| coalitions.iter().map(move |b| a | b))
            .filter(|both| both.len() <= coalition)
            .take(MOST_COALITIONS + 1)
            .collect();
        coalitions.extend(joined);
        if coalitions.len() > MOST_COALITIONS {
            return None;
        }
    }
    let filled =
        |who: &BTreeSet<Arc<str>>| small.iter().copied().filter(|index| holders(*index).is_subset(who)).collect();
    let known: BTreeSet<BTreeSet<usize>> = coalitions.iter().map(filled).collect();
    Some(std::iter::once(BTreeSet::new()).chain(known).collect())
}
