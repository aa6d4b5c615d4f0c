//! Where periods and values lie in a drawing over time, and the lines, bands and strokes through them.

use super::{Axis, Tick, anchor, coordinate};
use crate::number::Writer;
use crate::words;

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

impl Dot {
    /// The same place as a point of a polyline.
    pub(crate) fn point(&self) -> String {
        format!("{},{}", self.x, self.y)
    }
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

/// Where a period and a value lie in the drawing.
pub(crate) struct Frame {
    axis: Axis,
    count: usize,
    left: f64,
    top: f64,
    bottom: f64,
}

impl Frame {
    /// The large drawing: 220 pixels high, room for labels on the left.
    pub(crate) const fn new(axis: Axis, count: usize) -> Self {
        Self { axis, count, left: 12.0, top: 22.0, bottom: 208.0 }
    }

    /// A small drawing without labels, this many pixels high.
    pub(crate) const fn small(axis: Axis, count: usize, height: f64) -> Self {
        Self { axis, count, left: 3.0, top: 4.0, bottom: height - 4.0 }
    }

    fn x(&self, column: usize) -> f64 {
        match self.count {
            0 | 1 => 50.0,
            count => self.left + (97.0 - self.left) * column as f64 / (count - 1) as f64,
        }
    }

    fn y(&self, value: f64) -> f64 {
        self.bottom - (self.bottom - self.top) * self.axis.fraction(value)
    }

    /// A point of a polyline.
    pub(crate) fn point(&self, column: usize, value: f64) -> String {
        format!("{},{}", coordinate(self.x(column)), coordinate(self.y(value)))
    }

    /// Horizontal lines with their values.
    pub(crate) fn grid(&self, writer: &Writer<'_>) -> Vec<Tick> {
        let tick = |value: f64| {
            let label = self.axis.label(value, writer);
            Tick { at: coordinate(self.y(value)), label, anchor: "start" }
        };
        self.axis.values().map(tick).collect()
    }

    /// Period labels, thinned out where there are many.
    pub(crate) fn periods(&self, labels: &[&str]) -> Vec<PeriodLabel> {
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

    /// A line through the values, broken where one is missing.
    pub(crate) fn series(&self, values: &[Option<f64>]) -> Series {
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

    /// Areas over neighbouring periods as points, and boxes of periods that stand alone.
    pub(crate) fn bands(&self, pairs: &[Option<(f64, f64)>]) -> (Vec<String>, Vec<Stroke>) {
        let (mut bands, mut boxes) = (Vec::new(), Vec::new());
        for run in runs(pairs) {
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

    /// A vertical stroke from one value to another.
    pub(crate) fn stroke(&self, column: usize, low: f64, high: f64) -> Stroke {
        let (top, bottom) = (self.y(high), self.y(low).max(self.y(high)));
        let height = coordinate((bottom - top).max(0.5));
        Stroke { x: coordinate(self.x(column)), top: coordinate(top), bottom: coordinate(bottom), height }
    }
}

/// Stretches of neighbouring values.
pub(crate) fn runs<T: Copy>(values: &[Option<T>]) -> Vec<Vec<(usize, T)>> {
    let present: Vec<(usize, T)> = values.iter().enumerate().filter_map(|(i, v)| Some((i, (*v)?))).collect();
    present.chunk_by(|a, b| a.0 + 1 == b.0).map(<[(usize, T)]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_break_a_line_and_single_points_make_none() {
        let values = [Some(1.0), Some(2.0), None, Some(3.0)];
        let frame = Frame::new(Axis::over([0.0, 4.0]).expect("values"), 4);
        let series = frame.series(&values);
        assert_eq!(series.lines, ["12,161.5 40.33,115"]);
        assert_eq!(series.dots.len(), 3);
        assert_eq!(runs(&values).len(), 2);
    }
}
