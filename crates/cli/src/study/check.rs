//! What `study check` reports about a study without mistakes: what it promises, costs and yields.

use super::predict::{Expected, Statistic};
use super::sums::{MeanError, SumErrors};
use super::{Kpi, Privacy, Study};
use crate::Failure;
use crate::Problem;
use crate::member_ledgers::Standing;
use guildhall_dp::{Verdict, round_cost};
use guildhall_kpi::{Noise, PrivacyUnit, Rational};
use serde_json::{Value, json};
use std::fmt::Write;

/// What a study promises, costs and is expected to yield.
#[derive(Clone, Debug)]
pub struct Report {
    study: Study,
    expected: Vec<Expected>,
    epsilon: Rational,
    delta_bits: u32,
    customers_epsilon: Option<Rational>,
    rounds: u64,
    epsilon_year: Rational,
    standing: Option<Standing>,
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
        let (schema, cells) = (study.schema(), study.cells_per_member());
        let cost = |unit, periods| round_cost(&schema, unit, cells, periods);
        let customers = study.customers().map(|promised| cost(PrivacyUnit::Customer, promised.most_periods));
        let customers = customers.transpose().map_err(|error| uncountable(error.to_string()))?;
        let customers_epsilon = customers.map(|customers| customers.epsilon);
        let cost = cost(PrivacyUnit::Member, None).map_err(|error| uncountable(error.to_string()))?;
        let months = study.period.as_ref().map_or(12, |period| u64::from(period.months()));
        let rounds = (12 / months.max(1)).max(1);
        let epsilon_year = cost.epsilon.checked_mul(rounds).ok_or_else(|| uncountable("it is too large".to_owned()))?;
        let expected = study.predict();
        let (epsilon, delta_bits) = (cost.epsilon, cost.delta_bits);
        Ok(Self { study, expected, epsilon, delta_bits, customers_epsilon, rounds, epsilon_year, standing: None })
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
        text.push_str(&self.side_by_side());
        text.push_str(&self.cells());
        text.push_str(&self.concentration());
        text.push_str(&self.privacy());
        if let Some(standing) = self.standing.as_ref().filter(|standing| standing.is_charged()) {
            let _ = write!(text, "\n{}", standing.text());
        }
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
                "epsilon_year": self.epsilon_year, "budget": self.study.policy.budget.epsilon(),
                "budget_rho": self.study.policy.budget.rho(),
                "customers": self.customers(),
            },
            "sums": self.study.sum_errors().iter().map(sum_errors).collect::<Vec<_>>(),
            "statistics": self.expected.iter().map(statistic).collect::<Vec<_>>(),
            "concentration": self.concentration_json(),
            "data_set": self.standing,
            "useful": self.yields_something(),
        });
        format!("{object}\n")
    }

    fn concentration_json(&self) -> Vec<Value> {
        let least = |(kpi, total): (&Kpi, i128)| json!({ "kpi": kpi.id, "unit": kpi.unit, "least_total": kpi.resolution.format(total) });
        self.least_totals().into_iter().map(least).collect()
    }

    /// Adds what members' ledgers say.
    pub(crate) fn with_standing(self, standing: Standing) -> Self {
        Self { standing: Some(standing), ..self }
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

    /// What noise on sums promises customers, for programs.
    fn customers(&self) -> Option<Value> {
        let promised = self.study.customers()?;
        Some(json!({
            "epsilon": self.customers_epsilon, "enforced": promised.enforced, "most_periods": promised.most_periods,
        }))
    }

    /// The same epsilon spent on customers and on members, and which of both is worth reading.
    fn side_by_side(&self) -> String {
        let (errors, Some(privacy)) = (self.study.sum_errors(), &self.study.privacy) else { return String::new() };
        let Privacy { epsilon, sums, noise, .. } = privacy;
        let law = match noise {
            Noise::Laplace { .. } => "Laplace",
            Noise::Gaussian { .. } => "Gaussian",
        };
        let mut text = format!(
            "\nMeans with noise, over all members, for epsilon {epsilon} in all ({law} noise on each of {sums} sums)\n"
        );
        for errors in &errors {
            let told =
                |error: Option<MeanError>| error.map_or_else(|| "not drawn".to_owned(), |e| e.told(&errors.unit));
            let customers = errors.customers.map_or_else(|| "no customer_bound".to_owned(), |e| e.told(&errors.unit));
            let _ = writeln!(text, "  {}, protecting customers: {customers}", errors.kpi);
            let _ = writeln!(text, "  {}, protecting members:   {}", errors.kpi, told(errors.members));
        }
        let _ = writeln!(text, "  percentages: of a mean of a hundredth of the range");
        text.push_str(worth_reading(&errors));
        text
    }

    /// What cells by attribute need, since their sizes are not known beforehand.
    fn cells(&self) -> String {
        let mut text = String::new();
        if self.study.policy.cells.is_empty() {
            return text;
        }
        let _ = writeln!(text, "\nCells by {}", self.study.policy.cells.join(", "));
        let noisy = self.study.privacy.is_some();
        let mean = if noisy { "noisy as over all members, hence worse the smaller the cell" } else { "exact" };
        let _ = writeln!(text, "  mean: {mean}, where enough members report");
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

    /// Where totals will be shown under the charter's concentration rules, before anybody has seen one.
    fn concentration(&self) -> String {
        let least = self.least_totals();
        if least.is_empty() {
            return String::new();
        }
        let mut text =
            "\nConcentration: a total is shown only where it proves that no member is most of it\n".to_owned();
        for (kpi, total) in least {
            let members = self.study.expected_members.max(1);
            let each = kpi.resolution.format(total / i128::from(members));
            let total = kpi.resolution.format(total);
            let (id, unit) = (&kpi.id, &kpi.unit);
            let _ =
                writeln!(text, "  {id}: from {total} {unit} on, which {members} members reach with {each} {unit} each");
        }
        let noisy = "  of a total with noise its lower end counts\n";
        text.push_str(if self.study.privacy.is_some() { noisy } else { "" });
        text.push_str(
            "  other totals are withheld, and with them what would reveal them; a smaller `high` proves more\n",
        );
        let quorum = self.study.trustees.threshold.u();
        let _ = write!(
            text,
            "  withheld is not secret: the published sum shares of {quorum} trustees add up to every total that was opened.\n\
             \x20 Whoever has the round's folder can compute a withheld total, and a member can then take its own figure\n\
             \x20 off it: of two large members in a cell each learns the other's within what the small ones add. Where that\n\
             \x20 must not happen, leave the attribute out of `cells`, or raise `least_members`: such cells are not opened\n"
        );
        text
    }

    /// The least total of each KPI that the charter's rules show; none without rules.
    fn least_totals(&self) -> Vec<(&Kpi, i128)> {
        let Some(rules) = self.study.rules() else { return Vec::new() };
        let least = |kpi: &Kpi| rules.least_sum_proved(u64::try_from(kpi.high).unwrap_or(0)).map(i128::from);
        self.study.kpis.iter().filter_map(|kpi| Some((kpi, least(kpi)?))).collect()
    }

    fn privacy(&self) -> String {
        if self.epsilon.is_zero() && self.customers_epsilon.is_none() {
            return "\nPrivacy: only exact counts, sums and means are opened, under the audit of cells; no epsilon is spent\n".to_owned();
        }
        let Self { epsilon, delta_bits, epsilon_year, .. } = self;
        let (rounds, budget) = (counted(self.rounds, "round"), self.study.policy.budget);
        let mut text = format!(
            "\nPrivacy, when all figures of one member are replaced\n\
             \x20 one round: epsilon {epsilon}, delta at most 2^-{delta_bits}; budget {budget} per data window\n\
             \x20 one year of figures ({rounds}): epsilon {epsilon_year}\n",
        );
        text.push_str(match self.study.privacy.as_ref().map(|privacy| privacy.unit) {
            None => "  counts, sums and means are exact and outside epsilon; the audit of cells guards them\n",
            Some(PrivacyUnit::Member) => "  counts are exact and outside epsilon: who reports a figure is public\n",
            Some(PrivacyUnit::Customer) => {
                "  counts are exact; sums and means hide no member, only its customers; the audit of cells guards them\n"
            }
        });
        text.push_str(&self.privacy_of_customers());
        text
    }

    fn privacy_of_customers(&self) -> String {
        let (Some(promised), Some(epsilon)) = (self.study.customers(), self.customers_epsilon) else {
            return String::new();
        };
        let kept = match promised.enforced {
            true => "kept by every member's software",
            false => "declared, not enforced: no column identifies customers",
        };
        let total = epsilon.checked_add(self.epsilon).unwrap_or(epsilon);
        let periods = promised.most_periods.map_or_else(String::new, |most| {
            format!("\x20 a customer counts in at most {} of the window\n", counted(most.into(), "period"))
        });
        format!(
            "\nPrivacy of one customer of one member, up to its bound ({kept})\n\
             \x20 one round: epsilon {total}: {epsilon} by sums, {} by histograms; the same budget, an account of its own\n\
             {periods}\
             \x20 histograms protect members: a single customer can move its member across an edge, so less noise would\n\
             \x20 not do for customers\n",
            self.epsilon
        )
    }

    fn conclusion(&self) -> String {
        if self.yields_something() {
            return String::new();
        }
        let left = match self.study.privacy {
            None => "Exact counts, sums and means remain;\nleave quartiles and sd out, or follow the advice above.",
            Some(_) => "Exact counts remain;\nfollow the advice above, or leave the noise out.",
        };
        format!("\nNothing useful would come out of the histograms as planned. {left}\n")
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
        (Some(epsilon), Some(error)) if expected.statistic == Statistic::Mean => {
            let error = percent(error);
            format!("count exact; sum and mean off by {error}: {} (epsilon {epsilon} in all)", word(expected.verdict))
        }
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

impl MeanError {
    fn told(self, unit: &str) -> String {
        format!("off by about {} {unit} ({}): {}", brief(self.absolute), percent(self.percent), word(self.verdict()))
    }
}

/// The sentence a reader needs: which of both noises leaves something worth reading.
fn worth_reading(errors: &[SumErrors]) -> &'static str {
    let useful = |pick: fn(&SumErrors) -> Option<MeanError>| {
        errors.iter().all(|errors| pick(errors).is_some_and(|error| error.verdict() != Verdict::Useless))
    };
    match (useful(|errors| errors.customers), useful(|errors| errors.members)) {
        (true, false) => {
            "  Worth reading: the means that protect customers; noise that protects members would drown them.\n"
        }
        (true, true) => "  Both are worth reading; noise that protects members hides the members too.\n",
        (false, true) => "  Worth reading: the means that protect members, which protects their customers as well.\n",
        (false, false) => "  Neither is worth reading for every KPI: the noise would drown the means.\n",
    }
}

/// Two significant digits, grouped by nothing: a prediction is not worth more.
fn brief(value: f64) -> String {
    let digits = value.abs().max(f64::MIN_POSITIVE).log10().floor() as i32;
    let unit = 10f64.powi(digits - 1);
    let decimals = usize::try_from(1 - digits).unwrap_or(0).min(9);
    format!("{:.decimals$}", (value / unit).round() * unit)
}

fn percent(value: f64) -> String {
    match value {
        value if value < 0.1 => "less than 0.1 %".to_owned(),
        value if value < 10.0 => format!("about {value:.1} %"),
        value if value < 1000.0 => format!("about {value:.0} %"),
        _ => "more than 1000 %".to_owned(),
    }
}

fn sum_errors(errors: &SumErrors) -> Value {
    let error = |error: MeanError| json!({ "absolute": error.absolute, "percent": error.percent, "verdict": word(error.verdict()) });
    json!({
        "kpi": errors.kpi, "unit": errors.unit,
        "customers": errors.customers.map(error), "members": errors.members.map(error),
    })
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
        Statistic::Mean => ("mean", Some("percent")),
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
