//! `guildhall disclosure check` and `protect` from outside: exit codes, files, what is never in them.

mod common;

use common::{Sandbox, json, shared_data};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/disclosure").join(name)
}

fn is_valid(schema: &str, instance: &Value) -> bool {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(schema);
    let schema = json(&fs::read_to_string(path).expect("the schema is shipped"));
    jsonschema::validator_for(&schema).expect("a schema").is_valid(instance)
}

/// A folder with the example's policy and table.
fn shops() -> Sandbox {
    let sandbox = Sandbox::new();
    for name in ["shops.toml", "shops.csv"] {
        sandbox.write(name, &fs::read_to_string(example(name)).expect("shipped"));
    }
    sandbox
}

const PROTECT: [&str; 8] =
    ["disclosure", "protect", "shops.toml", "--data", "shops.csv", "--log", "shops.log", "--out"];

fn protect(sandbox: &Sandbox, out: &str) -> common::Done {
    sandbox.guildhall(&[&PROTECT[..], &[out]].concat())
}

fn change(sandbox: &Sandbox, file: &str, from: &str, to: &str) {
    let text = fs::read_to_string(sandbox.path(file)).expect("readable");
    assert!(text.contains(from), "{from} is in {file}");
    sandbox.write(file, &text.replacen(from, to, 1));
}

fn cell<'t>(table: &'t Value, labels: [&str; 2]) -> &'t Value {
    let cells = table["cells"].as_array().expect("cells");
    cells.iter().find(|cell| cell["labels"] == serde_json::json!(labels)).expect("the cell")
}

#[test]
fn a_ledger_of_budgets_is_no_log_of_releases() {
    let sandbox = shops();
    let mut ledger = guildhall_ledger::SqliteRecords::open(sandbox.path("shops.log")).expect("a file");
    guildhall_ledger::Records::record_once(&mut ledger, "budget/entry/00000000000000000000", b"{}").expect("recorded");
    drop(ledger);
    let done = protect(&sandbox, "table");
    done.exits(7);
    assert!(done.stderr.contains("V0721") && done.stderr.contains("ledger of privacy budgets"), "{}", done.stderr);
    assert!(!sandbox.path("table").exists());
}

#[test]
fn the_example_is_protected_and_its_files_say_so() {
    let sandbox = shops();
    protect(&sandbox, "table").exits(0);
    let table = json(&fs::read_to_string(sandbox.path("table/table.json")).expect("written"));
    assert!(is_valid("disclosure-table-v1.schema.json", &table), "{table:#}");
    assert_eq!(cell(&table, ["Cedar", "florist"])["why"], "one firm is most of it");
    let few = table["cells"].as_array().expect("cells").iter().filter(|cell| cell["hidden"] == "too-few").count();
    assert!(few > 0, "{table:#}");
    assert!(cell(&table, ["both regions", "all trades"])["value"].is_string(), "the grand total is shown");
    let csv = fs::read_to_string(sandbox.path("table/table.csv")).expect("written");
    assert_eq!(csv.lines().count(), 1 + table["cells"].as_array().expect("cells").len());
    assert!(csv.starts_with("town,trade,sales,hidden\n"), "{csv}");
    assert!(csv.contains("hidden so that others cannot be worked out"), "{csv}");
}

/// The page shows each figure or says why not, and neither runs anything nor fetches anything.
#[test]
fn the_page_of_a_protected_table_says_why_figures_are_hidden() {
    let sandbox = shops();
    protect(&sandbox, "table").exits(0);
    let page = fs::read_to_string(sandbox.path("table/table.html")).expect("written");
    let table = json(&fs::read_to_string(sandbox.path("table/table.json")).expect("written"));
    for cell in table["cells"].as_array().expect("cells") {
        let text = cell["value"].as_str().or_else(|| cell["why"].as_str()).expect("one of both");
        assert!(page.contains(&format!(">{text}</td>")), "{cell} is not on the page");
    }
    assert!(page.contains("one firm is most of it: ") && !page.contains("<script"), "{page}");
}

/// Average sales per member of staff: of one café all staff is one owner's, so no ratio gives its sales away.
#[test]
fn ratios_are_shown_only_where_both_parts_are() {
    let sandbox = shops();
    let data = fs::read_to_string(sandbox.path("shops.csv")).expect("readable");
    let mut dominated = false;
    let staffed = |line: &str| {
        let staff = if line.starts_with("shop,") {
            "staff".to_owned()
        } else if line.contains(",Elm,cafe,") && !std::mem::replace(&mut dominated, true) {
            "900".to_owned()
        } else {
            "3".to_owned()
        };
        format!("{line},{staff}\n")
    };
    sandbox.write("shops.csv", &data.lines().map(staffed).collect::<String>());
    change(&sandbox, "shops.toml", "value = \"sales\"", "denominator = \"staff\"\nvalue = \"sales\"");
    change(&sandbox, "shops.toml", "sales = \"decimal(2)\"", "sales = \"decimal(2)\"\nstaff = \"integer\"");
    protect(&sandbox, "table").exits(0);
    let table = json(&fs::read_to_string(sandbox.path("table/table.json")).expect("written"));
    assert!(is_valid("disclosure-table-v1.schema.json", &table), "{table:#}");
    let elm = serde_json::json!(["Elm", "cafe"]);
    let of = |list: &Value| {
        list.as_array().expect("cells").iter().find(|cell| cell["labels"] == elm).expect("the cell").clone()
    };
    assert_eq!(of(&table["denominator"]["cells"])["hidden"], "dominated");
    assert!(of(&table["ratios"]).get("ratio").is_none(), "{table:#}");
    let mut shown = 0;
    for (n, ratio) in table["ratios"].as_array().expect("ratios").iter().enumerate() {
        let parts = [&table["cells"][n], &table["denominator"]["cells"][n]];
        assert!(parts.iter().all(|part| part["labels"] == ratio["labels"]));
        let both = parts.iter().all(|part| part["value"].is_string());
        assert_eq!(ratio["ratio"].is_string(), both, "{ratio}");
        if both {
            let [above, below] =
                parts.map(|part| part["value"].as_str().expect("text").parse::<f64>().expect("number"));
            let told: f64 = ratio["ratio"].as_str().expect("text").parse().expect("number");
            assert!((told - above / below).abs() < 6e-5, "{ratio}");
            shown += 1;
        }
    }
    assert!(shown > 5, "{table:#}");
    let csv = fs::read_to_string(sandbox.path("table/table.csv")).expect("written");
    assert!(csv.starts_with("town,trade,sales,staff,sales per staff,hidden\n"), "{csv}");
    let checked = sandbox.guildhall(&["disclosure", "check", "shops.toml", "--data", "shops.csv", "--json"]);
    checked.exits(0);
    assert!(is_valid("disclosure-check-v1.schema.json", &json(&checked.stdout)), "{}", checked.stdout);
}

/// A second data set's releases would not be compared with those in the log, so it takes none of them.
#[test]
fn a_log_is_bound_to_its_data_set() {
    let sandbox = shops();
    protect(&sandbox, "first").exits(0);
    change(&sandbox, "shops.toml", "data_set = \"town-shops\"", "data_set = \"other-shops\"");
    change(&sandbox, "shops.toml", "id = \"shops-2026\"", "id = \"others-2026\"");
    let done = protect(&sandbox, "second");
    done.exits(8);
    assert!(done.stderr.contains("R0822") && done.stderr.contains("town-shops"), "{}", done.stderr);
    assert!(!sandbox.path("second").exists());
}

/// One firm more, under another name of the variable and of the window: the same figures for all that.
#[test]
fn another_name_of_variable_or_window_does_not_escape_the_log() {
    for (from, to) in [
        ("window = \"2026\"", "window = \"fiscal year\""),
        ("window = \"2026\"", "window = \"2026-01-01..2027-01-01\""),
        ("window = \"2026\"", "window = \"2026\"\nvariable = \"turnover\""),
    ] {
        let sandbox = shops();
        protect(&sandbox, "first").exits(0);
        change(&sandbox, "shops.toml", "id = \"shops-2026\"", "id = \"shops-2026-b\"");
        change(&sandbox, "shops.toml", from, to);
        let data = fs::read_to_string(sandbox.path("shops.csv")).expect("readable");
        sandbox.write("shops.csv", &(data + "shop-999,Newcomer,Alder,cafe,20000.00\n"));
        let done = protect(&sandbox, "second");
        done.exits(6);
        assert!(done.stderr.contains("P0622"), "{to}: {}", done.stderr);
    }
}

/// Parameters, contributors and hidden figures are in no file and on no stream.
#[test]
fn nothing_secret_is_published() {
    let sandbox = shops();
    change(&sandbox, "shops.toml", "p = 15 ", "p = 15.625 ");
    let done = protect(&sandbox, "table");
    done.exits(0);
    let mut seen = done.stdout + &done.stderr;
    for file in ["table/table.csv", "table/table.json", "table/table.html"] {
        seen += &fs::read_to_string(sandbox.path(file)).expect("written");
    }
    for secret in ["15.625", "125/8", "1412345.67", "Owner", "Kneadful", "shop-0"] {
        assert!(!seen.contains(secret), "{secret} in {seen}");
    }
    let data = fs::read_to_string(sandbox.path("shops.csv")).expect("readable");
    let cents = |line: &str| line.rsplit(',').next().and_then(|n| n.replace('.', "").parse::<i64>().ok());
    let florists = data.lines().filter(|line| line.contains("Cedar,florist")).filter_map(cents).sum::<i64>();
    let hidden = format!("{}.{:02}", florists / 100, florists % 100);
    assert!(!seen.contains(&hidden), "the hidden total {hidden}");
}

#[test]
fn a_release_that_differs_by_one_firm_is_refused_and_nothing_is_written() {
    let sandbox = shops();
    protect(&sandbox, "first").exits(0);
    change(&sandbox, "shops.toml", "id = \"shops-2026\"", "id = \"shops-2026-b\"");
    let data = fs::read_to_string(sandbox.path("shops.csv")).expect("readable");
    sandbox.write("shops.csv", &(data + "shop-999,Newcomer,Alder,cafe,20000.00\n"));
    let done = protect(&sandbox, "second");
    done.exits(6);
    assert!(done.stderr.contains("P0622") && done.stderr.contains("too few firms"), "{}", done.stderr);
    assert!(!sandbox.path("second").exists());
    let checked =
        sandbox.guildhall(&["disclosure", "check", "shops.toml", "--data", "shops.csv", "--log", "shops.log"]);
    checked.exits(6);
    // The same figures are no other year's, whatever they are called; other figures are.
    change(&sandbox, "shops.toml", "window = \"2026\"", "window = \"2027\"");
    protect(&sandbox, "third").exits(6);
    let data = fs::read_to_string(sandbox.path("shops.csv")).expect("readable");
    sandbox.write("shops.csv", &data.replace('.', "7."));
    protect(&sandbox, "third").exits(0);
}

/// The same table again, after a crash between logging and writing, is the same release.
#[test]
fn the_same_release_may_be_written_again_and_another_may_not_take_its_id() {
    let sandbox = shops();
    protect(&sandbox, "first").exits(0);
    protect(&sandbox, "again").exits(0);
    let read = |file: &str| fs::read(sandbox.path(file)).expect("written");
    assert_eq!(read("first/table.json"), read("again/table.json"));
    protect(&sandbox, "again").exits(8);
    change(&sandbox, "shops.toml", "window = \"2026\"", "window = \"2027\"");
    let done = protect(&sandbox, "third");
    done.exits(8);
    assert!(done.stderr.contains("R0821"), "{}", done.stderr);
}

#[test]
fn two_publishers_of_one_log_cannot_both_have_their_way() {
    let sandbox = shops();
    let policy = fs::read_to_string(sandbox.path("shops.toml")).expect("readable");
    let data = fs::read_to_string(sandbox.path("shops.csv")).expect("readable");
    for n in 0..4 {
        sandbox.write(&format!("p{n}.toml"), &policy.replace("shops-2026", &format!("race-{n}")));
        sandbox.write(&format!("d{n}.csv"), &format!("{data}shop-99{n},Newcomer {n},Alder,cafe,20000.00\n"));
    }
    let codes: Vec<Option<i32>> = std::thread::scope(|scope| {
        let publish = |n: usize| {
            let sandbox = &sandbox;
            scope.spawn(move || {
                let (policy, data, out) = (format!("p{n}.toml"), format!("d{n}.csv"), format!("out{n}"));
                let args = ["disclosure", "protect", &policy, "--data", &data, "--log", "one.log", "--out", &out];
                sandbox.guildhall(&args).code
            })
        };
        let running: Vec<_> = (0..4).map(publish).collect();
        running.into_iter().map(|one| one.join().expect("ran")).collect()
    });
    assert_eq!(codes.iter().filter(|code| **code == Some(0)).count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == Some(6)).count(), 3, "{codes:?}");
}

#[test]
fn a_check_shows_what_and_why_and_logs_nothing() {
    let sandbox = shops();
    let done = sandbox.guildhall(&["disclosure", "check", "shops.toml", "--data", "shops.csv", "--json"]);
    done.exits(0);
    let found = json(&done.stdout);
    assert!(is_valid("disclosure-check-v1.schema.json", &found), "{found:#}");
    let hidden = found["hidden"].as_array().expect("a list");
    let florist = hidden.iter().find(|cell| cell["labels"] == serde_json::json!(["Cedar", "florist"]));
    let florist = florist.expect("hidden");
    assert_eq!((&florist["firms"], &florist["largest"][0]), (&7.into(), &"1412345.67".into()));
    assert_eq!(fs::read_dir(sandbox.path("")).expect("readable").count(), 2, "nothing was written");
    let text = sandbox.guildhall(&["disclosure", "check", "shops.toml", "--data", "shops.csv"]);
    assert!(text.stdout.contains("Cedar / florist: one firm is most of it"), "{}", text.stdout);
}

#[test]
fn shops_of_one_owner_are_one_firm() {
    let sandbox = shops();
    let count = |sandbox: &Sandbox| {
        let done = sandbox.guildhall(&["disclosure", "check", "shops.toml", "--data", "shops.csv", "--json"]);
        done.exits(0);
        json(&done.stdout)["counts"]["too-few"].as_u64().expect("a number")
    };
    let before = count(&sandbox);
    let data = fs::read_to_string(sandbox.path("shops.csv")).expect("readable");
    let owned = |line: &str| {
        let mut fields: Vec<&str> = line.split(',').collect();
        if fields[2] == "Elm" && fields[3] == "cafe" {
            fields[1] = "One Owner";
        }
        fields.join(",") + "\n"
    };
    sandbox.write("shops.csv", &data.lines().map(owned).collect::<String>());
    assert_eq!(count(&sandbox), before + 1, "the cafes of Elm are one firm now");
}

#[test]
fn mistakes_are_named_with_code_and_place() {
    let cases = [
        ("shops.toml", "frequency = 5 ", "frequency = 1 ", 3, "S0104"),
        ("shops.toml", "p = 15 ", "p = 0 ", 3, "S0501"),
        ("shops.toml", "p = 15 ", "p = \"many\" ", 3, "S0104"),
        ("shops.toml", "value = \"sales\"", "value = \"town\"", 3, "S0207"),
        ("shops.toml", "holding = \"owner\"", "holding = \"boss\"", 3, "S0204"),
        ("shops.toml", "window = \"2026\"", "", 3, "S0103"),
        ("shops.toml", "Elm = \"South\"", "Elm = \"Nowhere\"", 3, "S0502"),
        ("shops.toml", ", Elm = \"South\"", "", 3, "S0502"),
        ("shops.toml", "\n[rules]", "\n[rules]\nsurprise = 1", 3, "S0102"),
        ("shops.csv", ",cafe,", ",cafe,-", 3, "S0502"),
        ("shops.csv", ".", ",", 3, "D0"),
    ];
    for (file, from, to, code, said) in cases {
        let sandbox = shops();
        change(&sandbox, file, from, to);
        let done = protect(&sandbox, "table");
        done.exits(code);
        assert!(done.stderr.contains(said), "{from} -> {to}: {}", done.stderr);
        assert!(!sandbox.path("table").exists());
    }
}

#[test]
fn a_cell_known_from_before_cannot_be_hidden_any_more() {
    let sandbox = shops();
    change(&sandbox, "shops.toml", "frequency = 5 ", "frequency = 3 ");
    protect(&sandbox, "first").exits(0);
    change(&sandbox, "shops.toml", "frequency = 3 ", "frequency = 12 ");
    change(&sandbox, "shops.toml", "id = \"shops-2026\"", "id = \"shops-2026-b\"");
    let done = protect(&sandbox, "second");
    done.exits(6);
    assert!(done.stderr.contains("P0621"), "{}", done.stderr);
}

#[test]
fn a_damaged_or_foreign_log_stops_everything() {
    let sandbox = shops();
    sandbox.write("shops.log", "this is no log, and long enough not to be taken for an empty database file ......");
    protect(&sandbox, "table").exits(7);
    sandbox.write("shops.log", "");
    let done = protect(&sandbox, "table");
    done.exits(7);
    assert!(done.stderr.contains("V0721") && done.stderr.contains("not even a header"), "{}", done.stderr);
    let sandbox = shops();
    protect(&sandbox, "table").exits(0);
    let database = rusqlite::Connection::open(sandbox.path("shops.log")).expect("a database");
    database.execute("UPDATE records SET value = x'7b7d'", []).expect("writable");
    drop(database);
    let done = protect(&sandbox, "again");
    done.exits(7);
    assert!(done.stderr.contains("V0721"), "{}", done.stderr);
}

/// ZIP by month with totals over the bars of Austin; permits of one owner are one firm.
#[test]
fn austin_is_protected() {
    let Some(data) = shared_data("tx_mixbev/tx_mixbev_austin_2016-10_2017-09.csv") else { return };
    let sandbox = Sandbox::new();
    let (policy, data) = (example("austin.toml"), data.to_string_lossy().into_owned());
    let policy = policy.to_string_lossy();
    let args = ["disclosure", "protect", &policy, "--data", &data, "--log", "a.log", "--out", "austin", "--json"];
    let done = sandbox.guildhall(&args);
    done.exits(0);
    let table = json(&done.stdout);
    println!("{}", table["counts"]);
    assert!(is_valid("disclosure-table-v1.schema.json", &table));
    assert_eq!(cell(&table, ["Austin", "2017-05"])["value"], "63324707.07", "the known total of May 2017");
    assert!(table["counts"]["shown"].as_u64() > Some(200), "{}", table["counts"]);
    assert!(table["counts"]["too-few"].as_u64() > Some(20), "{}", table["counts"]);
}
