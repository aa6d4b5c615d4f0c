//! Whole rounds through the program itself: demo, run, verify, compare, and every exit code on the way.

mod common;

use common::{Sandbox, flip, json};
use std::fs;

#[test]
fn the_demonstration_checks_itself_and_verifies() {
    let sandbox = Sandbox::new();
    let demo = sandbox.guildhall(&["demo", "--members", "40", "--seed", "3", "--out", "demo", "--json"]);
    demo.exits(0);
    let object = json(&demo.stdout);
    assert_eq!(object["ok"], true, "{}", demo.stdout);
    assert_eq!(object["checks"].as_array().map(Vec::len), Some(6));
    for file in ["report.html", "benchmark.json", "manifest.json", "certificate.note", "sum-share-6.json"] {
        assert!(sandbox.path(&format!("demo/{file}")).exists(), "{file}");
    }
    assert!(!sandbox.path("demo/sum-share-3.json").exists(), "the stopped trustee sent nothing");
    let verify = sandbox.guildhall(&["verify", "demo", "--json"]);
    verify.exits(0);
    assert_eq!(json(&verify.stdout)["charter_pinned"], false);
    let again = sandbox.guildhall(&["demo", "--members", "40", "--seed", "3", "--out", "demo", "--quiet"]);
    again.exits(0);
    assert!(again.stdout.contains("sent a wrong sum share"), "{}", again.stdout);
    assert!(again.stderr.is_empty(), "--quiet says nothing else: {}", again.stderr);
}

/// Every object a command prints with `--json` fits the schema that is shipped for it, and the schema is closed.
#[test]
fn json_outputs_fit_their_schemas() {
    let sandbox = Sandbox::with_study("");
    sandbox.guildhall(&["run", "--study", "study.toml", "--data", "sales.csv", "--out", "round", "--quiet"]).exits(0);
    sandbox.write("mine.csv", "date,shop,town,amount\n2026-02-05,shop-07,south,140.00\n");
    let commands: [(&str, &[&str]); 4] = [
        ("demo", &["demo", "--members", "12", "--json"]),
        ("verify", &["verify", "round", "--json"]),
        ("compare", &["compare", "round", "--data", "mine.csv", "--json"]),
        ("dry-run", &["run", "--study", "study.toml", "--data", "sales.csv", "--dry-run", "--json"]),
    ];
    for (name, args) in commands {
        let done = sandbox.guildhall(args);
        done.exits(0);
        let mut object = json(&done.stdout);
        let path = format!("{}/schemas/{name}-v1.schema.json", env!("CARGO_MANIFEST_DIR"));
        let schema = json(&fs::read_to_string(path).expect("shipped"));
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        assert!(validator.is_valid(&object), "{name}: {object:#}");
        object["surprise"] = 1.into();
        assert!(!validator.is_valid(&object), "{name}: the schema must be closed");
    }
    let run = ["run", "--study", "study.toml", "--data", "sales.csv", "--state", "other", "--out", "two", "--json"];
    let done = sandbox.guildhall(&run);
    done.exits(0);
    assert_eq!(done.stdout, fs::read_to_string(sandbox.path("two/benchmark.json")).expect("written"));
}

#[test]
fn one_flipped_byte_in_any_file_fails_with_exit_7_and_names_the_file() {
    let sandbox = Sandbox::new();
    sandbox.guildhall(&["demo", "--members", "12", "--out", "demo", "--quiet"]).exits(0);
    let files: Vec<String> = fs::read_dir(sandbox.path("demo"))
        .expect("the demo wrote a folder")
        .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
        .collect();
    assert!(files.len() > 25);
    for file in files {
        let path = sandbox.path(&format!("demo/{file}"));
        let original = fs::read(&path).expect("readable");
        for at in [original.len() / 3, original.len() - 1] {
            fs::write(&path, flip(&original, at)).expect("writable");
            let verify = sandbox.guildhall(&["verify", "demo", "--json"]);
            verify.exits(7);
            let said = json(&verify.stderr);
            assert_eq!(said["code"], "V0701", "{file}, byte {at}");
            let named = said["where"]["file"].as_str().unwrap_or_default().to_owned();
            let related = named.contains(file.trim_end_matches(".note").trim_end_matches(".json"))
                || ["charter", "manifest", "publication", "certificate"].iter().any(|part| file.contains(part));
            assert!(related, "byte {at} of {file} was blamed on {named}");
        }
        fs::write(&path, original).expect("writable");
    }
    sandbox.guildhall(&["verify", "demo"]).exits(0);
}

#[test]
fn a_run_over_files_verifies_and_compares() {
    let sandbox = Sandbox::with_study("");
    let run = sandbox.guildhall(&["run", "--study", "study.toml", "--data", "sales.csv", "--out", "round"]);
    run.exits(0);
    assert!(run.stdout.contains("24 of 24 invited members counted"), "{}", run.stdout);
    assert!(run.stderr.contains("keys and privacy ledger: shops.state (secret; keep it)"), "{}", run.stderr);
    let benchmark = json(&fs::read_to_string(sandbox.path("round/benchmark.json")).expect("written"));
    let january = &benchmark["rows"][0]["outcome"]["shown"];
    assert_eq!((january["n"].as_u64(), january["sum"].as_str()), (Some(24), Some("3000.00")));
    sandbox.guildhall(&["verify", "round"]).exits(0);
    sandbox
        .write("mine.csv", "date,shop,town,amount\n2026-01-05,shop-07,south,70.00\n2026-02-05,shop-07,south,140.00\n");
    let args = ["compare", "round", "--data", "mine.csv", "--report", "mine.html"];
    let compare = sandbox.guildhall(&args);
    compare.exits(0);
    let own = fs::read_to_string(sandbox.path("mine.html")).expect("written");
    assert!(own.contains("own figures"), "the own copy is marked");
    let published = fs::read_to_string(sandbox.path("round/report.html")).expect("written");
    assert!(!published.contains("Contains your own figures"), "the published report is not");
    sandbox.guildhall(&["compare", "round", "--data", "sales.csv"]).exits(3);
}

/// Nothing but the report itself may be written, and only where nothing is destroyed.
#[test]
fn compare_never_writes_over_data_a_round_or_silently_over_anything() {
    let sandbox = Sandbox::with_study("");
    sandbox.guildhall(&["run", "--study", "study.toml", "--data", "sales.csv", "--out", "round", "--quiet"]).exits(0);
    let mine = "date,shop,town,amount\n2026-02-05,shop-07,south,140.00\n";
    sandbox.write("mine.csv", mine);
    sandbox.write("old.html", "old");
    let compare = |report: &str, force: bool| {
        let mut args = vec!["compare", "round", "--data", "mine.csv", "--json", "--report", report];
        args.extend(force.then_some("--force"));
        sandbox.guildhall(&args)
    };
    let refused = |report: &str, force: bool, code: &str| {
        let done = compare(report, force);
        done.exits(8);
        assert_eq!(json(&done.stderr)["code"], code, "{report}, force: {force}");
    };
    refused("old.html", false, "U0003");
    assert_eq!(fs::read_to_string(sandbox.path("old.html")).expect("readable"), "old");
    for force in [false, true] {
        refused("mine.csv", force, "U0008");
        refused("round/../mine.csv", force, "U0008");
        refused("round/mine.html", force, "U0008");
        refused("./round/report.html", force, "U0008");
    }
    #[cfg(unix)]
    for (target, link) in [("mine.csv", "data-link"), ("round/report.html", "report-link"), ("round", "round-link")] {
        std::os::unix::fs::symlink(sandbox.path(target), sandbox.path(link)).expect("a link");
        refused(&if link == "round-link" { format!("{link}/own.html") } else { link.to_owned() }, true, "U0008");
    }
    assert_eq!(fs::read_to_string(sandbox.path("mine.csv")).expect("readable"), mine);
    sandbox.guildhall(&["verify", "round"]).exits(0);
    compare("old.html", true).exits(0);
    assert!(fs::read_to_string(sandbox.path("old.html")).expect("readable").contains("own figures"));
}

#[test]
fn compare_takes_the_published_study_the_pinned_charter_and_members_of_the_roster() {
    let sandbox = Sandbox::with_study("");
    sandbox.guildhall(&["run", "--study", "study.toml", "--data", "sales.csv", "--out", "round", "--quiet"]).exits(0);
    sandbox.write("mine.csv", "date,shop,town,amount\n2026-02-05,shop-07,south,140.00\n");
    sandbox.write("other.csv", "date,shop,town,amount\n2026-02-05,shop-99,south,140.00\n");
    sandbox.guildhall(&["compare", "round", "--study", "study.toml", "--data", "mine.csv"]).exits(2);
    let stranger = sandbox.guildhall(&["compare", "round", "--data", "other.csv", "--json"]);
    stranger.exits(3);
    assert_eq!(json(&stranger.stderr)["code"], "R0306");
    let zeros = "00".repeat(32);
    sandbox.guildhall(&["compare", "round", "--data", "mine.csv", "--charter", &zeros]).exits(4);
    let unpinned = sandbox.guildhall(&["compare", "round", "--data", "mine.csv"]);
    unpinned.exits(0);
    assert!(unpinned.stderr.contains("no --charter given"), "{}", unpinned.stderr);
    let verify = sandbox.guildhall(&["verify", "round", "--json"]);
    let charter = json(&verify.stdout)["charter"].as_str().expect("a fingerprint").to_owned();
    assert!(unpinned.stderr.contains(&charter));
    let pinned = sandbox.guildhall(&["compare", "round", "--data", "mine.csv", "--charter", &charter]);
    pinned.exits(0);
    assert_eq!(pinned.stderr, "");
}

#[test]
fn a_demo_replaces_an_earlier_demo_and_nothing_else() {
    let sandbox = Sandbox::new();
    let demo = || sandbox.guildhall(&["demo", "--members", "12", "--out", "demo", "--json"]);
    demo().exits(0);
    demo().exits(0);
    let names = || fs::read_dir(sandbox.path("demo")).expect("a folder").count();
    let published = names();
    for foreign in ["notes.txt", "sum-share-3.json"] {
        sandbox.write(&format!("demo/{foreign}"), "mine");
        let refused = demo();
        refused.exits(8);
        assert_eq!(json(&refused.stderr)["code"], "R0802");
        assert_eq!(names(), published + 1, "nothing was removed");
        fs::remove_file(sandbox.path(&format!("demo/{foreign}"))).expect("still there");
    }
    fs::create_dir(sandbox.path("demo/folder")).expect("possible");
    demo().exits(8);
    assert_eq!(names(), published + 1, "nothing was removed");
}

#[test]
fn a_foreign_file_in_a_round_is_named_plainly() {
    let sandbox = Sandbox::new();
    sandbox.guildhall(&["demo", "--members", "12", "--out", "demo", "--quiet"]).exits(0);
    sandbox.write("demo/.DS_Store", "finder");
    let verify = sandbox.guildhall(&["verify", "demo", "--json"]);
    verify.exits(7);
    let said = json(&verify.stderr);
    assert_eq!(
        (&said["message"], &said["try"]),
        (&"this file is not part of the round".into(), &"move it elsewhere".into())
    );
    assert!(said["where"]["file"].as_str().is_some_and(|file| file.ends_with(".DS_Store")));
    fs::remove_file(sandbox.path("demo/.DS_Store")).expect("still there");
    fs::create_dir(sandbox.path("demo/folder")).expect("possible");
    let verify = sandbox.guildhall(&["verify", "demo", "--json"]);
    verify.exits(7);
    assert_eq!(json(&verify.stderr)["try"], "move it elsewhere");
    let nowhere = sandbox.guildhall(&["verify", "nowhere", "--json"]);
    nowhere.exits(7);
    assert_eq!(json(&nowhere.stderr)["code"], "V0702");
}

/// A KPI whose SQL yields nothing stops the run before any key is made or anything is charged.
#[test]
fn a_kpi_without_any_figure_is_refused_before_anything_is_played() {
    let sandbox = Sandbox::with_study("");
    let study = fs::read_to_string(sandbox.path("study.toml")).expect("written");
    sandbox.write("study.toml", &study.replace("sql = \"sum(amount)\"", "sql = \"sum(amount) / 0\""));
    for how in [["--out", "round"], ["--dry-run", "--quiet"]] {
        let args = ["run", "--study", "study.toml", "--data", "sales.csv", "--json"];
        let run = sandbox.guildhall(&[&args[..], &how].concat());
        run.exits(3);
        let said = json(&run.stderr);
        assert_eq!(said["code"], "R0307");
        assert!(said["message"].as_str().is_some_and(|text| text.contains("sales")), "{said}");
    }
    assert!(!sandbox.path("shops.state").exists() && !sandbox.path("round").exists());
}

#[test]
fn a_dry_run_charges_and_writes_nothing() {
    let sandbox = Sandbox::with_study("");
    let csv = fs::read_to_string(sandbox.path("sales.csv")).expect("written");
    sandbox.write("sales.csv", &format!("{csv}2025-12-31,shop-01,south,5.00\n"));
    let dry = sandbox.guildhall(&["run", "--study", "study.toml", "--data", "sales.csv", "--dry-run"]);
    dry.exits(0);
    assert!(dry.stderr.contains("note: 1 rows lie outside the"), "the loader's notes are shown: {}", dry.stderr);
    let said = sandbox.guildhall(&["run", "--study", "study.toml", "--data", "sales.csv", "--dry-run", "--json"]);
    let object = json(&said.stdout);
    assert_eq!((&object["members"], &object["figures"], &object["histograms"]), (&24.into(), &2.into(), &1.into()));
    assert_eq!((&object["epsilon"], &object["rows_read"]), (&"2".into(), &49.into()), "{object:#}");
    assert!(dry.stdout.contains("Nothing was played, charged or written"));
    assert!(!sandbox.path("shops.state").exists());
    assert_eq!((&object["allowed"]["spent"], &object["allowed"]["budget"]), (&"0".into(), &"20".into()), "{object:#}");
    assert_eq!((&object["allowed"]["opened"], &object["allowed"]["too_few"]), (&2.into(), &0.into()), "{object:#}");
}

/// What a dry run says of budget and cells is what the round then meets, and asking changes no store.
#[test]
fn a_dry_run_says_whether_budget_and_cell_audit_allow_the_round() {
    let sandbox = Sandbox::with_study("budget = \"3\"");
    let run = |how: &[&str]| {
        let args = ["run", "--study", "study.toml", "--data", "sales.csv", "--json"];
        sandbox.guildhall(&[&args[..], how].concat())
    };
    let dry = run(&["--dry-run"]);
    dry.exits(0);
    run(&["--out", "first"]).exits(0);
    let stores = || (1..=5).map(|n| fs::read(sandbox.path(&format!("shops.state/trustee-{n}.db"))).expect("there"));
    let before: Vec<Vec<u8>> = stores().collect();
    for how in [&["--dry-run"][..], &["--out", "second"]] {
        if how == ["--out", "second"] {
            assert!(stores().eq(before.iter().cloned()), "a dry run changed a store");
        }
        let refused = run(how);
        refused.exits(6);
        let said = json(&refused.stderr);
        assert_eq!(said["code"], "P0602");
        // The dry run asks the trustees first; the round is stopped by a member's own ledger before it asks anybody.
        let told = |message: &str| message.contains("epsilon 2") && message.contains("is spent");
        assert!(said["message"].as_str().is_some_and(told), "{said}");
    }

    let refusing = Sandbox::with_study("cells = [\"all\", \"town\"]");
    let mut csv = String::from("date,shop,town,amount\n");
    for shop in 0..24 {
        let town = if shop < 3 { "tiny" } else { "large" };
        csv.push_str(&format!("2026-01-05,shop-{shop},{town},{shop}.00\n"));
    }
    refusing.write("sales.csv", &csv);
    let dry = refusing.guildhall(&["run", "--study", "study.toml", "--data", "sales.csv", "--dry-run", "--json"]);
    dry.exits(6);
    assert_eq!(json(&dry.stderr)["code"], "P0601");
    assert!(!refusing.path("shops.state").exists(), "nothing was written");
}

#[test]
fn exit_2_for_a_command_line_that_is_not_understood() {
    let sandbox = Sandbox::new();
    sandbox.guildhall(&["run"]).exits(2);
    sandbox.guildhall(&["verify", ".", "--charter", "not hex"]).exits(2);
}

#[test]
fn exit_3_for_a_malformed_row_with_file_row_column_and_remedy() {
    let sandbox = Sandbox::with_study("");
    let mut csv = fs::read_to_string(sandbox.path("sales.csv")).expect("written");
    csv.push_str("2026-01-09,shop-03,north,12.5x\n");
    sandbox.write("sales.csv", &csv);
    let run = sandbox.guildhall(&["run", "--study", "study.toml", "--data", "sales.csv", "--out", "round", "--json"]);
    run.exits(3);
    let said = json(&run.stderr);
    assert_eq!(said["where"]["line"], 50);
    assert_eq!(said["where"]["column"], "amount");
    assert!(said["try"].as_str().is_some_and(|remedy| remedy.len() > 5), "{said}");
    assert!(!sandbox.path("round").exists(), "nothing was written");
}

#[test]
fn exit_4_for_a_charter_nobody_agreed_on() {
    let sandbox = Sandbox::new();
    sandbox.guildhall(&["demo", "--members", "12", "--out", "demo", "--quiet"]).exits(0);
    let other = "00".repeat(32);
    let verify = sandbox.guildhall(&["verify", "demo", "--charter", &other, "--json"]);
    verify.exits(4);
    assert_eq!(json(&verify.stderr)["code"], "K0401");
}

#[test]
fn exit_4_for_a_state_folder_of_another_charter() {
    let sandbox = Sandbox::with_study("budget = \"20\"");
    let run = |out: &str| {
        sandbox.guildhall(&[
            "run",
            "--study",
            "study.toml",
            "--data",
            "sales.csv",
            "--out",
            out,
            "--state",
            "s",
            "--json",
        ])
    };
    run("first").exits(0);
    let study = std::fs::read_to_string(sandbox.path("study.toml")).expect("written");
    sandbox.write("study.toml", &study.replace("budget = \"20\"", "budget = \"30\""));
    let second = run("second");
    second.exits(4);
    assert_eq!(json(&second.stderr)["code"], "K0404");
}

#[test]
fn exit_5_for_too_few_members() {
    let sandbox = Sandbox::with_study("");
    sandbox.write("few.csv", "date,shop,town,amount\n2026-01-05,a,north,1.00\n2026-01-06,b,north,2.00\n");
    let run = sandbox.guildhall(&["run", "--study", "study.toml", "--data", "few.csv", "--out", "round", "--json"]);
    run.exits(5);
    assert_eq!(json(&run.stderr)["code"], "R0502");
}

#[test]
fn exit_6_for_a_spent_budget_and_for_cells_that_single_out() {
    let sandbox = Sandbox::with_study("budget = \"3\"");
    let run =
        |out: &str| sandbox.guildhall(&["run", "--study", "study.toml", "--data", "sales.csv", "--out", out, "--json"]);
    run("first").exits(0);
    let second = run("second");
    second.exits(6);
    assert_eq!(json(&second.stderr)["code"], "P0602");

    let refusing = Sandbox::with_study("cells = [\"all\", \"town\"]");
    let mut csv = String::from("date,shop,town,amount\n");
    for shop in 0..24 {
        let town = if shop < 3 { "tiny" } else { "large" };
        csv.push_str(&format!("2026-01-05,shop-{shop},{town},{shop}.00\n"));
    }
    refusing.write("sales.csv", &csv);
    let run = refusing.guildhall(&["run", "--study", "study.toml", "--data", "sales.csv", "--out", "out", "--json"]);
    run.exits(6);
    assert_eq!(json(&run.stderr)["code"], "P0601");
}

#[test]
fn exit_8_for_an_output_folder_that_holds_something() {
    let sandbox = Sandbox::with_study("");
    fs::create_dir(sandbox.path("round")).expect("possible");
    sandbox.write("round/keep.txt", "mine");
    let run = sandbox.guildhall(&["run", "--study", "study.toml", "--data", "sales.csv", "--out", "round"]);
    run.exits(8);
    assert!(sandbox.path("round/keep.txt").exists());
    sandbox.guildhall(&["demo", "--members", "12", "--out", "round"]).exits(8);
}

#[test]
fn exit_75_while_another_process_holds_a_trustees_store() {
    let sandbox = Sandbox::with_study("");
    let args = ["run", "--study", "study.toml", "--data", "sales.csv", "--state", "state"];
    sandbox.guildhall(&[&args[..], &["--out", "first"]].concat()).exits(0);
    let lock = rusqlite::Connection::open(sandbox.path("state/trustee-1.db")).expect("a database");
    lock.execute_batch("BEGIN EXCLUSIVE").expect("locked");
    let run = sandbox.guildhall(&[&args[..], &["--out", "second", "--json"]].concat());
    run.exits(75);
    assert_eq!(json(&run.stderr)["code"], "R0752");
}

/// Whichever of two comes second ends at once and plainly; the other one is not disturbed.
#[test]
fn of_two_runs_over_one_state_folder_the_second_ends_with_exit_75() {
    let sandbox = Sandbox::with_study("");
    fs::create_dir(sandbox.path("state")).expect("possible");
    let first = fs::File::options().create(true).truncate(false).write(true).open(sandbox.path("state/lock"));
    let first = first.expect("writable");
    first.try_lock().expect("free");
    let args = ["run", "--study", "study.toml", "--data", "sales.csv", "--state", "state", "--json"];
    let run = |out: &str| sandbox.guildhall(&[&args[..], &["--out", out]].concat());
    let second = run("round");
    second.exits(75);
    assert_eq!(json(&second.stderr)["code"], "R0753");
    assert!(!sandbox.path("round").exists() && !sandbox.path("state/charter.json").exists());
    drop(first);
    run("round").exits(0);
    // Rounds in earnest: one is played, the others are told to wait, whatever the moment.
    let codes: Vec<Option<i32>> = std::thread::scope(|scope| {
        let started: Vec<_> = (0..4).map(|n| scope.spawn(move || run(&format!("round-{n}")).code)).collect();
        started.into_iter().map(|one| one.join().expect("it ends")).collect()
    });
    assert!(codes.iter().all(|code| matches!(code, Some(0 | 75 | 6))), "{codes:?}");
    assert!(codes.contains(&Some(0)), "{codes:?}");
}

/// A store that lies, is damaged or gone is named, and nobody is told to try again.
#[test]
fn exit_7_for_a_damaged_or_missing_store_of_a_trustee() {
    let sandbox = Sandbox::with_study("");
    let args = ["run", "--study", "study.toml", "--data", "sales.csv", "--state", "state", "--json"];
    sandbox.guildhall(&[&args[..], &["--out", "first"]].concat()).exits(0);
    let store = sandbox.path("state/trustee-2.db");
    let sound = fs::read(&store).expect("readable");
    let refused = |what: &str, exit: i32, code: &str| {
        for how in [&["--out", "second"][..], &["--dry-run"]] {
            let run = sandbox.guildhall(&[&args[..], how].concat());
            assert_eq!(run.code, Some(exit), "{what}: {}", run.stderr);
            let said = json(&run.stderr);
            assert_eq!(said["code"], code, "{what}: {said}");
            assert!(run.stderr.contains("trustee-2.db"), "{what}: {said}");
            assert!(said["try"].as_str().is_some_and(|remedy| remedy.contains("--state")), "{what}: {said}");
        }
    };
    fs::write(&store, [b"no database at all, but long enough for the header of one", &sound[57..]].concat())
        .expect("writable");
    refused("another header", 7, "R0701");
    let mut torn = sound.clone();
    torn[4096..8192].fill(0xa5);
    fs::write(&store, &torn).expect("writable");
    refused("a page of garbage", 7, "R0701");
    fs::write(&store, b"").expect("writable");
    refused("an empty file", 7, "R0701");
    fs::remove_file(&store).expect("there");
    refused("no file", 7, "R0701");
    let foreign = rusqlite::Connection::open(&store).expect("a database");
    foreign.execute_batch("CREATE TABLE other (a)").expect("writable");
    drop(foreign);
    refused("a database of something else", 1, "R0102");
    fs::write(&store, &sound).expect("writable");
    sandbox.guildhall(&[&args[..], &["--dry-run"]].concat()).exits(0);
}

/// A ledger inside a store that was edited by hand is found, and not taken for a spent budget.
#[test]
fn exit_7_for_a_privacy_ledger_that_was_edited() {
    let sandbox = Sandbox::with_study("");
    let args = ["run", "--study", "study.toml", "--data", "sales.csv", "--state", "state", "--json"];
    sandbox.guildhall(&[&args[..], &["--out", "first"]].concat()).exits(0);
    for number in 1..=5 {
        let store = rusqlite::Connection::open(sandbox.path(&format!("state/trustee-{number}.db"))).expect("opens");
        let edit = "UPDATE records SET value = CAST(replace(CAST(value AS TEXT), '\"2\"', '\"1\"') AS BLOB) \
                    WHERE key LIKE 'budget/entry/%'";
        assert!(store.execute(edit, []).expect("writable") > 0);
        store.execute("UPDATE records SET value = CAST('{}' AS BLOB) WHERE key LIKE 'openings/%'", []).expect("done");
    }
    let run = sandbox.guildhall(&[&args[..], &["--out", "second"]].concat());
    run.exits(7);
    assert_eq!(json(&run.stderr)["code"], "R0701");
}

#[test]
fn exit_1_where_nothing_can_be_written() {
    let sandbox = Sandbox::with_study("");
    sandbox.write("file", "in the way");
    let args = ["run", "--study", "study.toml", "--data", "sales.csv", "--out", "file/round"];
    sandbox.guildhall(&args).exits(1);
}
