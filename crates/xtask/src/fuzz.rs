//! `cargo xtask fuzz TARGET SECONDS`: libFuzzer over the targets in `fuzz/`, on the stable toolchain.
//!
//! The coverage that libFuzzer needs is a pass of the compiler's own back end, switched on by flags below; neither a
//! nightly toolchain nor another tool is needed. Not here: sanitizers, for which there is no `unsafe` to watch.

use crate::check::root;
use clap::Args;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// Coverage counters for libFuzzer, without which it would mutate blindly.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Options of `cargo xtask fuzz`
#[derive(Debug, Args)]
pub(crate) struct Fuzz {
    /// A file of fuzz/targets without its ending, or `all`
    target: String,
    /// Stop after this many seconds
    #[arg(default_value_t = 60)]
    seconds: u64,
    /// Stop after this many executions, too
    #[arg(long)]
    runs: Option<u64>,
}

impl Fuzz {
    pub(crate) fn run(&self) -> ExitCode {
        let known = targets();
        let chosen: Vec<&String> = known.iter().filter(|name| self.target == "all" || **name == self.target).collect();
        if chosen.is_empty() {
            eprintln!("there is no target {:?}; choose all or one of: {}", self.target, known.join(", "));
            return ExitCode::from(2);
        }
        let Some(host) = host() else {
            eprintln!("rustc does not say what it compiles for");
            return ExitCode::FAILURE;
        };
        if !build(&host) {
            return ExitCode::FAILURE;
        }
        let failed: Vec<&str> = chosen.into_iter().filter(|name| !self.one(&host, name)).map(String::as_str).collect();
        if failed.is_empty() {
            return ExitCode::SUCCESS;
        }
        eprintln!("found something: {}; the inputs are in fuzz/corpus", failed.join(", "));
        ExitCode::FAILURE
    }

    fn one(&self, host: &str, name: &str) -> bool {
        eprintln!("==> {name}");
        let corpus = root().join("fuzz/corpus").join(name);
        if let Err(error) = std::fs::create_dir_all(&corpus) {
            eprintln!("{}: {error}", corpus.display());
            return false;
        }
        let mut command = Command::new(target_folder().join(host).join("release").join(name));
        command.env("GUILDHALL_FUZZ_CORPUS", &corpus).arg(&corpus);
        command.arg(format!("-artifact_prefix={}/{name}-", root().join("fuzz/corpus").display()));
        command.args([format!("-max_total_time={}", self.seconds), "-print_final_stats=1".to_owned()]);
        command.args(self.runs.map(|runs| format!("-runs={runs}")));
        command.status().is_ok_and(|status| status.success())
    }
}

fn targets() -> Vec<String> {
    let listing = std::fs::read_dir(root().join("fuzz/targets")).into_iter().flatten().flatten();
    let names = listing.filter_map(|entry| Some(entry.path().file_stem()?.to_string_lossy().into_owned()));
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// The host's triple: with `--target`, build scripts and procedural macros stay without coverage.
fn host() -> Option<String> {
    let output = Command::new("rustc").arg("-vV").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned)
}

fn build(host: &str) -> bool {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["build", "--release", "--manifest-path", "fuzz/Cargo.toml", "--target", host]);
    command.current_dir(root()).env("RUSTFLAGS", FLAGS).env("CARGO_TARGET_DIR", target_folder());
    command.status().is_ok_and(|status| status.success())
}

fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("fuzz/target"), PathBuf::from)
}
