//! The trend: the median as a line, the middle half as a band, the mean where no quartiles are opened.

use super::{Axis, Tick, anchor, coordinate};
use crate::Own;
use crate::number::{Signs, Writer};
use crate::view::KpiView;
use crate::words;
use guildhall_kpi::{Estimate, Statistics};

/// The part of the drawing, 220 pixels high, that values use.
const TOP: f64 = 22.0;
const BOTTOM: f64 = 208.0;

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

/// A line and its points.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Series {
    /// Unbroken stretches, as points of a polyline.
    pub(crate) lines: Vec<String>,
    /// Markers.
    pub(crate) dots: Vec<Dot>,
}

/// A marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dot {
    /// Percent across.
    pub(crate) x: String,
    /// Pixels down.
    pub(crate) y: String,
}

/// A vertical stroke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stroke {
    /// Percent across.
    pub(crate) x: String,
    /// Pixels down, upper end.
    pub(crate) top: String,
    /// Pixels down, lower end.
    pub(crate) bottom: String,
    /// Pixels from one to the other.
    pub(crate) height: String,
}

/// A period under the axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PeriodLabel {
    /// Where, and what it says.
    pub(crate) tick: Tick,
    /// Left out on narrow screens.
    pub(crate) minor: bool,
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
        let frame = Frame::over(&columns, &mine, with_mean)?;
        let medians: Vec<Option<f64>> = columns.iter().map(|s| Some((*s)?.p50?.value)).collect();
        let means: Vec<Option<f64>> = columns.iter().map(|s| s.filter(|_| with_mean).map(|s| s.mean)).collect();
        let (bands, boxes) = frame.quartiles(&columns);
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
            ranges: frame.ranges(&columns),
        })
    }
}

/// Where a period and a value lie in the drawing.
struct Frame {
    axis: Axis,
    count: usize,
}

impl Frame {
    fn over(columns: &[Option<&Statistics>], own: &[Option<f64>], with_mean: bool) -> Option<Self> {
        let of = |s: &Statistics| {
            let median = s.p50.map(|e| [e.value, e.low, e.high]);
            let quartiles = [s.p25, s.p75].into_iter().flatten().map(|e| e.value);
            let mean = with_mean.then_some(s.mean);
            quartiles.chain(median.into_iter().flatten()).chain(mean).collect::<Vec<f64>>()
        };
        let axis = Axis::over(columns.iter().flatten().flat_map(|s| of(s)).chain(own.iter().flatten().copied()))?;
        Some(Self { axis, count: columns.len() })
    }

    fn x(&self, column: usize) -> f64 {
        match self.count {
            0 | 1 => 50.0,
            count => 12.0 + 85.0 * column as f64 / (count - 1) as f64,
        }
    }

    fn y(&self, value: f64) -> f64 {
        BOTTOM - (BOTTOM - TOP) * self.axis.fraction(value)
    }

    fn point(&self, column: usize, value: f64) -> String {
        format!("{},{}", coordinate(self.x(column)), coordinate(self.y(value)))
    }

    fn grid(&self, writer: &Writer<'_>) -> Vec<Tick> {
        let tick = |value: f64| {
            let label = self.axis.label(value, writer);
            Tick { at: coordinate(self.y(value)), label, anchor: "start" }
        };
        self.axis.values().map(tick).collect()
    }

    fn periods(&self, labels: &[&str]) -> Vec<PeriodLabel> {
        let last = labels.len().saturating_sub(1);
        let every = labels.len().div_ceil(6).max(1);
        let wanted = |index: usize| (last - index).is_multiple_of(every);
        let label = |(index, label): (usize, &&str)| {
            let x = self.x(index);
            let tick = Tick { at: coordinate(x), label: words::period(label), anchor: anchor(x) };
            PeriodLabel { tick, minor: !(last - index).is_multiple_of(2 * every) }
        };
        labels.iter().enumerate().filter(|(index, _)| wanted(*index)).map(label).collect()
    }

    fn series(&self, values: &[Option<f64>]) -> Series {
        let dots = values.iter().enumerate().filter_map(|(column, value)| {
            Some(Dot { x: coordinate(self.x(column)), y: coordinate(self.y((*value)?)) })
        });
        let points = |run: &[(usize, f64)]| {
            let texts: Vec<String> = run.iter().map(|(column, value)| self.point(*column, *value)).collect();
            texts.join(" ")
        };
        let lines = runs(values).iter().filter(|run| run.len() > 1).map(|run| points(run)).collect();
        Series { lines, dots: dots.collect() }
    }

    fn quartiles(&self, columns: &[Option<&Statistics>]) -> (Vec<String>, Vec<Stroke>) {
        let pairs: Vec<Option<(f64, f64)>> =
            columns.iter().map(|s| Some(((*s)?.p25?.value, (*s)?.p75?.value))).collect();
        let (mut bands, mut boxes) = (Vec::new(), Vec::new());
        for run in runs(&pairs) {
            if let [(column, (low, high))] = run.as_slice() {
                boxes.push(self.stroke(*column, *low, *high));
                continue;
            }
            let lower = run.iter().map(|(column, (low, _))| self.point(*column, *low));
            let upper = run.iter().rev().map(|(column, (_, high))| self.point(*column, *high));
            bands.push(lower.chain(upper).collect::<Vec<_>>().join(" "));
        }
        (bands, boxes)
    }

    fn ranges(&self, columns: &[Option<&Statistics>]) -> Vec<Stroke> {
        let range = |(column, s): (usize, &Option<&Statistics>)| {
            let median: Estimate = (*s)?.p50?;
            Some(self.stroke(column, median.low, median.high))
        };
        columns.iter().enumerate().filter_map(range).collect()
    }

    fn stroke(&self, column: usize, low: f64, high: f64) -> Stroke {
        let (top, bottom) = (self.y(high), self.y(low).max(self.y(high)));
        let height = coordinate((bottom - top).max(0.5));
        Stroke { x: coordinate(self.x(column)), top: coordinate(top), bottom: coordinate(bottom), height }
    }
}

/// Stretches of neighbouring values.
fn runs<T: Copy>(values: &[Option<T>]) -> Vec<Vec<(usize, T)>> {
    let present: Vec<(usize, T)> = values.iter().enumerate().filter_map(|(i, v)| Some((i, (*v)?))).collect();
    present.chunk_by(|a, b| a.0 + 1 == b.0).map(<[(usize, T)]>::to_vec).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_break_a_line_and_single_points_make_none() {
        let values = [Some(1.0), Some(2.0), None, Some(3.0)];
        let frame = Frame { axis: Axis::over([0.0, 4.0]).expect("values"), count: 4 };
        let series = frame.series(&values);
        assert_eq!(series.lines, ["12,161.5 40.33,115"]);
        assert_eq!(series.dots.len(), 3);
        assert_eq!(runs(&values).len(), 2);
    }
}
