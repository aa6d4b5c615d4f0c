//! The bars and restaurants of Austin: figures equal the known answers to the cent.
use crate::support::{DATE, column, decimal, json, nullable, shared, steps, table, try_load};
use guildhall_data::{
    Attribute, Every, Extracted, Extraction, Input, Kind, KpiQuery, Outside, PeriodSpec, TableSpec, Take, extract,
};
use std::collections::BTreeMap;

const FILE: &str = "tx_mixbev/tx_mixbev_austin_2016-10_2017-09.csv";

fn spec() -> TableSpec {
    table(vec![
        column("permit", Kind::Text),
        column("period", DATE),
        nullable("name", Kind::Text),
        column("zip", Kind::Text),
        column("receipts", decimal(2)),
    ])
}

fn extraction(every: Every, take: Take) -> Extraction {
    let kpi = |id: &str, sql: &str| KpiQuery {
        id: id.into(),
        sql: sql.into(),
        low: 0,
        high: 1 << 40,
        outside: Outside::Refuse,
    };
    Extraction {
        member: "permit".into(),
        name: Some("name".into()),
        attributes: vec![Attribute { attribute: "zip".into(), column: "zip".into(), take }],
        period: Some(PeriodSpec {
            column: "period".into(),
            every,
            from: Some("2016-10".into()),
            to: Some("2017-09".into()),
        }),
        kpis: vec![kpi("receipts", "sum(receipts)"), kpi("returns", "count(*)")],
    }
}

fn run(every: Every) -> Option<(Extracted, serde_json::Value)> {
    let (file, answers) = (shared(FILE)?, shared("known_answers/known_answers.json")?);
    let (engine, import) = try_load(&spec(), &[Input::from(file)]).expect("loads");
    assert_eq!((import.rows_read, import.rows_kept), (11_927, 11_927));
    assert_eq!(import.ignored_columns, ["tax_cents"]);
    assert_eq!((import.files[0].delimiter, import.files[0].sniffed), (Some(','), true));
    let extracted = extract(&engine, &spec(), &extraction(every, Take::First)).expect("extracts");
    Some((extracted, json(answers)["tx_mixbev"].take()))
}

#[test]
fn monthly_members_and_totals() {
    let Some((extracted, answers)) = run(Every::Month) else { return };
    assert_eq!((extracted.members.len(), extracted.periods.len(), extracted.rows_outside), (1_121, 12, 0));
    assert!(extracted.members.windows(2).all(|pair| pair[0].id < pair[1].id));
    for (index, month) in extracted.periods.iter().enumerate() {
        let known = &answers["monthly_median_and_sum"][month];
        let present = extracted.members.iter().filter_map(|m| m.expose_figures()[index]);
        let (count, sum) = present.fold((0, 0), |(n, s), figure| (n + 1, s + figure));
        assert_eq!((Some(count), sum), (known["members"].as_i64(), steps(&known["sum"], 2)), "{month}");
    }
    let may = extracted.periods.iter().position(|p| p == "2017-05").expect("in the window");
    let sum: i64 = extracted.members.iter().filter_map(|m| m.expose_figures()[may]).sum();
    assert_eq!(sum, 6_332_470_707);
    let returns: i64 = extracted.members.iter().flat_map(|m| &m.expose_figures()[12..]).flatten().sum();
    assert_eq!(returns, 11_927);
}

#[test]
fn zip_cells_count_members_in_their_first_zip() {
    let Some((extracted, answers)) = run(Every::Whole) else { return };
    let mut cells: BTreeMap<&str, (u64, i64)> = BTreeMap::new();
    for member in &extracted.members {
        let cell = cells.entry(&member.attributes[0].1).or_default();
        *cell = (cell.0 + 1, cell.1 + member.expose_figures()[0].expect("has a row"));
    }
    let known = answers["zip_cells"].as_object().map(|o| o.iter().collect::<Vec<_>>()).expect("cells");
    assert_eq!((known.len(), cells.len()), (46, 46));
    for (zip, answer) in known {
        let want = (answer["members"].as_u64().expect("n"), steps(&answer["sum"], 2));
        assert_eq!(cells.get(zip.as_str()), Some(&want), "{zip}");
    }
    assert_eq!(extracted.periods, ["2016-10 to 2017-09"]);
}

#[test]
fn ten_permits_change_their_zip() {
    let Some(file) = shared(FILE) else { return };
    let (engine, _) = try_load(&spec(), &[Input::from(file)]).expect("loads");
    let outcome = extract(&engine, &spec(), &extraction(Every::Month, Take::Only));
    let error = outcome.map(|_| ()).expect_err("ZIPs change");
    let problems = error.problems().expect("typed");
    assert_eq!(problems.total, 10);
    let first = &problems.first[0];
    assert_eq!((first.code, first.column.as_deref()), ("D063", Some("zip")));
    assert!(first.message.contains("member \"") && first.message.contains("\"787"), "{first}");
}
