//! Concentration rules of the charter, applied to opened totals before anybody derives a figure from them (step 6.3).
//!
//! A total is shown only if what is public proves that no member is most of it: the total itself, the range that every
//! figure was proved to lie in, and sums of squares where they were opened with noise. Nobody sees a member's figure,
//! so what cannot be proved is withheld, also where it may be harmless. Then further totals are withheld until no
//! withheld one, and no group that fails the rules, is what is left of one shown total without others inside it.
//!
//! Source: `guildhall_dp::disclosure` (rules and gate); SDC Handbook, chapter 4.
//!
//! Assumptions: figures are not below zero, which [`rules`] checks; members of one legal entity are one contributor.
//! A total with noise is taken as its lower end, ten deviations below (Laplace) or six (Gaussian): too high a bound
//! less than once in 2^20.
//!
//! Not here: the least number of members and the cell audit, which decide before anything is opened. Sum shares hold
//! the withheld totals: whoever has `u` of them can still add them up (`docs/threat-model.md`). Differences between
//! rounds are the cell audit's matter, which knows members and not amounts.

mod known;

use crate::FederationError;
use crate::audit::{Members, follows};
use crate::charter::Charter;
use crate::plan::Plan;
use crate::set::Presence;
use guildhall_dp::disclosure::Rules;
use guildhall_kpi::{CellTotals, FigureTotals, Hidden, Schema, Segment};
use known::Known;
use std::collections::BTreeMap;

/// The charter's concentration rules for this schema; none where it has none.
///
/// # Errors
/// If a parameter is out of range, or a KPI may be below zero, of which no rule can say who is most.
pub(crate) fn rules(charter: &Charter, schema: &Schema) -> Result<Option<Rules>, FederationError> {
    let Some(rules) = charter.rules()? else { return Ok(None) };
    match schema.kpis.iter().find(|kpi| kpi.low < 0) {
        None => Ok(Some(rules)),
        Some(kpi) => Err(FederationError::Rule {
            what: "the manifest",
            rule: format!(
                "KPI {:?} may be below zero, and of such figures nobody can say whether one member is most; the \
                 charter's concentration rules need ranges from zero on",
                kpi.id
            ),
        }),
    }
}

/// Withholds every total that the rules do not allow, figure by figure: a pure function of what is public.
pub(crate) fn withhold(plan: &Plan, presence: &Presence<'_>, cells: &mut [CellTotals]) {
    let Some(rules) = plan.rules() else { return };
    for figure in 0..plan.manifest.schema.figures.len() {
        let mut table = Table::of(plan, rules, presence, figure, cells);
        table.decide();
        for (cell, why) in table.withheld {
            if let Some(totals) = cells.get_mut(cell).and_then(|cell| cell.figures.get_mut(figure)) {
                *totals = FigureTotals::Hidden(why);
            }
        }
    }
}

/// The opened cells of one figure.
struct Table<'a> {
    plan: &'a Plan,
    rules: &'a Rules,
    /// Largest value of one member.
    high: u64,
    /// Members that report and what is known of their sum, per cell that was opened.
    cells: BTreeMap<usize, (Members, Known)>,
    withheld: BTreeMap<usize, Hidden>,
}

impl<'a> Table<'a> {
    fn of(plan: &'a Plan, rules: &'a Rules, presence: &Presence<'_>, figure: usize, totals: &[CellTotals]) -> Self {
        let known = |(cell, totals): (usize, &CellTotals)| match totals.figures.get(figure)? {
            FigureTotals::Hidden(_) => None,
            FigureTotals::Opened(opened) => {
                Some((cell, (presence.members(cell, figure), Known::of(plan, cell, figure, opened))))
            }
        };
        let high = plan.manifest.schema.kpi_of(figure).map_or(0, |kpi| u64::try_from(kpi.high).unwrap_or(0));
        let cells = totals.iter().enumerate().filter_map(known).collect();
        Self { plan, rules, high, cells, withheld: BTreeMap::new() }
    }

    fn decide(&mut self) {
        let unproved: Vec<usize> =
            self.cells.iter().filter(|(_, (set, known))| !self.proved(set, known)).map(|(cell, _)| *cell).collect();
        self.withheld.extend(unproved.into_iter().map(|cell| (cell, Hidden::MayBeDominated)));
        while !self.withheld.is_empty()
            && let Some(cell) = self.revealing()
        {
            self.withheld.insert(cell, Hidden::WouldReveal);
        }
    }

    /// Whether the rules are proved to hold for these members, whose sum lies in these bounds.
    fn proved(&self, members: &Members, known: &Known) -> bool {
        known
            .sums(self.high, self.most_of_one_entity(members))
            .is_some_and(|sums| self.rules.concentration_proved(&sums))
    }

    /// The most members of these that are one legal entity.
    fn most_of_one_entity(&self, members: &Members) -> u64 {
        let mut of: BTreeMap<&str, u64> = BTreeMap::new();
        for (_, member) in self.plan.identified().filter(|(identity, _)| members.contains(*identity)) {
            *of.entry(&member.entity).or_default() += 1;
        }
        of.into_values().max().unwrap_or(0)
    }

    fn shown(&self) -> impl Iterator<Item = (usize, &Members, &Known)> {
        let shown = self.cells.iter().filter(|(cell, _)| !self.withheld.contains_key(cell));
        shown.map(|(cell, (set, known))| (*cell, set, known))
    }

    /// A shown total with which a withheld one, or a group that fails the rules, can be worked out.
    fn revealing(&self) -> Option<usize> {
        let withheld = self.withheld.keys().filter_map(|cell| self.cells.get(cell)).map(|(set, _)| set);
        let shown: Vec<&Members> = self.shown().map(|(_, set, _)| set).collect();
        if let Some(target) = withheld.clone().find(|target| follows(&shown, target)) {
            return self.needed_for(target);
        }
        self.shown().find_map(|(cell, whole, known)| self.left_over(cell, whole, known))
    }

    /// Where what is left of a shown total fails the rules: the smallest cell taken out of it.
    fn left_over(&self, cell: usize, whole: &Members, known: &Known) -> Option<usize> {
        self.attributes().into_iter().find_map(|attribute| {
            let (mut rest, mut left) = (whole.clone(), known.clone());
            for (other, part, of_part) in self.shown().filter(|(other, ..)| *other != cell) {
                let inside = self.attribute_of(other) == Some(attribute) && !part.is_empty() && part.is_subset(&rest);
                if inside {
                    rest.retain(|member| !part.contains(member));
                    left = left.without(of_part);
                }
            }
            let taken = rest.len() < whole.len() && !rest.is_empty() && !self.proved(&rest, &left);
            let of_attribute = |other: usize| self.attribute_of(other) == Some(attribute);
            taken.then(|| self.smallest_of(|other, set| of_attribute(other) && set.is_subset(whole))).flatten()
        })
    }

    /// The smallest cell without which the target no longer follows; where no single one is, the smallest.
    fn needed_for(&self, target: &Members) -> Option<usize> {
        let without = |cell: usize| -> Vec<&Members> {
            self.shown().filter(|(other, ..)| *other != cell).map(|(_, set, _)| set).collect()
        };
        self.smallest_of(|cell, _| !follows(&without(cell), target)).or_else(|| self.smallest_of(|_, _| true))
    }

    /// By number of members, which is public; the cell of all members last.
    fn smallest_of(&self, fits: impl Fn(usize, &Members) -> bool) -> Option<usize> {
        let fitting = self.shown().filter(|(cell, set, _)| fits(*cell, set));
        fitting.min_by_key(|(cell, set, _)| (*cell == 0, set.len(), *cell)).map(|(cell, ..)| cell)
    }

    fn attribute_of(&self, cell: usize) -> Option<&'a str> {
        match &self.plan.manifest.cells.get(cell)?.cell.segment {
            Segment::All => None,
            Segment::Is { attribute, .. } => Some(attribute),
        }
    }

    /// The attributes by which members are grouped, each once.
    fn attributes(&self) -> Vec<&'a str> {
        let mut found: Vec<&str> = (0..self.plan.manifest.cells.len()).filter_map(|c| self.attribute_of(c)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}
