//! The program from outside: exit codes, what goes to stdout and what to stderr, JSON of stated versions.
//!
//! Transcripts are data: `tests/cmd/*.trycmd`. What needs more than a transcript is below.

use serde_json::Value;
use snapbox::cmd::{Command, OutputAssert, cargo_bin};
use std::path::Path;

fn guildhall(args: &[&str], folder: &Path) -> OutputAssert {
    Command::new(cargo_bin!("guildhall")).args(args).current_dir(folder).env_remove("NO_COLOR").assert()
}

fn stdout(outcome: &OutputAssert) -> String {
    String::from_utf8(outcome.get_output().stdout.clone()).expect("text")
}

fn stderr(outcome: &OutputAssert) -> String {
    String::from_utf8(outcome.get_output().stderr.clone()).expect("text")
}

fn is_valid(schema: &str, instance: &Value) -> bool {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(schema);
    let text = std::fs::read_to_string(path).expect("the schema is shipped");
    let schema: Value = serde_json::from_str(&text).expect("the schema is JSON");
    jsonschema::validator_for(&schema).expect("the schema is a schema").is_valid(instance)
}

#[test]
fn transcripts() {
    trycmd::TestCases::new().register_bin("guildhall", cargo_bin!("guildhall")).case("tests/cmd/*.trycmd");
}

#[test]
fn json_of_a_check_has_its_schema_and_stderr_is_silent() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    guildhall(&["study", "new"], folder.path()).success();
    let outcome = guildhall(&["study", "check", "--json"], folder.path()).success();
    assert_eq!(stderr(&outcome), "");
    let mut json: Value = serde_json::from_str(&stdout(&outcome)).expect("one JSON object");
    assert!(is_valid("study-check-v1.schema.json", &json), "{json:#}");
    json["surprise"] = 1.into();
    assert!(!is_valid("study-check-v1.schema.json", &json), "the schema must be closed");
}

#[test]
fn every_study_among_the_examples_passes() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let others = ["trust", "disclosure", "overlap", "anonymise", "he", "pseudonym", "scan"];
    let folders = std::fs::read_dir(&examples).into_iter().flatten().flatten();
    let folders = folders.filter(|folder| !others.iter().any(|other| folder.path().ends_with(other)));
    let files = folders.flat_map(|folder| std::fs::read_dir(folder.path()).into_iter().flatten().flatten());
    for study in files.map(|file| file.path()).filter(|path| path.extension().is_some_and(|e| e == "toml")) {
        guildhall(&["study", "check", &study.to_string_lossy()], &examples).success();
    }
}

#[test]
fn json_of_an_error_has_its_schema_and_stdout_is_silent() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("study.toml"), "[study]\nid = 1\n").expect("written");
    for (args, exit) in [
        (vec!["study", "check", "--json"], 3),
        (vec!["stdy", "--json"], 2),
        (vec!["--json"], 2),
        (vec!["study", "new", "--json"], 8),
        (vec!["explain", "X", "--json"], 2),
    ] {
        let outcome = guildhall(&args, folder.path()).code(exit);
        assert_eq!(stdout(&outcome), "", "{args:?}");
        let mut json: Value = serde_json::from_str(&stderr(&outcome)).expect("one JSON object");
        assert!(is_valid("error-v1.schema.json", &json), "{args:?}: {json:#}");
        assert_eq!(json["exit"], exit, "{args:?}");
        json["surprise"] = 1.into();
        assert!(!is_valid("error-v1.schema.json", &json), "the schema must be closed");
    }
}

#[test]
fn every_code_that_is_listed_is_explained() {
    let here = Path::new(".");
    let list = stdout(&guildhall(&["explain"], here).success());
    assert!(list.lines().count() > 60, "{list}");
    for code in list.lines().filter_map(|line| line.split_whitespace().next()).step_by(7) {
        let page = stdout(&guildhall(&["explain", code], here).success());
        assert!(page.starts_with(&format!("{code}: ")) && page.contains("Exit code "), "{page}");
    }
}

#[test]
fn completions_and_manual_pages_are_written() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = stdout(&guildhall(&["completions", shell], Path::new(".")).success());
        assert!(script.contains("guildhall") && script.contains("study"), "{shell}");
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    guildhall(&["man", "--out", "man1"], folder.path()).success();
    for page in ["guildhall.1", "guildhall-study-check.1", "guildhall-explain.1"] {
        assert!(folder.path().join("man1").join(page).is_file(), "{page} is missing");
    }
    assert!(stdout(&guildhall(&["man"], folder.path()).success()).contains(".TH guildhall"));
}

#[test]
fn pipes_get_no_colours() {
    let outcome = guildhall(&["stdy"], Path::new("."));
    assert!(!stderr(&outcome).contains('\u{1b}'));
    let help = guildhall(&["--help"], Path::new("."));
    assert!(!stdout(&help).contains('\u{1b}'));
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_with_exit_130() {
    let (code, said) = interrupted(&[]);
    assert_eq!(code, Some(130));
    assert!(said.starts_with("error[U0010]: interrupted"), "{said}");
}

#[cfg(unix)]
#[test]
fn an_interrupt_with_json_is_an_error_object() {
    let (code, said) = interrupted(&["--json"]);
    assert_eq!(code, Some(130));
    let json: Value = serde_json::from_str(&said).expect("one JSON object");
    assert!(is_valid("error-v1.schema.json", &json), "{json:#}");
    assert_eq!((&json["code"], &json["exit"]), (&"U0010".into(), &130.into()));
}

/// Rows that take a while to write: time enough to interrupt it once it has begun.
#[cfg(unix)]
fn interrupted(further: &[&str]) -> (Option<i32>, String) {
    use std::process::{Command, Stdio};
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("rows.csv"), "town\n".repeat(2_000_001)).expect("written");
    let policy = "version = 1\n[[column]]\nname = \"town\"\nrole = \"other\"\n";
    std::fs::write(path("p.toml"), policy).expect("written");
    let child = Command::new(cargo_bin!("guildhall"))
        .args(["pseudonym", "apply", "rows.csv", "--policy", "p.toml", "--out", "out.csv"])
        .args(further)
        .current_dir(folder.path())
        .stderr(Stdio::piped())
        .spawn()
        .expect("guildhall starts");
    let begun = std::time::Instant::now();
    while !path(".out.csv.guildhall-part").exists() && begun.elapsed().as_secs() < 60 {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs").success());
    let output = child.wait_with_output().expect("guildhall ends");
    (output.status.code(), String::from_utf8(output.stderr).expect("text"))
}
