//! The page: whole, still, escaped, in order, and the same every time.

mod support {
    #[allow(dead_code, reason = "every test uses a part of it")]
    pub(crate) mod made_up;
}

use guildhall_kpi::{
    Against, Benchmark, Direction, Estimate, Hidden, KpiLine, Middle, Outcome, Place, Row, Side, Statistics,
};
use guildhall_report::{Document, Own, html, text};
use proptest::prelude::*;
use std::collections::BTreeSet;
use support::made_up::{self, Wish};

const TEMPLATES: [&str; 4] = [
    include_str!("../templates/report.html"),
    include_str!("../templates/charts.html"),
    include_str!("../templates/table.html"),
    include_str!("../templates/report.css"),
];

#[test]
fn the_same_document_gives_the_same_bytes() {
    let first = html(&made_up::own_copy(Wish::SAMPLE));
    let second = html(&made_up::own_copy(Wish::SAMPLE));
    assert!(first == second);
    let mut other = made_up::own_copy(Wish::SAMPLE);
    other.benchmark.provenance.round += 1;
    assert!(first != html(&other));
}

#[test]
fn no_script_and_nothing_from_outside() {
    for page in [html(&made_up::own_copy(Wish::SAMPLE)), html(&made_up::document(Wish::LARGE))] {
        let lower = page.to_lowercase();
        for forbidden in [
            "<script",
            "javascript:",
            "http:",
            "https:",
            "url(",
            "@import",
            "<iframe",
            "<object",
            "<link",
            "src=",
            " onload",
            " onclick",
        ] {
            assert!(!lower.contains(forbidden), "{forbidden}");
        }
        assert!(lower.contains("default-src 'none'"));
    }
}

#[test]
fn the_largest_page_is_small() {
    let document = made_up::document(Wish::LARGE);
    assert_eq!(document.benchmark.rows.len(), 12 * 46);
    let size = html(&document).len();
    assert!(size < 300_000, "{size} bytes");
}

#[test]
fn sections_come_in_the_promised_order() {
    let page = html(&made_up::own_copy(Wish::SAMPLE));
    let marks = [
        "Contains your own figures: do not pass on",
        "<h2 id=\"short\"",
        "<h2 id=\"k0\"",
        "Quartile bar:",
        "Trend:",
        "All figures",
        "<h2 id=\"k1\"",
        "<h2 id=\"k2\"",
        "<h2 id=\"peers\"",
        "<h2 id=\"hidden\"",
        "<h2 id=\"how\"",
        "What it cost in privacy",
        "guildhall verify DIR",
    ];
    let body = &page[page.find("<body>").expect("a body")..];
    let places: Vec<usize> =
        marks.iter().map(|mark| body.find(mark).unwrap_or_else(|| panic!("{mark} is missing"))).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn headings_do_not_skip_and_ids_are_unique() {
    let page = html(&made_up::own_copy(Wish::SAMPLE));
    let levels: Vec<u8> = page
        .match_indices("<h")
        .filter_map(|(at, _)| page.as_bytes().get(at + 2).copied())
        .filter(u8::is_ascii_digit)
        .map(|digit| digit - b'0')
        .collect();
    assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
    let ids: Vec<&str> = after(&page, " id=\"");
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len());
    for wanted in after(&page, "labelledby=\"").iter().flat_map(|ids| ids.split(' ')).chain(after(&page, "href=\"#")) {
        assert!(unique.contains(wanted), "nothing has the id {wanted}");
    }
}

/// Every text from `mark` to the next quote.
fn after<'a>(page: &'a str, mark: &str) -> Vec<&'a str> {
    page.split(mark).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_chart_has_a_text_alternative_and_a_caption() {
    let page = html(&made_up::own_copy(Wish::SAMPLE));
    let charts: Vec<&str> = page.split("<svg class=\"chart\"").skip(1).collect();
    // Three bars (one with the reader alone against the mean), three trends, three comparisons.
    assert_eq!(charts.len(), 9);
    for chart in charts {
        let head = &chart[..chart.find("</desc>").expect("a description") + 7];
        assert!(head.contains("role=\"img\"") && head.contains("<title") && head.len() > 150);
        let figure = &chart[..chart.find("</figure>").expect("inside a figure")];
        assert!(figure.contains("<figcaption>"));
    }
}

#[test]
fn hidden_is_said_and_never_blank() {
    let page = html(&made_up::document(Wish::SAMPLE));
    assert!(page.contains("too few members (fewer than 5)"));
    assert!(page.contains("would single a member out"));
    for blank in ["<td></td>", "<td> </td>", "<td><td>", "<td></tr>", "<td>0<td>", "NaN", "inf<"] {
        assert!(!page.contains(blank), "{blank}");
    }
}

#[test]
fn the_published_page_knows_no_reader() {
    let page = html(&made_up::document(Wish::SAMPLE));
    let own = html(&made_up::own_copy(Wish::SAMPLE));
    for mark in ["do not pass on", "You", "class=\"own\"", "Corner Books, on this machine"] {
        assert!(!page.contains(mark), "{mark}");
        assert!(own.contains(mark), "{mark}");
    }
}

#[test]
fn every_text_is_escaped() {
    let evil = "<script>x</script>\"'&\u{1b}[2J";
    let mut document = made_up::own_copy(Wish::SAMPLE);
    let (benchmark, import) = (&mut document.benchmark, document.import.as_mut().expect("notes"));
    let p = &mut benchmark.provenance;
    for text in [
        &mut p.title,
        &mut p.study,
        &mut p.window,
        &mut p.charter,
        &mut p.manifest,
        &mut p.set,
        &mut p.trustees[0],
        &mut benchmark.spending.unit,
        &mut benchmark.spending.exact,
        &mut import.files[0],
        &mut import.skipped[0].0,
        &mut import.notes[0],
    ] {
        *text = evil.to_owned();
    }
    benchmark.kpis.iter_mut().for_each(|kpi| (kpi.label, kpi.unit) = (evil.to_owned(), evil.to_owned()));
    benchmark.cells.iter_mut().for_each(|cell| cell.label = evil.to_owned());
    benchmark.rows.iter_mut().for_each(|row| row.period.push_str(evil));
    let own = document.own.as_mut().expect("own figures");
    own.label = evil.to_owned();
    own.places.iter_mut().for_each(|place| place.period.push_str(evil));
    let page = html(&document);
    assert!(!page.contains("<script") && !page.contains("x</script"));
    assert!(page.matches("&#60;script").count() > 30);
    assert!(page.contains("\u{fffd}[2J") && text(&document, 100).contains("\u{fffd}[2J"));
    for shown in [page, text(&document, 100)] {
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n'));
    }
}

#[test]
fn no_template_switches_escaping_off() {
    for template in TEMPLATES {
        assert!(!template.replace(' ', "").contains("|safe") && !template.contains("escape"));
    }
}

fn basket() -> Document {
    let mut document = made_up::document(Wish { one_kpi: true, ..Wish::SAMPLE });
    let mut statistics = Statistics {
        n: 24,
        sum: "700.80".into(),
        mean: 29.2,
        noisy: None,
        sd: None,
        p10: None,
        p25: None,
        p50: None,
        p75: None,
        p90: None,
        bins: vec![],
        exact_bins: false,
        bin_variance: 0.0,
    };
    statistics.p50 = Some(Estimate { value: 28.1, low: 28.1, high: 28.1 });
    let benchmark = &mut document.benchmark;
    benchmark.kpis[0] = KpiLine {
        id: "basket".into(),
        label: "Average basket".into(),
        unit: "€".into(),
        decimals: 2,
        direction: Direction::Higher,
        edges: vec![],
    };
    let outcome = Outcome::Shown(Box::new(statistics));
    benchmark.rows = vec![Row { kpi: 0, period: "2017-05".into(), cell: 0, outcome }];
    let mut place = Place::of(benchmark, &benchmark.rows[0], 31.4);
    place.below = Some(Estimate { value: 0.61, low: 0.52, high: 0.7 });
    document.own = Some(Own { label: "me".into(), places: vec![place] });
    document
}

#[test]
fn the_sentence_of_the_design() {
    let wanted = "In May 2017, your figure for average basket (€31.40) is above the middle of 24 members (€28.10), by 12%. \
                  About 6 in 10 members are lower.";
    assert!(html(&basket()).contains(wanted));
    assert!(text(&basket(), 200).contains(wanted));
}

#[test]
fn a_place_inside_the_noise_is_not_called_above() {
    let mut document = basket();
    let against = document.own.as_mut().and_then(|own| own.places[0].against.as_mut()).expect("compared");
    against.side = Side::Close;
    against.reference = Estimate { value: 28.1, low: 20.0, high: 35.0 };
    let page = html(&document);
    assert!(page.contains("may be above or below the middle of 24 members, which lies between €20.00 and €35.00."));
}

/// The sentence of the whole group for these quartiles of 30 members.
fn told(p25: Estimate, p50: Estimate, p75: Estimate) -> String {
    let mut document = basket();
    document.own = None;
    let Outcome::Shown(statistics) = &mut document.benchmark.rows[0].outcome else { panic!("shown") };
    statistics.n = 30;
    (statistics.p25, statistics.p50, statistics.p75) = (Some(p25), Some(p50), Some(p75));
    document.benchmark.kpis[0].unit = "EUR".into();
    text(&document, 400)
}

#[test]
fn quartiles_are_told_only_as_surely_as_they_are_known() {
    let estimate = |value, low, high| Estimate { value, low, high };
    let median = estimate(6_500.0, 3_900.0, 11_000.0);
    let noisy = told(estimate(2_000.0, 0.0, 6_000.0), median, estimate(90_000.0, 5_000.0, 200_000.0));
    let wanted = "half of 30 members were below about 6 500 EUR (95% range 3 900 to 11 000); \
                  the noise was too large to tell the quartiles.";
    assert!(noisy.contains(wanted) && !noisy.contains("the middle half"), "{noisy}");
    let one_wide = told(estimate(3_000.0, 2_500.0, 3_500.0), median, estimate(12_000.0, 5_000.0, 30_000.0));
    assert!(!one_wide.contains("the middle half"), "{one_wide}");
    let tight = told(estimate(3_000.0, 2_500.0, 3_500.0), median, estimate(12_000.0, 11_000.0, 13_000.0));
    assert!(tight.contains("; the middle half lay between 3 000 EUR and 12 000 EUR."), "{tight}");
}

#[test]
fn a_run_on_one_machine_promises_no_secrecy() {
    let mut document = made_up::document(Wish::SAMPLE);
    let honest = "All roles of this round ran in one process on one machine: whoever ran it could see every figure.";
    let promises = ["without anyone seeing", "learn nothing"];
    let both = |document: &Document| [html(document), text(document, 400)];
    for shown in both(&document) {
        assert!(shown.contains(honest) && promises.iter().all(|promise| !shown.contains(promise)));
    }
    document.import = None;
    for shown in both(&document) {
        assert!(!shown.contains(honest));
    }
    assert!(promises.iter().all(|promise| html(&document).contains(promise)));
    assert!(!html(&document).contains("who did not"));
}

/// The colours of one scheme, by name.
fn palette(css: &str) -> Vec<(String, [f64; 3])> {
    let colour = |hex: &str| {
        let channel = |at: usize| {
            let c = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).expect("two hex digits")) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        [channel(0), channel(2), channel(4)]
    };
    let entry = |part: &str| {
        let (name, value) = part.trim().trim_start_matches("--").split_once(": #")?;
        Some((name.to_owned(), colour(value.get(..6)?)))
    };
    css.split(';').filter_map(entry).collect()
}

#[test]
fn colours_have_enough_contrast_in_both_schemes() {
    let css = TEMPLATES[3];
    let schemes: Vec<&str> =
        css.split(":root {").skip(1).take(2).map(|s| s.split('}').next().expect("a block")).collect();
    for scheme in schemes {
        let scheme = scheme.replace("color-scheme: light dark;", "");
        let colours = palette(&scheme);
        let light = |name: &str| {
            let (_, [r, g, b]) =
                colours.iter().find(|(n, _)| n == name).unwrap_or_else(|| panic!("{name} in {scheme}"));
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let contrast = |a: &str, b: &str| {
            let (a, b) = (light(a), light(b));
            (a.max(b) + 0.05) / (a.min(b) + 0.05)
        };
        for (front, back, least) in [
            ("ink", "paper", 7.0),
            ("ink", "card", 7.0),
            ("soft", "paper", 4.5),
            ("soft", "card", 4.5),
            ("accent", "paper", 4.5),
            ("own", "paper", 4.5),
            ("ink", "own-soft", 4.5),
            ("edge", "paper", 3.0),
            ("median", "half", 3.0),
            ("median", "paper", 3.0),
            ("own", "half", 3.0),
        ] {
            assert!(contrast(front, back) >= least, "{front} on {back}: {:.2}", contrast(front, back));
        }
    }
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), -1e6f64..1e6, Just(0.0), Just(f64::NAN), Just(f64::INFINITY)]
}

fn estimate() -> impl Strategy<Value = Option<Estimate>> {
    prop::option::of((number(), number(), number()).prop_map(|(value, low, high)| Estimate { value, low, high }))
}

fn statistics() -> impl Strategy<Value = Statistics> {
    let numbers = (any::<u64>(), number(), estimate(), estimate(), estimate(), estimate(), estimate());
    (numbers, ".{0,5}", any::<bool>()).prop_map(|((n, mean, sd, p10, p25, p50, p75), sum, exact_bins)| Statistics {
        n,
        sum,
        mean,
        noisy: None,
        sd,
        p10,
        p25,
        p50,
        p75,
        p90: p10,
        bins: vec![1, -1],
        exact_bins,
        bin_variance: mean,
    })
}

fn row() -> impl Strategy<Value = Row> {
    let hidden = prop_oneof![
        Just(Hidden::WouldSingleOut),
        Just(Hidden::MayBeDominated),
        Just(Hidden::WouldReveal),
        any::<u64>().prop_map(|fewer_than| Hidden::TooFew { fewer_than })
    ];
    let outcome =
        prop_oneof![3 => statistics().prop_map(|s| Outcome::Shown(Box::new(s))), 1 => hidden.prop_map(Outcome::Hidden)];
    (0usize..5, prop::sample::select(vec!["2017-01", "2017-02", "2017-03", "", "é-01"]), 0usize..20, outcome)
        .prop_map(|(kpi, period, cell, outcome)| Row { kpi, period: period.to_owned(), cell, outcome })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_benchmark_is_survived(rows in prop::collection::vec(row(), 0..30), value in number(), decimals in any::<u8>(), width in any::<u16>()) {
        let mut benchmark: Benchmark = made_up::benchmark(Wish { members: 12, groups: 3, one_kpi: false, quartiles_everywhere: false });
        benchmark.rows = rows;
        benchmark.kpis.iter_mut().for_each(|kpi| kpi.decimals = decimals);
        benchmark.provenance.invited = 0;
        let mut places: Vec<Place> = benchmark.rows.iter().map(|row| Place::of(&benchmark, row, value)).collect();
        if let Some(place) = places.first_mut() {
            let reference = Estimate { value, low: value, high: value };
            place.against = Some(Against { middle: Middle::Mean, reference, difference: value, percent: Some(value), side: Side::Above });
        }
        let document = Document { own: Some(Own { label: String::new(), places }), ..Document::new(benchmark) };
        prop_assert!(html(&document).ends_with("</html>"));
        prop_assert!(!text(&document, width).is_empty());
    }
}
