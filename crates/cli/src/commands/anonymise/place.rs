//! Putting files in place: written beside, checked, and given their name only then.

use super::unwritable;
use crate::staged::{self, Staged};
use crate::ui::Ui;
use crate::{Failure, Place, Problem};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{Read, Write};
use std::path::Path;
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

/// Refuses a target that exists or is one of the inputs.
///
/// # Errors
/// With exit code 8.
pub(in crate::commands) fn check_free(target: &Path, inputs: &[&Path]) -> Result<(), Failure> {
    let same = |input: &&&Path| input.canonicalize().is_ok_and(|input| target.canonicalize().is_ok_and(|t| t == input));
    if inputs.iter().any(|input| same(&input)) {
        let problem = Problem::new("U0008", "the output would destroy an input");
        return Err(problem.remedy("choose another name").at(Place::file(target)).into());
    }
    staged::check_free(target)
}

/// Writes a text beside its place, gzipped if its name ends in `.gz`, lets it be checked from what the disk holds, and gives it its name only then.
///
/// # Errors
/// Why it is not in place; then nothing is.
pub(super) fn put<T>(
    target: &Path,
    text: &[u8],
    check: impl FnOnce(Box<dyn Read>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut staged = Staged::create(target)?;
    staged.write_all(text).map_err(|error| unwritable(target, &error.to_string()))?;
    let whole = staged.whole()?;
    let checked = check(whole.reopen()?)?;
    whole.place()?;
    Ok(checked)
}

/// Writes a new file at once.
///
/// # Errors
/// Why it is not in place.
pub(in crate::commands) fn write_new(target: &Path, text: &[u8]) -> Result<(), Failure> {
    put(target, text, |_| Ok(()))
}
