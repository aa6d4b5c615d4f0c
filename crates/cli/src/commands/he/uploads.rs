//! The uploads of a poll, added up: by the evaluator, and again by whoever opens.

use super::{encrypt::fingerprint, file::PollFile};
use crate::staged::check_plain;
use crate::ui::Ui;
use crate::{Failure, Place, Problem};
use clap::Args;
use guildhall_he::{Evaluation, PublicKey};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// Which uploads, and whose.
#[derive(Debug, Args)]
pub(super) struct Uploads {
    /// The uploads: files, or folders of which every file is taken; a file may hold several, one after the other
    #[arg(long = "uploads", value_name = "UPLOADS", num_args = 1..)]
    paths: Vec<PathBuf>,
    /// A file with the public keys of all who may upload, one a line; without it anybody may
    #[arg(long, requires = "paths")]
    roster: Option<PathBuf>,
    /// Leave out uploads that are refused instead of stopping; the rest of their file is left out too
    #[arg(long, requires = "paths")]
    skip_refused: bool,
}

impl Uploads {
    /// Whether any were named.
    pub(super) const fn are_given(&self) -> bool {
        !self.paths.is_empty()
    }

    /// Who may upload.
    pub(super) fn roster(&self) -> Result<Option<BTreeSet<[u8; 32]>>, Failure> {
        self.roster.as_deref().map(roster).transpose()
    }

    /// Adds all of them; gives the files that were left out, too.
    pub(super) fn add<'p>(
        &self,
        ui: &Ui,
        file: &'p PollFile,
        key: &PublicKey,
        roster: Option<&'p BTreeSet<[u8; 32]>>,
    ) -> Result<(Evaluation<'p>, Vec<String>), Failure> {
        if !self.are_given() {
            let problem = Problem::new("U0044", "no uploads were given");
            return Err(problem.remedy("add --uploads with their files or folders").into());
        }
        let mut evaluation = Evaluation::new(&file.poll, &file.plan, key, roster);
        let (files, mut refused) = (listed(&self.paths)?, Vec::new());
        let bar = bar(ui, &files);
        for path in &files {
            if let Err(failure) = add_file(&mut evaluation, path, &bar) {
                if !self.skip_refused {
                    return Err(failure);
                }
                ui.note(&format!("left out from here: {failure}"));
                refused.push(path.display().to_string());
            }
        }
        bar.finish_and_clear();
        if evaluation.counts().2 == 0 {
            let place = Place::file(self.paths.first().map_or(Path::new("--uploads"), PathBuf::as_path));
            let problem = Problem::new("R0541", "there is no upload in what was given").at(place);
            return Err(problem.remedy("name the files or folders of the uploads").into());
        }
        Ok((evaluation, refused))
    }
}

/// Files as they are named, and the files of folders by name; hidden ones are left out. Anything else in a folder is an
/// error: an upload in it would be lost without a word.
pub(super) fn listed(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut all = Vec::new();
    for path in paths {
        if !path.is_dir() {
            check_plain(path)?;
            all.push(path.clone());
            continue;
        }
        let entries = fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let entries = entries.map_err(|error| unreadable(path, &error))?;
        let visible = entries.into_iter().map(|entry| entry.path());
        let mut files: Vec<PathBuf> = visible.filter(|path| !is_hidden(path)).collect();
        files.sort();
        if let Some(other) = files.iter().find(|path| !path.is_file()) {
            let problem = Problem::new("U0004", "this is no plain file, and nothing in it would be taken");
            let remedy = "name a folder inside a folder too, and move away what is no upload";
            return Err(problem.remedy(remedy).at(Place::file(other)).into());
        }
        all.append(&mut files);
    }
    Ok(all)
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let problem = Problem::new("U0004", "the file or folder cannot be read").at(Place::file(path));
    problem.why(error.to_string()).remedy("check the name").into()
}

fn bar(ui: &Ui, files: &[PathBuf]) -> ProgressBar {
    let bytes = files.iter().filter_map(|path| path.metadata().ok()).map(|data| data.len()).sum();
    let target = if ui.shows_progress() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template("adding uploads [{bar:30}] {bytes}/{total_bytes} {eta}");
    ProgressBar::with_draw_target(Some(bytes), target)
        .with_style(style.unwrap_or(ProgressStyle::default_bar()).progress_chars("=> "))
}

/// Adds every upload of a file.
fn add_file(evaluation: &mut Evaluation<'_>, path: &Path, bar: &ProgressBar) -> Result<(), Failure> {
    let unreadable = |error: std::io::Error| unreadable(path, &error);
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
    if number == 0 {
        let problem = Problem::new("V0741", "this file is empty, where uploads should be");
        return Err(problem
            .remedy("get the file again from who made it, or take it away")
            .at(Place::file(path))
            .into());
    }
    Ok(())
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
