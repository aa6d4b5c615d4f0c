//! The set: which contributions are summed, which cells opened. A signature on it means "I verified
//! every element of this set" (`docs/protocol.md`, step 5).

use crate::audit::{Members, SinglesOut, singled_out};
use crate::manifest::{RosterMember, UnsafeCells};
use crate::plan::Plan;
use crate::statement::Statement;
use crate::{FederationError, Id, Refused};
use guildhall_kpi::{Histogram, Opening as HistogramOpening};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What is summed and opened, as at least `u` trustees sign it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetStatement {
    /// Identifier of the study.
    pub study: String,
    /// Number of the round.
    pub round: u32,
    /// Hash of the manifest.
    pub manifest: Id,
    /// Entries in the log the set was taken from.
    pub log_size: u64,
    /// Root of that log, hex.
    pub log_root: Id,
    /// The members' contributions, by roster index: no times, no order of arrival.
    pub members: Vec<MemberEntry>,
    /// The trustees' noise contributions, by trustee number; exactly `u` where anything is noisy.
    pub noise: Vec<NoiseEntry>,
    /// Per cell of the manifest and per figure: whether it is opened.
    pub openings: Vec<Vec<Opening>>,
    /// Logged contributions that are not summed, by id.
    pub excluded: Vec<Excluded>,
}

/// A member's contribution in a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberEntry {
    /// Index into the roster.
    pub member: u32,
    /// Sequence number: which correction it is.
    pub sequence: u32,
    /// The contribution.
    pub id: Id,
    /// One character per figure: `1` present, `0` absent.
    pub presence: String,
}

/// A trustee's noise contribution in a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoiseEntry {
    /// Number of the trustee.
    pub trustee: u8,
    /// Sequence number.
    pub sequence: u32,
    /// The contribution.
    pub id: Id,
}

/// Whether a figure of a cell is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Opening {
    /// Opened.
    Open,
    /// Too few members.
    TooFew,
    /// Would single members out together with other openings.
    WouldSingleOut,
}

/// A logged contribution that does not count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Excluded {
    /// The contribution.
    pub id: Id,
    /// Why.
    pub why: Exclusion,
}

/// Why a logged contribution does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exclusion {
    /// A later correction of the same author counts instead.
    Corrected,
    /// Not every trustee of the quorum verified it.
    NotVerified,
    /// Noise beyond the `u` that are needed.
    NotNeeded,
    /// Two contributions with the same sequence number: neither counts.
    Contradictory,
}

impl Statement for SetStatement {
    const TAG: &'static str = "guildhall/set/v1";
    const NAME: &'static str = "the set";
    const LIMIT: usize = 64 << 20;
}

/// What was opened in earlier rounds of a study.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// Per figure one member set per opened cell.
    figures: BTreeMap<String, Vec<Members>>,
    /// Legal entities of these members, of which a later roster may know nothing.
    entities: BTreeMap<String, String>,
}

impl History {
    /// Adds what another round opened.
    pub fn extend(&mut self, other: Self) {
        other.figures.into_iter().for_each(|(figure, cells)| self.figures.entry(figure).or_default().extend(cells));
        self.entities.extend(other.entities);
    }

    /// The cells that were opened of a figure, as sets of members' identities.
    pub fn cells(&self, figure: &str) -> &[Members] {
        self.figures.get(figure).map(Vec::as_slice).unwrap_or_default()
    }
}

impl MemberEntry {
    /// Presence as flags.
    pub fn flags(&self) -> Vec<bool> {
        self.presence.bytes().map(|b| b == b'1').collect()
    }
}

/// Presence flags as they stand in a set.
pub fn presence_text(flags: &[bool]) -> String {
    flags.iter().map(|flag| if *flag { '1' } else { '0' }).collect()
}

/// Members present per figure and cell, derived from a set's entries.
pub struct Presence<'a> {
    plan: &'a Plan,
    by_member: BTreeMap<u32, Vec<bool>>,
}

impl<'a> Presence<'a> {
    /// From a set's entries.
    pub fn of(plan: &'a Plan, members: &[MemberEntry]) -> Self {
        Self { plan, by_member: members.iter().map(|entry| (entry.member, entry.flags())).collect() }
    }

    /// Members of `cell` that report `figure`, by their identities.
    pub fn members(&self, cell: usize, figure: usize) -> Members {
        let reports = |m: &&u32| self.by_member.get(*m).and_then(|flags| flags.get(figure)).copied().unwrap_or(false);
        let present = self.plan.members(cell).iter().filter(reports);
        present.filter_map(|m| self.plan.identity(*m)).map(ToOwned::to_owned).collect()
    }
}

/// Decides which cells are opened: a pure function of the set and of what was opened before.
///
/// # Errors
/// If the cells single out a group and the manifest says to refuse then.
pub fn decide_openings(
    plan: &Plan,
    members: &[MemberEntry],
    history: &History,
) -> Result<Vec<Vec<Opening>>, SinglesOut> {
    let presence = Presence::of(plan, members);
    let mut openings = vec![Vec::with_capacity(plan.manifest.schema.figures.len()); plan.manifest.cells.len()];
    for figure in 0..plan.manifest.schema.figures.len() {
        let column = CellsOf::new(plan, &presence, figure, history).decide()?;
        openings.iter_mut().zip(column).for_each(|(row, opening)| row.push(opening));
    }
    Ok(openings)
}

/// Checks the openings of a proposed set: what a trustee signs.
///
/// A cell may be closed as singling someone out although this trustee sees no reason: another may have signed a
/// set that was never certified. Opening fewer cells reveals less; one more than the rules allow is refused.
///
/// # Errors
/// If a cell is open that must not be, or its state is not what the rules give.
pub fn check_openings(plan: &Plan, set: &SetStatement, history: &History) -> Result<(), Refused> {
    let presence = Presence::of(plan, &set.members);
    let refuse = || Refused::Set("its cells are not those the rules open".to_owned());
    for figure in 0..plan.manifest.schema.figures.len() {
        let cells = CellsOf::new(plan, &presence, figure, history);
        let column: Vec<Opening> = set.openings.iter().filter_map(|row| row.get(figure)).copied().collect();
        let may_close = plan.manifest.unsafe_cells == UnsafeCells::Hide;
        let fits = |(large, said): (Opening, &Opening)| {
            large == *said || (large == Opening::Open && may_close && *said == Opening::WouldSingleOut)
        };
        let sizes = cells.sizes();
        if column.len() != sizes.len() || !sizes.into_iter().zip(&column).all(fits) {
            return Err(refuse());
        }
        if let Some(members) = cells.singled_out(&column) {
            return Err(cells.error(members).into());
        }
    }
    Ok(())
}

/// The cells of one figure on an actual set, and what was opened of the same figure before.
struct CellsOf<'a> {
    plan: &'a Plan,
    figure: usize,
    sets: Vec<Members>,
    history: &'a History,
    roster: BTreeMap<&'a str, &'a RosterMember>,
}

impl<'a> CellsOf<'a> {
    fn new(plan: &'a Plan, presence: &Presence<'_>, figure: usize, history: &'a History) -> Self {
        let sets = (0..plan.manifest.cells.len()).map(|cell| presence.members(cell, figure)).collect();
        Self { plan, figure, sets, history, roster: plan.identified().collect() }
    }

    /// Which cells have enough members, before the audit.
    fn sizes(&self) -> Vec<Opening> {
        let smallest = self.smallest();
        let size = |set: &Members| {
            let entities: BTreeSet<&str> = set.iter().filter_map(|m| self.roster.get(m.as_str())).map(entity).collect();
            if entities.len() as u64 >= smallest { Opening::Open } else { Opening::TooFew }
        };
        self.sets.iter().map(size).collect()
    }

    /// Least entities in a cell and in every difference of cells. An exact histogram of `B` bins, opened by
    /// consent, needs `2 n_min B` of them, or the difference of two cells would be a histogram of few members.
    fn smallest(&self) -> u64 {
        let (schema, charter) = (&self.plan.manifest.schema, &self.plan.charter);
        let by_consent = schema
            .figures
            .get(self.figure)
            .is_some_and(|f| matches!(f.histogram, Some(Histogram { opening: HistogramOpening::ExactByConsent })));
        let bins = if by_consent { schema.bins(self.figure) as u64 } else { 0 };
        let for_bins = charter.least_members.saturating_mul(2).saturating_mul(bins).saturating_add(charter.colluding);
        charter.smallest_cell().max(for_bins)
    }

    fn decide(&self) -> Result<Vec<Opening>, SinglesOut> {
        let mut openings = self.sizes();
        while let Some(members) = self.singled_out(&openings) {
            let next = smallest_open(&self.sets, &openings);
            let next = next.filter(|_| self.plan.manifest.unsafe_cells == UnsafeCells::Hide);
            match next.and_then(|cell| openings.get_mut(cell)) {
                Some(opening) => *opening = Opening::WouldSingleOut,
                None => return Err(self.error(members)),
            }
        }
        Ok(openings)
    }

    fn singled_out(&self, openings: &[Opening]) -> Option<Vec<String>> {
        let opened = self.sets.iter().zip(openings).filter(|(_, o)| **o == Opening::Open).map(|(set, _)| set);
        let past = self.history.cells(&self.plan.figure_name(self.figure));
        let all: Vec<Members> = opened.chain(past).cloned().collect();
        let earlier =
            |member: &str| self.history.entities.get(member).map_or("a member of an earlier round", String::as_str);
        let entity = |member: &str| self.roster.get(member).map_or_else(|| earlier(member), entity);
        singled_out(&all, self.smallest(), &entity)
    }

    fn error(&self, members: Vec<String>) -> SinglesOut {
        let name = |member: String| self.roster.get(member.as_str()).map_or(member.clone(), |m| m.id.clone());
        let members = members.into_iter().map(name).collect();
        let smallest = self.smallest();
        SinglesOut { figure: self.plan.figure_name(self.figure), members, smallest }
    }
}

fn entity<'a>(member: &&'a RosterMember) -> &'a str {
    &member.entity
}

/// The smallest open cell, the one of all members last.
fn smallest_open(sets: &[Members], openings: &[Opening]) -> Option<usize> {
    let open = openings.iter().enumerate().filter(|(_, o)| **o == Opening::Open).map(|(cell, _)| cell);
    open.min_by_key(|cell| (*cell == 0, sets.get(*cell).map_or(0, Members::len), *cell))
}

/// What a set would add to the history of its data window: the member sets of every opened cell.
pub fn opened_cells(plan: &Plan, set: &SetStatement) -> History {
    let presence = Presence::of(plan, &set.members);
    let mut history = History::default();
    for (cell, row) in set.openings.iter().enumerate() {
        for (figure, _) in row.iter().enumerate().filter(|(_, opening)| **opening == Opening::Open) {
            history.figures.entry(plan.figure_name(figure)).or_default().push(presence.members(cell, figure));
        }
    }
    let named = plan.identified().map(|(identity, member)| (identity.to_owned(), member.entity.clone()));
    history.entities = named.collect();
    history
}

/// The rules of a set that need nothing but the plan: form, order, counts.
///
/// # Errors
/// The first rule that is broken.
pub fn check_form(plan: &Plan, set: &SetStatement) -> Result<(), FederationError> {
    let rule = |rule: &str| Err(FederationError::Rule { what: SetStatement::NAME, rule: rule.to_owned() });
    if set.study != plan.manifest.study || set.round != plan.manifest.round || set.manifest != plan.id {
        return rule("it belongs to another round");
    }
    let figures = plan.manifest.schema.figures.len();
    let rising = |w: &[MemberEntry]| matches!(w, [a, b] if a.member < b.member);
    let fits = |m: &MemberEntry| {
        usize::try_from(m.member).is_ok_and(|i| i < plan.manifest.roster.len())
            && m.presence.len() == figures
            && m.presence.bytes().all(|b| b == b'0' || b == b'1')
    };
    if !set.members.windows(2).all(rising) || !set.members.iter().all(fits) {
        return rule("members must be listed once each, in roster order, with one flag per figure");
    }
    let want = if plan.is_noisy() { usize::from(plan.charter.quorum) } else { 0 };
    let noise_rising = set.noise.windows(2).all(|w| matches!(w, [a, b] if a.trustee < b.trustee));
    let known = set.noise.iter().all(|n| n.trustee >= 1 && usize::from(n.trustee) <= plan.charter.trustees.len());
    if set.noise.len() != want || !noise_rising || !known {
        return rule("it must hold exactly u noise contributions of different trustees");
    }
    if set.openings.len() != plan.manifest.cells.len() || set.openings.iter().any(|row| row.len() != figures) {
        return rule("it must say of every figure of every cell whether it is opened");
    }
    if !set.excluded.windows(2).all(|w| matches!(w, [a, b] if a.id < b.id)) {
        return rule("excluded contributions must be listed once each, in order of their ids");
    }
    Ok(())
}
