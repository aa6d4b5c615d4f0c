//! The command line of Guildhall: the only place that wires the other crates together.
//!
//! Rules (after clig.dev): stdout carries results only, stderr everything for people; exit codes are
//! stable ([`Kind`]); every error has a code that `guildhall explain CODE` explains, says where it
//! happened and how to mend it; `--json` turns results and errors into JSON of a stated version;
//! no prompt, no secret in flags or environment, no network unless a command says so.
//!
//! One file per command in `commands/`; a study file is read and checked in [`study`].
//!
//! Not here: cryptography, noise, parsing of data files, rendering of reports.

mod account;
mod args;
mod codes;
mod commands;
mod consortium;
pub mod data_policy;
mod demo;
mod error;
mod explain;
mod member_ledgers;
mod round;
pub mod specification;
mod staged;
pub mod study;
mod trust;
mod ui;

pub use codes::{Code, all_codes, find_code};
pub use error::{Failure, Kind, Place, Problem};
pub use round::ImportFile;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// Runs one command line (the program's name first) and returns its exit code.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let ui = ui::Ui::from_raw(&args);
    exit_when_interrupted(ui);
    let outcome = catch_unwind(AssertUnwindSafe(|| run(&ui, &args))).unwrap_or_else(|_| Err(defect()));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            ui.fail(&failure);
            ExitCode::from(failure.exit())
        }
    }
}

fn run(ui: &ui::Ui, args: &[OsString]) -> Result<(), Failure> {
    match args::parse(args)? {
        args::Parsed::Run(command) => commands::run(ui, command),
        args::Parsed::Print(text) => ui.out(&text),
        args::Parsed::Nothing(help) => {
            ui.note(&help);
            Err(Problem::new("U0001", "no command was given").remedy("guildhall study new").into())
        }
    }
}

/// Ctrl-C ends the program with exit code 130 as an ordinary exit, so that wrappers see the code.
fn exit_when_interrupted(ui: ui::Ui) {
    let installed = ctrlc::set_handler(move || {
        let why = "the program was told to stop before it was done";
        let why = commands::pseudonym_cost().map_or(why.to_owned(), |cost| format!("{why}; {cost}"));
        let problem = Problem::new("U0010", "interrupted").why(why);
        let failure = Failure::from(problem.remedy("run the command again"));
        staged::abandon();
        ui.fail(&failure);
        std::process::exit(i32::from(failure.exit()));
    });
    // Only the first call in a process can install it; tests that run several commands need no second one.
    drop(installed);
}

fn defect() -> Failure {
    Problem::new("U0009", "this is a defect in guildhall: it stopped at a place it should never reach")
        .why("the message above names the place")
        .remedy("send that message and the command line (no data) to the makers")
        .into()
}
