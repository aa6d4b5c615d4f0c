//! Rows that are counted alike are counted alike by both engines.

use super::{Both, Row, both, spec};
use crate::engine::Engine;
use crate::period::Every;
use crate::sql::check_row;
use crate::tally::{Grain, TallyQuery, tallies};
use crate::units::{UnitField, UnitTake, UnitWindow};
use proptest::prelude::*;
use std::collections::BTreeMap;

const MEMBERS: [Option<&str>; 4] = [Some("north"), Some("O'Neil"), Some(""), None];
const DAYS: [Option<&str>; 5] =
    [Some("2016-12-31"), Some("2017-01-01"), Some("2017-02-28 23:59:59"), Some("2017-12-31"), None];

fn counted(engine: &dyn Engine, query: &TallyQuery) -> BTreeMap<String, u64> {
    let mut counted = BTreeMap::new();
    tallies(engine, query, &mut |tally| {
        let answers = format!("{} {:?} {:?}", tally.period, tally.key, tally.fields);
        assert!(counted.insert(answers.clone(), tally.rows).is_none(), "{answers} twice");
        Ok(())
    })
    .unwrap_or_else(|error| panic!("{error}"));
    counted
}

fn queries() -> Vec<TallyQuery> {
    let row = |text: &str| check_row(&spec(), text).expect("an expression");
    let field = |text: &str| UnitField { parts: vec![row(text)], take: UnitTake::Last };
    let window = UnitWindow { column: "day".into(), from: Some("2017".into()), until: Some("2018".into()) };
    let steps = Grain::Steps { low: -300, high: 900, step: 50 };
    let asked = [
        (vec![field("amount / 100"), field("paid")], Grain::Alike),
        (vec![field("n")], Grain::Alike),
        (vec![], Grain::Alike),
        (vec![field("amount")], steps),
        (vec![field("amount")], Grain::Sum { low: -250, high: 800 }),
    ];
    let times = [(None, None), (Some(window.clone()), None), (Some(window), Some(Every::Quarter))];
    let keys = [None, Some(row("member")), Some(row("n > 0"))];
    let mut queries = Vec::new();
    for (fields, grain) in asked {
        for (window, every) in times.clone() {
            for key in keys.clone() {
                queries.push(TallyQuery { window: window.clone(), every, key, fields: fields.clone(), grain });
            }
        }
    }
    queries
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn rows_that_answer_alike_are_counted_the_same(
        rows in proptest::collection::vec(
            (0usize..4, proptest::option::of(-1_000i64..2_000), proptest::option::of(-5i64..5), 0usize..5,
             proptest::option::of(any::<bool>())),
            1..40,
        )
    ) {
        let row = |(member, amount, n, day, paid): &(usize, Option<i64>, Option<i64>, usize, Option<bool>)| -> Row {
            (MEMBERS[*member], *amount, None, *n, DAYS[*day], *paid)
        };
        let rows: Vec<Row> = rows.iter().map(row).collect();
        let Both { sqlite, fusion } = both(&rows);
        for query in queries() {
            prop_assert_eq!(counted(&sqlite, &query), counted(&fusion, &query), "{:?}", query);
        }
    }
}
