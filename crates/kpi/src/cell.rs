//! Cells: the groups of members whose totals are opened.

use serde::{Deserialize, Serialize};

/// A group of members by a public attribute of the roster.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Segment {
    /// Every member of the round.
    All,
    /// The members whose attribute has this value.
    Is {
        /// Attribute of the roster, e.g. `zip`.
        attribute: String,
        /// Its value, e.g. `78701`.
        value: String,
    },
}

/// A named group whose totals a round may open. Every opened cell is named in the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// What people read, e.g. `All members` or `zip 78701`.
    pub label: String,
    /// Which members belong to it.
    pub segment: Segment,
}

impl Cell {
    /// The cell of every member.
    pub fn all() -> Self {
        Self { label: "All members".to_owned(), segment: Segment::All }
    }

    /// The cell of the members with this attribute value.
    pub fn of(attribute: &str, value: &str) -> Self {
        let segment = Segment::Is { attribute: attribute.to_owned(), value: value.to_owned() };
        Self { label: format!("{attribute} {value}"), segment }
    }

    /// Whether a member with these attributes belongs to the cell.
    pub fn holds<'a>(&self, mut attributes: impl Iterator<Item = (&'a str, &'a str)>) -> bool {
        match &self.segment {
            Segment::All => true,
            Segment::Is { attribute, value } => attributes.any(|(a, v)| a == attribute && v == value),
        }
    }
}
