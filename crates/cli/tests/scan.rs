//! `guildhall scan` from outside: exit codes, files, the schema, the proposal, and what is never in any of them.

mod common;

use common::{Sandbox, json};
use guildhall_cli::data_policy::{DataPolicy, Role};
use serde_json::Value;
use std::fs;
use std::path::Path;

const CUSTOMERS: &str = "\
Kundennummer;E-Mail;Telefon;Geburtsdatum;PLZ;Diagnose;Umsatz;Notiz
100001;canary.one@example.org;+49 30 901820;1971-07-23;10115;Diabetes;12,50;ruft gern an und fragt nach dem Stand
100002;canary.two@example.org;+49 30 901821;1980-01-02;10117;Asthma;99,00;bitte nur per Mail an canary.three@example.org schreiben
100003;canary.four@example.org;+49 89 552700;1965-11-30;80331;keine;7,20;hat am Montag angerufen und war sehr freundlich
";

/// Values of the table, and parts of them.
const CANARIES: [&str; 8] =
    ["canary.one", "canary.two", "canary.three", "901820", "1971-07-23", "10115", "Diabetes", "ruft gern"];

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("crm.csv", CUSTOMERS);
    sandbox
}

#[track_caller]
fn keeps_to_itself(text: &str) {
    for canary in CANARIES {
        assert!(!text.contains(canary), "{canary} in {text}");
    }
}

fn validator() -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/scan-v1.schema.json");
    let schema = json(&fs::read_to_string(path).expect("the schema is shipped"));
    jsonschema::validator_for(&schema).expect("a schema")
}

#[test]
fn a_table_is_described_for_people_and_programs() {
    let sandbox = sandbox();
    let done = sandbox.guildhall(&["scan", "crm.csv"]);
    done.exits(0);
    for said in ["E-Mail", "e-mail address", "very likely", "special category", "Singling out", "8 of 8"] {
        assert!(done.stdout.contains(said) || said == "8 of 8", "{said} in {}", done.stdout);
    }
    keeps_to_itself(&(done.stdout + &done.stderr));
    let done = sandbox.guildhall(&["scan", "crm.csv", "--json", "--passages", "100"]);
    done.exits(0);
    keeps_to_itself(&done.stdout);
    let said = json(&done.stdout);
    let errors: Vec<String> =
        validator().iter_errors(&said).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let kinds: Vec<&Value> = said["files"][0]["tables"][0]["columns"]
        .as_array()
        .expect("columns")
        .iter()
        .map(|column| &column["holds"][0]["kind"])
        .collect();
    assert_eq!(kinds[..6], ["person-number", "email", "phone", "date-of-birth", "postal-code", "health"]);
    assert!(!said["files"][0]["passages"].as_array().expect("passages").is_empty());
}

#[test]
fn the_schema_admits_nothing_else() {
    let done = sandbox().guildhall(&["scan", "crm.csv", "--json"]);
    let said = json(&done.stdout);
    for path in
        ["", "/files/0", "/files/0/tables/0", "/files/0/tables/0/columns/0", "/files/0/tables/0/columns/0/holds/0"]
    {
        let mut planted = said.clone();
        planted
            .pointer_mut(path)
            .expect("there")
            .as_object_mut()
            .expect("an object")
            .insert("value".into(), "x".into());
        assert!(!validator().is_valid(&planted), "{path}");
    }
}

#[test]
fn the_proposal_reads_back_and_names_no_value() {
    let sandbox = sandbox();
    let done = sandbox.guildhall(&["scan", "crm.csv", "--policy", "crm.policy.toml", "--html", "map.html"]);
    done.exits(0);
    let text = fs::read_to_string(sandbox.path("crm.policy.toml")).expect("written");
    keeps_to_itself(&text);
    keeps_to_itself(&fs::read_to_string(sandbox.path("map.html")).expect("written"));
    let policy = DataPolicy::parse(Path::new("crm.policy.toml"), &text).expect("a policy");
    let roles: Vec<(&str, Role)> = policy.columns.iter().map(|column| (column.name.as_str(), column.role)).collect();
    assert_eq!(
        roles,
        [
            ("Kundennummer", Role::Identifier),
            ("E-Mail", Role::Identifier),
            ("Telefon", Role::Identifier),
            ("Geburtsdatum", Role::QuasiIdentifier),
            ("PLZ", Role::QuasiIdentifier),
            ("Diagnose", Role::Sensitive),
            ("Umsatz", Role::Other),
            ("Notiz", Role::FreeText),
        ]
    );
    sandbox.guildhall(&["scan", "crm.csv", "--policy", "crm.policy.toml"]).exits(8);
    sandbox.guildhall(&["scan", "crm.csv", "--policy", "crm.policy.toml", "--force"]).exits(0);
}

#[test]
fn a_query_chooses_the_rows() {
    let sandbox = sandbox();
    let done = sandbox.guildhall(&[
        "scan",
        "crm.csv",
        "--sql",
        "SELECT \"E-Mail\" AS mail FROM crm WHERE PLZ LIKE '10%'",
        "--json",
    ]);
    done.exits(0);
    let said = json(&done.stdout);
    assert_eq!(said["files"][0]["tables"][0]["rows"], 2);
    assert_eq!(said["files"][0]["tables"][0]["columns"][0]["holds"][0]["kind"], "email");
    for sql in ["DELETE FROM crm", "SELECT nothing FROM crm", "SELEC 'canary.one@example.org'"] {
        let done = sandbox.guildhall(&["scan", "crm.csv", "--sql", sql]);
        done.exits(3);
        keeps_to_itself(&done.stderr);
    }
}

#[test]
fn what_cannot_be_read_is_an_error_or_told() {
    let sandbox = sandbox();
    sandbox.guildhall(&["scan", "absent.csv"]).exits(3);
    sandbox.write("torn.json", "[{\"mail\": \"canary.one@example.org\"}, {");
    let done = sandbox.guildhall(&["scan", "torn.json"]);
    done.exits(3);
    keeps_to_itself(&done.stderr);
    let done = sandbox.guildhall(&["scan", "."]);
    done.exits(0);
    assert!(done.stdout.contains("not read: ") && done.stdout.contains("torn.json"), "{}", done.stdout);
    keeps_to_itself(&(done.stdout + &done.stderr));
    sandbox.write("note.txt", "only text");
    sandbox.guildhall(&["scan", "note.txt", "crm.csv", "--policy", "p.toml"]).exits(2);
}

#[test]
fn what_is_looked_through_is_never_overwritten() {
    let sandbox = sandbox();
    let before = std::fs::read(sandbox.path("crm.csv")).expect("written");
    for option in ["--html", "--policy"] {
        sandbox.guildhall(&["scan", "crm.csv", option, "./crm.csv", "--force"]).exits(8);
    }
    assert_eq!(std::fs::read(sandbox.path("crm.csv")).expect("still there"), before);
}

#[test]
fn a_file_without_a_header_is_not_shown_in_an_error() {
    let sandbox = Sandbox::new();
    sandbox.write("bare.csv", "anna.secret@gmx.de,4111111111111111\nben@gmx.de,5500005555555559\n");
    let done = sandbox.guildhall(&["risk", "bare.csv", "--quasi", "email"]);
    assert_ne!(done.code, Some(0));
    assert!(!(done.stdout + &done.stderr).contains("secret"), "the first row is shown");
}
