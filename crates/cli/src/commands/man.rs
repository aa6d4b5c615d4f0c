//! `guildhall man [--out DIR]`.

use crate::ui::Ui;
use crate::{Failure, Place, Problem, args};
use clap::Args;
use std::io;
use std::path::{Path, PathBuf};

/// Writes manual pages: one per command into a folder, or the main page to stdout.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  guildhall man | man -l -\n  guildhall man --out ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// Folder for all pages; made if it does not exist
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let definition = args::definition();
        let Some(folder) = self.out else { return main_page(ui, definition) };
        let made = std::fs::create_dir_all(&folder).and_then(|()| clap_mangen::generate_to(definition, &folder));
        made.map_err(|error| unwritable(&folder, &error))?;
        ui.note(&format!("manual pages are in {}", folder.display()));
        Ok(())
    }
}

fn main_page(ui: &Ui, definition: clap::Command) -> Result<(), Failure> {
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(definition).render(&mut page);
    rendered.map_err(|error| unwritable(Path::new("stdout"), &error))?;
    ui.out(&String::from_utf8_lossy(&page))
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Problem::new("U0005", "the file or folder cannot be written")
        .at(Place::file(path))
        .why(error.to_string())
        .remedy("choose a folder you may write to, with space left")
        .into()
}
