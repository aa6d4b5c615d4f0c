//! What a run would cost and how exact it would be, before anything is compared, logged or spent.

use super::WIDTH;
use super::account::{Budget, fresh};
use super::figures::{forecast, kind, sensitivity};
use super::plan::Plan;
use crate::Failure;
use crate::ui::Ui;
use guildhall_pseudonym::overlap::{Figure, FigureKind, figures};
use guildhall_report::text_table;
use serde_json::{Value, json};
use std::path::Path;

/// A kind of figure, and what it will be worth.
struct Worth {
    figure: Figure,
    error: f64,
    range: f64,
}

/// Shows cost and expected error; refuses what the ledger would refuse. A ledger that is not there is not created.
///
/// # Errors
/// If the budget would not suffice.
pub(super) fn show(ui: &Ui, plan: &Plan, ledger: &Path) -> Result<(), Failure> {
    let budget = match ledger.exists() {
        true => {
            let budget = Budget::open(plan, ledger)?;
            budget.would_grant()?;
            budget.words()
        }
        false => format!("{}; the ledger is not there yet", fresh(plan)),
    };
    let mut worth: Vec<Worth> = Vec::new();
    for figure in figures(plan.members.len()) {
        if worth.iter().all(|known| known.figure.kind() != figure.kind()) {
            let (error, range) = forecast(plan, &figure)?;
            worth.push(Worth { figure, error, range });
        }
    }
    if ui.json() {
        return ui.out(&format!("{:#}\n", as_json(plan, &worth, &budget)));
    }
    ui.out(&as_text(plan, &worth, &budget))
}

fn as_text(plan: &Plan, worth: &[Worth], budget: &str) -> String {
    let mut text =
        format!("This run would cost epsilon {} of {}. Budget now: {budget}.\n\n", plan.epsilon, plan.data_set);
    text.push_str("What one customer changes:\n");
    sensitivity(plan.members.len() as u64).iter().for_each(|line| text.push_str(&format!("  - {line}\n")));
    let row = |worth: &Worth| {
        vec![
            word(worth.figure.kind()).to_owned(),
            format!("±{:.1}", worth.error),
            format!("±{:.0}", worth.range.ceil()),
        ]
    };
    let rows: Vec<Vec<String>> = worth.iter().map(row).collect();
    let heads = ["figure", "expected error", "95 % within"];
    text.push_str(&format!(
        "\n{}",
        text_table("How exact it would be, however many customers there are", &heads, &rows, WIDTH)
    ));
    text.push_str(&format!(
        "\nFigures below {} are not shown; sets of fewer than {} customers are refused.\n\
         Members would learn the sizes of all sets; the comparing party the exact counts of all combinations.\n\
         Nothing was compared, charged or written.\n",
        plan.show_from, plan.least
    ));
    text
}

const fn word(kind: FigureKind) -> &'static str {
    match kind {
        FigureKind::Size => "customers of a member",
        FigureKind::Pair => "shared by two",
        FigureKind::Triple => "shared by three",
        FigureKind::Reach => "reach",
    }
}

/// The schema is `schemas/overlap-dry-run-v1.schema.json`.
fn as_json(plan: &Plan, worth: &[Worth], budget: &str) -> Value {
    let worth: Vec<Value> = worth
        .iter()
        .map(|worth| json!({ "kind": kind(worth.figure.kind()), "error": worth.error, "within": worth.range }))
        .collect();
    json!({
        "schema": "guildhall/overlap-dry-run/v1", "id": plan.id, "data_set": plan.data_set, "members": plan.members,
        "epsilon": plan.epsilon, "budget": budget, "sensitivity": sensitivity(plan.members.len() as u64),
        "figures": worth, "show_from": plan.show_from, "least_size": plan.least,
    })
}
