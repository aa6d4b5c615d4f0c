//! `guildhall he` from outside: whole polls, exit codes, schemas, and what is refused.

mod common;

use common::{Done, Sandbox, json, shared_data};
use serde_json::Value;
use std::fs;
use std::path::Path;

fn valid(schema: &str, text: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schemas/{schema}-v1.schema.json"));
    let schema = json(&fs::read_to_string(path).expect("the schema is shipped"));
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let mut object = json(text);
    assert!(validator.is_valid(&object), "{object:#}");
    object["surprise"] = 1.into();
    assert!(!validator.is_valid(&object), "the schema must be closed");
    json(text)
}

/// A folder with an example poll and the example's answers.
fn example(poll: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    for (from, to) in [(poll, "poll.toml"), ("survey.csv", "answers.csv")] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/he").join(from);
        sandbox.write(to, &fs::read_to_string(path).expect("shipped"));
    }
    sandbox
}

fn he(sandbox: &Sandbox, line: &str) -> Done {
    sandbox.guildhall(&[&["he"], line.split(' ').collect::<Vec<_>>().as_slice()].concat())
}

const ENCRYPT: &str = "encrypt poll.toml --key keys/public.key --data answers.csv --identity me.key --out";
const EVALUATE: &str = "evaluate poll.toml --key keys/public.key --identity platform.key --out tally --uploads";
const DECRYPT: &str = "decrypt poll.toml --public keys/public.key --tally tally --secret keys/secret.key";

fn check(result: &Value) {
    assert_eq!(result["answers"], 5);
    let of = |name: &str| {
        let all = result["metrics"].as_array().expect("metrics");
        all.iter().find(|metric| metric["metric"] == name).expect("the metric").clone()
    };
    assert_eq!(
        (of("net promoter score")["numerator"].as_i64(), of("net promoter score")["value"].as_f64()),
        (Some(2), Some(40.0))
    );
    assert_eq!(of("satisfied")["numerator"], 3);
    assert_eq!(of("effort")["numerator"], 16);
    assert_eq!(of("bought again")["numerator"], 3);
    assert_eq!(of("lifetime value in cents")["numerator"], 12_050 + 8_000 + 1_525 + 999 + 31_010);
    assert_eq!(of("brand trust index")["numerator"], 2 * 27 + 26);
    assert_eq!(of("channel")["bins"][0]["count"], 2);
}

#[test]
fn respondents_encrypt_a_platform_adds_and_the_owner_opens() {
    let sandbox = example("survey.toml");
    valid("he-keygen", &json_of(&sandbox, "keygen poll.toml --out keys"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(sandbox.path("keys/secret.key")).expect("written").permissions().mode();
        assert_eq!(mode & 0o077, 0, "the secret key is its owner's alone");
    }
    he(&sandbox, &format!("{ENCRYPT} one --dry-run")).exits(3);
    he(&sandbox, &format!("{ENCRYPT} one")).exits(3);
    valid("he-encrypt", &json_of(&sandbox, &format!("{ENCRYPT} all --rehearse-respondents")));
    let tally = valid("he-evaluate", &json_of(&sandbox, &format!("{EVALUATE} all")));
    assert_eq!((tally["uploads"].as_i64(), tally["answers"].as_i64()), (Some(5), Some(5)));
    check(&valid("he-result", &json_of(&sandbox, DECRYPT)));
    let shown = he(&sandbox, DECRYPT);
    shown.exits(0);
    assert!(shown.stdout.contains("+40.00") && shown.stdout.contains("revealed"), "{}", shown.stdout);
    // Anybody with the uploads can evaluate again.
    he(
        &sandbox,
        "evaluate poll.toml --key keys/public.key --identity other.key --out mine --same-as tally --uploads all",
    )
    .exits(0);
    for file in ["keys/secret.key", "keys/public.key", "all", "tally", "me.key"] {
        let told = valid("he-inspect", &json_of(&sandbox, &format!("inspect {file}")));
        assert_eq!(told["signature_holds"], true, "{file}");
    }
}

fn json_of(sandbox: &Sandbox, line: &str) -> String {
    let done = he(sandbox, &format!("{line} --json"));
    done.exits(0);
    done.stdout
}

#[test]
fn three_of_five_parties_make_a_key_step_by_step_and_open_together() {
    let sandbox = example("consortium.toml");
    let step =
        |party: u8| he(&sandbox, &format!("keygen poll.toml --party {party} --shared shared --out party-{party}")).code;
    // Each command does the step that is due and says with exit 75 that it waits; five rounds are more than enough.
    let mut waits = 0;
    for _ in 0..5 {
        let codes: Vec<Option<i32>> = (1..=5).map(step).collect();
        assert!(codes.iter().all(|code| matches!(code, Some(0 | 75))), "{codes:?}");
        waits += codes.iter().filter(|code| **code == Some(75)).count();
    }
    assert!(waits >= 10 && (1..=5).all(|party| step(party) == Some(0)), "{waits}");
    fs::create_dir(sandbox.path("keys")).expect("writable");
    fs::copy(sandbox.path("party-3/public.key"), sandbox.path("keys/public.key")).expect("made");
    he(&sandbox, &format!("{ENCRYPT} up")).exits(0);
    he(&sandbox, &format!("{EVALUATE} up")).exits(0);
    let open = "decrypt poll.toml --public keys/public.key --tally tally";
    for party in [1, 4, 5] {
        let line = format!("{open} --share party-{party}/share.key --quorum 1,4,5 --out {party}.opening");
        valid("he-opening", &json_of(&sandbox, &line));
    }
    check(&valid("he-result", &json_of(&sandbox, &format!("{open} --openings 1.opening 4.opening 5.opening"))));
    he(&sandbox, &format!("{open} --openings 1.opening 4.opening")).exits(5);
    // The same quorum again: the record beside the share refuses it.
    he(&sandbox, &format!("{open} --share party-1/share.key --quorum 1,4,5 --out again")).exits(6);
    he(&sandbox, &format!("{open} --share party-1/share.key --quorum 1,4 --out again")).exits(5);
    he(&sandbox, &format!("{open} --share party-2/share.key --quorum 1,4,5 --out again")).exits(4);
    assert!(!sandbox.path("again").exists());
}

#[test]
fn mistakes_end_with_their_exit_codes_and_write_nothing() {
    let sandbox = example("survey.toml");
    he(&sandbox, "keygen poll.toml --out keys").exits(0);
    he(&sandbox, "keygen poll.toml --out keys").exits(8);
    he(&sandbox, "keygen poll.toml --out other --party 1 --shared s").exits(2);
    he(&sandbox, "decrypt poll.toml --public keys/public.key --tally keys/public.key").exits(4);
    he(&sandbox, &format!("{ENCRYPT} all --rehearse-respondents")).exits(0);
    // Another poll's key; a damaged upload; an uploader who is not on the roster; the same upload twice.
    let poll = fs::read_to_string(sandbox.path("poll.toml")).expect("readable");
    sandbox.write("autumn.toml", &poll.replace("spring-survey", "autumn-survey"));
    he(&sandbox, "encrypt autumn.toml --key keys/public.key --data answers.csv --identity me.key --out x").exits(4);
    let mut bytes = fs::read(sandbox.path("all")).expect("written");
    bytes[300] ^= 1;
    fs::write(sandbox.path("bad"), &bytes).expect("writable");
    let damaged = he(&sandbox, &format!("{EVALUATE} bad"));
    damaged.exits(7);
    assert!(damaged.stderr.contains("bad, column \"upload 1\""), "{}", damaged.stderr);
    he(&sandbox, &format!("{EVALUATE} all all")).exits(8);
    he(&sandbox, &format!("{EVALUATE} all all --skip-refused --json")).exits(0);
    sandbox.write("roster.txt", &format!("# nobody we know\n{}\n", "0a".repeat(32)));
    he(&sandbox, "evaluate poll.toml --key keys/public.key --identity p.key --out t --roster roster.txt --uploads all")
        .exits(4);
    sandbox.write("roster.txt", "not a key\n");
    he(&sandbox, "evaluate poll.toml --key keys/public.key --identity p.key --out t --roster roster.txt --uploads all")
        .exits(3);
    // Rows that do not fit, and polls that cannot be.
    sandbox.write(
        "wrong.csv",
        &fs::read_to_string(sandbox.path("answers.csv")).expect("there").replace("7,3,4", "11,3,4"),
    );
    let wrong = he(
        &sandbox,
        "encrypt poll.toml --key keys/public.key --data wrong.csv --identity me.key --out y --rehearse-respondents",
    );
    wrong.exits(3);
    assert!(wrong.stderr.contains("11 is not from 0 to 10"), "{}", wrong.stderr);
    sandbox.write("huge.toml", &poll.replace("high = 500000", "high = 1000000000000").replace("20000", "4000000000"));
    he(&sandbox, "keygen huge.toml --out huge").exits(3);
    sandbox.write("typo.toml", &poll.replace("kind = \"nps\"", "kind = \"npss\""));
    let typo = he(&sandbox, "keygen typo.toml --out huge");
    typo.exits(3);
    assert!(typo.stderr.contains("typo.toml:") && typo.stderr.contains("nps"), "{}", typo.stderr);
    assert!(!sandbox.path("x").exists() && !sandbox.path("y").exists() && !sandbox.path("t").exists());
    // More answers than declared.
    sandbox.write("few.toml", &poll.replace("most_answers = 20000", "most_answers = 4").replace("spring", "tiny"));
    he(&sandbox, "keygen few.toml --out few").exits(0);
    he(
        &sandbox,
        "encrypt few.toml --key few/public.key --data answers.csv --identity me.key --out all4 --rehearse-respondents",
    )
    .exits(0);
    he(&sandbox, "evaluate few.toml --key few/public.key --identity p.key --out t --uploads all4").exits(6);
}

#[test]
fn telco_churn_by_contract_is_the_known_one_from_outside() {
    let Some(data) = shared_data("telco_churn/wa_churn.csv") else { return };
    let sandbox = example("telco_churn.toml");
    he(&sandbox, "keygen poll.toml --out keys").exits(0);
    let data = data.display();
    he(&sandbox, &format!("encrypt poll.toml --key keys/secret.key --data {data} --identity me.key --out up")).exits(0);
    he(&sandbox, &format!("{EVALUATE} up")).exits(0);
    let result = valid("he-result", &json_of(&sandbox, DECRYPT));
    let found: Vec<(i64, i64)> = result["metrics"]
        .as_array()
        .expect("metrics")
        .iter()
        .filter(|metric| metric["metric"] == "churn")
        .map(|metric| (metric["numerator"].as_i64().unwrap_or(-1), metric["answers"].as_i64().unwrap_or(-1)))
        .collect();
    assert_eq!(found, [(1655, 3875), (166, 1473), (48, 1695)]);
}

#[test]
fn the_bench_prints_a_table_and_writes_a_page() {
    let sandbox = Sandbox::new();
    valid("he-bench", &json_of(&sandbox, "bench --answers 1000 --alone 10 --out costs"));
    let page = fs::read_to_string(sandbox.path("costs/costs.html")).expect("written");
    assert_eq!(page.matches("<svg").count(), 4);
    assert!(!page.contains("<script") && !page.contains("http"));
}
