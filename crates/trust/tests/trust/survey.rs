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
    assert!(
        clear.notes.iter().any(|note| note.contains("1 answer lies outside the declared scale")),
        "{:?}",
        clear.notes
    );
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

/// A table of customers' answers in order of their days, and a metric over it without segments or periods.
fn answers(rows: &str, windowed: bool, metrics: Vec<MetricSpec>) -> (Spec, guildhall_data::SqliteEngine) {
    let table = table(
        r#"columns = [{ name = "who", kind = "text" }, { name = "day", kind = { date = {} } },
            { name = "score", kind = { decimal = { decimals = 1 } }, empty = "null" },
            { name = "other", kind = "integer" }, { name = "left", kind = "bool" }]"#,
    );
    let engine = engine(&table, bytes("answers.csv", &format!("who;day;score;other;left\n{rows}")));
    let window = windowed.then(|| window("day", "2024", "2025")).flatten();
    (Spec { window, metrics, ..customer(spec(table), "who") }, engine)
}

/// Must hold: an answer off the scale is no answer, so it neither hides one that is nor drops its customer.
#[test]
fn an_answer_off_the_scale_hides_no_other() {
    let rows = "ana;2024-01-01;9.0;5;no\nana;2024-02-01;99.0;5;no\nana;2024-03-01;-1.0;5;no\n\
                bob;2024-01-01;77.0;5;no\nbob;2024-02-01;2.0;77;no\ncat;2024-01-01;11.0;6;no\ndan;2024-01-01;;5;no\n";
    let mut index = metric("brand-trust-index", &[("item.a", "other")]);
    index.parameters.insert("weights".into(), Parameter::Weights([("a".to_owned(), 1)].into()));
    let first = id(MetricSpec { take: Choice::First, ..metric("nps", &[("score", "score")]) }, "first");
    let mean = id(with(with(metric("csat", &[("score", "score")]), "show", "mean"), "high", "10"), "mean");
    let metrics = vec![metric("nps", &[("score", "score")]), first, mean, index];
    let (spec, engine) = answers(rows, true, metrics);
    let clear = measure(&engine, &spec).unwrap_or_else(|error| panic!("{error}"));
    let all = |id: &str| value(&clear, id, "all customers", "2024 to before 2025");
    // Ana 9, Bob 2; Cat only has 11 and Dan nothing.
    assert_eq!(all("nps"), (2, 0.0));
    assert_eq!(all("first"), (2, 0.0));
    assert_eq!(all("mean"), (2, 5.5));
    assert_eq!(all("brand-trust-index").0, 4);
    let told = |start: &str| clear.notes.iter().any(|note| note.contains(start));
    assert!(told("Net Promoter Score: 4 answers lie outside the declared scale"), "{:?}", clear.notes);
    assert!(told("1 answer lies outside the declared scale and counts for nothing"), "{:?}", clear.notes);
}

/// Must hold: what counts without dates is defined, and said where the figures are.
#[test]
fn without_a_window_yes_comes_before_no_and_the_page_says_so() {
    let rows = "ana;2024-01-01;1.0;5;yes\nana;2024-02-01;3.0;5;no\nbob;2024-01-01;2.0;5;no\n";
    let metrics = vec![metric("churn-rate", &[("left", "left")]), metric("nps", &[("score", "score")])];
    let (spec, engine) = answers(rows, false, metrics.clone());
    let clear = measure(&engine, &spec).expect("measures");
    assert_eq!(value(&clear, "churn-rate", "all customers", "all rows"), (2, 50.0));
    assert!(clear.notes.iter().any(|note| note.contains("the greatest counts, yes before no")), "{:?}", clear.notes);
    let (spec, engine) = answers(rows, true, metrics);
    let clear = measure(&engine, &spec).expect("measures");
    assert_eq!(value(&clear, "churn-rate", "all customers", "2024 to before 2025"), (2, 0.0));
    assert_eq!(clear.notes, Vec::<String>::new());
}

#[test]
fn ids_that_differ_in_case_or_spaces_are_counted() {
    let rows = "A1;2024-01-01;1.0;5;no\na1;2024-01-01;1.0;5;no\nb 2;2024-01-01;1.0;5;no\nB2;2024-01-01;1.0;5;no\n\
                c3;2024-01-01;1.0;5;no\n";
    let (spec, engine) = answers(rows, true, vec![metric("churn-rate", &[("left", "left")])]);
    assert_eq!(guildhall_trust::spelled_alike(&engine, &spec).expect("reads"), 4);
    let clear = measure(&engine, &spec).expect("measures");
    assert!(clear.notes[0].starts_with("4 customer ids differ from another one only in case or spaces"));
    assert_eq!(clear.rows[0].n, 5, "nothing is joined");
}

#[test]
fn a_value_without_a_lifespan_is_not_called_a_lifetimes() {
    let spend = with(metric("lifetime-value", &[("value", "score")]), "clip", "150");
    let (spec, engine) = answers("ana;2024-01-01;9.0;5;no\n", false, vec![spend.clone()]);
    let clear = measure(&engine, &spec).expect("measures");
    let said = "The sum of score over the rows of one customer, counted as no less than 0.0 and no more than 150.";
    assert_eq!(clear.metrics[0].definition, said);
    let (spec, engine) = answers("ana;2024-01-01;9.0;5;no\n", true, vec![with(spend, "lifespan", "5")]);
    let clear = measure(&engine, &spec).expect("measures");
    assert!(clear.metrics[0].definition.contains("times lifespan"), "{}", clear.metrics[0].definition);
}
