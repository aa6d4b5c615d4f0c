//! `cargo xtask plant`: takes guards out, one at a time, and sees that a test fails.
//!
//! The bugs are in `tests/planted.toml`, each a piece of source text, what to put in its place, and the test that must
//! fail then. They are planted in a copy of the tree under the target folder, never in the tree itself, and only the
//! crate of that test is built. `docs/checks.md` says which guarantee each of them takes away.

use crate::check::root;
use clap::Args;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Options of `cargo xtask plant`
#[derive(Debug, Args)]
pub(crate) struct Plant {
    /// Ids of bugs, as P01; all of them if none is named
    ids: Vec<String>,
    /// Only say which bugs no longer fit the sources
    #[arg(long)]
    check: bool,
}

#[derive(Debug, Deserialize)]
struct Planted {
    bug: Vec<Bug>,
}

#[derive(Debug, Deserialize)]
struct Bug {
    id: String,
    what: String,
    /// Folder of the crate whose test must fail.
    of: String,
    /// Name of that test.
    test: String,
    /// File of an integration test that holds it; its library if left out.
    suite: Option<String>,
    /// Cargo features the test needs.
    features: Option<String>,
    file: String,
    find: String,
    put: String,
}

/// What the tests said to a planted bug.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// The test failed, as it should.
    Caught,
    /// In the sources as they are, the place is there exactly once.
    Fits,
    /// The test passed: it does not stand for the guard.
    Survived,
    /// There is no such test, or it is ignored.
    Untested,
    /// The bug does not compile; what the compiler says first.
    Uncompilable(String),
    /// The sources have changed under it.
    Misfit,
}

/// Why nothing could be planted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
enum Error {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The list is not understood.
    #[error("tests/planted.toml: {0}")]
    List(#[from] toml::de::Error),
}

impl Plant {
    pub(crate) fn run(&self) -> ExitCode {
        match self.all() {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        }
    }

    fn all(&self) -> Result<bool, Error> {
        let planted: Planted = toml::from_str(&read(&root().join("tests/planted.toml"))?)?;
        let chosen = |bug: &&Bug| self.ids.is_empty() || self.ids.contains(&bug.id);
        let bugs: Vec<&Bug> = planted.bug.iter().filter(chosen).collect();
        let folder = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
        let tree = folder.join("planted/tree");
        if !self.check {
            copy_tree(&tree)?;
        }
        let mut missed = 0;
        for bug in &bugs {
            let verdict = if self.check { fits(bug)? } else { plant(bug, &tree, &folder)? };
            missed += usize::from(!matches!(verdict, Verdict::Caught | Verdict::Fits));
            println!("{} {verdict:?}: {}", bug.id, bug.what);
        }
        println!("{} of {} bugs {}", bugs.len() - missed, bugs.len(), if self.check { "fit" } else { "were caught" });
        Ok(missed == 0)
    }
}

/// In the tree itself: whether the text to replace is there, once.
fn fits(bug: &Bug) -> Result<Verdict, Error> {
    let times = read(&root().join(&bug.file))?.matches(&bug.find).count();
    Ok(if times == 1 { Verdict::Fits } else { Verdict::Misfit })
}

fn plant(bug: &Bug, tree: &Path, target: &Path) -> Result<Verdict, Error> {
    let file = tree.join(&bug.file);
    let sound = read(&file)?;
    if sound.matches(&bug.find).count() != 1 {
        return Ok(Verdict::Misfit);
    }
    write(&file, &sound.replacen(&bug.find, &bug.put, 1))?;
    let verdict = tested(bug, tree, target);
    write(&file, &sound)?;
    verdict
}

/// Third-party crates are shared with the ordinary build in the same target folder; those of the copy are its own.
fn tested(bug: &Bug, tree: &Path, target: &Path) -> Result<Verdict, Error> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["test", "--package", &format!("guildhall-{}", bug.of)]);
    // One test is run per build: what compiles soonest is what is wanted.
    for quick in ["debug=false", "package.guildhall-federation.opt-level=0", "package.guildhall-mpc.opt-level=1"] {
        command.args(["--config", &format!("profile.dev.{quick}")]);
    }
    match &bug.suite {
        Some(suite) => command.args(["--test", suite]),
        None => command.arg("--lib"),
    };
    command.args(bug.features.iter().flat_map(|features| ["--features", features]));
    command.args(["--", &bug.test]);
    command.current_dir(tree).env("CARGO_TARGET_DIR", target).env("RUST_BACKTRACE", "0");
    let output = command.output().map_err(|source| Error::File { path: bug.file.clone().into(), source })?;
    let said = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    let lines = said.lines().filter_map(|line| line.strip_prefix("test "));
    let outcomes: Vec<&str> = lines.filter_map(|line| outcome(line, &bug.test)).collect();
    Ok(match outcomes.as_slice() {
        [] if !said.contains("running ") => {
            let first = complaints.lines().find(|line| line.starts_with("error"));
            Verdict::Uncompilable(first.unwrap_or("no test was run").to_owned())
        }
        [] => Verdict::Untested,
        outcomes if outcomes.contains(&"FAILED") => Verdict::Caught,
        outcomes if outcomes.iter().all(|outcome| *outcome == "ok") => Verdict::Survived,
        _ => Verdict::Untested,
    })
}

/// What `path::name ... outcome` says of the test of this name.
fn outcome<'a>(line: &'a str, test: &str) -> Option<&'a str> {
    let (path, outcome) = line.split_once(" ... ")?;
    let name = path.trim_end_matches(" - should panic").rsplit("::").next()?;
    (name == test).then_some(outcome)
}

/// Copies what the tests need.
fn copy_tree(tree: &Path) -> Result<(), Error> {
    let _ = std::fs::remove_dir_all(tree);
    std::fs::create_dir_all(tree).map_err(|source| Error::File { path: tree.to_owned(), source })?;
    for name in ["Cargo.toml", "Cargo.lock", "crates", "tests", "docs", "examples", "benches"] {
        let from = root().join(name);
        if from.exists() {
            copy(&from, &tree.join(name))?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    let error = |source| Error::File { path: from.to_owned(), source };
    if !from.is_dir() {
        return std::fs::copy(from, to).map(|_| ()).map_err(error);
    }
    std::fs::create_dir_all(to).map_err(error)?;
    for entry in std::fs::read_dir(from).map_err(error)?.flatten() {
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|source| Error::File { path: path.to_owned(), source })
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    std::fs::write(path, text).map_err(|source| Error::File { path: path.to_owned(), source })
}
