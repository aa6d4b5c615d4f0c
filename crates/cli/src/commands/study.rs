//! `guildhall study new` and `guildhall study check`.

use crate::member_ledgers::{MemberLedgers, Price};
use crate::study::{self, Report, TEMPLATES};
use crate::ui::Ui;
use crate::{Failure, Place, Problem};
use clap::{Args, Subcommand, builder::PossibleValuesParser};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What to do with a study file.
#[derive(Debug, Subcommand)]
pub(crate) enum Study {
    /// Write a commented study file to start from
    New(New),
    /// Find every mistake and predict every error, offline
    Check(Check),
}

/// Finds every mistake in a study file, with line and remedy, and predicts the error of each statistic.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  guildhall study check study.toml\n  guildhall study check study.toml --json")]
pub(crate) struct Check {
    /// The study file
    #[arg(default_value = "study.toml")]
    path: PathBuf,
    /// Members' own ledgers, to say what is left; where `guildhall run` keeps them if left out
    #[arg(long)]
    ledgers: Option<PathBuf>,
}

/// Writes a commented study file; it passes `study check` as it is.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  guildhall study new\n  guildhall study new bars.toml\n  guildhall study new - | less"
)]
pub(crate) struct New {
    /// Where to write it; - for stdout
    #[arg(default_value = "study.toml")]
    path: PathBuf,
    /// Which example to start from
    #[arg(long, default_value = TEMPLATES[0], value_parser = PossibleValuesParser::new(TEMPLATES))]
    template: String,
    /// Overwrite the file if it exists
    #[arg(long)]
    force: bool,
}

impl Study {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        match self {
            Self::New(new) => new.run(ui),
            Self::Check(check) => check.run(ui),
        }
    }
}

impl New {
    fn run(self, ui: &Ui) -> Result<(), Failure> {
        let text = study::template(&self.template).unwrap_or_default();
        if self.path == Path::new("-") {
            return ui.out(text);
        }
        write_new(&self.path, text, self.force)?;
        ui.note(&format!("wrote {path}; next: guildhall study check {path}", path = self.path.display()));
        Ok(())
    }
}

impl Check {
    fn run(self, ui: &Ui) -> Result<(), Failure> {
        let study = study::Study::read(&self.path)?;
        let state = super::run::beside(&self.path, &study.id);
        let folder = self.ledgers.unwrap_or_else(|| MemberLedgers::folder(&study, &self.path, &state));
        let standing = MemberLedgers::new(&study, folder).standing(&Price::of(&study)?)?;
        let report = Report::of(study)?.with_standing(standing);
        ui.out(&if ui.json() { report.json() } else { report.text() })
    }
}

/// Writes a file that must not exist yet, unless `force`.
///
/// # Errors
/// If it exists, or cannot be written.
pub(super) fn write_new(path: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let opened = if force { File::create(path) } else { File::create_new(path) };
    let written = opened.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|error| {
        let problem = if error.kind() == std::io::ErrorKind::AlreadyExists {
            Problem::new("U0003", "the file is there already").remedy("choose another name, or add --force")
        } else {
            Problem::new("U0005", "the file cannot be written").why(error.to_string()).remedy("choose another place")
        };
        problem.at(Place::file(path)).into()
    })
}
