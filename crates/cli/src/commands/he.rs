//! `guildhall he`: metrics and comparisons on encrypted figures.

#[cfg(feature = "tfhe")]
mod rank;
#[cfg(not(feature = "tfhe"))]
#[path = "he/no_rank.rs"]
mod rank;

use crate::Failure;
use crate::ui::Ui;
use clap::Subcommand;

/// What to do with encrypted figures.
#[derive(Debug, Subcommand)]
pub(crate) enum He {
    /// Compare members' figures without adding them: own rank, quartiles, largest, smallest
    #[command(subcommand_required = false)]
    Rank(rank::Rank),
}

impl He {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        match self {
            Self::Rank(rank) => rank.run(ui),
        }
    }
}
