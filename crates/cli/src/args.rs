//! The command line: global options and the list of commands.

use crate::commands::Command;
use crate::{Failure, Problem};
use clap::{CommandFactory, Parser, error::ErrorKind};
use std::ffi::OsString;

/// Heading of the options of every command, in a command's help.
const EVERYWHERE: &str = "Options of every command";

/// Benchmarks over figures nobody reveals.
#[derive(Debug, Parser)]
#[command(
    name = "guildhall",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    subcommand_required = true,
    after_help = "Examples:
  guildhall demo                       watch a round with failures and fraud; no data needed
  guildhall study new study.toml       write a commented study file
  guildhall study check study.toml     find every mistake, predict every error, offline
  guildhall run --study study.toml --data sales.csv --out round-1
  guildhall verify round-1             recheck a finished round offline
  guildhall audit                      test the privacy mechanisms against their claims
  guildhall explain S0401              what an error means and how to mend it

Exit codes: 0 ok, 1 failure, 2 usage, 3 data invalid, 4 key or authorisation, 5 too few parties,
6 refused by policy, 7 verification failed, 8 conflict, 75 try again, 130 interrupted."
)]
pub(crate) struct Cli {
    /// Say nothing but results and errors
    #[arg(long, short, global = true, help_heading = EVERYWHERE)]
    quiet: bool,
    /// Write the result (stdout) or the error (stderr) as JSON
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    json: bool,
    /// Use no colours; NO_COLOR=1 does the same
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    no_color: bool,
    #[command(subcommand)]
    command: Command,
}

/// What a command line asks for.
pub(crate) enum Parsed {
    /// To run a command.
    Run(Command),
    /// To print help or the version.
    Print(String),
    /// Nothing yet: it was given no command, and help is due.
    Nothing(String),
}

/// Understands a command line.
///
/// # Errors
/// With code U0001 if it is not understood.
pub(crate) fn parse(args: &[OsString]) -> Result<Parsed, Failure> {
    match Cli::try_parse_from(args) {
        Ok(cli) => Ok(Parsed::Run(cli.command)),
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            Ok(Parsed::Print(error.render().ansi().to_string()))
        }
        Err(error) if error.kind() == ErrorKind::MissingSubcommand => {
            Ok(Parsed::Nothing(definition().render_help().ansi().to_string()))
        }
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Ok(Parsed::Nothing(error.render().ansi().to_string()))
        }
        Err(error) => Err(usage(&error)),
    }
}

/// The definition of the command line, for completions and manual pages.
pub(crate) fn definition() -> clap::Command {
    Cli::command()
}

fn usage(error: &clap::Error) -> Failure {
    let rendered = error.render().to_string();
    let text = rendered.trim().trim_start_matches("error: ");
    let (message, rest) = text.split_once("\n\n").unwrap_or((text, ""));
    let lines = rest.lines().map(|line| line.trim().trim_start_matches("tip: "));
    let advice: Vec<&str> =
        lines.filter(|line| !line.is_empty() && !line.starts_with("For more information")).collect();
    let problem = Problem::new("U0001", message.trim());
    if advice.is_empty() { problem.remedy("guildhall --help").into() } else { problem.remedy(advice.join("; ")).into() }
}
