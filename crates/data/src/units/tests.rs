use super::*;
use crate::{Input, Limits, SqliteEngine, Storage, TableSpec, check_row, load};

const ROWS: &str = "who;day;amount;kind;paid;closed\n\
    b;2017-01-05;1.50;x;yes;2017-01-09\n\
    a;2017-01-31 18:30:00;2.00;y;no;\n\
    a;2017-01-31;-3.25;z;no;2017-03-01\n\
    a;2017-02-01;10.00;w;yes;2017-02-01\n\
    a;2018-01-01;99.00;later;yes;2018-01-01\n";

fn table() -> (TableSpec, SqliteEngine) {
    let spec: TableSpec = toml::from_str(
        r#"columns = [
            { name = "who", kind = "text" }, { name = "day", kind = { date = {} } },
            { name = "amount", kind = { decimal = { decimals = 2 } } }, { name = "kind", kind = "text" },
            { name = "paid", kind = "bool" }, { name = "closed", kind = { date = {} }, empty = "null" } ]"#,
    )
    .expect("a table");
    let mut engine = SqliteEngine::new(Storage::Memory).expect("memory");
    let input = Input::Bytes { name: "t.csv".into(), bytes: ROWS.as_bytes().to_vec() };
    load(&spec, &[input], &Limits::default(), &mut engine).expect("loads");
    (spec, engine)
}

fn ask(unit: bool, every: Option<Every>, fields: &[(&[&str], UnitTake)]) -> Vec<(String, String, Vec<UnitAnswer>)> {
    let (spec, engine) = table();
    let field = |(texts, take): &(&[&str], UnitTake)| UnitField {
        parts: texts.iter().map(|text| check_row(&spec, text).expect("an expression")).collect(),
        take: *take,
    };
    let window = UnitWindow { column: "day".into(), from: Some("2017".into()), until: Some("2018".into()) };
    let query = UnitQuery {
        unit: unit.then(|| "who".to_owned()),
        window: Some(window),
        every,
        key: None,
        fields: fields.iter().map(field).collect(),
    };
    let mut rows = Vec::new();
    units(&engine, &query, &mut |row| {
        rows.push((row.unit, row.period, row.fields));
        Ok(())
    })
    .expect("runs");
    rows
}

fn text(value: &str) -> UnitAnswer {
    UnitAnswer::Parts(vec![value.to_owned()])
}

#[test]
fn one_row_per_unit_with_every_way_of_taking() {
    use UnitTake::{Count, CountDistinct, First, Greatest, Last, Least, Sum};
    let fields: &[(&[&str], UnitTake)] = &[
        (&["kind"], First),
        (&["kind"], Last),
        (&["amount"], Sum),
        (&["amount"], Last),
        (&["closed"], Count),
        (&["substr(day, 1, 10)"], CountDistinct),
        (&["amount"], Least),
        (&["paid"], Greatest),
        (&["day", "closed"], First),
    ];
    let rows = ask(true, None, fields);
    assert_eq!(rows.len(), 2);
    let (who, period, a) = &rows[0];
    assert_eq!((who.as_str(), period.as_str()), ("a", "all"));
    let [first, last, sum, latest, closed, days, least, paid, pair] = a.as_slice() else { panic!("{a:?}") };
    assert_eq!((first, last), (&text("z"), &text("w")), "a date without time comes before one with time");
    assert_eq!((sum, latest), (&UnitAnswer::Integer(875), &UnitAnswer::Integer(1_000)));
    assert_eq!((closed, days), (&UnitAnswer::Integer(2), &UnitAnswer::Integer(2)));
    assert_eq!((least, paid), (&UnitAnswer::Integer(-325), &UnitAnswer::Integer(1)));
    assert_eq!(pair, &UnitAnswer::Parts(vec!["2017-01-31".into(), "2017-03-01".into()]), "from one row");
}

#[test]
fn of_several_answers_on_one_day_the_least_is_the_first_and_the_greatest_the_last() {
    let spec: TableSpec = toml::from_str(
        r#"columns = [{ name = "who", kind = "text" }, { name = "day", kind = { date = {} } },
            { name = "x", kind = "integer" }, { name = "y", kind = "integer" }]"#,
    )
    .expect("a table");
    let rows = "who,day,x,y\na,2017-01-01,10,9\na,2017-01-01,9,10\na,2017-01-01,-1,0\na,2017-01-01,-3,100\n\
        b,2017-01-01,3999999999999999999,0\nc,2017-01-01,-3999999999999999999,0\n";
    let mut engine = SqliteEngine::new(Storage::Memory).expect("memory");
    let input = Input::Bytes { name: "t.csv".into(), bytes: rows.as_bytes().to_vec() };
    load(&spec, &[input], &Limits::default(), &mut engine).expect("loads");
    let field = |names: &[&str], take| UnitField {
        parts: names.iter().map(|name| check_row(&spec, name).expect("a column")).collect(),
        take,
    };
    for window in [None, Some(UnitWindow { column: "day".into(), from: None, until: None })] {
        let fields = vec![
            field(&["x"], UnitTake::First),
            field(&["x"], UnitTake::Last),
            field(&["x", "y"], UnitTake::Last),
            field(&["y", "x"], UnitTake::First),
        ];
        let query = UnitQuery { unit: Some("who".into()), window, every: None, key: None, fields };
        let mut answers = Vec::new();
        units(&engine, &query, &mut |row| {
            answers.push(row.fields);
            Ok(())
        })
        .expect("runs");
        let pair = |a: &str, b: &str| UnitAnswer::Parts(vec![a.to_owned(), b.to_owned()]);
        let [first, last] = [-3, 10].map(UnitAnswer::Integer);
        assert_eq!(answers[0], [first, last, pair("10", "9"), pair("0", "-1")]);
        let largest = 3_999_999_999_999_999_999;
        assert_eq!(answers[1][0], UnitAnswer::Integer(largest));
        assert_eq!(answers[2][1], UnitAnswer::Integer(-largest));
    }
}

#[test]
fn one_row_per_unit_and_period_or_per_row() {
    let rows = ask(true, Some(Every::Month), &[(&["amount"], UnitTake::Sum)]);
    let keys: Vec<_> = rows.iter().map(|(unit, period, _)| format!("{unit} {period}")).collect();
    assert_eq!(keys, ["a 2017-01", "a 2017-02", "b 2017-01"]);
    let rows =
        ask(false, None, &[(&["amount"], UnitTake::Sum), (&["closed"], UnitTake::Count), (&["paid"], UnitTake::Last)]);
    assert_eq!(rows.len(), 4, "the window holds for rows too");
    assert_eq!(rows[1].2, [UnitAnswer::Integer(200), UnitAnswer::Integer(0), UnitAnswer::Integer(0)]);
}

#[test]
fn one_row_per_unit_and_key() {
    let (spec, engine) = table();
    let key = check_row(&spec, "substr(kind, 1, 1)").expect("an expression");
    let field = UnitField { parts: vec![check_row(&spec, "amount").expect("a column")], take: UnitTake::Sum };
    let query = UnitQuery { unit: Some("who".into()), window: None, every: None, key: Some(key), fields: vec![field] };
    let mut keys = Vec::new();
    units(&engine, &query, &mut |row| {
        keys.push(format!("{} {:?}", row.unit, row.key));
        Ok(())
    })
    .expect("runs");
    assert_eq!(keys, [r#"a Some("l")"#, r#"a Some("w")"#, r#"a Some("y")"#, r#"a Some("z")"#, r#"b Some("x")"#]);
}

#[test]
fn a_row_that_is_nobodys_stops_the_query() {
    let spec: TableSpec = toml::from_str(
        r#"columns = [{ name = "who", kind = "text", empty = "null" }, { name = "x", kind = "integer" }]"#,
    )
    .expect("a table");
    let mut engine = SqliteEngine::new(Storage::Memory).expect("memory");
    let input = Input::Bytes { name: "t.csv".into(), bytes: b"who,x\na,1\n,2\n".to_vec() };
    load(&spec, &[input], &Limits::default(), &mut engine).expect("loads");
    let query = UnitQuery { unit: Some("who".into()), window: None, every: None, key: None, fields: vec![] };
    let error = units(&engine, &query, &mut |_| Ok(())).expect_err("refused");
    assert!(error.to_string().contains("does not say whose it is"), "{error}");
}

#[test]
fn days_and_months_are_numbered() {
    assert_eq!(day_number("1970-01-01"), Some(0));
    assert_eq!(day_number("2000-02-29 12:00:00"), Some(11_016));
    assert_eq!(day_number("1999-12-31"), Some(10_956));
    assert_eq!(day_number("1900-01-01"), Some(-25_567));
    assert_eq!(day_number("2011-12-10"), Some(15_318));
    assert_eq!(day_number("2011-13-10"), None);
    assert_eq!((month_number("1970-01"), month_number("2011-12-10")), (Some(0), Some(503)));
    let two = Some(vec!["2011-11".to_owned(), "2011-12".to_owned()]);
    assert_eq!(period_labels(Every::Month, "2011-11", "2012", true).ok(), two);
    assert!(period_labels(Every::Month, "2011-11-05", "2012", true).is_err());
    assert_eq!(period_labels(Every::Month, "2011-11-05", "2011-12-10", false).ok(), two);
}
