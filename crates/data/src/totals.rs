//! Rows of totals: the words that announce them in the exports of tills and spreadsheets, in six languages.
//!
//! Assumption: words that name a sum and nothing else ("Zwischensumme") are never a business; words that may also be
//! a name ("Total", "Suma") count only in the last row, in a row with gaps, or where a date or number belongs. Not
//! here: totals without any such word, which no reader can tell from data.

use crate::codes;
use crate::problem::{Flaw, quoted};
use crate::spec::{ColumnSpec, Kind};

/// How surely a text announces totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// It can mean nothing else.
    Certain,
    /// It may also be somebody's name.
    Likely,
}

/// Words that mean totals alone, or with more text behind them: `Summe F00`.
const CERTAIN: &[&str] = &[
    // English
    "grand total",
    "subtotal",
    "sub-total",
    "sub total",
    "overall total",
    "carried forward",
    "brought forward",
    // German
    "summe",
    "zwischensumme",
    "gesamtsumme",
    "endsumme",
    "teilsumme",
    "gesamtergebnis",
    "teilergebnis",
    "insgesamt",
    "übertrag",
    // French
    "total général",
    "total general",
    "sous-total",
    "sous total",
    "somme totale",
    // Spanish and Italian
    "suma total",
    "totale generale",
    "totale complessivo",
    "totale parziale",
    "subtotale",
    "somma totale",
    // Dutch
    "eindtotaal",
    "subtotaal",
    "totaal generaal",
];

/// Words that mean totals only where nothing stands behind them, and may even then be a name.
const LIKELY: &[&str] = &[
    "total",
    "totals",
    "sum",
    "all shops",
    "all stores",
    "all branches",
    "gesamt",
    "alle filialen",
    "alle standorte",
    "somme",
    "totaux",
    "suma",
    "totales",
    "totale",
    "totali",
    "somma",
    "totaal",
    "som",
    "alle vestigingen",
];

/// What makes a name unlikely after `Total`: `Total for shop 3`, `Total der Filiale`.
const LINKS: &[&str] = &["of", "for", "all", "de", "des", "du", "del", "di", "der", "alle", "per", "voor", "van"];

/// Longest text that is looked at; longer ones are descriptions.
const LONGEST: usize = 80;

/// Whether the text of a cell announces totals.
pub(crate) fn sign(text: &str) -> Option<Sign> {
    if text.len() > LONGEST || !text.starts_with(|c: char| c.is_alphabetic() || c.is_whitespace()) {
        return None;
    }
    let plain = text.trim().trim_end_matches([':', '.', '=']).trim_end().to_lowercase();
    // A combining diaeresis or acute accent, as macOS writes them.
    let plain = plain.replace("u\u{308}", "ü").replace("e\u{301}", "é");
    if CERTAIN.iter().any(|words| begins(&plain, words).is_some()) {
        return Some(Sign::Certain);
    }
    let linked = |rest: &str| rest.split_whitespace().next().is_some_and(|word| LINKS.contains(&word));
    let likely = LIKELY.contains(&plain.as_str()) || begins(&plain, "total").is_some_and(linked);
    likely.then_some(Sign::Likely)
}

/// What stands behind the words, if the text begins with them as whole words.
fn begins<'a>(text: &'a str, words: &str) -> Option<&'a str> {
    text.strip_prefix(words).filter(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-'))
}

/// What to say of such a row, with a skip rule for this very column.
pub(crate) fn flaw(column: &ColumnSpec, text: &str) -> Flaw {
    let message = format!("the row looks like totals: {}", quoted(text));
    let remedy = match column.kind {
        Kind::Text => format!("remove the row, or name a skip rule such as when = {:?}", condition(&column.name, text)),
        _ => format!(
            "remove the row, or name the skip rule problem = {:?}, which leaves out every row without a sound value there",
            column.name
        ),
    };
    Flaw::new(codes::TOTAL_ROW, message, remedy)
}

/// `shop = 'Total'`, with quotation marks where SQL wants them.
fn condition(column: &str, text: &str) -> String {
    let plain = column.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && column.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let name = if plain { column.to_owned() } else { format!("\"{}\"", column.replace('"', "\"\"")) };
    format!("{name} = '{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_in_six_languages_and_no_business() {
        let certain =
            ["Zwischensumme", "Insgesamt:", "Total g\u{e9}n\u{e9}ral", "\u{dc}bertrag", "U\u{308}bertrag", "SUMME F00"];
        let more = ["Subtotal shop 3", "Sous-total", "Totale generale", "Eindtotaal", " grand total: ", "Suma total"];
        for text in certain.iter().chain(&more) {
            assert_eq!(sign(text), Some(Sign::Certain), "{text}");
        }
        for text in [
            "Somme",
            "Alle Filialen",
            "Total",
            "TOTAL:",
            "total for F00",
            "Totaal",
            "Suma",
            "Sum",
            "Total des filiales",
        ] {
            assert_eq!(sign(text), Some(Sign::Likely), "{text}");
        }
        let names = [
            "Total Wine",
            "TotalEnergies",
            "Suma Foods",
            "Summer House",
            "Somme Bakery",
            "Gesamtschule",
            "Summers",
            "",
            "1",
        ];
        let more = ["Summe-und-Partner", "Sumner", "\u{dc}bertragung", "Allen", "Som Thai", "Totally Tea", "x Total"];
        for text in names.iter().chain(&more) {
            assert_eq!(sign(text), None, "{text}");
        }
    }
}
