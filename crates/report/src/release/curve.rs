//! Values over time or over the age of a cohort: all units large, every other group small, on one scale.

use super::compare::ends;
use super::view::MetricView;
use super::words;
use crate::chart::{Axis, Dot, Frame, PeriodLabel, Series, Stroke, Tick};
use crate::number::Signs;
use crate::words as shared;
use guildhall_kpi::ReleaseValue;

/// Height of a small drawing, in pixels.
const SMALL: f64 = 72.0;
/// Small drawings per metric; the table has all groups.
const DRAWN: usize = 40;

/// What the template draws.
pub(super) struct Curve {
    /// Prefix of the element ids.
    pub(super) id: String,
    /// `Over time` or `By age of the cohort`.
    pub(super) heading: &'static str,
    /// First and last period.
    pub(super) span: String,
    /// Name of the group in the large drawing.
    pub(super) label: String,
    /// Text alternative.
    pub(super) description: String,
    /// Horizontal lines.
    pub(super) grid: Vec<Tick>,
    /// Periods.
    pub(super) periods: Vec<PeriodLabel>,
    /// The group of all units.
    pub(super) all: Drawn,
    /// The other groups.
    pub(super) small: Vec<Small>,
    /// Groups beyond those drawn.
    pub(super) more: usize,
    /// What both ends of a small drawing's scale say.
    pub(super) scale: (String, String),
}

/// A line with its two bands.
pub(super) struct Drawn {
    /// Areas and boxes of the interval for the population.
    pub(super) population: (Vec<String>, Vec<Stroke>),
    /// Areas and boxes of the interval for these units.
    pub(super) base: (Vec<String>, Vec<Stroke>),
    /// The values.
    pub(super) series: Series,
}

/// One group in a small drawing.
pub(super) struct Small {
    /// Its name.
    pub(super) label: String,
    /// Its latest value in writing.
    pub(super) latest: String,
    /// Text alternative.
    pub(super) description: String,
    /// What is drawn.
    pub(super) drawn: Drawn,
}

impl Curve {
    /// The curves; `None` where no group shows two periods.
    pub(super) fn of(view: &MetricView<'_>) -> Option<Self> {
        let times = view.times();
        let values = |group: usize| times.iter().map(|column| view.shown(group, *column)).collect::<Vec<_>>();
        let curved = |group: &usize| values(*group).iter().flatten().count() > 1;
        let first = view.groups.iter().copied().find(|group| curved(group))?;
        let others: Vec<usize> = view.groups.iter().copied().filter(|g| *g != first && curved(g)).collect();
        let drawn = others.get(..DRAWN).unwrap_or(&others);
        let frame = Frame::new(Axis::over(values(first).into_iter().flatten().flat_map(ends))?, times.len());
        let every = || drawn.iter().chain([&first]).flat_map(|group| values(*group)).flatten();
        let axis = Axis::over(every().flat_map(ends))?;
        let small = Frame::small(axis, times.len(), SMALL);
        let writer = view.writer(Signs::PAGE);
        let labels: Vec<&str> = times.iter().map(|column| view.period(*column)).collect();
        let scale = |end: Option<f64>| end.map(|v| writer.unit(&axis.label(v, &writer))).unwrap_or_default();
        Some(Self {
            id: format!("m{}t", view.index),
            heading: if view.by_age() { "By age of the cohort" } else { "Over time" },
            span: shared::periods(&labels, &(0..labels.len()).collect::<Vec<_>>()),
            label: view.group(first).to_owned(),
            description: describe(view, first, &times),
            grid: frame.grid(&writer),
            periods: frame.periods(&labels),
            all: Drawn::of(&frame, &values(first)),
            small: drawn.iter().map(|g| Small::of(view, *g, &times, Drawn::of(&small, &values(*g)))).collect(),
            more: others.len() - drawn.len(),
            scale: (scale(axis.values().next()), scale(axis.values().last())),
        })
    }
}

impl Drawn {
    fn of(frame: &Frame, values: &[Option<&ReleaseValue>]) -> Self {
        let pick = |ends: fn(&ReleaseValue) -> (f64, f64)| -> Vec<Option<(f64, f64)>> {
            values.iter().map(|value| value.map(ends)).collect()
        };
        let points: Vec<Option<f64>> = values.iter().map(|value| value.map(|v| v.base.value)).collect();
        Self {
            population: frame.bands(&pick(|v| (v.population.low, v.population.high))),
            base: frame.bands(&pick(|v| (v.base.low, v.base.high))),
            series: frame.series(&points),
        }
    }
}

impl Small {
    fn of(view: &MetricView<'_>, group: usize, times: &[usize], mut drawn: Drawn) -> Self {
        // The line says it all, but for values that no line reaches, and the latest.
        let last = drawn.series.dots.len().saturating_sub(1);
        let joined = |dot: &Dot| drawn.series.lines.iter().any(|line| line.split(' ').any(|p| p == dot.point()));
        let dots = drawn.series.dots.iter().enumerate().filter(|(at, dot)| *at == last || !joined(dot));
        drawn.series.dots = dots.map(|(_, dot)| dot.clone()).collect();
        let latest = times.iter().rev().find_map(|column| told(view, group, *column));
        Self {
            label: view.group(group).to_owned(),
            latest: latest.unwrap_or_default(),
            description: describe(view, group, times),
            drawn,
        }
    }
}

/// `May 2017 65.6%`, where it is shown.
fn told(view: &MetricView<'_>, group: usize, column: usize) -> Option<String> {
    let writer = view.writer(Signs::PAGE);
    let value = writer.estimate(&view.shown(group, column)?.base).value;
    Some(format!("{} {}", period_label(view, column), writer.unit(&value)))
}

/// A period as people say it.
pub(super) fn period_label(view: &MetricView<'_>, column: usize) -> String {
    let label = view.period(column);
    if view.by_age() { words::age(label) } else { shared::period(label) }
}

fn describe(view: &MetricView<'_>, group: usize, times: &[usize]) -> String {
    let points: Vec<String> = times.iter().filter_map(|column| told(view, group, *column)).collect();
    format!("{}, {}: {}.", view.line.label, view.group(group), points.join("; "))
}
