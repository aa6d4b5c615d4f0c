//! The data map: still, escaped, and the same every time.

use guildhall_report::{DataMap, MapColumn, MapHolding, MapPlace, data_map_html};

fn map(name: &str) -> DataMap {
    let holding = MapHolding {
        kind: "e-mail address".into(),
        likelihood: "very likely".into(),
        evidence: "the header says so".into(),
    };
    let column = |level, holds: Vec<MapHolding>| MapColumn {
        name: name.to_owned(),
        level,
        role: "identifier".into(),
        holds,
        shapes: vec!["aaa@aaa.aa".into()],
    };
    let columns = vec![column(2, vec![holding]), column(0, Vec::new()), column(4, Vec::new())];
    let place = MapPlace {
        file: name.to_owned(),
        table: String::new(),
        format: "table".into(),
        rows: 1200,
        columns,
        singled_out: Some((vec!["age".into(), "town".into()], 0.876)),
    };
    DataMap { title: name.to_owned(), places: vec![place], unread: vec![("x.png".into(), "no text (binary)".into())] }
}

#[test]
fn the_page_says_what_was_found_and_stands_alone() {
    let page = data_map_html(&map("customers.csv"));
    for said in [
        "e-mail address",
        "very likely",
        "87.6 %",
        "age + town",
        "x.png",
        "2 of 3 columns",
        "special category",
        "default-src 'none'",
    ] {
        assert!(page.contains(said), "{said}");
    }
    let lower = page.to_lowercase();
    for forbidden in ["<script", "http:", "https:", "url(", "@import", "<link", "src="] {
        assert!(!lower.contains(forbidden), "{forbidden}");
    }
    assert_eq!(page, data_map_html(&map("customers.csv")));
    assert_eq!(
        page.matches("<svg").count(),
        page.matches("<desc").count() + 5,
        "every chart is described, keys are hidden"
    );
}

#[test]
fn names_are_escaped_and_cannot_turn_the_text() {
    let page = data_map_html(&map("<script>alert(1)</script>\u{202e}\u{1b}"));
    assert!(!page.contains("<script>") && !page.contains('\u{202e}') && !page.contains('\u{1b}'));
}
