//! What an audit found, for people and for programs.

use super::{Audited, ONCE_IN, impossible};
use crate::Failure;
use guildhall_dp::audit::{Flaw, Side, shipped};
use guildhall_kpi::Rational;
use serde_json::{Value, json};

/// The table for people.
pub(super) fn text(audited: &[Audited]) -> String {
    let timed = audited.iter().any(|audited| audited.timing.is_some());
    let mut lines = vec![header(timed)];
    lines.extend(audited.iter().map(row));
    let mut text = aligned(&lines);
    for refuted in audited.iter().filter(|audited| audited.refuted()) {
        text.push_str(&format!("\n{}: {}\n  {}\n", refuted.name, refuted.about, evidence(refuted)));
    }
    let runs = audited.first().map_or(0, |audited| audited.runs);
    text.push_str(&format!(
        "\nAn audit only gives a lower bound on epsilon. \"Not refuted\" means that {runs} runs on each of two data sets\n\
         showed no contradiction; it does not prove the claim. If all claims are true, such an audit still refutes\n\
         one at most once in {ONCE_IN} times.\n"
    ));
    if timed {
        text.push_str("Time against noise is a correlation from -1 to 1: a report on this machine, not a verdict.\n");
    }
    text
}

fn header(timed: bool) -> Vec<String> {
    let mut header = vec!["mechanism", "claimed epsilon", "claimed delta", "epsilon at least", "verdict"];
    if timed {
        header.push("time against noise");
    }
    header.into_iter().map(str::to_owned).collect()
}

fn row(audited: &Audited) -> Vec<String> {
    let verdict = if audited.refuted() { "REFUTED" } else { "not refuted" };
    let mut row = vec![
        audited.name.clone(),
        audited.claim.epsilon.to_string(),
        delta(audited.claim.delta),
        format!("{:.3}", audited.worst.epsilon),
        verdict.to_owned(),
    ];
    row.extend(audited.timing.map(|correlation| format!("{correlation:+.3}")));
    row
}

fn delta(delta: Rational) -> String {
    if delta.is_zero() { "0".to_owned() } else { format!("{:.1e}", delta.to_f64()) }
}

/// The event that a refutation rests on.
fn evidence(audited: &Audited) -> String {
    let worst = &audited.worst;
    let Some(event) = worst.event else { return String::new() };
    let (likely, other) = if event.favours == Side::First { ("first", "second") } else { ("second", "first") };
    format!(
        "{event}: {} of {} runs on the {likely} data set, {} on the {other}",
        worst.hits, worst.trials, worst.others
    )
}

/// Columns as wide as their widest cell, the last cell of a line without trailing blanks.
fn aligned(lines: &[Vec<String>]) -> String {
    let width = |column: usize| lines.iter().filter_map(|line| line.get(column)).map(String::len).max().unwrap_or(0);
    let line = |cells: &Vec<String>| {
        let cells = cells.iter().enumerate().map(|(column, cell)| format!("{cell:<0$}", width(column)));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    lines.iter().map(line).collect()
}

/// The result for programs: `guildhall/audit/v1`.
pub(super) fn json(audited: &[Audited]) -> String {
    let audits: Vec<Value> = audited.iter().map(one).collect();
    let ok = !audited.iter().any(Audited::refuted);
    let meaning = "an audit only gives a lower bound on epsilon; not refuted is not proved";
    format!(
        "{}\n",
        json!({ "schema": "guildhall/audit/v1", "ok": ok, "false_alarm_once_in": ONCE_IN, "meaning": meaning, "audits": audits })
    )
}

fn one(audited: &Audited) -> Value {
    let worst = &audited.worst;
    let event = worst.event.map(|event| {
        let favours = if event.favours == Side::First { "first" } else { "second" };
        json!({ "text": event.to_string(), "favours": favours, "hits": worst.hits, "others": worst.others, "trials": worst.trials })
    });
    let mut object = json!({
        "mechanism": audited.name,
        "about": audited.about,
        "epsilon": audited.claim.epsilon,
        "delta": audited.claim.delta,
        "runs": audited.runs,
        "epsilon_at_least": worst.epsilon,
        "refuted": audited.refuted(),
        "bound_wrong_once_in": worst.once_in,
        "event": event,
    });
    if let Some(correlation) = audited.timing {
        object["time_against_noise"] = correlation.into();
    }
    object
}

/// The mechanisms and the broken ones, one a line or as `guildhall/audit-list/v1`.
///
/// # Errors
/// Never at epsilon 1.
pub(super) fn list(as_json: bool) -> Result<String, Failure> {
    let one = Rational::new(1, 1).unwrap_or(Rational::ZERO);
    let shipped = shipped(one).map_err(impossible)?;
    let sound: Vec<(&str, &str)> = shipped.iter().map(|subject| (subject.name(), subject.about())).collect();
    let broken: Vec<(&str, &str)> = Flaw::ALL.iter().map(|flaw| (flaw.name(), flaw.about())).collect();
    if as_json {
        let of = |list: &[(&str, &str)]| -> Vec<Value> {
            list.iter().map(|(name, about)| json!({ "name": name, "about": about })).collect()
        };
        let object = json!({ "schema": "guildhall/audit-list/v1", "mechanisms": of(&sound), "broken": of(&broken) });
        return Ok(format!("{object}\n"));
    }
    let of = |list: &[(&str, &str)]| {
        aligned(&list.iter().map(|(name, about)| vec![(*name).to_owned(), (*about).to_owned()]).collect::<Vec<_>>())
    };
    Ok(format!("Mechanisms:\n{}\nBroken on purpose (--broken NAME):\n{}", of(&sound), of(&broken)))
}
