//! `guildhall pseudonym` from outside: who gets which pseudonym, what is refused with which exit code, what never shows.

mod common;

use common::{Done, Sandbox, json, shared_data};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn fits(schema: &str, instance: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(schema);
    let schema = json(&fs::read_to_string(path).expect("the schema is shipped"));
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    assert!(validator.is_valid(instance), "{instance:#}");
    let mut open = instance.clone();
    open["surplus"] = 1.into();
    assert!(!validator.is_valid(&open), "the schema must be closed");
}

const SETUP: [&str; 14] = [
    "pseudonym",
    "setup",
    "crm",
    "--state",
    "s",
    "--member",
    "north",
    "--member",
    "south",
    "--trustees",
    "3",
    "--threshold",
    "2",
    "--quota",
];

/// A folder with the example's file and policy, and a domain of 2 of 3 trustees.
fn shop(quota: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/pseudonym");
    for name in ["customers.csv", "customers.toml"] {
        sandbox.write(name, &fs::read_to_string(example.join(name)).expect("shipped"));
    }
    sandbox.guildhall(&[&SETUP[..], &[quota, "--email-local", "lower"]].concat()).exits(0);
    sandbox
}

const APPLY: [&str; 7] = ["pseudonym", "apply", "customers.csv", "--policy", "customers.toml", "--state", "s"];

fn apply(sandbox: &Sandbox, member: &str, out: &str, more: &[&str]) -> Done {
    sandbox.guildhall(&[&APPLY[..], &["--member", member, "--out", out], more].concat())
}

fn column(sandbox: &Sandbox, file: &str, at: usize) -> Vec<String> {
    let text = fs::read_to_string(sandbox.path(file)).expect("written");
    text.lines().skip(1).map(|line| line.split(',').nth(at).unwrap_or_default().to_owned()).collect()
}

/// Nothing that was said or written holds an identifier of the file.
fn says_nothing(done: &Done) {
    for canary in ["ann.lee", "Ann.Lee", "1234567", "cher.example", "cara@", "C-1001"] {
        assert!(
            !done.stdout.contains(canary) && !done.stderr.contains(canary),
            "{canary} in {}{}",
            done.stdout,
            done.stderr
        );
    }
}

#[test]
fn two_members_get_the_same_pseudonyms_from_any_trustees() {
    let sandbox = shop("100");
    let done = apply(&sandbox, "north", "north.csv", &[]);
    done.exits(0);
    says_nothing(&done);
    for (out, ask) in [("a.csv", "1,2"), ("b.csv", "1,3"), ("c.csv", "2,3")] {
        apply(&sandbox, "south", out, &["--ask", ask]).exits(0);
        let same = |name: &str| fs::read_to_string(sandbox.path(name)).expect("written");
        assert_eq!(same(out), same("north.csv"), "trustees {ask}");
    }
    let (emails, phones) = (column(&sandbox, "north.csv", 0), column(&sandbox, "north.csv", 1));
    // Two spellings of one customer; an empty cell stays empty; the column without a method is gone.
    assert_eq!(emails[0], emails[1]);
    assert_eq!(phones[0], phones[1]);
    assert_eq!(phones[3], "");
    assert_eq!(emails.iter().collect::<BTreeSet<_>>().len(), 3);
    assert!(emails.iter().all(|text| text.parse::<guildhall_pseudonym::Pseudonym>().is_ok()));
    let text = fs::read_to_string(sandbox.path("north.csv")).expect("written");
    assert!(text.starts_with("email,phone,town,spent\n"), "{text}");
    assert!(text.contains(",Berlin,120.50\n"), "{text}");
}

#[test]
fn json_of_setup_and_apply_has_its_schema() {
    let sandbox = shop("100");
    fits(
        "pseudonym-domain-v1.schema.json",
        &json(&fs::read_to_string(sandbox.path("s/domains/crm.json")).expect("there")),
    );
    let done = apply(&sandbox, "north", "out.csv", &["--json"]);
    done.exits(0);
    let summary = json(&done.stdout);
    fits("pseudonym-apply-v1.schema.json", &summary);
    // Three addresses and two numbers: each customer asks once.
    assert_eq!(summary["joint"][0]["evaluations"], 5);
    assert_eq!(summary["joint"][0]["left"], 95);
    let done = sandbox.guildhall(&[&APPLY[..], &["--dry-run", "--json"]].concat());
    done.exits(0);
    fits("pseudonym-apply-v1.schema.json", &json(&done.stdout));
}

#[test]
fn a_dry_run_shows_what_happens_and_writes_asks_and_counts_nothing() {
    let sandbox = shop("5");
    let done = sandbox.guildhall(&[&APPLY[..5], &["--dry-run"]].concat());
    done.exits(0);
    says_nothing(&done);
    assert!(done.stdout.contains("email: joint pseudonym in crm (e-mail)"), "{}", done.stdout);
    assert!(done.stdout.contains("number: left out"), "{}", done.stdout);
    assert!(done.stdout.contains("email=(joint pseudonym)") && done.stdout.contains("town=Potsdam"), "{}", done.stdout);
    assert!(!sandbox.path("out.csv").exists());
    // The whole quota is still there.
    apply(&sandbox, "north", "out.csv", &[]).exits(0);
}

#[test]
fn what_exceeds_a_quota_is_refused_and_nothing_is_written() {
    let sandbox = shop("7");
    apply(&sandbox, "north", "first.csv", &[]).exits(0);
    let done = apply(&sandbox, "north", "second.csv", &[]);
    done.exits(6);
    assert!(done.stderr.contains("P0681") && done.stderr.contains("2 of 7 are left"), "{}", done.stderr);
    says_nothing(&done);
    assert!(!sandbox.path("second.csv").exists());
    apply(&sandbox, "south", "third.csv", &[]).exits(0);
}

#[test]
fn what_is_missing_is_an_error_and_never_a_fallback() {
    let sandbox = shop("100");
    sandbox.guildhall(&[&APPLY[..5], &["--member", "north", "--out", "o.csv"]].concat()).exits(2);
    sandbox.guildhall(&[&APPLY[..], &["--out", "o.csv"]].concat()).exits(2);
    apply(&sandbox, "eve", "o.csv", &[]).exits(4);
    apply(&sandbox, "north", "o.csv", &["--epoch", "2"]).exits(4);
    let policy = fs::read_to_string(sandbox.path("customers.toml")).expect("there");
    sandbox.write("customers.toml", &policy.replace("domain = \"crm\"", "domain = \"shop\""));
    let done = apply(&sandbox, "north", "o.csv", &[]);
    done.exits(4);
    assert!(done.stderr.contains("K0411"), "{}", done.stderr);
    for (from, to) in [("domain = \"crm\"", ""), ("region = \"DE\"", ""), ("region = \"DE\"", "region = \"XQ\"")] {
        sandbox.write("customers.toml", &policy.replace(from, to).replace(", ,", ",").replace(", }", " }"));
        apply(&sandbox, "north", "o.csv", &[]).exits(3);
    }
    // A column of the file on which the policy says nothing.
    sandbox.write("customers.toml", policy.split("[[column]]\nname = \"town\"").next().expect("the first part"));
    let done = apply(&sandbox, "north", "o.csv", &[]);
    done.exits(3);
    assert!(done.stderr.contains("the policy says nothing about column \"town\""), "{}", done.stderr);
    assert!(!sandbox.path("o.csv").exists());
}

#[test]
fn a_trustee_without_its_own_agreement_serves_nobody_and_two_of_three_do() {
    let sandbox = shop("100");
    fs::remove_file(sandbox.path("s/trustee-1/crm.json")).expect("removed");
    apply(&sandbox, "north", "two.csv", &[]).exits(0);
    fs::remove_file(sandbox.path("s/trustee-3/crm.json")).expect("removed");
    let done = apply(&sandbox, "north", "one.csv", &[]);
    done.exits(4);
    assert!(done.stderr.contains("trustee 1 has no key"), "{}", done.stderr);
}

#[test]
fn a_cell_without_a_valid_identifier_is_named_by_line_and_column_and_not_shown() {
    let sandbox = shop("100");
    let text = fs::read_to_string(sandbox.path("customers.csv")).expect("there");
    sandbox.write("customers.csv", &text.replace("cara@example.net", "canary-7731 at example"));
    let done = apply(&sandbox, "north", "o.csv", &[]);
    done.exits(3);
    assert!(done.stderr.contains("customers.csv:5, column \"email\""), "{}", done.stderr);
    assert!(!done.stderr.contains("canary") && !sandbox.path("o.csv").exists(), "{}", done.stderr);
    let done = apply(&sandbox, "north", "o.csv", &["--blank-invalid"]);
    done.exits(0);
    assert!(done.stdout.contains("1 invalid and left empty"), "{}", done.stdout);
    assert_eq!(column(&sandbox, "o.csv", 0)[3], "");
}

#[test]
fn a_new_epoch_gives_other_pseudonyms_and_the_old_one_ends() {
    let sandbox = shop("100");
    let rotate = |more: &[&str]| sandbox.guildhall(&[&["pseudonym", "rotate", "crm", "--state", "s"], more].concat());
    apply(&sandbox, "north", "one.csv", &[]).exits(0);
    rotate(&["--renew-shares"]).exits(0);
    apply(&sandbox, "north", "renewed.csv", &["--ask", "2,3"]).exits(0);
    assert_eq!(column(&sandbox, "one.csv", 0), column(&sandbox, "renewed.csv", 0));
    rotate(&["--overlap-days", "1"]).exits(0);
    apply(&sandbox, "north", "two.csv", &[]).exits(0);
    apply(&sandbox, "north", "old.csv", &["--epoch", "1"]).exits(0);
    assert_eq!(column(&sandbox, "one.csv", 0), column(&sandbox, "old.csv", 0));
    let (old, new): (BTreeSet<_>, BTreeSet<_>) =
        (column(&sandbox, "one.csv", 0).into_iter().collect(), column(&sandbox, "two.csv", 0).into_iter().collect());
    assert!(old.is_disjoint(&new));
    rotate(&["--finish"]).exits(0);
    apply(&sandbox, "north", "still.csv", &["--epoch", "1"]).exits(0);
    rotate(&["--overlap-days", "0"]).exits(0);
    let done = apply(&sandbox, "north", "over.csv", &["--epoch", "2"]);
    done.exits(6);
    assert!(done.stderr.contains("P0689"), "{}", done.stderr);
    let done = rotate(&["--finish", "--json"]);
    done.exits(0);
    let agreement = json(&done.stdout);
    fits("pseudonym-domain-v1.schema.json", &agreement);
    assert_eq!(agreement["epochs"][1]["destroyed"], true);
    apply(&sandbox, "north", "three.csv", &[]).exits(0);
}

/// A domain of 2 of 4 trustees, resolved by 3, and four people.
fn resolvable() -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/pseudonym");
    for name in ["customers.csv", "customers.toml"] {
        sandbox.write(name, &fs::read_to_string(example.join(name)).expect("shipped"));
    }
    let people = ["--person", "rita", "--person", "anna", "--person", "ben", "--person", "cara"];
    let setup =
        ["pseudonym", "setup", "crm", "--state", "s", "--member", "north", "--trustees", "4", "--threshold", "2"];
    let more = ["--quota", "100", "--email-local", "lower", "--resolution-threshold", "3"];
    sandbox.guildhall(&[&setup[..], &more, &people].concat()).exits(0);
    apply(&sandbox, "north", "out.csv", &["--capsules", "capsules.csv", "--purpose", "fraud-report"]).exits(0);
    let pseudonym = column(&sandbox, "out.csv", 0).remove(0);
    (sandbox, pseudonym)
}

impl Sandbox {
    fn ask(&self, pseudonym: &str, purpose: &str, out: &str) -> Done {
        self.guildhall(&[
            "pseudonym",
            "resolve",
            "ask",
            pseudonym,
            "--capsules",
            "capsules.csv",
            "--state",
            "s",
            "--purpose",
            purpose,
            "--as",
            "rita",
            "--key",
            "s/people/rita.key",
            "--out",
            out,
        ])
    }

    fn approve(&self, ticket: &str, pseudonym: &str, name: &str) -> Done {
        self.approve_as(ticket, pseudonym, name, name)
    }

    fn approve_as(&self, ticket: &str, pseudonym: &str, name: &str, key: &str) -> Done {
        let key = format!("s/people/{key}.key");
        let about = ["--pseudonym", pseudonym, "--capsules", "capsules.csv", "--state", "s"];
        let who = ["pseudonym", "resolve", "approve", ticket, "--as", name, "--key", &key];
        self.guildhall(&[&who[..], &about].concat())
    }

    fn log(&self, ticket: &str, out: &str) -> Done {
        self.guildhall(&["pseudonym", "resolve", "log", ticket, "--state", "s", "--out", out])
    }

    fn open(&self, ticket: &str, receipt: &str, pseudonym: &str, more: &[&str]) -> Done {
        let args = ["pseudonym", "resolve", "open", ticket, "--receipt", receipt, "--pseudonym", pseudonym];
        self.guildhall(&[&args[..], &["--capsules", "capsules.csv", "--state", "s"], more].concat())
    }
}

#[test]
fn a_pseudonym_is_resolved_once_with_enough_approvals_and_a_logged_ticket() {
    let (sandbox, pseudonym) = resolvable();
    sandbox.ask(&pseudonym, "fraud-report", "t").exits(0);
    let done = sandbox.approve("t", &pseudonym, "rita");
    done.exits(6);
    assert!(done.stderr.contains("P0683"), "{}", done.stderr);
    for name in ["anna", "ben"] {
        sandbox.approve("t", &pseudonym, name).exits(0);
    }
    sandbox.log("t", "r").exits(0);
    let done = sandbox.open("t", "r", &pseudonym, &[]);
    done.exits(6);
    assert!(done.stderr.contains("P0682"), "{}", done.stderr);
    sandbox.approve("t", &pseudonym, "cara").exits(0);
    // The receipt is for the ticket without the last approval.
    let done = sandbox.open("t", "r", &pseudonym, &[]);
    done.exits(7);
    assert!(done.stderr.contains("V0783"), "{}", done.stderr);
    sandbox.log("t", "r2").exits(0);
    // Another customer's capsule.
    let other = column(&sandbox, "out.csv", 0).pop().expect("four");
    let done = sandbox.open("t", "r2", &other, &[]);
    done.exits(6);
    assert!(done.stderr.contains("P0686"), "{}", done.stderr);
    let done = sandbox.open("t", "r2", &pseudonym, &["--json"]);
    done.exits(0);
    let resolved = json(&done.stdout);
    fits("pseudonym-resolved-v1.schema.json", &resolved);
    assert_eq!(resolved["identifier"], "ann.lee@example.org");
    let done = sandbox.open("t", "r2", &pseudonym, &[]);
    done.exits(6);
    assert!(done.stderr.contains("P0685") && !done.stderr.contains("ann.lee"), "{}", done.stderr);
}

#[test]
fn another_purpose_and_an_altered_capsule_are_refused() {
    let (sandbox, pseudonym) = resolvable();
    let done = sandbox.ask(&pseudonym, "marketing", "m");
    done.exits(6);
    assert!(done.stderr.contains("P0687") && !sandbox.path("m").exists(), "{}", done.stderr);
    let text = fs::read_to_string(sandbox.path("capsules.csv")).expect("there");
    let at = text.find(&pseudonym).expect("its line") + pseudonym.len() + 200;
    let mut bytes = text.into_bytes();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    fs::write(sandbox.path("capsules.csv"), bytes).expect("written");
    sandbox.ask(&pseudonym, "fraud-report", "t").exits(7);
}

#[test]
fn who_may_ask_and_approve_is_checked_at_once_and_a_bogus_approval_stops_nothing() {
    let (sandbox, pseudonym) = resolvable();
    let ask = |name: &str, key: &str| {
        let key = format!("s/people/{key}.key");
        let what = ["pseudonym", "resolve", "ask", &pseudonym, "--capsules", "capsules.csv", "--state", "s"];
        sandbox
            .guildhall(&[&what[..], &["--purpose", "fraud-report", "--as", name, "--key", &key, "--out", "x"]].concat())
    };
    for (name, key) in [("eve", "rita"), ("rita", "anna")] {
        let done = ask(name, key);
        done.exits(4);
        assert!(done.stderr.contains("K0412") && !sandbox.path("x").exists(), "{}", done.stderr);
    }
    sandbox.ask(&pseudonym, "fraud-report", "t").exits(0);
    let before = fs::read_to_string(sandbox.path("t")).expect("written");
    for (name, key, exit) in [("eve", "anna", 4), ("anna", "ben", 4), ("rita", "rita", 6)] {
        sandbox.approve_as("t", &pseudonym, name, key).exits(exit);
    }
    let other = column(&sandbox, "out.csv", 0).pop().expect("four");
    sandbox.approve("t", &other, "anna").exits(6);
    assert_eq!(fs::read_to_string(sandbox.path("t")).expect("written"), before);
    // Put into the file by hand: anna's name over another key, and somebody unknown.
    let forge = |names: &[&str]| {
        use base64::Engine as _;
        let engine = base64::engine::general_purpose::STANDARD;
        let text = fs::read_to_string(sandbox.path("t")).expect("there");
        let mut bytes = engine.decode(text.trim()).expect("base64");
        *bytes.last_mut().expect("a count") = u8::try_from(names.len()).expect("few");
        for name in names {
            bytes.extend_from_slice(&u16::try_from(name.len()).expect("short").to_be_bytes());
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(&[7; 64]);
        }
        fs::write(sandbox.path("t"), engine.encode(bytes) + "\n").expect("written");
    };
    forge(&["anna", "eve"]);
    sandbox.log("t", "r").exits(0);
    let done = sandbox.open("t", "r", &pseudonym, &[]);
    done.exits(6);
    assert!(done.stderr.contains("P0682") && done.stderr.contains("anna, eve"), "{}", done.stderr);
    let done = sandbox.approve("t", &pseudonym, "anna");
    done.exits(0);
    assert!(done.stderr.contains("took an approval by eve out"), "{}", done.stderr);
    for name in ["ben", "cara"] {
        sandbox.approve("t", &pseudonym, name).exits(0);
    }
    sandbox.log("t", "r2").exits(0);
    sandbox.open("t", "r2", &pseudonym, &[]).exits(0);
}

#[test]
fn a_store_that_is_gone_or_empty_is_an_error_and_never_made_anew() {
    let (sandbox, pseudonym) = resolvable();
    let setup =
        ["pseudonym", "setup", "shop", "--state", "s", "--member", "north", "--trustees", "4", "--threshold", "2"];
    let more = [
        "--quota",
        "9",
        "--resolution-threshold",
        "3",
        "--person",
        "a",
        "--person",
        "b",
        "--person",
        "c",
        "--person",
        "d",
    ];
    sandbox.ask(&pseudonym, "fraud-report", "t").exits(0);
    for name in ["s/trustee-2/trustee.records", "s/log/log.records"] {
        let kept = fs::read(sandbox.path(name)).expect("there");
        for left in [None, Some(b"")] {
            match left {
                None => fs::remove_file(sandbox.path(name)).expect("removed"),
                Some(empty) => fs::write(sandbox.path(name), empty).expect("emptied"),
            }
            let uses = match name.contains("log") {
                true => [sandbox.log("t", "r"), sandbox.guildhall(&[&setup[..], &more].concat())],
                false => [apply(&sandbox, "north", "o.csv", &[]), sandbox.guildhall(&[&setup[..], &more].concat())],
            };
            for done in uses {
                done.exits(7);
                assert!(done.stderr.contains("R0701") && done.stderr.contains(name), "{}", done.stderr);
            }
            assert_eq!(fs::metadata(sandbox.path(name)).map_or(0, |found| found.len()), 0);
        }
        fs::write(sandbox.path(name), kept).expect("restored");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let set = |mode| fs::set_permissions(sandbox.path(name), fs::Permissions::from_mode(mode)).expect("set");
            set(0o644);
            let done =
                if name.contains("log") { sandbox.log("t", "r") } else { apply(&sandbox, "north", "o.csv", &[]) };
            done.exits(4);
            assert!(done.stderr.contains("K0402") && done.stderr.contains("chmod 600"), "{}", done.stderr);
            set(0o600);
        }
    }
    // Without the trustee the others do.
    fs::remove_file(sandbox.path("s/trustee-2/trustee.records")).expect("removed");
    apply(&sandbox, "north", "o.csv", &["--ask", "1,3"]).exits(0);
}

#[cfg(unix)]
#[test]
fn secret_files_are_made_private_and_refused_where_others_can_read_them() {
    use std::os::unix::fs::PermissionsExt;
    let (sandbox, pseudonym) = resolvable();
    for name in ["people/rita.key", "trustee-1/trustee.records", "log/log.records"] {
        let mode = fs::metadata(sandbox.path("s").join(name)).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    fs::set_permissions(sandbox.path("s/people/rita.key"), fs::Permissions::from_mode(0o640)).expect("set");
    let done = sandbox.ask(&pseudonym, "fraud-report", "t");
    done.exits(4);
    assert!(done.stderr.contains("K0402") && done.stderr.contains("rita.key"), "{}", done.stderr);
}

#[test]
fn mistakes_on_the_command_line_are_usage() {
    let sandbox = shop("9");
    let setup = |changes: &[(&str, &str)]| {
        let mut args = vec!["pseudonym", "setup", "new", "--state", "n", "--member", "north", "--trustees", "3"];
        args.extend(["--threshold", "2", "--quota", "9"]);
        for (from, to) in changes {
            let at = args.iter().position(|arg| arg == from).expect("an argument");
            if from.starts_with("--") { args[at + 1] = to } else { args[at] = to }
        }
        sandbox.guildhall(&args)
    };
    let bad = [
        ("new", "New Domain"),
        ("--member", "no rth"),
        ("--threshold", "1"),
        ("--threshold", "3"),
        ("--trustees", "99"),
    ];
    for change in bad {
        let done = setup(&[change]);
        done.exits(2);
        assert!(done.stderr.contains("U0032") && !sandbox.path("n").exists(), "{change:?}: {}", done.stderr);
    }
    apply(&sandbox, "no rth", "o.csv", &[]).exits(2);
    for (ask, words) in
        [("1,9", "trustee 9, and"), ("1,2,99", "trustee 99, and"), ("1,1,1", "trustee 1 twice"), ("2", "1 trustees")]
    {
        let done = apply(&sandbox, "north", "o.csv", &["--ask", ask]);
        done.exits(2);
        assert!(done.stderr.contains(words) && done.stderr.contains("U0032"), "{ask}: {}", done.stderr);
    }
    sandbox.guildhall(&["pseudonym", "rotate", "A B", "--state", "s", "--finish"]).exits(2);
    sandbox.ask("crm.1.WRONG.S2", "fraud-report", "t").exits(2);
    // A file that is not there is told as everywhere else, and sends nobody to another command.
    let missing = sandbox.guildhall(&["pseudonym", "apply", "none.csv", "--policy", "none.toml", "-n"]);
    missing.exits(1);
    assert!(missing.stderr.contains("U0004") && !missing.stderr.contains("study"), "{}", missing.stderr);
}

#[test]
fn a_single_owners_methods_are_applied_too() {
    let sandbox = Sandbox::new();
    sandbox.write("f.csv", "id,card\nann,4111111111111111\nben,5500000000000004\nann,4111111111111111\n");
    sandbox.write(
        "p.toml",
        "version = 1\n[[column]]\nname = \"id\"\nrole = \"identifier\"\n\
         pseudonym = { method = \"aes-siv\", domain = \"crm\", key = \"a.key\" }\n\
         [[column]]\nname = \"card\"\nrole = \"identifier\"\n\
         pseudonym = { method = \"ff1\", domain = \"crm\", key = \"f.key\", alphabet = \"0123456789\" }\n",
    );
    let args = ["pseudonym", "apply", "f.csv", "--policy", "p.toml", "--out", "o.csv"];
    sandbox.guildhall(&args).exits(4);
    sandbox.guildhall(&["pseudonym", "key", "aes-siv", "a.key"]).exits(0);
    sandbox.guildhall(&["pseudonym", "key", "ff1", "f.key"]).exits(0);
    sandbox.guildhall(&["pseudonym", "key", "ff1", "f.key"]).exits(8);
    let done = sandbox.guildhall(&args);
    done.exits(0);
    assert!(!done.stdout.contains("4111") && !done.stdout.contains("ann"), "{}", done.stdout);
    let (ids, cards) = (column(&sandbox, "o.csv", 0), column(&sandbox, "o.csv", 1));
    assert!(ids[0] == ids[2] && ids[0] != ids[1] && ids[0].starts_with("siv1:crm:"), "{ids:?}");
    assert!(cards.iter().all(|card| card.len() == 16 && card.bytes().all(|b| b.is_ascii_digit())), "{cards:?}");
    sandbox.guildhall(&args).exits(8);
}

/// What lies in the sandbox beside these files.
fn surplus(sandbox: &Sandbox, known: &[&str]) -> Vec<String> {
    let entries = fs::read_dir(sandbox.path(".")).expect("a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    names.filter(|name| !known.contains(&name.as_str())).collect()
}

#[test]
fn a_killed_run_leaves_one_private_file_that_the_next_run_takes_away() {
    let sandbox = shop("5");
    let mut rows = String::from("email,phone,number,town,spent\n");
    (0..600_000).for_each(|n| rows.push_str(&format!(",,,town-{n},1.00\n")));
    sandbox.write("many.csv", &rows);
    let args = ["pseudonym", "apply", "many.csv", "--policy", "customers.toml", "--state", "s", "--member", "north"];
    let part = sandbox.path(".out.csv.gz.guildhall-part");
    let start = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_guildhall"));
        command.args(args).args(["--out", "out.csv.gz", "--quiet"]).current_dir(sandbox.path("."));
        let mut child = command.spawn().expect("the program runs");
        let begun = std::time::Instant::now();
        while fs::metadata(&part).map_or(0, |found| found.len()) == 0 && begun.elapsed().as_secs() < 60 {
            assert!(child.try_wait().expect("a child").is_none(), "it ended too early");
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        child
    };
    let mut child = start();
    child.kill().expect("killed");
    child.wait().expect("gone");
    let known = ["s", "customers.csv", "customers.toml", "many.csv"];
    assert_eq!(surplus(&sandbox, &known), [".out.csv.gz.guildhall-part"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&part).expect("left").permissions().mode() & 0o777, 0o600);
        // Ctrl-C: the second run takes away what the first left, and its own.
        fs::write(&part, "").expect("emptied, so that the next one is seen to grow");
        let mut child = start();
        let pid = child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().expect("kill").success());
        assert_eq!(child.wait().expect("gone").code(), Some(130));
        assert_eq!(surplus(&sandbox, &known), [""; 0]);
    }
    // An error takes it away, too.
    sandbox.write("many.csv", &format!("{rows}ann@example.org,,,x\n"));
    sandbox.guildhall(&[&args[..], &["--out", "out.csv"]].concat()).exits(3);
    assert_eq!(surplus(&sandbox, &known), [""; 0]);
}

#[test]
fn a_bad_cell_is_found_before_anything_is_asked_and_by_a_dry_run() {
    let sandbox = shop("5");
    let mut rows = String::from("email,phone,number,town,spent\n");
    (0..3_000).for_each(|n| rows.push_str(&format!("ann{n}@example.org,,,x,1\n")));
    sandbox.write("customers.csv", &format!("{rows}canary-7731 at example,,,x,1\n"));
    let dry = [&APPLY[..], &["--dry-run"]].concat();
    for done in
        [sandbox.guildhall(&dry), sandbox.guildhall(&APPLY_WITHOUT_STATE), apply(&sandbox, "north", "o.csv", &[])]
    {
        done.exits(3);
        assert!(done.stderr.contains("customers.csv:3002, column \"email\""), "{}", done.stderr);
        assert!(done.stderr.contains("S0692") && !done.stderr.contains("canary"), "{}", done.stderr);
    }
    let done = sandbox.guildhall(&[&dry[..], &["--blank-invalid", "--json"]].concat());
    done.exits(0);
    let told = json(&done.stdout);
    fits("pseudonym-apply-v1.schema.json", &told);
    assert_eq!((&told["rows"], &told["columns"][0]["blanked"]), (&3_001.into(), &1.into()));
    // No evaluation was counted: the whole quota is left.
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/pseudonym/customers.csv");
    sandbox.write("customers.csv", &fs::read_to_string(example).expect("shipped"));
    apply(&sandbox, "north", "o.csv", &[]).exits(0);
}

const APPLY_WITHOUT_STATE: [&str; 6] =
    ["pseudonym", "apply", "customers.csv", "--policy", "customers.toml", "--dry-run"];

/// A file of four columns under four methods of one owner, each with one cell that does not fit.
#[test]
fn invalid_cells_of_every_method_are_left_empty_and_counted() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "f.csv",
        "card,mail,born,who\n4111111111111111, Ann@Example.org ,2001-02-03,ann\nx,canary,soon,\n,ann@example.org,,\n",
    );
    let method = |keys: &str| format!("role = \"identifier\"\npseudonym = {{ domain = \"crm\", {keys} }}\n");
    let policy = [
        ("card", method("method = \"ff1\", key = \"f.key\", alphabet = \"0123456789\"")),
        ("mail", method("method = \"keyed-hash\", key = \"h.key\", kind = \"email\", local_part = \"lower\"")),
        ("born", method("method = \"date-shift\", key = \"d.key\", days = 9, subject = \"who\", kind = \"plain\"")),
        ("who", method("method = \"token\", vault = \"v\"")),
    ];
    let columns = policy.map(|(name, keys)| format!("[[column]]\nname = \"{name}\"\n{keys}"));
    sandbox.write("p.toml", &format!("version = 1\n{}", columns.concat()));
    for (method, path) in [("ff1", "f.key"), ("keyed-hash", "h.key"), ("date-shift", "d.key"), ("token", "v")] {
        sandbox.guildhall(&["pseudonym", "key", method, path]).exits(0);
    }
    let args = ["pseudonym", "apply", "f.csv", "--policy", "p.toml", "--out", "o.csv"];
    let done = sandbox.guildhall(&args);
    done.exits(3);
    assert_eq!(done.stderr.matches("f.csv:3, column").count(), 3, "{}", done.stderr);
    let done = sandbox.guildhall(&[&args[..], &["--blank-invalid", "--json"]].concat());
    done.exits(0);
    let told = json(&done.stdout);
    fits("pseudonym-apply-v1.schema.json", &told);
    let blanked: Vec<&Value> =
        told["columns"].as_array().expect("four").iter().map(|column| &column["blanked"]).collect();
    assert_eq!(blanked, [1, 1, 1, 0]);
    for at in 0..3 {
        assert_eq!(column(&sandbox, "o.csv", at)[1], "", "column {at}");
    }
    // Two spellings of one address are one customer.
    let mails = column(&sandbox, "o.csv", 1);
    assert!(mails[0] == mails[2] && mails[0].starts_with("mac1:crm:"), "{mails:?}");
}

#[test]
fn a_name_that_ends_in_gz_is_gzipped_capsules_too() {
    let (sandbox, pseudonym) = resolvable();
    let more = ["--capsules", "c.csv.gz", "--purpose", "fraud-report"];
    apply(&sandbox, "north", "packed.csv.gz", &more).exits(0);
    let mut text = String::new();
    let file = fs::File::open(sandbox.path("packed.csv.gz")).expect("written");
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(file), &mut text).expect("gzip");
    assert_eq!(text, fs::read_to_string(sandbox.path("out.csv")).expect("written"));
    let ask = ["pseudonym", "resolve", "ask", &pseudonym, "--capsules", "c.csv.gz", "--state", "s", "--purpose"];
    let who = ["fraud-report", "--as", "rita", "--key", "s/people/rita.key", "--out", "t"];
    sandbox.guildhall(&[&ask[..], &who].concat()).exits(0);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_and_not_waited_for() {
    let sandbox = shop("100");
    assert!(std::process::Command::new("mkfifo").arg(sandbox.path("pipe.csv")).status().expect("mkfifo").success());
    let done = sandbox.guildhall(&["pseudonym", "apply", "pipe.csv", "--policy", "customers.toml", "--dry-run"]);
    done.exits(3);
    assert!(done.stderr.contains("S0691") && done.stderr.contains("pipe"), "{}", done.stderr);
}

#[test]
fn online_retail_keeps_its_customers_and_invoices_apart_under_pseudonyms() {
    use std::io::{BufRead, BufReader};
    let Some(data) = shared_data("online_retail/online_retail.csv.gz") else { return };
    let sandbox = shop("100000");
    let setup = SETUP.map(|arg| if arg == "crm" { "invoices" } else { arg });
    sandbox.guildhall(&[&setup[..], &["100000"]].concat()).exits(0);
    let policy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/pseudonym/online_retail.toml");
    sandbox.write("p.toml", &fs::read_to_string(policy).expect("shipped"));
    let file = flate2::read::MultiGzDecoder::new(fs::File::open(data).expect("there"));
    let lines: Vec<String> = BufReader::new(file).lines().take(20_001).collect::<Result<_, _>>().expect("text");
    sandbox.write("first.csv", &(lines.join("\n") + "\n"));
    let args = [
        "pseudonym",
        "apply",
        "first.csv",
        "--policy",
        "p.toml",
        "--state",
        "s",
        "--member",
        "north",
        "--out",
        "o.csv",
    ];
    sandbox.guildhall(&args).exits(0);
    let read = |name: &str| -> Vec<csv::StringRecord> {
        let mut reader = csv::Reader::from_path(sandbox.path(name)).expect("there");
        reader.records().collect::<Result<_, _>>().expect("rows")
    };
    let (before, after) = (read("first.csv"), read("o.csv"));
    assert_eq!((before.len(), after.len()), (20_000, 20_000));
    for column in [0, 6] {
        // Equal before if and only if equal after: no two customers became one, none became two.
        let pairs: BTreeSet<(&str, &str)> = before.iter().zip(&after).map(|(a, b)| (&a[column], &b[column])).collect();
        let (old, new): (BTreeSet<&str>, BTreeSet<&str>) = pairs.iter().copied().unzip();
        assert_eq!((old.len(), new.len()), (pairs.len(), pairs.len()));
        assert!(pairs.iter().all(|(old, new)| old.is_empty() == new.is_empty() && (old.is_empty() || old != new)));
    }
    assert!(before.iter().zip(&after).all(|(a, b)| (1..6).all(|column| a[column] == b[column]) && a[7] == b[7]));
    let customers: BTreeSet<&str> = after.iter().map(|row| &row[6]).collect();
    assert!(after.iter().all(|row| !customers.contains(&row[0])), "one text in two domains");
}

/// 5,000 customers are more than one request holds: without a look ahead the first would be counted.
#[test]
fn a_file_that_does_not_fit_the_quota_costs_nothing_of_it() {
    let sandbox = shop("4500");
    let mut rows = String::from("email,phone,number,town,spent\n");
    (0..5_000).for_each(|n| rows.push_str(&format!("ann{n}@example.org,,,x,1\nANN{n}@example.org,,,x,1\n")));
    let example = fs::read_to_string(sandbox.path("customers.csv")).expect("there");
    sandbox.write("customers.csv", &rows);
    let dry = sandbox.guildhall(&[&APPLY[..], &["--member", "north", "--dry-run"]].concat());
    for done in [dry, apply(&sandbox, "north", "o.csv", &[])] {
        done.exits(6);
        let words = [
            "P0681",
            "north needs 5000 evaluations in crm",
            "4500 of 4500 are left until 20",
            " UTC",
            "nothing was asked",
        ];
        assert!(words.iter().all(|words| done.stderr.contains(words)), "{}", done.stderr);
    }
    sandbox.write("customers.csv", &example);
    let done = apply(&sandbox, "north", "o.csv", &["--json"]);
    done.exits(0);
    assert_eq!(json(&done.stdout)["joint"][0]["left"], 4_495);
    let dry = sandbox.guildhall(&[&APPLY[..], &["--member", "north", "--dry-run"]].concat());
    dry.exits(0);
    assert!(dry.stderr.contains("north needs 5 evaluations in crm; 4495 of 4500 are left until"), "{}", dry.stderr);
    let dry = sandbox.guildhall(&APPLY_WITHOUT_STATE);
    assert!(dry.stderr.contains("at most 6 evaluations are needed in crm"), "{}", dry.stderr);
}

#[cfg(unix)]
#[test]
fn who_stops_a_run_is_told_what_it_cost() {
    use guildhall_ledger::{Records as _, SqliteRecords};
    let sandbox = shop("100000");
    let mut rows = String::from("email,phone,number,town,spent\n");
    (0..40_000).for_each(|n| rows.push_str(&format!("ann{n}@example.org,,,x,1\n")));
    sandbox.write("customers.csv", &rows);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_guildhall"));
    command.args(APPLY).args(["--member", "north", "--out", "o.csv"]).current_dir(sandbox.path("."));
    let mut child = command.stderr(std::process::Stdio::piped()).spawn().expect("the program runs");
    let records = SqliteRecords::open(sandbox.path("s/trustee-1/trustee.records")).expect("a store");
    let begun = std::time::Instant::now();
    while records.list("quota/").expect("read").is_empty() && begun.elapsed().as_secs() < 60 {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().expect("kill").success());
    let mut said = String::new();
    std::io::Read::read_to_string(child.stderr.as_mut().expect("piped"), &mut said).expect("text");
    assert_eq!(child.wait().expect("gone").code(), Some(130));
    let asked = said.split("up to ").nth(1).and_then(|rest| rest.split(' ').next()?.parse::<u32>().ok());
    assert!(asked.is_some_and(|asked| (4_096..40_000).contains(&asked) && asked % 4_096 == 0), "{said}");
    assert!(said.contains("stay counted against the quota"), "{said}");
}

/// Whatever a kill leaves, the next commands work; the places between two writes are tried one by one in the unit tests.
#[cfg(unix)]
#[test]
fn a_renewal_that_is_killed_leaves_a_key_that_works() {
    let sandbox = shop("100000");
    apply(&sandbox, "north", "first.csv", &[]).exits(0);
    let before = fs::read_to_string(sandbox.path("first.csv")).expect("written");
    for (run, delay) in [20, 60, 100, 150, 200, 300].into_iter().enumerate() {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_guildhall"));
        command.args(["pseudonym", "rotate", "crm", "--state", "s", "--renew-shares", "--quiet"]);
        let mut child = command.current_dir(sandbox.path(".")).spawn().expect("the program runs");
        std::thread::sleep(std::time::Duration::from_millis(delay));
        // It may have ended by itself.
        let _ = child.kill();
        child.wait().expect("gone");
        let out = format!("{run}.csv");
        apply(&sandbox, "north", &out, &["--ask", if run % 2 == 0 { "1,2" } else { "2,3" }]).exits(0);
        assert_eq!(fs::read_to_string(sandbox.path(&out)).expect("written"), before);
    }
    sandbox.guildhall(&["pseudonym", "rotate", "crm", "--state", "s", "--renew-shares"]).exits(0);
    apply(&sandbox, "north", "last.csv", &["--ask", "1,3"]).exits(0);
    assert_eq!(fs::read_to_string(sandbox.path("last.csv")).expect("written"), before);
}
