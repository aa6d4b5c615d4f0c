//! Whether a value is written as a person's name is, and whether the words beside it are those of people or of things.
//!
//! The header "Name" stands over people and over products alike. What tells them apart: two or three words with
//! capitals, frequent given names and surnames, words of things, and what the other columns of the table are.

use super::{Heading, first_names, folded};
use crate::discover::{Kind, Likelihood};
use std::collections::HashSet;
use std::sync::LazyLock;

fn words(text: &'static str) -> HashSet<&'static str> {
    text.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).collect()
}

static SURNAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| words(include_str!("surnames.txt")));
static THINGS: LazyLock<HashSet<&str>> = LazyLock::new(|| words(include_str!("things.txt")));
static TRADE: LazyLock<HashSet<&str>> = LazyLock::new(|| words(include_str!("trade.txt")));

/// Small words inside names.
const PARTICLES: [&str; 31] = [
    "van", "von", "der", "den", "de", "di", "da", "del", "della", "dei", "degli", "dos", "das", "do", "la", "le",
    "los", "las", "du", "des", "y", "e", "i", "zu", "zum", "zur", "ter", "ten", "bin", "ibn", "al",
];
/// Longest value that is taken for a name, in bytes.
const LONGEST: usize = 60;

/// What the words of a value say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Likeness {
    /// It is written as names are.
    pub(crate) shaped: bool,
    /// A frequent given name or surname stands in it.
    pub(crate) known: bool,
    /// A word of a thing or of a company stands in it, and it does not start with a given name.
    pub(crate) thing: bool,
}

/// Looks at one value.
pub(crate) fn likeness(value: &str) -> Likeness {
    let value = value.trim();
    let lower = value.to_lowercase();
    let parts = || lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
    let given = parts().next().is_some_and(|word| first_names(word).is_some_and(|(known, _)| known > 0));
    let thing = !given && parts().any(|word| THINGS.contains(word));
    let shaped = shaped(value);
    let known = || given || parts().any(|word| SURNAMES.contains(word) || first_names(word).is_some_and(|n| n.0 > 0));
    Likeness { shaped, known: shaped && known(), thing }
}

/// One to five words of letters, each with a capital or a particle, or all of them in capitals; "Rossi, Maria" too.
fn shaped(value: &str) -> bool {
    let letters = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '.' | ',' | '’');
    if value.len() > LONGEST || !value.chars().all(letters) || value.matches(',').count() > 1 {
        return false;
    }
    let capital = |word: &str| word.trim_start_matches(['\'', '’']).chars().next().is_some_and(char::is_uppercase);
    let all: Vec<&str> = value.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let fits = |word: &str| capital(word) || PARTICLES.contains(&word.to_lowercase().as_str());
    (1..=5).contains(&all.len()) && all.iter().all(|word| fits(word)) && all.iter().any(|word| capital(word))
}

/// What a table is about, as far as a column "name" is concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Company {
    /// Addresses, numbers and dates of people stand beside it.
    People,
    /// Prices, stocks and articles stand beside it, and nothing of people.
    Things,
    /// Neither.
    #[default]
    Unknown,
}

impl Company {
    /// By the headers of a table.
    pub(crate) fn of<'h>(headers: impl Iterator<Item = &'h str> + Clone) -> Self {
        let personal =
            |header: &str| super::heading(header).is_some_and(|Heading { kind, strong }| strong && of_people(kind));
        let trade = |header: &str| folded(header).split(' ').any(|word| TRADE.contains(word));
        match () {
            () if headers.clone().any(personal) => Self::People,
            () if headers.clone().any(trade) => Self::Things,
            () => Self::Unknown,
        }
    }

    /// With what the values of another column turned out to be.
    pub(crate) fn beside(self, kind: Kind, likelihood: Likelihood) -> Self {
        if likelihood >= Likelihood::Likely && of_people(kind) { Self::People } else { self }
    }
}

/// Kinds that only people have, or that lists of people have.
const fn of_people(kind: Kind) -> bool {
    use Kind::*;
    !matches!(
        kind,
        Url | Ip
            | Mac
            | Device
            | Country
            | Region
            | City
            | PostalCode
            | Coordinates
            | Name
            | Password
            | Occupation
            | Education
            | Username
            | Health
            | Genetic
            | Biometric
            | Plate
            | BankAccount
            | Iban
            | Licence
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_written_as_names() {
        for name in [
            "Anna Müller",
            "Jean-Luc Lefèvre",
            "ROSSI MARIA",
            "García, Lucía",
            "Piet van den Berg",
            "J. O'Neil",
            "Nguyen",
        ] {
            let like = likeness(name);
            assert!(like.shaped && !like.thing, "{name}: {like:?}");
        }
        for thing in [
            "wireless mouse",
            "HDMI cable 2m",
            "T-Shirt (blue)",
            "K-4711",
            "",
            "a, b, c",
            "Wireless and fast and cheap and new mouse",
        ] {
            assert!(!likeness(thing).shaped, "{thing}");
        }
        for thing in ["Wireless Mouse", "Espresso Maschine", "Lampe Bureau", "Müller GmbH", "Camiseta Negra"] {
            assert!(likeness(thing).thing, "{thing}");
        }
        assert!(likeness("Jack Black").known && !likeness("Jack Black").thing);
        assert!(likeness("Xq Fernández").known && !likeness("Xq Zzyx").known);
    }

    #[test]
    fn tables_of_people_and_of_things() {
        let of = |headers: &[&'static str]| Company::of(headers.iter().copied());
        assert_eq!(of(&["id", "Name", "E-Mail"]), Company::People);
        assert_eq!(of(&["Nom", "prix unitaire", "stock"]), Company::Things);
        assert_eq!(of(&["Name", "Phone", "price"]), Company::People, "an order names people");
        assert_eq!(of(&["Name", "x"]), Company::Unknown);
        assert_eq!(Company::Things.beside(Kind::Email, Likelihood::VeryLikely), Company::People);
        assert_eq!(Company::Things.beside(Kind::Email, Likelihood::Possible), Company::Things);
    }
}
