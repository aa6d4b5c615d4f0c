//! Recorded outputs of any library: one run a line, figures separated by commas.

use crate::{Failure, Place, Problem};
use guildhall_dp::audit::Outputs;
use std::path::{Path, PathBuf};

/// The outputs on both data sets, and where they came from.
///
/// # Errors
/// If a file cannot be read, or a line is not numbers.
pub(super) fn read(files: &[PathBuf]) -> Result<([Outputs; 2], String), Failure> {
    let [first, second] = files else {
        return Err(Problem::new("U0021", "--samples takes two files").remedy("--samples d0.csv d1.csv").into());
    };
    let about = format!("{} and {}", first.display(), second.display());
    Ok(([outputs(first)?, outputs(second)?], about))
}

/// Why two files of numbers cannot be audited together.
pub(super) fn refused(files: &[PathBuf], error: &guildhall_dp::Error) -> Failure {
    let problem = Problem::new("V0711", error.to_string()).remedy("record both data sets in the same way");
    files.first().map_or_else(|| problem.clone(), |file| problem.clone().at(Place::file(file))).into()
}

fn outputs(path: &Path) -> Result<Outputs, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let problem = Problem::new("U0004", "the file cannot be read").at(Place::file(path));
        problem.why(error.to_string()).remedy("check the name; --samples takes a file for each of two data sets")
    })?;
    let mut width = None;
    let mut figures = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match numbers(line) {
            Some(run) if *width.get_or_insert(run.len()) == run.len() => figures.extend(run),
            // A first line of words names the columns.
            None if width.is_none() && number == 0 && is_header(line) => {}
            _ => return Err(bad_line(path, number, width.unwrap_or(1))),
        }
    }
    Outputs::new(width.unwrap_or(1), figures).map_err(|error| refused(&[path.to_owned()], &error))
}

fn numbers(line: &str) -> Option<Vec<f64>> {
    line.split(',').map(|field| field.trim().parse().ok().filter(|figure: &f64| figure.is_finite())).collect()
}

fn is_header(line: &str) -> bool {
    line.split(',').all(|field| field.trim().parse::<f64>().is_err())
}

fn bad_line(path: &Path, number: usize, width: usize) -> Failure {
    let mut place = Place::file(path);
    place.line = Some(number as u64 + 1);
    let figures = if width == 1 { "one finite number".to_owned() } else { format!("{width} finite numbers") };
    Problem::new("V0711", format!("this line is not {figures}"))
        .remedy("one run a line, figures separated by commas, a point before decimals")
        .at(place)
        .into()
}
