//! A column "Name" over people and over products, and columns that nothing is known of.

use guildhall_data::discover::{Column, Headers, Kind, Likelihood, Role, ScanOptions, Table, scan};

fn table(csv: &str) -> Table {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.csv");
    std::fs::write(&path, csv).expect("writable");
    let scan = scan(&[path], &ScanOptions::default(), &mut |_| {}).expect("no query");
    scan.files.into_iter().next().and_then(|file| file.tables.into_iter().next()).expect("a table")
}

fn column<'t>(table: &'t Table, name: &str) -> &'t Column {
    table.columns.iter().find(|column| column.name == name).unwrap_or_else(|| panic!("{name}: {table:?}"))
}

const PEOPLE: [(&str, &[&str]); 6] = [
    (
        "Name",
        &["Rhiannon Pryce", "Oluwaseun Adeyemi", "Tamsin Hartley-Webb", "Declan O'Shea", "Ngozi Eze", "Piotr Zając"],
    ),
    ("Name", &["Ottilie Krahwinkel", "Jörn Petersen", "Wiebke Ahlers", "Cem Aydın", "Ansgar Thoma", "Roswitha Hölzl"]),
    (
        "Nom",
        &["Maëlys Quéméner", "Yannick Le Goff", "Océane Tessier", "Loïc Prigent", "Fatoumata Sow", "Bastien Aubry"],
    ),
    (
        "Nombre",
        &["Itziar Goikoetxea", "Xavi Puigdemont", "Rocío Benjumea", "Gonzalo Aranda", "Yolanda Bueno", "Iker Zubia"],
    ),
    (
        "Nome",
        &[
            "Ludovica Brambilla",
            "Gianmarco Tardelli",
            "Ilaria Cusumano",
            "Nicolò Zanin",
            "Ornella Pezzali",
            "Dino Fois",
        ],
    ),
    (
        "Naam",
        &[
            "Joost van Rijswijk",
            "Maaike de Ruiter",
            "Sjoerd Hofstra",
            "Aaltje Zeilstra",
            "Teun Verkerk",
            "Fenna ter Horst",
        ],
    ),
];

#[test]
fn the_header_name_over_people_is_a_name() {
    for (header, names) in PEOPLE {
        let rows: String =
            names.iter().enumerate().map(|(n, name)| format!("{},{name},{n}x@example.org\n", 100 + n)).collect();
        let beside = table(&format!("id,{header},E-Mail\n{rows}"));
        let holding = column(&beside, header).leading().unwrap_or_else(|| panic!("{header} in {names:?}"));
        assert_eq!(holding.kind, Kind::Name, "{names:?}");
        assert!(holding.likelihood >= Likelihood::Likely, "{header}: {holding:?}");
        assert_eq!(column(&beside, header).role, Role::Identifier);
        let alone: String = names.iter().map(|name| format!("{name},3\n")).collect();
        let alone = table(&format!("{header},visits\n{alone}"));
        assert_eq!(column(&alone, header).role, Role::Identifier, "{header} alone: {:?}", column(&alone, header));
    }
}

const PRODUCTS: [(&str, &[&str]); 6] = [
    ("Name", &["Wireless Mouse", "Desk Lamp", "Espresso Cup", "Leather Wallet", "Garden Chair", "Steel Bottle"]),
    (
        "Name",
        &["Kaffeemaschine Deluxe", "Schreibtisch Eiche", "Kissen Blau", "Rucksack Alpin", "Tasse Weiß", "Lampe Rund"],
    ),
    ("Nom", &["Lampe Bureau", "Chaise Bois", "Tasse Bleue", "Sac Cuir", "Vélo Enfant", "Montre Acier"]),
    ("Nombre", &["Silla Madera", "Taza Azul", "Reloj Acero", "Bolso Piel", "Manta Roja", "Lámpara Mesa"]),
    ("Nome", &["Sedia Legno", "Tazza Blu", "Orologio Acciaio", "Borsa Pelle", "Coperta Rossa", "Lampada Tavolo"]),
    ("Naam", &["Stoel Hout", "Kop Blauw", "Horloge Staal", "Tas Leer", "Deken Rood", "Lamp Tafel"]),
];

#[test]
fn the_header_name_over_products_is_none_and_is_not_kept_either() {
    for (header, names) in PRODUCTS {
        let rows: String =
            names.iter().enumerate().map(|(n, name)| format!("A-{n},{name},{n}.99,{}\n", n * 3)).collect();
        let table = table(&format!("sku,{header},price,stock\n{rows}"));
        let column = column(&table, header);
        let likely = column.leading().map(|holding| (holding.kind, holding.likelihood));
        assert_eq!(likely, None, "{header}: {:?}", column.holds);
        assert_eq!(column.role, Role::Unclear, "each row has a text of its own");
    }
}

#[test]
fn what_is_not_understood_is_not_taken_for_harmless() {
    let rows: String = (0..60)
        .map(|n| {
            format!(
                "QX{n:04},{}.50,{},note {n} here,{},2026-01-0{}\n",
                n,
                n % 4,
                ["basic", "plus", "pro"][n % 3],
                1 + n % 9
            )
        })
        .collect();
    let table = table(&format!("xcode,amount,seats,remark,plan,since\n{rows}"));
    let roles: Vec<Role> = table.columns.iter().map(|column| column.role).collect();
    assert_eq!(roles[..5], [Role::Unclear, Role::Other, Role::Other, Role::FreeText, Role::Other]);
}

#[test]
fn headers_that_cannot_name_columns_are_told() {
    let headers = |csv: &str| table(csv).headers;
    assert_eq!(headers("a,b\n1,2\n"), Headers::Named);
    assert_eq!(headers("a,a\n1,2\n"), Headers::Repeated);
    assert_eq!(headers("a,\n1,2\n"), Headers::Empty);
    assert_eq!(headers("1,2\n3,4\n"), Headers::Missing);
    assert_eq!(headers("name,email,jo@example.org\nx,kim@example.org,ann@example.org\n"), Headers::Hidden);
}
