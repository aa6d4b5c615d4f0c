//! `cargo xtask check`: runs every step, even after one has failed, and says at the end which did.

use crate::supply;
use clap::{Args, ValueEnum};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

/// Options of `cargo xtask check`
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Leave a step out; may be given several times
    #[arg(long, value_enum)]
    skip: Vec<Step>,
    /// Run only this step; may be given several times
    #[arg(long, value_enum, conflicts_with = "skip")]
    only: Vec<Step>,
}

/// The steps, cheapest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Step {
    /// cargo fmt --check
    Fmt,
    /// Licences and sources of dependencies, read from cargo metadata
    Supply,
    /// cargo clippy, every target, no warnings
    Clippy,
    /// cargo clippy of the fuzz targets, which are a workspace of their own
    Fuzz,
    /// cargo test of the workspace; layers and file sizes are among the tests
    Test,
    /// Clippy with all features, and the tests that need one; building what they need is most of it
    Features,
    /// cargo doc, no warnings
    Doc,
    /// cargo deny, where it is installed
    Deny,
}

/// Where the fuzz targets are.
const FUZZ: [&str; 2] = ["--manifest-path", "fuzz/Cargo.toml"];

/// How a step ended.
enum Outcome {
    Passed,
    Failed,
    Skipped(&'static str),
}

impl Check {
    pub(crate) fn run(&self) -> ExitCode {
        let chosen = |step: &Step| !self.skip.contains(step) && (self.only.is_empty() || self.only.contains(step));
        let steps: Vec<Step> = Step::value_variants().iter().copied().filter(chosen).collect();
        let mut summary = Vec::new();
        let mut failed = false;
        for step in steps {
            eprintln!("==> {step:?}");
            let start = Instant::now();
            let outcome = step.run();
            failed |= matches!(outcome, Outcome::Failed);
            summary.push(format!("{:<8}{} ({} s)", format!("{step:?}"), outcome.words(), start.elapsed().as_secs()));
        }
        eprintln!("\n{}", summary.join("\n"));
        if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

impl Outcome {
    fn words(&self) -> String {
        match self {
            Self::Passed => "passed".to_owned(),
            Self::Failed => "FAILED".to_owned(),
            Self::Skipped(why) => format!("SKIPPED: {why}"),
        }
    }
}

impl Step {
    fn run(self) -> Outcome {
        match self {
            Self::Fmt => passed(
                succeeds(cargo(["fmt", "--all", "--check"])) & succeeds(cargo(["fmt", FUZZ[0], FUZZ[1], "--check"])),
            ),
            Self::Supply => passed(supply::report() == ExitCode::SUCCESS),
            Self::Clippy => outcome(cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])),
            Self::Fuzz => outcome(cargo(["clippy", FUZZ[0], FUZZ[1], "--all-targets", "--", "-D", "warnings"])),
            Self::Test => outcome(cargo(["test", "--workspace"])),
            Self::Features => features(),
            Self::Doc => outcome(cargo(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings")),
            Self::Deny => deny(),
        }
    }
}

/// Everything is linted with all features; tested are the crates that implement one, and the command that needs one.
/// The rest of the command line's integration tests would only be run again.
fn features() -> Outcome {
    let clippy = cargo(["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"]);
    let mut tests = tested_with_features(["--lib", "--test=rank"]);
    tests.args(["data", "he"].into_iter().flat_map(suites).map(|suite| format!("--test={suite}")));
    passed(succeeds(clippy) & succeeds(tests) & succeeds(tested_with_features(["--doc"])))
}

/// Always the same packages: cargo unites the features of all it is given, and would build the engines again for others.
fn tested_with_features<'a>(args: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = cargo(["test", "--all-features"]);
    command.args(["guildhall-data", "guildhall-he", "guildhall-cli"].map(|package| format!("--package={package}")));
    command.args(args);
    command
}

/// The integration tests of a crate: files and folders of `tests`.
fn suites(folder: &str) -> Vec<String> {
    let listing = std::fs::read_dir(root().join("crates").join(folder).join("tests")).into_iter().flatten().flatten();
    listing.filter_map(|entry| Some(entry.path().file_stem()?.to_string_lossy().into_owned())).collect()
}

/// Applies all of `.cargo/deny.toml`; the advisories only if their database can be had.
fn deny() -> Outcome {
    let installed = succeeds(cargo(["deny", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()));
    if !installed {
        return Outcome::Skipped("cargo-deny is not installed; licences and sources were checked by the step Supply");
    }
    let config = ["deny", "--config", ".cargo/deny.toml"];
    if !succeeds(cargo(config).args(["check", "licenses", "bans", "sources"])) {
        return Outcome::Failed;
    }
    if !succeeds(cargo(config).args(["fetch", "db"])) {
        return Outcome::Skipped("the advisory database cannot be had here; licences, bans and sources passed");
    }
    outcome(cargo(config).args(["check", "advisories"]))
}

fn cargo<'a>(args: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args).current_dir(root());
    command
}

/// The folder of the workspace.
pub(crate) fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().and_then(Path::parent).unwrap_or(package)
}

fn outcome(command: impl std::borrow::BorrowMut<Command>) -> Outcome {
    passed(succeeds(command))
}

const fn passed(yes: bool) -> Outcome {
    if yes { Outcome::Passed } else { Outcome::Failed }
}

fn succeeds(mut command: impl std::borrow::BorrowMut<Command>) -> bool {
    command.borrow_mut().status().is_ok_and(|status| status.success())
}
