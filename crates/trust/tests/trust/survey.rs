//! Every metric over six customers whose answers can be counted by hand.

use crate::support::*;
use guildhall_data::Every;
use guildhall_trust::{Choice, Clear, MetricSpec, Parameter, Spec, Split, measure};

/// Ana answered twice; her last answer counts. Eve's 99 is no answer.
const ROWS: &str = "who;day;recommend;ease;stars;referred;optin;incident;recovered;opened;closed;words;q;h\n\
    ana;2024-01-05;2;1;1;no;no;yes;no;2024-01-01;2024-01-11;awful, terrible service;1;1\n\
    ana;2024-02-05;10;7;5;no;yes;no;yes;2024-02-01;2024-02-03;wonderful, I love it;7;7\n\
    bob;2024-01-09;9;5;4;yes;yes;no;;2024-01-01;;The parcel came on Tuesday;4;4\n\
    cat;2024-01-12;7;4;3;no;no;yes;no;2024-01-10;2024-01-20;bad;1;7\n\
    dan;2024-02-20;3;2;2;yes;yes;yes;;2024-02-01;2024-02-05;horrible;;7\n\
    eve;2024-02-21;99;6;5;no;;no;;2024-02-21;2024-02-21;good;7;1\n\
    fay;2024-02-22;0;1;1;no;no;no;;2024-02-01;2024-01-01;ok;3;3\n";

fn survey(metrics: Vec<MetricSpec>) -> Clear {
    let table = table(
        r#"columns = [
            { name = "who", kind = "text" }, { name = "day", kind = { date = {} } }, { name = "recommend", kind = "integer" },
            { name = "ease", kind = "integer" }, { name = "stars", kind = "integer" }, { name = "referred", kind = "bool" },
            { name = "optin", kind = "bool", empty = "null" }, { name = "incident", kind = "bool" },
            { name = "recovered", kind = "bool", empty = "null" }, { name = "opened", kind = { date = {} } },
            { name = "closed", kind = { date = {} }, empty = "null" }, { name = "words", kind = "text" },
            { name = "q", kind = "integer", empty = "null" }, { name = "h", kind = "integer" } ]"#,
    );
    let engine = engine(&table, bytes("survey.csv", ROWS));
    let spec = Spec {
        window: window("day", "2024-01", "2024-03"),
        periods: Some(Every::Month),
        metrics,
        ..customer(spec(table), "who")
    };
    measure(&engine, &spec).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_metric_counts_as_its_definition_says() {
    let mut index = metric("brand-trust-index", &[("item.quality", "q"), ("item.honesty", "h")]);
    let weights = [("quality".to_owned(), 2), ("honesty".to_owned(), 1)].into();
    index.parameters.insert("weights".into(), Parameter::Weights(weights));
    let clear = survey(vec![
        metric("nps", &[("score", "recommend")]),
        metric("advocacy-ratio", &[("score", "recommend")]),
        metric("customer-effort-score", &[("score", "ease")]),
        metric("review-rating", &[("stars", "stars")]),
        id(with(metric("csat", &[("score", "stars")]), "show", "mean"), "csat"),
        metric("referral-rate", &[("referred", "referred")]),
        metric("opt-in-rate", &[("opted_in", "optin")]),
        metric("opt-out-rate", &[("opted_out", "NOT optin")]),
        metric("trust-recovery-rate", &[("incident", "incident"), ("recovered", "recovered")]),
        with(metric("complaint-resolution-time", &[("opened", "opened"), ("closed", "closed")]), "clip", "30"),
        metric("sentiment", &[("text", "words")]),
        index,
        id(MetricSpec { take: Choice::First, ..metric("nps", &[("score", "recommend")]) }, "first-nps"),
    ]);
    let all = |id: &str| value(&clear, id, "all customers", "2024-01 to before 2024-03");
    let expect = |id: &str, n: u64, want: f64| {
        let (count, got) = all(id);
        assert_eq!(count, n, "{id}");
        close(got, want, 1e-9);
    };
    // 10 and 9 promote, 7 is passive, 3 and 0 detract, 99 is no answer.
    expect("nps", 5, 0.0);
    expect("first-nps", 5, 100.0 * (1.0 - 3.0) / 5.0);
    expect("advocacy-ratio", 5, 50.0);
    // 7 5 4 2 6 1
    expect("customer-effort-score-top", 6, 50.0);
    expect("customer-effort-score-mean", 6, 25.0 / 6.0);
    // 5 4 3 2 5 1
    expect("review-rating-top", 6, 50.0);
    expect("review-rating-mean", 6, 20.0 / 6.0);
    expect("csat", 6, 20.0 / 6.0);
    expect("referral-rate", 6, 100.0 / 3.0);
    // Eve was not asked.
    expect("opt-in-rate", 5, 60.0);
    expect("opt-out-rate", 5, 40.0);
    // Ana recovered, Cat did not, of Dan nothing is known.
    expect("trust-recovery-rate", 3, 100.0 / 3.0);
    // Ana 2, Cat 10, Dan 4, Eve 0; Bob's is open, Fay's ends before it begins.
    expect("complaint-resolution-time-mean", 4, 4.0);
    expect("complaint-resolution-time-p50", 4, 3.0);
    // Ana, Eve and Fay ("ok") positive; Cat and Dan negative; Bob neutral.
    expect("sentiment-positive", 6, 50.0);
    expect("sentiment-negative", 6, 100.0 / 3.0);
    // Dan left an item out of his only answer: Ana 100, Bob 50, Cat 33.3, Eve 66.7, Fay 33.3.
    expect("brand-trust-index", 5, (100.0 + 50.0 + 100.0 / 3.0 + 200.0 / 3.0 + 100.0 / 3.0) / 5.0);
    assert!(clear.notes.iter().any(|note| note.contains("1 answers lie outside")), "{:?}", clear.notes);
}

#[test]
fn periods_take_one_answer_each() {
    let clear = survey(vec![split(metric("nps", &[("score", "recommend")]), Split::Periods)]);
    // January: Ana 2, Bob 9, Cat 7. February: Ana 10, Dan 3, Fay 0.
    assert_eq!(clear.periods, ["2024-01", "2024-02"]);
    let (n, january) = value(&clear, "nps", "all customers", "2024-01");
    assert_eq!((n, january), (3, 0.0));
    let (n, february) = value(&clear, "nps", "all customers", "2024-02");
    assert_eq!(n, 3);
    close(february, -100.0 / 3.0, 1e-9);
}
