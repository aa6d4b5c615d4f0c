//! `guildhall he evaluate`: checks, adds and folds uploads. It is given no secret of the poll.

use super::{At, file::PollFile, keygen::hex, store, uploads::Uploads};
use crate::ui::Ui;
use crate::{Failure, Place, Problem};
use clap::Args;
use guildhall_he::{PublicKey, UnverifiedTally};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Adds encrypted answers.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall he evaluate poll.toml --key public.key --uploads inbox/*.upload --identity platform.key --out tally
  guildhall he evaluate poll.toml --key public.key --uploads inbox/*.upload --identity me.key --out mine --same-as tally")]
pub(crate) struct Evaluate {
    /// The poll file
    poll: PathBuf,
    /// The public key
    #[arg(long)]
    key: PathBuf,
    #[command(flatten)]
    uploads: Uploads,
    /// Your signing key: secret, made if it is not there
    #[arg(long)]
    identity: PathBuf,
    /// Where to write the tally
    #[arg(long)]
    out: PathBuf,
    /// Fail unless this tally, made by somebody else, holds the same sums of the same uploads
    #[arg(long)]
    same_as: Option<PathBuf>,
}

impl Evaluate {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let file = PollFile::read(&self.poll)?;
        let key = PublicKey::decode(&store::read(&self.key)?, &file.poll, None).at(&self.key)?;
        let roster = self.uploads.roster()?;
        let (identity, _) = store::identity(&self.identity)?;
        let (evaluation, refused) = self.uploads.add(ui, &file, &key, roster.as_ref())?;
        let (answers, ciphertexts, uploads) = evaluation.counts();
        let bytes = evaluation.finish(&identity).at(&self.out)?;
        let tally = UnverifiedTally::decode(&bytes, &file.poll, &file.plan, key.binding()).at(&self.out)?;
        if let Some(other) = &self.same_as {
            same(
                &UnverifiedTally::decode(&store::read(other)?, &file.poll, &file.plan, key.binding()).at(other)?,
                &tally,
                other,
            )?;
            ui.note(&format!("{} holds the same sums of the same uploads", other.display()));
        }
        store::write(&self.out, &bytes)?;
        if roster.is_none() {
            ui.note("no roster was given: nothing stops one person from uploading under many keys");
        }
        if ui.json() {
            let object = json!({
                "schema": "guildhall/he-evaluate/v1",
                "ok": true,
                "poll": file.poll.id,
                "tally": hex(&tally.id),
                "inputs": hex(&tally.inputs),
                "answers": answers,
                "ciphertexts": ciphertexts,
                "uploads": uploads,
                "refused": refused,
                "roster": roster.is_some(),
            });
            return ui.out(&format!("{object}\n"));
        }
        ui.out(&format!(
            "tally {}\n{answers} answers in {uploads} uploads, {} refused\n",
            hex(&tally.id),
            refused.len()
        ))
    }
}

fn same(other: &UnverifiedTally, own: &UnverifiedTally, path: &Path) -> Result<(), Failure> {
    if other.release == own.release {
        return Ok(());
    }
    let problem = Problem::new("V0744", "this tally does not follow from these uploads");
    Err(problem.remedy("do not open it; ask its evaluator which uploads it added").at(Place::file(path)).into())
}
