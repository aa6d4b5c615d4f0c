//! What a release would ask, cost and yield, before anything is spent.

use crate::Failure;
use crate::trust::{Publisher, Table, nothing_spent};
use crate::ui::Ui;
use guildhall_dp::central::Mechanism;
use guildhall_report::text_table;
use guildhall_trust::{Outlook, Plan, PlannedQuery, Predicted};
use serde_json::{Value, json};
use std::path::Path;

const WIDTH: u16 = 100;

/// Shows the plan; refuses what the ledger would refuse. A ledger that is not there is not created.
///
/// # Errors
/// If the budget would not suffice, or the data cannot be read.
pub(super) fn show(ui: &Ui, plan: &Plan, table: &Table, ledger: &Path) -> Result<(), Failure> {
    let outlook = plan.outlook(table.engine.as_ref())?;
    let mut warnings = super::warnings(plan.spec(), plan, table)?;
    warnings.extend(hidden(&outlook));
    let budget = match ledger.exists() {
        true => {
            let publisher = Publisher::open(plan.spec(), ledger)?;
            publisher.would_grant(&plan.price())?;
            publisher.words()
        }
        false => format!("{}; the ledger is not there yet", nothing_spent(plan.spec())),
    };
    if ui.json() {
        return ui.out(&format!("{:#}\n", as_json(plan, &outlook, &warnings, &budget)));
    }
    ui.out(&as_text(plan, &outlook, &warnings, &budget))
}

/// A warning where most of what is paid for would not be shown.
fn hidden(outlook: &Outlook) -> Option<String> {
    let (values, withheld) = (outlook.values(), outlook.withheld());
    let remedy = "ask for fewer groups or periods, set [unit] periods, drop metrics, or spend more epsilon";
    match (values, withheld) {
        (0, _) => None,
        (values, withheld) if withheld == values => {
            Some(format!("all {values} values would be withheld, for too few stand behind each: {remedy}"))
        }
        (values, withheld) if 2 * withheld > values => {
            Some(format!("{withheld} of {values} values would be withheld, for too few stand behind them: {remedy}"))
        }
        _ => None,
    }
}

fn as_text(plan: &Plan, outlook: &Outlook, warnings: &[String], budget: &str) -> String {
    let unit = plan.spec().unit.kind.name();
    let mut text = format!("This release would cost {}. Budget now: {budget}.\n", cost(plan));
    text.push_str(&format!("Noise: {}.\n", plan.noise()));
    warnings.iter().for_each(|warning| text.push_str(&format!("\nWarning: {warning}.\n")));
    let queries: Vec<Vec<String>> = plan.queries().iter().map(query).collect();
    text.push_str(&format!(
        "\n{}",
        text_table("What would be asked", &["metrics", "asks", "groups", "cost", "sensitivity"], &queries, WIDTH)
    ));
    text.push_str(&format!("\nOne {unit} can change it no further than this:\n"));
    plan.bounds().iter().for_each(|bound| text.push_str(&format!("  {bound}\n")));
    let rows: Vec<Vec<String>> = outlook.predicted.iter().map(quality).collect();
    let units = outlook.units;
    let title = format!("How exact it would be ({units} {unit}s now; these numbers are exact, keep them to yourself)");
    let heads = ["metric", "where", "middling n", "withheld", "error by noise", "95 % these", "95 % population"];
    text.push_str(&format!("\n{}", text_table(&title, &heads, &rows, WIDTH)));
    text.push_str("\nNothing was charged and nothing was written.\n");
    text
}

/// The price, and for Gaussian noise what it means in epsilon and delta.
fn cost(plan: &Plan) -> String {
    match plan.price().charge().measure() {
        guildhall_dp::Measure::Epsilon(_) => plan.price().to_string(),
        guildhall_dp::Measure::Rho(_) => {
            let (epsilon, bits) = (plan.spec().epsilon, plan.spec().delta_bits.unwrap_or_default());
            format!("epsilon {epsilon} and delta 2^-{bits} ({})", plan.price())
        }
    }
}

fn query(query: &PlannedQuery) -> Vec<String> {
    let groups = query.groups.map_or_else(|| "unknown".to_owned(), |groups| groups.to_string());
    let cost = match query.mechanism {
        Mechanism::Laplace { epsilon } => format!("epsilon {epsilon}"),
        Mechanism::Gaussian { rho } => format!("rho {:.3e}", rho.to_f64()),
    };
    vec![query.metrics.join(", "), query.asks.clone(), groups, cost, query.sensitivity.clone()]
}

fn quality(predicted: &Predicted) -> Vec<String> {
    let label = format!("{} ({})", predicted.metric, predicted.unit);
    let place = if predicted.total { "groups together" } else { "each group" };
    let withheld = format!("{} of {}", predicted.withheld, predicted.values);
    let mut cells = vec![label, place.to_owned(), predicted.n.to_string(), withheld];
    match (&predicted.quality, &predicted.missing) {
        (Some(quality), _) => {
            let both = [quality.error, quality.base_width / 2.0, quality.population_width / 2.0];
            cells.extend(both.map(|value| format!("±{value:.3}")));
        }
        (None, why) => cells.push(why.clone().unwrap_or_default()),
    }
    cells
}

/// The schema is `schemas/trust-dry-run-v1.schema.json`.
fn as_json(plan: &Plan, outlook: &Outlook, warnings: &[String], budget: &str) -> Value {
    let queries: Vec<Value> = plan
        .queries()
        .iter()
        .map(|query| {
            let (epsilon, rho) = match query.mechanism {
                Mechanism::Laplace { epsilon } => (Some(epsilon.to_string()), None),
                Mechanism::Gaussian { rho } => (None, Some(rho.to_string())),
            };
            json!({
                "metrics": query.metrics, "asks": query.asks, "groups": query.groups,
                "epsilon": epsilon, "rho": rho, "sensitivity": query.sensitivity,
            })
        })
        .collect();
    let predicted: Vec<Value> = outlook.predicted.iter().map(|predicted| {
        let quality = predicted.quality.as_ref().map(|quality| {
            json!({
                "noise_error": quality.error, "base_width": quality.base_width,
                "population_width": quality.population_width,
            })
        });
        json!({
            "metric": predicted.metric, "unit": predicted.unit, "total": predicted.total, "n": predicted.n,
            "quality": quality, "missing": predicted.missing, "values": predicted.values, "withheld": predicted.withheld,
        })
    }).collect();
    json!({
        "schema": "guildhall/trust-dry-run/v1", "cost": plan.price().to_string(), "noise": plan.noise(), "budget": budget,
        "bounds": plan.bounds(), "units": outlook.units, "values": outlook.values(), "withheld": outlook.withheld(),
        "warnings": warnings, "queries": queries, "predicted": predicted,
    })
}
