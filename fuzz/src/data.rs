//! A member's files: text, compressed text, workbooks; and what a study says about them.

use guildhall_data::{ColumnSpec, DateForm, Empty, Excess, Extraction, Kind, TableSpec};
use guildhall_data::{check_condition, check_extraction, check_sql};
use serde::Deserialize;

/// Reads bytes as the file they look like and extracts figures from it.
pub fn import(bytes: &[u8]) {
    let _ = guildhall_data::decode(bytes);
}

/// A clean text file, one with quotation marks, and the beginnings of the other forms.
pub fn import_seeds() -> Vec<Vec<u8>> {
    let header = "member,day,amount,count,paid\n";
    let rows = [
        "a,2017-05-01,12.50,3,yes\n",
        "\"b\",2017-06,-0.07,,no\nx,2017-06,1,1,1\n",
        "\"a\"\"b\nc\",2017-05-31,1,2,0\r\n",
    ];
    let mut seeds: Vec<Vec<u8>> = rows.iter().map(|row| format!("{header}{row}").into_bytes()).collect();
    seeds.extend([b"PK\x03\x04".to_vec(), vec![0x1f, 0x8b, 8], b"\xef\xbb\xbfmember,day\n".to_vec()]);
    seeds
}

fn table() -> TableSpec {
    let column = |name: &str, kind| ColumnSpec { name: name.to_owned(), kind, empty: Empty::Null };
    let columns = vec![
        column("member", Kind::Text),
        column("day", Kind::Date { form: DateForm::Iso }),
        column("amount", Kind::Decimal { decimals: 2, excess: Excess::Refuse }),
        column("count", Kind::Integer),
        column("paid", Kind::Bool),
    ];
    TableSpec { columns, format: guildhall_data::Format::default(), sheet: None, skip: Vec::new() }
}

/// SQL of a study: what is understood is written anew, and stays understood without a change of meaning.
pub fn sql(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let spec = table();
    for checked in [check_sql(&spec, text), check_condition(&spec, text)].into_iter().flatten() {
        assert!(checked.columns().iter().all(|column| *column < spec.columns.len()));
        assert!(!checked.sql().is_empty());
    }
}

/// Expressions and conditions of the examples' kinds.
pub fn sql_seeds() -> Vec<Vec<u8>> {
    [
        "sum(amount * coalesce(count, 1)) filter (where paid)",
        "count(distinct member)",
        "case when sum(count) = 0 then null else sum(amount) / sum(count) end",
        "max(amount) - min(amount)",
        "count <= 0 or amount > 12.50 and not paid",
        "member like 'x%' and day >= '2017-05-01'",
        "member in ('a', 'b') or count between 1 and 5",
        "sum((select 1))",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}

#[derive(Deserialize)]
struct Described {
    table: TableSpec,
    extraction: Extraction,
}

/// A description of a table and of what is computed from it, as JSON.
pub fn described(bytes: &[u8]) {
    if let Ok(described) = serde_json::from_slice::<Described>(bytes) {
        let _ = check_extraction(&described.table, &described.extraction);
    }
}

/// One description that is sound.
pub fn described_seeds() -> Vec<Vec<u8>> {
    let text = r#"{"table": {"columns": [{"name": "shop", "kind": "text"}, {"name": "day", "kind": {"date": {}}},
        {"name": "sales", "kind": {"decimal": {"decimals": 2}}}],
        "skip": [{"when": "sales < 0", "reason": "returns"}]},
        "extraction": {"member": "shop", "period": {"column": "day", "every": "month"},
        "kpis": [{"id": "sales", "sql": "sum(sales)", "low": 0, "high": 1000000}]}}"#;
    vec![text.as_bytes().to_vec()]
}

/// Looks for personal data in any text: places lie inside it, in order, between characters.
pub fn discover(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut end = 0;
    for finding in guildhall_data::discover::find(&text, guildhall_data::discover::Hints::of_header(&text)) {
        assert!(finding.start >= end && finding.start < finding.end && finding.end <= text.len());
        assert!(text.is_char_boundary(finding.start) && text.is_char_boundary(finding.end));
        end = finding.end;
    }
}

/// One passage of each kind.
pub fn discover_seeds() -> Vec<Vec<u8>> {
    [
        "Jo <jo.o'neil+x@b\u{fc}cher.example>, +44 (0)20 7946 0958 ext. 12; tel 01.84.17.61.18",
        "card 4111-1111 1111 1111, IBAN gb82 west 1234 5698 7654 32, SSN 460-89-9847",
        "[2001:db8::1%eth0]:80 192.0.2.1/24 version 1.2.3.4 00:1b:44:11:3a:b7",
        "https://user:pw@example.org:8080/a_(b)?mail=a@b.com#x www.example.com/x, example.co.uk.",
        "RCCMNL83S18D969H 12345678Z X2482300W AB 12 34 56 C 756.9217.0769.85 2 55 08 14 168 025 38",
        "born 1980-03-04; zip 10115; 550e8400-e29b-41d4-a716-446655440000; 1.234.567,89",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}
