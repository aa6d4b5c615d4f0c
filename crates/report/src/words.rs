//! Plain sentences: what a figure says, why one is hidden, how a period is called.

use crate::number::{Signs, Writer};
use crate::page::rational;
use crate::view::{KpiView, drowned};
use guildhall_kpi::{Against, Direction, Estimate, Hidden, Middle, Outcome, Place, Side, Spending, Statistics};

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What a run in one process means for the figures, in place of every promise that nobody saw them.
pub(crate) const ONE_MACHINE: &str = "All roles of this round ran in one process on one machine: whoever ran it could \
                                      see every figure. A real round keeps them apart.";

/// Widest share of members (0 to 1) that may still be told as one number.
const SURE: f64 = 0.3;

/// `May 2017` for `2017-05`; any other period as it is.
pub(crate) fn period(label: &str) -> String {
    let month = label.split_once('-').and_then(|(year, month)| {
        let digits = year.len() == 4 && month.len() == 2 && year.bytes().all(|b| b.is_ascii_digit());
        let index = month.parse::<usize>().ok()?.checked_sub(1)?;
        let name = MONTHS.get(index).filter(|_| digits)?;
        Some(format!("{name} {year}"))
    });
    month.unwrap_or_else(|| label.to_owned())
}

/// Runs of neighbouring periods, `Oct 2016 to Mar 2017, May 2017`.
pub(crate) fn periods(all: &[&str], chosen: &[usize]) -> String {
    let name = |index: usize| all.get(index).map(|label| period(label)).unwrap_or_default();
    let runs = chosen.chunk_by(|a, b| a + 1 == *b);
    let texts: Vec<String> = runs
        .filter_map(|run| match run {
            [] => None,
            [one] => Some(name(*one)),
            [first, .., last] => Some(format!("{} to {}", name(*first), name(*last))),
        })
        .collect();
    texts.join(", ")
}

/// Why nothing is shown.
pub(crate) fn reason(hidden: &Hidden) -> String {
    match hidden {
        Hidden::TooFew { fewer_than } => format!("too few members (fewer than {fewer_than})"),
        Hidden::WouldSingleOut => "would single a member out".to_owned(),
        Hidden::MayBeDominated => "one member may be most of it".to_owned(),
        Hidden::WouldReveal => "hidden so that others cannot be worked out".to_owned(),
    }
}

/// What the reason means.
pub(crate) fn reason_explained(hidden: &Hidden) -> &'static str {
    match hidden {
        Hidden::TooFew { .. } => "A figure of so few members would say too much about each of them.",
        Hidden::WouldSingleOut => {
            "Subtracted from other published figures, it would give away a single member or very few."
        }
        Hidden::MayBeDominated => {
            "The total does not prove that no member is most of it, as the rules of the charter want it proved; a \
             competitor could estimate that member's figure from it."
        }
        Hidden::WouldReveal => {
            "It is safe by itself, but a figure withheld because one member may be most of it could be worked out from it."
        }
    }
}

/// Which way is good news.
pub(crate) const fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Higher => "higher is better",
        Direction::Lower => "lower is better",
        Direction::Neither => "neither higher nor lower is better",
    }
}

/// What noise on sums cost a customer of a member, and whether its bound is kept; nothing where no sum protects customers.
pub(crate) fn customers(spending: &Spending) -> Vec<String> {
    let Some(customers) = &spending.customers else { return Vec::new() };
    let bound = if customers.enforced { "kept by every member's software" } else { "declared, not enforced" };
    vec![
        format!(
            "a customer of a member: epsilon {} in this round, {} on the same data so far; delta at most 2^-{}",
            rational(customers.epsilon),
            rational(customers.window_epsilon),
            customers.delta_bits
        ),
        format!("what one customer adds ({bound}): {}", customers.bounds.join("; ")),
    ]
}

/// The sentence on one KPI: the reader's own place where there is one, else what the middle is.
pub(crate) fn headline(view: &KpiView<'_>, own: Option<&Place>, signs: Signs) -> String {
    let own = own.and_then(|place| own_sentence(view, place, signs));
    own.unwrap_or_else(|| group_sentence(view, signs))
}

/// `In May 2017, your figure for average basket (€31.40) is above the middle of 24 members (€28.10). About 6 in 10 members are lower.`
pub(crate) fn own_sentence(view: &KpiView<'_>, place: &Place, signs: Signs) -> Option<String> {
    let Outcome::Shown(statistics) = &view.at(place.cell, &place.period)?.outcome else { return None };
    let against = place.against?;
    let writer = Writer::new(view.line, signs);
    let group = match place.cell {
        0 => format!("{} members", signs.count(statistics.n)),
        cell => format!("{} members in {}", signs.count(statistics.n), view.cell_label(cell)),
    };
    let name = lower_first(&view.line.label);
    let value = writer.unit(&writer.brief(place.value));
    let when = period(&place.period);
    let compared = compared(&against, place.value, &group, &writer, signs);
    let share = place.below.map(|below| format!(" {}", share_sentence(&below))).unwrap_or_default();
    let cut = match against.middle {
        Middle::Mean => counted_up_to(statistics, &writer),
        Middle::Median => String::new(),
    };
    Some(format!("In {when}, your figure for {name} ({value}) {compared}{cut}.{share}"))
}

/// `is above the middle of 24 members (€28.10), by 12%`, or that the noise does not allow to say.
fn compared(against: &Against, value: f64, group: &str, writer: &Writer<'_>, signs: Signs) -> String {
    let (middle, reference) = match against.middle {
        Middle::Median => ("the middle", writer.estimate(&against.reference)),
        Middle::Mean if against.reference.low < against.reference.high => {
            ("the average", writer.estimate(&against.reference))
        }
        Middle::Mean => ("the average", writer.exact(against.reference.value)),
    };
    let written = writer.unit(&reference.value);
    let side = match against.side {
        _ if reference.value == writer.brief(value) => {
            return format!("is about the same as {middle} of {group} ({written})");
        }
        Side::Close => {
            let (low, high) = (writer.unit(&reference.low), writer.unit(&reference.high));
            return format!("may be above or below {middle} of {group}, which lies between {low} and {high}");
        }
        Side::Above => "above",
        Side::Below => "below",
    };
    let by = match against.percent.map(f64::abs) {
        Some(percent) if percent < 0.5 => ", by less than 1%".to_owned(),
        Some(percent) => format!(", by {}%", signs.decimal(&format!("{percent:.0}"))),
        None => String::new(),
    };
    format!("is {side} {middle} of {group} ({written}){by}")
}

/// `In May 2017 half of 998 members were below about 41 200 USD (95% range 38 900 to 45 100); the middle half ...`
fn group_sentence(view: &KpiView<'_>, signs: Signs) -> String {
    let label = &view.line.label;
    match view.headline() {
        Some((label_of_period, statistics)) => {
            let when = period(label_of_period);
            format!("{label}: in {when}, {}", what_is_in_the_middle(view, statistics, signs))
        }
        None => match view.first_hidden() {
            Some(hidden) => format!("{label}: not shown, {}.", reason(hidden)),
            None => format!("{label}: no figure was opened in this round."),
        },
    }
}

fn what_is_in_the_middle(view: &KpiView<'_>, statistics: &Statistics, signs: Signs) -> String {
    let writer = Writer::new(view.line, signs);
    let n = signs.count(statistics.n);
    let told = |estimate: &Estimate| writer.unit(&writer.estimate(estimate).value);
    match (&statistics.p25, &statistics.p50, &statistics.p75) {
        (Some(p25), Some(p50), Some(p75)) if !drowned(statistics) => {
            let half = if tight(p25) && tight(p75) {
                format!("; the middle half lay between {} and {}.", told(p25), told(p75))
            } else {
                "; the noise was too large to tell the quartiles.".to_owned()
            };
            format!("half of {n} members were below {}{}{half}", about(p50, &writer), told_range(p50, &writer))
        }
        (quartile, ..) => {
            let doubt = if quartile.is_some() { "; the quartiles are too uncertain to tell" } else { "" };
            let mean = match &statistics.noisy {
                Some(noisy) => format!("{}{}", about(&noisy.mean, &writer), told_range(&noisy.mean, &writer)),
                None => writer.unit(&writer.brief(statistics.mean)),
            };
            let cut = counted_up_to(statistics, &writer);
            format!("{n} members had {mean} on average{cut}{doubt}.")
        }
    }
}

/// `, counting at most 500 EUR of each customer, so less than there was`, where members' software leaves out the rest.
fn counted_up_to(statistics: &Statistics, writer: &Writer<'_>) -> String {
    let most = statistics.noisy.as_ref().and_then(|noisy| noisy.most);
    let told = |most| {
        format!(", counting at most {} of each customer: what is beyond is left out", writer.unit(&writer.brief(most)))
    };
    most.map(told).unwrap_or_default()
}

/// `about 6 500 EUR`; without `about` where the value is exact.
fn about(estimate: &Estimate, writer: &Writer<'_>) -> String {
    let written = writer.estimate(estimate);
    let sure = if written.range().is_some() { "about " } else { "" };
    format!("{sure}{}", writer.unit(&written.value))
}

/// ` (95% range 3 900 to 11 000)`, or nothing where the value is exact.
fn told_range(estimate: &Estimate, writer: &Writer<'_>) -> String {
    writer.estimate(estimate).range().map(|range| format!(" (95% range {range})")).unwrap_or_default()
}

/// Whether a quartile may be told without its range: half of the range is less than half of the value.
fn tight(estimate: &Estimate) -> bool {
    (estimate.high - estimate.low) / 2.0 <= estimate.value.abs() / 2.0 || estimate.high == estimate.low
}

/// `About 6 in 10 members are lower.`, as far as the interval allows.
pub(crate) fn share_sentence(below: &Estimate) -> String {
    let (low, high) = ((below.low * 10.0).floor(), (below.high * 10.0).ceil());
    if below.high - below.low > SURE {
        if low <= 0.0 && high >= 10.0 {
            return "The figures are too uncertain to say how many members are lower.".to_owned();
        }
        return format!("Between {low:.0} and {high:.0} in 10 members are lower.");
    }
    match (below.value * 10.0).round() {
        r if r <= 0.0 => "Fewer than 1 in 10 members are lower.".to_owned(),
        r if r >= 10.0 => "More than 9 in 10 members are lower.".to_owned(),
        r => format!("About {r:.0} in 10 members are lower."),
    }
}

/// A share as whole percent, as a range.
pub(crate) fn percent_below(below: &Estimate) -> String {
    let (low, high) = ((below.low * 100.0).floor(), (below.high * 100.0).ceil());
    format!("{low:.0}% to {high:.0}% are lower")
}

/// `Oct 2016 to Sep 2017` for `2016-10 to 2017-09`; any other window as it is.
pub(crate) fn window(text: &str) -> String {
    let ends: Vec<String> = text.split(" to ").map(period).collect();
    ends.join(" to ")
}

/// `Average basket` inside a sentence; `NPS` stays.
fn lower_first(label: &str) -> String {
    let mut letters = label.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(label.chars().skip(1)).collect()
        }
        _ => label.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_read_as_months_and_runs() {
        assert_eq!(period("2017-05"), "May 2017");
        assert_eq!(window("2016-10 to 2017-09"), "Oct 2016 to Sep 2017");
        assert_eq!(window("spring"), "spring");
        for odd in ["2017-13", "2017-00", "2017", "2017-Q1", "", "20x7-05", "2017-5"] {
            assert_eq!(period(odd), odd);
        }
        let all = ["2017-01", "2017-02", "2017-03", "2017-04", "2017-05"];
        assert_eq!(periods(&all, &[0, 1, 2, 4]), "Jan 2017 to Mar 2017, May 2017");
        assert_eq!(periods(&all, &[]), "");
    }

    #[test]
    fn shares_are_told_only_as_surely_as_they_are_known() {
        let share = |value, low, high| share_sentence(&Estimate { value, low, high });
        assert_eq!(share(0.61, 0.55, 0.66), "About 6 in 10 members are lower.");
        assert_eq!(share(0.02, 0.0, 0.1), "Fewer than 1 in 10 members are lower.");
        assert_eq!(share(0.97, 0.9, 1.0), "More than 9 in 10 members are lower.");
        assert_eq!(share(0.5, 0.21, 0.79), "Between 2 and 8 in 10 members are lower.");
        assert_eq!(share(0.5, 0.0, 1.0), "The figures are too uncertain to say how many members are lower.");
    }

    #[test]
    fn abbreviations_keep_their_capitals() {
        assert_eq!(lower_first("Average basket"), "average basket");
        assert_eq!(lower_first("NPS"), "NPS");
        assert_eq!(lower_first("Überstunden"), "überstunden");
        assert_eq!(lower_first(""), "");
    }

    #[test]
    fn reasons_are_plain() {
        assert_eq!(reason(&Hidden::TooFew { fewer_than: 5 }), "too few members (fewer than 5)");
        assert_eq!(reason(&Hidden::WouldSingleOut), "would single a member out");
        assert_eq!(reason(&Hidden::MayBeDominated), "one member may be most of it");
    }
}
