//! Plain sentences of a release: what a value says, why one is suppressed, what one unit is called.

use super::view::MetricView;
use crate::number::Signs;
use crate::words;
use guildhall_kpi::{ReleaseValue, Suppression};

/// What is counted, in the plural.
pub(super) fn units(unit: &str) -> &'static str {
    match unit {
        "customer" => "customers",
        "member" => "members",
        _ => "rows",
    }
}

/// What is protected, in the singular.
pub(super) fn unit(unit: &str) -> &'static str {
    match unit {
        "customer" => "customer",
        "member" => "member",
        _ => "row",
    }
}

/// What a share of the units did, where the metric says it; the second part says which units are meant.
fn did(metric: &str) -> Option<(&'static str, &'static str)> {
    let phrase = match metric {
        "repeat-purchase-rate" => ("bought again", ""),
        "retention-rate" => ("stayed", ""),
        "churn-rate" => ("left", ""),
        "referral-rate" => ("referred somebody", ""),
        "opt-in-rate" => ("opted in", " who were asked"),
        "opt-out-rate" => ("opted out", ""),
        "trust-recovery-rate" => ("trusted again", " who had an incident"),
        _ => return None,
    };
    Some(phrase)
}

/// `Of these customers about 65.6% bought again (65.4 to 65.8%); among all customers like them, 64.1 to 67.0%.`
pub(super) fn sentence(view: &MetricView<'_>, signs: Signs) -> String {
    let group = view.all_units();
    let label = &view.line.label;
    let Some((column, value)) = view.headline().and_then(|column| Some((column, view.shown(group, column)?))) else {
        let why = view.columns.iter().rev().find_map(|column| view.suppressed(group, *column));
        let unit = &view.release.protection.unit;
        let why = why.map_or_else(|| "nothing was released".to_owned(), |why| reason(why, unit));
        return format!("{label}: not shown, {why}.");
    };
    let units = units(&view.release.protection.unit);
    let (about, range, population) = told(view, value, signs);
    let when = when(view, column);
    let likes = format!("among all {units} like them, {population}");
    match did(&view.line.metric).filter(|_| view.line.unit == "%") {
        Some((did, who)) => {
            let of = if when.is_empty() { "Of" } else { "of" };
            format!("{when}{of} these {units}{who} about {about} {did} ({range}); {likes}.")
        }
        None => {
            let when = when.trim_end_matches(", ");
            let when = if when.is_empty() { String::new() } else { format!(", {}", lower_first(when)) };
            format!("{label}{when}: about {about} for these {units} ({range}); {likes}.")
        }
    }
}

/// Value, interval for these units, interval for the population, each with its unit.
fn told(view: &MetricView<'_>, value: &ReleaseValue, signs: Signs) -> (String, String, String) {
    let writer = view.writer(signs);
    let base = writer.estimate(&value.base);
    let population = writer.estimate(&value.population);
    (writer.unit(&base.value), writer.interval(&base), writer.interval(&population))
}

/// `In May 2017, `, or nothing where there is one period only.
fn when(view: &MetricView<'_>, column: usize) -> String {
    let label = view.period(column);
    if view.is_whole(column) {
        return String::new();
    }
    if label.ends_with(" later") {
        return format!("{label}, ");
    }
    if view.by_age() { format!("At {}, ", age(label)) } else { format!("In {}, ", words::period(label)) }
}

/// `Oct 2016 to before Oct 2017` for `2016-10 to before 2017-10`.
pub(super) fn window(text: &str) -> String {
    text.split(' ').map(words::period).collect::<Vec<_>>().join(" ")
}

/// `age 3` for `3`; any other label as it is.
pub(super) fn age(label: &str) -> String {
    if label.chars().all(|c| c.is_ascii_digit()) { format!("age {label}") } else { label.to_owned() }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// Why nothing is shown.
pub(super) fn reason(why: &Suppression, unit: &str) -> String {
    match why {
        Suppression::TooFew { least } => {
            format!("too few {} (fewer than {least}, after noise)", units(unit))
        }
        Suppression::UnknownGroup => "the group itself might reveal somebody".to_owned(),
        Suppression::Other { reason } => reason.clone(),
    }
}

/// What the reason means.
pub(super) const fn reason_explained(why: &Suppression) -> &'static str {
    match why {
        Suppression::TooFew { .. } => {
            "The noise would drown the value. This was decided by the noisy count, so that it reveals nothing more; a \
             group that is a little larger may be missing, and one that is a little smaller may be shown."
        }
        Suppression::UnknownGroup => {
            "The names of these groups were not declared beforehand: a name that only a few share could tell that \
             somebody is in the data."
        }
        Suppression::Other { .. } => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_name_the_unit() {
        let few = Suppression::TooFew { least: 20 };
        assert_eq!(reason(&few, "customer"), "too few customers (fewer than 20, after noise)");
        assert_eq!(reason(&few, "member"), "too few members (fewer than 20, after noise)");
        assert_eq!(window("2016-10 to before 2017-10"), "Oct 2016 to before Oct 2017");
        assert_eq!(window("all rows"), "all rows");
        assert_eq!(age("3"), "age 3");
        assert_eq!(age("month 3"), "month 3");
    }
}
