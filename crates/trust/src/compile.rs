//! From a spec to questions and lines, collecting every mistake on the way.
//!
//! Not here: the rules on the release as a whole (`check`), reading the data (`pass`).

mod arguments;
mod behaviour;
mod survey;

use crate::metric::{self, Kind, Metric};
use crate::question::{Line, Output, Question, Read, Rule};
use crate::spec::{MetricSpec, Spec, UnitKind};
use crate::{Mistake, check};
use arguments::Arguments;
use guildhall_data::{RowKind, UnitField, UnitTake};
use guildhall_kpi::MetricLine;

/// What a spec asks, ready to run.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    pub(crate) questions: Vec<Question>,
    pub(crate) lines: Vec<Line>,
    /// For each question, the metrics that asked it: index into the spec's metrics and how many questions it asked.
    pub(crate) askers: Vec<Vec<(usize, u64)>>,
    /// Metrics of the spec that are computed in the clear only.
    pub(crate) clear_only: Vec<usize>,
    /// The expression that tells a row's segment.
    pub(crate) segment: Option<(guildhall_data::Checked, RowKind)>,
    /// Labels of the segments where they are declared, the one for others last.
    pub(crate) segments: Vec<String>,
    /// Labels of the periods.
    pub(crate) periods: Vec<String>,
    /// Labels of the months, where there are cohorts.
    pub(crate) months: Vec<String>,
}

/// Compiles a spec.
///
/// # Errors
/// Every mistake there is.
pub(crate) fn compile(spec: &Spec) -> Result<Compiled, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let frame = check::frame(spec, &mut mistakes);
    let mut compiled = Compiled {
        questions: Vec::new(),
        lines: Vec::new(),
        askers: Vec::new(),
        clear_only: Vec::new(),
        segment: frame.segment,
        segments: frame.segments,
        periods: frame.periods,
        months: frame.months,
    };
    for (index, asked) in spec.metrics.iter().enumerate() {
        let path = format!("metric {} {:?}", index + 1, asked.name);
        let Some(metric) = metric::find(&asked.name) else {
            mistakes.push(unknown(&path, &asked.name));
            continue;
        };
        check::splits(spec, metric, asked, &path, &mut mistakes);
        let mut arguments = Arguments { spec, metric, asked, path, mistakes: &mut mistakes };
        arguments.names();
        if metric.kind == Kind::ClearOnly {
            arguments.clear_only();
            compiled.clear_only.push(index);
            continue;
        }
        if let Some(parts) = ask(&mut arguments) {
            compiled.add(index, metric, asked, parts);
        }
    }
    check::ids(&compiled, &mut mistakes);
    if mistakes.is_empty() { Ok(compiled) } else { Err(mistakes) }
}

fn unknown(path: &str, name: &str) -> Mistake {
    let near = metric::ALL.iter().map(|metric| (strsim::jaro_winkler(metric.name, name), metric.name));
    let near = near.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(score, _)| *score > 0.8);
    let remedy = match near {
        Some((_, near)) => format!("did you mean {near:?}?"),
        None => "use one of the names in docs/metrics.md".to_owned(),
    };
    Mistake::new(format!("{path}: name"), "there is no such metric", remedy)
}

/// One question of a metric with the lines read off it.
pub(crate) struct Part {
    fields: Vec<UnitField>,
    rule: Rule,
    output: Output,
    lines: Vec<PartLine>,
}

/// One line before its place is known.
pub(crate) struct PartLine {
    /// What is added to the metric's id and label.
    suffix: &'static str,
    addition: String,
    unit: String,
    decimals: u8,
    read: Read,
    /// What the value means, where the metric's own definition says more or less than was asked.
    definition: Option<String>,
}

fn ask(arguments: &mut Arguments<'_>) -> Option<Vec<Part>> {
    match arguments.metric.name {
        "nps" | "advocacy-ratio" => survey::recommendation(arguments),
        "csat"
        | "customer-effort-score"
        | "perceived-privacy"
        | "perceived-security"
        | "transparency"
        | "authenticity" => survey::scale(arguments, "score"),
        "review-rating" => survey::scale(arguments, "stars"),
        "brand-trust-index" => survey::index(arguments),
        "sentiment" => survey::sentiment(arguments),
        "referral-rate" => behaviour::truth(arguments, "referred", UnitTake::Greatest),
        "opt-in-rate" => behaviour::truth(arguments, "opted_in", arguments.take()),
        "opt-out-rate" => behaviour::truth(arguments, "opted_out", arguments.take()),
        "trust-recovery-rate" => behaviour::recovery(arguments),
        "retention-rate" => behaviour::churn(arguments, false),
        "churn-rate" => behaviour::churn(arguments, true),
        "repeat-purchase-rate" => behaviour::repeat(arguments),
        "lifetime-value" => behaviour::value(arguments),
        "complaint-resolution-time" => behaviour::complaints(arguments),
        _ => None,
    }
}

impl Compiled {
    fn add(&mut self, index: usize, metric: &Metric, asked: &MetricSpec, parts: Vec<Part>) {
        let count = parts.len() as u64;
        for part in parts {
            let question = Question { fields: part.fields, rule: part.rule, output: part.output, split: asked.split };
            let at = self.questions.iter().position(|known| *known == question).unwrap_or_else(|| {
                self.questions.push(question);
                self.askers.push(Vec::new());
                self.questions.len() - 1
            });
            if let Some(askers) = self.askers.get_mut(at) {
                askers.push((index, count));
            }
            self.lines.extend(part.lines.into_iter().map(|line| line.place(metric, asked, at)));
        }
    }
}

/// What counts where a unit's rows give several answers and no window tells their dates; nothing where that cannot be.
pub(crate) fn several_answers(spec: &Spec, compiled: &Compiled) -> Option<String> {
    let dated = |field: &UnitField| matches!(field.take, UnitTake::First | UnitTake::Last);
    let any = compiled.questions.iter().flat_map(|question| &question.fields).any(dated);
    let unit = &spec.unit.kind;
    (any && spec.window.is_none() && *unit != UnitKind::Row).then(|| {
        format!(
            "Without a window there is no first or last: of several answers of one {} the greatest counts, yes before \
             no, and the least where the first was asked for.",
            unit.name()
        )
    })
}

impl PartLine {
    fn place(self, metric: &Metric, asked: &MetricSpec, question: usize) -> Line {
        let id = asked.id.as_deref().unwrap_or(metric.name);
        let label = asked.label.as_deref().unwrap_or(metric.title);
        let line = MetricLine {
            id: format!("{id}{}", self.suffix),
            metric: metric.name.to_owned(),
            label: if self.addition.is_empty() { label.to_owned() } else { format!("{label}: {}", self.addition) },
            unit: self.unit,
            decimals: self.decimals,
            direction: metric.direction,
            definition: self.definition.unwrap_or_else(|| metric.definition.to_owned()),
            caveat: caveat(&self.read),
        };
        Line { metric: line, question, read: self.read }
    }
}

fn caveat(read: &Read) -> Option<String> {
    let text = match read {
        Read::Mean { clips: true, cap: None, .. } => {
            "Customers above the clip count as the clip; the true mean may be higher than the interval by an unknown amount."
        }
        Read::Mean { clips: true, cap: Some(_), .. } => {
            "Customers above the clip count as the clip; the interval's upper end allows for the declared cap."
        }
        _ => return None,
    };
    Some(text.to_owned())
}
