//! Which slots an answer fills, and which sums are opened.
//!
//! The client encodes (one-hot, signed, bounded), so that the server only adds. An output is a sum of fields with whole
//! weights; only outputs are opened: of a Net Promoter Score, promoters less detractors and the number of answers.

use super::{Answer, Kind, Metric, Mode, Poll, Row};
use crate::HeError;

/// A number that every answer carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Lowest value of one answer.
    pub low: i64,
    /// Highest value of one answer.
    pub high: i64,
}

/// What an opened sum is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The numerator: net promoters, satisfied, yes, or a sum.
    Total,
    /// How many answered.
    Answers,
    /// One category.
    Bin(usize),
}

/// A sum that is opened: fields with weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Position of the metric.
    pub metric: usize,
    /// Position of the group.
    pub group: usize,
    /// What it is.
    pub part: Part,
    /// Positions of fields with their weights.
    pub terms: Vec<(usize, i64)>,
    /// Lowest contribution of one answer.
    pub low: i64,
    /// Highest contribution of one answer.
    pub high: i64,
}

/// Fields and outputs of a poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Numbers per answer.
    pub fields: Vec<Field>,
    /// Sums that are opened.
    pub outputs: Vec<Output>,
    /// First field of every (group, metric).
    starts: Vec<usize>,
    /// Whether the number of answers is the declared one and takes no slots.
    counted: Vec<bool>,
}

impl Layout {
    pub(super) fn new(poll: &Poll) -> Self {
        let mut layout = Self { fields: vec![], outputs: vec![], starts: vec![], counted: vec![] };
        // The owner's own clients are trusted to count: without groups and gaps the declared number is the denominator.
        let counted = |metric: &Metric| poll.mode == Mode::Owner && poll.groups.is_empty() && !metric.optional;
        for group in 0..poll.groups.len().max(1) {
            for (at, metric) in poll.metrics.iter().enumerate() {
                layout.starts.push(layout.fields.len());
                layout.add(group, at, &metric.kind, counted(metric));
            }
        }
        layout.counted = poll.metrics.iter().map(counted).collect();
        layout
    }

    /// Whether the number of answers of a metric is the declared one.
    pub fn counted(&self, metric: usize) -> bool {
        self.counted.get(metric).copied().unwrap_or(false)
    }

    fn add(&mut self, group: usize, metric: usize, kind: &Kind, counted: bool) {
        let start = self.fields.len();
        let one = Field { low: 0, high: 1 };
        let output = |part, terms: Vec<(usize, i64)>, low, high| Output { metric, group, part, terms, low, high };
        // One-hot: every answer sets exactly one field, so the number of answers is their sum.
        let one_hot = |fields: usize| (0..fields).map(|i| (start + i, 1)).collect::<Vec<_>>();
        match kind {
            Kind::Nps if counted => {
                self.fields.push(Field { low: -1, high: 1 });
                self.outputs.push(output(Part::Total, vec![(start, 1)], -1, 1));
            }
            Kind::Nps => {
                self.fields.extend([one; 3]);
                self.outputs.push(output(Part::Total, vec![(start, 1), (start + 2, -1)], -1, 1));
                self.outputs.push(output(Part::Answers, one_hot(3), 0, 1));
            }
            Kind::Csat { .. } | Kind::Rate(_) => {
                self.fields.push(one);
                self.outputs.push(output(Part::Total, vec![(start, 1)], 0, 1));
                if !counted {
                    self.fields.push(one);
                    self.outputs.push(output(Part::Answers, one_hot(2), 0, 1));
                }
            }
            Kind::Ces { low, high } | Kind::Sum { low, high } => {
                self.weighted(output, (*low, *high), &[1], counted);
            }
            Kind::TrustIndex { low, high, weights } => self.weighted(output, (*low, *high), weights, counted),
            Kind::Histogram { bins } => {
                self.fields.extend(bins.iter().map(|_| one));
                self.outputs.extend((0..bins.len()).map(|i| output(Part::Bin(i), vec![(start + i, 1)], 0, 1)));
            }
        }
    }

    fn weighted(
        &mut self,
        output: impl Fn(Part, Vec<(usize, i64)>, i64, i64) -> Output,
        (low, high): (i64, i64),
        weights: &[i64],
        counted: bool,
    ) {
        let start = self.fields.len();
        // An answer that belongs to another group leaves its fields at zero.
        let field = Field { low: low.min(0), high: high.max(0) };
        self.fields.extend(weights.iter().map(|_| field));
        let total: i64 = weights.iter().sum();
        let terms = weights.iter().enumerate().map(|(i, w)| (start + i, *w)).collect();
        self.outputs.push(output(Part::Total, terms, total * low, total * high));
        if !counted {
            let count = self.fields.len();
            self.fields.push(Field { low: 0, high: 1 });
            self.outputs.push(output(Part::Answers, vec![(count, 1)], 0, 1));
        }
    }
}

impl Poll {
    /// Fields and outputs.
    pub fn layout(&self) -> Layout {
        Layout::new(self)
    }

    /// The values one row puts into its fields: position and value, where not zero.
    ///
    /// # Errors
    /// [`HeError::Answer`], naming the row by `number`.
    pub fn encode(&self, layout: &Layout, number: u64, row: &Row) -> Result<Vec<(usize, i64)>, HeError> {
        let refuse = |metric: &str, what: String| HeError::Answer { row: number, metric: metric.to_owned(), what };
        if row.group >= self.groups.len().max(1) || row.answers.len() != self.metrics.len() {
            return Err(refuse("the row", "its group is unknown, or answers are missing".to_owned()));
        }
        let mut values = Vec::new();
        for (at, (metric, answer)) in self.metrics.iter().zip(&row.answers).enumerate() {
            let start = layout.starts.get(row.group * self.metrics.len() + at).copied().unwrap_or_default();
            let encoded = encode_one(metric, answer, layout.counted(at)).map_err(|what| refuse(&metric.name, what))?;
            values.extend(encoded.into_iter().map(|(field, value)| (start + field, value)));
        }
        Ok(values)
    }
}

/// Positions from the metric's first field, and values.
fn encode_one(metric: &Metric, answer: &Answer, counted: bool) -> Result<Vec<(usize, i64)>, String> {
    let within = |x: i64, low: i64, high: i64| match (low..=high).contains(&x) {
        true => Ok(x),
        false => Err(format!("{x} is not from {low} to {high}")),
    };
    let with_count = |mut values: Vec<(usize, i64)>| {
        values.extend((!counted).then_some((values.len(), 1)));
        values
    };
    Ok(match (&metric.kind, answer) {
        (_, Answer::Missing) if metric.optional => vec![],
        (_, Answer::Missing) => return Err("the answer is missing; allow it with optional = true".to_owned()),
        (Kind::Nps, Answer::Number(x)) => {
            let class = [1, 0, -1][usize::from(within(*x, 0, 10)? < 9) + usize::from(*x < 7)];
            if counted { vec![(0, class)] } else { vec![((1 - class) as usize, 1)] }
        }
        (Kind::Csat { low, high, satisfied }, Answer::Number(x)) => {
            yes(within(*x, *low, *high)? >= *satisfied, counted)
        }
        (Kind::Rate(_), Answer::Yes(is)) => yes(*is, counted),
        (Kind::Ces { low, high } | Kind::Sum { low, high }, Answer::Number(x)) => {
            with_count(vec![(0, within(*x, *low, *high)?)])
        }
        (Kind::TrustIndex { low, high, weights }, Answer::Items(items)) if items.len() == weights.len() => {
            let items = items.iter().enumerate().map(|(i, x)| Ok((i, within(*x, *low, *high)?)));
            with_count(items.collect::<Result<_, String>>()?)
        }
        (Kind::Histogram { bins }, Answer::Bin(bin)) if *bin < bins.len() => vec![(*bin, 1)],
        _ => return Err("the answer is of another kind than the metric".to_owned()),
    })
}

fn yes(is: bool, counted: bool) -> Vec<(usize, i64)> {
    if counted { vec![(0, i64::from(is))] } else { vec![(usize::from(!is), 1)] }
}
