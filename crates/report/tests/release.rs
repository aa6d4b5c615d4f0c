//! The page, text and CSV of a release: whole, still, escaped, in order, and the same every time.

mod support {
    #[allow(dead_code, reason = "every test uses a part of it")]
    pub(crate) mod releases;
}

use guildhall_kpi::{Release, ReleaseOutcome, Suppression};
use guildhall_report::{Error, release_csv, release_html, release_json, release_text, text_table};
use proptest::prelude::*;
use std::collections::BTreeSet;
use support::releases::{COHORTS, GROUPS, LARGE, MONTHS, NOTHING, ONE, Wish, release};

const TEMPLATES: [&str; 3] = [
    include_str!("../templates/release.html"),
    include_str!("../templates/release_charts.html"),
    include_str!("../templates/release.css"),
];
const ALL: [Wish; 6] = [ONE, GROUPS, MONTHS, COHORTS, NOTHING, LARGE];

fn page(wish: Wish) -> String {
    release_html(&release(wish)).expect("a sound release")
}

/// The page, the CSV, the text and the JSON.
fn outputs(release: &Release) -> [Result<String, Error>; 4] {
    [release_html(release), release_csv(release), release_text(release, 100), release_json(release)]
}

/// The same release with this in place of its row number `number`.
fn with_row(wish: Wish, number: usize, change: impl Fn(&mut guildhall_kpi::ReleaseRow)) -> Release {
    let mut made = release(wish);
    change(&mut made.rows[number]);
    made
}

#[test]
fn the_same_release_gives_the_same_bytes() {
    for wish in ALL {
        assert!(outputs(&release(wish)) == outputs(&release(wish)));
    }
    let mut other = release(ONE);
    other.protection.ledger_index += 1;
    assert!(release_html(&other) != release_html(&release(ONE)));
}

#[test]
fn no_script_nothing_from_outside_and_small() {
    for wish in ALL {
        let page = page(wish);
        let lower = page.to_lowercase();
        let code = ["<script", "javascript:", "<iframe", "<object", " onload", " onclick"];
        let outside = ["http:", "https:", "url(", "@import", "<link", "src="];
        for forbidden in code.iter().chain(&outside) {
            assert!(!lower.contains(forbidden), "{forbidden}");
        }
        assert!(lower.contains("default-src 'none'"));
        assert!(page.len() < 300_000, "{} bytes", page.len());
    }
    assert_eq!(release(LARGE).rows.len(), 4 * 20 * 13);
}

#[test]
fn sections_come_in_the_promised_order() {
    let page = page(LARGE);
    let marks = [
        "<h1>Lamps &#38; Gifts",
        "<h2 id=\"short\"",
        "of these customers about",
        "<h2 id=\"m0\"",
        "Group by group, Dec 2011",
        "Over time",
        "All figures",
        "<h2 id=\"m1\"",
        "<h2 id=\"suppressed\"",
        "<h2 id=\"how\"",
        "all rows of one customer added or removed",
        "<dt>Noise</dt><dd>discrete Laplace noise: the release states no delta",
        "ε 1.5 spent on this data set so far, this release included, of at most 4. Left: 2.5.",
        "charge number 7",
        "<h2 id=\"mechanisms\"",
        "<td class=\"text\">discrete Laplace",
        "<h2 id=\"not\"",
        "<h2 id=\"read\"",
        "Why numbers do not add up",
        "<h2 id=\"raw\"",
    ];
    let body = &page[page.find("<body>").expect("a body")..];
    let places: Vec<usize> = marks.iter().map(|m| body.find(m).unwrap_or_else(|| panic!("{m} is missing"))).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn headings_do_not_skip_and_ids_are_unique() {
    for wish in ALL {
        let page = page(wish);
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
        for wanted in
            after(&page, "labelledby=\"").iter().flat_map(|ids| ids.split(' ')).chain(after(&page, "href=\"#"))
        {
            assert!(unique.contains(wanted), "nothing has the id {wanted}");
        }
    }
}

/// Every text from `mark` to the next quote.
fn after<'a>(page: &'a str, mark: &str) -> Vec<&'a str> {
    page.split(mark).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_chart_has_a_text_alternative() {
    for (wish, charts) in [(ONE, 1), (GROUPS, 4), (MONTHS, 2), (COHORTS, 10), (NOTHING, 0)] {
        let page = page(wish);
        let found: Vec<&str> = page.split("<svg class=\"chart\"").skip(1).collect();
        assert_eq!(found.len(), charts, "{wish:?}");
        for chart in found {
            let named = chart.starts_with(" role=\"img\" aria-label=\"Repeat");
            let described = chart.contains("<title") && chart.contains("</desc>");
            assert!(named || (described && chart[..300].contains("role=\"img\"")), "{}", &chart[..200]);
        }
    }
}

#[test]
fn both_intervals_and_the_noisy_number_are_in_the_table() {
    let made = release(ONE);
    let ReleaseOutcome::Shown(value) = made.rows[0].outcome.clone() else { panic!("shown") };
    let page = page(ONE);
    assert_eq!((format!("{:.1}", value.base.value), value.n), ("64.8".to_owned(), 4323));
    assert!(page.contains("<td>64.8<td>64.7–64.9<td>63.3–66.2<td>4\u{202f}323"));
    assert!(page.contains(
        "Of these customers about 64.8% bought again (64.7 to 64.9%); among all customers like them, 63.3 to 66.2%."
    ));
}

#[test]
fn suppressed_is_said_and_never_blank() {
    let page = page(NOTHING);
    assert!(page.contains("12 of 12 values are not shown"));
    assert_eq!(page.matches("colspan=\"4\">not shown, too few customers (fewer than 20, after noise)").count(), 12);
    assert!(page.contains("Repeat purchase rate: not shown, too few customers (fewer than 20, after noise)."));
    let groups = self::page(GROUPS);
    assert!(groups.contains("the group itself might reveal somebody"));
    assert!(groups.contains("the clipping bound was not met") && groups.contains("Belgium, NPS"));
    for page in [page, groups, self::page(LARGE), self::page(COHORTS)] {
        for blank in ["<td></td>", "<td> </td>", "<td><td>", "<td></tr>", "<li></li>", "NaN", "inf<"] {
            assert!(!page.contains(blank), "{blank}");
        }
    }
}

#[test]
fn negative_noisy_numbers_are_shown_as_they_are() {
    let made = with_row(ONE, 0, |row| {
        if let ReleaseOutcome::Shown(value) = &mut row.outcome {
            value.n = -3;
        }
    });
    assert!(release_html(&made).expect("sound").contains("<td>\u{2212}3"));
    assert!(release_csv(&made).expect("sound").contains(",-3,\n"));
    assert!(release_text(&made, 80).expect("sound").contains(" -3\n"));
    let mut raw = release(ONE);
    raw.queries[0].values = vec![-17, -1];
    assert!(release_html(&raw).expect("sound").contains("<dt>All customers / all / yes<dd>-17"));
}

/// Every text a release holds, replaced.
fn poisoned(evil: &str) -> Release {
    let mut made = release(Wish { all_suppressed: false, ..GROUPS });
    for text in [&mut made.id, &mut made.title, &mut made.data_set, &mut made.window] {
        *text = evil.to_owned();
    }
    let p = &mut made.protection;
    p.ledger_entry = evil.to_owned();
    p.neighbours = evil.to_owned();
    p.bounds.iter_mut().chain(&mut p.not_protected).for_each(|text| *text = evil.to_owned());
    made.groups.iter_mut().chain(&mut made.periods).chain(&mut made.notes).for_each(|text| *text = evil.to_owned());
    for m in &mut made.metrics {
        for text in [&mut m.id, &mut m.metric, &mut m.label, &mut m.unit, &mut m.definition] {
            *text = evil.to_owned();
        }
        m.caveat = Some(evil.to_owned());
    }
    for q in &mut made.queries {
        for text in [&mut q.id, &mut q.mechanism, &mut q.scale, &mut q.sensitivity] {
            *text = evil.to_owned();
        }
        q.labels.iter_mut().for_each(|text| *text = evil.to_owned());
    }
    made.rows[0].outcome = ReleaseOutcome::Suppressed(Suppression::Other { reason: evil.to_owned() });
    made
}

#[test]
fn every_text_is_escaped() {
    let made = poisoned("<script>x</script>\"'&\u{1b}[2J\u{202e}");
    let page = release_html(&made).expect("sound");
    assert!(!page.contains("<script") && !page.contains("x</script"));
    assert!(page.matches("&#60;script").count() > 100);
    assert!(page.contains("\u{fffd}[2J\u{fffd}"));
    for shown in [page, release_text(&made, 100).expect("sound"), release_csv(&made).expect("sound")] {
        assert!(!shown.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'));
    }
    for template in TEMPLATES {
        assert!(!template.replace(' ', "").contains("|safe") && !template.contains("escape"));
    }
}

/// The fields of every record but the head.
fn records(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.records().map(|record| record.expect("a record").iter().map(str::to_owned).collect()).collect()
}

#[test]
fn the_csv_holds_every_row_and_no_formula() {
    for wish in ALL {
        let made = release(wish);
        let text = release_csv(&made).expect("sound");
        assert!(text.starts_with("metric,group,period,value,low,high,population_low,population_high,n,suppressed\n"));
        let lines = records(&text);
        assert_eq!(lines.len(), made.rows.len());
        for (line, row) in lines.iter().zip(&made.rows) {
            assert_eq!(line[1], made.groups[row.group]);
            match &row.outcome {
                ReleaseOutcome::Shown(v) => {
                    let number = |at: usize| line[at].parse::<f64>().expect("a number");
                    assert_eq!([number(3), number(4), number(5)], [v.base.value, v.base.low, v.base.high]);
                    assert_eq!([number(6), number(7)], [v.population.low, v.population.high]);
                    assert_eq!((line[8].parse::<i64>(), line[9].as_str()), (Ok(v.n), ""));
                }
                ReleaseOutcome::Suppressed(_) => {
                    assert!(line[3..9].iter().all(String::is_empty) && !line[9].is_empty())
                }
            }
        }
    }
    for evil in ["=1+1", "+1", "-cmd|' /C calc'!A0", "@SUM(A1)", "  =1", "\t=1", "＝1"] {
        for line in records(&release_csv(&poisoned(evil)).expect("sound")) {
            for text in [&line[0], &line[1], &line[2], &line[9]] {
                let runs = text.starts_with(|c: char| "=+-@\t＝".contains(c)) || text.trim_start().starts_with('=');
                assert!(!runs, "{text:?}");
            }
        }
    }
}

#[test]
fn the_text_says_what_the_page_says() {
    let shown = release_text(&release(GROUPS), 100).expect("sound");
    for wanted in [
        "Of these customers about 64.8% bought again (64.7 to 64.9%); among all customers like them,",
        "NPS in points (higher is better)",
        "too few customers (fewer than 20, after noise)",
        "- Belgium, NPS",
        "all rows of one customer added or removed",
        "epsilon 1 for this release; epsilon 1.5 spent of 4, 2.5 left",
        "What is not protected",
    ] {
        assert!(shown.contains(wanted), "{wanted}");
    }
    for width in [66u16, 80, 120] {
        for line in release_text(&release(COHORTS), width).expect("sound").lines() {
            assert!(line.chars().count() <= usize::from(width) && line == line.trim_end(), "{width}: {line}");
        }
    }
}

#[test]
fn a_release_that_contradicts_itself_is_refused() {
    let dangling = with_row(ONE, 0, |row| row.group = 1);
    let upside = with_row(ONE, 0, |row| {
        if let ReleaseOutcome::Shown(value) = &mut row.outcome {
            value.population.low = f64::INFINITY;
        }
    });
    let mut repeated = release(ONE);
    repeated.rows.push(repeated.rows[0].clone());
    let mut overspent = release(ONE);
    overspent.protection.spent = "4.000001".parse().expect("a rational");
    let mut unlabelled = release(ONE);
    unlabelled.queries[0].values.pop();
    let mut query = release(ONE);
    query.queries[0].metrics = vec![9];
    let (mut format, mut unit) = (release(ONE), release(ONE));
    format.schema.push('2');
    unit.protection.unit = "customer-month".into();
    for (made, told) in [
        (dangling, "row 0 refers to group number 1, but the release has 1"),
        (upside, "row 0 has no interval"),
        (repeated, "row 1 speaks of the same metric, group and period as row 0"),
        (overspent, "epsilon 4000001/1000000 is spent of at most 4"),
        (unlabelled, "has 1 raw values but 2 labels"),
        (query, "refers to metric number 9"),
        (format, "guildhall/release/v12"),
        (unit, "customer-month"),
    ] {
        for output in outputs(&made) {
            let error = output.expect_err("refused").to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}

#[test]
fn empty_parts_are_survived() {
    let mut made = release(ONE);
    (made.metrics, made.rows, made.queries) = (vec![], vec![], vec![]);
    (made.groups, made.periods) = (vec![], vec![]);
    assert!(outputs(&made).iter().all(Result::is_ok));
    let mut rowless = release(MONTHS);
    rowless.rows.clear();
    assert!(release_html(&rowless).expect("sound").contains("Repeat purchase rate: not shown, nothing was released."));
    assert!(release_text(&rowless, 80).expect("sound").contains("not shown, nothing was released"));
}

#[test]
fn tables_are_plain_text() {
    let rows = vec![vec!["Fran\u{1b}ce".to_owned(), "87".to_owned()], vec!["EIRE".to_owned()]];
    let shown = text_table("Customers by country", &["Country", "Customers"], &rows, 60);
    assert!(shown.starts_with("Customers by country\n") && shown.contains("Fran\u{fffd}ce"));
    assert!(!shown.chars().any(|c| c.is_control() && c != '\n'));
    assert!(shown.lines().all(|line| line.chars().count() <= 60));
    assert_eq!(shown, text_table("Customers by country", &["Country", "Customers"], &rows, 60));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_numbers_and_labels_are_survived(value in any::<f64>(), low in any::<f64>(), high in any::<f64>(), n in any::<i64>(),
                                           label in any::<String>(), group in 0usize..25, decimals in any::<u8>(), scale in any::<String>()) {
        let mut made = release(Wish::of(2, 3, 3));
        made.groups[1] = label;
        made.metrics[0].decimals = decimals;
        made.queries[0].scale = scale;
        made.rows[1].group = group;
        if let ReleaseOutcome::Shown(v) = &mut made.rows[0].outcome {
            (v.base.value, v.base.low, v.base.high, v.population.high, v.n) = (value, low, high, high, n);
        }
        let outputs = outputs(&made);
        prop_assert!(outputs.iter().all(Result::is_ok) || outputs.iter().all(Result::is_err));
    }
}
