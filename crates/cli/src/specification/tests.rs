//! Specifications with something changed at random: read or refused with places, never a panic.

use super::{disclosure, trust};
use crate::Failure;
use proptest::prelude::*;
use std::path::Path;

const TRUST: [&str; 4] = [
    include_str!("../trust/survey.toml"),
    include_str!("../../../../examples/trust/online_retail.toml"),
    include_str!("../../../../examples/trust/cdnow.toml"),
    include_str!("../../../../examples/trust/telco_churn.toml"),
];
const DISCLOSURE: [&str; 1] = [include_str!("../../../../examples/disclosure/shops.toml")];

/// What a hurried or hostile hand writes where a value stood.
const VALUES: [&str; 24] = [
    "0",
    "-1",
    "1e400",
    "nan",
    "inf",
    "true",
    "[]",
    "{}",
    "\"\"",
    "\"'\"",
    "[[1]]",
    "99999999999999999999",
    "1/0",
    "\"1/0\"",
    "\"2026-13-41\"",
    "\"a b\"",
    "{ x = 1 }",
    "\"\\u0000\"",
    "0x10",
    "1979-05-27T07:32:00Z",
    "1_000",
    "\"(((((((((((((((((((((\"",
    "\"CASE WHEN\"",
    "\"sum(x)\"",
];

/// What is done to one line of a text.
#[derive(Clone, Debug)]
enum Change {
    Remove,
    Twice,
    Swap(usize),
    Value(usize),
    Key(usize),
    Cut(usize),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        1 => Just(Change::Remove),
        1 => Just(Change::Twice),
        1 => any::<usize>().prop_map(Change::Swap),
        3 => any::<usize>().prop_map(Change::Value),
        2 => any::<usize>().prop_map(Change::Key),
        1 => any::<usize>().prop_map(Change::Cut),
    ]
}

fn changed(text: &str, changes: &[(usize, Change)]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for (at, change) in changes {
        let count = lines.len().max(1);
        let at = at % count;
        let Some(line) = lines.get(at).cloned() else { continue };
        let key = |line: &str| line.split('=').next().unwrap_or_default().to_owned();
        match change {
            Change::Remove => drop(lines.remove(at)),
            Change::Twice => lines.insert(at, line),
            Change::Swap(other) => lines.swap(at, other % count),
            Change::Value(value) => lines[at] = format!("{}= {}", key(&line), VALUES[value % VALUES.len()]),
            Change::Key(other) => {
                let value = line.split_once('=').map_or("1", |(_, value)| value).to_owned();
                lines[at] = format!("{}={value}", key(&lines[other % count]));
            }
            Change::Cut(end) => {
                let ends: Vec<usize> = line.char_indices().map(|(end, _)| end).collect();
                lines[at] = ends.get(end % ends.len().max(1)).map_or(String::new(), |end| line[..*end].to_owned());
            }
        }
    }
    lines.join("\n")
}

/// Every mistake says where it stands, within the text, and how to mend it.
fn judged(text: &str, outcome: Result<(), Failure>) {
    let Err(failure) = outcome else { return };
    assert!(!failure.problems().is_empty());
    for problem in failure.problems() {
        let line = problem.place.as_ref().and_then(|place| place.line);
        assert!(line.is_some_and(|line| line >= 1 && line as usize <= text.lines().count() + 1), "{problem:?}");
        assert!(!problem.message.is_empty() && problem.remedy.is_some(), "{problem:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_trust_specifications_are_read_or_refused_with_places(
        which in 0usize..4, changes in prop::collection::vec((any::<usize>(), change()), 1..6),
    ) {
        let text = changed(TRUST[which], &changes);
        let read = trust(Path::new("trust.toml"), &text);
        if let Ok(spec) = &read {
            prop_assert_eq!(spec.check(), []);
        }
        judged(&text, read.map(drop));
    }

    #[test]
    fn changed_disclosure_policies_are_read_or_refused_with_places(
        changes in prop::collection::vec((any::<usize>(), change()), 1..6),
    ) {
        let text = changed(DISCLOSURE[0], &changes);
        judged(&text, disclosure(Path::new("table.toml"), &text));
    }
}

#[test]
fn what_is_shipped_has_no_mistake() {
    TRUST.iter().for_each(|text| assert!(trust(Path::new("trust.toml"), text).is_ok()));
    DISCLOSURE.iter().for_each(|text| assert!(disclosure(Path::new("table.toml"), text).is_ok()));
}
