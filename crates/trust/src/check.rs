//! The rules on a spec as a whole: identity, budget, unit, window, segments, periods, cohorts, splits.

use crate::Mistake;
use crate::compile::{Compiled, compile};
use crate::metric::{Kind, Metric};
use crate::spec::{Choice, Keys, MetricSpec, NoiseChoice, Segments, Spec, Split, UnitKind, Window};
use crate::table::everybody;
use guildhall_data::{
    Checked, ColumnSpec, Empty, Error, Every, Kind as ColumnKind, RowKind, check_row, first_day, period_labels,
};
use guildhall_kpi::Rational;
use std::collections::BTreeSet;

/// Most segments.
const MOST_SEGMENTS: usize = 500;
/// Most periods or months.
const MOST_PERIODS: usize = 120;

/// What follows from the spec apart from its metrics.
pub(crate) struct Frame {
    pub(crate) segment: Option<(Checked, RowKind)>,
    pub(crate) segments: Vec<String>,
    pub(crate) periods: Vec<String>,
    pub(crate) months: Vec<String>,
}

impl Spec {
    /// Finds every mistake, without any data.
    pub fn check(&self) -> Vec<Mistake> {
        compile(self).err().unwrap_or_default()
    }
}

pub(crate) fn frame(spec: &Spec, mistakes: &mut Vec<Mistake>) -> Frame {
    identity(spec, mistakes);
    budget(spec, mistakes);
    table(spec, mistakes);
    unit(spec, mistakes);
    if let Some(window) = &spec.window {
        self::window(spec, window, mistakes);
    }
    let (segment, segments) = spec.segments.as_ref().map_or((None, Vec::new()), |s| segments(spec, s, mistakes));
    let periods = spec.periods.map_or_else(Vec::new, |every| times(spec, every, "periods", true, mistakes));
    let months = match &spec.cohorts {
        Some(cohorts) => {
            let unique: BTreeSet<u32> = cohorts.ages.iter().copied().collect();
            if unique.is_empty()
                || unique.len() != cohorts.ages.len()
                || unique.iter().any(|age| !(1..=60).contains(age))
            {
                mistakes.push(Mistake::new(
                    "cohorts: ages",
                    "there is no age, one twice, or one that is not 1 to 60",
                    "list the months after the first one, e.g. [1, 2, 3]",
                ));
            }
            times(spec, Every::Month, "cohorts", false, mistakes)
        }
        None => Vec::new(),
    };
    if spec.metrics.is_empty() || spec.metrics.len() > 100 {
        mistakes.push(Mistake::new(
            "metric",
            "there is no metric, or more than 100",
            "name at least one, see docs/metrics.md",
        ));
    }
    Frame { segment, segments, periods, months }
}

fn identity(spec: &Spec, mistakes: &mut Vec<Mistake>) {
    let plain =
        |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
    for (path, text) in [("release: id", &spec.id), ("release: data_set", &spec.data_set)] {
        if text.is_empty() || text.len() > 64 || !plain(text) {
            mistakes.push(Mistake::new(
                path,
                "the name is empty, too long or has other characters than a-z, 0-9, - and _",
                "choose a short plain name",
            ));
        }
    }
    if spec.title.trim().is_empty() || spec.title.chars().count() > 200 || spec.title.chars().any(char::is_control) {
        mistakes.push(Mistake::new(
            "release: title",
            "the title is empty, too long or unprintable",
            "give a title people can read",
        ));
    }
}

fn budget(spec: &Spec, mistakes: &mut Vec<Mistake>) {
    if spec.epsilon.is_zero() {
        mistakes.push(Mistake::new(
            "release: epsilon",
            "the release has no epsilon to spend",
            "give a positive number, e.g. \"1\"",
        ));
    }
    if spec.epsilon > spec.limit.epsilon() {
        mistakes.push(Mistake::new(
            "release: epsilon",
            "the release costs more than may ever be spent",
            "lower epsilon, or raise the limit with whoever sets it",
        ));
    }
    if [spec.epsilon, spec.limit.rho().unwrap_or(spec.limit.epsilon())]
        .iter()
        .any(|e| e.denominator() > 1_000_000 || *e > Rational::new(1_000, 1).unwrap_or(Rational::ZERO))
    {
        mistakes.push(Mistake::new(
            "release: epsilon",
            "an epsilon is finer than a millionth or above 1000",
            "write a shorter number",
        ));
    }
    let unknown = matches!(spec.segments, Some(Segments { keys: Keys::Unknown { .. }, .. }));
    match spec.delta_bits {
        None if spec.noise == NoiseChoice::Gaussian => mistakes.push(Mistake::new(
            "release: noise",
            "Gaussian noise needs a delta",
            "set delta_bits, e.g. 40, or noise = \"laplace\"",
        )),
        Some(_) if !unknown && spec.noise == NoiseChoice::Laplace => mistakes.push(Mistake::new(
            "release: delta_bits",
            "nothing in this release needs a delta",
            "leave it out, or leave out noise = \"laplace\"",
        )),
        None if unknown => mistakes.push(Mistake::new(
            "release: delta_bits",
            "finding unknown segments needs a delta",
            "set delta_bits, e.g. 40, or declare the segments",
        )),
        Some(bits) if !(20..=60).contains(&bits) => mistakes.push(Mistake::new(
            "release: delta_bits",
            "delta is not between 2^-20 and 2^-60",
            "set delta_bits to about 40",
        )),
        _ => {}
    }
}

fn table(spec: &Spec, mistakes: &mut Vec<Mistake>) {
    if let Err(Error::Study(problems)) = spec.table.check() {
        mistakes.extend(problems.first.into_iter().map(|problem| {
            let path = problem.column.map_or_else(|| "data".to_owned(), |column| format!("data: columns.{column}"));
            Mistake::new(path, problem.message, problem.remedy)
        }));
    }
}

fn column<'a>(spec: &'a Spec, name: &str) -> Option<&'a ColumnSpec> {
    spec.table.position(name).and_then(|index| spec.table.columns.get(index))
}

fn unit(spec: &Spec, mistakes: &mut Vec<Mistake>) {
    if let Some(name) = spec.unit.kind.column() {
        let fits = column(spec, name).is_some_and(|c| matches!(c.kind, ColumnKind::Text | ColumnKind::Integer));
        if !fits {
            mistakes.push(Mistake::new(
                "unit: column",
                format!("{name:?} is not a column of text or whole numbers"),
                "describe it among the columns",
            ));
        }
    }
    if spec.unit.groups.is_some_and(|groups| groups == 0 || groups > 10_000) {
        mistakes.push(Mistake::new(
            "unit: groups",
            "a unit that counts in no group counts for nothing",
            "set periods to 1 or more",
        ));
    }
}

fn window(spec: &Spec, window: &Window, mistakes: &mut Vec<Mistake>) {
    match column(spec, &window.column) {
        Some(c) if matches!(c.kind, ColumnKind::Date { .. }) && c.empty == Empty::Refuse => {}
        Some(_) => mistakes.push(Mistake::new(
            "window: column",
            format!("{:?} is not a date, or may be empty", window.column),
            "set its kind to date and refuse empty fields",
        )),
        None => mistakes.push(Mistake::new(
            "window: column",
            format!("there is no column {:?}", window.column),
            "describe it among the columns",
        )),
    }
    let day = |text: &Option<String>| text.as_deref().map(first_day);
    for (path, end) in [("window: from", &window.from), ("window: until", &window.until)] {
        if day(end) == Some(None) {
            mistakes.push(Mistake::new(path, "it is not a day, month or year", "write 2017, 2017-05 or 2017-05-31"));
        }
    }
    if let (Some(Some(from)), Some(Some(until))) = (day(&window.from), day(&window.until))
        && from >= until
    {
        mistakes.push(Mistake::new(
            "window: until",
            "the window ends before it starts",
            "until is the first day after the window",
        ));
    }
}

fn segments(
    spec: &Spec,
    segments: &Segments,
    mistakes: &mut Vec<Mistake>,
) -> (Option<(Checked, RowKind)>, Vec<String>) {
    let expression = match check_row(&spec.table, &segments.column) {
        Ok((checked, kind @ (RowKind::Text | RowKind::Truth))) => Some((checked, kind)),
        Ok((checked, RowKind::Number)) if checked.decimals() == Some(0) => Some((checked, RowKind::Number)),
        Ok(_) => {
            mistakes.push(Mistake::new(
                "segments: column",
                "segments are not text, whole numbers or yes and no",
                "write an expression that gives a name, e.g. CASE WHEN age < 30 THEN 'young' ELSE 'older' END",
            ));
            None
        }
        Err(mistake) => {
            mistakes.push(Mistake::new("segments: column", mistake.message, mistake.remedy));
            None
        }
    };
    if segments.take == Choice::Each && (spec.unit.groups.is_none() || spec.unit.kind == UnitKind::Row) {
        mistakes.push(Mistake::new(
            "unit: groups",
            "a unit that counts in each of its segments needs a bound",
            "set periods, or take = \"first\" or \"last\"",
        ));
    }
    let labels = match &segments.keys {
        Keys::Unknown { weight, other } => {
            if *weight == 0 || other.trim().is_empty() {
                mistakes.push(Mistake::new(
                    "segments: weight",
                    "finding the segments gets no epsilon, or the others have no name",
                    "set weight to 1 and name `other`",
                ));
            }
            Vec::new()
        }
        Keys::Declared { values, other } => {
            let unique: BTreeSet<&String> = values.iter().chain([other]).collect();
            let blank = |v: &String| v.trim().is_empty() || v.chars().any(char::is_control);
            if values.is_empty()
                || values.len() > MOST_SEGMENTS
                || unique.len() != values.len() + 1
                || unique.iter().any(|v| blank(v))
                || unique.contains(&everybody(spec))
            {
                mistakes.push(Mistake::new(
                    "segments: values",
                    "there is no segment, more than 500, one twice, one without a name, or one called as all together",
                    "list each value once, and name the others differently",
                ));
            }
            values.iter().chain([other]).cloned().collect()
        }
    };
    (expression, labels)
}

/// Labels of periods; they must follow from the spec alone, never from the data.
fn times(spec: &Spec, every: Every, path: &str, whole: bool, mistakes: &mut Vec<Mistake>) -> Vec<String> {
    let ends = spec.window.as_ref().and_then(|window| window.from.as_ref().zip(window.until.as_ref()));
    let Some((from, until)) = ends else {
        mistakes.push(Mistake::new(
            path,
            "the window has no two ends, and they must not come from the data",
            "set window.from and window.until",
        ));
        return Vec::new();
    };
    match period_labels(every, from, until, whole) {
        Ok(labels) if labels.len() <= MOST_PERIODS => return labels,
        Ok(_) => mistakes.push(Mistake::new(
            path,
            "there are more than 120 periods",
            "choose longer ones, or a shorter window",
        )),
        Err(_) => mistakes.push(Mistake::new(
            path,
            "the window does not consist of whole periods",
            "begin and end the window with whole periods",
        )),
    }
    Vec::new()
}

/// The split of a metric must be defined, and make sense for it.
pub(crate) fn splits(spec: &Spec, metric: &Metric, asked: &MetricSpec, path: &str, mistakes: &mut Vec<Mistake>) {
    let mut push =
        |at: &str, message: &str, remedy: &str| mistakes.push(Mistake::new(format!("{path}: {at}"), message, remedy));
    if asked.weight == 0 || asked.weight > 1_000 {
        push("weight", "the metric gets no epsilon, or more than 1000 shares", "set weight to 1");
    }
    if asked.take == Choice::Each {
        push("take", "one response of a customer counts", "take the first or the last");
    }
    if asked.split.by_segment() && spec.segments.is_none() {
        push("split", "the spec has no segments", "add a section [segments]");
    }
    if asked.split.by_period() && spec.periods.is_none() {
        push("split", "the spec has no periods", "add periods to the window");
    }
    if asked.split == Split::Cohorts && (spec.cohorts.is_none() || metric.name != "retention-rate") {
        push(
            "split",
            "only the retention rate goes by cohort, and the spec must name ages",
            "add a section [cohorts], or split otherwise",
        );
    }
    if metric.kind == Kind::ClearOnly && asked.split != Split::All {
        push("split", "the model is fitted to all customers", "leave split out");
    }
}

/// Ids of lines are unique.
pub(crate) fn ids(compiled: &Compiled, mistakes: &mut Vec<Mistake>) {
    let mut seen = BTreeSet::new();
    for line in &compiled.lines {
        let id = &line.metric.id;
        let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !plain || id.is_empty() || id.len() > 80 || !seen.insert(id.clone()) {
            mistakes.push(Mistake::new(
                format!("metric {id:?}: id"),
                "two metrics have this id, or it is not a plain name",
                "give one of them another id",
            ));
        }
    }
}
