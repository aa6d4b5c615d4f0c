//! `guildhall overlap` from files to published counts: charge, log, refusals, and no customer anywhere.

mod common;

use common::{Sandbox, json, shared_data};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;

const PLAN: &str = include_str!("../../../examples/overlap/shops.toml");
const MEMBERS: [&str; 6] =
    ["--member", "north=north.csv", "--member", "south=south.csv", "--member", "harbour=harbour.csv"];

/// North has customers 0 to 399, south 200 to 599, harbour 300 to 499; some twice, in other spellings, or empty.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("overlap.toml", PLAN);
    for (name, ids) in [("north", 0..400), ("south", 200..600), ("harbour", 300..500)] {
        let lines: String = ids.clone().map(|id| format!("{id},canary-{id}@example.org\n")).collect();
        let again: String = ids.take(20).map(|id| format!("{id},CANARY-{id}@Example.ORG\n")).collect();
        sandbox.write(&format!("{name}.csv"), &format!("row,email\n{lines}{again}x,\n"));
    }
    sandbox
}

fn with<'a>(before: &[&'a str], after: &[&'a str]) -> Vec<&'a str> {
    [before, &MEMBERS, after].concat()
}

fn validated(text: &str, schema: &str) -> Value {
    let schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
    let value = json(text);
    let errors: Vec<String> =
        jsonschema::validator_for(&schema).expect("compiles").iter_errors(&value).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    value
}

/// Figure by kind and members.
fn figures(published: &Value) -> BTreeMap<String, Value> {
    let name = |figure: &Value| format!("{}{}", figure["kind"].as_str().expect("a kind"), figure["members"]);
    let figures = published["figures"].as_array().expect("figures").iter();
    figures.map(|figure| (name(figure), figure["shown"].clone())).collect()
}

/// The noise on seven regions of scale 2 exceeds 120 once in 10^20 runs.
#[track_caller]
fn near(shown: &Value, exact: u64) {
    let value = shown["value"].as_u64().expect("shown");
    assert!(value.abs_diff(exact) <= 120, "{value} is not near {exact}");
    assert!(shown["low"].as_u64() <= Some(value) && shown["high"].as_u64() >= Some(value));
}

#[test]
fn counts_are_published_charged_and_logged_and_no_customer_is_anywhere() {
    let sandbox = sandbox();
    let done = sandbox.guildhall(&with(&["overlap", "overlap.toml", "--json"], &["--ledger", "l", "--out", "shared"]));
    done.exits(0);
    let published = validated(&done.stdout, guildhall_report::OVERLAP_SCHEMA);
    let figures = figures(&published);
    for (name, exact) in [
        ("size[0]", 400),
        ("size[1]", 400),
        ("size[2]", 200),
        ("pair[0,1]", 200),
        ("pair[0,2]", 100),
        ("pair[1,2]", 200),
        ("triple[0,1,2]", 100),
        ("reach[0,1,2]", 600),
    ] {
        near(&figures[name], exact);
    }
    let budget = sandbox.guildhall(&["budget", "show", "l", "--json"]);
    let charge = &json(&budget.stdout)["charges"][0];
    assert_eq!((charge["subject"].as_str(), charge["amount"]["epsilon"].as_str()), (Some("shops/customer"), Some("1")));
    assert_eq!(charge["entry"], published["protection"]["ledger_entry"]);
    let page = fs::read_to_string(sandbox.path("shared/overlap.html")).expect("a page");
    let ledger = String::from_utf8_lossy(&fs::read(sandbox.path("l")).expect("a ledger")).into_owned();
    for text in [&done.stdout, &done.stderr, &page, &ledger, &budget.stdout] {
        assert!(!text.to_lowercase().contains("canary"), "a customer is named");
    }
}

#[test]
fn the_same_sets_are_not_compared_twice_for_a_purpose() {
    let sandbox = sandbox();
    sandbox.guildhall(&with(&["overlap", "overlap.toml"], &["--ledger", "l", "--out", "one", "--quiet"])).exits(0);
    let again = sandbox.guildhall(&with(&["overlap", "overlap.toml"], &["--ledger", "l", "--out", "two"]));
    again.exits(6);
    assert!(again.stderr.contains("P0652") && !sandbox.path("two").exists(), "{}", again.stderr);
    // One set alone is enough.
    sandbox
        .write("south.csv", &fs::read_to_string(sandbox.path("south.csv")).expect("a file").replace("canary-59", "x-"));
    sandbox.guildhall(&with(&["overlap", "overlap.toml"], &["--ledger", "l", "--out", "two"])).exits(6);
    sandbox.write("overlap.toml", &PLAN.replace("decide on", "decide again on"));
    sandbox.guildhall(&with(&["overlap", "overlap.toml"], &["--ledger", "l", "--out", "two", "--quiet"])).exits(0);
}

#[test]
fn a_spent_budget_stops_a_run_before_it_begins() {
    let sandbox = sandbox();
    sandbox.write("overlap.toml", &PLAN.replace("epsilon = \"1\"", "epsilon = \"2\""));
    sandbox.guildhall(&with(&["overlap", "overlap.toml"], &["--ledger", "l", "--out", "one", "--quiet"])).exits(0);
    let other = PLAN.replace("epsilon = \"1\"", "epsilon = \"2\"").replace("decide on", "think of");
    sandbox.write("overlap.toml", &other);
    let refused = sandbox.guildhall(&with(&["overlap", "overlap.toml"], &["--ledger", "l", "--out", "two"]));
    refused.exits(6);
    assert!(refused.stderr.contains("P0602") && !sandbox.path("two").exists(), "{}", refused.stderr);
    sandbox.guildhall(&with(&["overlap", "overlap.toml", "--dry-run"], &["--ledger", "l"])).exits(6);
    // Nothing was logged: with a smaller cost the same sets and purpose are compared.
    sandbox.write("overlap.toml", &other.replace("epsilon = \"2\"", "epsilon = \"1\""));
    sandbox.guildhall(&with(&["overlap", "overlap.toml"], &["--ledger", "l", "--out", "two", "--quiet"])).exits(0);
}

/// Three sets of 6,000, whose comparison takes long enough to be stopped.
fn large() -> Sandbox {
    let sandbox = sandbox();
    for (name, first) in [("north", 0), ("south", 2_000), ("harbour", 4_000)] {
        let lines: String = (first..first + 6_000).map(|id| format!("{id},canary-{id}@example.org\n")).collect();
        sandbox.write(&format!("{name}.csv"), &format!("row,email\n{lines}"));
    }
    sandbox
}

/// Charges in the ledger, and its records of runs.
fn ledger(sandbox: &Sandbox) -> (usize, Vec<String>) {
    use guildhall_ledger::{BudgetLedger, Records, SqliteRecords};
    if !sandbox.path("l").exists() {
        return (0, Vec::new());
    }
    let records = SqliteRecords::open(sandbox.path("l")).expect("a ledger");
    let kinds = ["set", "counts", "shown"].into_iter();
    let held = kinds.filter(|kind| !records.list(&format!("overlap/{kind}/")).expect("read").is_empty());
    let held = held.map(str::to_owned).collect();
    (BudgetLedger::open(&records).expect("a chain").entries().len(), held)
}

/// Starts a run into a folder and waits until it is charged.
fn charged_run(sandbox: &Sandbox, out: &str) -> std::process::Child {
    let args = with(&["overlap", "overlap.toml", "--json"], &["--ledger", "l", "--out", out]);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_guildhall"));
    command.args(args).current_dir(sandbox.path("."));
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped());
    let (mut child, begun) = (command.spawn().expect("the program runs"), std::time::Instant::now());
    while ledger(sandbox).0 == 0 && begun.elapsed().as_secs() < 60 {
        assert!(child.try_wait().expect("a child").is_none(), "it ended too early");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child
}

#[test]
fn a_run_that_was_killed_after_the_charge_is_told_as_lost_and_a_new_one_is_charged() {
    let sandbox = large();
    let mut child = charged_run(&sandbox, "one");
    child.kill().expect("killed");
    child.wait().expect("gone");
    assert_eq!(ledger(&sandbox), (1, vec!["set".to_owned()]));
    assert!(!sandbox.path("one").exists(), "an empty folder is left");
    let run = |out| sandbox.guildhall(&with(&["overlap", "overlap.toml"], &["--ledger", "l", "--out", out]));
    let done = run("one");
    done.exits(0);
    assert!(done.stderr.contains("nobody saw them; its charge stays spent"), "{}", done.stderr);
    assert_eq!(ledger(&sandbox), (2, ["set", "counts", "shown"].map(str::to_owned).to_vec()));
    let done = run("two");
    done.exits(6);
    assert!(done.stderr.contains("P0652"), "{}", done.stderr);
}

#[test]
fn counts_that_were_kept_are_finished_without_noise_or_charge() {
    let sandbox = large();
    let mut child = charged_run(&sandbox, "one");
    // Somebody takes the place meanwhile.
    fs::create_dir(sandbox.path("one")).expect("made");
    sandbox.write("one/theirs", "");
    assert_eq!(child.wait().expect("ended").code(), Some(8));
    assert_eq!(ledger(&sandbox), (1, vec!["set".to_owned(), "counts".to_owned()]));
    let args = with(&["overlap", "overlap.toml", "--json"], &["--ledger", "l", "--out", "two"]);
    // Other members cannot finish it.
    let mut plan = PLAN.replace("[[member]]\nname = \"harbour\"\n", "");
    assert_ne!(plan, PLAN);
    plan = plan.replace("id = \"delivery-round\"", "id = \"other\"");
    sandbox.write("fewer.toml", &plan);
    let fewer =
        ["overlap", "fewer.toml", "--member", "north=north.csv", "--member", "south=south.csv", "--ledger", "l"];
    sandbox.guildhall(&[&fewer[..], &["--out", "three"]].concat()).exits(6);
    let done = sandbox.guildhall(&args);
    done.exits(0);
    assert_eq!(ledger(&sandbox), (1, ["set", "counts", "shown"].map(str::to_owned).to_vec()));
    validated(&done.stdout, guildhall_report::OVERLAP_SCHEMA);
    assert_eq!(done.stdout, fs::read_to_string(sandbox.path("two/overlap.json")).expect("written"));
    assert!(sandbox.path("two/overlap.html").exists());
    sandbox.guildhall(&args).exits(8);
    let again = with(&["overlap", "overlap.toml"], &["--ledger", "l", "--out", "four"]);
    sandbox.guildhall(&again).exits(6);
}

#[test]
fn a_dry_run_says_what_it_would_cost_and_writes_nothing() {
    let sandbox = sandbox();
    let done = sandbox.guildhall(&with(&["overlap", "overlap.toml", "--dry-run", "--json"], &["--ledger", "l"]));
    done.exits(0);
    let told = validated(&done.stdout, include_str!("../schemas/overlap-dry-run-v1.schema.json"));
    let pair = &told["figures"][1];
    assert_eq!((pair["kind"].as_str(), told["epsilon"].as_str()), (Some("pair"), Some("1")));
    // Two regions, each with discrete Laplace noise of scale 2: standard deviation 4.
    let within = pair["within"].as_f64().expect("a number");
    assert!((7.0..9.5).contains(&within), "{within}");
    assert!(!sandbox.path("l").exists());
    let text = sandbox.guildhall(&with(&["overlap", "overlap.toml", "-n"], &["--ledger", "l"]));
    assert!(text.stdout.contains("Nothing was compared") && text.stdout.contains("epsilon 1 of shops"));
    // The documented table is what the command prints for the example.
    let page = include_str!("../../../docs/overlap.md");
    for (documented, printed) in [
        ("| size of a member |", "customers of a member"),
        ("| shared by two |", "shared by two"),
        ("| shared by three |", "shared by three"),
        ("| reach |", "reach"),
    ] {
        let row = page.lines().find(|line| line.starts_with(documented) && line.contains('±')).expect("a row");
        let within = row.trim_end_matches([' ', '|']).rsplit('|').next().expect("a cell").trim();
        let line = text.stdout.lines().find(|line| line.trim_start().starts_with(printed)).expect("a line");
        assert_eq!(line.split_whitespace().last(), Some(within), "{documented}");
    }
}

#[test]
fn a_set_of_one_customer_is_refused() {
    let sandbox = sandbox();
    for lines in ["row,email\n1,a@example.org\n".to_owned(), format!("row,email\n{}", "1,a@example.org\n".repeat(500))]
    {
        sandbox.write("harbour.csv", &lines);
        let done = sandbox.guildhall(&with(&["overlap", "overlap.toml"], &["--ledger", "l", "--out", "shared"]));
        done.exits(6);
        assert!(done.stderr.contains("P0651") && !sandbox.path("l").exists(), "{}", done.stderr);
    }
}

#[test]
fn what_is_no_identifier_is_refused_without_being_shown() {
    let sandbox = sandbox();
    let text = fs::read_to_string(sandbox.path("south.csv")).expect("a file");
    sandbox.write("south.csv", &text.replacen("canary-201@example.org", "canary-201", 1));
    let done = sandbox.guildhall(&with(&["overlap", "overlap.toml"], &["--ledger", "l", "--out", "shared"]));
    done.exits(3);
    assert!(done.stderr.contains("S0612") && done.stderr.contains("row 2 of those kept"), "{}", done.stderr);
    assert!(done.stderr.contains("south.csv") && !done.stderr.contains("canary"), "{}", done.stderr);
}

#[test]
fn members_and_files_must_match() {
    let sandbox = sandbox();
    let run =
        |members: &[&str]| sandbox.guildhall(&[&["overlap", "overlap.toml", "-n", "--ledger", "l"], members].concat());
    run(&MEMBERS[..4]).exits(2);
    run(&[&MEMBERS[..], &["--member", "west=north.csv"]].concat()).exits(2);
    run(&[&MEMBERS[..], &["--member", "north=south.csv"]].concat()).exits(2);
    run(&["--member", "north"]).exits(2);
    // One file for two members, also by another name of it.
    let twice =
        |south: &str| run(&["--member", "north=north.csv", "--member", south, "--member", "harbour=harbour.csv"]);
    for south in ["south=north.csv", "south=./north.csv"] {
        let done = twice(south);
        done.exits(2);
        assert!(done.stderr.contains("the same file") && done.stderr.contains("U0031"), "{}", done.stderr);
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("north.csv", sandbox.path("linked.csv")).expect("linked");
        twice("south=linked.csv").exits(2);
    }
}

#[cfg(unix)]
#[test]
fn a_ledger_with_salts_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = sandbox();
    let run = |more: &[&str]| sandbox.guildhall(&with(&["overlap", "overlap.toml", "--ledger", "l"], more));
    run(&["--out", "shared"]).exits(0);
    fs::set_permissions(sandbox.path("l"), fs::Permissions::from_mode(0o644)).expect("set");
    for more in [&["-n"][..], &["--out", "again"]] {
        let done = run(more);
        done.exits(4);
        assert!(done.stderr.contains("K0402") && done.stderr.contains("chmod 600"), "{}", done.stderr);
    }
    let shown = sandbox.guildhall(&["budget", "show", "l"]);
    shown.exits(0);
    assert!(
        shown.stdout.contains("is in the folder of that run") && !shown.stdout.contains("no release"),
        "{}",
        shown.stdout
    );
}

/// The customers of one shop in three months; the exact counts are known.
#[test]
fn real_customers_of_three_months_are_counted() {
    let Some(data) = shared_data("online_retail/online_retail.csv.gz") else { return };
    let mut text = String::new();
    let file = fs::File::open(data).expect("readable");
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect("UTF-8");
    let mut months: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    for row in reader.records().map(|row| row.expect("a row")) {
        let month = ["2011-09", "2011-10", "2011-11"].into_iter().find(|month| row[4].starts_with(month));
        if let Some(month) = month.filter(|_| !row[6].is_empty()) {
            months.entry(month).or_default().insert(row[6].to_owned());
        }
    }
    let sandbox = Sandbox::new();
    sandbox.write("retail.toml", include_str!("../../../examples/overlap/retail.toml"));
    for (month, customers) in &months {
        let lines: Vec<&str> = customers.iter().map(String::as_str).collect();
        sandbox.write(&format!("{month}.csv"), &format!("CustomerID\n{}\n", lines.join("\n")));
    }
    let args = ["overlap", "retail.toml", "--member", "september=2011-09.csv", "--member", "october=2011-10.csv"];
    let done = sandbox.guildhall(
        &[&args[..], &["--member", "november=2011-11.csv", "--ledger", "l", "--out", "o", "--json"]].concat(),
    );
    done.exits(0);
    let figures = figures(&json(&done.stdout));
    for (name, exact) in [
        ("size[0]", 1_302),
        ("size[1]", 1_425),
        ("size[2]", 1_711),
        ("pair[0,1]", 552),
        ("pair[0,2]", 703),
        ("pair[1,2]", 690),
        ("triple[0,1,2]", 379),
        ("reach[0,1,2]", 2_872),
    ] {
        near(&figures[name], exact);
    }
}
