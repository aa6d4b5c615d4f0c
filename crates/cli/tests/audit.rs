//! `guildhall audit` from outside: broken mechanisms end with exit 7, shipped ones with 0, recorded outputs of
//! any library are judged the same way.

mod common;

use common::{Sandbox, json};

/// Discrete Laplace noise of scale 1 on a count, by inversion from a small seeded generator.
fn recorded(count: i64, scale: f64, runs: u64) -> String {
    let mut state = 0x9e37_79b9_7f4a_7c15u64 ^ count as u64;
    let mut uniform = || {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    };
    let mut geometric = || ((1.0 - uniform()).ln() * -scale).floor() as i64;
    (0..runs).map(|_| format!("{}\n", count + geometric() - geometric())).collect()
}

fn is_valid(object: &serde_json::Value) -> bool {
    let schema = json(include_str!("../schemas/audit-v1.schema.json"));
    jsonschema::validator_for(&schema).expect("a schema").is_valid(object)
}

#[test]
fn broken_mechanisms_end_with_exit_7_and_say_why() {
    let sandbox = Sandbox::new();
    let done = sandbox.guildhall(&["audit", "--broken", "all", "--n", "100000"]);
    done.exits(7);
    let table: Vec<&str> = done.stdout.lines().skip(1).take_while(|line| !line.is_empty()).collect();
    assert_eq!(table.len(), 14, "{}", done.stdout);
    assert!(table.iter().all(|line| line.ends_with("REFUTED") && !line.contains("not refuted")), "{}", done.stdout);
    assert!(done.stdout.contains("only gives a lower bound on epsilon"), "{}", done.stdout);
    assert!(done.stdout.contains("figure 1 less figure 2 at least 1.0000: 50000 of 50000 runs"), "{}", done.stdout);
    assert!(done.stderr.contains("error[V0710]: halved-scale: epsilon is at least 1.9"), "{}", done.stderr);
}

#[test]
fn a_shipped_mechanism_passes_with_exit_0() {
    let sandbox = Sandbox::new();
    let done = sandbox.guildhall(&["audit", "laplace", "--n", "20000", "--seeds", "2", "--timing"]);
    done.exits(0);
    assert!(done.stdout.contains("laplace") && done.stdout.contains("not refuted"), "{}", done.stdout);
    assert!(done.stdout.contains("time against noise"), "{}", done.stdout);
    let done = sandbox.guildhall(&["audit", "laplace", "--n", "2000", "--granularity", "--json"]);
    done.exits(0);
    assert_eq!(json(&done.stdout)["audits"][0]["epsilon_at_least"], 0.0);
}

#[test]
fn json_of_an_audit_has_its_schema() {
    let sandbox = Sandbox::new();
    for (args, exit) in [
        (&["audit", "all", "--n", "400", "--json"][..], 0),
        (&["audit", "laplace", "--n", "400", "--timing", "--json"], 0),
        (&["audit", "--broken", "halved-scale", "--n", "20000", "--json"], 7),
    ] {
        let done = sandbox.guildhall(args);
        done.exits(exit);
        let mut object = json(&done.stdout);
        assert!(is_valid(&object), "{args:?}: {object:#}");
        assert_eq!(object["ok"], exit == 0);
        object["audits"][0]["surprise"] = 1.into();
        assert!(!is_valid(&object), "the schema must be closed");
        assert_eq!(done.stderr.is_empty(), exit == 0);
    }
    let done = sandbox.guildhall(&["audit", "--broken", "halved-scale", "--n", "20000", "--json"]);
    assert_eq!((&json(&done.stderr)["code"], &json(&done.stderr)["exit"]), (&"V0710".into(), &7.into()));
}

#[test]
fn recorded_outputs_are_judged_by_what_they_claim() {
    let sandbox = Sandbox::new();
    sandbox.write("d0.csv", &format!("count\n{}", recorded(0, 1.0, 40_000)));
    sandbox.write("d1.csv", &format!("count\n{}", recorded(1, 1.0, 40_000)));
    let samples = ["audit", "--samples", "d0.csv", "d1.csv", "--epsilon"];
    sandbox.guildhall(&[&samples[..], &["1"]].concat()).exits(0);
    let done = sandbox.guildhall(&[&samples[..], &["1/2"]].concat());
    done.exits(7);
    assert!(done.stdout.contains("d0.csv and d1.csv") && done.stdout.contains("REFUTED"), "{}", done.stdout);
    // A delta as large as the difference of the two data sets admits anything.
    sandbox.guildhall(&[&samples[..], &["1/2", "--delta", "0.9"]].concat()).exits(0);
    sandbox.guildhall(&[&samples[..], &["1/2", "--delta", "1e-6"]].concat()).exits(7);
    sandbox.guildhall(&[&samples[..], &["0", "--granularity"]].concat()).exits(0);
}

/// Laplace noise computed in floats, on the counts 0 and 1: a true epsilon of 1 until one looks at the last bits.
#[test]
fn last_bits_of_recorded_floats_are_looked_at() {
    let sandbox = Sandbox::new();
    let floats = |count: f64, seed: i64| -> String {
        let uniform = recorded(0, 1e9, 20_000);
        let noise = uniform.lines().map(|line| (line.parse::<i64>().expect("a number") + seed) as f64);
        noise.map(|noise| format!("{:?}\n", count + noise / 1e9 * std::f64::consts::FRAC_PI_3 * 0.9549)).collect()
    };
    sandbox.write("d0.csv", &floats(0.0, 1));
    sandbox.write("d1.csv", &floats(1.0, 2));
    for further in [&[][..], &["--granularity"]] {
        let done = sandbox.guildhall(&[&["audit", "--samples", "d0.csv", "d1.csv"][..], further].concat());
        done.exits(7);
        assert!(done.stdout.contains("a last bit set between"), "{}", done.stdout);
    }
}

#[test]
fn mistakes_have_codes_and_places() {
    let sandbox = Sandbox::new();
    sandbox.write("good.csv", &"1,2\n".repeat(100));
    sandbox.write("words.csv", &format!("{}one,2\n", "1,2\n".repeat(100)));
    sandbox.write("ragged.csv", "1,2\n1,2,3\n");
    sandbox.write("nan.csv", "1\nNaN\n");
    sandbox.write("short.csv", "1,2\n");
    let samples = |first, second| ["audit", "--samples", first, second];
    for (args, code, exit) in [
        (&["audit", "laplacee"][..], "U0020", 2),
        (&["audit", "--broken", "laplace"], "U0020", 2),
        (&["audit", "--epsilon", "0"], "U0021", 2),
        (&["audit", "--epsilon", "NaN"], "U0001", 2),
        (&["audit", "--n", "99"], "U0001", 2),
        (&["audit", "--delta", "0.1"], "U0001", 2),
        (&samples("good.csv", "words.csv"), "V0711", 3),
        (&samples("ragged.csv", "good.csv"), "V0711", 3),
        (&samples("nan.csv", "good.csv"), "V0711", 3),
        (&samples("good.csv", "short.csv"), "V0711", 3),
        (&samples("short.csv", "short.csv"), "V0711", 3),
        (&samples("good.csv", "missing.csv"), "U0004", 1),
    ] {
        let done = sandbox.guildhall(args);
        done.exits(exit);
        assert!(done.stderr.starts_with(&format!("error[{code}]")), "{args:?}: {}", done.stderr);
        assert_eq!(done.stdout, "", "{args:?}");
    }
    let done = sandbox.guildhall(&samples("good.csv", "words.csv"));
    assert!(done.stderr.contains("words.csv:101"), "{}", done.stderr);
    let done = sandbox.guildhall(&["audit", "laplacee"]);
    assert!(done.stderr.contains("try: laplace;"), "{}", done.stderr);
}

#[test]
fn the_list_names_shipped_and_broken_mechanisms() {
    let sandbox = Sandbox::new();
    let done = sandbox.guildhall(&["audit", "--list"]);
    done.exits(0);
    for name in ["laplace", "noise-shares", "gaussian-shares", "halved-scale", "share-missing"] {
        assert!(done.stdout.lines().any(|line| line.starts_with(name)), "{name}: {}", done.stdout);
    }
    let done = sandbox.guildhall(&["audit", "--list", "--json"]);
    done.exits(0);
    assert_eq!(json(&done.stdout)["broken"].as_array().map(Vec::len), Some(14));
}
