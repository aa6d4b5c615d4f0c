//! `guildhall he evaluate`: checks, adds and folds uploads. It is given no secret of the poll.

use super::{At, encrypt::fingerprint, file::PollFile, keygen::hex, store};
use crate::ui::Ui;
use crate::{Failure, Place, Problem};
use clap::Args;
use guildhall_he::{Evaluation, PublicKey, Tally};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
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
    /// The uploads; a file may hold several, one after the other
    #[arg(long, required = true, num_args = 1..)]
    uploads: Vec<PathBuf>,
    /// A file with the public keys of all who may upload, one a line; without it anybody may
    #[arg(long)]
    roster: Option<PathBuf>,
    /// Your signing key: secret, made if it is not there
    #[arg(long)]
    identity: PathBuf,
    /// Where to write the tally
    #[arg(long)]
    out: PathBuf,
    /// Leave out uploads that are refused instead of stopping; the rest of their file is left out too
    #[arg(long)]
    skip_refused: bool,
    /// Fail unless this tally, made by somebody else, holds the same sums of the same uploads
    #[arg(long)]
    same_as: Option<PathBuf>,
}

impl Evaluate {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let file = PollFile::read(&self.poll)?;
        let key = PublicKey::decode(&store::read(&self.key)?, &file.poll, None).at(&self.key)?;
        let roster = self.roster.as_deref().map(roster).transpose()?;
        let (identity, _) = store::identity(&self.identity)?;
        let mut evaluation = Evaluation::new(&file.poll, &file.plan, &key, roster.as_ref());
        let mut refused = Vec::new();
        let bar = self.bar(ui);
        for path in &self.uploads {
            if let Err(failure) = add_file(&mut evaluation, path, &bar) {
                if !self.skip_refused {
                    return Err(failure);
                }
                ui.note(&format!("left out from here: {failure}"));
                refused.push(path.display().to_string());
            }
        }
        bar.finish_and_clear();
        let (answers, ciphertexts, uploads) = evaluation.counts();
        let bytes = evaluation.finish(&identity).at(&self.out)?;
        let tally = Tally::decode(&bytes, &file.poll, &file.plan, key.binding()).at(&self.out)?;
        if let Some(other) = &self.same_as {
            same(
                &Tally::decode(&store::read(other)?, &file.poll, &file.plan, key.binding()).at(other)?,
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

    fn bar(&self, ui: &Ui) -> ProgressBar {
        let bytes = self.uploads.iter().filter_map(|path| path.metadata().ok()).map(|data| data.len()).sum();
        let target = if ui.shows_progress() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let style = ProgressStyle::with_template("adding uploads [{bar:30}] {bytes}/{total_bytes} {eta}");
        ProgressBar::with_draw_target(Some(bytes), target)
            .with_style(style.unwrap_or(ProgressStyle::default_bar()).progress_chars("=> "))
    }
}

/// Adds every upload of a file.
fn add_file(evaluation: &mut Evaluation<'_>, path: &Path, bar: &ProgressBar) -> Result<(), Failure> {
    let unreadable = |error: std::io::Error| -> Failure {
        let problem = Problem::new("U0004", "the file cannot be read").at(Place::file(path)).why(error.to_string());
        problem.remedy("check the name").into()
    };
    let file = File::open(path).map_err(unreadable)?;
    let mut reader = BufReader::with_capacity(1 << 18, bar.wrap_read(file));
    let mut number = 0;
    while !reader.fill_buf().map_err(unreadable)?.is_empty() {
        number += 1;
        evaluation.add(&mut reader).map_err(|error| {
            let mut place = Place::file(path);
            place.column = Some(format!("upload {number}"));
            let failure = super::failure(path, &error);
            let problems = failure.problems().iter().cloned().map(|problem| problem.at(place.clone())).collect();
            Failure::of(problems).unwrap_or(failure)
        })?;
    }
    Ok(())
}

fn same(other: &Tally, own: &Tally, path: &Path) -> Result<(), Failure> {
    if other.has_same_sums(own) {
        return Ok(());
    }
    let problem = Problem::new("V0744", "this tally does not follow from these uploads");
    Err(problem.remedy("do not open it; ask its evaluator which uploads it added").at(Place::file(path)).into())
}

/// Public keys, one a line; empty lines and lines with # do not count.
fn roster(path: &Path) -> Result<BTreeSet<[u8; 32]>, Failure> {
    let text = crate::study::text_of_file(path, 1 << 27)?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let read = |(number, line): (usize, &str)| {
        fingerprint(line).map_err(|_| -> Failure {
            let mut place = Place::file(path);
            place.line = Some(number as u64 + 1);
            let problem = Problem::new("S0643", "this line of the roster is not a public key");
            problem.remedy("write 64 hexadecimal digits; `guildhall he inspect me.key` prints them").at(place).into()
        })
    };
    lines.map(read).collect()
}
