//! `guildhall he rank` in a program built without comparisons: says how to get them.

use crate::ui::Ui;
use crate::{Failure, Problem};
use clap::Args;

/// Takes whatever the real command takes.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Rank {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    rest: Vec<String>,
}

impl Rank {
    pub(super) fn run(self, _: &Ui) -> Result<(), Failure> {
        drop(self.rest);
        Err(Problem::new("C1005", "this program was built without comparisons on encrypted figures")
            .remedy(
                "build it with `cargo build --release --features tfhe`; read docs/comparisons.md on its licence first",
            )
            .into())
    }
}
