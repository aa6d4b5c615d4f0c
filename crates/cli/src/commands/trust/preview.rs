//! What a release would ask, cost and yield, before anything is spent.

use crate::Failure;
use crate::trust::{Publisher, Table};
use crate::ui::Ui;
use guildhall_report::text_table;
use guildhall_trust::{Plan, PlannedQuery, Predicted};
use serde_json::{Value, json};
use std::path::Path;

const WIDTH: u16 = 100;

/// Shows the plan; refuses what the ledger would refuse. A ledger that is not there is not created.
///
/// # Errors
/// If the budget would not suffice, or the data cannot be read.
pub(super) fn show(ui: &Ui, plan: &Plan, table: &Table, ledger: &Path) -> Result<(), Failure> {
    let clear = guildhall_trust::measure(table.engine.as_ref(), plan.spec())?;
    let units = clear.rows.iter().map(|row| row.n).max().unwrap_or(0);
    let predicted = plan.predict(units)?;
    let budget = match ledger.exists() {
        true => {
            let publisher = Publisher::open(plan.spec(), ledger)?;
            publisher.would_grant(&plan.price())?;
            publisher.words()
        }
        false => format!("epsilon 0 of {} spent; the ledger is not there yet", plan.spec().limit),
    };
    if ui.json() {
        return ui.out(&format!("{:#}\n", as_json(plan, units, &predicted, &budget)));
    }
    ui.out(&as_text(plan, units, &predicted, &budget))
}

fn as_text(plan: &Plan, units: u64, predicted: &[Predicted], budget: &str) -> String {
    let unit = plan.spec().unit.kind.name();
    let mut text = format!("This release would cost {}. Budget now: {budget}.\n\n", plan.price());
    let queries: Vec<Vec<String>> = plan.queries().iter().map(query).collect();
    text.push_str(&text_table(
        "What would be asked",
        &["metrics", "asks", "groups", "epsilon", "sensitivity"],
        &queries,
        WIDTH,
    ));
    text.push_str(&format!("\nOne {unit} can change it no further than this:\n"));
    plan.bounds().iter().for_each(|bound| text.push_str(&format!("  {bound}\n")));
    let rows: Vec<Vec<String>> = predicted.iter().map(quality).collect();
    let title = format!("How exact it would be ({units} {unit}s now; that number is exact, keep it to yourself)");
    text.push_str(&format!(
        "\n{}",
        text_table(&title, &["metric", "n per group", "error by noise", "95 % these", "95 % population"], &rows, WIDTH)
    ));
    text.push_str("\nNothing was charged and nothing was written.\n");
    text
}

fn query(query: &PlannedQuery) -> Vec<String> {
    let groups = query.groups.map_or_else(|| "unknown".to_owned(), |groups| groups.to_string());
    vec![query.metrics.join(", "), query.asks.clone(), groups, query.epsilon.to_string(), query.sensitivity.clone()]
}

fn quality(predicted: &Predicted) -> Vec<String> {
    let label = format!("{} ({})", predicted.metric, predicted.unit);
    let mut cells = vec![label, predicted.n.to_string()];
    match (&predicted.quality, &predicted.withheld) {
        (Some(quality), _) => {
            let both = [quality.error, quality.base_width / 2.0, quality.population_width / 2.0];
            cells.extend(both.map(|value| format!("±{value:.3}")));
        }
        (None, Some(why)) => cells.push(why.to_string()),
        (None, None) => cells.push("depends on how the values lie".to_owned()),
    }
    cells
}

/// The schema is `schemas/trust-dry-run-v1.schema.json`.
fn as_json(plan: &Plan, units: u64, predicted: &[Predicted], budget: &str) -> Value {
    let queries: Vec<Value> = plan
        .queries()
        .iter()
        .map(|query| {
            json!({
                "metrics": query.metrics, "asks": query.asks, "groups": query.groups,
                "epsilon": query.epsilon.to_string(), "sensitivity": query.sensitivity,
            })
        })
        .collect();
    let predicted: Vec<Value> = predicted.iter().map(|predicted| {
        let quality = predicted.quality.as_ref().map(|quality| {
            json!({
                "noise_error": quality.error, "base_width": quality.base_width,
                "population_width": quality.population_width,
            })
        });
        let withheld = predicted.withheld.as_ref().map(ToString::to_string);
        json!({ "metric": predicted.metric, "unit": predicted.unit, "n": predicted.n, "quality": quality, "withheld": withheld })
    }).collect();
    json!({
        "schema": "guildhall/trust-dry-run/v1", "cost": plan.price().to_string(), "budget": budget,
        "bounds": plan.bounds(), "units": units, "queries": queries, "predicted": predicted,
    })
}
