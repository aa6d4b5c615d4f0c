//! `cargo xtask plant`: takes guards out, one at a time, and sees that a test fails.
//!
//! The bugs are in `tests/planted.toml`, each a piece of source text and what to put in its place. They are planted in a
//! copy of the tree under the target folder, never in the tree itself. `docs/checks.md` names the tests they make fail.

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
    file: String,
    find: String,
    put: String,
}

/// What the tests said to a planted bug.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// These tests failed, as they should.
    Caught(Vec<String>),
    /// None did: a guard that no test stands for.
    Survived,
    /// The bug does not compile.
    Uncompilable,
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
        let mut fine = true;
        for bug in bugs {
            let verdict = if self.check { fits(bug)? } else { plant(bug, &tree, &folder)? };
            fine &= matches!(verdict, Verdict::Caught(_));
            println!("{} {verdict:?}: {}", bug.id, bug.what);
        }
        Ok(fine)
    }
}

/// In the tree itself: whether the text to replace is there.
fn fits(bug: &Bug) -> Result<Verdict, Error> {
    let there = read(&root().join(&bug.file))?.contains(&bug.find);
    Ok(if there { Verdict::Caught(Vec::new()) } else { Verdict::Misfit })
}

fn plant(bug: &Bug, tree: &Path, target: &Path) -> Result<Verdict, Error> {
    let file = tree.join(&bug.file);
    let sound = read(&file)?;
    if !sound.contains(&bug.find) {
        return Ok(Verdict::Misfit);
    }
    write(&file, &sound.replacen(&bug.find, &bug.put, 1))?;
    let verdict = tested(bug, tree, target);
    write(&file, &sound)?;
    verdict
}

fn tested(bug: &Bug, tree: &Path, target: &Path) -> Result<Verdict, Error> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["test", "--lib", "--no-fail-fast", "-p", "guildhall-federation", "-p", "guildhall-mpc"]);
    command.current_dir(tree).env("CARGO_TARGET_DIR", target.join("planted/target")).env("RUST_BACKTRACE", "0");
    let output = command.output().map_err(|source| Error::File { path: bug.file.clone().into(), source })?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let failed = said.lines().filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"));
    let failed: Vec<String> = failed.map(str::to_owned).collect();
    Ok(match (failed.is_empty(), output.status.success()) {
        (false, _) => Verdict::Caught(failed),
        (true, true) => Verdict::Survived,
        (true, false) => Verdict::Uncompilable,
    })
}

/// Copies what the tests of the two crates need.
fn copy_tree(tree: &Path) -> Result<(), Error> {
    let _ = std::fs::remove_dir_all(tree);
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
