//! Putting files in place: written beside, checked, and given their name only then.

use super::unwritable;
use crate::staged::{self, Staged, Whole};
use crate::ui::Ui;
use crate::{Failure, Place, Problem, round};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A bar that moves while something of unknown length is done.
pub(super) fn spinner(ui: &Ui, what: &'static str) -> ProgressBar {
    let target = if ui.shows_progress() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(None, target).with_message(what);
    bar.set_style(
        ProgressStyle::with_template("{spinner} {msg}, {elapsed}").unwrap_or(ProgressStyle::default_spinner()),
    );
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// Refuses targets that exist, that are one of the inputs, that are the same file, or whose folder is not there.
///
/// # Errors
/// With exit code 8, 2 for the same file twice, 1 for a folder that is not there; before any work is done.
pub(in crate::commands) fn check_targets(targets: &[&Path], inputs: &[&Path]) -> Result<(), Failure> {
    check_distinct(targets)?;
    for target in targets {
        let place = place_of(target)?;
        if inputs.iter().any(|input| input.canonicalize().is_ok_and(|input| input == place)) {
            let problem = Problem::new("U0008", "the output would destroy an input");
            return Err(problem.remedy("choose another name").at(Place::file(target)).into());
        }
        staged::check_free(target)?;
    }
    Ok(())
}

/// Refuses two outputs that would go into one file.
///
/// # Errors
/// With exit code 2, or 1 for a folder that is not there.
pub(in crate::commands) fn check_distinct(targets: &[&Path]) -> Result<(), Failure> {
    let mut places = Vec::new();
    for target in targets {
        let place = place_of(target)?;
        if places.contains(&place) {
            let problem = Problem::new("U0001", "two outputs would go into one file");
            return Err(problem.remedy("name a file of its own for each").at(Place::file(target)).into());
        }
        places.push(place);
    }
    Ok(())
}

/// Where a file would be, with the links of its folder resolved.
fn place_of(target: &Path) -> Result<PathBuf, Failure> {
    let folder = round::parent(target).canonicalize().map_err(|error| unwritable(target, &error.to_string()))?;
    let place = target.file_name().map_or_else(|| folder.clone(), |name| folder.join(name));
    Ok(place.canonicalize().unwrap_or(place))
}

/// Writes a text beside its place, gzipped if its name ends in `.gz`, lets it be checked from what the disk holds, and gives it its name only then.
///
/// # Errors
/// Why it is not in place; then nothing is.
///
/// # Privacy
/// The file is readable by its owner only, before it has its name and afterwards.
pub(super) fn put<T>(
    target: &Path,
    text: &[u8],
    check: impl FnOnce(Box<dyn Read>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let whole = whole(target, text)?;
    let checked = check(whole.reopen()?)?;
    whole.place()?;
    Ok(checked)
}

/// Writes a text beside its place, whole on the disk and not yet under its name.
///
/// # Errors
/// If the target is there, or the disk does not take it; then nothing is left of it.
pub(super) fn whole(target: &Path, text: &[u8]) -> Result<Whole, Failure> {
    let mut staged = Staged::create(target)?;
    staged.write_all(text).map_err(|error| unwritable(target, &error.to_string()))?;
    staged.whole()
}

/// Writes a new file at once.
///
/// # Errors
/// Why it is not in place.
pub(in crate::commands) fn write_new(target: &Path, text: &[u8]) -> Result<(), Failure> {
    put(target, text, |_| Ok(()))
}
