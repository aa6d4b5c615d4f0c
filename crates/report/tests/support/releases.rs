//! Made-up releases: no real company, no real customer.

use guildhall_kpi::{
    Direction, Estimate, MetricLine, Protection, QueryLine, Rational, Release, ReleaseOutcome, ReleaseRow,
    ReleaseValue, Suppression,
};

/// What is wished for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    pub(crate) metrics: usize,
    pub(crate) groups: usize,
    pub(crate) periods: usize,
    /// Periods are ages of cohorts.
    pub(crate) ages: bool,
    /// Nothing at all is shown.
    pub(crate) all_suppressed: bool,
}

impl Wish {
    pub(crate) const fn of(metrics: usize, groups: usize, periods: usize) -> Self {
        Self { metrics, groups, periods, ages: false, all_suppressed: false }
    }
}

/// One metric, one group, one period.
pub(crate) const ONE: Wish = Wish::of(1, 1, 1);
/// Many groups at one time.
pub(crate) const GROUPS: Wish = Wish::of(4, 20, 1);
/// Two metrics over 13 months.
pub(crate) const MONTHS: Wish = Wish::of(2, 1, 13);
/// Cohorts by age.
pub(crate) const COHORTS: Wish = Wish { ages: true, ..Wish::of(1, 9, 9) };
/// Nothing shown.
pub(crate) const NOTHING: Wish = Wish { all_suppressed: true, ..Wish::of(2, 6, 1) };
/// As much as anybody will publish.
pub(crate) const LARGE: Wish = Wish::of(4, 20, 13);

const COUNTRIES: [&str; 20] = [
    "All customers",
    "United Kingdom",
    "Germany",
    "France",
    "EIRE",
    "Spain",
    "Netherlands",
    "Belgium",
    "Switzerland",
    "Portugal",
    "Australia",
    "Italy",
    "Norway",
    "Channel Islands",
    "Finland",
    "Cyprus",
    "Sweden",
    "Poland",
    "Austria",
    "United Arab Emirates",
];

/// A small generator with a fixed start, so that pages are the same every time.
struct Dice(u64);

impl Dice {
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    fn noise(&mut self, scale: f64) -> i64 {
        (scale * (self.unit().ln() - self.unit().ln())).round() as i64
    }
}

fn exact(text: &str) -> Rational {
    text.parse().expect("a rational")
}

struct Model {
    line: MetricLine,
    level: f64,
    /// Noise and sampling error, times the number of customers or its root.
    noise: f64,
    spread: f64,
}

fn model(
    (id, metric, label): (&str, &str, &str),
    (unit, decimals, direction): (&str, u8, Direction),
    definition: &str,
    caveat: Option<&str>,
    [level, noise, spread]: [f64; 3],
) -> Model {
    let [id, metric, label, unit, definition] = [id, metric, label, unit, definition].map(str::to_owned);
    let caveat = caveat.map(str::to_owned);
    Model {
        line: MetricLine { id, metric, label, unit, decimals, direction, definition, caveat },
        level,
        noise,
        spread,
    }
}

fn models() -> Vec<Model> {
    vec![
        model(
            ("repeat", "repeat-purchase-rate", "Repeat purchase rate"),
            ("%", 1, Direction::Higher),
            "Share of the customers with a purchase in the window who bought on at least two days.",
            None,
            [65.6, 250.0, 47.0],
        ),
        model(
            ("value", "lifetime-value", "Value per customer"),
            ("GBP", 2, Direction::Higher),
            "Mean over customers of what they paid in the window, refunds taken off.",
            Some("Amounts above 5 000 GBP count as 5 000, so the true mean is higher; by how much is not known."),
            [1_312.4, 26_000.0, 1_410.0],
        ),
        model(
            ("nps", "nps", "NPS"),
            ("points", 1, Direction::Higher),
            "Share of promoters (9 or 10 of 10) less share of detractors (0 to 6).",
            None,
            [31.7, 450.0, 78.0],
        ),
        model(
            ("churn", "churn-rate", "Inactivity churn"),
            ("%", 2, Direction::Lower),
            "Share of the customers without a purchase in the 90 days before the end of the window.",
            None,
            [33.4, 250.0, 47.0],
        ),
    ]
}

/// How many customers a group has in a period, before noise.
fn customers(wish: Wish, group: usize, period: usize) -> i64 {
    let size = if group == 0 { 4_338.0 } else { 3_950.0 / (group as f64).powf(2.4) };
    let size = if wish.ages { 900.0 / (1.0 + 0.3 * group as f64) } else { size };
    (size * (1.0 - 0.02 * period as f64)).round() as i64
}

fn row(wish: Wish, model: &Model, at: (usize, usize, usize), dice: &mut Dice) -> Option<ReleaseRow> {
    let (metric, group, period) = at;
    // A young cohort has not reached a high age.
    if wish.ages && group > 0 && period + group > wish.periods {
        return None;
    }
    let n = customers(wish, group, period) + dice.noise(1.0);
    let n = if group == 19 { -2 } else { n };
    let reason = match group {
        _ if n < 20 || wish.all_suppressed => Some(Suppression::TooFew { least: 20 }),
        7 if metric == 2 => Some(Suppression::UnknownGroup),
        8 if metric == 2 => Some(Suppression::Other { reason: "the clipping bound was not met".to_owned() }),
        _ => None,
    };
    let outcome = reason.map_or_else(|| shown(wish, model, n, period, dice), ReleaseOutcome::Suppressed);
    Some(ReleaseRow { metric, group, period, outcome })
}

fn shown(wish: Wish, model: &Model, n: i64, period: usize, dice: &mut Dice) -> ReleaseOutcome {
    let size = n as f64;
    let decay = if wish.ages { 1.0 / (1.0 + 0.35 * period as f64) } else { 1.0 + 0.05 * (period as f64).sin() };
    let value = model.level * decay * (0.9 + 0.2 * dice.unit());
    let (noise, all) = (model.noise / size, model.spread * 1.96 / size.sqrt());
    let estimate = |half: f64| Estimate { value, low: value - half, high: value + half };
    ReleaseOutcome::Shown(ReleaseValue {
        base: estimate(noise),
        population: estimate((noise * noise + all * all).sqrt()),
        n,
    })
}

fn protection() -> Protection {
    Protection {
        unit: "customer".into(),
        neighbours: "all rows of one customer added or removed".into(),
        bounds: vec![
            "each customer counts in one country, the one of the first purchase".into(),
            "each customer adds one value per metric and period".into(),
            "amounts are limited to 0 to 5 000 GBP per customer".into(),
        ],
        epsilon: exact("1"),
        delta_bits: None,
        rho: None,
        noise: "discrete Laplace noise: the release states no delta".into(),
        spent: exact("3/2"),
        limit: exact("4"),
        ledger_index: 7,
        ledger_entry: "9f2c4be07f6dd1f1a0f5f8c3b1c57a1f24f2be35c1fd5ae0a6b0cdd04f0a3c55".into(),
        not_protected: vec![
            "Which countries are listed: they were declared by the publisher.".into(),
            "What a customer shares with all others of a country.".into(),
        ],
    }
}

fn query(release: &Release, metric: usize, dice: &mut Dice) -> QueryLine {
    let line = &release.metrics[metric];
    let (answers, scale) = if line.unit == "GBP" { (["below", "above"], 500_000) } else { (["yes", "no"], 1) };
    let places = release.groups.iter().flat_map(|g| release.periods.iter().map(move |p| format!("{g} / {p}")));
    let labels: Vec<String> = places.flat_map(|place| answers.map(|answer| format!("{place} / {answer}"))).collect();
    QueryLine {
        id: format!("{}-{}", line.id, answers.join("-")),
        mechanism: "discrete Laplace".into(),
        scale: format!("{}", scale * release.metrics.len()),
        sensitivity: format!("{scale}"),
        epsilon: Rational::new(1, release.metrics.len() as u64).expect("not zero"),
        rho: None,
        metrics: vec![metric],
        values: labels.iter().map(|_| dice.noise(40.0 * scale as f64)).collect(),
        labels,
    }
}

/// The made-up release.
pub(crate) fn release(wish: Wish) -> Release {
    let mut dice = Dice(2026);
    let models = models();
    let models = &models[..wish.metrics];
    let groups: Vec<String> = match wish.ages {
        true => (0..wish.groups)
            .map(|g| if g == 0 { "All cohorts".to_owned() } else { format!("first bought 2011-{g:02}") })
            .collect(),
        false => COUNTRIES[..wish.groups].iter().map(|name| (*name).to_owned()).collect(),
    };
    let month = |p: usize| format!("{}-{:02}", 2010 + p.div_ceil(12), (p + 11) % 12 + 1);
    let later = |age: usize| format!("{age} month{} later", if age == 1 { "" } else { "s" });
    let periods: Vec<String> = match (wish.periods, wish.ages) {
        (1, _) => vec!["all".to_owned()],
        (count, true) => (1..=count).map(later).collect(),
        (count, false) => (0..count).map(month).collect(),
    };
    let mut rows = Vec::new();
    for (metric, model) in models.iter().enumerate() {
        for group in 0..wish.groups {
            rows.extend((0..wish.periods).filter_map(|period| row(wish, model, (metric, group, period), &mut dice)));
        }
    }
    let mut release = Release {
        schema: Release::SCHEMA.to_owned(),
        id: "lamps-and-gifts-2011".into(),
        title: "Lamps & Gifts: what our customers did in 2011".into(),
        data_set: "online-shop".into(),
        window: "2010-12 to 2011-12".into(),
        protection: protection(),
        metrics: models.iter().map(|model| model.line.clone()).collect(),
        groups,
        periods,
        rows,
        queries: Vec::new(),
        notes: vec!["Rows without a customer number were left out, by a rule fixed before reading.".into()],
    };
    release.queries = (0..wish.metrics).map(|metric| query(&release, metric, &mut dice)).collect();
    release
}
