//! The commands, one file each.

mod anonymise;
mod audit;
mod budget;
mod compare;
mod completions;
mod demo;
pub(crate) mod disclosure;
mod explain;
mod he;
mod man;
mod overlap;
mod pseudonym;
mod risk;
mod run;
mod scan;
mod study;
mod trust;
mod verify;

pub(crate) use pseudonym::{check_private, cost as pseudonym_cost};

use crate::Failure;
use crate::ui::Ui;
use clap::Subcommand;

/// The commands, in the order `--help` lists them.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Watch a round over generated figures, with failures and fraud
    Demo(demo::Demo),
    /// Write and check study files
    #[command(subcommand)]
    Study(study::Study),
    /// Play a whole round over real files, all roles in one process
    ///
    /// All roles run here, so this protects no member from whoever runs the command: it is for trying a
    /// study on data that one party holds anyway, and for checking what a consortium would see. Besides
    /// the round it writes a state folder with every party's keys and the privacy ledger: keep it secret,
    /// out of version control, and for good, since a new one starts with an empty budget and history.
    Run(run::Run),
    /// Recheck a finished round offline
    Verify(verify::Verify),
    /// Compute your own place, on your own machine
    ///
    /// Your files are read with the study.toml in the round's folder, as every member's were.
    Compare(compare::Compare),
    /// Customer-trust metrics: compute them, publish them with differential privacy
    #[command(subcommand)]
    Trust(trust::Trust),
    /// Show and recheck a privacy ledger
    #[command(subcommand)]
    Budget(budget::Budget),
    /// Audit the privacy mechanisms, ours or another library's
    Audit(audit::Audit),
    /// Find personal data in files, folders and databases
    ///
    /// Nothing leaves this machine, and no report, log or error shows a value: only shapes of values, counts and places.
    Scan(scan::Scan),
    /// Publish tables of exact figures in which nobody's own can be worked out
    #[command(subcommand)]
    Disclosure(disclosure::Disclosure),
    /// Encrypted answers and figures: whoever computes with them cannot read them
    #[command(subcommand)]
    He(he::He),
    /// Show how easily people in a table are singled out
    Risk(risk::Risk),
    /// Make a table coarser until it keeps the rules of its policy
    Anonymise(anonymise::Anonymise),
    /// Replace identifiers by pseudonyms, jointly or alone
    #[command(subcommand)]
    Pseudonym(pseudonym::Pseudonym),
    /// Count the customers that members share, without anyone seeing another's
    ///
    /// All roles run here, so this protects no member from whoever runs the command: it is for trying a plan on files
    /// that one party holds anyway, and for an operator whom all members trust with their files.
    Overlap(overlap::Overlap),
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
        Command::Demo(demo) => demo.run(ui),
        Command::Study(study) => study.run(ui),
        Command::Run(run) => run.run(ui),
        Command::Verify(verify) => verify.run(ui),
        Command::Compare(compare) => compare.run(ui),
        Command::Trust(trust) => trust.run(ui),
        Command::Budget(budget) => budget.run(ui),
        Command::Audit(audit) => audit.run(ui),
        Command::Disclosure(disclosure) => disclosure.run(ui),
        Command::He(he) => he.run(ui),
        Command::Scan(scan) => scan.run(ui),
        Command::Risk(risk) => risk.run(ui),
        Command::Anonymise(anonymise) => anonymise.run(ui),
        Command::Pseudonym(pseudonym) => pseudonym.run(ui),
        Command::Overlap(overlap) => overlap.run(ui),
        Command::Explain(explain) => explain.run(ui),
        Command::Completions(completions) => completions.run(ui),
        Command::Man(man) => man.run(ui),
    }
}
