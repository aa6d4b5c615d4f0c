//! A rehearsal: what a round would be allowed to open and to cost, with nothing played, charged or recorded.
//!
//! Asks every trustee's store what it asks before it signs (`docs/protocol.md`, steps 5.2 and 5.3): the budget of the
//! round's periods, and the cell audit over a set in which every member contributes. Not here: whether enough trustees
//! and members will take part, and earlier rounds that nobody has settled.

use super::{Consortium, Draft, LocalMember, manifest_of, refusal_error, roster_of};
use crate::charter::Charter;
use crate::plan::Plan;
use crate::set::{MemberEntry, Opening, decide_openings, presence_text};
use crate::trustee::Trustee;
use crate::{FederationError, Id, Refused};
use guildhall_kpi::Rational;
use guildhall_ledger::Records;

/// What a round would be allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehearsal {
    /// Epsilon members were charged so far for the periods of the round.
    pub spent: Rational,
    /// Epsilon the round would cost.
    pub asked: Rational,
    /// Epsilon the charter allows.
    pub limit: Rational,
    /// Totals that would be opened, over all cells and figures.
    pub opened: usize,
    /// Totals hidden because too few members report them.
    pub too_few: usize,
    /// Totals hidden because they would single members out.
    pub would_single_out: usize,
}

/// Asks the trustees' stores whether they would sign a round of these members.
///
/// # Errors
/// Those the round itself would end with: too few members, a spent budget, cells that single members out.
pub fn rehearse<R: Records>(
    consortium: Consortium<R>,
    draft: Draft,
    members: &[LocalMember],
) -> Result<Rehearsal, FederationError> {
    let charter = Charter::open(&consortium.charter, &Charter::fingerprint(&consortium.charter))?;
    let manifest = manifest_of(&charter, draft, roster_of(members), Vec::new())?;
    // Signed by nobody and shown to nobody: its hash stands for nothing.
    let plan = Plan::new(charter.clone(), manifest, Id::new([0; 32]))?;
    let (have, need) = (members.len(), charter.smallest_cell());
    if (have as u64) < need {
        return Err(FederationError::TooFewMembers { have, need });
    }
    let set: Vec<MemberEntry> = (0u32..).zip(members).map(|(index, member)| entry(index, member)).collect();
    let (mut allowed, mut refusals) = (Vec::new(), Vec::new());
    for (number, (identity, records)) in (1u8..).zip(consortium.trustees) {
        let trustee = Trustee::new(number, charter.clone(), identity, records);
        match ask(&trustee, &plan, &set) {
            Ok(rehearsal) => allowed.push(rehearsal),
            Err(refused) => refusals.push((number, refused)),
        }
    }
    match (allowed.pop(), refusals.pop()) {
        (Some(rehearsal), _) if allowed.len() + 1 >= usize::from(charter.quorum) => Ok(rehearsal),
        (_, Some((number, refused))) => Err(refusal_error(charter.trustee_name(number), refused)),
        _ => Err(FederationError::Policy("no trustee was asked".to_owned())),
    }
}

fn entry(member: u32, local: &LocalMember) -> MemberEntry {
    MemberEntry { member, sequence: 1, id: Id::new([0; 32]), presence: presence_text(&local.figures.presence()) }
}

fn ask<R: Records>(trustee: &Trustee<R>, plan: &Plan, set: &[MemberEntry]) -> Result<Rehearsal, Refused> {
    trustee.within_budget(plan)?;
    let openings = decide_openings(plan, set, &trustee.history()?)?;
    let count = |wanted: Opening| openings.iter().flatten().filter(|opening| **opening == wanted).count();
    Ok(Rehearsal {
        spent: trustee.spent(plan)?.members,
        asked: plan.manifest.epsilon,
        limit: plan.charter.budget,
        opened: count(Opening::Open),
        too_few: count(Opening::TooFew),
        would_single_out: count(Opening::WouldSingleOut),
    })
}
