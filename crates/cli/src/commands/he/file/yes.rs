//! Which cells count as yes and which as no. Nothing is guessed: a text that was not named stops the upload.

use crate::Problem;
use crate::study::section::Section;
use crate::study::source::Source;
use guildhall_data::{ColumnSpec, Kind};

/// What a cell of a share means.
#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub(in crate::commands::he) enum Yes {
    /// The column says yes or no itself.
    Bool,
    /// These texts mean yes, those no.
    Texts {
        /// Yes.
        yes: Vec<String>,
        /// No; every other text where absent.
        no: Option<Vec<String>>,
    },
}

impl Yes {
    /// What a text means, if anything.
    pub(in crate::commands::he) fn of(&self, text: &str) -> Option<bool> {
        let Self::Texts { yes, no } = self else { return None };
        match no {
            _ if yes.iter().any(|one| one == text) => Some(true),
            Some(no) => no.iter().any(|one| one == text).then_some(false),
            None => Some(false),
        }
    }
}

/// Reads `yes` and `no` of a share over this column.
pub(super) fn read(source: &mut Source<'_>, section: &mut Section<'_>, column: &ColumnSpec) -> Option<Yes> {
    let (has_yes, has_no) = (section.has("yes"), section.has("no"));
    let yes = section.texts(source, "yes").map(plain);
    let others = section.value("no").is_some_and(|value| value.get_ref().as_str() == Some("others"));
    let no = if others { None } else { section.texts(source, "no").map(plain) };
    let mut refuse = |key: &str, what: String, remedy: &str| {
        source.mistake(&section.span_of(key), Problem::new("S0641", what).remedy(remedy));
        None
    };
    let name = &column.name;
    match column.kind {
        Kind::Bool if !has_yes && !has_no => Some(Yes::Bool),
        Kind::Bool => {
            let key = if has_yes { "yes" } else { "no" };
            refuse(key, format!("column {name:?} is bool, which says yes or no itself"), "leave out yes and no")
        }
        Kind::Decimal { .. } | Kind::Date { .. } => {
            let what = format!("column {name:?} holds decimals or dates, not yes or no");
            refuse("column", what, "name a column of type bool, text or integer")
        }
        Kind::Text | Kind::Integer if !has_yes => {
            refuse("column", format!("nothing says which cells of {name:?} count as yes"), "add yes = [\"Yes\"]")
        }
        Kind::Text | Kind::Integer if !has_no => {
            let remedy = "add no = [\"No\"]; or no = \"others\", if every text but those of yes counts as no";
            refuse("yes", format!("nothing says which cells of {name:?} count as no"), remedy)
        }
        Kind::Text | Kind::Integer => {
            let (yes, no) = (yes?, if others { None } else { Some(no?) });
            let lists = [Some(&yes), no.as_ref()];
            if lists.into_iter().flatten().any(|list| list.is_empty() || list.iter().any(String::is_empty)) {
                return refuse("yes", "a list of texts is empty, or holds an empty text".into(), "yes = [\"Yes\"]");
            }
            match no.iter().flatten().find(|text| yes.contains(text)) {
                Some(both) => refuse("no", format!("{both:?} counts as yes and as no"), "leave it out of one list"),
                None => Some(Yes::Texts { yes, no }),
            }
        }
    }
}

fn plain(texts: Vec<toml::Spanned<String>>) -> Vec<String> {
    texts.into_iter().map(|text| text.into_inner().trim().to_owned()).collect()
}
