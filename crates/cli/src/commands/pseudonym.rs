//! `guildhall pseudonym`: joint pseudonyms under keys that nobody holds, and a single owner's methods.
//!
//! Here all roles run in one process over one folder, as `guildhall run` does for a round: the trustees' folders lie
//! side by side, and whoever runs the command could read them all. The messages between the roles are the encoded bytes
//! that would travel, and each trustee goes by its own files only.

mod agreeing;
mod apply;
mod ceremony;
mod domain;
mod failure;
mod key;
mod log;
mod resolve;
mod rotate;
mod setup;
mod state;

pub(crate) use state::check_private;

use crate::Failure;
use crate::ui::Ui;
use clap::Subcommand;
use std::sync::atomic::{AtomicU64, Ordering};

/// Evaluations that this process asked trustees for: counted there, whatever becomes of the command.
static COUNTED: AtomicU64 = AtomicU64::new(0);

/// What a command that did not come to its end has cost, in words, if anything.
pub(crate) fn cost() -> Option<String> {
    let asked = COUNTED.load(Ordering::Relaxed);
    (asked > 0).then(|| format!("up to {asked} evaluations were asked for and stay counted against the quota"))
}

/// Adds the cost to a failure.
fn counted(failure: Failure) -> Failure {
    let with = |cost: String| {
        let mut problems = failure.problems().to_vec();
        if let Some(last) = problems.last_mut() {
            last.why = Some(last.why.take().map_or(cost.clone(), |why| format!("{why}; {cost}")));
        }
        Failure::of(problems)
    };
    cost().and_then(with).unwrap_or(failure)
}

/// What to do with pseudonyms.
#[derive(Debug, Subcommand)]
pub(crate) enum Pseudonym {
    /// Make a domain: its trustees generate a key that none of them holds
    ///
    /// All trustees run here, in one folder, so this protects nobody from whoever runs the command: it is for trying
    /// it out, and for one organisation that keeps its parts apart by other means.
    Setup(setup::Setup),
    /// Replace the identifiers of a file as its policy says
    Apply(apply::Apply),
    /// Begin a new epoch, renew the trustees' shares, or destroy what is over
    Rotate(rotate::Rotate),
    /// Open a pseudonym's capsule, if enough people approve and enough trustees agree
    #[command(subcommand)]
    Resolve(resolve::Resolve),
    /// Make a key file or vault for a single owner's method
    Key(key::Key),
}

impl Pseudonym {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        match self {
            Self::Setup(setup) => setup.run(ui),
            Self::Apply(apply) => apply.run(ui),
            Self::Rotate(rotate) => rotate.run(ui),
            Self::Resolve(resolve) => resolve.run(ui),
            Self::Key(key) => key.run(ui),
        }
    }
}
