//! The page of `guildhall he bench`: one file, no script, a table beside each chart.

use super::bench::Cost;
use askama::Template;

#[derive(Template)]
#[template(path = "he_costs.html", whitespace = "minimize")]
struct Page<'c> {
    answers: u64,
    charts: Vec<Chart<'c>>,
    private: String,
}

/// All charts as one picture, for a page that shows the figures in a table beside it.
#[derive(Template)]
#[template(path = "he_costs.svg", whitespace = "minimize")]
struct Picture<'c> {
    describe: String,
    height: usize,
    /// Each with where it begins.
    panels: Vec<(usize, Chart<'c>)>,
}

/// Bars on a scale of powers of ten.
struct Chart<'c> {
    id: &'static str,
    title: &'static str,
    unit: &'static str,
    describe: String,
    height: usize,
    ticks: Vec<Tick>,
    bars: Vec<Bar<'c>>,
}

struct Tick {
    at: String,
    label: String,
}

struct Bar<'c> {
    name: &'c str,
    value: String,
    width: String,
    y: usize,
    text: usize,
}

/// Height of a bar with its name.
const ROW: usize = 40;

/// Height of the title above a chart of the picture.
const TITLE: usize = 34;

/// The page.
pub(super) fn html(costs: &[Cost], private: f64, answers: u64) -> String {
    let page = Page { answers, charts: charts(costs, private), private: format!("{private:.5}") };
    // The template cannot fail: it only writes into a text.
    page.render().unwrap_or_default()
}

/// The picture.
pub(super) fn svg(costs: &[Cost], private: f64, answers: u64) -> String {
    let (mut panels, mut height, mut said) = (Vec::new(), 0, Vec::new());
    for chart in charts(costs, private) {
        said.push(format!("{}. {}", chart.title, chart.describe));
        let below = height + TITLE + chart.height + 12;
        panels.push((height, chart));
        height = below;
    }
    let describe = format!("The Net Promoter Score of {answers} answers in several ways. {}", said.join(" "));
    Picture { describe, height, panels }.render().unwrap_or_default()
}

fn charts(costs: &[Cost], private: f64) -> Vec<Chart<'_>> {
    let of = |pick: fn(&Cost) -> f64| costs.iter().map(|c| (c.technique, pick(c))).collect::<Vec<_>>();
    let accuracy = [("secure sum or encrypted", 0.0), ("the same, with differential privacy", private)];
    vec![
        chart("client", "Time of the one who answers", "microseconds", &of(|c| c.client)),
        chart("server", "Time of those who add", "microseconds", &of(|c| c.server)),
        chart("bytes", "Bytes sent per answer", "bytes", &of(|c| c.bytes)),
        chart("accuracy", "Mean error of the score", "points", &accuracy),
    ]
}

fn chart<'c>(id: &'static str, title: &'static str, unit: &'static str, values: &[(&'c str, f64)]) -> Chart<'c> {
    let positive = || values.iter().map(|(_, value)| *value).filter(|value| *value > 0.0);
    let low = positive().fold(f64::INFINITY, f64::min).log10().floor();
    let high = positive().fold(0.0, f64::max).log10().ceil();
    let (low, high) = if low.is_finite() && high.is_finite() { (low, high.max(low + 1.0)) } else { (0.0, 1.0) };
    let percent = |value: f64| if value > 0.0 { 100.0 * (value.log10() - low) / (high - low) } else { 0.0 };
    let bars = values.iter().enumerate().map(|(i, (name, value))| Bar {
        name,
        value: shown(*value),
        // A bar at the very start of the scale is still seen.
        width: format!("{:.2}", percent(*value).max(if *value > 0.0 { 0.5 } else { 0.0 })),
        y: ROW * i + 18,
        text: ROW * i + 13,
    });
    let ticks = (low as i32..=high as i32)
        .map(|power| Tick { at: format!("{:.2}", percent(10f64.powi(power))), label: shown(10f64.powi(power)) });
    let list: Vec<String> = values.iter().map(|(name, value)| format!("{name} {}", shown(*value))).collect();
    Chart {
        id,
        title,
        unit,
        describe: format!("In {unit}, on a scale of powers of ten: {}.", list.join("; ")),
        height: ROW * values.len() + 24,
        ticks: ticks.collect(),
        bars: bars.collect(),
    }
}

fn shown(value: f64) -> String {
    match value {
        0.0 => "0".to_owned(),
        v if v >= 100.0 => grouped(&format!("{v:.0}")),
        v if v >= 1.0 => format!("{v:.1}"),
        v => {
            let digits = (2 - v.log10().floor() as i32).clamp(1, 12) as usize;
            let text = format!("{v:.digits$}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
    }
}

/// Digits in groups of three.
fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (left, digit) in (0..digits.len()).rev().zip(digits.chars()) {
        out.push(digit);
        if left > 0 && left % 3 == 0 {
            out.push(',');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_offline_and_has_a_table_beside_every_chart() {
        let cost = |technique, server| Cost { technique, answers: 10, client: 1.5, server, bytes: 12.0, error: 0.0 };
        let html = html(&[cost("in the <clear>", 0.0004), cost("encrypted", 30.0)], 0.002, 1_000);
        assert_eq!(html.matches("<svg").count(), 4);
        assert_eq!(html.matches("<table").count(), 4);
        assert_eq!(html.matches("<title id=").count() + html.matches("<desc id=").count(), 8);
        assert!(!html.contains("<script") && !html.contains("http") && !html.contains("<clear>"), "{html}");
        assert!(html.contains("0.0004") && html.contains("0.002"));
    }

    #[test]
    fn the_picture_says_in_words_what_it_shows() {
        let cost = |technique, server| Cost { technique, answers: 10, client: 1.5, server, bytes: 12.0, error: 0.0 };
        let svg = svg(&[cost("in the <clear>", 0.0004), cost("encrypted", 30.0)], 0.002, 1_000);
        assert!(svg.starts_with("<svg xmlns=") && svg.trim_end().ends_with("</svg>"), "{svg}");
        assert_eq!(
            (svg.matches("<svg").count(), svg.matches("<title").count(), svg.matches("<desc").count()),
            (5, 1, 1)
        );
        for text in ["role=\"img\"", "Bytes sent per answer", "encrypted 30.0", "encrypted: 30.0"] {
            assert!(svg.contains(text), "{text}: {svg}");
        }
        assert!(!svg.contains("<script") && !svg.contains("href") && !svg.contains("<clear>"), "{svg}");
    }

    #[test]
    fn numbers_keep_two_or_three_digits() {
        let all = [0.0, 0.000_37, 0.0123, 1.5, 99.95, 1234.5, 2_268_750.0].map(shown);
        assert_eq!(all, ["0", "0.00037", "0.0123", "1.5", "100.0", "1,234", "2,268,750"]);
    }
}
