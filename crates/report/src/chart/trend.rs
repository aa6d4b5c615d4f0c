//! The trend: the median as a line, the middle half as a band, the mean where no quartiles are opened.

use super::{Axis, Frame, PeriodLabel, Series, Stroke, Tick};
use crate::Own;
use crate::number::{Signs, Writer};
use crate::view::KpiView;
use crate::words;
use guildhall_kpi::{Estimate, Statistics};

/// What the template draws.
#[derive(Clone, Debug)]
pub(crate) struct Trend {
    /// Prefix of the element ids.
    pub(crate) id: String,
    /// Text alternative.
    pub(crate) description: String,
    /// First and last period.
    pub(crate) span: String,
    /// Horizontal lines.
    pub(crate) grid: Vec<Tick>,
    /// Periods.
    pub(crate) periods: Vec<PeriodLabel>,
    /// Areas from P25 to P75 over neighbouring periods, as points.
    pub(crate) bands: Vec<String>,
    /// Boxes from P25 to P75 of periods that stand alone.
    pub(crate) boxes: Vec<Stroke>,
    /// Lines of the median, the mean and the reader, as points.
    pub(crate) median: Series,
    /// The mean, drawn where some period has no quartiles.
    pub(crate) mean: Series,
    /// The reader.
    pub(crate) own: Series,
    /// 95 % intervals of the medians.
    pub(crate) ranges: Vec<Stroke>,
}

impl Trend {
    /// The trend of all members; `None` with fewer than two periods shown.
    pub(crate) fn of(view: &KpiView<'_>, own: Option<&Own>) -> Option<Self> {
        let columns: Vec<Option<&Statistics>> = (0..view.periods.len()).map(|c| view.shown(0, c)).collect();
        if columns.iter().flatten().count() < 2 {
            return None;
        }
        let mine: Vec<Option<f64>> = (0..columns.len()).map(|c| Some(view.own(own, 0, c)?.value)).collect();
        let with_mean = columns.iter().flatten().any(|s| s.p50.is_none());
        let frame = Frame::new(axis(&columns, &mine, with_mean)?, columns.len());
        let medians: Vec<Option<f64>> = columns.iter().map(|s| Some((*s)?.p50?.value)).collect();
        let means: Vec<Option<f64>> = columns.iter().map(|s| s.filter(|_| with_mean).map(|s| s.mean)).collect();
        let quartiles: Vec<Option<(f64, f64)>> =
            columns.iter().map(|s| Some(((*s)?.p25?.value, (*s)?.p75?.value))).collect();
        let (bands, boxes) = frame.bands(&quartiles);
        let writer = Writer::new(view.line, Signs::PAGE);
        Some(Self {
            id: format!("k{}t", view.index),
            description: describe(view, &columns, &writer),
            span: words::periods(&view.periods, &(0..view.periods.len()).collect::<Vec<_>>()),
            grid: frame.grid(&writer),
            periods: frame.periods(&view.periods),
            bands,
            boxes,
            median: frame.series(&medians),
            mean: frame.series(&means),
            own: frame.series(&mine),
            ranges: ranges(&frame, &columns),
        })
    }
}

fn axis(columns: &[Option<&Statistics>], own: &[Option<f64>], with_mean: bool) -> Option<Axis> {
    let of = |s: &Statistics| {
        let median = s.p50.map(|e| [e.value, e.low, e.high]);
        let quartiles = [s.p25, s.p75].into_iter().flatten().map(|e| e.value);
        let mean = with_mean.then_some(s.mean);
        quartiles.chain(median.into_iter().flatten()).chain(mean).collect::<Vec<f64>>()
    };
    Axis::over(columns.iter().flatten().flat_map(|s| of(s)).chain(own.iter().flatten().copied()))
}

fn ranges(frame: &Frame, columns: &[Option<&Statistics>]) -> Vec<Stroke> {
    let range = |(column, s): (usize, &Option<&Statistics>)| {
        let median: Estimate = (*s)?.p50?;
        Some(frame.stroke(column, median.low, median.high))
    };
    columns.iter().enumerate().filter_map(range).collect()
}

fn describe(view: &KpiView<'_>, columns: &[Option<&Statistics>], writer: &Writer<'_>) -> String {
    let told = |column: usize| {
        let statistics = (*columns.get(column)?)?;
        let (name, value) = match &statistics.p50 {
            Some(median) => ("median", writer.estimate(median).value),
            None => ("mean", writer.brief(statistics.mean)),
        };
        Some(format!("{} {name} {}", words::period(view.periods.get(column)?), writer.unit(&value)))
    };
    let points: Vec<String> = (0..columns.len()).filter_map(told).collect();
    format!("{}, all members: {}.", view.line.label, points.join("; "))
}
