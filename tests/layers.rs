//! Enforces who may use whom: the table in `docs/architecture.md`, section "Layers".
//!
//! The table of the document is the one that is read; there is no second copy. Dev-dependencies are
//! outside the rule, so that `testkit` can test anything.

use cargo_metadata::{DependencyKind, MetadataCommand};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const DOCUMENT: &str = "docs/architecture.md, section \"Layers\"";
const PREFIX: &str = "guildhall-";

/// Crate -> the crates it may use, all by short names.
type Table = BTreeMap<String, BTreeSet<String>>;

#[test]
fn crates_use_only_what_the_layers_allow() {
    let allowed = document();
    let used = workspace();
    assert!(used.len() > 5, "cargo metadata named only {used:?}");
    let broken = violations(&allowed, &used);
    assert!(
        broken.is_empty(),
        "{}\nThe rule is the table in {DOCUMENT}; change it only with a reason.",
        broken.join("\n")
    );
}

#[test]
fn a_planted_edge_is_found() {
    let allowed = document();
    let mut used = workspace();
    used.entry("dp".into()).or_default().insert("mpc".into());
    used.insert("newcomer".into(), BTreeSet::new());
    let broken = violations(&allowed, &used);
    assert!(broken.iter().any(|line| line.contains("`dp` uses `mpc`")), "{broken:?}");
    assert!(broken.iter().any(|line| line.contains("`newcomer`")), "{broken:?}");
}

fn violations(allowed: &Table, used: &Table) -> Vec<String> {
    let mut broken = Vec::new();
    for (name, uses) in used {
        match allowed.get(name) {
            None => broken.push(format!("`{name}` is not in the table")),
            Some(may) => {
                let extra = uses.iter().filter(|other| !may.contains(*other));
                broken.extend(extra.map(|other| format!("`{name}` uses `{other}`, which its layer does not allow")));
            }
        }
    }
    broken
}

/// Reads rows such as `| 2 | federation | purpose | kpi, mpc, dp, ledger |`.
fn document() -> Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md");
    let text = std::fs::read_to_string(path).expect("docs/architecture.md is there");
    let (_, section) = text.split_once("\n## Layers\n").expect("the document has a section Layers");
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        match cells.as_slice() {
            [layer, name, _, may] if *layer != "layer" && !layer.starts_with('-') => {
                Some((name.trim_matches('`').to_owned(), may.to_string()))
            }
            _ => None,
        }
    });
    let rows: Vec<(String, String)> = rows.collect();
    let names: BTreeSet<String> = rows.iter().map(|(name, _)| name.clone()).collect();
    rows.into_iter().map(|(name, may)| (name, allowance(&may, &names))).collect()
}

fn allowance(may: &str, names: &BTreeSet<String>) -> BTreeSet<String> {
    match may {
        "all" => names.clone(),
        "none of ours" => BTreeSet::new(),
        list => list.split(',').map(|name| name.trim().to_owned()).collect(),
    }
}

/// What `cargo metadata` says each crate of the workspace uses, normal and build dependencies.
fn workspace() -> Table {
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo metadata runs");
    let ours = metadata.packages.iter().filter_map(|package| {
        let name = package.name.strip_prefix(PREFIX)?;
        let uses = package.dependencies.iter().filter(|d| d.kind != DependencyKind::Development);
        Some((name.to_owned(), uses.filter_map(|d| d.name.strip_prefix(PREFIX).map(str::to_owned)).collect()))
    });
    ours.collect()
}
