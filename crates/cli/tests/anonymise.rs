//! `guildhall risk` and `guildhall anonymise` from outside: refusals, previews, JSON of stated versions, real data.

mod common;

use common::{Sandbox, json, shared_data};
use serde_json::Value;
use std::fs;
use std::path::Path;

const POLICY: &str = r#"version = 1

[[column]]
name = "name"
role = "identifier"

[[column]]
name = "mail"
role = "identifier"
pseudonym = { method = "keyed-hash", domain = "crm", key = "crm.key", canonical = "none" }

[[column]]
name = "age"
role = "quasi-identifier"
hierarchy = { widths = [5, 10] }

[[column]]
name = "town"
role = "quasi-identifier"
hierarchy = { file = "town.csv" }

[[column]]
name = "illness"
role = "sensitive"

[[column]]
name = "spent"
role = "other"

[anonymise]
k = 4
suppression = "10%"
loss = "loss"

[[anonymise.model]]
column = "illness"
l = { distinct = 2 }

[[anonymise.figure]]
column = "spent"
by = "town"
"#;

/// 80 people in four towns of two counties.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let line = |n: u32| {
        let (town, illness) = (["Ay", "Be", "Ce", "De"][n as usize % 4], ["flu", "cold", "none"][n as usize % 3]);
        format!("person-{n};p{n}@example.org;{};{town};{illness};{}.50\n", 20 + n % 37, n % 9)
    };
    let people: String = (0..80).map(line).collect();
    sandbox.write("people.csv", &format!("name;mail;age;town;illness;spent\n{people}"));
    sandbox.write("town.csv", "Ay;North;*\nBe;North;*\nCe;South;*\nDe;South;*\n");
    sandbox.write("policy.toml", POLICY);
    sandbox
}

fn anonymise(sandbox: &Sandbox, further: &[&str]) -> common::Done {
    let mut args = vec!["anonymise", "--policy", "policy.toml", "--data", "people.csv"];
    args.extend(further);
    sandbox.guildhall(&args)
}

fn valid(schema: &str, instance: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(schema);
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).expect("shipped")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = validator.iter_errors(instance).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let mut surprised = instance.clone();
    surprised["surprise"] = 1.into();
    assert!(!validator.is_valid(&surprised), "the schema must be closed");
}

#[test]
fn rows_are_made_coarser_verified_and_written_once() {
    let sandbox = sandbox();
    let done = anonymise(&sandbox, &["--out", "published.csv", "--html", "risk.html", "--json"]);
    done.exits(0);
    let result = json(&done.stdout);
    valid("schemas/anonymise-v1.schema.json", &result);
    assert!(result["after"]["k"].as_u64() >= Some(4), "{result}");
    let text = fs::read_to_string(sandbox.path("published.csv")).expect("written");
    assert!(text.starts_with("age;town;illness;spent\n"), "{text}");
    assert!(!text.contains("person-") && !text.contains("example.org"));
    assert_eq!(text.lines().count() as u64, result["written_rows"].as_u64().expect("a count") + 1);
    let page = fs::read_to_string(sandbox.path("risk.html")).expect("written");
    assert!(page.contains("Utility against risk") && page.contains("not differential privacy"));
    let risk = sandbox.guildhall(&["risk", "published.csv", "--quasi", "age,town", "--sensitive", "illness", "--json"]);
    risk.exits(0);
    let risk = json(&risk.stdout);
    valid("../report/schemas/risk-v1.schema.json", &risk);
    assert_eq!(risk["k"], result["after"]["k"]);
    assert!(risk["sensitive"][0]["distinct_l"].as_u64() >= Some(2));
    let again = anonymise(&sandbox, &["--out", "published.csv"]);
    again.exits(8);
    assert!(again.stderr.contains("U0003"), "{}", again.stderr);
}

#[test]
fn a_dry_run_shows_everything_and_writes_nothing() {
    let sandbox = sandbox();
    let before: Vec<_> = fs::read_dir(sandbox.path("")).expect("readable").flatten().map(|f| f.file_name()).collect();
    let done = anonymise(&sandbox, &["--dry-run", "--out", "published.csv", "--html", "risk.html"]);
    done.exits(0);
    for part in ["Preview", "left out", "spent by town", "is not differential privacy", "Some of the rows"] {
        assert!(done.stdout.contains(part), "{part}: {}", done.stdout);
    }
    for part in ["\"name\" is left out", "\"mail\" is left out", "--keep-pseudonyms", "nothing was written"] {
        assert!(done.stderr.contains(part), "{part}: {}", done.stderr);
    }
    assert!(!done.stdout.contains("person-") && !done.stdout.contains("example.org"));
    let after: Vec<_> = fs::read_dir(sandbox.path("")).expect("readable").flatten().map(|f| f.file_name()).collect();
    assert_eq!(before, after);
}

#[test]
fn local_recoding_keeps_every_row() {
    let sandbox = sandbox();
    let policy =
        POLICY.replace("suppression = \"10%\"", "suppression = 0").replace("loss = \"loss\"", "search = \"mondrian\"");
    sandbox.write("policy.toml", &policy);
    let done = anonymise(&sandbox, &["--out", "published.csv", "--json"]);
    done.exits(0);
    let result = json(&done.stdout);
    valid("schemas/anonymise-v1.schema.json", &result);
    assert_eq!((&result["left_out"], &result["written_rows"]), (&0.into(), &80.into()));
    assert!(result["after"]["k"].as_u64() >= Some(4));
}

#[test]
fn what_does_not_fit_is_refused_with_its_place() {
    let cases = [
        ("role = \"other\"", "role = \"free-text\"", 3, "S0605", "free text cannot be anonymised"),
        ("widths = [5, 10]", "dates = [\"year\"]", 3, "S0605", "is not a date"),
        (
            "name = \"spent\"\nrole = \"other\"",
            "name = \"age2\"\nrole = \"other\"",
            3,
            "S0204",
            "\"spent\" is not described",
        ),
        ("k = 4", "k = 81", 6, "P0631", "no combination of levels"),
        ("file = \"town.csv\"", "file = \"towns.csv\"", 1, "U0004", "towns.csv"),
        ("l = { distinct = 2 }", "l = { distinct = 4 }", 6, "P0631", "allow more suppression"),
    ];
    for (good, bad, exit, code, said) in cases {
        let sandbox = sandbox();
        assert_eq!(POLICY.matches(good).count(), 1, "{good}");
        sandbox.write("policy.toml", &POLICY.replace(good, bad));
        let done = anonymise(&sandbox, &["--out", "published.csv"]);
        done.exits(exit);
        assert!(done.stderr.contains(code) && done.stderr.contains(said), "{bad}: {}", done.stderr);
        assert!(!sandbox.path("published.csv").exists(), "{bad}");
    }
}

#[test]
fn a_broken_hierarchy_is_told_with_file_and_line() {
    let sandbox = sandbox();
    sandbox.write("town.csv", "Ay;North;*\nBe;North;*\nCe;South;*\nDe;South;other\n");
    let done = anonymise(&sandbox, &["--dry-run"]);
    done.exits(3);
    assert!(done.stderr.contains("S0603") && done.stderr.contains("town.csv:4"), "{}", done.stderr);
    sandbox.write("town.csv", "Ay;North;*\nBe;North;*\nCe;South;*\n");
    let done = anonymise(&sandbox, &["--dry-run"]);
    done.exits(3);
    assert!(done.stderr.contains("lacks 1 of the column's values"), "{}", done.stderr);
}

#[test]
fn columns_the_policy_does_not_describe_are_not_published() {
    let sandbox = sandbox();
    let text = fs::read_to_string(sandbox.path("people.csv")).expect("readable");
    let wider: String = text.lines().map(|line| format!("{line};secret\n")).collect();
    sandbox.write("people.csv", &wider.replacen(";secret", ";passport", 1));
    let done = anonymise(&sandbox, &["--out", "published.csv"]);
    done.exits(3);
    assert!(done.stderr.contains("does not describe column \"passport\""), "{}", done.stderr);
    assert!(!sandbox.path("published.csv").exists());
}

#[test]
fn the_data_are_never_overwritten_and_columns_are_named_once() {
    let sandbox = sandbox();
    let before = fs::read(sandbox.path("people.csv")).expect("readable");
    anonymise(&sandbox, &["--out", "people.csv"]).exits(8);
    sandbox.guildhall(&["risk", "people.csv", "--quasi", "age", "--html", "people.csv"]).exits(8);
    assert_eq!(fs::read(sandbox.path("people.csv")).expect("readable"), before);
    sandbox.guildhall(&["risk", "people.csv"]).exits(2);
    sandbox.guildhall(&["risk", "people.csv", "--quasi", "age,town", "--sensitive", "age"]).exits(2);
    sandbox.guildhall(&["risk", "people.csv", "--quasi", "ages"]).exits(3);
}

#[test]
fn a_population_bounds_what_a_row_may_stand_for() {
    let sandbox = sandbox();
    let people = |n: u32| format!("{};{}\n", 20 + n % 40, ["Ay", "Be", "Ce", "De"][(n / 40) as usize % 4]);
    let twice: String = (0..640).map(|n| people(n % 160)).collect();
    let own = fs::read_to_string(sandbox.path("people.csv")).expect("readable");
    let sample: String =
        own.lines().skip(1).map(|line| line.split(';').collect::<Vec<_>>()[2..4].join(";") + "\n").collect();
    sandbox.write("all.csv", &format!("age;town\n{sample}{twice}"));
    let rules =
        "k_map = { k = 30, population = \"all.csv\" }\npresence = { low = 0, high = 0.5, population = \"all.csv\" }";
    sandbox.write("policy.toml", &POLICY.replace("loss = \"loss\"", rules));
    let done = anonymise(&sandbox, &["--dry-run"]);
    done.exits(0);
    assert!(done.stdout.contains("fewest people behind a row"), "{}", done.stdout);
    sandbox.write("all.csv", "age;town\n20;Ay\n");
    let done = anonymise(&sandbox, &["--dry-run"]);
    done.exits(3);
    assert!(done.stderr.contains("79 rows have no counterpart in the population"), "{}", done.stderr);
}

#[test]
fn k_is_ten_and_the_salary_is_known_all_the_same() {
    let Some(path) = shared_data("anon_graded/adult_anonymized_10.csv") else { return };
    let sandbox = Sandbox::new();
    let quasi = "age,education,occupation,relationship,sex,native-country";
    let done =
        sandbox.guildhall(&["risk", &path.display().to_string(), "--quasi", quasi, "--sensitive", "salary-class"]);
    done.exits(0);
    assert!(done.stdout.contains("all rows of their class have the same value (l = 1)"), "{}", done.stdout);
    assert!(done.stdout.contains("is not differential privacy"));
}

/// The examples on the files they are written for: rows, rows left out, levels.
#[test]
fn the_examples_run_on_real_data() {
    let cases = [
        ("adult.toml", "adult_arx/adult.csv", Some(vec![1, 0, 1, 1, 3, 2, 2, 0, 1])),
        ("telco.toml", "telco_churn/wa_churn.csv", None),
        ("online_retail.toml", "online_retail/online_retail.csv.gz", None),
    ];
    for (policy, data, levels) in cases {
        let Some(data) = shared_data(data) else { return };
        let sandbox = Sandbox::new();
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/anonymise");
        sandbox.write("policy.toml", &fs::read_to_string(examples.join(policy)).expect("shipped"));
        for file in fs::read_dir(data.parent().expect("a folder")).expect("readable").flatten() {
            if file.file_name().to_string_lossy().contains("hierarchy") {
                sandbox.write(&file.file_name().to_string_lossy(), &fs::read_to_string(file.path()).expect("text"));
            }
        }
        let data = data.display().to_string();
        let done = sandbox.guildhall(&[
            "anonymise",
            "--policy",
            "policy.toml",
            "--data",
            &data,
            "--out",
            "published.csv",
            "--json",
        ]);
        done.exits(0);
        let result = json(&done.stdout);
        valid("schemas/anonymise-v1.schema.json", &result);
        assert!(result["verified"]["k"].as_u64() >= Some(5), "{policy}: {result}");
        if let Some(levels) = levels {
            let found: Vec<u64> = result["quasi_identifiers"]
                .as_array()
                .expect("columns")
                .iter()
                .map(|column| column["level"].as_u64().expect("a level"))
                .collect();
            assert_eq!(found, levels);
            let loss = result["loss"]["value"].as_f64().expect("a loss");
            assert!((loss - 255_559.854_557_310_67).abs() < 1e-9 * loss, "{loss}");
        }
    }
}

/// The page for users lists every key: its policies are read, and the long one uses every choice there is.
#[test]
fn the_policies_of_the_page_are_read_and_use_every_key() {
    use guildhall_cli::data_policy::{
        BetaLimit, DataPolicy, DiversityLimit, HierarchySource, ModelLimit, PseudonymMethod, Role, TransportLimit,
    };
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/anonymise.md");
    let page = fs::read_to_string(page).expect("the page");
    let blocks: Vec<&str> = page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let read = |text: &&str| DataPolicy::parse(Path::new("anonymise.md"), text);
    let policies: Vec<DataPolicy> = blocks.iter().map(|text| read(text).expect("a policy")).collect();
    let longest = policies.iter().max_by_key(|policy| policy.columns.len()).expect("a policy");
    let count = |words: Vec<String>| words.into_iter().collect::<std::collections::BTreeSet<String>>().len();
    let method = |method: &PseudonymMethod| format!("{:?}", std::mem::discriminant(method));
    let levels = |levels: &HierarchySource| format!("{:?}", std::mem::discriminant(levels));
    let limit = |limit: &ModelLimit| match limit {
        ModelLimit::Diversity(DiversityLimit::Distinct(_)) => "distinct",
        ModelLimit::Diversity(DiversityLimit::Entropy(_)) => "entropy",
        ModelLimit::Diversity(DiversityLimit::Recursive(..)) => "recursive",
        ModelLimit::Transport(TransportLimit::Equal(_)) => "equal",
        ModelLimit::Transport(TransportLimit::Ordered(_)) => "ordered",
        ModelLimit::Transport(TransportLimit::Hierarchical(_)) => "hierarchical",
        ModelLimit::Alpha(_) => "alpha",
        ModelLimit::Beta(BetaLimit::Basic(_)) => "basic",
        ModelLimit::Beta(BetaLimit::Enhanced(_)) => "enhanced",
        ModelLimit::Delta(_) => "delta",
    };
    let columns = &longest.columns;
    assert_eq!(count(columns.iter().map(|column| column.role.word().to_owned()).collect()), Role::WORDS.len());
    assert_eq!(count(columns.iter().filter_map(|column| column.pseudonym.as_ref().map(method)).collect()), 7);
    assert_eq!(count(columns.iter().filter_map(|column| column.hierarchy.as_ref().map(levels)).collect()), 4);
    let section = longest.anonymise.as_ref().expect("[anonymise]");
    let limits = section.models.iter().flat_map(|model| &model.limits).map(|given| limit(given).to_owned());
    assert_eq!(count(limits.collect()), 10);
    assert!(section.k_map.is_some() && section.presence.is_some() && section.figures[0].by.is_some());
}

#[test]
fn two_outputs_in_one_file_are_refused_before_any_work() {
    let sandbox = sandbox();
    for html in ["o.csv", "./o.csv"] {
        let done = anonymise(&sandbox, &["--out", "o.csv", "--html", html]);
        done.exits(2);
        assert!(!sandbox.path("o.csv").exists() && !done.stderr.contains("rows read"), "{}", done.stderr);
    }
    let done = anonymise(&sandbox, &["--out", "absent/o.csv"]);
    done.exits(1);
    assert!(!done.stderr.contains("rows read"), "{}", done.stderr);
}

#[cfg(unix)]
#[test]
fn what_is_written_is_its_owners_only_and_gzipped_where_the_name_says_so() {
    use std::io::Read;
    use std::os::unix::fs::PermissionsExt;
    let sandbox = sandbox();
    anonymise(&sandbox, &["--out", "o.csv"]).exits(0);
    anonymise(&sandbox, &["--out", "o.csv.gz"]).exits(0);
    let plain = fs::read_to_string(sandbox.path("o.csv")).expect("written");
    let mut packed = String::new();
    let file = fs::File::open(sandbox.path("o.csv.gz")).expect("written");
    flate2::read::GzDecoder::new(file).read_to_string(&mut packed).expect("gzip");
    assert_eq!(plain, packed);
    for name in ["o.csv", "o.csv.gz"] {
        let mode = fs::metadata(sandbox.path(name)).expect("written").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

/// A file of levels holds the values of people: an error names its line and column.
#[test]
fn a_mistake_in_a_file_of_levels_is_told_by_line_and_column_only() {
    let sandbox = sandbox();
    for (levels, place) in [
        ("canary-a;canary-x;canary-y\ncanary-b;canary-x;canary-z\n", "levels.csv:2:3"),
        ("canary-a;*\ncanary-a;*\n", "levels.csv:2:1"),
        ("canary-a;*\n", "levels.csv"),
    ] {
        sandbox.write("levels.csv", levels);
        sandbox.write(
            "l.toml",
            "version = 1\n[[column]]\nname = \"x\"\nrole = \"quasi-identifier\"\nhierarchy = { file = \"levels.csv\" }\n[anonymise]\nk = 2\n",
        );
        sandbox.write("l.csv", "x\ncanary-a\ncanary-b\ncanary-a\ncanary-b\n");
        let done = sandbox.guildhall(&["anonymise", "--policy", "l.toml", "--data", "l.csv", "--out", "lo.csv"]);
        done.exits(3);
        assert!(done.stderr.contains(place) && !done.stderr.contains("canary"), "{}", done.stderr);
    }
}

/// What has to change is where the message points, and nobody is told of a study who has none.
#[test]
fn errors_point_at_the_file_that_has_to_change() {
    let sandbox = sandbox();
    let done = sandbox.guildhall(&["anonymise", "--policy", "absent.toml", "--data", "people.csv", "--dry-run"]);
    done.exits(1);
    assert!(done.stderr.contains("absent.toml") && !done.stderr.contains("study"), "{}", done.stderr);
    let done = sandbox.guildhall(&["anonymise", "--policy", "policy.toml", "--data", "absent.csv", "--dry-run"]);
    done.exits(3);
    assert!(done.stderr.contains("absent.csv") && !done.stderr.contains("study"), "{}", done.stderr);
    let strict = fs::read_to_string(sandbox.path("policy.toml")).expect("there").replace("k = 4", "k = 1000000");
    sandbox.write("strict.toml", &strict);
    let done = sandbox.guildhall(&["anonymise", "--policy", "strict.toml", "--data", "people.csv", "--dry-run"]);
    done.exits(6);
    assert!(done.stderr.contains("strict.toml"), "{}", done.stderr);
    let done = sandbox.guildhall(&["risk", "people.csv", "--quasi", "nothing"]);
    done.exits(3);
    assert!(!done.stderr.contains("study") && !done.stderr.contains("(`preamble`)"), "{}", done.stderr);
}

/// Where the rows are, the page is there too; and what an interrupted run left is named.
#[test]
fn the_rows_come_last_and_a_rerun_has_a_way_on() {
    let sandbox = sandbox();
    let args = ["anonymise", "--policy", "policy.toml", "--data", "people.csv", "--out", "o.csv", "--html", "o.html"];
    // Somebody else is writing the page: the rows must not be in place without it.
    let busy = fs::File::create(sandbox.path(".o.html.guildhall-part")).expect("writable");
    busy.lock().expect("locks");
    assert_ne!(sandbox.guildhall(&args).code, Some(0));
    assert!(!sandbox.path("o.csv").exists() && !sandbox.path("o.html").exists());
    drop(busy);
    sandbox.write("o.html", "left by a run that was killed");
    let done = sandbox.guildhall(&args);
    done.exits(8);
    assert!(done.stderr.contains("interrupted run") && done.stderr.contains("o.html"), "{}", done.stderr);
    fs::remove_file(sandbox.path("o.html")).expect("there");
    sandbox.guildhall(&args).exits(0);
    assert!(sandbox.path("o.csv").exists() && sandbox.path("o.html").exists());
}

#[test]
fn an_empty_name_of_a_column_is_a_mistake_of_the_command() {
    for quasi in ["", "age,,zip", " "] {
        let done = sandbox().guildhall(&["risk", "people.csv", "--quasi", quasi]);
        done.exits(2);
        assert!(done.stderr.contains("empty name") && !done.stderr.contains("study"), "{}", done.stderr);
    }
}
