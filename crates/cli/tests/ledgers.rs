//! One accountant: rounds of any study and releases of a member's data set draw on one limit; rules of concentration.

mod common;

use common::{Sandbox, json};
use serde_json::Value;
use std::fs;

/// Twelve shops with twenty customers each, and the rows of the first shop by themselves.
fn sandbox(data_set: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let rows = |shop: u32| -> String {
        (0..20).map(|c| format!("2026-01-{:02},s{shop},c{c},1000.00,{}\n", c + 1, ["Yes", "No"][c % 2])).collect()
    };
    let header = "date,shop,customer,amount,gone\n";
    sandbox.write("sales.csv", &format!("{header}{}", (0..12).map(rows).collect::<String>()));
    sandbox.write("first-shop.csv", &format!("{header}{}", rows(0)));
    sandbox.write("study.toml", &STUDY.replace("# data set", data_set));
    sandbox.write("other.toml", &STUDY.replace("# data set", data_set).replace("id = \"shops\"", "id = \"other\""));
    sandbox.write("trust.toml", RELEASE);
    sandbox
}

const NAMED: &str = "[data_set]\nid = \"shop-rows\"\nlimit = \"5/2\"";

const STUDY: &str = r#"
[study]
id = "shops"
title = "Shops"
expected_members = 12
[period]
column = "date"
every = "month"
from = "2026-01"
to = "2026-01"
[member]
column = "shop"
[data.columns]
date = "date"
shop = "text"
customer = "text"
amount = "decimal(2)"
[[data.skip]]
when = "amount < 0"
reason = "returned goods"
[[kpi]]
id = "sales"
label = "Sales"
sql = "sum(amount)"
unit = "EUR"
resolution = "0.01"
low = 0
high = 200_000
customer_bound = 500
[privacy]
unit = "customer"
customer = "customer"
# data set
"#;

const RELEASE: &str = r#"
[release]
id = "churn-2026"
title = "Who left"
data_set = "shop-rows"
epsilon = "1"
[budget]
limit = "5/2"
[unit]
kind = "customer"
column = "customer"
[data.columns]
customer = "text"
gone = "text"
[[metric]]
name = "churn-rate"
left = "gone = 'Yes'"
"#;

fn run(sandbox: &Sandbox, study: &str, out: &str) -> common::Done {
    sandbox.guildhall(&["run", "--study", study, "--data", "sales.csv", "--out", out, "--json", "--quiet"])
}

fn publish(sandbox: &Sandbox, ledger: &str, out: &str) -> common::Done {
    let spec = ["trust", "publish", "trust.toml", "--data", "first-shop.csv", "--ledger", ledger, "--out", out];
    sandbox.guildhall(&[&spec[..], &["--json", "--quiet"]].concat())
}

fn accounts(sandbox: &Sandbox, ledger: &str) -> Vec<(String, String, String)> {
    let shown = json(&sandbox.guildhall(&["budget", "show", ledger, "--json"]).stdout);
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let account =
        |account: &Value| (text(&account["subject"]), text(&account["window"]), text(&account["spent"]["epsilon"]));
    shown["accounts"].as_array().expect("accounts").iter().map(account).collect()
}

fn account(subject: &str, window: &str, spent: &str) -> (String, String, String) {
    (subject.to_owned(), window.to_owned(), spent.to_owned())
}

/// A round, the first shop's own release, and a round of another study over the same rows: the third finds 1/2 left at
/// that shop, although its own trustees know of no spending, and charges no other shop either.
#[test]
fn rounds_of_all_studies_and_releases_draw_on_one_limit() {
    let sandbox = sandbox(NAMED);
    run(&sandbox, "study.toml", "first").exits(0);
    assert_eq!(accounts(&sandbox, "shop-rows.ledgers/s0.ledger"), [account("shop-rows/customer", "all", "1")]);
    publish(&sandbox, "shop-rows.ledgers/s0.ledger", "release").exits(0);
    assert_eq!(accounts(&sandbox, "shop-rows.ledgers/s0.ledger"), [account("shop-rows/customer", "all", "2")]);
    let refused = run(&sandbox, "other.toml", "second");
    refused.exits(6);
    let said = json(&refused.stderr);
    assert_eq!(said["code"], "P0602", "{said}");
    assert!(said["where"]["file"].as_str().is_some_and(|file| file.contains("s0.ledger")), "{said}");
    assert!(!sandbox.path("second").exists());
    for shop in 1..12 {
        let ledger = format!("shop-rows.ledgers/s{shop}.ledger");
        assert_eq!(accounts(&sandbox, &ledger), [account("shop-rows/customer", "all", "1")], "{ledger}");
    }
    // The release again would be the same.
    let again = RELEASE.replace("churn-2026", "churn-again");
    sandbox.write("trust.toml", &again);
    publish(&sandbox, "shop-rows.ledgers/s0.ledger", "again").exits(6);
}

/// Trustees that have no budget left are asked before a member's ledger is charged.
#[test]
fn a_round_that_trustees_refuse_charges_no_member() {
    let sandbox = sandbox(&format!("{}\n[policy]\nbudget = \"1\"", NAMED.replace("5/2", "5")));
    run(&sandbox, "study.toml", "first").exits(0);
    let refused = run(&sandbox, "study.toml", "second");
    refused.exits(6);
    assert_eq!(json(&refused.stderr)["code"], "P0602", "{}", refused.stderr);
    assert!(!sandbox.path("second").exists());
    assert_eq!(accounts(&sandbox, "shop-rows.ledgers/s0.ledger"), [account("shop-rows/customer", "all", "1")]);
    // Nor does one whose output has no place.
    fs::create_dir(sandbox.path("third")).expect("a folder");
    sandbox.write("third/something.txt", "mine");
    run(&sandbox, "study.toml", "third").exits(8);
    assert_eq!(accounts(&sandbox, "shop-rows.ledgers/s11.ledger"), [account("shop-rows/customer", "all", "1")]);
}

/// A run that is killed after its charge and before a trustee has signed is finished without a second charge.
#[test]
fn a_run_that_died_after_its_charge_is_finished_without_another() {
    let finished = || {
        let sandbox = sandbox(&format!("{}\n[policy]\nbudget = \"5\"", NAMED.replace("5/2", "5")));
        let charged = sandbox.path("shop-rows.ledgers/s11.ledger");
        let args = ["run", "--study", "study.toml", "--data", "sales.csv", "--out", "out", "--quiet"];
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_guildhall"));
        command.args(args).current_dir(sandbox.path("")).stderr(std::process::Stdio::null());
        let mut child = command.stdout(std::process::Stdio::null()).spawn().expect("starts");
        while !charged.exists() && child.try_wait().expect("a child").is_none() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        child.kill().expect("SIGKILL");
        child.wait().expect("a child");
        let _ = fs::remove_dir(sandbox.path("out"));
        run(&sandbox, "study.toml", "out").exits(0);
        let spent = accounts(&sandbox, "shop-rows.ledgers/s0.ledger");
        // The next round is another one.
        run(&sandbox, "study.toml", "next").exits(0);
        let next = accounts(&sandbox, "shop-rows.ledgers/s0.ledger");
        assert_ne!(spent, next, "a round that ended pays for no other");
        spent == [account("shop-rows/customer", "all", "1")]
    };
    // A kill may come too late, when a trustee has signed; then the second charge is due.
    assert!((0..3).any(|_| finished()), "no run was finished under the charge it had made");
}

/// The same accounts in rho: a round with Gaussian noise costs rho 0.019433, a release at a pure epsilon 1 costs 1/2.
#[test]
fn a_limit_in_rho_holds_for_members_trustees_and_releases() {
    let limit = |text: &str| text.replace("limit = \"5/2\"", "limit_rho = \"53/100\"");
    let sandbox = sandbox(&format!("{}\n[policy]\nbudget_rho = \"3/100\"", limit(NAMED)));
    sandbox.write("trust.toml", &limit(RELEASE));
    let check = || sandbox.guildhall(&["study", "check", "study.toml", "--json"]);
    check().exits(0);
    let set = json(&check().stdout)["data_set"].clone();
    assert_eq!((&set["counts"], &set["limit"]), (&"rho".into(), &"53/100".into()), "{set}");
    assert_eq!(
        (&set["customers"]["rho"], &set["customers"]["left"]),
        (&"19433/1000000".into(), &"53/100".into()),
        "{set}"
    );
    run(&sandbox, "study.toml", "first").exits(0);
    publish(&sandbox, "shop-rows.ledgers/s0.ledger", "release").exits(0);
    assert_eq!(json(&check().stdout)["data_set"]["customers"]["left"], "10567/1000000");
    let told = sandbox.guildhall(&["study", "check", "study.toml"]).stdout;
    assert!(told.contains("limit rho 53/100 (as epsilon at most ") && told.contains("it rho 10567/1000000,"), "{told}");
    assert!(told.contains("budget rho 3/100 (as epsilon at most "), "{told}");
    let refused = run(&sandbox, "other.toml", "second");
    refused.exits(6);
    assert!(refused.stderr.contains("s0.ledger"), "{}", refused.stderr);
    // Without the release the members could go on, but the trustees' rho 3/100 does not suffice.
    fs::remove_dir_all(sandbox.path("shop-rows.ledgers")).expect("there");
    let refused = run(&sandbox, "study.toml", "third");
    refused.exits(6);
    let said = json(&refused.stderr);
    assert!(said["message"].as_str().is_some_and(|text| text.contains("rho 19433/1000000 is spent")), "{said}");
    sandbox.guildhall(&["verify", "first", "--quiet"]).exits(0);
}

/// What a round costs members and customers, and the least that is left, before anything is spent.
#[test]
fn dry_run_and_study_check_say_what_both_units_lose_and_what_is_left() {
    let sandbox = sandbox(NAMED);
    let dry = || sandbox.guildhall(&["run", "--study", "study.toml", "--data", "sales.csv", "--dry-run", "--json"]);
    let check = || json(&sandbox.guildhall(&["study", "check", "study.toml", "--json"]).stdout);
    let said = json(&dry().stdout);
    let fresh = serde_json::json!({
        "id": "shop-rows", "ledgers": 0, "limit": "5/2",
        "members": { "epsilon": "0", "left": "5/2" }, "customers": { "epsilon": "1", "left": "5/2" },
    });
    assert_eq!((&said["data_set"], &check()["data_set"]), (&fresh, &fresh));
    assert!(!sandbox.path("shop-rows.ledgers").exists(), "a dry run writes nothing");
    run(&sandbox, "study.toml", "first").exits(0);
    for object in [json(&dry().stdout), check()] {
        let set = &object["data_set"];
        assert_eq!((&set["ledgers"], &set["customers"]["left"]), (&12.into(), &"3/2".into()), "{object:#}");
    }
    // The first shop's own release leaves it less than a round costs: a dry run ends as the round would.
    publish(&sandbox, "shop-rows.ledgers/s0.ledger", "release").exits(0);
    dry().exits(6);
    assert_eq!(check()["data_set"]["customers"]["left"], "1/2");
    let told = sandbox.guildhall(&["study", "check", "study.toml"]).stdout;
    assert!(
        told.contains("one customer of a member loses epsilon 1 by it") && told.contains("before it 1/2"),
        "{told}"
    );
}

/// A data set whose rounds are charged month by month cannot be released as a whole: the same rows, twice a budget.
#[test]
fn windows_that_share_rows_are_refused_across_rounds_and_releases() {
    let sandbox = sandbox(&format!("{NAMED}\nwindows = \"periods\""));
    run(&sandbox, "study.toml", "first").exits(0);
    let ledger = "shop-rows.ledgers/s0.ledger";
    assert_eq!(accounts(&sandbox, ledger), [account("shop-rows/customer", "2026-01-01..2026-02-01", "1")]);
    let refused = publish(&sandbox, ledger, "release");
    refused.exits(6);
    assert_eq!(json(&refused.stderr)["code"], "P0606", "{}", refused.stderr);
}

/// A release that protects rows does not say what it costs customers, so no round may follow it.
#[test]
fn a_round_is_refused_where_releases_count_another_unit() {
    let sandbox = sandbox(NAMED);
    let by_row = RELEASE.replace("kind = \"customer\"\ncolumn = \"customer\"", "kind = \"row\"");
    sandbox.write("trust.toml", &by_row);
    fs::create_dir(sandbox.path("shop-rows.ledgers")).expect("a folder");
    publish(&sandbox, "shop-rows.ledgers/s0.ledger", "release").exits(0);
    let refused = run(&sandbox, "study.toml", "first");
    refused.exits(6);
    assert_eq!(json(&refused.stderr)["code"], "P0607", "{}", refused.stderr);
}

/// Where a study names no data set, each month of it has the charter's budget, in ledgers of the study's own.
#[test]
fn a_study_without_a_data_set_keeps_ledgers_of_its_own() {
    let sandbox = sandbox("");
    run(&sandbox, "study.toml", "first").exits(0);
    let found = accounts(&sandbox, "shops.state/members.ledger");
    assert!(
        found.contains(&account("shops/s3/customer", "2026-01-01..2026-02-01", "1")) && found.len() == 12,
        "{found:?}"
    );
    let again = run(&sandbox, "study.toml", "second");
    again.exits(0);
    let found = accounts(&sandbox, "shops.state/members.ledger");
    assert!(
        found.contains(&account("shops/s3/customer", "2026-01-01..2026-02-01", "2")) && found.len() == 12,
        "{found:?}"
    );
}

/// Sums carry noise, so no exact number of rows leaves the machine, and a cut mean is called one.
#[test]
fn with_noise_on_sums_no_row_is_counted_in_public_and_a_cut_mean_is_called_one() {
    let sandbox = sandbox(NAMED);
    let run = ["run", "--study", "study.toml", "--data", "sales.csv", "--out", "out"];
    let done = sandbox.guildhall(&run);
    done.exits(0);
    assert!(done.stderr.contains("240 rows read"), "whoever read the files is told: {}", done.stderr);
    let read = |name: &str| fs::read_to_string(sandbox.path(&format!("out/{name}"))).expect("written");
    let (import, report) = (read("import.json"), read("report.html"));
    assert!(!import.contains("240"), "{import}");
    assert!(!report.contains(" used of ") && !done.stdout.contains("rows used"), "{report}");
    assert!(json(&import).get("rows_read").is_none() && report.contains("stays with whoever read them"), "{import}");
    assert!(import.contains("returned goods"), "what was left out is still said: {import}");
    for told in [&report, &done.stdout] {
        let flat = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains("of each customer: what is beyond is left out"), "{told}");
    }
    let row = &json(&read("benchmark.json"))["rows"][0]["outcome"]["shown"]["noisy"];
    assert_eq!(row["most"], 500.0);
    sandbox.guildhall(&["verify", "out", "--quiet"]).exits(0);
}

/// The rules of the charter: south's total could be mostly one shop's, so it and what would reveal it are withheld.
#[test]
fn totals_that_the_charters_rules_do_not_allow_are_withheld_in_words() {
    let rules = "cells = [\"all\", \"town\"]\n[disclosure]\np = 15";
    let sandbox = Sandbox::with_study(rules);
    let study = fs::read_to_string(sandbox.path("study.toml")).expect("written");
    sandbox.write("study.toml", &study.replace("high = 10_000", "high = 700"));
    let checked = sandbox.guildhall(&["study", "check", "study.toml"]);
    checked.exits(0);
    assert_eq!(checked.stdout.matches("sales: from 1505.00 EUR on").count(), 1, "{}", checked.stdout);
    assert!(checked.stdout.contains("withheld is not secret"), "{}", checked.stdout);
    let object = json(&sandbox.guildhall(&["study", "check", "study.toml", "--json"]).stdout);
    assert_eq!(object["concentration"][0]["least_total"], "1505.00", "{object:#}");
    let done = sandbox.guildhall(&["run", "--study", "study.toml", "--data", "sales.csv", "--out", "out"]);
    done.exits(0);
    // In January the towns made 1,560 and 1,440; in February twice that.
    let benchmark = json(&fs::read_to_string(sandbox.path("out/benchmark.json")).expect("written"));
    let rows = benchmark["rows"].as_array().expect("rows").iter();
    let hidden: Vec<&str> = rows.filter_map(|row| row["outcome"]["hidden"]["why"].as_str()).collect();
    assert_eq!(hidden, ["would-reveal", "may-be-dominated"]);
    let report = fs::read_to_string(sandbox.path("out/report.html")).expect("written");
    for words in ["one member may be most of it", "hidden so that others cannot be worked out"] {
        assert!(report.contains(words), "{words}");
    }
    let totals = fs::read_to_string(sandbox.path("out/totals.json")).expect("written");
    assert!(!totals.contains("144000") && !totals.contains("156000"), "{totals}");
    sandbox.guildhall(&["verify", "out", "--quiet"]).exits(0);
    // The rules are part of the charter: parties that agreed on others refuse these.
    let changed = fs::read_to_string(sandbox.path("study.toml")).expect("written").replace("p = 15", "p = 10");
    sandbox.write("study.toml", &changed);
    let refused = sandbox.guildhall(&["run", "--study", "study.toml", "--data", "sales.csv", "--out", "two", "--json"]);
    refused.exits(4);
    assert_eq!(json(&refused.stderr)["code"], "K0404");
}
