//! The commands, one file each.

mod completions;
mod explain;
mod man;
mod study;

use crate::Failure;
use crate::ui::Ui;
use clap::Subcommand;

/// The commands, in the order `--help` lists them.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write and check study files
    #[command(subcommand)]
    Study(study::Study),
    /// Explain an error code, or list all codes
    Explain(explain::Explain),
    /// Write shell completions to stdout
    Completions(completions::Completions),
    /// Write manual pages
    Man(man::Man),
}

/// Runs one command.
///
/// # Errors
/// Whatever stops it, with code, place and remedy.
pub(crate) fn run(ui: &Ui, command: Command) -> Result<(), Failure> {
    match command {
        Command::Study(study) => study.run(ui),
        Command::Explain(explain) => explain.run(ui),
        Command::Completions(completions) => completions.run(ui),
        Command::Man(man) => man.run(ui),
    }
}
