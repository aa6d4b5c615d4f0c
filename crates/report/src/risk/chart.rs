//! Bars over bands of risk, and points of utility against risk.

use super::{Band, RiskReport};
use crate::chart::{Axis, Tick, anchor, coordinate};

/// Pixels of one bar with its label.
const LINE: usize = 40;

/// Bars, one under the other, with what they say.
pub(super) struct Bars {
    pub(super) bars: Vec<Bar>,
    pub(super) height: usize,
    pub(super) description: String,
}

pub(super) struct Bar {
    pub(super) label: String,
    pub(super) told: String,
    pub(super) width: String,
    pub(super) text: usize,
    pub(super) top: usize,
}

impl Bars {
    pub(super) fn of(bands: &[Band], what: &str, value: impl Fn(&Band) -> f64, told: impl Fn(&Band) -> String) -> Self {
        let most = bands.iter().map(&value).fold(f64::MIN_POSITIVE, f64::max);
        let bar = |(at, band): (usize, &Band)| Bar {
            label: band.label.clone(),
            told: told(band),
            width: coordinate(98.0 * value(band) / most),
            text: at * LINE + 14,
            top: at * LINE + 20,
        };
        let widest = bands.iter().max_by(|a, b| value(a).total_cmp(&value(b)));
        let widest = widest.map_or_else(String::new, |band| format!("Most are at {}: {}.", band.label, told(band)));
        Self {
            bars: bands.iter().enumerate().map(bar).collect(),
            height: bands.len() * LINE,
            description: format!("Bars of {what}, by the chance of finding a person. {widest}"),
        }
    }
}

/// Points of utility against risk.
pub(super) struct Scatter {
    pub(super) across: Vec<Tick>,
    pub(super) down: Vec<Tick>,
    pub(super) points: Vec<Point>,
    pub(super) description: String,
    /// The least lossy that keep the rules.
    pub(super) best: Vec<Best>,
}

pub(super) struct Point {
    pub(super) x: String,
    pub(super) y: String,
    pub(super) keeps: bool,
}

/// One line of the table next to the points.
pub(super) struct Best {
    pub(super) levels: String,
    pub(super) loss: String,
    pub(super) average: String,
    pub(super) highest: String,
    pub(super) keeps: bool,
}

/// Most points drawn and most lines of the table.
const MOST: usize = 12;

impl Scatter {
    pub(super) fn of(report: &RiskReport) -> Option<Self> {
        if report.lattice.is_empty() {
            return None;
        }
        let percent = |value: f64| format!("{} %", coordinate(value * 100.0));
        let down = Axis::over(report.lattice.iter().map(|node| node.average_risk).chain([0.0]))?;
        let place = |risk: f64| 248.0 - 236.0 * down.fraction(risk);
        let point = |node: &super::NodePoint| Point {
            x: coordinate(1.0 + 98.0 * node.loss.clamp(0.0, 1.0)),
            y: coordinate(place(node.average_risk)),
            keeps: node.keeps,
        };
        let mut nodes: Vec<&super::NodePoint> = report.lattice.iter().collect();
        nodes.sort_by(|a, b| b.keeps.cmp(&a.keeps).then(a.loss.total_cmp(&b.loss)));
        let best = |node: &&super::NodePoint| Best {
            levels: node.levels.iter().map(usize::to_string).collect::<Vec<_>>().join(" "),
            loss: percent(node.loss),
            average: percent(node.average_risk),
            highest: percent(node.highest_risk),
            keeps: node.keeps,
        };
        let across = [0.0, 0.25, 0.5, 0.75, 1.0].map(|loss| {
            let at = 1.0 + 98.0 * loss;
            Tick { at: coordinate(at), label: percent(loss), anchor: anchor(at) }
        });
        let keep = report.lattice.iter().filter(|node| node.keeps).count();
        Some(Self {
            across: across.into(),
            down: down
                .values()
                .map(|risk| Tick { at: coordinate(place(risk)), label: percent(risk), anchor: "start" })
                .collect(),
            points: report.lattice.iter().map(point).collect(),
            description: format!(
                "{} combinations of levels: to the right more is lost, upwards the average risk is higher. {keep} keep the rules.",
                report.lattice.len()
            ),
            best: nodes.iter().take(MOST).map(best).collect(),
        })
    }
}
