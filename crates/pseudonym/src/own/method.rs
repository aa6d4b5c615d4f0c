//! The methods and what each of them risks, in plain words and in one place.

use std::fmt;

/// How a value is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Deterministic encryption.
    AesSiv,
    /// Encryption that keeps length and alphabet.
    Ff1,
    /// Dates moved by days that are the same for one subject.
    DateShift,
    /// A random token, remembered in a vault.
    Token,
    /// A keyed hash of a single owner.
    KeyedHash,
    /// The column is left out.
    Remove,
}

/// What a method risks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Risk {
    /// The risk in a few words, shown beside the method's name.
    pub label: &'static str,
    /// Who can get the value back.
    pub undone_by: &'static str,
    /// What still shows.
    pub shows: &'static str,
    /// What happens if the key or vault gets out.
    pub leaked: &'static str,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 6] = [Self::AesSiv, Self::Ff1, Self::DateShift, Self::Token, Self::KeyedHash, Self::Remove];

    /// Its name in a policy.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AesSiv => "aes-siv",
            Self::Ff1 => "ff1",
            Self::DateShift => "date-shift",
            Self::Token => "token",
            Self::KeyedHash => "keyed-hash",
            Self::Remove => "remove",
        }
    }

    /// The method with this name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// Whether it needs a key file.
    pub const fn has_key(self) -> bool {
        !matches!(self, Self::Token | Self::Remove)
    }

    /// What it risks.
    pub const fn risk(self) -> Risk {
        match self {
            Self::AesSiv => Risk {
                label: "reversible with the key; equal values look equal",
                undone_by: "whoever holds the key file",
                shows: "which rows hold the same value, how often, and how long it is; a frequent value can be guessed \
                        from its frequency",
                leaked: "every value is read at once, in all files ever written with the key",
            },
            Self::Ff1 => Risk {
                label: "reversible with the key; looks like a real value",
                undone_by: "whoever holds the key file",
                shows: "which rows hold the same value, its exact length, and nothing that says it is a pseudonym; \
                        short values (few million possible ones) are the weakest case",
                leaked: "every value is read at once, in all files ever written with the key",
            },
            Self::DateShift => Risk {
                label: "weak: dates stay within a few days, intervals stay exact",
                undone_by: "whoever holds the key file, or knows one true date of a person",
                shows: "the days between a person's dates exactly, the time of day, and each date to within the \
                        stated days; a known sequence of visits singles a person out",
                leaked: "every date is moved back at once",
            },
            Self::Token => Risk {
                label: "reversible with the vault; equal values look equal",
                undone_by: "whoever holds the vault",
                shows: "which rows hold the same value and how often",
                leaked: "every value is read at once; without the vault a token says nothing, not even by trying values",
            },
            Self::KeyedHash => Risk {
                label: "single owner only; undone by trying all values with the key",
                undone_by: "whoever holds the key file, by trying all values: a thousand million telephone numbers \
                            take minutes",
                shows: "which rows hold the same value and how often",
                leaked: "every value that can be guessed is read; never share the key among members",
            },
            Self::Remove => Risk {
                label: "the values are gone",
                undone_by: "nobody",
                shows: "nothing of the column; other columns may still single a person out",
                leaked: "there is no key",
            },
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
