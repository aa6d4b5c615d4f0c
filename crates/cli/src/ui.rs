//! What a command may say, and where: results to stdout, everything else to stderr.

use crate::{Failure, Problem};
use anstream::ColorChoice;
use std::ffi::OsString;
use std::io::{ErrorKind, Write};

/// How the user wants to be spoken to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ui {
    quiet: bool,
    json: bool,
}

impl Ui {
    /// Reads `--quiet`, `--json` and `--no-color` before the rest is understood, so that they also
    /// hold for mistakes in the rest. `NO_COLOR`, `TERM=dumb` and pipes are respected by themselves.
    pub(crate) fn from_raw(args: &[OsString]) -> Self {
        let given = |long: &str, short: &str| {
            let before_dashes = args.iter().skip(1).take_while(|arg| *arg != "--");
            before_dashes.into_iter().any(|arg| arg == long || (!short.is_empty() && arg == short))
        };
        if given("--no-color", "") {
            ColorChoice::Never.write_global();
        }
        Self { quiet: given("--quiet", "-q"), json: given("--json", "") }
    }

    /// Whether the result is wanted as JSON.
    pub(crate) const fn json(&self) -> bool {
        self.json
    }

    /// Whether progress bars are wanted; they appear only where stderr is a terminal.
    pub(crate) const fn shows_progress(&self) -> bool {
        !self.quiet && !self.json
    }

    /// Writes a result to stdout.
    ///
    /// # Errors
    /// If stdout cannot be written; a reader that stopped reading (`| head`) is not an error.
    pub(crate) fn out(&self, text: &str) -> Result<(), Failure> {
        let mut stdout = anstream::stdout().lock();
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(Problem::new("U0006", "the result cannot be written to stdout")
                    .why(error.to_string())
                    .remedy("check that the disk is not full and the output is open")
                    .into())
            }
            _ => Ok(()),
        }
    }

    /// Tells people on stderr what happened and what to do next; silent with `--quiet` or `--json`.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet && !self.json {
            // A closed stderr leaves nobody to tell.
            let _ = anstream::stderr().write_all(format!("{text}\n").as_bytes());
        }
    }

    /// Writes a failure to stderr: text, or with `--json` one JSON object.
    pub(crate) fn fail(&self, failure: &Failure) {
        let text = if self.json { failure.to_json() } else { failure.render() };
        let _ = anstream::stderr().write_all(text.as_bytes());
    }
}
