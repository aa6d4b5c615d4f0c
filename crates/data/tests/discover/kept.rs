//! What a proposal keeps as it is: nothing that leads to people, whatever the header and however small the numbers.

use crate::generated::Dice;
use guildhall_data::discover::{DateOrder, Role, ScanOptions, Table, scan};

fn table(csv: &str) -> Table {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.csv");
    std::fs::write(&path, csv).expect("writable");
    let scan = scan(&[path], &ScanOptions::default(), &mut |_| {}).expect("readable");
    scan.files[0].tables[0].clone()
}

/// The role of a column of these values beside names and addresses.
fn role(header: &str, value: impl Fn(usize) -> String, rows: usize) -> Role {
    let names = ["Ngozi Eze", "Piotr Zajac", "Anna Müller", "Declan Walsh", "Femi Ade"];
    let rows: String =
        (0..rows).map(|n| format!("{};{};u{n}@example.org\n", value(n), names[n % names.len()])).collect();
    table(&format!("{header};Name;E-Mail\n{rows}")).columns[0].role
}

const NUMBERS: [&str; 26] = [
    "id",
    "Kunden-Nr.",
    "Kd-Nr",
    "Kd.-Nr.",
    "client_no",
    "No client",
    "N° client",
    "Nº cliente",
    "Nr",
    "Nr.",
    "Bestellnummer",
    "Rechnung",
    "Rechnungsnr",
    "KdNr",
    "Num commande",
    "Facture",
    "customer",
    "Kunde",
    "invoice",
    "Pedido",
    "Ordine",
    "Klantnr.",
    "Factuur",
    "order_id",
    "member",
    "lfd. Nr.",
];

#[test]
fn numbers_of_customers_are_never_amounts() {
    let mut dice = Dice(7);
    let random: Vec<String> = (0..400).map(|_| (1000 + dice.below(9000)).to_string()).collect();
    for header in NUMBERS {
        assert_eq!(role(header, |n| (n + 1).to_string(), 400), Role::Identifier, "{header} from 1");
        assert_eq!(role(header, |n| (n + 1001).to_string(), 400), Role::Identifier, "{header} from 1001");
        assert_eq!(role(header, |n| random[n].clone(), 400), Role::Identifier, "{header} at random");
        assert_eq!(role(header, |n| (1 + n % 50).to_string(), 400), Role::Identifier, "{header}, several rows each");
        assert_eq!(role(header, |n| format!("K-{}", n % 9), 400), Role::Identifier, "{header}, codes");
    }
    for header in ["x", "c", "wert2x", "Umsatz"] {
        assert_ne!(role(header, |n| (n + 1).to_string(), 400), Role::Other, "{header} from 1");
        assert_ne!(role(header, |n| (7 * n + 1).to_string(), 400), Role::Other, "{header} with gaps");
    }
    assert_ne!(role("x", |n| random[n].clone(), 400), Role::Other, "at random");
    assert_ne!(role("x", |n| format!("{n}.50"), 400), Role::Other, "decimals below no header of an amount");
    assert_ne!(role("x", |n| random[n / 2].clone(), 400), Role::Other, "two rows each");
}

#[test]
fn amounts_and_shared_values_are_kept() {
    for header in ["Umsatz", "order_total", "Montant", "Importe", "Prezzo", "Bedrag", "spent"] {
        assert_eq!(role(header, |n| format!("{}.{:02}", 3 * n, n % 100), 400), Role::Other, "{header}");
    }
    assert_eq!(role("visits", |n| (n % 12).to_string(), 400), Role::Other);
    assert_eq!(role("points", |n| (n % 150).to_string(), 400), Role::Other);
    assert_eq!(role("no_show", |n| (n % 2).to_string(), 400), Role::Other);
    assert_eq!(role("number of orders", |n| (n % 9).to_string(), 400), Role::Other);
    assert_eq!(role("plan", |n| ["basic", "plus", "pro"][n % 3].to_owned(), 400), Role::Other);
    assert_eq!(role("product_id", |n| (n % 9).to_string(), 400), Role::Other);
}

#[test]
fn remarks_are_free_text_whatever_stands_there() {
    let headers = [
        "Notiz",
        "Bemerkung",
        "Kommentar",
        "Remarque",
        "commentaire",
        "notes",
        "remarks",
        "comment",
        "nota",
        "observaciones",
        "osservazioni",
        "opmerking",
        "internal_notes",
    ];
    let remarks = ["HIV positiv", "Frau Kanari anrufen", "kommt wieder"];
    for header in headers {
        assert_eq!(role(header, |n| remarks[n % 3].to_owned(), 90), Role::FreeText, "{header}");
        assert_eq!(role(header, |n| n.to_string(), 90), Role::FreeText, "{header}, numbers");
    }
    let told =
        |n: usize| ["ist an Diabetes erkrankt", "hat Asthma seit Mai", "Allergie gegen alle Nüsse"][n % 3].to_owned();
    assert_eq!(role("c", told, 90), Role::FreeText, "sensitive words inside remarks");
}

#[test]
fn few_names_telephones_and_addresses_are_not_shared_values() {
    let cases: [(&str, [&str; 3]); 10] = [
        ("Verkäufer", ["Ngozi Eze", "Piotr Zajac", "Ngozi Eze"]),
        ("Verkäufer", ["Hr. Kanari", "Fr. Quill", "Hr. Kanari"]),
        ("vendeur", ["Moreau", "Leroy", "Moreau"]),
        ("c", ["0171 9988770", "0171 9988772", "0160 1234567"]),
        ("c", ["Anna Müller", "Uwe Koch", "Anna Müller"]),
        ("c", ["Ngozi Eze", "Femi Ade", "Tamsin Webb"]),
        ("c", ["a@example.org", "b@example.org", "a@example.org"]),
        ("b", ["HIV+", "neg", "neg"]),
        ("IBAN_last4", ["4355", "9834", "1111"]),
        ("card last 4", ["4355", "9834", "1111"]),
    ];
    for (header, values) in cases {
        let role = role(header, |n| values[n % 3].to_owned(), 90);
        assert!(matches!(role, Role::Identifier | Role::Unclear | Role::Sensitive), "{header} {values:?}: {role:?}");
    }
    assert_eq!(role("IBAN_last4", |n| (1000 + 7 * n % 9000).to_string(), 90), Role::Identifier);
}

#[test]
fn years_of_birth_are_quasi_identifiers() {
    for header in ["Jahrgang", "YOB", "jahr_geb", "birth_year", "année naissance", "Geburtsjahr", "byear"] {
        assert_eq!(role(header, |n| (1940 + n % 60).to_string(), 400), Role::QuasiIdentifier, "{header}");
        assert_eq!(role(header, |n| (40 + n % 50).to_string(), 400), Role::QuasiIdentifier, "{header}, two digits");
    }
}

#[test]
fn the_order_of_dates_comes_from_the_values() {
    let order = |date: &dyn Fn(usize) -> String| {
        let rows: String = (0..90).map(|n| format!("{};{n}@example.org\n", date(n))).collect();
        table(&format!("Geburtsdatum;mail\n{rows}")).columns[0].date_order
    };
    let (day, month) = (|n: usize| 1 + n % 28, |n: usize| 1 + n % 12);
    assert_eq!(order(&|n| format!("{:02}.{:02}.19{}", day(n), month(n), 40 + n % 50)), Some(DateOrder::Dmy));
    assert_eq!(order(&|n| format!("{}/{}/19{}", day(n), month(n), 40 + n % 50)), Some(DateOrder::Dmy));
    assert_eq!(order(&|n| format!("{}/{}/19{}", month(n), day(n), 40 + n % 50)), Some(DateOrder::Mdy));
    assert_eq!(order(&|n| format!("19{}-{:02}-{:02}", 40 + n % 50, month(n), day(n))), Some(DateOrder::Ymd));
    assert_eq!(order(&|n| format!("{}/{}/19{}", month(n), month(n + 3), 40 + n % 50)), Some(DateOrder::Ambiguous));
    assert_eq!(order(&|n| format!("{:02}.{:02}.{}", day(n), month(n), 40 + n % 50)), Some(DateOrder::Several));
    assert_eq!(order(&|n| (1940 + n % 50).to_string()), None);
}

#[test]
fn a_region_of_telephones_is_named_only_where_it_is_told() {
    let evidence = |number: &dyn Fn(usize) -> String| {
        let rows: String = (0..120).map(|n| format!("{};{n}@example.org\n", number(n))).collect();
        let table = table(&format!("Telefon;mail\n{rows}"));
        table.columns[0].leading().expect("telephones").evidence.join("; ")
    };
    let french =
        evidence(&|n| format!("06 {:02} {:02} {:02} {:02}", 10 + n % 80, (n * 37) % 100, (n * 53) % 100, n % 100));
    assert!(!french.contains("numbering plan of IT"), "{french}");
    assert!(french.contains("numbering plan of FR") || french.contains("declared"), "{french}");
    let mixed = evidence(&|n| {
        let tail = format!("{:03} {:04}", (n * 37) % 1000, (n * 7919) % 10_000);
        if n % 2 == 0 { format!("(212) {tail}") } else { format!("0171 {tail}") }
    });
    assert!(mixed.contains("declared"), "{mixed}");
}
