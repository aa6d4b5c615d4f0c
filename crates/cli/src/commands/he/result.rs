//! Opened metrics in words and as JSON.

use super::{file::PollFile, keygen::hex};
use guildhall_he::{Grounds, Kind, Opened, Output, Part, Share, UnverifiedTally};
use serde_json::{Value, json};

/// Why the sums are taken for those of the uploads.
pub(super) struct Checked {
    pub(super) grounds: Grounds,
    /// Parties that took the evaluator's word; none with a single decryptor.
    pub(super) trusting: Vec<u8>,
}

impl Checked {
    fn words(&self) -> String {
        match (self.grounds, self.trusting.as_slice()) {
            (Grounds::Recomputed, _) => "the tally was computed again from the uploads".to_owned(),
            (_, []) => "EVALUATOR TRUSTED: nobody computed the tally again; these sums are what it chose".to_owned(),
            (_, parties) => {
                let list: Vec<String> = parties.iter().map(u8::to_string).collect();
                format!("EVALUATOR TRUSTED by party {}: it opened without computing the tally again", list.join(", "))
            }
        }
    }
}

/// What an output is, for people.
pub(super) fn output_name(file: &PollFile, output: &Output) -> String {
    let kind = file.poll.metrics.get(output.metric).map(|metric| &metric.kind);
    let part = match (output.part, kind) {
        (Part::Answers, _) => "answers".to_owned(),
        (Part::Bin(at), Some(Kind::Histogram { bins })) => bins.get(at).cloned().unwrap_or_default(),
        (_, kind) => kind.map_or("", numerator).to_owned(),
    };
    let name = file.poll.metrics.get(output.metric).map_or("", |metric| metric.name.as_str());
    match file.poll.groups.get(output.group) {
        Some(group) => format!("{name}, {group}: {part}"),
        None => format!("{name}: {part}"),
    }
}

/// What the numerator of a metric is.
fn numerator(kind: &Kind) -> &'static str {
    match kind {
        Kind::Nps => "promoters less detractors",
        Kind::Csat { .. } => "satisfied",
        Kind::Rate(Share::Churn) => "left",
        Kind::Rate(Share::Retention) => "stayed",
        Kind::Rate(Share::RepeatPurchase) => "bought again",
        Kind::Rate(Share::Other) => "yes",
        Kind::TrustIndex { .. } => "weighted sum",
        _ => "sum",
    }
}

/// The table for a terminal.
pub(super) fn text(file: &PollFile, tally: &UnverifiedTally, opened: &[Opened], checked: &Checked) -> String {
    let mut rows = Vec::new();
    for one in opened {
        let Some(metric) = file.poll.metrics.get(one.metric) else { continue };
        let group = file.poll.groups.get(one.group).cloned().unwrap_or_default();
        if let Kind::Histogram { bins } = &metric.kind {
            for (bin, count) in bins.iter().zip(&one.bins) {
                let share = percent(*count, one.answers);
                rows.push([
                    metric.name.clone(),
                    group.clone(),
                    share,
                    format!("{bin}: {count}"),
                    one.answers.to_string(),
                ]);
            }
            continue;
        }
        let value = one.value(&metric.kind).map_or_else(|| "no answers".to_owned(), |v| worded(&metric.kind, v));
        let total = one.total.unwrap_or_default();
        rows.push([
            metric.name.clone(),
            group,
            value,
            format!("{}: {total}", numerator(&metric.kind)),
            one.answers.to_string(),
        ]);
    }
    let rows: Vec<Vec<String>> = rows.into_iter().map(Vec::from).collect();
    let heads = ["metric", "group", "value", "numerator (revealed)", "answers (revealed)"];
    let title = format!("{}: {} answers in {} uploads", file.poll.id, tally.answers, tally.uploads);
    format!("{}{}\n", guildhall_report::text_table(&title, &heads, &rows, 110), checked.words())
}

fn worded(kind: &Kind, value: f64) -> String {
    match kind {
        Kind::Nps => format!("{value:+.2}"),
        Kind::Csat { .. } | Kind::Rate(_) => format!("{:.2} %", 100.0 * value),
        _ => format!("{value:.4}"),
    }
}

fn percent(count: i64, of: i64) -> String {
    if of > 0 { format!("{:.2} %", 100.0 * count as f64 / of as f64) } else { "no answers".to_owned() }
}

/// The result as `guildhall/he-result/v1`.
pub(super) fn json(file: &PollFile, tally: &UnverifiedTally, opened: &[Opened], checked: &Checked) -> String {
    let one = |one: &Opened| -> Option<Value> {
        let metric = file.poll.metrics.get(one.metric)?;
        let bins = match &metric.kind {
            Kind::Histogram { bins } => {
                let named = bins.iter().zip(&one.bins);
                Some(named.map(|(bin, count)| json!({ "bin": bin, "count": count })).collect::<Vec<Value>>())
            }
            _ => None,
        };
        Some(json!({
            "metric": metric.name,
            "group": file.poll.groups.get(one.group),
            "numerator_of": bins.is_none().then(|| numerator(&metric.kind)),
            "numerator": one.total,
            "answers": one.answers,
            "value": one.value(&metric.kind),
            "bins": bins,
        }))
    };
    let object = json!({
        "schema": "guildhall/he-result/v1",
        "ok": true,
        "poll": file.poll.id,
        "tally": hex(&tally.id),
        "inputs": hex(&tally.inputs),
        "answers": tally.answers,
        "uploads": tally.uploads,
        "evaluation": checked.grounds.name(),
        "parties_trusting_the_evaluator": checked.trusting,
        "revealed": "numerator and denominator of every metric and group",
        "metrics": opened.iter().filter_map(one).collect::<Vec<Value>>(),
    });
    format!("{object}\n")
}
