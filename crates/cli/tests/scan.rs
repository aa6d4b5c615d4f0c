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
    sandbox.guildhall(&["scan", "crm.csv", "--html", "o", "--policy", "./o"]).exits(2);
    sandbox.write("o", "mine");
    for option in ["--html", "--policy"] {
        sandbox.guildhall(&["scan", "crm.csv", option, "o"]).exits(8);
    }
    assert_eq!(fs::read_to_string(sandbox.path("o")).expect("still there"), "mine");
}

#[test]
fn a_file_without_a_header_is_not_shown_in_an_error() {
    let sandbox = Sandbox::new();
    sandbox.write("bare.csv", "anna.secret@gmx.de,4111111111111111\nben@gmx.de,5500005555555559\n");
    let done = sandbox.guildhall(&["risk", "bare.csv", "--quasi", "email"]);
    assert_ne!(done.code, Some(0));
    assert!(!(done.stdout + &done.stderr).contains("secret"), "the first row is shown");
}

/// A table of people under the header "Name" alone, which the newcomer's file had.
#[test]
fn names_under_a_plain_header_are_not_published() {
    let sandbox = Sandbox::new();
    let rows: String = ["Rhiannon Pryce", "Ngozi Eze", "Piotr Zajac", "Declan Walsh", "Tamsin Webb", "Femi Ade"]
        .iter()
        .enumerate()
        .map(|(n, name)| format!("{name},{n}canary@example.org,{},{}.50\n", 30 + n % 2, n * 7))
        .collect();
    sandbox.write("customers.csv", &format!("Name,E-Mail,Age,Spent\n{rows}"));
    let done = sandbox.guildhall(&["scan", "customers.csv", "--policy", "p.toml", "--json"]);
    done.exits(0);
    let held = &json(&done.stdout)["files"][0]["tables"][0]["columns"][0]["holds"][0];
    assert_eq!(held["kind"], "name");
    assert!(["likely", "very-likely"].contains(&held["likelihood"].as_str().expect("a level")), "{held}");
    let text = fs::read_to_string(sandbox.path("p.toml")).expect("written").replace("k = 5 ", "k = 2 ");
    sandbox.write("p.toml", &text);
    let done = sandbox.guildhall(&["anonymise", "--policy", "p.toml", "--data", "customers.csv", "--out", "o.csv"]);
    done.exits(0);
    let written = fs::read_to_string(sandbox.path("o.csv")).expect("written");
    assert_eq!(written.lines().next(), Some("Age,Spent"));
}

/// What was not understood is left out by the proposal, not kept as harmless.
#[test]
fn a_column_that_is_not_understood_is_left_out_by_the_proposal() {
    let sandbox = Sandbox::new();
    let rows: String = (0..30).map(|n| format!("QX{n:03}Z,{},said so {n}\n", 20 + n % 2)).collect();
    sandbox.write("t.csv", &format!("xcode,Age,remark\n{rows}"));
    let done = sandbox.guildhall(&["scan", "t.csv", "--policy", "p.toml"]);
    done.exits(0);
    assert!(done.stdout.contains("Not understood"), "{}", done.stdout);
    sandbox.guildhall(&["anonymise", "--policy", "p.toml", "--data", "t.csv", "--out", "o.csv"]).exits(0);
    assert_eq!(fs::read_to_string(sandbox.path("o.csv")).expect("written").lines().next(), Some("Age"));
}

#[test]
fn a_policy_for_columns_without_names_is_refused_and_the_scan_says_so() {
    let sandbox = Sandbox::new();
    for csv in [
        "anna.canary@example.org,4111111111111111\nben.canary@example.org,5500005555555559\n",
        "mail,mail\na.canary@example.org,b.canary@example.org\n",
        "mail,\na.canary@example.org,x\n",
    ] {
        sandbox.write("t.csv", csv);
        let done = sandbox.guildhall(&["scan", "t.csv", "--policy", "p.toml"]);
        done.exits(3);
        assert!(done.stderr.contains("U0026") && !done.stderr.contains("canary"), "{}", done.stderr);
        assert!(!sandbox.path("p.toml").exists());
        let done = sandbox.guildhall(&["scan", "t.csv"]);
        done.exits(0);
        assert!(done.stdout.contains("a policy needs"), "{}", done.stdout);
    }
}

#[test]
fn a_binary_that_was_named_is_an_error_and_one_in_a_folder_is_counted() {
    let sandbox = sandbox();
    fs::write(sandbox.path("picture.png"), [0x89, b'P', b'N', b'G', 0, 0, 0, 1]).expect("writable");
    sandbox.write("nothing.csv", "");
    for name in ["picture.png", "nothing.csv"] {
        let done = sandbox.guildhall(&["scan", name]);
        done.exits(3);
        assert!(done.stderr.contains("nothing in the file can be looked through"), "{}", done.stderr);
        sandbox.guildhall(&["scan", "crm.csv", name]).exits(3);
    }
    let done = sandbox.guildhall(&["scan", "."]);
    done.exits(0);
    assert!(done.stdout.contains("left out: ./picture.png"), "{}", done.stdout);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_and_does_not_hang() {
    let sandbox = sandbox();
    let made = std::process::Command::new("mkfifo").arg(sandbox.path("pipe.csv")).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: there is no mkfifo here");
        return;
    }
    sandbox.write("p.toml", "version = 1\n[[column]]\nname = \"a\"\nrole = \"quasi-identifier\"\n[anonymise]\nk = 2\n");
    for args in [
        &["scan", "pipe.csv"][..],
        &["risk", "pipe.csv", "--quasi", "a"],
        &["anonymise", "--policy", "p.toml", "--data", "pipe.csv", "--out", "o.csv"],
    ] {
        let done = sandbox.guildhall(args);
        done.exits(3);
        assert!(done.stderr.contains("pipe"), "{}", done.stderr);
    }
    sandbox.guildhall(&["scan", "."]).exits(0);
}

/// The commands that `examples/scan/README.md` prints do what they say.
#[test]
fn the_printed_example_runs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/scan");
    let readme = fs::read_to_string(folder.join("README.md")).expect("the example");
    let commands: Vec<&str> = readme.lines().filter_map(|line| line.strip_prefix("cargo run -- ")).collect();
    assert!(!commands.is_empty());
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.path("examples/scan")).expect("writable");
    fs::copy(folder.join("customers.csv"), sandbox.path("examples/scan/customers.csv")).expect("copied");
    for command in commands {
        let done = sandbox.guildhall(&command.split(' ').collect::<Vec<_>>());
        done.exits(0);
        assert!(done.stdout.contains("of 13 columns in 1 files"), "{}", done.stdout);
    }
    assert!(sandbox.path("map.html").exists() && sandbox.path("customers.policy.toml").exists());
}

#[test]
fn a_policy_for_a_file_that_anonymise_does_not_read_says_so() {
    let sandbox = sandbox();
    let rows: String = (0..9).map(|n| format!("{{\"mail\": \"canary{n}@example.org\", \"n\": {n}}}\n")).collect();
    sandbox.write("t.jsonl", &rows);
    let rows: String = (0..9).map(|n| format!("0{n}  19970{}11  {n}.50\n", 1 + n % 9)).collect();
    sandbox.write("t.txt", &format!("customer_id  date  value\n{rows}"));
    for name in ["t.jsonl", "t.txt"] {
        let done = sandbox.guildhall(&["scan", name, "--policy", &format!("{name}.toml")]);
        done.exits(0);
        assert!(done.stderr.contains("anonymise reads CSV"), "{}", done.stderr);
        let done = sandbox.guildhall(&["scan", name, "--json"]);
        assert!(validator().is_valid(&json(&done.stdout)), "{}", done.stdout);
    }
    let done = sandbox.guildhall(&["scan", "crm.csv", "--policy", "crm.toml"]);
    assert!(!done.stderr.contains("anonymise reads"), "{}", done.stderr);
}

/// Three shops with canaries in every column that leads to people; what is kept is what nobody is found by.
const SHOPS: [(&str, &str, &str); 3] = [
    (
        "Kunden-Nr.;Nr;Name;E-Mail;Telefon;Geburtsdatum;PLZ;Verkäufer;Bemerkung;IBAN_last4;Jahrgang;Tarif;Umsatz",
        "{n};{k};Kanari Nummer;canary{n}@example.org;0171 99887{m};{d}.{o}.19{y};101{m};Hr. Kanari;HIV positiv;43{m};19{y};plus;{n},50",
        "dmy",
    ),
    (
        "N° client;Commande;Nom;Courriel;Téléphone;Date de naissance;Code postal;Vendeur;Remarque;RIB fin;c;Formule;Montant",
        "{k};{n};Kanari Moreau;canary{n}@example.org;06 79 26 57 {m};{d}/{o}/19{y};750{m};Mme Kanari;Kanari malade;43{m};0171 99887{m};plus;{n},50",
        "dmy",
    ),
    (
        "id;order_no;Full name;Email;Mobile;dob;Postcode;Seller;notes;card_last4;YOB;plan;spent",
        "{n};SO-{k};Canary Quill;canary{n}@example.org;07700 9003{m};{o}/{d}/19{y};SW1A {m};Mr Canary;Canary is ill;43{m};{y};plus;{n}.50",
        "mdy",
    ),
];

#[test]
fn a_proposal_as_it_stands_publishes_nothing_that_leads_to_people() {
    for (header, row, order) in SHOPS {
        let sandbox = Sandbox::new();
        let fill = |n: usize| {
            row.replace("{n}", &(n + 1).to_string())
                .replace("{k}", &(1001 + n).to_string())
                .replace("{m}", &(10 + n % 5).to_string())
                .replace("{d}", &format!("{:02}", 1 + n % 28))
                .replace("{o}", &format!("{:02}", 1 + n % 12))
                .replace("{y}", &(50 + n % 40).to_string())
        };
        let rows: Vec<String> = (0..120).map(fill).collect();
        sandbox.write("shop.csv", &format!("{header}\n{}\n", rows.join("\n")));
        sandbox.guildhall(&["scan", "shop.csv", "--policy", "p.toml"]).exits(0);
        let policy = fs::read_to_string(sandbox.path("p.toml")).expect("written");
        assert!(policy.contains(&format!("order = \"{order}\"")), "{policy}");
        sandbox.guildhall(&["anonymise", "--policy", "p.toml", "--data", "shop.csv", "--out", "o.csv"]).exits(0);
        let written = fs::read_to_string(sandbox.path("o.csv")).expect("written");
        for canary in ["anar", "HIV", "malade", "ill", "9988", "9003", "79 26", ";1001;", "SO-"] {
            assert!(!written.contains(canary), "{canary} in {}", written.lines().take(3).collect::<String>());
        }
        let kept: Vec<&str> = written.lines().next().unwrap_or_default().split(';').collect();
        let names: Vec<&str> = header.split(';').collect();
        assert!(names[11..].iter().all(|name| kept.contains(name)), "{kept:?}");
        assert!(names[..5].iter().chain(&names[7..10]).all(|name| !kept.contains(name)), "{kept:?}");
        let whole = rows.iter().filter_map(|row| row.split(';').nth(5)).any(|date| written.contains(date));
        assert!(!whole, "a day of birth is written as it stands");
    }
}

#[test]
fn dates_that_do_not_tell_their_order_are_left_to_people() {
    let sandbox = Sandbox::new();
    let rows: String =
        (0..60).map(|n| format!("{:02}/{:02}/19{},{n}.50\n", 1 + n % 12, 1 + n % 11, 50 + n % 40)).collect();
    sandbox.write("t.csv", &format!("dob,spent\n{rows}"));
    sandbox.guildhall(&["scan", "t.csv", "--policy", "p.toml"]).exits(0);
    let policy = fs::read_to_string(sandbox.path("p.toml")).expect("written");
    assert!(policy.contains("cannot be told apart") && !policy.contains("\nhierarchy"), "{policy}");
    let run = |order: &str| {
        sandbox.write(
            "q.toml",
            &policy.replace("role = \"quasi-identifier\"\n", &format!("role = \"quasi-identifier\"\n{order}\n")),
        );
        sandbox.guildhall(&["anonymise", "--policy", "q.toml", "--data", "t.csv", "--dry-run"])
    };
    run("").exits(0);
    run("hierarchy = { dates = [\"year\"], order = \"dmy\" }").exits(0);
    run("hierarchy = { dates = [\"year\"] }").exits(3);
    run("hierarchy = { dates = [\"year\"], order = \"ydm\" }").exits(3);
    run("hierarchy = { keep = [4, 0], order = \"dmy\" }").exits(3);
}

#[test]
fn a_file_in_another_encoding_is_told_with_what_to_do() {
    let sandbox = sandbox();
    let text: Vec<u8> = "Straße,mail\nGasse,a@example.org\n".chars().map(|c| u8::try_from(c).expect("Latin")).collect();
    fs::write(sandbox.path("old.csv"), text).expect("writable");
    let done = sandbox.guildhall(&["scan", "old.csv"]);
    done.exits(0);
    assert!(done.stderr.contains("windows-1252") && done.stderr.contains("iconv"), "{}", done.stderr);
    let said = json(&sandbox.guildhall(&["scan", "old.csv", "--json"]).stdout);
    assert_eq!(said["files"][0]["encoding"], "windows-1252");
    assert!(validator().is_valid(&said));
    assert!(!sandbox.guildhall(&["scan", "crm.csv"]).stderr.contains("iconv"));
}
