//! `docs/checks.md` names only tests that exist.

use std::fs;
use std::path::Path;

#[test]
fn every_test_named_in_the_checks_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = String::new();
    read_sources(&root.join("crates"), &mut sources);
    read_sources(&root.join("tests"), &mut sources);
    let checks = fs::read_to_string(root.join("docs/checks.md")).expect("docs/checks.md is there");
    let tables = checks.lines().filter(|line| line.starts_with('|'));
    let names = tables.flat_map(|line| line.split('`').skip(1).step_by(2)).filter(|name| is_test_name(name));
    let names: Vec<&str> = names.collect();
    let missing: Vec<&&str> = names.iter().filter(|name| !sources.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "docs/checks.md names tests that do not exist: {missing:?}");
    assert!(names.len() > 40, "the tables were not read");
}

/// Function names only: lower case, with at least two underscores.
fn is_test_name(name: &str) -> bool {
    name.matches('_').count() >= 2 && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
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
