//! What the reader of a release must be told: what it does not protect, and which values deserve less trust.
//!
//! All of it follows from the spec and from noisy values. Not here: what a metric itself does not cover (`compile`).

use crate::table::Table;
use guildhall_dp::central::Unit;
use guildhall_kpi::{MetricLine, Rational, ReleaseOutcome, ReleaseRow};

/// Above this epsilon the promise says little.
const LARGE_EPSILON: f64 = 10.0;

/// Values over fewer than so many times the least number of units are called close to the limit.
const CLOSE: f64 = 1.5;

/// Places named one by one; of further ones only their number is told.
const NAMED: usize = 6;

/// What is not protected, each in plain words.
pub(crate) fn not_protected(unit: Unit, epsilon: Rational) -> Vec<String> {
    let mut list = vec![
        "what is declared in the spec: segments, periods, scales, clips and candidates are public".to_owned(),
        "what follows about everybody from the published figures, whether or not one's own rows were there".to_owned(),
    ];
    match unit {
        Unit::Row => list.push("a person with several rows: each row is protected by itself".to_owned()),
        Unit::Customer => {
            list.push("the business itself: its totals and rates are what is published".to_owned());
            list.push("families or firms that share a fate over several customer numbers".to_owned());
        }
        Unit::Member => {}
    }
    list.extend(large_epsilon(epsilon));
    list
}

/// What an epsilon above 10 means; nothing for smaller ones.
pub(crate) fn large_epsilon(epsilon: Rational) -> Option<String> {
    let factor = epsilon.to_f64().exp();
    let factor = if factor < 1e9 { format!("{factor:.0}") } else { "more than a billion".to_owned() };
    (epsilon.to_f64() > LARGE_EPSILON).then(|| {
        format!(
            "much of what one might want hidden: with epsilon {epsilon} the odds of a conclusion about somebody may \
             change {factor} times; usual are 0.1 to 3"
        )
    })
}

/// The metric with the groups named that are shown although few units are behind them.
pub(crate) fn with_small_groups(metric: &MetricLine, rows: &[ReleaseRow], least: f64, table: &Table) -> MetricLine {
    let limit = (CLOSE * least).ceil();
    let close = |row: &&ReleaseRow| matches!(&row.outcome, ReleaseOutcome::Shown(value) if (value.n as f64) < limit);
    let close: Vec<&ReleaseRow> = rows.iter().filter(close).collect();
    if close.is_empty() {
        return metric.clone();
    }
    let name = |row: &&ReleaseRow| {
        let period = table.periods.get(row.period).filter(|_| table.periods.len() > 1);
        [table.groups.get(row.group), period].into_iter().flatten().cloned().collect::<Vec<_>>().join(" in ")
    };
    let mut places = close.iter().take(NAMED).map(name).collect::<Vec<_>>().join(", ");
    if close.len() > NAMED {
        places.push_str(&format!(" and {} more", close.len() - NAMED));
    }
    let least = least.ceil();
    let about = format!(
        "Few are behind {places}: a noisy number below {limit:.0}, and nothing is shown below {least:.0}. Some values \
         this close to the limit are shown only because noise made the group look larger, so their ranges miss the \
         truth more often than 5 times in 100."
    );
    let caveat = metric.caveat.iter().cloned().chain([about]).collect::<Vec<_>>().join(" ");
    MetricLine { caveat: Some(caveat), ..metric.clone() }
}
