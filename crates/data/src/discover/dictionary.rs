//! Words that tell what a column holds: headers, special categories, first names, streets; in six languages.
//!
//! The lists are text files in `dictionary/`, one line a kind; where to add a word is nowhere else.

mod person;
mod telling;

pub(crate) use person::{Company, likeness};
pub(crate) use telling::{amount, numbering, remark};

use super::Kind;
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Heading {
    pub(crate) kind: Kind,
    /// It says so without doubt; otherwise the values have to agree.
    pub(crate) strong: bool,
}

/// Words that turn a header into something about the thing: `email_sent`, `card_type`, `phone_count`.
const ABOUT: [&str; 45] = [
    "count",
    "total",
    "flag",
    "has",
    "is",
    "type",
    "status",
    "template",
    "verified",
    "valid",
    "sent",
    "opt",
    "amount",
    "rate",
    "score",
    "service",
    "support",
    "method",
    "time",
    "at",
    "updated",
    "created",
    "modified",
    "subject",
    "body",
    "brand",
    "network",
    "expiry",
    "model",
    "version",
    "class",
    "charge",
    "charges",
    "cost",
    "anzahl",
    "nombre",
    "numero",
    "product",
    "produkt",
    "file",
    "column",
    "table",
    "event",
    "company",
    "paperless",
];

static HEADERS: LazyLock<HashMap<String, Heading>> = LazyLock::new(|| {
    let mut headers = HashMap::new();
    for (kind, words) in lines(include_str!("dictionary/headers.txt")) {
        let Some(kind) = Kind::from_key(kind) else { continue };
        for word in words.split('|').map(str::trim) {
            let heading = Heading { kind, strong: !word.starts_with('~') };
            headers.entry(folded(word.trim_start_matches('~'))).or_insert(heading);
        }
    }
    headers
});

fn lines(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(':'))
}

/// What a header says: all of it, or the longest part of it that the dictionary knows.
pub(crate) fn heading(header: &str) -> Option<Heading> {
    if header.len() > 120 {
        return None;
    }
    let folded = folded(header);
    let plain = folded.trim_end_matches(|c: char| c.is_ascii_digit()).trim();
    if let Some(heading) = HEADERS.get(&folded).or_else(|| HEADERS.get(plain)) {
        return Some(*heading);
    }
    let words: Vec<&str> = plain.split(' ').collect();
    let about = words.iter().any(|word| ABOUT.contains(word));
    let part = |length: usize| {
        words.windows(length).rev().find_map(|part| {
            let heading = HEADERS.get(&part.join(" "))?;
            let long = part.iter().map(|word| word.len()).sum::<usize>() > 2;
            long.then_some(Heading { kind: heading.kind, strong: heading.strong && !about })
        })
    };
    (1..words.len().min(5)).rev().find_map(part)
}

/// A header as small letters without accents, its words joined by single spaces.
fn folded(header: &str) -> String {
    let mut folded = String::with_capacity(header.len() + 4);
    let mut small = false;
    for c in header.chars() {
        if !c.is_alphanumeric() {
            push_space(&mut folded);
            small = false;
            continue;
        }
        if c.is_uppercase() && small {
            push_space(&mut folded);
        }
        small = c.is_lowercase();
        c.to_lowercase().for_each(|c| folded.push_str(bare(c).encode_utf8(&mut [0; 4])));
    }
    folded.trim_end().to_owned()
}

fn push_space(text: &mut String) {
    if !text.is_empty() && !text.ends_with(' ') {
        text.push(' ');
    }
}

/// A letter without its accent.
const fn bare(c: char) -> char {
    match c {
        'à'..='å' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' => 'n',
        'ò'..='ö' | 'ø' => 'o',
        'ù'..='ü' => 'u',
        'ý' | 'ÿ' => 'y',
        c => c,
    }
}

/// Words looked for in text, each whole or as a beginning.
struct Lexicon {
    automaton: Option<AhoCorasick>,
    meanings: Vec<(Kind, bool)>,
}

static SPECIAL: LazyLock<Lexicon> = LazyLock::new(|| lexicon(include_str!("dictionary/special.txt")));
static PLACES: LazyLock<HashMap<&str, Kind>> = LazyLock::new(|| {
    let words = lines(include_str!("dictionary/places.txt"))
        .filter_map(|(kind, words)| Some((Kind::from_key(kind)?, words)))
        .flat_map(|(kind, words)| words.split_whitespace().map(move |word| (word, kind)));
    words.collect()
});

fn lexicon(text: &'static str) -> Lexicon {
    let (mut patterns, mut meanings) = (Vec::new(), Vec::new());
    for (kind, words) in lines(text) {
        let Some(kind) = Kind::from_key(kind) else { continue };
        for word in words.split_whitespace() {
            patterns.push(word.trim_end_matches('*').replace('-', " "));
            meanings.push((kind, word.ends_with('*')));
        }
    }
    let automaton = AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(&patterns).ok();
    Lexicon { automaton, meanings }
}

/// The special categories that words of a text name.
pub(crate) fn special(text: &str) -> BTreeSet<Kind> {
    let Some(automaton) = SPECIAL.automaton.as_ref() else { return BTreeSet::new() };
    let text = text.to_lowercase().replace(['-', '_'], " ");
    let hit = |hit: aho_corasick::Match| {
        let (kind, open) = SPECIAL.meanings.get(hit.pattern().as_usize())?;
        let starts = !text[..hit.start()].chars().next_back().is_some_and(char::is_alphanumeric);
        let ends = *open || !text[hit.end()..].chars().next().is_some_and(char::is_alphanumeric);
        (starts && ends).then_some(*kind)
    };
    automaton.find_overlapping_iter(&text).filter_map(hit).collect()
}

/// The kind of column in which a value is at home, such as a country.
pub(crate) fn place(value: &str) -> Option<Kind> {
    PLACES.get(value.trim().to_lowercase().replace([' ', '_'], "-").as_str()).copied()
}

static NAMES: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("dictionary/names.txt").lines().skip(1).flat_map(str::split_whitespace).collect());

/// How many of the words of a value are common first names, and how many words there are; none if it is no name.
pub(crate) fn first_names(value: &str) -> Option<(usize, usize)> {
    let letters = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '.' | ',' | '’');
    if value.len() > 60 || !value.chars().all(letters) {
        return None;
    }
    let lower = value.to_lowercase();
    let words: Vec<&str> = lower.split([' ', ',', '-', '.']).filter(|word| !word.is_empty()).collect();
    let known = words.iter().filter(|word| NAMES.contains(*word)).count();
    (1..=5).contains(&words.len()).then_some((known, words.len()))
}

struct Streets {
    words: HashSet<&'static str>,
    endings: Vec<&'static str>,
}

static STREETS: LazyLock<Streets> = LazyLock::new(|| {
    let all = include_str!("dictionary/streets.txt").lines().skip(1).flat_map(str::split_whitespace);
    let (endings, words): (Vec<_>, Vec<_>) = all.partition(|word| word.starts_with('*'));
    let endings = endings.into_iter().map(|word| word.trim_start_matches('*')).collect();
    Streets { words: words.into_iter().collect(), endings }
});

/// Whether a value has a word for a street and a number.
pub(crate) fn street(value: &str) -> bool {
    if value.len() > 200 || !value.contains(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let lower = value.to_lowercase();
    let street = |word: &str| {
        STREETS.words.contains(word) || STREETS.endings.iter().any(|end| word.len() > end.len() && word.ends_with(end))
    };
    lower
        .split([' ', ',', '\n'])
        .any(|word| street(word) || street(word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_lists_names_a_kind() {
        let files = [
            include_str!("dictionary/headers.txt"),
            include_str!("dictionary/special.txt"),
            include_str!("dictionary/places.txt"),
        ];
        for line in files.into_iter().flat_map(str::lines).filter(|line| !line.starts_with('#')) {
            let (kind, words) = line.split_once(':').expect("kind: words");
            assert!(Kind::from_key(kind).is_some() && !words.trim().is_empty(), "{kind}");
        }
    }

    #[test]
    fn headers_of_six_languages() {
        let cases = [
            ("E-Mail", Kind::Email),
            ("customerEmail", Kind::Email),
            ("Numéro de téléphone", Kind::Phone),
            ("GEBURTSDATUM", Kind::BirthDate),
            ("fecha_nacimiento", Kind::BirthDate),
            ("Codice Fiscale", Kind::ItalianCode),
            ("Achternaam", Kind::LastName),
            ("Postleitzahl", Kind::PostalCode),
            ("billing_zip_code", Kind::PostalCode),
            ("Straße", Kind::Street),
            ("native-country", Kind::Country),
            ("phone2", Kind::Phone),
            ("CustomerID", Kind::PersonNumber),
        ];
        for (header, kind) in cases {
            let heading = heading(header).unwrap_or_else(|| panic!("{header}"));
            assert_eq!((heading.kind, heading.strong), (kind, true), "{header}");
        }
        assert_eq!(heading("name").map(|heading| heading.strong), Some(false));
        assert_eq!(heading("phone_service").map(|heading| heading.strong), Some(false));
        for header in ["quantity", "unit_price", "stock code", "x", ""] {
            assert_eq!(heading(header), None, "{header}");
        }
    }

    #[test]
    fn special_categories_by_word() {
        assert_eq!(special("Type 2 Diabetes"), BTreeSet::from([Kind::Health]));
        assert_eq!(special("römisch-katholisch"), BTreeSet::from([Kind::Religion]));
        assert_eq!(special("Schwangerschaft"), BTreeSet::from([Kind::Health]));
        assert!(special("gaylord aidsville").is_empty());
    }

    #[test]
    fn names_and_streets() {
        assert_eq!(first_names("Jean-Pierre Dupont"), Some((2, 3)));
        assert_eq!(first_names("4711"), None);
        assert!(street("Hauptstraße 5") && street("12 Rue de la Paix") && street("221b Baker Street"));
        assert!(!street("Hauptstraße") && !street("12 monkeys"));
        assert_eq!(place("United-States"), Some(Kind::Country));
    }
}
