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
const DECRYPT: &str = "decrypt poll.toml --public keys/public.key --tally tally --secret keys/secret.key --uploads";

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
    let result = valid("he-result", &json_of(&sandbox, &format!("{DECRYPT} all")));
    check(&result);
    assert_eq!(result["evaluation"], "recomputed");
    let shown = he(&sandbox, &format!("{DECRYPT} all"));
    shown.exits(0);
    assert!(shown.stdout.contains("+40.00") && shown.stdout.contains("revealed"), "{}", shown.stdout);
    assert!(shown.stdout.contains("computed again from the uploads"), "{}", shown.stdout);
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

/// The evaluator sends the answer of one respondent as the sum: nothing in the file shows it.
#[test]
fn whoever_opens_computes_the_tally_again() {
    let sandbox = example("survey.toml");
    he(&sandbox, "keygen poll.toml --out keys").exits(0);
    he(&sandbox, &format!("{ENCRYPT} all --rehearse-respondents")).exits(0);
    he(&sandbox, &format!("{EVALUATE} all")).exits(0);
    let answers = fs::read_to_string(sandbox.path("answers.csv")).expect("there");
    sandbox.write("answers.csv", &answers.lines().take(2).map(|line| format!("{line}\n")).collect::<String>());
    fs::create_dir(sandbox.path("inbox")).expect("writable");
    he(&sandbox, &format!("{ENCRYPT} inbox/one --rehearse-respondents")).exits(0);
    fs::copy(sandbox.path("all"), sandbox.path("inbox/all")).expect("there");
    fs::write(sandbox.path("inbox/.hidden"), "no upload").expect("writable");
    // A folder of uploads is added as a whole; the tally holds less, or more, than what the opener has.
    let refused = he(&sandbox, &format!("{DECRYPT} inbox"));
    refused.exits(7);
    assert!(refused.stderr.contains("V0744") && refused.stdout.is_empty(), "{}{}", refused.stderr, refused.stdout);
    he(&sandbox, &format!("{DECRYPT} inbox/one")).exits(7);
    he(&sandbox, &format!("{DECRYPT} inbox/all")).exits(0);
    // Without the uploads nothing is opened, unless it is asked for by name; and then the result says so.
    let line = DECRYPT.trim_end_matches(" --uploads");
    let without = he(&sandbox, line);
    without.exits(2);
    assert!(without.stderr.contains("U0044"), "{}", without.stderr);
    let trusting = format!("{line} --trust-evaluator");
    let result = valid("he-result", &json_of(&sandbox, &trusting));
    assert_eq!(result["evaluation"], "evaluator-trusted");
    let shown = he(&sandbox, &trusting);
    assert!(
        shown.stdout.contains("EVALUATOR TRUSTED") && shown.stderr.contains("EVALUATOR TRUSTED"),
        "{}",
        shown.stdout
    );
    he(&sandbox, &format!("{trusting} --uploads all")).exits(2);
}

/// Runs the step that is due for every party until all have their key.
fn joint_key(sandbox: &Sandbox, parties: u8) {
    let step =
        |party: u8| he(sandbox, &format!("keygen poll.toml --party {party} --shared shared --out party-{party}")).code;
    for _ in 0..5 {
        if (1..=parties).map(step).filter(|code| *code == Some(0)).count() == usize::from(parties) {
            fs::create_dir(sandbox.path("keys")).expect("writable");
            fs::copy(sandbox.path("party-1/public.key"), sandbox.path("keys/public.key")).expect("made");
            return;
        }
    }
    panic!("the key is not made");
}

/// The consortium's poll with two parties, for tests that need no more.
fn pair() -> Sandbox {
    let sandbox = example("consortium.toml");
    let poll = fs::read_to_string(sandbox.path("poll.toml")).expect("there");
    sandbox.write("poll.toml", &poll.replace("parties = 5", "parties = 3").replace("threshold = 3", "threshold = 2"));
    sandbox
}

const SHARE: &str = "decrypt poll.toml --public keys/public.key --tally tally --share";

#[test]
fn a_party_gives_its_share_for_the_sum_of_the_uploads_and_counts_each_release_once() {
    let sandbox = pair();
    joint_key(&sandbox, 3);
    he(&sandbox, &format!("{ENCRYPT} up")).exits(0);
    he(&sandbox, &format!("{ENCRYPT} other")).exits(0);
    he(&sandbox, &format!("{EVALUATE} up")).exits(0);
    let share = |party: u8, rest: &str| format!("{SHARE} party-{party}/share.key --quorum {rest}");
    // Not for a tally of something else, not on the evaluator's word, not without the record.
    he(&sandbox, &share(1, "1,2 --uploads other --out 1.opening")).exits(7);
    let trusting = he(&sandbox, &share(1, "1,2 --trust-evaluator --out 1.opening"));
    trusting.exits(6);
    assert!(trusting.stderr.contains("P0644"), "{}", trusting.stderr);
    he(&sandbox, &share(1, "1,2 --out 1.opening")).exits(2);
    let record = sandbox.path("party-1/share.releases");
    let none = fs::read(&record).expect("made with the key");
    fs::remove_file(&record).expect("there");
    let missing = he(&sandbox, &share(1, "1,2 --uploads up --out 1.opening"));
    missing.exits(6);
    assert!(missing.stderr.contains("P0643"), "{}", missing.stderr);
    fs::write(&record, "no record").expect("writable");
    he(&sandbox, &share(1, "1,2 --uploads up --out 1.opening")).exits(7);
    assert!(!sandbox.path("1.opening").exists());
    fs::write(&record, &none).expect("writable");
    // The first time it counts; again, also under another evaluator's signature, it is the same share.
    let first = valid("he-opening", &json_of(&sandbox, &share(1, "1,2 --uploads up --out 1.opening")));
    assert_eq!((first["counted"].as_i64(), first["repeated"].as_bool()), (Some(1), Some(false)));
    fs::rename(sandbox.path("tally"), sandbox.path("tally.first")).expect("there");
    he(&sandbox, &format!("{} --uploads up", EVALUATE.trim_end_matches(" --uploads").replace("platform", "other")))
        .exits(0);
    let again = valid("he-opening", &json_of(&sandbox, &share(1, "1,2 --uploads up --out again.opening")));
    assert_eq!((again["counted"].as_i64(), again["repeated"].as_bool()), (Some(1), Some(true)));
    assert!(again["tally"] != first["tally"] && again["release"] == first["release"]);
    let same = |one: &str, other: &str| {
        fs::read(sandbox.path(one)).expect("there") == fs::read(sandbox.path(other)).expect("there")
    };
    assert!(same("1.opening", "again.opening"));
    // Two shares make the result, which says how its parties checked.
    he(&sandbox, &share(2, "1,2 --uploads up --out 2.opening")).exits(0);
    let open = "decrypt poll.toml --public keys/public.key --tally tally --openings 1.opening 2.opening";
    let result = valid("he-result", &json_of(&sandbox, open));
    assert_eq!(result["evaluation"], "recomputed");
    // The record is put back: the share that others have shows it, to the party itself and to anybody else.
    let longer = fs::read(&record).expect("there");
    fs::write(&record, &none).expect("writable");
    let seen = he(&sandbox, &share(1, "1,3 --uploads up --out x.opening --seen 1.opening 2.opening"));
    seen.exits(7);
    assert!(seen.stderr.contains("V0745") && !sandbox.path("x.opening").exists(), "{}", seen.stderr);
    he(&sandbox, &share(1, "1,3 --uploads up --out fork.opening")).exits(0);
    let fork = he(&sandbox, &share(3, "1,3 --uploads up --out 3.opening --seen 1.opening fork.opening"));
    fork.exits(7);
    assert!(fork.stderr.contains("V0745"), "{}", fork.stderr);
    fs::write(&record, &longer).expect("writable");
    he(&sandbox, &format!("{open} --seen fork.opening")).exits(7);
}

#[test]
fn a_joint_key_that_allows_it_opens_on_the_evaluators_word_and_says_so() {
    let sandbox = pair();
    let poll = fs::read_to_string(sandbox.path("poll.toml")).expect("there");
    sandbox.write("poll.toml", &poll.replace("[quorum]", "[quorum]\nmay_trust_evaluator = true"));
    joint_key(&sandbox, 3);
    he(&sandbox, &format!("{ENCRYPT} up")).exits(0);
    he(&sandbox, &format!("{EVALUATE} up")).exits(0);
    let share = |party: u8, rest: &str| format!("{SHARE} party-{party}/share.key --quorum 2,3 {rest}");
    let made = valid("he-opening", &json_of(&sandbox, &share(2, "--trust-evaluator --out 2.opening")));
    assert_eq!(made["evaluation"], "evaluator-trusted");
    he(&sandbox, &share(3, "--uploads up --out 3.opening")).exits(0);
    let open = "decrypt poll.toml --public keys/public.key --tally tally --openings 2.opening 3.opening";
    let result = valid("he-result", &json_of(&sandbox, open));
    assert_eq!(result["evaluation"], "evaluator-trusted");
    assert_eq!(result["parties_trusting_the_evaluator"], serde_json::json!([2]));
    let shown = he(&sandbox, open);
    assert!(shown.stdout.contains("EVALUATOR TRUSTED by party 2"), "{}", shown.stdout);
    // Whoever combines may compute it again.
    let result = valid("he-result", &json_of(&sandbox, &format!("{open} --uploads up")));
    assert_eq!(result["evaluation"], "recomputed");
}

/// A crash may fall between any two writes: whatever is missing, the same command goes on from there.
#[test]
fn a_joint_key_is_made_although_parties_crash_between_any_two_steps() {
    let sandbox = pair();
    let step =
        |party: u8| he(&sandbox, &format!("keygen poll.toml --party {party} --shared shared --out party-{party}")).code;
    let lose = |file: &str| {
        let path = sandbox.path(file);
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
        fs::remove_file(&path).expect("there");
        bytes
    };
    // A crash between what is stored and what is shown of it: the same file is shown.
    let crash = |file: &str| {
        let before = lose(file);
        assert_eq!(step(1), Some(75), "{file}");
        assert!(fs::read(sandbox.path(file)).expect("written again") == before, "{file}: the same bytes");
    };
    assert_eq!(step(1), Some(75));
    crash("shared/party-1.card");
    assert_eq!([step(2), step(3), step(1)], [Some(75); 3]);
    crash("shared/party-1.commitment");
    assert_eq!([step(2), step(1)], [Some(75); 2]);
    crash("shared/party-1.deal");
    let secrets = ["party.secret", "deal.secret"];
    let kept = secrets.map(|name| fs::read(sandbox.path(&format!("party-1/{name}"))).expect("kept"));
    assert_eq!([step(3), step(1), step(2)], [Some(0); 3]);
    assert!((1..=3).all(|party| step(party) == Some(0)));
    let wiped = |party: u8| secrets.iter().all(|name| !sandbox.path(&format!("party-{party}/{name}")).exists());
    assert!((1..=3).all(wiped), "what only made the key is gone");
    // The share was not yet written; only its public key was; the secrets were not yet wiped.
    let share = lose("party-1/share.key");
    for lost in [vec![], vec!["party-1/share.releases"], vec!["party-1/share.releases", "party-1/public.key"]] {
        for (name, bytes) in secrets.iter().zip(&kept) {
            fs::write(sandbox.path(&format!("party-1/{name}")), bytes).expect("writable");
            set_mode(&sandbox.path(&format!("party-1/{name}")), 0o600);
        }
        fs::write(sandbox.path("party-1/.deal.secret-1.guildhall-part"), b"half a deal").expect("writable");
        lost.iter().for_each(|file| drop(lose(file)));
        let _ = fs::remove_file(sandbox.path("party-1/share.key"));
        assert_eq!(step(1), Some(0), "{lost:?}");
        assert!(fs::read(sandbox.path("party-1/share.key")).expect("written") == share, "the same share");
        assert!(wiped(1) && !sandbox.path("party-1/.deal.secret-1.guildhall-part").exists());
    }
    // Somebody replaces a file in the shared folder.
    let sandbox = pair();
    let step =
        |party: u8| he(&sandbox, &format!("keygen poll.toml --party {party} --shared shared --out party-{party}"));
    step(1).exits(75);
    step(2).exits(75);
    fs::copy(sandbox.path("shared/party-2.card"), sandbox.path("shared/party-1.card")).expect("writable");
    step(1).exits(7);
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
        let line = format!("{open} --uploads up --share party-{party}/share.key --quorum 1,4,5 --out {party}.opening");
        valid("he-opening", &json_of(&sandbox, &line));
    }
    check(&valid("he-result", &json_of(&sandbox, &format!("{open} --openings 1.opening 4.opening 5.opening"))));
    he(&sandbox, &format!("{open} --openings 1.opening 4.opening")).exits(5);
    let again = |party: u8, quorum: &str| {
        he(&sandbox, &format!("{open} --uploads up --share party-{party}/share.key --quorum {quorum} --out again")).code
    };
    assert_eq!((again(1, "1,4"), again(2, "1,4,5")), (Some(5), Some(4)));
    // Three quorums and no more: the record beside the share refuses a fourth.
    for quorum in ["1,2,3", "1,2,4"] {
        assert_eq!(again(1, quorum), Some(0));
        fs::remove_file(sandbox.path("again")).expect("written");
    }
    assert_eq!(again(1, "1,2,5"), Some(6));
    assert!(!sandbox.path("again").exists());
}

/// File, line and column of the one error of a dry run.
fn place(sandbox: &Sandbox, data: &str, poll: &str, keys: &str) -> (String, u64, Option<String>) {
    let line =
        format!("encrypt {poll} --key {keys}/public.key --data {data} --identity me.key --out z --dry-run --json");
    let done = he(sandbox, &line);
    done.exits(3);
    let place = json(&done.stderr)["problems"][0]["where"].clone();
    let text = |key: &str| place[key].as_str().map(str::to_owned);
    (text("file").unwrap_or_default(), place["line"].as_u64().unwrap_or(0), text("column"))
}

#[test]
fn mistakes_end_with_their_exit_codes_and_write_nothing() {
    let sandbox = example("survey.toml");
    he(&sandbox, "keygen poll.toml --out keys").exits(0);
    he(&sandbox, "keygen poll.toml --out keys").exits(8);
    he(&sandbox, "keygen poll.toml --out other --party 1 --shared s").exits(2);
    he(&sandbox, "decrypt poll.toml --public keys/public.key --tally keys/public.key").exits(4);
    // An option that would be ignored is refused.
    for option in ["--quorum 1,2", "--out x", "--seen x"] {
        let line = "decrypt poll.toml --public keys/public.key --tally tally --secret keys/secret.key";
        he(&sandbox, &format!("{line} --uploads all {option}")).exits(2);
    }
    he(&sandbox, "decrypt poll.toml --public keys/public.key --tally t --openings o --roster r").exits(2);
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
    // Files of another kind are named; a folder without uploads is said to be one.
    let kind = he(&sandbox, "evaluate poll.toml --key keys/secret.key --identity p.key --out t --uploads all");
    kind.exits(4);
    assert!(kind.stderr.contains("kind \"secret key\", where one of kind \"public key\""), "{}", kind.stderr);
    fs::create_dir(sandbox.path("empty")).expect("writable");
    let empty = he(&sandbox, &format!("{EVALUATE} empty"));
    empty.exits(5);
    assert!(empty.stderr.contains("where: empty"), "{}", empty.stderr);
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
    assert_eq!(place(&sandbox, "wrong.csv", "poll.toml", "keys"), ("wrong.csv".into(), 4, Some("score".into())));
    // Rows that a rule leaves out are lines of the file all the same.
    let skip = "[[data.skip]]\nwhen = \"score = 10\"\nreason = \"tests\"\n\n[[metric]]";
    let skipping = fs::read_to_string(sandbox.path("poll.toml")).expect("there").replacen("[[metric]]", skip, 1);
    sandbox.write("skipping.toml", &skipping);
    he(&sandbox, "keygen skipping.toml --out skipping").exits(0);
    assert_eq!(
        place(&sandbox, "wrong.csv", "skipping.toml", "skipping"),
        ("wrong.csv".into(), 4, Some("score".into()))
    );
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
    let result = valid("he-result", &json_of(&sandbox, &format!("{DECRYPT} up")));
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
    let picture = fs::read_to_string(sandbox.path("costs/costs.svg")).expect("written");
    assert!(picture.contains("<desc") && !picture.contains("<script"));
    assert_eq!(page.contains("compared by TFHE"), cfg!(feature = "tfhe"));
}

/// The picture in the documents says in words what it shows, and the table beside it has the same bytes and answers.
#[test]
fn the_picture_of_costs_has_words_and_a_table_beside_it() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let read = |name: &str| fs::read_to_string(docs.join(name)).expect("committed");
    let (picture, page, readme) = (read("pictures/he-costs.svg"), read("which-technique.md"), read("../README.md"));
    assert!(picture.contains("<title") && picture.contains("<desc") && !picture.contains("<script"));
    assert!(picture.len() < 20_000, "{} bytes", picture.len());
    for bytes in ["2,286", "13,568", "53,524", "16,496"] {
        assert!(picture.contains(bytes) && page.contains(bytes), "{bytes}");
    }
    for text in [page, readme] {
        assert!(text.contains("pictures/he-costs.svg)") && text.contains("guildhall he bench --out costs"));
    }
}

/// Errors of every command fit the schema of errors: their codes are written as it says.
#[test]
fn every_code_is_written_as_the_schema_of_errors_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema = json(&fs::read_to_string(root.join("schemas/error-v1.schema.json")).expect("shipped"));
    let code = jsonschema::validator_for(&schema["$defs"]["code"]).expect("a schema");
    let mut codes = 0;
    for file in fs::read_dir(root.join("src/explain")).expect("there").flatten() {
        let text = fs::read_to_string(file.path()).expect("readable");
        for heading in text.lines().filter_map(|line| line.strip_prefix("## ")) {
            let name = heading.split(' ').next().unwrap_or_default();
            assert!(code.is_valid(&Value::from(name)), "{name} of {}", file.path().display());
            codes += 1;
        }
    }
    assert!(codes > 100, "{codes}");
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).expect("its own file");
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) {}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).expect("there").permissions()) & 0o777
}

/// Names are not known before the files have them; who may read is decided when a file is made, and checked when it is read.
#[cfg(unix)]
#[test]
fn secrets_are_their_owners_alone_and_nobody_can_prepare_their_names() {
    use std::os::unix::fs::symlink;
    let sandbox = pair();
    sandbox.write("victim", "keep this");
    fs::create_dir(sandbox.path("shared")).expect("writable");
    // Names that a writer could have used before: any process number, and the file names themselves.
    for process in 1..40_000 {
        let _ = symlink("../victim", sandbox.path(&format!("shared/.party-1.card.new-{process}")));
    }
    for name in ["party-1.card", "party-1.commitment"] {
        symlink("../victim", sandbox.path(&format!("shared/.{name}.guildhall-part"))).expect("writable");
    }
    joint_key(&sandbox, 3);
    assert_eq!(fs::read_to_string(sandbox.path("victim")).expect("there"), "keep this");
    assert!(!fs::symlink_metadata(sandbox.path("shared/party-1.card")).expect("made").is_symlink());
    assert_eq!(mode(&sandbox.path("party-1")), 0o700);
    for (name, want) in [("share.key", 0o600), ("share.releases", 0o600), ("public.key", 0o644)] {
        assert_eq!(mode(&sandbox.path(&format!("party-1/{name}"))) & !0o022, want, "{name}");
    }
    // The record stays private when it grows; a link under the name of a file is nothing to write through.
    he(&sandbox, &format!("{ENCRYPT} up")).exits(0);
    he(&sandbox, &format!("{EVALUATE} up")).exits(0);
    let share = "party-1/share.key --quorum 1,2 --uploads up --out";
    symlink("victim", sandbox.path("1.opening")).expect("writable");
    he(&sandbox, &format!("{SHARE} {share} 1.opening")).exits(8);
    he(&sandbox, &format!("{SHARE} {share} one.opening")).exits(0);
    assert_eq!(mode(&sandbox.path("party-1/share.releases")), 0o600);
    assert_eq!(fs::read_to_string(sandbox.path("victim")).expect("there"), "keep this");
    // A secret that others can read is refused.
    let refused = |path: &str, line: &str| {
        set_mode(&sandbox.path(path), 0o640);
        let done = he(&sandbox, line);
        done.exits(4);
        assert!(done.stderr.contains("K0402") && done.stderr.contains("chmod 600"), "{}", done.stderr);
        set_mode(&sandbox.path(path), 0o600);
    };
    refused("me.key", &format!("{ENCRYPT} other"));
    refused("party-1/share.key", &format!("{SHARE} {share} two.opening"));
    // What a killed run left is taken away by the next one.
    sandbox.write(".new.key-killed.guildhall-part", "half a secret");
    he(&sandbox, &format!("{} other", ENCRYPT.replace("me.key", "new.key"))).exits(0);
    assert!(!sandbox.path(".new.key-killed.guildhall-part").exists() && mode(&sandbox.path("new.key")) == 0o600);
    // A pipe is refused and not waited for.
    let made = std::process::Command::new("mkfifo").arg(sandbox.path("pipe")).status().expect("mkfifo runs");
    assert!(made.success());
    for line in [format!("{EVALUATE} pipe"), format!("{} other2", ENCRYPT.replace("keys/public.key", "pipe"))] {
        let done = he(&sandbox, &line);
        done.exits(1);
        assert!(done.stderr.contains("U0004") && done.stderr.contains("pipe"), "{}", done.stderr);
    }
}

/// Everything of the poll file that fixes how a cell becomes a number: changed, its answers belong to another poll.
#[test]
fn a_poll_file_that_reads_the_table_in_another_way_is_another_poll() {
    let sandbox = example("survey.toml");
    let poll = fs::read_to_string(sandbox.path("poll.toml")).expect("there");
    let poll = poll.replace("again = \"bool\"", "again = \"text\"");
    let poll = poll.replace("column = \"again\"", "column = \"again\"\nyes = [\"yes\"]\nno = [\"no\"]");
    let poll = format!("{poll}\n[groups]\ncolumn = \"channel\"\nvalues = [\"shop\", \"web\", \"phone\"]\n");
    sandbox.write("poll.toml", &poll);
    he(&sandbox, "keygen poll.toml --out keys").exits(0);
    let line = |poll: &str| {
        format!("encrypt {poll} --key keys/public.key --data answers.csv --identity me.key --out z --dry-run")
    };
    let one = |text: &str| text.lines().take(2).map(|line| format!("{line}\n")).collect::<String>();
    let answers = fs::read_to_string(sandbox.path("answers.csv")).expect("there");
    sandbox.write("answers.csv", &one(&answers));
    he(&sandbox, &line("poll.toml")).exits(0);
    sandbox.write("spaced.toml", &format!("# a remark\n\n{poll}"));
    he(&sandbox, &line("spaced.toml")).exits(0);
    for (from, to) in [
        ("decimal(2)", "decimal(1)"),
        ("decimal(2)", "integer"),
        ("again = \"text\"", "again = \"integer\""),
        ("yes = [\"yes\"]\nno = [\"no\"]", "yes = [\"no\"]\nno = [\"yes\"]"),
        ("no = [\"no\"]", "no = \"others\""),
        ("no = [\"no\"]", "no = [\"no\", \"maybe\"]"),
        ("column = \"score\"", "column = \"honest\""),
        ("[\"honest\", \"reliable\"]", "[\"reliable\", \"honest\"]"),
        ("[groups]\ncolumn = \"channel\"", "[groups]\ncolumn = \"again\""),
        ("score = \"integer\"", "score = { type = \"integer\", empty = \"null\" }"),
        ("[data.columns]", "[data]\ndecimal_comma = true\n\n[data.columns]"),
        ("[[metric]]", "[[data.skip]]\nwhen = \"score = 10\"\nreason = \"tests\"\n\n[[metric]]"),
        ("weights = [2, 1]", "weights = [1, 2]"),
        ("satisfied = 4", "satisfied = 3"),
        ("most_uploads = 20000", "most_uploads = 10000"),
    ] {
        let other = poll.replacen(from, to, 1);
        assert_ne!(other, poll, "{from}");
        sandbox.write("other.toml", &other);
        let done = he(&sandbox, &line("other.toml"));
        assert!(done.code == Some(4) && done.stderr.contains("K0441"), "{to}: {}", done.stderr);
    }
}

/// A share counts what was named as yes and as no, and nothing else: a text that nobody named is no silent no.
#[test]
fn a_share_says_which_texts_are_yes_and_which_are_no() {
    let sandbox = Sandbox::new();
    let poll = |kind: &str, rest: &str| {
        let head = "[poll]\nid = \"shares\"\nkeys = \"owner\"\nmost_answers = 10\nmost_uploads = 1\n";
        let columns = format!("[data.columns]\nleft = \"{kind}\"\n");
        let metric = format!("[[metric]]\nname = \"churn\"\nkind = \"churn\"\ncolumn = \"left\"\n{rest}\n");
        sandbox.write("poll.toml", &format!("{head}{columns}{metric}"));
    };
    for (kind, rest, said) in [
        ("text", "", "count as yes"),
        ("integer", "", "count as yes"),
        ("text", "yes = [\"Yes\"]", "no = \\\"others\\\""),
        ("text", "yes = []\nno = [\"No\"]", "is empty"),
        ("text", "yes = [\"Yes\"]\nno = [\"No\", \"Yes \"]", "as yes and as no"),
        ("bool", "yes = [\"yes\"]", "leave out yes and no"),
        ("bool", "no = [\"no\"]", "leave out yes and no"),
        ("decimal(2)", "yes = [\"1\"]\nno = [\"0\"]", "holds decimals"),
    ] {
        poll(kind, rest);
        let done = he(&sandbox, "keygen poll.toml --out keys --json");
        done.exits(3);
        assert!(done.stderr.contains("S0641") && done.stderr.contains(said), "{kind}, {rest}: {}", done.stderr);
    }
    let share = |kind: &str, rest: &str, cells: &str| {
        poll(kind, rest);
        for made in ["keys/secret.key", "keys/public.key", "up", "tally"] {
            let _ = fs::remove_file(sandbox.path(made));
        }
        he(&sandbox, "keygen poll.toml --out keys").exits(0);
        sandbox.write("answers.csv", &format!("left\n{}\n", cells.replace(' ', "\n")));
        let encrypt = ENCRYPT.replace("public", "secret");
        let done = he(&sandbox, &format!("{encrypt} up"));
        if done.code != Some(0) {
            return Err(done.stderr);
        }
        he(&sandbox, &format!("{EVALUATE} up")).exits(0);
        Ok(json(&json_of(&sandbox, &format!("{DECRYPT} up")))["metrics"][0]["numerator"].as_i64())
    };
    let texts = "yes = [\"Yes\", \"YES\"]\nno = [\"No\"]";
    assert_eq!(share("text", texts, "Yes No YES No"), Ok(Some(2)));
    assert_eq!(share("text", "yes = [\"Yes\"]\nno = \"others\"", "Yes No YES ja"), Ok(Some(1)));
    assert_eq!(share("integer", "yes = [\"2\"]\nno = [\"0\", \"1\"]", "2 1 0 2"), Ok(Some(2)));
    assert_eq!(share("bool", "", "yes no true 0"), Ok(Some(2)));
    for cells in ["Yes No yes", "Yes No Maybe", "Yes No ja"] {
        let error = share("text", texts, cells).expect_err("nobody named it");
        let last = cells.rsplit(' ').next().unwrap_or_default();
        assert!(error.contains("S0642") && error.contains("answers.csv:4") && error.contains(last), "{error}");
        assert!(!sandbox.path("up").exists());
    }
    assert!(share("integer", "yes = [\"1\"]\nno = [\"0\"]", "1 0 2").is_err());
}

/// Whatever is given as an upload is added, or told.
#[test]
fn no_upload_is_lost_without_a_word() {
    let sandbox = example("survey.toml");
    he(&sandbox, "keygen poll.toml --out keys").exits(0);
    he(&sandbox, &format!("{ENCRYPT} all --rehearse-respondents")).exits(0);
    sandbox.write("nothing", "");
    let empty = he(&sandbox, &format!("{EVALUATE} all nothing"));
    empty.exits(7);
    assert!(empty.stderr.contains("V0741") && empty.stderr.contains("where: nothing"), "{}", empty.stderr);
    assert!(!sandbox.path("tally").exists());
    let skipped = json(&json_of(&sandbox, &format!("{EVALUATE} all nothing --skip-refused")));
    assert_eq!(skipped["refused"], serde_json::json!(["nothing"]));
    fs::create_dir_all(sandbox.path("inbox/more")).expect("writable");
    fs::copy(sandbox.path("all"), sandbox.path("inbox/all")).expect("there");
    let folder = he(&sandbox, &format!("{} inbox", EVALUATE.replace("out tally", "out mine")));
    folder.exits(1);
    assert!(folder.stderr.contains("inbox/more"), "{}", folder.stderr);
}

/// Somebody who can write to the shared folder signs a party's deal anew: the party is not blamed for it.
#[test]
fn nobody_is_blamed_for_what_another_key_signed() {
    let sandbox = pair();
    let step =
        |party: u8| he(&sandbox, &format!("keygen poll.toml --party {party} --shared shared --out party-{party}"));
    for party in [1, 2, 3, 1, 2, 3, 1, 2] {
        step(party);
    }
    // The deal of a stranger who calls itself party 2: made for other cards, and signed by a key that is on none of ours.
    for party in [1, 2, 3, 1, 2, 3, 1, 2] {
        he(&sandbox, &format!("keygen poll.toml --party {party} --shared elsewhere --out stranger-{party}"));
    }
    let path = sandbox.path("shared/party-2.deal");
    let genuine = fs::read(&path).expect("the deals are made");
    fs::copy(sandbox.path("elsewhere/party-2.deal"), &path).expect("the stranger's deal is made");
    let blamed = step(3);
    blamed.exits(7);
    assert!(blamed.stderr.contains("V0741") && blamed.stderr.contains("not signed by party 2"), "{}", blamed.stderr);
    assert!(blamed.stderr.contains("where: shared/party-2.deal"), "{}", blamed.stderr);
    // With the genuine deal the key is made.
    fs::write(&path, &genuine).expect("writable");
    for code in [step(3).code, step(1).code, step(2).code] {
        assert_eq!(code, Some(0));
    }
}

/// A run may end between the two keys; the same command goes on from there, and says what it did.
#[test]
fn a_pair_of_keys_is_whole_or_can_be_made_whole() {
    let sandbox = example("survey.toml");
    fs::create_dir(sandbox.path("keys")).expect("writable");
    sandbox.write("keys/public.key", "another");
    let taken = he(&sandbox, "keygen poll.toml --out keys");
    taken.exits(8);
    assert!(taken.stderr.contains("nothing was written") && !sandbox.path("keys/secret.key").exists());
    fs::remove_file(sandbox.path("keys/public.key")).expect("there");
    he(&sandbox, "keygen poll.toml --out keys").exits(0);
    let public = fs::read(sandbox.path("keys/public.key")).expect("made");
    fs::remove_file(sandbox.path("keys/public.key")).expect("there");
    let again = he(&sandbox, "keygen poll.toml --out keys");
    again.exits(0);
    assert!(again.stderr.contains("follows from the secret key"), "{}", again.stderr);
    assert!(fs::read(sandbox.path("keys/public.key")).expect("made again") == public);
    fs::remove_file(sandbox.path("keys/public.key")).expect("there");
    let poll = fs::read_to_string(sandbox.path("poll.toml")).expect("there");
    sandbox.write("other.toml", &poll.replace("spring", "autumn"));
    he(&sandbox, "keygen other.toml --out keys").exits(4);
}

/// `inspect` looks at every byte: frame, parts, and what follows.
#[test]
fn inspect_fails_where_a_file_does_not_hold() {
    let sandbox = example("survey.toml");
    he(&sandbox, "keygen poll.toml --out keys").exits(0);
    he(&sandbox, &format!("{ENCRYPT} all --rehearse-respondents")).exits(0);
    let (upload, key) = (fs::read(sandbox.path("all")).expect("made"), fs::read(sandbox.path("me.key")).expect("made"));
    let fails = |bytes: Vec<u8>, what: &str| {
        fs::write(sandbox.path("bad"), bytes).expect("writable");
        let done = he(&sandbox, "inspect bad");
        assert!(done.code == Some(7) && done.stderr.contains("V0741") && done.stdout.is_empty(), "{what}");
    };
    he(&sandbox, "inspect all").exits(0);
    fails(common::flip(&upload, 130), "the signature");
    fails(common::flip(&upload, upload.len() - 1), "the last part");
    fails(upload[..upload.len() - 1].to_vec(), "a byte is missing");
    fails([upload.as_slice(), b"x"].concat(), "a byte follows");
    fails([key.as_slice(), b"x"].concat(), "a byte follows a key");
    fails([key.as_slice(), key.as_slice()].concat(), "two keys");
}
