//! From rows to figures: ranges, overflow, attributes, windows, members that are one, and secrecy.

use crate::support::{DATE, bytes, column, decimal, first_problem, nullable, table, try_load};
use guildhall_data::{
    Attribute, CustomerBounds, Error, Every, Extracted, Extraction, Kind, KpiQuery, Limits, Outside, PeriodSpec,
    Problem, SqliteEngine, Storage, TableSpec, Take, check_extraction, extract, extract_bounded, load,
};
use guildhall_kpi::{Direction, Edges, Figure, Kpi, Schema, Step};

fn spec() -> TableSpec {
    table(vec![
        column("shop", Kind::Text),
        column("day", DATE),
        column("amount", decimal(2)),
        nullable("town", Kind::Text),
        nullable("items", Kind::Integer),
    ])
}

fn extraction(sql: &str) -> Extraction {
    Extraction {
        member: "shop".into(),
        name: None,
        attributes: vec![],
        period: Some(PeriodSpec {
            column: "day".into(),
            every: Every::Month,
            from: Some("2017-01".into()),
            to: Some("2017-03".into()),
        }),
        kpis: vec![KpiQuery {
            id: "k".into(),
            sql: sql.into(),
            low: -1_000_000,
            high: 1_000_000,
            outside: Outside::Refuse,
        }],
    }
}

const ROWS: &str = "\
b,2017-01-31,10.00,Ulm,1
a,2017-03-01 23:59:59,5.25,Ulm,
a,2017-01-01,2.50,Bonn,3
a,2017-01-09,0.25,Bonn,
b,2017-04-01,999.00,Ulm,4
c,2016-12-31,999.00,Ulm,5
";

fn run(rows: &str, extraction: &Extraction) -> Result<Extracted, Error> {
    let content = format!("shop,day,amount,town,items\n{rows}");
    let (engine, _) = try_load(&spec(), &[bytes("till.csv", content)]).expect("loads");
    extract(&engine, &spec(), extraction)
}

fn problem(outcome: Result<Extracted, Error>) -> Problem {
    let error = outcome.map(|_| ()).expect_err("must fail");
    error.problems().expect("typed").first[0].clone()
}

fn figures(extracted: &Extracted) -> Vec<(&str, Vec<Option<i64>>)> {
    extracted.members.iter().map(|m| (m.id.as_str(), m.expose_figures().to_vec())).collect()
}

#[test]
fn figures_are_kpi_major_and_absent_where_there_are_no_rows() {
    let mut wanted = extraction("sum(amount)");
    wanted.kpis.push(KpiQuery { id: "items".into(), sql: "sum(items)".into(), ..wanted.kpis[0].clone() });
    let extracted = run(ROWS, &wanted).expect("extracts");
    assert_eq!(extracted.periods, ["2017-01", "2017-02", "2017-03"]);
    let want = vec![
        ("a", vec![Some(275), None, Some(525), Some(3), None, None]),
        ("b", vec![Some(1_000), None, None, Some(1), None, None]),
    ];
    assert_eq!((figures(&extracted), extracted.rows_outside, extracted.notes.len()), (want, 2, 1));
}

#[test]
fn windows_follow_the_rows_where_the_study_names_none() {
    let mut wanted = extraction("count(*)");
    wanted.period = Some(PeriodSpec { column: "day".into(), every: Every::Quarter, from: None, to: None });
    let extracted = run(ROWS, &wanted).expect("extracts");
    assert_eq!(extracted.periods, ["2016-Q4", "2017-Q1", "2017-Q2"]);
    assert_eq!(figures(&extracted)[1], ("b", vec![None, Some(1), Some(1)]));
    wanted.period = None;
    let extracted = run(ROWS, &wanted).expect("extracts");
    assert_eq!((figures(&extracted)[0].1.as_slice(), extracted.periods.len()), ([Some(3)].as_slice(), 1));
    let mut late = extraction("count(*)");
    late.period = Some(PeriodSpec {
        column: "day".into(),
        every: Every::Year,
        from: Some("2019".into()),
        to: Some("2019".into()),
    });
    assert_eq!(problem(run(ROWS, &late)).code, "D067");
}

#[test]
fn ranges_are_refused_or_clipped_and_never_quoted() {
    let mut wanted = extraction("sum(amount)");
    (wanted.kpis[0].low, wanted.kpis[0].high) = (-5, 900);
    let wrong = problem(run(ROWS, &wanted));
    assert_eq!(wrong.code, "D062");
    assert!(
        wrong.message.contains("\"b\"") && wrong.message.contains("2017-01") && !wrong.message.contains("1000"),
        "{wrong}"
    );
    wanted.kpis[0].outside = Outside::Clip;
    let extracted = run(ROWS, &wanted).expect("clips");
    assert_eq!((extracted.members[1].clipped, extracted.members[1].expose_figures()[0]), (1, Some(900)));
    assert_eq!(extracted.members[0].clipped, 0);
}

#[test]
fn overflow_is_an_error_in_sums_and_products() {
    let big = "a,2017-01-01,92233720368547758.07,x,9\na,2017-01-02,92233720368547758.07,x,9\n";
    let wrong = problem(run(big, &extraction("sum(amount)")));
    assert!(wrong.code == "D061" && wrong.message.contains("\"k\""), "{wrong}");
    assert_eq!(problem(run(big, &extraction("sum(amount * items)"))).code, "D060");
    assert_eq!(problem(run(big, &extraction("max(amount) * 9"))).code, "D060");
}

#[test]
fn attributes_are_first_or_only() {
    let with = |take| {
        let attribute = Attribute { attribute: "town".into(), column: "town".into(), take };
        Extraction { attributes: vec![attribute], ..extraction("sum(amount)") }
    };
    let extracted = run(ROWS, &with(Take::First)).expect("first");
    let towns: Vec<&str> = extracted.members.iter().map(|m| m.attributes[0].1.as_str()).collect();
    assert_eq!(towns, ["Bonn", "Ulm"]);
    let wrong = problem(run(ROWS, &with(Take::Only)));
    assert_eq!((wrong.code, wrong.column.as_deref()), ("D063", Some("town")));
    assert!(["\"a\"", "\"Ulm\"", "\"Bonn\""].iter().all(|part| wrong.message.contains(part)), "{wrong}");
    let tie = "a,2017-01-01,1.00,Bonn,1\na,2017-01-01,1.00,Ulm,1\n";
    assert_eq!(problem(run(tie, &with(Take::First))).code, "D064");
    let none = run("a,2017-01-01,1.00,,1\n", &with(Take::Only)).expect("no value is no error");
    assert!(none.members[0].attributes.is_empty() && none.notes[0].contains("no value"), "{:?}", none.notes);
    let mut named = extraction("sum(amount)");
    named.name = Some("town".into());
    assert_eq!(run(ROWS, &named).expect("named").members[0].name, "Ulm", "the latest name counts");
}

#[test]
fn members_that_differ_only_in_spaces_are_refused() {
    let wrong = problem(run("Bar 1,2017-01-01,1.00,,\nBar  1,2017-01-01,1.00,,\n", &extraction("count(*)")));
    assert_eq!((wrong.code, wrong.column.as_deref()), ("D065", Some("shop")));
    assert_eq!(
        problem(run("Bar,2017-01-01,1.00,,\n\"Bar \",2017-01-01,1.00,,\n", &extraction("count(*)"))).code,
        "D065"
    );
    let noted = run("Bar,2017-01-01,1.00,,\nbar,2017-01-01,1.00,,\n", &extraction("count(*)")).expect("may be two");
    assert!(noted.notes[0].contains("case"), "{:?}", noted.notes);
}

#[test]
fn studies_are_checked_without_data() {
    type Change = fn(&mut Extraction);
    let cases: [(&str, Change); 10] = [
        ("D050", |e| e.member = "shp".into()),
        ("D050", |e| e.member = "town".into()),
        ("D050", |e| e.member = "amount".into()),
        ("D050", |e| e.period.as_mut().expect("set").column = "town".into()),
        ("D066", |e| e.period.as_mut().expect("set").to = Some("2016-12".into())),
        ("D066", |e| e.period.as_mut().expect("set").to = Some("soon".into())),
        ("D050", |e| e.kpis.clear()),
        ("D050", |e| e.kpis.push(e.kpis[0].clone())),
        ("D050", |e| e.kpis[0].low = 2_000_000),
        ("D052", |e| e.kpis[0].sql = "sum(amont)".into()),
    ];
    for (index, (code, change)) in cases.into_iter().enumerate() {
        let mut wanted = extraction("sum(amount)");
        change(&mut wanted);
        let error = check_extraction(&spec(), &wanted).expect_err(code);
        assert!(matches!(&error, Error::Study(p) if p.first[0].code == code), "{index}: {error}");
    }
    assert!(check_extraction(&spec(), &extraction("sum(amount)")).is_ok());
}

#[test]
fn figures_stay_out_of_logs_and_fit_a_schema() {
    let extracted = run(ROWS, &extraction("sum(amount)")).expect("extracts");
    let shown = format!("{extracted:?}");
    assert!(shown.contains("redacted") && !shown.contains("275") && !shown.contains("1000"), "{shown}");
    let kpi = Kpi {
        id: "k".into(),
        label: "Sales".into(),
        unit: "EUR".into(),
        direction: Direction::Higher,
        resolution: "0.01".parse::<Step>().expect("a step"),
        low: 0,
        high: 1_000,
        edges: Edges::single(0, 1_000),
    };
    let figure = |period: &String| Figure { kpi: 0, period: period.clone(), histogram: None, sum: None, squares: None };
    let schema = Schema { kpis: vec![kpi], figures: extracted.periods.iter().map(figure).collect() };
    let vectors: Vec<_> = extracted.members.into_iter().map(|m| m.into_vector(&schema).expect("fits")).collect();
    assert_eq!(vectors[0].expose_figures(), [Some(275), None, Some(525)]);
}

#[test]
fn storage_changes_nothing() {
    let content = format!("shop,day,amount,town,items\n{ROWS}");
    let mut engine = SqliteEngine::new(Storage::Temporary).expect("a temporary file");
    load(&spec(), &[bytes("till.csv", content)], &Limits::default(), &mut engine).expect("loads");
    let stored = extract(&engine, &spec(), &extraction("sum(amount)")).expect("extracts");
    assert_eq!(figures(&stored), figures(&run(ROWS, &extraction("sum(amount)")).expect("extracts")));
}

#[test]
fn one_member_alone_gets_the_same_figures() {
    let all = run(ROWS, &extraction("sum(amount)")).expect("extracts");
    let own: String = ROWS.lines().filter(|line| line.starts_with("a,")).map(|line| format!("{line}\n")).collect();
    let mine = run(&own, &extraction("sum(amount)")).expect("extracts");
    assert_eq!(figures(&mine)[0], figures(&all)[0]);
    assert_eq!(mine.members.len(), 1);
    let problem = first_problem(try_load(&spec(), &[bytes("mine.csv", "shop,day\na,2017-01-01\n")]));
    assert_eq!((problem.code, problem.file.as_str()), ("D020", "mine.csv"));
}

fn owned(extracted: &Extracted) -> Vec<(String, Vec<Option<i64>>)> {
    figures(extracted).into_iter().map(|(id, figures)| (id.to_owned(), figures)).collect()
}

fn bounds(column: &str, bound: u64, most_periods: Option<u32>) -> CustomerBounds {
    CustomerBounds { column: column.into(), bounds: vec![bound], most_periods }
}

fn bounded(rows: &str, sql: &str, customers: &CustomerBounds) -> Result<Extracted, Error> {
    let content = format!("shop,day,amount,town,items\n{rows}");
    let (engine, _) = try_load(&spec(), &[bytes("till.csv", content)]).expect("loads");
    extract_bounded(&engine, &spec(), &extraction(sql), customers)
}

/// Customers stand in the column `town` here: each one's part is limited, both ways, before the parts are summed.
#[test]
fn every_customer_adds_at_most_its_bound() {
    let rows = "a,2017-01-01,9.00,Ann,\na,2017-01-02,9.00,Ann,\na,2017-01-03,1.00,Ben,\na,2017-02-01,-9.00,Ann,\n";
    let of = |bound| owned(&bounded(rows, "sum(amount)", &bounds("town", bound, None)).expect("extracts"));
    assert_eq!(of(500), [("a".to_owned(), vec![Some(600), Some(-500), None])]);
    assert_eq!(of(100_000), owned(&run(rows, &extraction("sum(amount)")).expect("extracts")));
    let once = bounded(rows, "count(*)", &bounds("town", 1, None)).expect("extracts");
    assert_eq!(owned(&once), [("a".to_owned(), vec![Some(2), Some(1), None])]);
}

#[test]
fn a_customer_counts_in_its_first_periods_only() {
    let rows = "a,2017-01-01,1.00,Ann,\na,2017-02-01,1.00,Ann,\na,2017-03-01,1.00,Ann,\na,2017-03-01,1.00,Ben,\nb,2017-03-01,1.00,Ann,\n";
    let of = |most| owned(&bounded(rows, "sum(amount)", &bounds("town", 500, Some(most))).expect("extracts"));
    assert_eq!(
        of(1),
        [("a".to_owned(), vec![Some(100), None, Some(100)]), ("b".to_owned(), vec![None, None, Some(100)])]
    );
    assert_eq!(of(2)[0].1, [Some(100), Some(100), Some(100)]);
    assert_eq!(of(3)[0].1, [Some(100), Some(100), Some(200)]);
}

#[test]
fn rows_without_a_customer_and_unfit_bounds_are_refused() {
    let nameless = problem(bounded("a,2017-01-01,1.00,,\na,2016-01-01,1.00,,\n", "count(*)", &bounds("town", 1, None)));
    assert_eq!((nameless.code, nameless.column.as_deref()), ("D030", Some("town")));
    assert!(nameless.message.starts_with("1 rows name no customer"), "outside the window does not matter: {nameless}");
    assert!(nameless.remedy.contains("town is null"), "{nameless}");
    for customers in [
        bounds("nobody", 1, None),
        bounds("amount", 1, None),
        bounds("town", 0, None),
        bounds("town", 1, Some(0)),
        CustomerBounds { bounds: vec![], ..bounds("town", 1, None) },
    ] {
        assert!(
            matches!(bounded("a,2017-01-01,1.00,Ann,\n", "count(*)", &customers), Err(Error::Study(_))),
            "{customers:?}"
        );
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(40))]
    /// Must hold: deleting all rows of one customer changes every figure of its member by at most the bound, and at most
    /// so many of them; no other member's figure changes; the order of rows changes nothing.
    #[test]
    fn deleting_a_customer_changes_no_more_than_declared(
        rows in proptest::collection::vec((0u8..2, 1u8..4, -200_000i64..200_000, 0u8..4), 1..40),
        bound in 1u64..50_000,
        most in proptest::option::of(1u32..3),
        gone in 0u8..4,
        turn in 0usize..40,
    ) {
        let text = |rows: &[(u8, u8, i64, u8)]| -> String {
            let line = |(shop, month, cents, customer): &(u8, u8, i64, u8)| {
                let sign = if *cents < 0 { "-" } else { "" };
                format!("s{shop},2017-0{month}-05,{sign}{}.{:02},c{customer},\n", cents.abs() / 100, cents.abs() % 100)
            };
            // A row of a customer that stays keeps every member and period present.
            let keep = (0..2).flat_map(|shop| (1..4).map(move |month| format!("s{shop},2017-0{month}-05,0.00,keeper{month},\n")));
            keep.chain(rows.iter().map(line)).collect()
        };
        let customers = bounds("town", bound, most);
        let of = |rows: &[(u8, u8, i64, u8)]| owned(&bounded(&text(rows), "sum(amount)", &customers).expect("extracts"));
        let all = of(&rows);
        let mut turned = rows.clone();
        turned.rotate_left(turn % rows.len());
        proptest::prop_assert_eq!(&of(&turned), &all);
        // One customer of one member: shop 0.
        let rest: Vec<_> = rows.iter().copied().filter(|(shop, _, _, customer)| (*shop, *customer) != (0, gone)).collect();
        let without = of(&rest);
        proptest::prop_assert_eq!(&without[1], &all[1]);
        let change = |(a, b): (&Option<i64>, &Option<i64>)| a.unwrap_or(0).abs_diff(b.unwrap_or(0));
        let changes: Vec<u64> = all[0].1.iter().zip(&without[0].1).map(change).collect();
        proptest::prop_assert!(changes.iter().all(|change| *change <= bound), "{:?} beyond {}", changes, bound);
        let touched = changes.iter().filter(|change| **change > 0).count();
        proptest::prop_assert!(most.is_none_or(|most| touched <= usize::try_from(most).expect("small")));
    }
}
