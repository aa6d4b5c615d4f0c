//! CD buyers: repeat rates and cohorts from the master file, models from the summary.

use crate::support::*;
use guildhall_data::{DateForm, Input, SqliteEngine, TableSpec};
use guildhall_trust::{Clear, Cohorts, Spec, Split, measure};

/// The master file with single commas, as the example says: `sed 's/^ *//; s/  */,/g'`.
pub(crate) fn master() -> Option<(TableSpec, SqliteEngine)> {
    let text = std::fs::read_to_string(shared("cdnow/CDNOW_master.txt")?).expect("readable");
    let line = |line: &str| line.split_ascii_whitespace().collect::<Vec<_>>().join(",");
    let csv: Vec<String> = text.lines().map(line).collect();
    let mut table = table(
        r#"columns = [
            { name = "customer_id", kind = "text" }, { name = "date", kind = { date = { form = "compact" } } },
            { name = "number_of_cds", kind = "integer" },
            { name = "dollar_value", kind = { decimal = { decimals = 2 } } } ]"#,
    );
    assert!(matches!(table.columns[1].kind, guildhall_data::Kind::Date { form: DateForm::Compact }));
    table.skip.clear();
    let engine = engine(&table, bytes("cdnow.csv", &(csv.join("\n") + "\n")));
    Some((table, engine))
}

#[test]
fn buyers_come_back_as_the_known_answers_say() {
    let Some((table, engine)) = master() else { return };
    let rows = with(metric("repeat-purchase-rate", &[("order", "date")]), "count", "rows");
    let spend = quantiles(with(metric("lifetime-value", &[("value", "dollar_value")]), "clip", "500"), &[25, 50, 90]);
    let spec = Spec {
        window: window("date", "1997-01", "1998-07"),
        cohorts: Some(Cohorts { ages: (1..=17).collect() }),
        metrics: vec![
            metric("repeat-purchase-rate", &[("order", "date")]),
            id(rows, "rows"),
            split(metric("retention-rate", &[("active", "date")]), Split::Cohorts),
            spend,
        ],
        ..customer(spec(table), "customer_id")
    };
    let clear = measure(&engine, &spec).expect("measures");
    let all = |id: &str| value(&clear, id, "all customers", "1997-01 to before 1998-07");
    assert_eq!(all("repeat-purchase-rate").0, 23_570);
    close(all("repeat-purchase-rate").1 / 100.0, 0.488_587_19, 1e-8);
    close(all("rows").1 / 100.0, 0.494_781_5, 1e-7);
    close(all("lifetime-value-mean").1, 106.080_426, 1e-6);
    close(all("lifetime-value-p25").1, 19.97, 1e-9);
    close(all("lifetime-value-p50").1, 43.395, 1e-9);
    close(all("lifetime-value-p90").1, 242.332, 1e-9);
    retention(&clear);
}

fn retention(clear: &Clear) {
    for (month, size) in [("1997-01", 7_846), ("1997-02", 8_476), ("1997-03", 7_248)] {
        assert_eq!(value(clear, "retention-rate", &format!("first in {month}"), "1 month later").0, size);
    }
    let rate = |month: &str, age: u32| {
        let period = if age == 1 { "1 month later".to_owned() } else { format!("{age} months later") };
        value(clear, "retention-rate", &format!("first in {month}"), &period).1 / 100.0
    };
    let known = [
        ("1997-01", 1, 0.147_464),
        ("1997-01", 17, 0.063_472),
        ("1997-02", 1, 0.154_79),
        ("1997-02", 16, 0.065_007),
        ("1997-03", 1, 0.142_384),
        ("1997-03", 12, 0.093_543),
        ("1997-03", 15, 0.063_052),
    ];
    for (month, age, want) in known {
        close(rate(month, age), want, 1e-6);
    }
    assert!(rate("1997-03", 16).is_nan(), "not observed");
}

#[test]
fn the_published_models_are_reproduced() {
    let Some(path) = shared("cdnow/cdnow_customers_summary_with_transactions.csv") else { return };
    let table = table(
        r#"columns = [
            { name = "ID", kind = "text" }, { name = "x", kind = "integer" },
            { name = "t_x", kind = { decimal = { decimals = 2 } } }, { name = "T", kind = { decimal = { decimals = 2 } } },
            { name = "zbar", kind = { decimal = { decimals = 2 } } } ]"#,
    );
    let engine = engine(&table, Input::Path(path));
    let summary = [("frequency", "x"), ("recency", "t_x"), ("age", "T")];
    let number = with(with(metric("repeat-purchase-rate", &[("order", "x")]), "count", "number"), "times", "1");
    let mut spend = metric("gamma-gamma", &summary);
    spend.columns.insert("spend".into(), "zbar".into());
    let spec = Spec { metrics: vec![number, metric("bg-nbd", &summary), spend], ..customer(spec(table), "ID") };
    let clear = measure(&engine, &spec).expect("measures");
    let (n, repeat) = value(&clear, "repeat-purchase-rate", "all customers", "all rows");
    assert_eq!(n, 2_357);
    close(repeat, 100.0 * 946.0 / 2_357.0, 1e-9);
    let found = |model: usize, name: &str| {
        let values = &clear.models[model].values;
        values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value).expect("a value")
    };
    close(found(0, "r"), 0.242_593, 2e-5);
    close(found(0, "alpha"), 4.413_532, 5e-4);
    close(found(0, "a"), 0.792_886, 5e-4);
    close(found(0, "b"), 2.425_752, 2e-3);
    close(found(0, "log-likelihood"), -9_582.425_6, 1e-3);
    close(found(0, "expected purchases of all customers"), 1_653.423_283, 0.1);
    close(found(1, "p"), 6.248_802, 5e-3);
    close(found(1, "q"), 3.744_588, 5e-3);
    close(found(1, "v"), 15.447_748, 3e-2);
    close(found(1, "lifetime value of customers with repeat purchases"), 57_952.413_5, 10.0);
}
