//! `docs/checks.md` names only tests that exist and the bugs of `tests/planted.toml`, whose places are still there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn every_test_named_in_the_checks_exists() {
    let sources = sources();
    let checks = checks();
    // What stands under "Fuzzing" are names of targets.
    let named = checks.split("\n## Fuzzing\n").next().unwrap_or_default();
    let names: Vec<&str> = quoted(named).filter(|name| is_test_name(name)).collect();
    let missing: Vec<&&str> = names.iter().filter(|name| !sources.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "docs/checks.md names tests that do not exist: {missing:?}");
    assert!(names.len() > 40, "the tables were not read");
}

/// Each bug stands beside the test that catches it, and each that stands there is one.
#[test]
fn the_planted_bugs_are_those_of_the_checks() {
    let checks = checks();
    let named: BTreeSet<&str> = checks.lines().filter(|line| line.starts_with('|')).flat_map(bugs).collect();
    let planted = planted();
    let listed: BTreeSet<&str> = planted.iter().map(|bug| text(bug, "id")).collect();
    assert_eq!(listed.len(), planted.len(), "tests/planted.toml uses an id twice");
    assert_eq!(named, listed, "docs/checks.md and tests/planted.toml name different bugs");
    for bug in &planted {
        let (id, test) = (text(bug, "id"), text(bug, "test"));
        let beside = |line: &str| bugs(line).any(|named| named == id) && quoted(line).any(|name| name == test);
        assert!(checks.lines().any(beside), "{id} does not stand beside its test {test} in docs/checks.md");
    }
    assert!(planted.len() >= 25, "{} bugs", planted.len());
}

#[test]
fn every_planted_bug_fits_the_sources() {
    let (root, sources) = (Path::new(env!("CARGO_MANIFEST_DIR")), sources());
    for bug in planted() {
        let id = text(&bug, "id");
        let source = fs::read_to_string(root.join(text(&bug, "file"))).unwrap_or_default();
        let times = source.matches(text(&bug, "find")).count();
        assert_eq!(times, 1, "{id}: what it replaces is found {times} times in {}", text(&bug, "file"));
        assert_ne!(text(&bug, "find"), text(&bug, "put"), "{id} changes nothing");
        assert!(sources.contains(&format!("fn {}(", text(&bug, "test"))), "{id} names a test that does not exist");
    }
}

fn checks() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/checks.md");
    fs::read_to_string(path).expect("docs/checks.md is there")
}

fn planted() -> Vec<toml::Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/planted.toml");
    let list: toml::Table = fs::read_to_string(path).expect("tests/planted.toml is there").parse().expect("TOML");
    list["bug"].as_array().expect("a list of bugs").clone()
}

fn text<'a>(bug: &'a toml::Value, key: &str) -> &'a str {
    bug[key].as_str().expect("a text")
}

/// What stands between backticks in the rows of tables.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| line.starts_with('|')).flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// Ids such as P07 in the last column of a row.
fn bugs(row: &str) -> impl Iterator<Item = &str> {
    let last = row.trim_end_matches(['|', ' ']).rsplit('|').next().unwrap_or_default();
    last.split([',', ' ']).filter(|word| {
        (3..=4).contains(&word.len()) && word.starts_with('P') && word[1..].bytes().all(|digit| digit.is_ascii_digit())
    })
}

/// Function names only: lower case, with at least two underscores.
fn is_test_name(name: &str) -> bool {
    name.matches('_').count() >= 2 && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn sources() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = String::new();
    read_sources(&root.join("crates"), &mut sources);
    read_sources(&root.join("tests"), &mut sources);
    sources
}

fn read_sources(folder: &Path, sources: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            read_sources(&path, sources);
        } else if path.extension().is_some_and(|e| e == "rs") {
            sources.push_str(&fs::read_to_string(&path).unwrap_or_default());
        }
    }
}
