//! A sandbox folder and the program in it.
#![allow(dead_code, clippy::mod_module_files, reason = "shared by several test programs, as cargo wants it")]

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// A folder of its own, removed at the end.
pub(crate) struct Sandbox(TempDir);

/// What a command did.
pub(crate) struct Done {
    /// Exit code.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Done {
    /// Asserts the exit code.
    #[track_caller]
    pub(crate) fn exits(&self, code: i32) {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
    }
}

impl Sandbox {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// One with a study of 24 shops over two months; `policy` is added to its rules.
    pub(crate) fn with_study(policy: &str) -> Self {
        let sandbox = Self::new();
        sandbox.write("study.toml", &STUDY.replace("# policy", policy));
        let mut csv = String::from("date,shop,town,amount\n");
        for shop in 1..=24 {
            let town = if shop % 2 == 0 { "north" } else { "south" };
            csv.push_str(&format!("2026-01-05,shop-{shop:02},{town},{}.00\n", shop * 10));
            csv.push_str(&format!("2026-02-05,shop-{shop:02},{town},{}.00\n", shop * 20));
        }
        sandbox.write("sales.csv", &csv);
        sandbox
    }

    /// A path inside.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("writable");
    }

    /// Runs the program inside.
    pub(crate) fn guildhall(&self, args: &[&str]) -> Done {
        let output = Command::new(env!("CARGO_BIN_EXE_guildhall"))
            .args(args)
            .current_dir(self.0.path())
            .env("NO_COLOR", "1")
            .output()
            .expect("the program runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Done { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// Reads one JSON value.
pub(crate) fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The bytes with one bit of one byte changed.
pub(crate) fn flip(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut flipped = bytes.to_vec();
    flipped[at] ^= 1;
    flipped
}

/// The shared data folder beside the project, or a printed reason why it is not used.
pub(crate) fn shared_data(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if !path.exists() {
        println!("skipped: {name} is not beside the project (../shared/data)");
        return None;
    }
    Some(path)
}

const STUDY: &str = r#"
[study]
id = "shops"
title = "Shops"
expected_members = 24

[period]
column = "date"
every = "month"
from = "2026-01"
to = "2026-02"

[member]
column = "shop"
segments = [{ attribute = "town", column = "town" }]

[data.columns]
date = "date"
shop = "text"
town = "text"
amount = "decimal(2)"

[[kpi]]
id = "sales"
label = "Sales"
sql = "sum(amount)"
unit = "EUR"
direction = "higher"
resolution = "0.01"
low = 0
high = 10_000
statistics = ["mean", "quartiles"]
edges = { first = 10, bins = 8 }
epsilon = "2"
periods = "last"

[policy]
# policy
"#;
