use super::*;
use crate::{Input, Limits, SqliteEngine, Storage, TableSpec, UnitQuery, UnitTake, check_row, load, units};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn table(rows: &str) -> (TableSpec, SqliteEngine) {
    let spec: TableSpec = toml::from_str(
        r#"columns = [
            { name = "day", kind = { date = {} } }, { name = "place", kind = "text", empty = "null" },
            { name = "cents", kind = "integer", empty = "null" }, { name = "paid", kind = "bool", empty = "null" } ]"#,
    )
    .expect("a table");
    let mut engine = SqliteEngine::new(Storage::Memory).expect("memory");
    let text = format!("day;place;cents;paid\n{rows}");
    let input = Input::Bytes { name: "t.csv".into(), bytes: text.into_bytes() };
    load(&spec, &[input], &Limits::default(), &mut engine).unwrap_or_else(|error| panic!("{error}"));
    (spec, engine)
}

fn field(spec: &TableSpec, text: &str) -> UnitField {
    UnitField { parts: vec![check_row(spec, text).expect("an expression")], take: UnitTake::Last }
}

fn window() -> Option<UnitWindow> {
    Some(UnitWindow { column: "day".into(), from: Some("2024".into()), until: Some("2025".into()) })
}

type Counted = BTreeMap<(String, Option<String>, String), u64>;

fn ask(engine: &SqliteEngine, query: &TallyQuery) -> Counted {
    let mut counted = Counted::new();
    tallies(engine, query, &mut |tally| {
        *counted.entry((tally.period, tally.key, format!("{:?}", tally.fields))).or_default() += tally.rows;
        Ok(())
    })
    .unwrap_or_else(|error| panic!("{error}"));
    counted
}

/// The same, from every row by itself.
fn by_hand(engine: &SqliteEngine, query: &TallyQuery, coarse: impl Fn(&[UnitAnswer]) -> String) -> Counted {
    let key = query.key.iter().map(|key| UnitField { parts: vec![key.clone()], take: UnitTake::Last });
    let fields = key.chain(query.fields.iter().cloned()).collect();
    let rows = UnitQuery { unit: None, window: query.window.clone(), every: query.every, key: None, fields };
    let mut counted = Counted::new();
    units(engine, &rows, &mut |mut row| {
        let key = query.key.as_ref().and_then(|_| match row.fields.remove(0) {
            UnitAnswer::Parts(parts) => parts.first().cloned(),
            UnitAnswer::Integer(number) => Some(number.to_string()),
            UnitAnswer::None => None,
        });
        *counted.entry((row.period, key, coarse(&row.fields))).or_default() += 1;
        Ok(())
    })
    .expect("runs");
    counted
}

fn exact(fields: &[UnitAnswer]) -> String {
    format!("{fields:?}")
}

fn step(fields: &[UnitAnswer]) -> String {
    let step = |value: i64| match value {
        ..-100 => -101,
        1_000.. => 1_000,
        _ => -100 + (value + 100) / 50 * 50,
    };
    match fields {
        [UnitAnswer::Integer(value)] => format!("[Integer({})]", step(*value)),
        _ => exact(fields),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn every_row_counts_once_in_its_own_tally(
        rows in proptest::collection::vec((1u32..15, 0usize..4, proptest::option::of(-300i64..1_500), 0usize..3), 1..40)
    ) {
        let text: String = rows
            .iter()
            .map(|(month, place, cents, paid)| {
                let (year, month) = (2024 + (month - 1) / 12, (month - 1) % 12 + 1);
                let cents = cents.map(|cents| cents.to_string()).unwrap_or_default();
                let (place, paid) = (["north", "south", "", "o'neil"][*place], ["yes", "no", ""][*paid]);
                format!("{year}-{month:02}-15;{place};{cents};{paid}\n")
            })
            .collect();
        let (spec, engine) = table(&text);
        for (every, key) in [(None, None), (Some(Every::Quarter), None), (Some(Every::Month), Some("place"))] {
            let key = key.map(|text| check_row(&spec, text).expect("an expression"));
            let of = |fields: &[&str], grain| TallyQuery {
                window: window(),
                every,
                key: key.clone(),
                fields: fields.iter().map(|text| field(&spec, text)).collect(),
                grain,
            };
            let alike = of(&["cents / 100", "paid"], Grain::Alike);
            prop_assert_eq!(ask(&engine, &alike), by_hand(&engine, &alike, exact));
            let each = of(&["place", "cents"], Grain::Each);
            prop_assert_eq!(ask(&engine, &each), by_hand(&engine, &each, exact));
            let steps = of(&["cents"], Grain::Steps { low: -100, high: 1_000, step: 50 });
            prop_assert_eq!(ask(&engine, &steps), by_hand(&engine, &steps, step));
        }
    }
}

#[test]
fn a_sum_is_of_clipped_values_and_counts_those_there_are() {
    let (spec, engine) =
        table("2024-01-01;a;7;yes\n2024-01-02;a;-50;no\n2024-02-01;a;900;\n2024-02-02;b;;\n2023-01-01;a;1;\n");
    let query = TallyQuery {
        window: window(),
        every: None,
        key: Some(check_row(&spec, "place").expect("a column")),
        fields: vec![field(&spec, "cents")],
        grain: Grain::Sum { low: -5, high: 100 },
    };
    let all = || "all".to_owned();
    let want = [
        ((all(), Some("a".to_owned()), "[Integer(102)]".to_owned()), 3),
        ((all(), Some("b".to_owned()), "[None]".to_owned()), 0),
    ];
    assert_eq!(ask(&engine, &query), Counted::from(want));
    let whole = TallyQuery { key: None, ..query };
    assert_eq!(ask(&engine, &whole), Counted::from([((all(), None, "[Integer(102)]".to_owned()), 3)]));
    let two = TallyQuery { fields: vec![field(&spec, "cents"), field(&spec, "cents")], ..whole };
    assert!(tallies(&engine, &two, &mut |_| Ok(())).is_err(), "one number is wanted");
}
