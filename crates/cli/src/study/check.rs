//! What `study check` reports about a study without mistakes: what it promises, costs and yields.

use super::Study;
use super::predict::{Expected, Statistic};
use crate::Failure;
use crate::Problem;
use guildhall_dp::{Verdict, round_cost};
use guildhall_kpi::Rational;
use serde_json::{Value, json};
use std::fmt::Write;

/// What a study promises, costs and is expected to yield.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    study: Study,
    expected: Vec<Expected>,
    epsilon: Rational,
    delta_bits: u32,
    rounds: u64,
    epsilon_year: Rational,
}

impl Report {
    /// Predicts and adds up.
    ///
    /// # Errors
    /// If the privacy loss of a year cannot be counted; a study within its budget has none of this.
    pub fn of(study: Study) -> Result<Self, Failure> {
        let uncountable = |why: String| {
            Problem::new("S0312", format!("the privacy loss cannot be added up: {why}"))
                .remedy("write epsilons with few digits, e.g. 1 or 0.5")
        };
        let cost =
            round_cost(&study.schema(), study.cells_per_member()).map_err(|error| uncountable(error.to_string()))?;
        let months = study.period.as_ref().map_or(12, |period| u64::from(period.months()));
        let rounds = (12 / months.max(1)).max(1);
        let epsilon_year = cost.epsilon.checked_mul(rounds).ok_or_else(|| uncountable("it is too large".to_owned()))?;
        let expected = study.predict();
        Ok(Self { study, expected, epsilon: cost.epsilon, delta_bits: cost.delta_bits, rounds, epsilon_year })
    }

    /// Privacy loss of one member in one round: epsilon, and the bits of delta.
    pub const fn cost(&self) -> (Rational, u32) {
        (self.epsilon, self.delta_bits)
    }

    /// The text for people.
    pub fn text(&self) -> String {
        let mut text = self.promises();
        text.push_str("\nExpected error over all members\n");
        for expected in &self.expected {
            text.push_str(&line(expected));
        }
        text.push_str(&self.cells());
        text.push_str(&self.privacy());
        text.push_str(&self.conclusion());
        text
    }

    /// The JSON object for programs, on one line: `guildhall/study-check/v1`.
    pub fn json(&self) -> String {
        let guarantees = self.study.trustees.threshold.guarantees();
        let threshold = self.study.trustees.threshold;
        let object = json!({
            "schema": "guildhall/study-check/v1",
            "ok": true,
            "study": self.study.id,
            "expected_members": self.study.expected_members,
            "periods": self.study.periods(),
            "figures": self.study.schema().figures.len(),
            "trustees": {
                "count": threshold.k(), "threshold": threshold.t(), "quorum": threshold.u(),
                "private_against": guarantees.private_against,
                "correct_against": guarantees.correct_against,
                "survives": guarantees.survives,
            },
            "privacy": {
                "epsilon_round": self.epsilon, "delta_bits": self.delta_bits, "rounds_per_year": self.rounds,
                "epsilon_year": self.epsilon_year, "budget": self.study.policy.budget,
            },
            "statistics": self.expected.iter().map(statistic).collect::<Vec<_>>(),
            "useful": self.yields_something(),
        });
        format!("{object}\n")
    }

    fn promises(&self) -> String {
        let study = &self.study;
        let g = study.trustees.threshold.guarantees();
        let (k, t, u) = (study.trustees.threshold.k(), study.trustees.threshold.t(), study.trustees.threshold.u());
        let periods = study.periods();
        let window = study.period.as_ref().map_or_else(|| "one period".to_owned(), super::Period::window);
        format!(
            "{} ({}): no mistakes\n\
             {} expected; {} over {} ({window})\n\
             {k} trustees, {t} open, {u} must agree: private against {} bad, correct against {} bad, survives {}\n\
             nothing is shown for too few members (fewer than {})\n",
            study.title,
            study.id,
            counted(study.expected_members, "member"),
            counted(study.kpis.len() as u64, "KPI"),
            counted(periods.len() as u64, "period"),
            g.private_against,
            g.correct_against,
            counted(g.survives.into(), "fault"),
            study.policy.least_members + study.policy.colluding,
        )
    }

    /// What cells by attribute need, since their sizes are not known beforehand.
    fn cells(&self) -> String {
        let mut text = String::new();
        if self.study.policy.cells.is_empty() {
            return text;
        }
        let _ = writeln!(text, "\nCells by {}", self.study.policy.cells.join(", "));
        let _ = writeln!(text, "  mean: exact, where enough members report");
        if self.study.policy.quartiles_for.iter().all(|cell| cell == "all") {
            text.push_str("  quartiles: not opened (quartiles_for names only \"all\")\n");
            return text;
        }
        for expected in self.expected.iter().filter(|e| e.statistic == Statistic::Quartiles && e.epsilon.is_some()) {
            let _ = match expected.members_needed {
                Some(needed) => {
                    writeln!(text, "  {} quartiles: useful from about {needed} members in a cell", expected.kpi)
                }
                None => writeln!(text, "  {} quartiles: no cell will be large enough for useful ones", expected.kpi),
            };
        }
        text
    }

    fn privacy(&self) -> String {
        if self.epsilon.is_zero() {
            return "\nPrivacy: only exact counts, sums and means are opened, under the audit of cells; no epsilon is spent\n".to_owned();
        }
        let Self { epsilon, delta_bits, epsilon_year, .. } = self;
        let rounds = counted(self.rounds, "round");
        format!(
            "\nPrivacy, when all figures of one member are replaced\n\
             \x20 one round: epsilon {epsilon}, delta at most 2^-{delta_bits}; budget {} per data window\n\
             \x20 one year of figures ({rounds}): epsilon {epsilon_year}\n\
             \x20 counts, sums and means are exact and outside epsilon; the audit of cells guards them\n",
            self.study.policy.budget
        )
    }

    fn conclusion(&self) -> String {
        if self.yields_something() {
            return String::new();
        }
        "\nNothing useful would come out of the histograms as planned. Exact counts, sums and means remain;\n\
         leave quartiles and sd out, or follow the advice above.\n"
            .to_owned()
    }

    /// Whether at least one histogram is worth its price, or none is opened.
    fn yields_something(&self) -> bool {
        let mut noisy = self.expected.iter().filter(|expected| expected.epsilon.is_some()).peekable();
        noisy.peek().is_none() || noisy.any(|expected| expected.verdict != Verdict::Useless)
    }
}

fn line(expected: &Expected) -> String {
    let (name, unit) = match expected.statistic {
        Statistic::Mean => ("count, sum, mean", ""),
        Statistic::Quartiles => ("quartiles", "percentage points of rank"),
        Statistic::Sd => ("standard deviation", "percent"),
    };
    let periods = expected.periods;
    let what = match (expected.epsilon, expected.error) {
        (None, _) if expected.bins > 0 => format!("exact by consent, {} bins", expected.bins),
        (None, _) => "exact".to_owned(),
        (Some(epsilon), Some(error)) => {
            format!("about {error:.1} {unit}: {} (epsilon {epsilon}, {} bins)", word(expected.verdict), expected.bins)
        }
        (Some(_), None) => "cannot be predicted".to_owned(),
    };
    let mut text = format!("  {}, {name}, {}: {what}\n", expected.kpi, counted(periods as u64, "period"));
    for advice in &expected.advice {
        let _ = writeln!(text, "    what would help: {advice}");
    }
    text
}

fn counted(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Useful => "useful",
        Verdict::Rough => "rough",
        Verdict::Useless => "useless",
    }
}

fn statistic(expected: &Expected) -> Value {
    let (name, unit) = match expected.statistic {
        Statistic::Mean => ("mean", None),
        Statistic::Quartiles => ("quartiles", Some("rank-percentage-points")),
        Statistic::Sd => ("sd", Some("percent")),
    };
    json!({
        "kpi": expected.kpi, "statistic": name, "periods": expected.periods, "epsilon": expected.epsilon,
        "bins": expected.bins, "error": expected.error.map(|error| (error * 10.0).round() / 10.0),
        "error_unit": unit.filter(|_| expected.epsilon.is_some()), "verdict": word(expected.verdict),
        "advice": expected.advice, "members_needed": expected.members_needed,
    })
}
