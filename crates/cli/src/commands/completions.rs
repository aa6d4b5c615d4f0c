//! `guildhall completions SHELL`.

use crate::Failure;
use crate::args;
use crate::ui::Ui;
use clap::Args;

/// Writes completions for a shell to stdout.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  guildhall completions bash > ~/.local/share/bash-completion/completions/guildhall")]
pub(crate) struct Completions {
    /// The shell
    shell: clap_complete::Shell,
}

impl Completions {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut args::definition(), "guildhall", &mut script);
        ui.out(&String::from_utf8_lossy(&script))
    }
}
