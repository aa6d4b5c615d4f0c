//! Records survive `kill -9` at any moment, and two processes at once agree on one truth.
//!
//! The test binary starts itself as the process to be killed. This shows what the operating system
//! keeps when a process dies; what a disk keeps when the power fails is left to SQLite's own tests.

use guildhall_ledger::{BudgetLedger, Charge, Epsilon, Limit, RecordError, Records, SqliteRecords};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const FILE: &str = "GUILDHALL_LEDGER_TEST_FILE";
const NAME: &str = "GUILDHALL_LEDGER_TEST_NAME";

fn start(test: &str, file: &Path, name: &str) -> Child {
    let program = std::env::current_exe().expect("this test binary");
    let mut command = Command::new(program);
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(FILE, file).env(NAME, name);
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it can run itself")
}

/// File and name, if this process is one started by [`start`].
fn role() -> Option<(String, String)> {
    Some((std::env::var(FILE).ok()?, std::env::var(NAME).ok()?))
}

/// Written straight to the pipe, after the record is durable.
fn acknowledge(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "ack {line}").and_then(|()| out.flush()).expect("the parent reads");
}

/// The lines acknowledged by a child, without the partial last one.
fn acknowledged(reader: impl BufRead) -> impl Iterator<Item = String> {
    reader.lines().map_while(Result::ok).filter_map(|line| line.split_once("ack ").map(|(_, rest)| rest.to_owned()))
}

fn value(key: &str) -> Vec<u8> {
    let length = 1 + key.bytes().map(usize::from).sum::<usize>() * 37 % 20_000;
    key.bytes().cycle().take(length).collect()
}

fn charge(id: &str) -> (Charge, Limit) {
    let epsilon = Epsilon::new(1, 1_000_000).expect("not zero");
    let text = "crash".to_owned();
    let charge = Charge {
        id: id.to_owned(),
        subject: text.clone(),
        window: text.clone(),
        epsilon,
        delta_bits: 60,
        rho: None,
        column: None,
        purpose: text,
    };
    (charge, Limit { epsilon: Epsilon::new(1, 1).expect("not zero"), delta_bits: 20, rho: None })
}

#[test]
fn child_that_is_killed() {
    let Some((file, name)) = role() else { return };
    let mut records = SqliteRecords::open(file).expect("recovers by itself");
    let mut ledger = BudgetLedger::open(&records).expect("a whole chain");
    for number in 0.. {
        let key = format!("{name}/{number}");
        records.record_once(&key, &value(&key)).expect("free key");
        acknowledge(&key);
        let (charge, limit) = charge(&format!("charge {key}"));
        ledger.charge(&mut records, charge, &limit).expect("within the limit");
        acknowledge(&format!("charge {key}"));
    }
}

/// Kills a child after `lines` acknowledgements and returns all it has acknowledged.
fn run_and_kill(file: &Path, name: &str, lines: usize, patience: std::time::Duration) -> Vec<String> {
    let mut child = start("child_that_is_killed", file, name);
    let mut seen = acknowledged(BufReader::new(child.stdout.take().expect("piped")));
    let mut kept: Vec<String> = seen.by_ref().take(lines).collect();
    std::thread::sleep(patience);
    child.kill().expect("SIGKILL");
    kept.extend(seen);
    child.wait().expect("it ended");
    kept
}

#[test]
fn no_acknowledged_record_is_lost_in_24_kills() {
    if role().is_some() {
        return;
    }
    let folder = tempfile::tempdir().expect("a writable temporary folder");
    let file = folder.path().join("records.db");
    let mut kept = Vec::new();
    for kill in 0u32..24 {
        // From "while it creates the file" to "after some dozen records", at changing points of a commit.
        let lines = (kill as usize * 7) % 40;
        let patience = std::time::Duration::from_micros(u64::from(kill) * 613 % 5_000);
        let rival = (kill % 3 == 0).then(|| {
            let file = file.clone();
            std::thread::spawn(move || run_and_kill(&file, &format!("rival{kill}"), lines, patience))
        });
        kept.extend(run_and_kill(&file, &format!("kill{kill}"), lines, patience));
        kept.extend(rival.map_or_else(Vec::new, |rival| rival.join().expect("no panic")));
        verify(&file, &kept);
    }
    assert!(kept.len() >= 400, "only {} acknowledged", kept.len());
}

fn verify(file: &Path, kept: &[String]) {
    let records = SqliteRecords::open(file).expect("recovers by itself");
    let ledger = BudgetLedger::open(&records).expect("a whole chain");
    for key in kept {
        if key.starts_with("charge ") {
            assert!(
                ledger.entries().iter().any(|entry| entry.charge().id == *key),
                "{key} was acknowledged and is lost"
            );
        } else {
            assert_eq!(records.get(key).expect("readable"), Some(value(key)), "{key} was acknowledged and is lost");
        }
    }
    // Nothing half written either: every record there is has its whole value.
    for (key, stored) in records.list("kill").expect("readable") {
        assert_eq!(stored, value(&key), "{key}");
    }
}

#[test]
fn child_that_races() {
    let Some((file, name)) = role() else { return };
    let mut records = SqliteRecords::open(file).expect("a shared file");
    let mut ledger = BudgetLedger::open(&records).expect("a whole chain");
    for number in 0..40 {
        let key = format!("round/{number}");
        match records.record_once(&key, name.as_bytes()) {
            Ok(_) => acknowledge(&key),
            Err(RecordError::Conflict { .. }) => {}
            Err(other) => panic!("{other}"),
        }
        let (mut charge, _) = charge(&format!("{name} {number}"));
        charge.epsilon = Epsilon::new(1, 30).expect("not zero");
        let limit = Limit { epsilon: Epsilon::new(1, 1).expect("not zero"), delta_bits: 20, rho: None };
        if ledger.charge(&mut records, charge, &limit).is_ok() {
            acknowledge(&format!("charge {number}"));
        }
    }
}

#[test]
fn of_two_processes_one_wins_each_round_and_the_limit_holds() {
    if role().is_some() {
        return;
    }
    let folder = tempfile::tempdir().expect("a writable temporary folder");
    let file = folder.path().join("records.db");
    let names = ["alice", "bob"];
    let mut children = names.map(|name| start("child_that_races", &file, name));
    let won = children.each_mut().map(|child| {
        let lines: Vec<_> = acknowledged(BufReader::new(child.stdout.take().expect("piped"))).collect();
        assert!(child.wait().expect("it ended").success());
        lines
    });
    let records = SqliteRecords::open(&file).expect("a shared file");
    let mut rounds = 0;
    for (name, lines) in names.iter().zip(&won) {
        for key in lines.iter().filter(|line| line.starts_with("round/")) {
            assert_eq!(records.get(key).expect("readable"), Some(name.as_bytes().to_vec()));
            rounds += 1;
        }
    }
    assert_eq!(rounds, 40, "every round has exactly one winner");
    let charges = won.iter().flatten().filter(|line| line.starts_with("charge ")).count();
    assert_eq!(charges, 30, "thirty thirtieths and no more");
    assert_eq!(BudgetLedger::open(&records).expect("a whole chain").length(), 30);
}
