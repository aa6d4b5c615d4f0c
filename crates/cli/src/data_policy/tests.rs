//! Every mistake a data policy can hold, found at its place; and policies that read back as they were written.

use super::*;
use crate::all_codes;
use guildhall_kpi::Rational;
use std::path::Path;

const WHOLE: &str = r#"version = 1

[[column]]
name = "email"
holds = "email"
role = "identifier"
pseudonym = { method = "joint", domain = "crm" }

[[column]]
name = "phone"
role = "identifier"
pseudonym = { method = "joint", domain = "crm", kind = "phone", region = "DE" }

[[column]]
name = "account"
role = "identifier"
pseudonym = { method = "ff1", domain = "crm", key = "crm.key", alphabet = "0123456789" }

[[column]]
name = "since"
role = "quasi-identifier"
pseudonym = { method = "date-shift", domain = "crm", key = "crm.key", days = 30, subject = "email", kind = "email", local_part = "lower" }
hierarchy = { dates = ["month", "quarter", "year"] }

[[column]]
name = "age"
role = "quasi-identifier"
hierarchy = { widths = [5, 10, 20] }

[[column]]
name = "zip"
role = "quasi-identifier"
hierarchy = { keep = [4, 2, 0] }

[[column]]
name = "diagnosis"
role = "sensitive"
hierarchy = { file = "diagnosis.csv" }

[[column]]
name = "notes"
role = "free-text"
pseudonym = { method = "remove" }

[[column]]
name = "revenue"
role = "other"

[anonymise]
k = 5
suppression = "4%"
loss = "non-uniform-entropy"
search = "lattice"
k_map = { k = 10, population = "people.csv" }
presence = { low = 0, high = 0.5, population = "people.csv" }

[[anonymise.model]]
column = "diagnosis"
l = { recursive = [4, 3] }
t = { hierarchical = 0.2 }
alpha = "50%"
beta = 1.0
delta = 1.5

[[anonymise.figure]]
column = "revenue"
by = "zip"
"#;

fn parse(text: &str) -> Result<DataPolicy, crate::Failure> {
    DataPolicy::parse(Path::new("folder/policy.toml"), text)
}

fn ratio(num: u64, den: u64) -> Rational {
    Rational::new(num, den).expect("not over zero")
}

#[test]
fn everything_that_can_be_said_is_read() {
    let policy = parse(WHOLE).expect("a good policy");
    let joint = PseudonymMethod::Joint { domain: "crm".to_owned(), kind: "email".to_owned(), region: None };
    assert_eq!(policy.column("email").and_then(|c| c.pseudonym.clone()), Some(joint), "holds is the default of kind");
    let quasi: Vec<&str> = policy.of_role(Role::QuasiIdentifier).map(|c| c.name.as_str()).collect();
    assert_eq!(quasi, ["since", "age", "zip"]);
    assert_eq!(policy.file(Path::new("crm.key")), Path::new("folder/crm.key"));
    let anonymise = policy.anonymise.expect("it is there");
    assert_eq!((anonymise.k, anonymise.suppression), (5, ratio(1, 25)));
    let [model] = anonymise.models.as_slice() else { panic!("one rule") };
    let expected = [
        ModelLimit::Diversity(DiversityLimit::Recursive(ratio(4, 1), 3)),
        ModelLimit::Transport(TransportLimit::Hierarchical(ratio(1, 5))),
        ModelLimit::Alpha(ratio(1, 2)),
        ModelLimit::Beta(BetaLimit::Basic(ratio(1, 1))),
        ModelLimit::Delta(ratio(3, 2)),
    ];
    assert_eq!(model.limits, expected);
}

#[test]
fn a_written_policy_reads_back_as_it_was() {
    let policy = parse(WHOLE).expect("a good policy");
    let text = policy.to_toml_with(|column| Some(format!("about {}\u{7}\nsecond line", column.name)));
    assert!(text.contains("[[column]]\n# about zip\n# second line\nname = \"zip\"\n"), "{text}");
    assert_eq!(parse(&text).expect("readable"), policy);
    let mut odd = DataPolicy { folder: policy.folder, ..DataPolicy::default() };
    for name in ["a\"b\\c", "tab'le", "ß [x] # y", "''' \"\"\""] {
        let (holds, role) = (Some(name.to_owned()), Role::Other);
        odd.columns.push(ColumnPolicy { name: name.to_owned(), holds, role, pseudonym: None, hierarchy: None });
    }
    assert_eq!(parse(&odd.to_toml()).expect("readable"), odd);
}

#[test]
fn a_keyed_hash_says_which_text_is_hashed() {
    use guildhall_pseudonym::own::Spelling;
    use guildhall_pseudonym::{LocalPart, Rules};
    let of = |keys: &str, holds: &str| {
        let method = format!("method = \"keyed-hash\", domain = \"crm\", key = \"k\"{keys}");
        let text = format!(
            "version = 1\n[[column]]\nname = \"id\"\nholds = \"{holds}\"\nrole = \"identifier\"\npseudonym = {{ {method} }}\n"
        );
        let policy = parse(&text)?;
        assert_eq!(parse(&policy.to_toml()).expect("readable"), policy, "{keys}");
        Ok(policy.columns[0].pseudonym.clone())
    };
    let found = |keys: &str, holds: &str| match of(keys, holds) {
        Ok(Some(PseudonymMethod::KeyedHash { spelling, .. })) => Ok(spelling),
        Ok(other) => panic!("{other:?}"),
        Err(failure) => Err::<Spelling, crate::Failure>(failure),
    };
    let region = "DE".parse().expect("a region");
    for (keys, holds, spelling) in [
        (", canonical = \"none\"", "email", Spelling::AsItStands),
        (", kind = \"plain\"", "email", Spelling::Canonical(Rules::Plain)),
        (", local_part = \"lower\"", "email", Spelling::Canonical(Rules::Email(LocalPart::Lower))),
        (", kind = \"phone\", region = \"DE\"", "x", Spelling::Canonical(Rules::Phone(region))),
    ] {
        assert_eq!(found(keys, holds).expect("a good policy"), spelling, "{keys}");
    }
    for (keys, holds, code, words) in [
        ("", "name", "S0103", "canonical = \"none\""),
        ("", "email", "S0103", "local_part"),
        (", kind = \"phone\"", "x", "S0103", "region"),
        (", kind = \"phone\", region = \"XQ\"", "x", "S0105", "DE"),
        (", canonical = \"yes\"", "x", "S0105", "none"),
        (", canonical = \"none\", kind = \"plain\"", "x", "S0102", "method = \"keyed-hash\""),
    ] {
        let text = found(keys, holds).expect_err(keys).render();
        assert!(text.contains(code) && text.contains(words), "{keys}: {text}");
    }
}

#[test]
fn a_mistake_in_a_method_names_that_method() {
    for method in ["aes-siv", "ff1", "date-shift", "keyed-hash", "token", "remove"] {
        let text = format!(
            "version = 1\n[[column]]\nname = \"id\"\nrole = \"identifier\"\npseudonym = {{ method = \"{method}\", surplus = 1 }}\n"
        );
        let text = parse(&text).expect_err("a key too many").render();
        assert!(text.contains(&format!("method = \"{method}\"")) && !text.contains("joint"), "{text}");
    }
}

/// (text of the policy, what it becomes, the code, the line it is found on, part of message and remedy).
const PLANTED: &[(&str, &str, &str, &str, &str)] = &[
    ("version = 1", "version = 2", "S0104", "version", "from 1 to 1"),
    ("version = 1", "", "S0103", "", "version"),
    ("name = \"age\"", "name = \"zip\"", "S0601", "name = \"zip\"", "described twice"),
    ("name = \"age\"", "nam = \"age\"", "S0102", "nam =", "did you mean \"name\""),
    ("role = \"free-text\"", "role = \"freetext\"", "S0105", "freetext", "did you mean \"free-text\""),
    ("role = \"free-text\"\n", "", "S0103", "[[column]]", "role"),
    ("method = \"ff1\"", "method = \"ff3\"", "S0105", "ff3", "ff1"),
    (
        "domain = \"crm\", key = \"crm.key\", alphabet",
        "key = \"crm.key\", alphabet",
        "S0103",
        "ff1",
        "cannot be linked",
    ),
    ("key = \"crm.key\", alphabet", "alphabet", "S0103", "ff1", "key file"),
    (", region = \"DE\"", "", "S0602", "phone", "region = \"DE\""),
    ("days = 30", "days = 0", "S0104", "days", "from 1"),
    ("widths = [5, 10, 20]", "widths = [5, 12]", "S0603", "widths", "multiple"),
    ("widths = [5, 10, 20]", "widths = [5, 0]", "S0104", "widths", "above 0"),
    ("widths = [5, 10, 20]", "widths = []", "S0104", "widths", "above 0"),
    ("keep = [4, 2, 0]", "keep = [2, 4]", "S0603", "keep", "smaller"),
    ("[\"month\", \"quarter\", \"year\"]", "[\"year\", \"month\"]", "S0603", "year", "month, quarter, year"),
    ("[\"month\", \"quarter\", \"year\"]", "[\"weekday\"]", "S0105", "weekday", "month"),
    ("keep = [4, 2, 0]", "keep = [4], widths = [5]", "S0603", "keep", "exactly one way"),
    (
        "name = \"revenue\"\nrole = \"other\"",
        "name = \"revenue\"\nrole = \"other\"\nhierarchy = { keep = [1] }",
        "S0603",
        "keep = [1]",
        "no effect",
    ),
    ("k = 5", "k = 0", "S0104", "k = 0", "from 1"),
    ("suppression = \"4%\"", "suppression = \"400%\"", "S0104", "400%", "share"),
    ("loss = \"non-uniform-entropy\"", "loss = \"entropy\"", "S0105", "entropy", "non-uniform-entropy"),
    ("high = 0.5", "high = 1.5", "S0104", "high", "probability"),
    ("low = 0, high = 0.5", "low = 0.7, high = 0.5", "S0604", "low", "swap"),
    ("column = \"diagnosis\"", "column = \"diagnoses\"", "S0204", "diagnoses", "did you mean \"diagnosis\""),
    ("column = \"diagnosis\"", "column = \"revenue\"", "S0604", "revenue", "not sensitive"),
    ("l = { recursive = [4, 3] }", "l = { recursive = [4] }", "S0104", "recursive", "[c, l]"),
    ("l = { recursive = [4, 3] }", "l = { distinct = 3, entropy = 2 }", "S0604", "distinct", "exactly one way"),
    ("l = { recursive = [4, 3] }", "l = { entropy = 1 }", "S0604", "entropy", "above 1"),
    ("t = { hierarchical = 0.2 }", "t = { equals = 0.2 }", "S0102", "equals", "did you mean \"equal\""),
    ("hierarchy = { file = \"diagnosis.csv\" }\n", "", "S0604", "hierarchical", "hierarchy"),
    ("beta = 1.0", "beta = 0", "S0604", "[[anonymise.model]]", "above 0"),
    (
        "column = \"revenue\"\nby = \"zip\"",
        "column = \"revenue\"\nby = \"zipp\"",
        "S0204",
        "zipp",
        "did you mean \"zip\"",
    ),
];

#[test]
fn every_mistake_is_found_at_its_place() {
    for (good, bad, code, line, said) in PLANTED {
        assert_eq!(WHOLE.matches(good).count(), 1, "{good:?} must stand in the policy once");
        let failure = parse(&WHOLE.replace(good, bad)).expect_err(bad);
        let found = failure.problems().iter().find(|problem| problem.code == *code);
        let problem = found.unwrap_or_else(|| panic!("{bad:?}: no {code} in {failure}"));
        let place = problem.place.as_ref().expect("a place");
        assert!(place.source.as_deref().unwrap_or_default().contains(line), "{bad:?}: found at {place:?}");
        let text = format!("{} {}", problem.message, problem.remedy.as_deref().unwrap_or_default());
        assert!(text.contains(said), "{bad:?}: {text}");
        assert_eq!(problem.kind().exit(), 3);
        assert!(all_codes().iter().any(|known| known.id == *code));
    }
}

#[test]
fn rules_that_protect_nobody_are_refused() {
    let bare = "version = 1\n[[column]]\nname = \"a\"\nrole = \"other\"\n[anonymise]\nk = 1\n";
    let failure = parse(bare).expect_err("nothing to protect");
    let messages: Vec<&str> = failure.problems().iter().map(|problem| problem.message.as_str()).collect();
    assert!(messages.iter().any(|message| message.contains("k = 1")), "{messages:?}");
    assert!(messages.iter().any(|message| message.contains("quasi-identifier")), "{messages:?}");
}

#[test]
fn several_mistakes_are_told_at_once_in_order() {
    let failure = parse(&WHOLE.replace("k = 5", "k = 0").replace("days = 30", "days = 0")).expect_err("two mistakes");
    let lines: Vec<Option<u64>> =
        failure.problems().iter().map(|problem| problem.place.as_ref().and_then(|place| place.line)).collect();
    assert_eq!(lines.len(), 2, "{failure}");
    assert!(lines[0] < lines[1]);
}

#[test]
fn the_documented_policies_are_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = |name: &str| std::fs::read_to_string(root.join(name)).expect("it is there");
    let page = text("docs/anonymise.md");
    let block = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a policy");
    let names = ["adult", "telco", "online_retail"].map(|name| text(&format!("examples/anonymise/{name}.toml")));
    for policy in names.iter().map(String::as_str).chain([block]) {
        assert!(parse(policy).expect("a good policy").anonymise.is_some());
    }
}
