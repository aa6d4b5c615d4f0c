//! `[policy]`: what may be published. Rules weaker than the floors are refused.

use super::ceiling;
use super::privacy::Wish;
use crate::Problem;
use crate::study::convert::{self, cells_per_member};
use crate::study::model::{Edges, Kpi, Policy, Privacy};
use crate::study::section::Section;
use crate::study::source::{Source, did_you_mean};
use guildhall_data::Attribute;
use guildhall_dp::{Ceiling, ColumnGroup, Rho, RoundCost, column_groups, round_cost};
use guildhall_federation::manifest::UnsafeCells;
use guildhall_kpi::{PrivacyUnit, Rational, Schema};

/// Fewest members any figure may be shown for.
pub(super) const FLOOR: u64 = 5;

/// Fewest members for a histogram that is exact by consent.
const CONSENT_FLOOR: u64 = 20;

/// What other sections say and the policy must fit.
pub(super) struct Context<'c> {
    pub(super) segments: &'c [Attribute],
    pub(super) expected: Option<u64>,
    pub(super) kpis: Option<&'c [Kpi]>,
    pub(super) periods: &'c [String],
    pub(super) honest: Option<u8>,
    pub(super) wish: Option<&'c Wish>,
}

pub(super) fn read(
    source: &mut Source<'_>,
    section: Option<Section<'_>>,
    context: &Context<'_>,
) -> Option<(Policy, Option<Privacy>)> {
    let empty = toml::de::DeTable::new();
    let mut section = section.unwrap_or_else(|| Section::new("[policy]", 0..0, &empty));
    let before = source.count();
    let least_members = section.whole(source, "least_members", 0..100_001).unwrap_or(FLOOR);
    let colluding = section.whole(source, "colluding", 0..100_001).unwrap_or(0);
    let budget = match section.has("budget") || section.has("budget_rho") {
        false => Rational::new(20, 1).map(Ceiling::of_epsilon),
        true => ceiling(source, &mut section, "budget", "budget_rho"),
    };
    let known: Vec<&str> = context.segments.iter().map(|segment| segment.attribute.as_str()).collect();
    let cells = cells(source, &mut section, "cells", &known);
    if !cells.iter().any(|cell| cell == "all") {
        let problem = Problem::new("S0403", "the cell of all members is missing").remedy("add \"all\" to cells");
        source.mistake(&section.span_of("cells"), problem);
    }
    let opened: Vec<&str> = cells.iter().map(String::as_str).filter(|cell| *cell != "all").collect();
    let quartiles_for = quartiles_for(source, &mut section, &opened);
    let exact_histograms = section.flag(source, "exact_histograms").unwrap_or(false);
    let choices = [("refuse", UnsafeCells::Refuse), ("hide", UnsafeCells::Hide)];
    let unsafe_cells = section.choice(source, "unsafe_cells", &choices).unwrap_or(UnsafeCells::Refuse);
    let cells = cells.into_iter().filter(|cell| cell != "all").collect();
    let budget = budget?;
    let concentration = Vec::new();
    let policy = Policy {
        least_members,
        colluding,
        budget,
        cells,
        quartiles_for,
        unsafe_cells,
        exact_histograms,
        concentration,
    };
    enough_members(source, &section, &policy, context.expected);
    for kpi in context.kpis.unwrap_or_default() {
        exact_by_consent(source, &section, &policy, kpi, context.expected);
    }
    let mut privacy = None;
    if let Some(kpis) = context.kpis.filter(|_| source.count() == before) {
        let sums = cells_per_member(&policy).sums;
        let resolve = |wish: &Wish| wish.resolve(source, kpis, context.periods.len(), sums, context.honest);
        privacy = context.wish.and_then(resolve);
        if source.count() == before {
            let schema = convert::schema(kpis, context.periods, privacy.as_ref());
            let most_periods = privacy.as_ref().and_then(|privacy| privacy.most_periods);
            within_budget(source, &section, &policy, &schema, most_periods, context.honest);
        }
    }
    section.finish(source);
    Some((policy, privacy))
}

/// A list of cells: `all` and attributes; all members where it is absent.
fn cells(source: &mut Source<'_>, section: &mut Section<'_>, key: &'static str, attributes: &[&str]) -> Vec<String> {
    let Some(listed) = section.texts(source, key) else { return vec!["all".to_owned()] };
    let known: Vec<&str> = std::iter::once("all").chain(attributes.iter().copied()).collect();
    let mut cells = Vec::new();
    for cell in listed {
        if !known.contains(&cell.get_ref().as_str()) || cells.contains(cell.get_ref()) {
            let problem = Problem::new(
                "S0403",
                format!("{key}: {:?} is not known here, or is named twice", cell.get_ref()),
            )
            .why("cells are \"all\" and attributes of [member] segments; histograms are opened in some of these cells");
            source.mistake(&cell.span(), problem.remedy(did_you_mean(cell.get_ref(), &known)));
        }
        cells.push(cell.into_inner());
    }
    cells
}

fn quartiles_for(source: &mut Source<'_>, section: &mut Section<'_>, opened: &[&str]) -> Vec<String> {
    let cells = cells(source, section, "quartiles_for", opened);
    if cells.is_empty() {
        let problem = Problem::new("S0403", "quartiles_for names no cell, so no histogram would be opened");
        source.mistake(&section.span_of("quartiles_for"), problem.remedy("write quartiles_for = [\"all\"]"));
    }
    cells
}

fn enough_members(source: &mut Source<'_>, section: &Section<'_>, policy: &Policy, expected: Option<u64>) {
    if policy.least_members < FLOOR {
        let problem = Problem::new("S0405", format!("least_members must be at least {FLOOR}"))
            .why("with fewer, members can work out each other's figures from the total")
            .remedy(format!("write least_members = {FLOOR} or more"));
        source.mistake(&section.span_of("least_members"), problem);
    }
    let needed = policy.least_members + policy.colluding;
    if let Some(expected) = expected.filter(|expected| *expected < needed) {
        let problem = Problem::new(
            "S0407",
            format!("{expected} members are expected, but nothing is shown for fewer than {needed}"),
        )
        .remedy("invite more members; `least_members` and `colluding` add up");
        source.mistake(&section.span_of("least_members"), problem);
    }
}

/// A coarse exact histogram needs a charter that allows it, enough members and few bins.
fn exact_by_consent(source: &mut Source<'_>, section: &Section<'_>, policy: &Policy, kpi: &Kpi, expected: Option<u64>) {
    let Some(histogram) = kpi.histogram.as_ref().filter(|histogram| histogram.epsilon.is_none()) else { return };
    let bins = match &histogram.edges {
        Edges::LogSpaced { bins, .. } => u64::from(*bins),
        Edges::Listed(edges) => edges.len() as u64 + 1,
    };
    let expected = expected.unwrap_or(CONSENT_FLOOR);
    let most = expected / (2 * policy.least_members.max(1));
    let problem = if !policy.exact_histograms {
        Problem::new("S0406", format!("KPI {:?} wants an exact histogram, which the policy does not allow", kpi.id))
            .why("an exact histogram can show that a member is alone in a bin")
            .remedy("use histogram = \"noisy\"; or agree on it in the charter and write exact_histograms = true")
    } else if expected < CONSENT_FLOOR {
        Problem::new("S0406", format!("an exact histogram needs at least {CONSENT_FLOOR} members"))
            .remedy("use histogram = \"noisy\", or means only")
    } else if bins > most {
        Problem::new(
            "S0406",
            format!("KPI {:?}: at most {most} bins are allowed for {expected} members, not {bins}", kpi.id),
        )
        .why("an exact histogram must hold, on average, twice least_members in each bin")
        .remedy(format!("write bins = {most}, or use histogram = \"noisy\""))
    } else {
        return;
    };
    source.mistake(&section.span_of("exact_histograms"), problem);
}

/// The round must fit the budget, and its noise must be one that trustees can draw.
fn within_budget(
    source: &mut Source<'_>,
    section: &Section<'_>,
    policy: &Policy,
    schema: &Schema,
    most_periods: Option<u32>,
    honest: Option<u8>,
) {
    let drawable = |group: &ColumnGroup| honest.is_none_or(|honest| group.plan(honest.into()).is_ok());
    let cost = |unit| round_cost(schema, unit, cells_per_member(policy), most_periods);
    let costs = cost(PrivacyUnit::Member).and_then(|members| Ok((members, cost(PrivacyUnit::Customer)?)));
    let total = |(members, customers): (RoundCost, RoundCost)| {
        let rho = members.concentrated()?.and(&customers.concentrated()?);
        let fits = policy.budget.rho().is_none_or(|limit| rho <= Rho::of(limit));
        Ok((members.epsilon.checked_add(customers.epsilon), fits))
    };
    let problem = match costs.and_then(total) {
        Ok((Some(epsilon), true)) if epsilon <= policy.budget.epsilon() => {
            if column_groups(schema).is_ok_and(|groups| groups.iter().all(drawable)) {
                return;
            }
            Problem::new("S0309", "an epsilon is too small for what it must hide: its noise would be too wide to draw")
                .why("noise grows with the bound of one member or customer, counted in steps of the resolution")
                .remedy("raise that epsilon, lower the bounds, take a coarser resolution, or leave `noise` out")
        }
        Ok((epsilon, _)) => {
            let epsilon = epsilon.map_or_else(|| "beyond counting".to_owned(), |epsilon| epsilon.to_string());
            Problem::new("S0404", format!("one round costs epsilon {epsilon}, the budget is {}", policy.budget))
                .why("a member's loss adds up over every histogram, noisy sum, period and kind of cell that contains it")
                .remedy("open histograms for fewer periods (periods = \"last\"), lower epsilon, fewer cells in quartiles_for, or raise the budget")
        }
        Err(error) => Problem::new("S0312", format!("the figures do not fit together: {error}"))
            .remedy("the message names the KPI; compare it with the template of `guildhall study new`"),
    };
    source.mistake(&section.span_of("budget"), problem);
}
