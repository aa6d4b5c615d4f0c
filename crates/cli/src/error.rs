//! The one error type of the command line: problems with a code, a place and a remedy.

use crate::codes;
use serde::Serialize;
use std::fmt;
use std::path::Path;

/// How many problems are written out for people; `--json` carries all that were collected.
const SHOWN: usize = 10;

/// The kinds of failure, each with its stable exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Anything without a better kind, such as a full disk.
    Failure,
    /// The command line was not understood.
    Usage,
    /// A study or data file is not valid.
    DataInvalid,
    /// A key is missing, wrong or not authorised.
    Key,
    /// Too few trustees or members took part; may work later.
    TooFewParties,
    /// The privacy policy or budget refuses it.
    Refused,
    /// Something was altered, or someone did not keep to the protocol.
    VerificationFailed,
    /// It exists already, with other content.
    Conflict,
    /// A temporary obstacle; the same command may succeed later.
    TryAgain,
    /// Stopped by the user.
    Interrupted,
}

impl Kind {
    /// Every kind, in the order of the exit codes.
    pub const ALL: [Self; 10] = [
        Self::Failure,
        Self::Usage,
        Self::DataInvalid,
        Self::Key,
        Self::TooFewParties,
        Self::Refused,
        Self::VerificationFailed,
        Self::Conflict,
        Self::TryAgain,
        Self::Interrupted,
    ];

    /// The exit code.
    pub const fn exit(self) -> u8 {
        match self {
            Self::Failure => 1,
            Self::Usage => 2,
            Self::DataInvalid => 3,
            Self::Key => 4,
            Self::TooFewParties => 5,
            Self::Refused => 6,
            Self::VerificationFailed => 7,
            Self::Conflict => 8,
            Self::TryAgain => 75,
            Self::Interrupted => 130,
        }
    }

    /// The kind with this exit code.
    pub fn from_exit(exit: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.exit() == exit)
    }
}

/// Where a problem is: a file, and as far as known the line, the column and the line's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file as the user named it, or another place in words.
    pub file: String,
    /// Line, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Column: a number counted from 1 in text files, the column's name in tables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The text of that line. Never set for members' data.
    #[serde(skip)]
    pub source: Option<String>,
}

impl Place {
    /// A whole file.
    pub fn file(path: &Path) -> Self {
        Self { file: path.display().to_string(), line: None, column: None, source: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        match &self.column {
            Some(column) if column.bytes().all(|b| b.is_ascii_digit()) => write!(f, ":{column}"),
            Some(column) => write!(f, ", column {column:?}"),
            None => Ok(()),
        }
    }
}

/// One thing that is wrong, in plain words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Code, explained by `guildhall explain`.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// Where.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Why it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// How to mend it.
    #[serde(rename = "try", skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Problem {
    /// A problem with a code and a message.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), place: None, why: None, remedy: None }
    }

    /// Says where it is.
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Says why it matters.
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// Says how to mend it.
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// The kind its code belongs to.
    pub fn kind(&self) -> Kind {
        codes::find_code(&self.code).map_or(Kind::Failure, |code| code.kind)
    }
}

/// Why a command failed: at least one problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    problems: Vec<Problem>,
    total: u64,
}

impl Failure {
    /// A failure with these problems, the most important first; `None` if there is none.
    pub fn of(problems: Vec<Problem>) -> Option<Self> {
        let total = problems.len() as u64;
        (total > 0).then_some(Self { problems, total })
    }

    /// Adds what else follows from it; the exit code stays.
    pub(crate) fn also(mut self, problem: Problem) -> Self {
        self.problems.push(problem);
        self.total += 1;
        self
    }

    /// States how many problems there are where not all of them were collected.
    pub fn of_total(mut self, total: u64) -> Self {
        self.total = total.max(self.problems.len() as u64);
        self
    }

    /// The problems that were collected.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The exit code: that of the first problem.
    pub fn exit(&self) -> u8 {
        self.problems.first().map_or(Kind::Failure, Problem::kind).exit()
    }

    /// The text for people: the first ten problems, how many more there are, and where to read on.
    pub fn render(&self) -> String {
        use fmt::Write;
        let mut text = String::new();
        for problem in self.problems.iter().take(SHOWN) {
            text.push_str(&rendered(problem));
            text.push('\n');
        }
        let hidden = self.total - self.problems.len().min(SHOWN) as u64;
        if hidden > 0 {
            let collected = if self.problems.len() > SHOWN { " (--json lists them)" } else { "" };
            let _ = writeln!(text, "... and {hidden} more{collected}\n");
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
        text
    }

    /// The JSON object for programs, on one line: `guildhall/error/v1`.
    pub fn to_json(&self) -> String {
        let first = self.problems.first();
        let object = serde_json::json!({
            "schema": "guildhall/error/v1",
            "ok": false,
            "exit": self.exit(),
            "code": first.map(|p| &p.code),
            "message": first.map(|p| &p.message),
            "where": first.and_then(|p| p.place.as_ref()),
            "try": first.and_then(|p| p.remedy.as_ref()),
            "count": self.total,
            "problems": self.problems,
        });
        format!("{object}\n")
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem], total: 1 }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render())
    }
}

impl std::error::Error for Failure {}

fn rendered(problem: &Problem) -> String {
    let red = anstyle::AnsiColor::Red.on_default().bold();
    let dim = anstyle::Style::new().dimmed();
    let mut text = format!("{red}error[{}]{red:#}: {}\n", problem.code, problem.message);
    let mut line = |label: &str, value: &str| text.push_str(&format!("{dim}{label:>6}:{dim:#} {value}\n"));
    if let Some(place) = &problem.place {
        line("where", &place.to_string());
        if let Some(source) = place.source.as_deref().map(str::trim).filter(|s| !s.is_empty()) {
            line("line", source);
        }
    }
    if let Some(why) = &problem.why {
        line("why", why);
    }
    if let Some(remedy) = &problem.remedy {
        line("try", remedy);
    }
    line("more", &format!("guildhall explain {}", problem.code));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn twelve() -> Failure {
        let problems = (0..12).map(|i| Problem::new("S0101", format!("problem {i}"))).collect();
        Failure::of(problems).expect("twelve problems")
    }

    #[test]
    fn shows_ten_and_counts_the_rest() {
        let text = twelve().render();
        assert_eq!(text.matches("problem ").count(), 10);
        assert!(text.ends_with("... and 2 more (--json lists them)\n"), "{text}");
        assert!(twelve().of_total(500).render().contains("... and 490 more"));
    }

    #[test]
    fn json_carries_all_of_them() {
        let json: serde_json::Value = serde_json::from_str(&twelve().to_json()).expect("valid JSON");
        assert_eq!(json["count"], 12);
        assert_eq!(json["exit"], 3);
        assert_eq!(json["problems"].as_array().map(Vec::len), Some(12));
    }

    #[test]
    fn exit_codes_are_distinct_and_stable() {
        let exits: Vec<u8> = Kind::ALL.into_iter().map(Kind::exit).collect();
        assert_eq!(exits, [1, 2, 3, 4, 5, 6, 7, 8, 75, 130]);
        assert!(Kind::ALL.into_iter().all(|kind| Kind::from_exit(kind.exit()) == Some(kind)));
    }

    #[test]
    fn a_place_reads_as_editors_expect() {
        let mut place = Place::file(Path::new("study.toml"));
        place.line = Some(14);
        place.column = Some("3".to_owned());
        assert_eq!(place.to_string(), "study.toml:14:3");
        place.column = Some("net sales".to_owned());
        assert_eq!(place.to_string(), "study.toml:14, column \"net sales\"");
    }
}
