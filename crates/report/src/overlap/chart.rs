//! Geometry of the chart: lines of dots and bars; the template draws them.

use super::{Overlap, OverlapKind};
use crate::chart::{Span, coordinate};
use crate::number::Signs;

/// Height of a line, in pixels.
const LINE: u32 = 44;
/// Where bars begin and end, in percent of the figure.
const BARS: (f64, f64) = (30.0, 99.0);
/// Where dots begin and end, in percent of the figure.
const DOTS: (f64, f64) = (2.0, 26.0);

/// The chart of all figures.
pub(super) struct Chart {
    pub(super) height: u32,
    pub(super) floor: u32,
    pub(super) heads: Vec<Head>,
    pub(super) lines: Vec<Line>,
    pub(super) description: String,
    pub(super) start: String,
}

/// A member's place above the dots.
pub(super) struct Head {
    pub(super) x: String,
    pub(super) number: usize,
}

/// One figure.
pub(super) struct Line {
    pub(super) label: String,
    pub(super) told: String,
    pub(super) shown: bool,
    pub(super) text: u32,
    pub(super) middle: u32,
    pub(super) dots: Vec<Dot>,
    pub(super) joined: Option<(String, String)>,
    pub(super) bar: Option<Span>,
    pub(super) range: Option<Span>,
}

/// A member in a line.
pub(super) struct Dot {
    pub(super) x: String,
    pub(super) within: bool,
}

impl Chart {
    pub(super) fn of(overlap: &Overlap) -> Self {
        let most = overlap.figures.iter().filter_map(|figure| figure.shown).map(|count| count.high).max();
        let scale = Scale { most: most.unwrap_or(1).max(1) as f64, members: overlap.members.len() };
        let lines: Vec<Line> = (0..).zip(&overlap.figures).map(|(row, _)| scale.line(overlap, row)).collect();
        let floor = 24 + LINE * u32::try_from(lines.len()).unwrap_or(u32::MAX / LINE - 1);
        let told: Vec<String> = lines.iter().map(|line| format!("{}: {}", line.label, line.told)).collect();
        Self {
            height: floor + 4,
            floor,
            heads: (0..scale.members).map(|m| Head { x: coordinate(scale.dot(m)), number: m + 1 }).collect(),
            lines,
            description: told.join("; "),
            start: coordinate(BARS.0),
        }
    }
}

struct Scale {
    most: f64,
    members: usize,
}

impl Scale {
    fn dot(&self, member: usize) -> f64 {
        let step = (DOTS.1 - DOTS.0) / (self.members.max(2) - 1) as f64;
        DOTS.0 + step * member as f64
    }

    fn at(&self, value: u64) -> f64 {
        BARS.0 + (BARS.1 - BARS.0) * (value as f64 / self.most).clamp(0.0, 1.0)
    }

    fn line(&self, overlap: &Overlap, row: u32) -> Line {
        let figure = &overlap.figures[row as usize];
        let within = |member: usize| figure.members.contains(&member);
        let ends = figure.members.first().zip(figure.members.last()).filter(|(first, last)| first != last);
        let kind = match figure.kind {
            OverlapKind::Size => "has",
            OverlapKind::Pair | OverlapKind::Triple => "share",
            OverlapKind::Reach => "has",
        };
        let top = 24 + LINE * row;
        Line {
            label: format!("{} {kind}", overlap.names(figure)),
            told: overlap.words(figure, Signs::PAGE),
            shown: figure.shown.is_some(),
            text: top + 14,
            middle: top + 28,
            dots: (0..self.members).map(|m| Dot { x: coordinate(self.dot(m)), within: within(m) }).collect(),
            joined: ends.map(|(first, last)| (coordinate(self.dot(*first)), coordinate(self.dot(*last)))),
            bar: figure.shown.map(|count| Span::between(BARS.0, self.at(count.value))),
            range: figure.shown.map(|count| Span::between(self.at(count.low), self.at(count.high))),
        }
    }
}
