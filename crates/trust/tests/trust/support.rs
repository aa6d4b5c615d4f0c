//! Specs in a few words, and the shared data where they are present.

use guildhall_data::{Input, Limits, SqliteEngine, Storage, TableSpec, load};
use guildhall_kpi::Rational;
use guildhall_trust::{
    Choice, Clear, Fixed, Keys, MetricSpec, NoiseChoice, Parameter, Segments, Spec, Split, UnitKind, UnitSpec, Window,
};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A file of the shared data; prints why where it is absent.
pub(crate) fn shared(file: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(file);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: the shared data are not here ({file})");
    None
}

pub(crate) fn table(columns: &str) -> TableSpec {
    toml::from_str(columns).expect("a table")
}

pub(crate) fn engine(table: &TableSpec, input: Input) -> SqliteEngine {
    let mut engine = SqliteEngine::new(Storage::Memory).expect("memory");
    load(table, &[input], &Limits::default(), &mut engine).unwrap_or_else(|error| panic!("{error}"));
    engine
}

pub(crate) fn bytes(name: &str, text: &str) -> Input {
    Input::Bytes { name: name.to_owned(), bytes: text.as_bytes().to_vec() }
}

/// A spec without metrics: epsilon 1, one row per unit.
pub(crate) fn spec(table: TableSpec) -> Spec {
    Spec {
        id: "test".into(),
        title: "A test".into(),
        data_set: "test".into(),
        epsilon: "1".parse().expect("a number"),
        limit: "10".parse::<Rational>().expect("a number").into(),
        delta_bits: None,
        noise: NoiseChoice::Smaller,
        unit: UnitSpec { kind: UnitKind::Row, groups: None },
        table,
        window: None,
        segments: None,
        periods: None,
        cohorts: None,
        metrics: Vec::new(),
    }
}

pub(crate) fn customer(spec: Spec, column: &str) -> Spec {
    Spec { unit: UnitSpec { kind: UnitKind::Customer { column: column.into() }, groups: None }, ..spec }
}

pub(crate) fn window(column: &str, from: &str, until: &str) -> Option<Window> {
    Some(Window { column: column.into(), from: Some(from.into()), until: Some(until.into()) })
}

pub(crate) fn segments(column: &str, values: &[&str], take: Choice) -> Option<Segments> {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Some(Segments { column: column.into(), keys: Keys::Declared { values, other: "other".into() }, take })
}

/// A metric over one or more columns: `("score", "q1")`.
pub(crate) fn metric(name: &str, columns: &[(&str, &str)]) -> MetricSpec {
    MetricSpec {
        name: name.into(),
        id: None,
        label: None,
        columns: columns.iter().map(|(meaning, column)| ((*meaning).to_owned(), (*column).to_owned())).collect(),
        parameters: BTreeMap::new(),
        take: Choice::Last,
        weight: 1,
        split: Split::All,
    }
}

pub(crate) fn with(mut metric: MetricSpec, name: &str, value: &str) -> MetricSpec {
    let parameter = match value.parse::<Fixed>() {
        Ok(number) => Parameter::Number(number),
        Err(_) => Parameter::Text(value.to_owned()),
    };
    metric.parameters.insert(name.to_owned(), parameter);
    metric
}

pub(crate) fn quantiles(mut metric: MetricSpec, percents: &[i64]) -> MetricSpec {
    let numbers = percents.iter().map(|percent| Fixed::whole(*percent)).collect();
    metric.parameters.insert("quantiles".into(), Parameter::Numbers(numbers));
    metric
}

pub(crate) fn split(metric: MetricSpec, split: Split) -> MetricSpec {
    MetricSpec { split, ..metric }
}

pub(crate) fn id(metric: MetricSpec, id: &str) -> MetricSpec {
    MetricSpec { id: Some(id.to_owned()), ..metric }
}

/// `(n, value)` of a metric in a group and period, both by label.
pub(crate) fn value(clear: &Clear, metric: &str, group: &str, period: &str) -> (u64, f64) {
    let metric = clear.metrics.iter().position(|line| line.id == metric).unwrap_or_else(|| panic!("no {metric}"));
    let group = clear.groups.iter().position(|label| label == group).unwrap_or_else(|| panic!("no {group}"));
    let period = clear.periods.iter().position(|label| label == period).unwrap_or_else(|| panic!("no {period}"));
    let row = clear.rows.iter().find(|row| (row.metric, row.group, row.period) == (metric, group, period));
    let row = row.unwrap_or_else(|| panic!("no row"));
    (row.n, row.value.unwrap_or(f64::NAN))
}

pub(crate) fn close(got: f64, want: f64, tolerance: f64) {
    assert!((got - want).abs() <= tolerance, "got {got}, want {want} within {tolerance}");
}
