//! What is written and printed. Parameters of the rules and hidden figures are in none of it; the exception is
//! `check`, which shows a hidden cell's number of firms and largest contributions to whoever holds the data anyway.

use super::policy::Policy;
use guildhall_dp::disclosure::{Protected, Shown, Table, Why};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

const REASONS: [(Why, &str); 3] =
    [(Why::TooFew, "too-few"), (Why::Dominated, "dominated"), (Why::Secondary, "secondary")];

/// The files of a published table, by name.
pub(super) fn files(policy: &Policy, protected: &Protected) -> BTreeMap<String, Vec<u8>> {
    let files = [("table.csv", csv(policy, protected)), ("table.json", json(policy, protected))];
    files.map(|(name, text)| (name.to_owned(), text.into_bytes())).into()
}

/// The table as JSON: `guildhall/disclosure-table/v1`.
pub(super) fn json(policy: &Policy, protected: &Protected) -> String {
    let cell = |(labels, shown): (&[String], &Shown)| match shown {
        Shown::Value(value) => json!({ "labels": labels, "value": amount(policy, i128::from(*value)) }),
        Shown::Hidden(why) => json!({ "labels": labels, "hidden": word(*why), "why": why.words() }),
    };
    let object = json!({
        "schema": "guildhall/disclosure-table/v1",
        "id": policy.id,
        "title": policy.title,
        "variable": policy.variable,
        "dimensions": policy.dimensions.iter().map(|d| &d.column).collect::<Vec<_>>(),
        "counts": counts(protected),
        "cells": protected.cells().map(cell).collect::<Vec<_>>(),
    });
    format!("{object}\n")
}

/// The table as CSV: one row per cell, totals included.
fn csv(policy: &Policy, protected: &Protected) -> String {
    let names = policy.dimensions.iter().map(|d| field(&d.column));
    let mut text = names.chain([field(&policy.variable), "hidden".to_owned()]).collect::<Vec<_>>().join(",") + "\n";
    for (labels, shown) in protected.cells() {
        let (value, why) = match shown {
            Shown::Value(value) => (amount(policy, i128::from(*value)), ""),
            Shown::Hidden(why) => (String::new(), why.words()),
        };
        let fields = labels.iter().map(|label| field(label)).chain([value, field(why)]);
        text.push_str(&(fields.collect::<Vec<_>>().join(",") + "\n"));
    }
    text
}

/// A field of a CSV file, quoted where it must be.
///
/// # Security
/// A label that a spreadsheet would take for a formula gets an apostrophe in front.
fn field(text: &str) -> String {
    let text = &if text.starts_with(['=', '+', '-', '@', '\t']) { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// What was done, for people.
pub(super) fn text(policy: &Policy, protected: &Protected) -> String {
    let total = protected.pattern().len();
    let hidden: usize = REASONS.iter().map(|(why, _)| protected.hidden(*why)).sum();
    let mut text = format!("{}\n{} of {total} cells are shown, {hidden} are hidden:\n", policy.title, total - hidden);
    for (why, _) in REASONS {
        let _ = writeln!(text, "{:>7}  {}", protected.hidden(why), why.words());
    }
    text
}

/// A check, for whoever holds the data.
pub(super) struct Checked<'c> {
    pub(super) policy: &'c Policy,
    pub(super) table: &'c Table,
    pub(super) protected: &'c Protected,
}

impl Checked<'_> {
    /// For people.
    pub(super) fn text(&self) -> String {
        let mut text = text(self.policy, self.protected);
        text.push_str("\nHidden cells, for your own eyes (firms, value, two largest):\n");
        for (cell, why) in self.hidden() {
            let (first, second) = cell.contributors().top_two();
            let [value, first, second] =
                [cell.value(), i128::from(first), i128::from(second)].map(|v| amount(self.policy, v));
            let (title, firms) = (cell.title(), cell.contributors().count());
            let _ = writeln!(text, "  {title}: {}  ({firms}; {value}; {first}, {second})", why.words());
        }
        text
    }

    /// For programs: `guildhall/disclosure-check/v1`.
    pub(super) fn json(&self) -> String {
        let cell = |(cell, why): (&guildhall_dp::disclosure::Cell, Why)| {
            let (first, second) = cell.contributors().top_two();
            json!({
                "labels": cell.name(),
                "hidden": word(why),
                "why": why.words(),
                "firms": cell.contributors().count(),
                "value": amount(self.policy, cell.value()),
                "largest": [amount(self.policy, first.into()), amount(self.policy, second.into())],
            })
        };
        let object = json!({
            "schema": "guildhall/disclosure-check/v1",
            "ok": true,
            "id": self.policy.id,
            "confidential": true,
            "counts": counts(self.protected),
            "hidden": self.hidden().map(cell).collect::<Vec<_>>(),
        });
        format!("{object}\n")
    }

    fn hidden(&self) -> impl Iterator<Item = (&guildhall_dp::disclosure::Cell, Why)> {
        self.table.cells().iter().zip(self.protected.cells()).filter_map(|(cell, (_, shown))| match shown {
            Shown::Hidden(why) => Some((cell, *why)),
            Shown::Value(_) => None,
        })
    }
}

fn counts(protected: &Protected) -> Value {
    let hidden: usize = REASONS.iter().map(|(why, _)| protected.hidden(*why)).sum();
    let mut counts = json!({ "shown": protected.pattern().len() - hidden });
    for (why, word) in REASONS {
        counts[word] = protected.hidden(why).into();
    }
    counts
}

fn word(why: Why) -> &'static str {
    REASONS.iter().find(|(known, _)| *known == why).map_or("hidden", |(_, word)| word)
}

/// A whole number of steps as a decimal.
fn amount(policy: &Policy, steps: i128) -> String {
    let sign = if steps < 0 { "-" } else { "" };
    let (digits, decimals) = (steps.unsigned_abs(), usize::from(policy.decimals));
    let unit = 10u128.pow(u32::from(policy.decimals));
    if decimals == 0 {
        format!("{sign}{digits}")
    } else {
        format!("{sign}{}.{:0decimals$}", digits / unit, digits % unit)
    }
}
