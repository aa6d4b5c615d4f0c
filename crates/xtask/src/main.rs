//! Commands for people who work on Guildhall. `cargo xtask check` is what CI runs.
//!
//! Not here: anything a user of Guildhall needs.

mod check;
mod fuzz;
mod plant;
mod supply;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Developer commands
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Format, clippy, tests, docs, licences and sources of dependencies: everything CI checks
    Check(check::Check),
    /// Mutated input for every decoder: libFuzzer on the stable toolchain
    Fuzz(fuzz::Fuzz),
    /// Guards taken out one at a time in a copy of the tree: some test must fail
    Plant(plant::Plant),
    /// Licences and sources of dependencies against .cargo/deny.toml, without cargo-deny
    Supply,
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Check(check) => check.run(),
        Command::Fuzz(fuzz) => fuzz.run(),
        Command::Plant(plant) => plant.run(),
        Command::Supply => supply::report(),
    }
}
