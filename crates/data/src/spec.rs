//! What a study says about its table: columns, format, what to skip.
//!
//! Modelled on column metadata in the manner of CSVW (types, required, null). Everything that could be read in two
//! ways is said here once, so that the loader never guesses. Not here: reading.

use crate::codes;
use crate::problem::{Error, Flaw, Problems};
use crate::sql;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The table every file of a study is read into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableSpec {
    /// The columns the study uses; others are ignored and listed.
    pub columns: Vec<ColumnSpec>,
    /// How text files are written.
    #[serde(default)]
    pub format: Format,
    /// The sheet of a workbook; needed where it has several.
    #[serde(default)]
    pub sheet: Option<String>,
    /// Rows that are left out, with the reason that is reported.
    #[serde(default)]
    pub skip: Vec<SkipRule>,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnSpec {
    /// Its name in the header, exactly.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether a field may be empty.
    #[serde(default)]
    pub empty: Empty,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Kind {
    /// Text, taken as it is.
    Text,
    /// A whole number.
    Integer,
    /// A number with a fixed number of decimals, stored as a whole number of its last decimal (money as cents).
    Decimal {
        /// Decimals that are kept, at most 9.
        decimals: u8,
        /// What happens to further decimals.
        #[serde(default)]
        excess: Excess,
    },
    /// A date, or a date and time, stored as ISO text; a month stands for its first day.
    Date {
        /// How it is written.
        #[serde(default)]
        form: DateForm,
    },
    /// Yes or no: `true`, `false`, `yes`, `no`, `1`, `0`.
    Bool,
}

/// What happens to decimals beyond those of the column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Excess {
    /// The load stops.
    #[default]
    Refuse,
    /// The number is rounded, halves away from zero.
    Round,
}

/// How a date is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateForm {
    /// `2017-05`, `2017-05-31` or `2017-05-31 18:30:00`.
    #[default]
    Iso,
    /// As [`DateForm::Iso`], and an offset such as `Z` or `-0500` may follow; the time counts as written.
    IsoLocal,
    /// `31.05.2017` or `31/05/2017`, a time may follow.
    DayFirst,
    /// `05/31/2017`, a time may follow.
    MonthFirst,
    /// `20170531`.
    Compact,
}

/// Whether a field may be empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Empty {
    /// The load stops.
    #[default]
    Refuse,
    /// The value is NULL.
    Null,
}

/// How text files are written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Format {
    /// The delimiter; where absent, the one of comma, semicolon, tab and bar under which the header fits.
    pub delimiter: Option<char>,
    /// Whether decimals follow a comma.
    pub decimal_comma: bool,
    /// What may stand between groups of three digits; a blank also admits no-break spaces.
    pub thousands: Option<char>,
    /// The encoding.
    pub encoding: Encoding,
    /// Whether line breaks may occur inside quoted fields.
    pub line_breaks: bool,
    /// Lines (rows of a sheet) before the header.
    pub preamble: u32,
}

/// A text encoding by its name, e.g. `utf-8`, `windows-1252`, `latin-1`, `utf-16le`.
///
/// Names as in the WHATWG Encoding Standard, which reads `latin-1` as `windows-1252`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Encoding(pub(crate) &'static encoding_rs::Encoding);

impl Encoding {
    /// UTF-8, strictly.
    pub const UTF_8: Self = Self(encoding_rs::UTF_8);

    /// The encoding of that name; `None` if it is unknown.
    pub fn named(name: &str) -> Option<Self> {
        let name = if name.eq_ignore_ascii_case("latin-1") { "latin1" } else { name };
        encoding_rs::Encoding::for_label(name.as_bytes()).filter(|e| *e != encoding_rs::REPLACEMENT).map(Self)
    }
}

impl Default for Encoding {
    fn default() -> Self {
        Self::UTF_8
    }
}

impl TryFrom<String> for Encoding {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::named(&name).ok_or_else(|| format!("unknown encoding {name:?}: use \"utf-8\" or \"windows-1252\""))
    }
}

impl From<Encoding> for String {
    fn from(encoding: Encoding) -> Self {
        encoding.0.name().to_ascii_lowercase()
    }
}

/// Rows that the study leaves out; each is counted under its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "SkipText", into = "SkipText")]
pub struct SkipRule {
    /// Which rows.
    pub test: SkipTest,
    /// Why, as the report says it.
    pub reason: String,
}

/// Which rows are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SkipTest {
    /// Rows for which this SQL condition holds. It does not apply to a row whose field it reads is malformed.
    When(String),
    /// Rows whose field in this column is malformed or, where that is refused, empty.
    Problem(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SkipText {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    when: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    reason: String,
}

impl TryFrom<SkipText> for SkipRule {
    type Error = &'static str;

    fn try_from(text: SkipText) -> Result<Self, Self::Error> {
        let test = match (text.when, text.problem) {
            (Some(when), None) => SkipTest::When(when),
            (None, Some(column)) => SkipTest::Problem(column),
            _ => return Err("a skip rule has either `when` (an SQL condition) or `problem` (a column)"),
        };
        Ok(Self { test, reason: text.reason })
    }
}

impl From<SkipRule> for SkipText {
    fn from(rule: SkipRule) -> Self {
        let (when, problem) = match rule.test {
            SkipTest::When(when) => (Some(when), None),
            SkipTest::Problem(column) => (None, Some(column)),
        };
        Self { when, problem, reason: rule.reason }
    }
}

/// What a load may use at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Rows of all files together.
    pub rows: u64,
    /// Columns of a file.
    pub columns: usize,
    /// Bytes of one field.
    pub field: usize,
    /// Bytes of one text file, uncompressed.
    pub text_bytes: u64,
    /// Bytes of one workbook, uncompressed.
    pub workbook_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rows: 20_000_000, columns: 1_000, field: 64 << 10, text_bytes: 8 << 30, workbook_bytes: 1 << 30 }
    }
}

impl TableSpec {
    /// Checks every rule a table description must satisfy, without any file.
    ///
    /// # Errors
    /// [`Error::Study`] with everything that is wrong.
    pub fn check(&self) -> Result<(), Error> {
        let mut problems = Problems::default();
        self.check_columns(&mut problems);
        self.check_format(&mut problems);
        for rule in &self.skip {
            if let Err(flaw) = self.check_skip(rule) {
                problems.push(flaw.at("study", None, None));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Error::Study(problems)) }
    }

    /// The index of a column by its exact name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    fn check_columns(&self, problems: &mut Problems) {
        let mut push = |column: Option<&str>, message: String, remedy: &str| {
            problems.push(Flaw::new(codes::SPEC, message, remedy).at("study", None, column));
        };
        if self.columns.is_empty() || self.columns.len() > 500 {
            push(None, "the table has no column, or more than 500".into(), "describe the columns that the KPIs use");
        }
        let mut seen = BTreeSet::new();
        for column in &self.columns {
            let name = column.name.as_str();
            if name.is_empty() || name.len() > 200 || name.chars().any(char::is_control) {
                push(
                    Some(name),
                    "the column's name is empty, too long or unprintable".into(),
                    "copy it from the header",
                );
            }
            if !seen.insert(name.to_lowercase()) {
                push(Some(name), "two columns have this name".into(), "rename one of them (case does not count)");
            }
            if matches!(column.kind, Kind::Decimal { decimals, .. } if decimals > 9) {
                push(Some(name), "more than 9 decimals".into(), "use at most 9");
            }
        }
    }

    fn check_format(&self, problems: &mut Problems) {
        let Format { delimiter, decimal_comma, thousands, .. } = self.format;
        let mark = if decimal_comma { ',' } else { '.' };
        let unfit = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || "\"\r\n-.".contains(c) || c == '\0';
        if delimiter.is_some_and(|c| unfit(c) || (c.is_ascii_control() && c != '\t')) {
            let flaw = Flaw::new(codes::SPEC, "the delimiter cannot be used", "use one of , ; tab |");
            problems.push(flaw.at("study", None, None));
        }
        if thousands.is_some_and(|c| c == mark || !" .,'\u{2019}_".contains(c)) {
            let message = "the thousands separator is the decimal mark, or not one of blank . , ' _";
            problems
                .push(Flaw::new(codes::SPEC, message, "check `thousands` and `decimal_comma`").at("study", None, None));
        }
    }

    fn check_skip(&self, rule: &SkipRule) -> Result<(), Flaw> {
        if rule.reason.trim().is_empty() || rule.reason.len() > 200 {
            return Err(Flaw::new(
                codes::SPEC,
                "a skip rule has no reason, or a very long one",
                "say why, in a few words",
            ));
        }
        match &rule.test {
            SkipTest::When(condition) => {
                sql::check_condition(self, condition).map(|_| ()).map_err(|m| m.flaw(condition))
            }
            SkipTest::Problem(column) if self.position(column).is_none() => {
                let message = format!("the skip rule {:?} names the unknown column {column:?}", rule.reason);
                Err(Flaw::new(codes::SPEC, message, "name a column of the table"))
            }
            SkipTest::Problem(_) => Ok(()),
        }
    }
}
