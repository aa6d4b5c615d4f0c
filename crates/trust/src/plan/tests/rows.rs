//! Rows that the engine counts give the numbers of rows that are bounded one by one.

use super::*;
use crate::measure;
use crate::question::Output;
use guildhall_data::Engine;

/// Every row has a customer of its own, so that both units mean the same.
fn spec(kind: UnitKind, metrics: Vec<MetricSpec>, unknown: bool) -> Spec {
    let values = vec!["north".to_owned(), "south".to_owned()];
    let other = "other".to_owned();
    let keys = if unknown { Keys::Unknown { other, weight: 1 } } else { Keys::Declared { values, other } };
    Spec {
        unit: UnitSpec { kind, groups: None },
        segments: Some(Segments { column: "place".into(), keys, take: Choice::Last }),
        cohorts: None,
        delta_bits: unknown.then_some(40),
        metrics,
        ..base()
    }
}

fn units() -> [UnitKind; 2] {
    [UnitKind::Row, UnitKind::Customer { column: "who".into() }]
}

fn metrics() -> Vec<MetricSpec> {
    let items = [("item.a", "score"), ("item.b", "score + 1")];
    vec![
        metric("nps", &[("score", "score")], &[], Split::SegmentsAndPeriods),
        metric("csat", &[("score", "score")], &[], Split::Periods),
        metric("churn-rate", &[("left", "left")], &[], Split::Segments),
        metric("lifetime-value", &[("value", "spent")], &[("clip", 50), ("floor", -5)], Split::SegmentsAndPeriods),
        metric("lifetime-value", &[("value", "spent")], &[("clip", 50)], Split::All),
        metric("brand-trust-index", &items, &[], Split::Periods),
        metric("sentiment", &[("text", "place")], &[], Split::All),
        metric("complaint-resolution-time", &[("opened", "day"), ("closed", "day")], &[("clip", 30)], Split::Segments),
    ]
}

fn loaded(rows: &[(u32, usize, i64, i64, usize)]) -> SqliteEngine {
    let mut text = "who;day;place;score;spent;left\n".to_owned();
    for (row, (day, place, score, spent, left)) in rows.iter().enumerate() {
        let (month, day) = ((day - 1) / 28 + 1, (day - 1) % 28 + 1);
        let (place, left) = (["north", "south", "elsewhere", ""][*place], ["yes", "no", ""][*left]);
        let cents = format!("{}{}.{:02}", if *spent < 0 { "-" } else { "" }, spent.abs() / 100, spent.abs() % 100);
        let score = if *score < 0 { String::new() } else { score.to_string() };
        text.push_str(&format!("c{row};2024-{month:02}-{day:02};{place};{score};{cents};{left}\n"));
    }
    let mut engine = SqliteEngine::new(Storage::Memory).expect("memory");
    let input = Input::Bytes { name: "t.csv".into(), bytes: text.into_bytes() };
    load(&base().table, &[input], &Limits::default(), &mut engine).unwrap_or_else(|error| panic!("{error}"));
    engine
}

/// What gets noise; without quantiles, which are drawn among equals.
fn exact(plan: &Plan, engine: &dyn Engine) -> Vec<i64> {
    let segments: Vec<String> = SEGMENTS.map(str::to_owned).to_vec();
    let bounded = plan.bounded(engine, &segments).expect("bounded");
    let mut plan = plan.clone();
    plan.compiled.questions.retain(|question| !matches!(question.output, Output::Quantile { .. }));
    let bounded: Vec<Bounded> = bounded.into_iter().filter(|b| !matches!(b, Bounded::Quantile(..))).collect();
    vector(&plan, &bounded)
}

#[test]
fn rows_that_the_engine_counts_are_rows_bounded_one_by_one() {
    let row = (1u32..121, 0usize..4, -1i64..13, -9_000i64..90_000, 0usize..3);
    let (mut runner, strategy) = (runner(), proptest::collection::vec(row, 1..40));
    for _ in 0..40 {
        let rows = strategy.new_tree(&mut runner).expect("rows").current();
        let engine = loaded(&rows);
        for metric in metrics() {
            let [counted, one_by_one] = units().map(|unit| {
                let plan = plan(&spec(unit, vec![metric.clone()], false)).expect("a plan");
                exact(&plan, &engine)
            });
            assert_eq!(counted, one_by_one, "{}: {rows:?}", metric.name);
            let [counted, one_by_one] = units().map(|unit| {
                let clear = measure(&engine, &spec(unit, vec![metric.clone()], false)).expect("measures");
                clear.rows
            });
            assert_eq!(counted, one_by_one, "{}: {rows:?}", metric.name);
        }
    }
}

#[test]
fn a_median_of_counted_rows_is_the_median() {
    // Every candidate has a row, so that one of them is best.
    let rows: Vec<_> = (0..102).map(|n| (1u32, n as usize % 2, 5i64, n * 100 + 40, 0usize)).collect();
    let engine = loaded(&rows);
    let mut value = metric("lifetime-value", &[("value", "spent")], &[("clip", 100), ("step", 1)], Split::All);
    value.parameters.insert("quantiles".into(), Parameter::Numbers(vec![Fixed::whole(50)]));
    for unit in units() {
        let plan = plan(&spec(unit, vec![value.clone()], false)).expect("a plan");
        let segments: Vec<String> = SEGMENTS.map(str::to_owned).to_vec();
        let numbers = vector(&plan, &plan.bounded(&engine, &segments).expect("bounded"));
        assert!(numbers.contains(&5_100), "{numbers:?}");
    }
}

#[test]
fn unknown_segments_of_rows_are_counted() {
    let rows: Vec<_> = (0..300).map(|n| (1u32, n % 3, 5i64, 100, 0usize)).collect();
    let engine = loaded(&rows);
    let metrics = vec![metric("nps", &[("score", "score")], &[], Split::Segments)];
    for unit in units() {
        let eight: Rational = "8".parse().expect("a number");
        let spec = Spec { epsilon: eight, limit: eight.into(), ..spec(unit, metrics.clone(), true) };
        let loss = Loss::of(eight, 1, 20);
        let mut purse = Filter::new(Limit::Approx { loss, delta_bits: 40 }).expect("an account");
        let release = plan(&spec).expect("a plan").release(&engine, &mut Purse(&mut purse)).expect("a release");
        assert_eq!(release.groups[1..], ["elsewhere", "north", "south", "other"], "{:?}", release.groups);
    }
}

struct Purse<'a>(&'a mut Filter);

impl guildhall_dp::central::Account for Purse<'_> {
    type Error = crate::Error;

    fn charge(&mut self, price: &guildhall_dp::central::Price) -> Result<(), crate::Error> {
        Ok(self.0.charge(price.charge())?)
    }
}
