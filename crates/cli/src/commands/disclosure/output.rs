//! What is written and printed. Parameters of the rules and hidden figures are in none of it; the exception is
//! `check`, which shows a hidden cell's number of firms and largest contributions to whoever holds the data anyway.

use super::Part;
use super::policy::{Amount, Policy};
use guildhall_dp::disclosure::{Protected, Ratio, Shown, Why};
use guildhall_report::{DisclosureCell, DisclosureRow, DisclosureTable, disclosure_html};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

const REASONS: [(Why, &str); 3] =
    [(Why::TooFew, "too-few"), (Why::Dominated, "dominated"), (Why::Secondary, "secondary")];

/// Decimals of a ratio.
const DECIMALS: u32 = 4;

/// Why a ratio of two shown figures is not shown.
const NOTHING: &str = "nothing to divide by";

/// A protected table: sums, or numerator and denominator with their ratio.
pub(super) struct Published<'p> {
    pub(super) policy: &'p Policy,
    pub(super) parts: &'p [Part],
}

impl Published<'_> {
    /// The files of a published table, by name.
    pub(super) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let files = [("table.csv", self.csv()), ("table.json", self.json()), ("table.html", self.html())];
        files.map(|(name, text)| (name.to_owned(), text.into_bytes())).into()
    }

    /// The table as JSON: `guildhall/disclosure-table/v1`.
    pub(super) fn json(&self) -> String {
        let policy = self.policy;
        let mut object = json!({
            "schema": "guildhall/disclosure-table/v1",
            "id": policy.id,
            "title": policy.title,
            "data_set": policy.data_set,
            "variable": policy.variable,
            "dimensions": policy.dimensions.iter().map(|d| &d.column).collect::<Vec<_>>(),
        });
        if let Some(part) = self.parts.first() {
            object["counts"] = counts(&part.protected);
            object["cells"] = cells(part);
        }
        if let [above, below] = self.parts {
            object["denominator"] =
                json!({ "variable": below.amount.column, "counts": counts(&below.protected), "cells": cells(below) });
            object["ratios"] = self
                .ratios(above, below)
                .into_iter()
                .map(|(labels, ratio)| match ratio {
                    Ok(ratio) => json!({ "labels": labels, "ratio": ratio }),
                    Err(why) => json!({ "labels": labels, "why": why }),
                })
                .collect();
        }
        format!("{object}\n")
    }

    /// One row per cell, totals included.
    fn rows(&self) -> Vec<DisclosureRow> {
        let mut rows: Vec<DisclosureRow> = Vec::new();
        for part in self.parts {
            for (at, (labels, shown)) in part.protected.cells().enumerate() {
                let cell = match shown {
                    Shown::Value(value) => DisclosureCell::Shown(part.amount.text(i128::from(*value))),
                    Shown::Hidden(why) => DisclosureCell::Hidden(why.words().to_owned()),
                };
                match rows.get_mut(at) {
                    Some(row) => row.cells.push(cell),
                    None => rows.push(DisclosureRow { labels: labels.to_vec(), cells: vec![cell] }),
                }
            }
        }
        if let [above, below] = self.parts {
            for (row, (_, ratio)) in rows.iter_mut().zip(self.ratios(above, below)) {
                row.cells.push(match ratio {
                    Ok(ratio) => DisclosureCell::Shown(ratio),
                    Err(why) => DisclosureCell::Hidden(why),
                });
            }
        }
        rows
    }

    /// Headings of the figures: what is summed, and of a ratio what it divides by and the ratio.
    fn headings(&self) -> Vec<String> {
        let denominator = self.policy.denominator.iter().map(|of| of.column.clone());
        let ratio = self.policy.denominator.iter().map(|of| format!("{} per {}", self.policy.variable, of.column));
        std::iter::once(self.policy.variable.clone()).chain(denominator).chain(ratio).collect()
    }

    /// The table as CSV: one row per cell, hidden ones empty with the reason at the end.
    fn csv(&self) -> String {
        let names = self.policy.dimensions.iter().map(|d| field(&d.column));
        let figures = self.headings().into_iter().map(|heading| field(&heading));
        let mut text = names.chain(figures).chain(["hidden".to_owned()]).collect::<Vec<_>>().join(",") + "\n";
        for row in self.rows() {
            let mut reasons: Vec<&str> = Vec::new();
            for cell in &row.cells {
                if let DisclosureCell::Hidden(why) = cell
                    && !reasons.contains(&why.as_str())
                {
                    reasons.push(why);
                }
            }
            let values = row.cells.iter().map(|cell| match cell {
                DisclosureCell::Shown(value) => value.clone(),
                DisclosureCell::Hidden(_) => String::new(),
            });
            let fields = row.labels.iter().map(|label| field(label)).chain(values).chain([field(&reasons.join("; "))]);
            text.push_str(&(fields.collect::<Vec<_>>().join(",") + "\n"));
        }
        text
    }

    fn html(&self) -> String {
        let reason = |why: Why| {
            let hidden = self.parts.iter().map(|part| part.protected.hidden(why)).sum();
            (why.words().to_owned(), hidden)
        };
        disclosure_html(&DisclosureTable {
            id: self.policy.id.clone(),
            title: self.policy.title.clone(),
            data_set: self.policy.data_set.clone(),
            dimensions: self.policy.dimensions.iter().map(|d| d.column.clone()).collect(),
            figures: self.headings(),
            rows: self.rows(),
            reasons: REASONS.iter().map(|(why, _)| reason(*why)).collect(),
        })
    }

    /// What was done, for people.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{}\n", self.policy.title);
        for part in self.parts {
            text.push_str(&summary(part));
        }
        text
    }

    /// Ratios where numerator and denominator are shown, with four decimals; else why not.
    fn ratios(&self, above: &Part, below: &Part) -> Vec<(Vec<String>, Result<String, String>)> {
        let shift = i32::from(below.amount.decimals) - i32::from(above.amount.decimals);
        let told = |Ratio { name, parts }: Ratio| {
            let ratio = match parts {
                Ok((above, below)) => quotient(above, below, shift).ok_or_else(|| NOTHING.to_owned()),
                Err(why) => Err(why.words().to_owned()),
            };
            (name, ratio)
        };
        above.protected.ratios(&below.protected).into_iter().map(told).collect()
    }
}

/// `above * 10^shift / below`, rounded half away from zero in whole numbers; `None` where there is nothing to divide by.
fn quotient(above: i64, below: i64, shift: i32) -> Option<String> {
    let scale = |power: i32| 10i128.checked_pow(u32::try_from(power).ok()?);
    let (up, down) = (scale(shift.max(0))?, scale((-shift).max(0))?);
    let numerator = i128::from(above).checked_mul(up)?.checked_mul(10i128.pow(DECIMALS))?;
    let denominator = i128::from(below).checked_mul(down)?;
    if denominator == 0 {
        return None;
    }
    let rounded = (2 * numerator.checked_abs()? + denominator.abs()) / (2 * denominator.abs());
    let sign = if rounded != 0 && (numerator < 0) != (denominator < 0) { -1 } else { 1 };
    Some(decimal(sign * rounded, DECIMALS))
}

fn cells(part: &Part) -> Value {
    let cell = |(labels, shown): (&[String], &Shown)| match shown {
        Shown::Value(value) => json!({ "labels": labels, "value": part.amount.text(i128::from(*value)) }),
        Shown::Hidden(why) => json!({ "labels": labels, "hidden": word(*why), "why": why.words() }),
    };
    part.protected.cells().map(cell).collect()
}

/// A field of a CSV file, quoted where it must be.
///
/// # Security
/// A label that a spreadsheet would take for a formula gets an apostrophe in front.
fn field(text: &str) -> String {
    let text = &if text.starts_with(['=', '+', '-', '@', '\t']) { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// How many cells are shown and hidden, for people.
fn summary(part: &Part) -> String {
    let total = part.protected.pattern().len();
    let hidden: usize = REASONS.iter().map(|(why, _)| part.protected.hidden(*why)).sum();
    let name = &part.amount.column;
    let mut text = format!("{name}: {} of {total} cells are shown, {hidden} are hidden:\n", total - hidden);
    for (why, _) in REASONS {
        let _ = writeln!(text, "{:>7}  {}", part.protected.hidden(why), why.words());
    }
    text
}

/// A check of one part, for whoever holds the data.
pub(super) struct Checked<'c> {
    pub(super) policy: &'c Policy,
    pub(super) part: &'c Part,
}

/// Checks for people.
pub(super) fn checked_text(checked: &[Checked<'_>]) -> String {
    let title = checked.first().map(|first| format!("{}\n", first.policy.title)).unwrap_or_default();
    checked.iter().fold(title, |text, part| text + &part.text())
}

/// Checks for programs: `guildhall/disclosure-check/v1`.
pub(super) fn checked_json(checked: &[Checked<'_>]) -> String {
    let Some(first) = checked.first() else { return String::new() };
    let mut object = json!({
        "schema": "guildhall/disclosure-check/v1",
        "ok": true,
        "id": first.policy.id,
        "confidential": true,
        "counts": counts(&first.part.protected),
        "hidden": first.hidden_json(),
    });
    if let [_, below] = checked {
        object["denominator"] = json!({ "counts": counts(&below.part.protected), "hidden": below.hidden_json() });
    }
    format!("{object}\n")
}

impl Checked<'_> {
    fn text(&self) -> String {
        let mut text = summary(self.part);
        text.push_str("\nHidden cells, for your own eyes (firms, value, two largest):\n");
        for (cell, why) in self.hidden() {
            let (first, second) = cell.contributors().top_two();
            let [value, first, second] =
                [cell.value(), i128::from(first), i128::from(second)].map(|v| self.part.amount.text(v));
            let (title, firms) = (cell.title(), cell.contributors().count());
            let _ = writeln!(text, "  {title}: {}  ({firms}; {value}; {first}, {second})", why.words());
        }
        text
    }

    fn hidden_json(&self) -> Vec<Value> {
        let amount = |value| self.part.amount.text(value);
        let cell = |(cell, why): (&guildhall_dp::disclosure::Cell, Why)| {
            let (first, second) = cell.contributors().top_two();
            json!({
                "labels": cell.name(),
                "hidden": word(why),
                "why": why.words(),
                "firms": cell.contributors().count(),
                "value": amount(cell.value()),
                "largest": [amount(first.into()), amount(second.into())],
            })
        };
        self.hidden().map(cell).collect()
    }

    fn hidden(&self) -> impl Iterator<Item = (&guildhall_dp::disclosure::Cell, Why)> {
        let cells = self.part.table.cells().iter().zip(self.part.protected.cells());
        cells.filter_map(|(cell, (_, shown))| match shown {
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

impl Amount {
    /// A whole number of steps as a decimal.
    fn text(&self, steps: i128) -> String {
        decimal(steps, u32::from(self.decimals))
    }
}

fn decimal(steps: i128, decimals: u32) -> String {
    let sign = if steps < 0 { "-" } else { "" };
    let (digits, unit, width) = (steps.unsigned_abs(), 10u128.pow(decimals), decimals as usize);
    if decimals == 0 { format!("{sign}{digits}") } else { format!("{sign}{}.{:0width$}", digits / unit, digits % unit) }
}

#[cfg(test)]
mod tests {
    use super::quotient;

    #[test]
    fn ratios_are_rounded_in_whole_numbers() {
        let told = |above, below, shift| quotient(above, below, shift);
        assert_eq!(told(1, 3, 0).as_deref(), Some("0.3333"));
        assert_eq!(told(2, 3, 0).as_deref(), Some("0.6667"));
        assert_eq!(told(-1, 8, 0).as_deref(), Some("-0.1250"));
        assert_eq!(told(12_345, 1, -2).as_deref(), Some("123.4500"), "cents per head");
        assert_eq!(told(5, 250, 2).as_deref(), Some("2.0000"), "heads per cent");
        assert_eq!(told(5, 0, 0), None);
    }
}
