//! The quartile bar: a box for the middle half, a tick for the median, a diamond for the reader.

use super::{Axis, Span, Tick, anchor, coordinate};
use crate::Own;
use crate::number::{Signs, Writer};
use crate::view::KpiView;
use crate::words;
use guildhall_kpi::{Estimate, Outcome, Place, Statistics};

/// What the template draws.
#[derive(Clone, Debug)]
pub(crate) struct Bar {
    /// Prefix of the element ids.
    pub(crate) id: String,
    /// The period.
    pub(crate) period: String,
    /// Text alternative.
    pub(crate) description: String,
    /// Whether quartiles are exact by the members' consent.
    pub(crate) by_consent: bool,
    /// Axis.
    pub(crate) ticks: Vec<Tick>,
    /// P10 to P90.
    pub(crate) tails: Option<Span>,
    /// P25 to P75.
    pub(crate) middle_half: Option<Span>,
    /// Median.
    pub(crate) median: Option<Tick>,
    /// Its 95 % interval.
    pub(crate) median_range: Option<Span>,
    /// Mean.
    pub(crate) mean: String,
    /// The reader.
    pub(crate) own: Option<Tick>,
    /// The same in words: name, value, range.
    pub(crate) facts: Vec<Fact>,
}

/// One value of the chart's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    /// Its name.
    pub(crate) name: &'static str,
    /// The value with its unit.
    pub(crate) value: String,
    /// Its 95 % interval, or that it is exact.
    pub(crate) note: String,
}

impl Bar {
    /// The bar of all members in the headline's period; `None` where it would have neither box nor diamond.
    pub(crate) fn of(view: &KpiView<'_>, own: Option<&Own>) -> Option<Self> {
        let mine = view.own_headline(own, 0);
        let (label, statistics) = match mine {
            Some(place) => (place.period.as_str(), shown(view, place)?),
            None => view.headline().filter(|(_, s)| s.p25.is_some() && s.p75.is_some())?,
        };
        let axis = Axis::over(extent(statistics).chain(mine.map(|place| place.value)))?;
        let writer = Writer::new(view.line, Signs::PAGE);
        let at = |estimate: &Estimate| axis.percent(estimate.value);
        let between =
            |a: &Option<Estimate>, b: &Option<Estimate>| Some(Span::between(at(a.as_ref()?), at(b.as_ref()?)));
        let tick = |percent: f64, label: String| Tick { at: coordinate(percent), label, anchor: anchor(percent) };
        let facts = facts(statistics, mine, &writer);
        Some(Self {
            id: format!("k{}b", view.index),
            period: words::period(label),
            description: describe(&facts, &view.line.label),
            by_consent: statistics.exact_bins && !statistics.bins.is_empty(),
            ticks: axis.across(&writer),
            tails: between(&statistics.p10, &statistics.p90),
            middle_half: between(&statistics.p25, &statistics.p75),
            median: statistics.p50.as_ref().map(|p| tick(at(p), "median".to_owned())),
            median_range: statistics.p50.map(|p| Span::between(axis.percent(p.low), axis.percent(p.high))),
            mean: coordinate(axis.percent(statistics.mean)),
            own: mine.map(|place| {
                tick(axis.percent(place.value), format!("You: {}", writer.unit(&writer.brief(place.value))))
            }),
            facts,
        })
    }
}

fn shown<'a>(view: &KpiView<'a>, place: &Place) -> Option<&'a Statistics> {
    match &view.at(place.cell, &place.period)?.outcome {
        Outcome::Shown(statistics) => Some(statistics),
        Outcome::Hidden(_) => None,
    }
}

/// Every value the bar draws.
fn extent(s: &Statistics) -> impl Iterator<Item = f64> {
    let points = [s.p10, s.p25, s.p50, s.p75, s.p90].into_iter().flatten().map(|e| e.value);
    let median = s.p50.into_iter().flat_map(|e| [e.low, e.high]);
    points.chain(median).chain([s.mean])
}

fn facts(s: &Statistics, own: Option<&Place>, writer: &Writer<'_>) -> Vec<Fact> {
    let exact = |name, value| Fact { name, value, note: "exact".to_owned() };
    let quantiles = [("P10", s.p10), ("P25", s.p25), ("Median", s.p50), ("P75", s.p75), ("P90", s.p90)];
    let mut facts: Vec<Fact> = Vec::new();
    if let Some(place) = own {
        let note = place.below.map(|below| words::percent_below(&below));
        let value = writer.unit(&writer.value(place.value));
        facts.push(Fact { name: "You", value, note: note.unwrap_or_else(|| "your own figure".to_owned()) });
    }
    for (name, estimate) in quantiles {
        let Some(estimate) = estimate else { continue };
        let written = writer.estimate(&estimate);
        let note = written.range().unwrap_or_else(|| "exact".to_owned());
        facts.push(Fact { name, value: writer.unit(&written.value), note });
    }
    let mean = writer.mean(s);
    let note = mean.range().unwrap_or_else(|| "exact".to_owned());
    facts.push(Fact { name: "Mean", value: writer.unit(&mean.value), note });
    facts.push(exact("Members", Signs::PAGE.count(s.n)));
    facts
}

fn describe(facts: &[Fact], label: &str) -> String {
    let told: Vec<String> = facts.iter().map(|fact| format!("{}: {}", fact.name, fact.value)).collect();
    format!("{label}. {}.", told.join("; "))
}
