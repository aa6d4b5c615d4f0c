//! Geometry of the charts; the templates draw it.
//!
//! Horizontal positions are percent of the figure, vertical ones pixels, so that a chart fits a
//! telephone and a printed sheet alike while its text keeps its size. Colours, strokes and fonts are in
//! the style sheet alone; shape and label always say what colour says too.

mod axis;
mod bar;
mod frame;
mod groups;
mod trend;

pub(crate) use axis::{Axis, Tick};
pub(crate) use bar::Bar;
pub(crate) use frame::{Dot, Frame, PeriodLabel, Series, Stroke};
pub(crate) use groups::Groups;
pub(crate) use trend::Trend;

/// A position as text: two decimals at most, always the same bytes for the same value.
pub(crate) fn coordinate(value: f64) -> String {
    let text = format!("{value:.2}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}

/// A horizontal stretch, in percent of the figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Left end.
    pub(crate) x: String,
    /// Width; at least a hair, so that it can be seen.
    pub(crate) width: String,
}

impl Span {
    pub(crate) fn between(left: f64, right: f64) -> Self {
        Self { x: coordinate(left), width: coordinate((right - left).max(0.2)) }
    }
}

/// Text alignment that keeps a label at this position inside the figure.
pub(crate) fn anchor(percent: f64) -> &'static str {
    match percent {
        p if p < 12.0 => "start",
        p if p > 88.0 => "end",
        _ => "middle",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short_and_plain() {
        assert_eq!(coordinate(12.0), "12");
        assert_eq!(coordinate(-0.001), "0");
        assert_eq!(coordinate(1.0 / 3.0), "0.33");
        assert_eq!(coordinate(100.10), "100.1");
    }
}
