//! The figures of a sensitive column, each with its name and what it means.

use super::SensitiveReport;

/// One figure: its name, its value, what it means.
pub(super) struct Figure {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) means: &'static str,
}

/// A figure with up to six digits after the point.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

pub(super) fn figures(report: &SensitiveReport) -> Vec<Figure> {
    let figure = |name, value, means| Figure { name, value, means };
    let mut all = vec![
        figure(
            "distinct l",
            report.distinct_l.to_string(),
            "fewest different values in a class; 1 exposes everybody in it",
        ),
        figure("entropy l", number(report.entropy_l), "as varied as so many equally frequent values"),
    ];
    if let Some(pair) = report.recursive.last() {
        all.push(figure(
            "recursive c",
            format!("above {} for l = {}", number(pair.c), pair.l),
            "how much the most frequent value outweighs the rare ones",
        ));
    }
    all.push(figure("t, equal", number(report.equal_t), "how far a class is from all rows; 0 is alike"));
    if let Some(t) = report.ordered_t {
        all.push(figure("t, ordered", number(t), "the same, near numbers counting as alike"));
    }
    if let Some(t) = report.hierarchical_t {
        all.push(figure("t, hierarchical", number(t), "the same, values of one branch counting as alike"));
    }
    all.extend([
        figure("alpha", number(report.alpha), "largest share of one value in a class"),
        figure(
            "basic beta",
            number(report.basic_beta),
            "how much more frequent a value is in a class than in all rows",
        ),
        figure("enhanced beta", number(report.enhanced_beta), "the same, rare values judged more strictly"),
        figure("delta", number(report.delta), "largest change of a value's logarithmic share"),
        figure("exposed rows", report.exposed_rows.to_string(), "rows in classes where all have the same value"),
    ]);
    all
}
