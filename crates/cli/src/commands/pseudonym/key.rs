//! `guildhall pseudonym key`.

use super::failure;
use crate::ui::Ui;
use crate::{Failure, Problem};
use clap::Args;
use guildhall_pseudonym::own::{Method, OwnKey, Vault};
use std::path::PathBuf;

/// Makes a key file or vault that only its owner can read; never over another one.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall pseudonym key aes-siv crm.key
  guildhall pseudonym key token crm.vault")]
pub(crate) struct Key {
    /// The method: aes-siv, ff1, date-shift, keyed-hash, or token for a vault
    method: String,
    /// Where to write it
    path: PathBuf,
}

impl Key {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let method = Method::find(&self.method).filter(|method| *method != Method::Remove);
        let method = method.ok_or_else(|| {
            let problem = Problem::new("U0001", format!("{:?} is no method with a key", self.method));
            problem.remedy("write aes-siv, ff1, date-shift, keyed-hash or token")
        })?;
        let made = if method == Method::Token {
            Vault::create(&self.path).map(drop)
        } else {
            OwnKey::create(&self.path, method).map(drop)
        };
        made.map_err(|error| failure::own(&error, &self.path))?;
        let risk = method.risk();
        ui.note(&format!("wrote {}; keep it secret and back it up", self.path.display()));
        ui.note(&format!("{method}: {}; undone by {}", risk.label, risk.undone_by));
        Ok(())
    }
}
