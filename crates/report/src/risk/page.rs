//! The risk report as one HTML file, laid out by the template `risk.html`.

use super::chart::{Bars, Scatter};
use super::sensitive::{Figure, figures};
use super::{Band, NOT_PRIVATE, RiskReport};
use crate::chart::coordinate;
use crate::number::Signs;
use crate::sanitise::mended;
use askama::Template;

#[derive(Template)]
#[template(path = "risk.html", whitespace = "minimize")]
struct Page<'a> {
    file: String,
    quasi: String,
    lead: Vec<String>,
    facts: Vec<(&'static str, String)>,
    bands: Vec<(Band, String, String)>,
    records: Bars,
    sizes: Bars,
    scatter: Option<Scatter>,
    sensitive: Vec<(String, u64, Vec<Figure>)>,
    above: Vec<(String, String)>,
    warning: &'a str,
}

pub(super) fn render(report: &RiskReport) -> String {
    Page::of(report).render().expect("writing to a string does not fail and no template expression can")
}

fn percent(value: f64) -> String {
    format!("{}\u{a0}%", coordinate(value * 100.0))
}

impl Page<'_> {
    fn of(report: &RiskReport) -> Self {
        let count = |value: u64| Signs::PAGE.count(value);
        let bands: Vec<Band> = report.bands();
        let share = |band: &Band| format!("{} of all rows", percent(band.share));
        let classes = |band: &Band| format!("{} classes", count(band.classes));
        let sensitive =
            |report: &super::SensitiveReport| (mended(&report.column), report.exposed_rows, figures(report));
        Self {
            file: mended(&report.file),
            quasi: mended(&report.quasi.join(", ")),
            lead: lead(report),
            facts: facts(report),
            records: Bars::of(&bands, "shares of rows", |band| band.share, share),
            sizes: Bars::of(&bands, "numbers of classes", |band| band.classes as f64, classes),
            bands: bands.into_iter().map(|band| (band.clone(), count(band.rows), percent(band.share))).collect(),
            scatter: Scatter::of(report),
            sensitive: report.sensitive.iter().map(sensitive).collect(),
            above: report.above.iter().map(|above| (percent(above.risk), percent(above.share))).collect(),
            warning: NOT_PRIVATE,
        }
    }
}

fn lead(report: &RiskReport) -> Vec<String> {
    let count = |value: u64| Signs::PAGE.count(value);
    let alone = match report.unique_rows {
        0 => format!("No row is alone: at least {} rows look the same.", count(report.k)),
        rows => format!(
            "{} of {} rows ({}) are alone: whoever knows these columns of a person finds the row.",
            count(rows),
            count(report.rows),
            percent(report.unique_share)
        ),
    };
    let average = format!("On average the chance of finding a person is {}.", percent(report.average_risk));
    let exposed = report.sensitive.iter().filter(|column| column.exposed_rows > 0).map(|column| {
        let (rows, name) = (count(column.exposed_rows), mended(&column.column));
        format!("{rows} rows give {name} away: everybody who looks the same has the same value.")
    });
    [alone, average].into_iter().chain(exposed).collect()
}

fn facts(report: &RiskReport) -> Vec<(&'static str, String)> {
    let count = |value: u64| Signs::PAGE.count(value);
    let mut facts = vec![
        ("Rows", count(report.rows)),
        ("Classes", count(report.classes)),
        ("Smallest class (k)", count(report.k)),
        ("Largest class", count(report.largest_class)),
        ("Rows per class", coordinate(report.average_class)),
        ("Highest risk (prosecutor)", percent(report.highest_risk)),
        ("Average risk (marketer)", percent(report.average_risk)),
    ];
    if let Some(population) = &report.population {
        facts.extend([
            ("Fewest people behind a row", count(population.smallest)),
            ("Highest risk (journalist)", percent(population.highest_risk)),
            ("Average risk among the population", percent(population.average_risk)),
            (
                "Chance that a person is in the table",
                format!("{} to {}", percent(population.presence_low), percent(population.presence_high)),
            ),
        ]);
    }
    facts
}
