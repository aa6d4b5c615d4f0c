//! Noise on the regions, and the figures made of them.

use super::account::{Charged, Paid, hex, share};
use super::plan::Plan;
use crate::{Failure, Problem};
use guildhall_dp::central::{BoundedCounts, Bounds, Expected, Mechanism, NoisyCounts, Unit};
use guildhall_kpi::Rational;
use guildhall_pseudonym::overlap::{Change, Figure, FigureKind, REGION_CHANGE, Regions, Terms, figures};
use guildhall_report::{Overlap, OverlapCount, OverlapFigure, OverlapKind, OverlapMember, OverlapProtection};

/// Adds noise to every region, once, for what was paid.
///
/// # Errors
/// If the noise cannot be calibrated or drawn.
pub(super) fn release(plan: &Plan, regions: &Regions, paid: &mut Paid) -> Result<NoisyCounts, Failure> {
    let exact = regions.expose_counts().to_vec();
    let counts = BoundedCounts::of_rows(exact.len(), 1, exact)?;
    counts.release(Mechanism::Laplace { epsilon: share(plan)? }, paid)
}

/// What a figure will be worth: its mean error, and half the width of its 95 % range.
///
/// # Errors
/// If the noise cannot be calibrated.
pub(super) fn forecast(plan: &Plan, figure: &Figure) -> Result<(f64, f64), Failure> {
    let mechanism = Mechanism::Laplace { epsilon: share(plan)? };
    let parts = u32::try_from(figure.regions(plan.members.len())).map_err(|_| guildhall_dp::Error::Overflow)?;
    // The noise, and with it the range, does not depend on how many customers there are.
    let expected = Expected { unit: Unit::Row, mechanism, bounds: Bounds::once(), n: 0, parts };
    let forecast = expected.count(1)?;
    Ok((forecast.error, forecast.base_width / 2.0))
}

/// What is published.
///
/// # Errors
/// If noisy counts overflow.
pub(super) fn published(
    plan: &Plan,
    terms: &Terms,
    noisy: &NoisyCounts,
    charge: &Charged,
    spent: &Rational,
) -> Result<Overlap, Failure> {
    let shown = figures(plan.members.len()).iter().map(|f| figure(plan, noisy, f)).collect::<Result<_, _>>()?;
    let member = |member: &guildhall_pseudonym::overlap::Enrolment| OverlapMember {
        name: member.name().to_owned(),
        commitment: hex(member.commitment().as_bytes()),
    };
    Ok(Overlap {
        id: plan.id.clone(),
        title: plan.title.clone(),
        purpose: plan.purpose.clone(),
        data_set: plan.data_set.clone(),
        run: terms.digest().to_string(),
        members: terms.members().iter().map(member).collect(),
        figures: shown,
        show_from: plan.show_from,
        least_size: plan.least,
        protection: protection(plan, noisy, charge, spent),
    })
}

/// A figure from the noisy regions, at no further cost.
pub(super) fn figure(plan: &Plan, noisy: &NoisyCounts, figure: &Figure) -> Result<OverlapFigure, Failure> {
    let parent: Vec<usize> = (0..noisy.groups()).map(|region| usize::from(!figure.counts(region))).collect();
    let interval = noisy.rolled_up(&parent, 2)?.count(0).map_err(|why| Problem::new("U0009", why.to_string()))?;
    // Counts are below 2^62 and not negative.
    let count = OverlapCount {
        value: interval.value as u64,
        low: interval.low.floor() as u64,
        high: interval.high.ceil() as u64,
    };
    let shown = Some(count).filter(|count| count.value >= plan.show_from);
    Ok(OverlapFigure { kind: kind(figure.kind()), members: figure.members(), shown })
}

pub(super) const fn kind(kind: FigureKind) -> OverlapKind {
    match kind {
        FigureKind::Size => OverlapKind::Size,
        FigureKind::Pair => OverlapKind::Pair,
        FigureKind::Triple => OverlapKind::Triple,
        FigureKind::Reach => OverlapKind::Reach,
    }
}

fn protection(plan: &Plan, noisy: &NoisyCounts, charge: &Charged, spent: &Rational) -> OverlapProtection {
    OverlapProtection {
        hides: "whatever one customer does: whose customer it is, of one member, of several or of none".to_owned(),
        epsilon: plan.epsilon,
        noise: format!("{} of the {} combinations of members", noisy.noise().describe(), noisy.groups()),
        sensitivity: sensitivity(plan.members.len() as u64),
        spent: *spent,
        limit: plan.limit,
        ledger_index: charge.index,
        ledger_entry: charge.entry.clone(),
        learned: LEARNED.map(str::to_owned).into(),
        not_protected: NOT_PROTECTED.map(str::to_owned).into(),
    }
}

/// What one customer changes, in words.
pub(super) fn sensitivity(members: u64) -> Vec<String> {
    let (one, all) = (Change::of_one_membership(members), Change::of_a_customer(members));
    vec![
        format!("the counts of combinations, which the noise is added to: {REGION_CHANGE} in all, whatever it does"),
        format!(
            "if one member gains or loses it: 1 size, up to {} pairs and {} triples, or reach; {} figures at most, each by 1",
            one.pairs, one.triples, one.figures
        ),
        format!(
            "if it appears or vanishes everywhere: up to {} sizes, {} pairs, {} triples and reach; {} figures, each by 1",
            all.sizes, all.pairs, all.triples, all.figures
        ),
    ]
}

const LEARNED: [&str; 4] = [
    "All roles of this run played in one process on one machine: whoever ran it held every member’s file. Played apart, \
     each party learns what follows.",
    "Members: how many customers every other member has, exactly; nothing about who they are or who is shared.",
    "The comparing party: how many customers every combination of members has, exactly, before noise; nobody’s identity. \
     It must not be a member, nor tell one what it saw.",
    "Readers of this page: the figures with noise.",
];

const NOT_PROTECTED: [&str; 6] = [
    "Who the members are, that they compared their customers, and for what purpose.",
    "The exact size of each set, against the other members and the comparing party.",
    "Everything about combinations, if the comparing party and a member work together: they can ask about single customers.",
    "The truth of the counts: a member can invent customers or leave some out, and one that breaks the rules on the way \
     can spoil the counts of others. Customers that are there twice are found.",
    "Facts about customers as a whole, such as that half of them buy from two members.",
    "A customer under two spellings counts twice: only identifiers that are the same after the stated rules match.",
];
