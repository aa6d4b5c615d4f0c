//! Which noise a release uses, what it costs, and what is to be expected of it beforehand.

use crate::support::*;
use guildhall_data::{Every, SqliteEngine};
use guildhall_dp::Measure;
use guildhall_dp::central::{Account, Mechanism, Price};
use guildhall_kpi::{Rational, Release, ReleaseOutcome};
use guildhall_trust::{Choice, Error, Keys, MetricSpec, NoiseChoice, Plan, Segments, Spec, Split, plan};

/// Months in which every customer answers.
const MONTHS: u32 = 60;

/// Pays everything and remembers for what.
#[derive(Default)]
struct Paid(Vec<Price>);

impl Account for Paid {
    type Error = Error;

    fn charge(&mut self, price: &Price) -> Result<(), Error> {
        self.0.push(price.clone());
        Ok(())
    }
}

/// So many customers, each in each month; every third says no.
fn monthly(customers: u32) -> (Spec, SqliteEngine) {
    let table = table(
        r#"columns = [{ name = "who", kind = "text" }, { name = "day", kind = { date = {} } },
            { name = "town", kind = "text" }, { name = "left", kind = "bool" }, { name = "spent", kind = "integer" }]"#,
    );
    let mut text = "who;day;town;left;spent\n".to_owned();
    for who in 0..customers {
        for month in 0..MONTHS {
            let (year, month) = (2020 + month / 12, month % 12 + 1);
            let (town, left) = (if who % 2 == 0 { "north" } else { "south" }, who % 3 == 0);
            text.push_str(&format!("c{who};{year}-{month:02}-03;{town};{left};{}\n", who % 50));
        }
    }
    let engine = engine(&table, bytes("monthly.csv", &text));
    let spec = Spec {
        delta_bits: Some(40),
        window: window("day", "2020", "2025"),
        periods: Some(Every::Month),
        metrics: vec![split(metric("churn-rate", &[("left", "left")]), Split::Periods)],
        ..customer(spec(table), "who")
    };
    (spec, engine)
}

fn released(plan: Plan, engine: &SqliteEngine) -> (Release, Price) {
    let mut paid = Paid::default();
    let release = plan.release(engine, &mut paid).expect("a release");
    assert_eq!(paid.0.len(), 1, "one charge for everything");
    (release, paid.0.remove(0))
}

fn is_gaussian(plan: &Plan) -> bool {
    plan.queries().iter().all(|query| matches!(query.mechanism, Mechanism::Gaussian { .. }))
}

/// Mean absolute noise of the raw counts over some releases.
fn error(spec: &Spec, engine: &SqliteEngine, customers: u32) -> f64 {
    let gone = f64::from(customers.div_ceil(3));
    let stayed = f64::from(customers) - gone;
    let mut errors = Vec::new();
    for _ in 0..8 {
        let (release, _) = released(plan(spec).expect("a plan"), engine);
        for (label, value) in release.queries[0].labels.iter().zip(&release.queries[0].values) {
            let truth = if label.ends_with("stayed") { stayed } else { gone };
            errors.push((*value as f64 - truth).abs());
        }
    }
    errors.iter().sum::<f64>() / errors.len() as f64
}

#[test]
fn gaussian_noise_is_used_where_a_customer_counts_in_many_groups() {
    let (spec, engine) = monthly(90);
    let chosen = plan(&spec).expect("a plan");
    assert!(is_gaussian(&chosen), "{}", chosen.noise());
    assert!(chosen.noise().starts_with("discrete Gaussian noise: one customer counts in up to 60 groups"));
    let predicted: f64 = {
        let after = chosen.noise().split("the predicted error is ").nth(1).expect("a number");
        after.split(' ').next().expect("a word").parse().expect("a number")
    };
    let forced = Spec { noise: NoiseChoice::Laplace, delta_bits: None, ..spec.clone() };
    let seen = error(&spec, &engine, 90) / error(&forced, &engine, 90);
    // 960 draws of each noise: a relative error of about 4 %.
    assert!((seen / predicted - 1.0).abs() < 0.2 && predicted < 0.85, "predicted {predicted}, seen {seen}");

    let few = Spec { metrics: vec![metric("churn-rate", &[("left", "left")])], ..spec.clone() };
    let few = plan(&few).expect("a plan");
    assert!(!is_gaussian(&few) && few.noise().contains("times that of discrete Gaussian noise"), "{}", few.noise());
    let pure = plan(&Spec { delta_bits: None, ..spec }).expect("a plan");
    assert!(!is_gaussian(&pure) && pure.noise().contains("states no delta"), "{}", pure.noise());
}

#[test]
fn a_gaussian_release_states_its_rho_and_keeps_within_its_price() {
    let (spec, engine) = monthly(90);
    let spend = with(metric("lifetime-value", &[("value", "spent")]), "clip", "50");
    let metrics = vec![spec.metrics[0].clone(), split(quantiles(spend, &[50]), Split::Periods)];
    let spec = Spec { metrics, epsilon: "8".parse().expect("a number"), ..spec };
    let (release, price) = released(plan(&spec).expect("a plan"), &engine);
    let protection = &release.protection;
    let rho = protection.rho.expect("Gaussian");
    assert_eq!((protection.epsilon.to_string().as_str(), protection.delta_bits), ("8", Some(40)));
    let Measure::Rho(charged) = price.charge().measure() else { panic!("{price}") };
    assert_eq!(charged.rational(), Ok(rho));
    assert!(charged.to_approx(40).expect("converts").epsilon().expect("short") <= protection.epsilon);
    assert!(protection.noise.starts_with("discrete Gaussian noise"));
    let parts = release.queries.iter().map(|query| query.rho.expect("every query has one"));
    let sum = parts.fold(Rational::ZERO, |sum, part| sum.checked_add(part).expect("short"));
    assert!(sum <= rho && sum.to_f64() > 0.999 * rho.to_f64(), "{sum} of {rho}");
    assert!(release.queries.iter().all(|query| query.epsilon.is_zero() && query.mechanism.contains("aussian")));
    assert_eq!(release.queries[0].sensitivity, "square root of 60");
}

#[test]
fn intervals_hold_the_truth_with_gaussian_noise_too() {
    let (spec, engine) = monthly(900);
    let spec = Spec {
        epsilon: "4".parse().expect("a number"),
        limit: "4".parse::<Rational>().expect("a number").into(),
        ..spec
    };
    let truth = 100.0 / 3.0;
    let (mut held, mut all) = (0u32, 0u32);
    for _ in 0..10 {
        let (release, _) = released(plan(&spec).expect("a plan"), &engine);
        for row in &release.rows {
            let ReleaseOutcome::Shown(value) = &row.outcome else { panic!("{row:?}") };
            held += u32::from(value.base.low <= truth && truth <= value.base.high);
            all += 1;
        }
    }
    // 600 intervals at 95.5 %: six standard deviations below are 90.4 %.
    assert!(f64::from(held) / f64::from(all) > 0.904, "{held} of {all}");
}

#[test]
fn unknown_segments_share_the_delta_with_gaussian_noise() {
    let (spec, engine) = monthly(300);
    let keys = Keys::Unknown { other: "elsewhere".into(), weight: 1 };
    let churn = split(metric("churn-rate", &[("left", "left")]), Split::SegmentsAndPeriods);
    let metrics = vec![MetricSpec { weight: 20, ..churn }];
    let segments = Some(Segments { column: "town".into(), keys, take: Choice::Last });
    let loud = "20".parse().expect("a number");
    let spec = Spec { segments, metrics, epsilon: loud, limit: loud.into(), ..spec };
    let plan = plan(&spec).expect("a plan");
    assert!(is_gaussian(&plan), "{}", plan.noise());
    assert_eq!(plan.conversion_bits(), Some(41));
    let (release, price) = released(plan, &engine);
    assert_eq!(price.charge().delta().to_string(), format!("1/{}", 1u64 << 41));
    assert!(release.groups.iter().any(|group| group == "north"), "{:?}", release.groups);
}

#[test]
fn an_outlook_counts_by_group_and_period_and_says_what_would_be_withheld() {
    let (spec, engine) = monthly(90);
    let by_town = Spec {
        segments: segments("town", &["north", "south"], Choice::Last),
        metrics: vec![split(metric("churn-rate", &[("left", "left")]), Split::SegmentsAndPeriods)],
        ..spec.clone()
    };
    let outlook = plan(&by_town).expect("a plan").outlook(&engine).expect("reads");
    let [single, total] = outlook.predicted.as_slice() else { panic!("{outlook:?}") };
    // 45 in each town and month, none elsewhere; 90 in each month.
    assert_eq!((single.n, single.values, total.n, total.values), (45, 180, 90, 60));
    assert_eq!((outlook.units, outlook.values(), outlook.withheld()), (90, 240, 240), "noise of scale 60 hides 90");
    assert!(single.missing.as_deref().is_some_and(|why| why.starts_with("too few customers")), "{single:?}");

    let whole = Spec { metrics: vec![metric("churn-rate", &[("left", "left")])], delta_bits: None, ..by_town };
    let outlook = plan(&whole).expect("a plan").outlook(&engine).expect("reads");
    assert_eq!((outlook.values(), outlook.withheld()), (1, 0));
    assert!(outlook.predicted[0].quality.is_some_and(|quality| quality.error > 0.0 && quality.error < 2.0));
}

#[test]
fn an_outlook_of_quantiles_says_ranks_and_that_they_have_no_total() {
    let (spec, engine) = monthly(900);
    let spend = with(metric("lifetime-value", &[("value", "spent")]), "clip", "50");
    let spec = Spec {
        segments: segments("town", &["north", "south"], Choice::Last),
        metrics: vec![split(quantiles(spend, &[50]), Split::Segments)],
        delta_bits: None,
        ..spec
    };
    let outlook = plan(&spec).expect("a plan").outlook(&engine).expect("reads");
    let of = |label: &str, total: bool| {
        let found = outlook.predicted.iter().find(|p| p.metric.contains(label) && p.total == total);
        found.unwrap_or_else(|| panic!("{outlook:?}"))
    };
    let median = of("median", false);
    assert_eq!((median.unit.as_str(), median.n, median.values, median.withheld), ("percentiles", 450, 3, 1));
    let error = median.quality.expect("enough").error;
    // Half of a half of epsilon over two groups' noise: 2 * 4 rows of 450.
    assert!((0.5..3.0).contains(&error), "{error}");
    assert!(of("median", true).missing.as_deref().is_some_and(|why| why.contains("do not add up")));
    let (mean, total) = (of("mean", false), of("mean", true));
    assert_eq!((mean.n, total.n), (450, 900));
    assert!(mean.quality.is_some() && total.quality.is_some());
}

#[test]
fn values_close_to_the_limit_are_named() {
    let (spec, engine) = monthly(24);
    let whole = Spec { metrics: vec![metric("churn-rate", &[("left", "left")])], delta_bits: None, ..spec };
    let one = || released(plan(&whole).expect("a plan"), &engine).0;
    // 24 customers, shown from 20 on: noise of scale 1 on two counts withholds one release in fifty.
    let caveat = (0..4).find_map(|_| one().metrics[0].caveat.clone()).expect("close to the limit");
    assert!(caveat.contains("all customers") && caveat.contains("nothing is shown below 20"), "{caveat}");
    let (spec, engine) = monthly(300);
    let whole = Spec { metrics: vec![metric("churn-rate", &[("left", "left")])], delta_bits: None, ..spec };
    assert_eq!(released(plan(&whole).expect("a plan"), &engine).0.metrics[0].caveat, None);
}

#[test]
fn a_large_epsilon_is_called_what_it_is() {
    let (spec, engine) = monthly(90);
    let loud = "20".parse().expect("a number");
    let loud = Spec { epsilon: loud, limit: loud.into(), ..spec.clone() };
    let warned = plan(&loud).expect("a plan");
    assert!(warned.warning().is_some_and(|warning| warning.contains("485165195 times")), "{:?}", warned.warning());
    let (release, _) = released(warned, &engine);
    assert!(release.protection.not_protected.iter().any(|entry| entry.contains("epsilon 20")));
    assert_eq!(plan(&spec).expect("a plan").warning(), None);
}
