//! Every mistake is found, with its place.

use crate::support::*;
use guildhall_data::Every;
use guildhall_trust::{Choice, Cohorts, Keys, MetricSpec, Segments, Spec, Split};

fn survey() -> Spec {
    let table = table(
        r#"columns = [
            { name = "who", kind = "text" }, { name = "day", kind = { date = {} } }, { name = "q1", kind = "integer" },
            { name = "q2", kind = "integer" }, { name = "spent", kind = { decimal = { decimals = 2 } } },
            { name = "yes", kind = "bool" }, { name = "words", kind = "text" }, { name = "maybe", kind = { date = {} }, empty = "null" } ]"#,
    );
    Spec { window: window("day", "2024", "2025"), ..customer(spec(table), "who") }
}

fn paths(spec: &Spec) -> Vec<String> {
    spec.check().into_iter().map(|mistake| mistake.path).collect()
}

fn with_metric(metric: MetricSpec) -> Spec {
    Spec { metrics: vec![metric], ..survey() }
}

#[test]
fn a_sound_spec_has_none() {
    let mut index = metric("brand-trust-index", &[("item.quality", "q1"), ("item.honesty", "q2")]);
    let weights = [("quality".to_owned(), 2), ("honesty".to_owned(), 1)].into();
    index.parameters.insert("weights".into(), guildhall_trust::Parameter::Weights(weights));
    let mut spec = survey();
    spec.metrics = vec![
        metric("nps", &[("score", "q1")]),
        metric("csat", &[("score", "q2")]),
        metric("sentiment", &[("text", "words")]),
        metric("trust-recovery-rate", &[("incident", "yes"), ("recovered", "q1 > 3")]),
        with(metric("complaint-resolution-time", &[("opened", "day"), ("closed", "maybe")]), "clip", "90"),
        index,
    ];
    assert_eq!(spec.check(), []);
}

#[test]
fn every_mistake_of_a_metric_is_named() {
    let cases = [
        (metric("npss", &[]), "metric 1 \"npss\": name"),
        (metric("nps", &[]), "metric 1 \"nps\": columns"),
        (metric("nps", &[("score", "q9")]), "metric 1 \"nps\": columns.score"),
        (metric("nps", &[("score", "words")]), "metric 1 \"nps\": columns.score"),
        (metric("nps", &[("score", "sum(q1)")]), "metric 1 \"nps\": columns.score"),
        (metric("nps", &[("score", "spent * 100")]), "metric 1 \"nps\": columns.score"),
        (metric("nps", &[("score", "q1"), ("mood", "q2")]), "metric 1 \"nps\": columns.mood"),
        (with(metric("nps", &[("score", "q1")]), "clip", "1"), "metric 1 \"nps\": parameters.clip"),
        (with(metric("nps", &[("score", "q1")]), "promoter", "high"), "metric 1 \"nps\": parameters.promoter"),
        (with(metric("nps", &[("score", "q1")]), "promoter", "6"), "metric 1 \"nps\": parameters"),
        (with(metric("csat", &[("score", "q1")]), "show", "median"), "metric 1 \"csat\": parameters.show"),
        (with(metric("csat", &[("score", "q1")]), "high", "100"), "metric 1 \"csat\": parameters.show"),
        (metric("lifetime-value", &[("value", "spent")]), "metric 1 \"lifetime-value\": parameters.clip"),
        (
            with(metric("lifetime-value", &[("value", "spent")]), "clip", "0.001"),
            "metric 1 \"lifetime-value\": parameters.clip",
        ),
        (
            with(metric("lifetime-value", &[("value", "spent")]), "clip", "-1"),
            "metric 1 \"lifetime-value\": parameters.clip",
        ),
        (metric("churn-rate", &[("active", "day")]), "metric 1 \"churn-rate\": parameters.days"),
        (metric("brand-trust-index", &[("item.a", "q1")]), "metric 1 \"brand-trust-index\": parameters.weights"),
        (split(metric("nps", &[("score", "q1")]), Split::Segments), "metric 1 \"nps\": split"),
        (split(metric("nps", &[("score", "q1")]), Split::Cohorts), "metric 1 \"nps\": split"),
        (MetricSpec { weight: 0, ..metric("nps", &[("score", "q1")]) }, "metric 1 \"nps\": weight"),
        (MetricSpec { take: Choice::Each, ..metric("nps", &[("score", "q1")]) }, "metric 1 \"nps\": take"),
        (id(metric("nps", &[("score", "q1")]), "a b"), "metric \"a b\": id"),
    ];
    for (metric, path) in cases {
        let found = paths(&with_metric(metric.clone()));
        assert!(found.iter().any(|at| at == path), "{metric:?}\nwants {path}, found {found:?}");
    }
}

#[test]
fn every_mistake_of_the_frame_is_named() {
    let base = with_metric(metric("nps", &[("score", "q1")]));
    assert_eq!(base.check(), []);
    let unknown = Keys::Unknown { other: "other".into(), weight: 1 };
    let cases = [
        (Spec { id: "A b".into(), ..base.clone() }, "release: id"),
        (Spec { title: " ".into(), ..base.clone() }, "release: title"),
        (Spec { epsilon: "0".parse().expect("zero"), ..base.clone() }, "release: epsilon"),
        (Spec { epsilon: "11".parse().expect("a number"), ..base.clone() }, "release: epsilon"),
        (customer(base.clone(), "nobody"), "unit: column"),
        (Spec { window: window("q1", "2024", "2025"), ..base.clone() }, "window: column"),
        (Spec { window: window("maybe", "2024", "2025"), ..base.clone() }, "window: column"),
        (Spec { window: window("day", "soon", "2025"), ..base.clone() }, "window: from"),
        (Spec { window: window("day", "2025", "2025"), ..base.clone() }, "window: until"),
        (Spec { window: None, periods: Some(Every::Month), ..base.clone() }, "periods"),
        (Spec { window: window("day", "2024-01-15", "2025"), periods: Some(Every::Month), ..base.clone() }, "periods"),
        (Spec { cohorts: Some(Cohorts { ages: vec![] }), ..base.clone() }, "cohorts: ages"),
        (Spec { segments: segments("spent", &["a"], Choice::Last), ..base.clone() }, "segments: column"),
        (Spec { segments: segments("words", &[], Choice::Last), ..base.clone() }, "segments: values"),
        (Spec { segments: segments("words", &["other"], Choice::Last), ..base.clone() }, "segments: values"),
        (
            Spec { segments: segments("words", &["north", "all customers"], Choice::Last), ..base.clone() },
            "segments: values",
        ),
        (Spec { segments: segments("words", &["a"], Choice::Each), ..base.clone() }, "unit: groups"),
        (
            Spec {
                segments: Some(Segments { column: "words".into(), keys: unknown, take: Choice::Last }),
                ..base.clone()
            },
            "release: delta_bits",
        ),
        (Spec { metrics: vec![], ..base.clone() }, "metric"),
        (
            Spec { metrics: vec![base.metrics[0].clone(), base.metrics[0].clone()], ..base.clone() },
            "metric \"nps\": id",
        ),
    ];
    for (spec, path) in cases {
        let found = paths(&spec);
        assert!(found.iter().any(|at| at == path), "wants {path}, found {found:?}");
    }
}
