//! What must be shown to be impossible to work out, and for whom.
//!
//! Attackers: everybody, who knows the cells shown; and each coalition of at most c holdings that alone fill a hidden
//! cell, who know that cell too (the singleton rule of the SDC Handbook, section 4.3, in general form:
//! a cell that only its own contributor could hide another with is worthless against that contributor).
//!
//! Whoever contributes to an unsafe cell subtracts its own part first. What it sees then must keep the rules as a cell
//! of its own would have to, but never more than everybody's protection level asks for.
//!
//! Not here: a contributor's partial knowledge of cells it shares with more than c others; the protection levels of
//! the concentration rules allow for that within one cell.

use super::{Level, Rules, Table, Unsafe};
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
        let insiders = insiders(table, rules.coalition as usize)?;
        let everybody = (BTreeSet::new(), BTreeSet::new());
        let attackers: Vec<(Holdings, BTreeSet<usize>)> = std::iter::once(everybody).chain(insiders).collect();
        let mut all = Vec::new();
        for (cell, verdict) in verdicts.iter().enumerate() {
            let Some(verdict) = verdict else { continue };
            for (attacker, (who, _)) in attackers.iter().enumerate().filter(|(_, (_, known))| !known.contains(&cell)) {
                let level = level_against(table, rules, cell, verdict, who);
                let sides = [level.up, -level.down];
                all.extend(sides.into_iter().filter(|by| *by != 0).map(|by| Goal { attacker, cell, by }));
            }
        }
        let known = attackers.into_iter().map(|(_, known)| known).collect();
        all.sort_by_key(|goal| (goal.attacker, std::cmp::Reverse(goal.by.unsigned_abs()), goal.cell));
        Some(Self { verdicts, known, all })
    }

    /// Whether a cell may differ in another table that agrees with all this attacker knows.
    pub(super) fn may_move(&self, goal: &Goal, hidden: &[bool], cell: usize) -> bool {
        hidden.get(cell).copied().unwrap_or(false)
            && !self.known.get(goal.attacker).is_some_and(|known| known.contains(&cell))
    }
}

type Holdings = BTreeSet<Arc<str>>;

/// The protection an unsafe cell needs against these holdings.
fn level_against(table: &Table, rules: &Rules, cell: usize, verdict: &Unsafe, who: &Holdings) -> Level {
    let Some(contributors) = table.cells().get(cell).map(super::Cell::contributors) else { return verdict.level };
    let others = contributors.without(who);
    if others.count() == contributors.count() {
        return verdict.level;
    }
    // Safe or not, what they see must not be known exactly.
    let up = rules.assess(&others).map_or(1, |verdict| verdict.level.up).min(verdict.level.up);
    let down = if contributors.has_negative() { up } else { up.min(others.total()) };
    Level { up, down: down.min(verdict.level.down) }
}

/// Each coalition that alone fills some cell, and the cells it fills.
fn insiders(table: &Table, coalition: usize) -> Option<Vec<(Holdings, BTreeSet<usize>)>> {
    let holders = |index: usize| -> Holdings {
        table.cells().get(index).map(|cell| cell.contributors().holdings().cloned().collect()).unwrap_or_default()
    };
    let small: Vec<usize> = (0..table.cells().len())
        .filter(|index| (1..=coalition).contains(&table.cells()[*index].contributors().count()))
        .collect();
    let mut coalitions: BTreeSet<Holdings> = small.iter().map(|index| holders(*index)).collect();
    // Coalitions of two cells' contributors, where together they are still few enough.
    for _ in 1..coalition {
        let joined: Vec<Holdings> = coalitions
            .iter()
            .flat_map(|a| coalitions.iter().map(move |b| a | b))
            .filter(|both| both.len() <= coalition)
            .take(MOST_COALITIONS * MOST_COALITIONS)
            .collect();
        coalitions.extend(joined);
        if coalitions.len() > MOST_COALITIONS {
            return None;
        }
    }
    let filled = |who: Holdings| {
        let known = small.iter().copied().filter(|index| holders(*index).is_subset(&who)).collect();
        (who, known)
    };
    Some(coalitions.into_iter().map(filled).collect())
}
