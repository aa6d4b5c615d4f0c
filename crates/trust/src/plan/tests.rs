//! Must hold 1: removing one unit never changes the numbers that get noise by more than declared.

mod rows;

use super::collect::Collector;
use super::publish::Bounded;
use super::{Plan, plan};
use crate::pass;
use crate::spec::*;
use guildhall_data::{Every, Input, Limits, SqliteEngine, Storage, TableSpec, UnitAnswer, UnitRow, load};
use guildhall_dp::central::Mechanism;
use guildhall_dp::{Filter, Limit, Loss};
use guildhall_kpi::Rational;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::collections::BTreeMap;

const SEGMENTS: [&str; 3] = ["north", "south", "other"];
const PERIODS: [&str; 4] = ["2024-01", "2024-02", "2024-03", "2024-04"];

fn base() -> Spec {
    let table: TableSpec = toml::from_str(
        r#"columns = [
            { name = "who", kind = "text" }, { name = "day", kind = { date = {} } }, { name = "place", kind = "text", empty = "null" },
            { name = "score", kind = "integer", empty = "null" }, { name = "spent", kind = { decimal = { decimals = 2 } }, empty = "null" },
            { name = "left", kind = "bool", empty = "null" } ]"#,
    )
    .expect("a table");
    let values = vec!["north".to_owned(), "south".to_owned()];
    Spec {
        id: "t".into(),
        title: "t".into(),
        data_set: "t".into(),
        epsilon: "1".parse().expect("a number"),
        limit: "1".parse::<Rational>().expect("a number").into(),
        delta_bits: None,
        noise: NoiseChoice::Smaller,
        unit: UnitSpec { kind: UnitKind::Customer { column: "who".into() }, groups: Some(2) },
        table,
        window: Some(Window { column: "day".into(), from: Some("2024-01".into()), until: Some("2024-05".into()) }),
        segments: Some(Segments {
            column: "place".into(),
            keys: Keys::Declared { values, other: "other".into() },
            take: Choice::Each,
        }),
        periods: Some(Every::Month),
        cohorts: Some(Cohorts { ages: vec![1, 2, 3] }),
        metrics: vec![],
    }
}

fn metric(name: &str, columns: &[(&str, &str)], parameters: &[(&str, i64)], split: Split) -> MetricSpec {
    let number = |(name, value): &(&str, i64)| ((*name).to_owned(), Parameter::Number(Fixed::whole(*value)));
    let mut metric = MetricSpec {
        name: name.into(),
        id: None,
        label: None,
        columns: columns.iter().map(|(key, column)| ((*key).to_owned(), (*column).to_owned())).collect(),
        parameters: parameters.iter().map(number).collect::<BTreeMap<_, _>>(),
        take: Choice::Last,
        weight: 1,
        split,
    };
    if name == "brand-trust-index" {
        let weights = [("a".to_owned(), 3), ("b".to_owned(), 1)].into();
        metric.parameters.insert("weights".into(), Parameter::Weights(weights));
    }
    metric
}

fn plans() -> Vec<Plan> {
    let items = [("item.a", "score"), ("item.b", "score + 1")];
    let metrics = [
        metric("nps", &[("score", "score")], &[], Split::SegmentsAndPeriods),
        metric("csat", &[("score", "score")], &[], Split::Periods),
        metric("churn-rate", &[("left", "left")], &[], Split::Segments),
        metric("lifetime-value", &[("value", "spent")], &[("clip", 50), ("floor", -5)], Split::SegmentsAndPeriods),
        metric("lifetime-value", &[("value", "spent")], &[("clip", 50)], Split::All),
        metric("brand-trust-index", &items, &[], Split::Periods),
    ];
    let one = |metric| plan(&Spec { metrics: vec![metric], ..base() }).expect("a plan");
    metrics.into_iter().map(one).collect()
}

/// The numbers that get noise: at 64 times the sensitivity's epsilon the noise is zero but for one draw in 10^27.
fn vector(plan: &Plan, bounded: &[Bounded]) -> Vec<i64> {
    let loss = Loss::of(Rational::new(1 << 40, 1).expect("a number"), 0, 0);
    let mut purse = Filter::new(Limit::Approx { loss, delta_bits: 40 }).expect("an account");
    let mut values = Vec::new();
    for (bounded, question) in bounded.iter().zip(&plan.compiled.questions) {
        let epsilon = Rational::new(64 * sensitivity(plan), 1).expect("a number");
        let noisy = bounded.release(Mechanism::Laplace { epsilon }, &mut purse).expect("a release");
        let groups = pass::Layout::of(&plan.spec, &plan.compiled, &plan.compiled.segments, question.split).groups();
        values.extend((0..groups).flat_map(|group| noisy.raw(group, &question.output)).map(|(_, value)| value));
    }
    values
}

fn sensitivity(plan: &Plan) -> u64 {
    plan.sensitivity(&plan.compiled.questions[0]).parse().expect("a number")
}

fn of_rows(plan: &Plan, rows: &[UnitRow]) -> Vec<i64> {
    let segments = plan.compiled.segments.clone();
    let mut collector = Collector::new(plan, &segments).expect("bounds");
    pass::answers(&plan.spec, &plan.compiled, &segments, rows, &mut |reply| collector.push(&reply));
    vector(plan, &collector.finish().expect("bounded"))
}

fn change(a: &[i64], b: &[i64]) -> u64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).sum()
}

/// Heavy outliers, scores on and off the scale, and nothing.
fn number() -> impl Strategy<Value = UnitAnswer> {
    prop_oneof![
        4 => (-1i64..12).prop_map(UnitAnswer::Integer),
        2 => (-20_000i64..20_000).prop_map(UnitAnswer::Integer),
        1 => prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(1 << 62)].prop_map(UnitAnswer::Integer),
        1 => Just(UnitAnswer::None),
    ]
}

fn row() -> impl Strategy<Value = (usize, usize, Option<usize>, [UnitAnswer; 2])> {
    (0usize..6, 0usize..4, proptest::option::of(0usize..4), [number(), number()])
}

fn unit_row((unit, period, key, fields): (usize, usize, Option<usize>, [UnitAnswer; 2])) -> UnitRow {
    let names = ["north", "south", "elsewhere", ""];
    UnitRow {
        unit: format!("customer {unit}"),
        period: PERIODS[period].to_owned(),
        key: key.map(|at| names[at].to_owned()),
        fields: fields.to_vec(),
    }
}

fn runner() -> TestRunner {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    TestRunner::new_with_rng(Config { cases: u32::MAX, failure_persistence: None, ..Config::default() }, rng)
}

#[test]
fn removing_a_customer_moves_the_numbers_no_more_than_declared() {
    let (plans, mut runner, mut pairs, mut largest) = (plans(), runner(), 0u32, [0u64; 6]);
    let strategy = proptest::collection::vec(row(), 0..24);
    while pairs < 100_000 {
        let mut rows: Vec<UnitRow> =
            strategy.new_tree(&mut runner).expect("rows").current().into_iter().map(unit_row).collect();
        for (at, plan) in plans.iter().enumerate() {
            // Customers leave one after the other: every step is a pair of neighbours.
            let mut left = rows.clone();
            let mut before = of_rows(plan, &left);
            for unit in 0..6 {
                left.retain(|row| row.unit != format!("customer {unit}"));
                let after = of_rows(plan, &left);
                let moved = change(&before, &after);
                assert!(moved <= sensitivity(plan), "{}: {moved}\n{rows:?}", plan.compiled.lines[0].metric.id);
                largest[at] = largest[at].max(moved);
                before = after;
                pairs += 1;
            }
        }
        rows.clear();
    }
    // The bound is met, so it is not loose: a bound one lower would fail.
    let declared: Vec<u64> = plans.iter().map(sensitivity).collect();
    assert_eq!(largest[..4], declared[..4]);
}

#[test]
fn removing_a_customer_from_the_files_moves_the_numbers_no_more_than_declared() {
    let metrics = vec![
        metric("nps", &[("score", "score")], &[], Split::SegmentsAndPeriods),
        metric("retention-rate", &[("active", "day")], &[], Split::Cohorts),
        metric("repeat-purchase-rate", &[("order", "day")], &[], Split::Segments),
        metric("lifetime-value", &[("value", "spent")], &[("clip", 50), ("floor", -5)], Split::Periods),
    ];
    let (mut runner, strategy) =
        (runner(), proptest::collection::vec((0usize..5, 1u32..121, 0usize..4, -2i64..12, -90_000i64..90_000), 1..25));
    for case in 0..75 {
        let rows = strategy.new_tree(&mut runner).expect("rows").current();
        for metric in &metrics {
            let plan = plan(&Spec { metrics: vec![metric.clone()], ..base() }).expect("a plan");
            let gone = case % 5;
            let all = of_file(&plan, rows.iter());
            let without = of_file(&plan, rows.iter().filter(|row| row.0 != gone));
            let moved = change(&all, &without);
            assert!(moved <= sensitivity(&plan), "{}: {moved} {rows:?}", metric.name);
        }
    }
}

type FileRow = (usize, u32, usize, i64, i64);

fn of_file<'a>(plan: &Plan, rows: impl Iterator<Item = &'a FileRow>) -> Vec<i64> {
    // One customer stays, for a file without rows is refused.
    let mut text = "who;day;place;score;spent;left\nstays;2024-01-01;north;1;1.00;no\n".to_owned();
    for (who, day, place, score, spent) in rows {
        let (month, day) = ((day - 1) / 28 + 1, (day - 1) % 28 + 1);
        let place = ["north", "south", "elsewhere", ""][*place];
        let cents = format!("{}{}.{:02}", if *spent < 0 { "-" } else { "" }, spent.abs() / 100, spent.abs() % 100);
        text.push_str(&format!("c{who};2024-{month:02}-{day:02};{place};{score};{cents};no\n"));
    }
    let mut engine = SqliteEngine::new(Storage::Memory).expect("memory");
    let input = Input::Bytes { name: "t.csv".into(), bytes: text.into_bytes() };
    load(&plan.spec.table, &[input], &Limits::default(), &mut engine).unwrap_or_else(|error| panic!("{error}"));
    let segments: Vec<String> = SEGMENTS.map(str::to_owned).to_vec();
    vector(plan, &plan.bounded(&engine, &segments).expect("bounded"))
}

#[test]
fn epsilon_is_split_exactly() {
    let mut spec = base();
    spec.metrics = vec![
        MetricSpec { weight: 2, ..metric("nps", &[("score", "score")], &[], Split::All) },
        metric("advocacy-ratio", &[("score", "score")], &[], Split::All),
        metric("churn-rate", &[("left", "left")], &[], Split::All),
        metric("retention-rate", &[("left", "left")], &[], Split::Periods),
    ];
    let plan = plan(&spec).expect("a plan");
    let shares = ["3/5", "1/5", "1/5"].map(|share| Mechanism::Laplace { epsilon: share.parse().expect("a number") });
    assert_eq!(plan.strengths.questions, shares, "NPS and advocacy share a query");
    assert_eq!(plan.price().charge().measure(), Mechanism::Laplace { epsilon: spec.epsilon }.charge().measure());
}
