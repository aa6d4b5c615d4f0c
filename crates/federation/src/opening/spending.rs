//! What a benchmark says of its price: who is protected, by what, and what is not.

use super::OpenedRound;
use crate::accounts::WindowSpent;
use crate::plan::Plan;
use guildhall_kpi::{CustomerSpending, PrivacyUnit, Rational, Spending};
use std::collections::BTreeSet;

/// The words and numbers of a round's price: a pure function of the manifest and of what was spent before.
pub(super) fn of(plan: &Plan, opened: &OpenedRound, spent: WindowSpent) -> Spending {
    let unit_of_sums = plan.manifest.schema.unit_of_sums();
    Spending {
        unit: unit(plan, unit_of_sums),
        epsilon: opened.totals.epsilon,
        delta_bits: opened.totals.delta_bits,
        window_epsilon: spent.members,
        exact: exact(unit_of_sums),
        noise_shares: u32::from(plan.charter.quorum),
        honest_shares: u32::from(plan.threshold().honest_noise()),
        customers: customers(plan, spent),
    }
}

fn unit(plan: &Plan, unit_of_sums: Option<PrivacyUnit>) -> String {
    let member = "one member's figures replaced by any others";
    if unit_of_sums != Some(PrivacyUnit::Customer) {
        return member.to_owned();
    }
    let enforced = plan.manifest.customers.is_some_and(|customers| customers.enforced);
    let kept = if enforced { "kept by every member's software" } else { "declared, not enforced" };
    let bins = plan.costs().members.coordinates > 0;
    let histograms = if bins { format!("; in histograms: {member}") } else { String::new() };
    format!(
        "in sums and means: one customer of one member, with everything it adds up to a bound ({kept}); who buys from \
         several members is protected at each of them for itself{histograms}"
    )
}

fn exact(unit_of_sums: Option<PrivacyUnit>) -> String {
    match unit_of_sums {
        None => "counts, sums and means are exact and carry no differential privacy; a sum is opened only if no small \
                 group can be singled out by adding and subtracting sums of the same figure"
            .to_owned(),
        Some(PrivacyUnit::Member) => {
            "which members report a figure, and how many, is public and exact; every sum carries noise".to_owned()
        }
        Some(PrivacyUnit::Customer) => {
            "which members report a figure, and how many, is public and exact; this release \
                                        does not hide a member's participation, nor its size beyond what a single \
                                        customer adds: a sum is opened only if no small group of members can be \
                                        singled out"
                .to_owned()
        }
    }
}

fn customers(plan: &Plan, spent: WindowSpent) -> Option<CustomerSpending> {
    let (cost, stated) = (plan.costs().customers.as_ref()?, plan.manifest.customers?);
    let members = &plan.costs().members;
    let epsilon = cost.epsilon.checked_add(members.epsilon).unwrap_or(cost.epsilon);
    Some(CustomerSpending {
        epsilon,
        delta_bits: cost.loss().and(members.loss()).delta_bits(),
        window_epsilon: spent.customers.unwrap_or(Rational::ZERO),
        enforced: stated.enforced,
        bounds: bounds(plan, stated.most_periods),
    })
}

/// The bound per KPI in words, each once.
fn bounds(plan: &Plan, most_periods: Option<u32>) -> Vec<String> {
    let schema = &plan.manifest.schema;
    let mut seen = BTreeSet::new();
    let mut words = Vec::new();
    for (index, figure) in schema.figures.iter().enumerate() {
        let (Some(kpi), Some(sum)) = (schema.kpi_of(index), figure.sum) else { continue };
        if seen.insert((figure.kpi, sum.bound)) {
            words.push(format!("{}: at most {} per period", kpi.label, kpi.format(i128::from(sum.bound))));
        }
    }
    words.extend(most_periods.map(|most| format!("a customer counts in at most {most} periods")));
    words
}
