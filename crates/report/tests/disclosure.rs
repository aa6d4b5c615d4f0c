//! The page of a protected table: every cell stands in it, hidden ones with their reason, and nothing runs.

use guildhall_report::{DisclosureCell, DisclosureRow, DisclosureTable, disclosure_html};

fn table() -> DisclosureTable {
    let shown = |text: &str| DisclosureCell::Shown(text.to_owned());
    let hidden = |text: &str| DisclosureCell::Hidden(text.to_owned());
    let row = |labels: [&str; 2], cells: Vec<DisclosureCell>| DisclosureRow {
        labels: labels.map(str::to_owned).to_vec(),
        cells,
    };
    DisclosureTable {
        id: "shops-2026".to_owned(),
        title: "Sales & staff <of shops>".to_owned(),
        data_set: "town\u{202e}shops".to_owned(),
        dimensions: vec!["town".to_owned(), "trade".to_owned()],
        figures: vec!["sales".to_owned(), "staff".to_owned(), "sales per staff".to_owned()],
        rows: vec![
            row(["Alder", "cafe"], vec![shown("120.00"), hidden("too few firms"), hidden("too few firms")]),
            row(["all", "<script>alert(1)</script>"], vec![shown("999.50"), shown("12"), shown("83.2917")]),
        ],
        reasons: vec![("too few firms".to_owned(), 1), ("one firm is most of it".to_owned(), 0)],
    }
}

#[test]
fn every_cell_of_a_protected_table_is_read_with_its_headings() {
    let page = disclosure_html(&table());
    for part in [
        "<th scope=\"col\">sales per staff</th>",
        "<th scope=\"row\">Alder</th>",
        "<td>120.00</td>",
        "<td class=\"why\">too few firms</td>",
        "<li>too few firms: 1</li>",
        "<caption>",
        "<html lang=\"en\">",
        "4 of 6 figures are shown",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert_eq!(page, disclosure_html(&table()), "the same table gives the same bytes");
}

#[test]
fn texts_of_a_protected_table_cannot_run_or_mislead() {
    let page = disclosure_html(&table());
    assert!(!page.contains("<script") && !page.contains("<of shops>") && !page.contains('\u{202e}'), "{page}");
    assert!(page.contains("default-src &#x27;none&#x27;") || page.contains("default-src 'none'"));
    for outside in ["http://", "https://", "src=", "href=\"/"] {
        assert!(!page.contains(outside), "{outside}");
    }
}
