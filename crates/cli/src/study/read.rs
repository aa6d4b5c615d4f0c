//! Reads a study file, section by section, noting every mistake.
//!
//! Sections are read in the order in which they refer to each other, whatever their order in the
//! file, so that a reference is checked where it is read and its place is at hand.

mod ceiling;
pub(crate) mod concentration;
pub(crate) mod data;
mod data_set;
mod edges;
mod kpi;
mod member;
mod period;
mod policy;
mod privacy;
mod trustees;

pub(crate) use ceiling::ceiling;

use super::model::{Policy, Study};
use super::section::Section;
use super::source::Source;
use crate::{Failure, Place, Problem};
use guildhall_data::{Error, SqlMistake, check_extraction};
use std::io::Read;
use std::path::Path;
use toml::de::DeTable;

/// Longest study file that is read.
const LONGEST: u64 = 1 << 20;

impl Study {
    /// Reads and checks a study file.
    ///
    /// # Errors
    /// Every mistake in it, with line, column and remedy; or why the file cannot be read.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        Self::parse(path, &Self::text(path)?)
    }

    /// Reads the text of a study file without checking it.
    ///
    /// # Errors
    /// Why the file cannot be read: missing, too long, not UTF-8.
    pub fn text(path: &Path) -> Result<String, Failure> {
        text_or(path, LONGEST, "check the name; `guildhall study new` writes a study to start from")
    }

    /// Checks the text of a study file; `path` is only used to say where a mistake is.
    ///
    /// # Errors
    /// Every mistake, with line, column and remedy.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Failure> {
        parse_file(path, text, study)
    }
}

/// Reads the text of a TOML file with a function that notes every mistake.
///
/// # Errors
/// Every mistake, with line, column and remedy.
pub(crate) fn parse_file<T>(
    path: &Path,
    text: &str,
    read: impl FnOnce(&mut Source<'_>, Section<'_>) -> Option<T>,
) -> Result<T, Failure> {
    let mut source = Source::new(path, text);
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let problem = Problem::new("S0101", format!("this is not TOML: {}", error.message()))
            .remedy("write `key = value` lines under `[section]` headings; texts stand in \"quotes\"");
        source.mistake(&error.span().unwrap_or_default(), problem);
    }
    let whole = errors.is_empty().then(|| Section::new("the file", 0..0, root.get_ref()));
    let found = whole.and_then(|root| read(&mut source, root));
    match (source.failure(), found) {
        (Some(failure), _) => Err(failure),
        (None, Some(found)) => Ok(found),
        (None, None) => Err(Problem::new("S0103", "the file is not complete").at(Place::file(path)).into()),
    }
}

/// What to do about a file that cannot be read.
const CHECK_NAME: &str = "check the name, and that you may read it";

/// Reads a text file of at most so many bytes.
///
/// # Errors
/// Why it cannot be read: missing, no plain file, too long, not UTF-8.
pub(crate) fn text_of_file(path: &Path, longest: u64) -> Result<String, Failure> {
    text_or(path, longest, CHECK_NAME)
}

/// As [`text_of_file`]; `remedy` says what to do where the file cannot be read.
///
/// # Errors
/// As there.
pub(crate) fn text_or(path: &Path, longest: u64, remedy: &str) -> Result<String, Failure> {
    let bytes = bytes_or(path, longest, remedy)?;
    String::from_utf8(bytes).map_err(|error| unreadable(path, format!("it is not UTF-8 text: {error}"), remedy))
}

/// Reads a file of at most so many bytes.
///
/// # Errors
/// Why it cannot be read: missing, no plain file, too long.
pub(crate) fn bytes_of_file(path: &Path, longest: u64) -> Result<Vec<u8>, Failure> {
    bytes_or(path, longest, CHECK_NAME)
}

fn bytes_or(path: &Path, longest: u64, remedy: &str) -> Result<Vec<u8>, Failure> {
    let unreadable = |why: String| unreadable(path, why, remedy);
    // Opening a pipe would wait for whoever writes into it.
    let found = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    if !found.is_file() {
        return Err(unreadable("it is a folder, a pipe or a device, and not a file".to_owned()));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| unreadable(error.to_string()))?;
    file.take(longest + 1).read_to_end(&mut bytes).map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > longest {
        return Err(unreadable(format!("it is too long (more than {longest} bytes)")));
    }
    Ok(bytes)
}

fn unreadable(path: &Path, why: String, remedy: &str) -> Failure {
    let problem = Problem::new("U0004", "the file cannot be read").at(Place::file(path)).why(why);
    problem.remedy(remedy).into()
}

/// Every section of a study file.
const SECTIONS: [&str; 10] =
    ["study", "period", "member", "data", "kpi", "trustees", "policy", "privacy", "disclosure", "data_set"];

fn study(source: &mut Source<'_>, mut root: Section<'_>) -> Option<Study> {
    let header = sub(source, &mut root, "study", "[study]").and_then(|section| header(source, section));
    let before = source.count();
    let data = sub(source, &mut root, "data", "[data]").map(|section| data::read(source, section));
    let understood = source.count() == before;
    let columns = data.as_ref().map(|data| data.columns.as_slice()).unwrap_or_default();
    let period = root.section(source, "period", "[period]").map(|section| period::read(source, section, columns));
    let member =
        sub(source, &mut root, "member", "[member]").and_then(|section| member::read(source, section, columns));
    let trustees_section = root.section(source, "trustees", "[trustees]");
    let trustees = trustees::read(source, trustees_section);
    let privacy_section = root.section(source, "privacy", "[privacy]");
    // A section that was not understood, or may be one under a mistyped name, is not one that is absent.
    let misread = privacy_section.is_some() || root.entries().any(|(key, _)| !SECTIONS.contains(&key));
    let wish = privacy_section.and_then(|section| privacy::read(source, section, columns));
    let context = kpi::Context {
        expected: header.as_ref().map(|header| header.2),
        periods: match &period {
            None => Some(vec![super::period::WHOLE.to_owned()]),
            Some(period) => period.as_ref().map(super::Period::labels),
        },
        // An expression over a table that was not understood would only repeat its mistakes.
        data: data.as_ref().filter(|_| understood),
        wish: wish.as_ref(),
        misread: misread && wish.is_none(),
    };
    let kpis = kpi::read_all(source, &mut root, &context);
    let policy_section = root.section(source, "policy", "[policy]");
    let policy_context = policy::Context {
        segments: member.as_ref().map(|member| member.segments.as_slice()).unwrap_or_default(),
        expected: context.expected,
        kpis: kpis.as_deref(),
        periods: context.periods.as_deref().unwrap_or_default(),
        honest: trustees.as_ref().map(|trustees| trustees.threshold.honest_noise()),
        wish: wish.as_ref(),
    };
    let policy = policy::read(source, policy_section, &policy_context);
    let disclosure = root.section(source, "disclosure", "[disclosure]");
    let concentration = disclosure.map(|section| concentration::read(source, section, kpis.as_deref()));
    let data_set = root.section(source, "data_set", "[data_set]").and_then(|section| data_set::read(source, section));
    let root_span = root.span_of("data");
    root.finish(source);
    if source.count() > 0 {
        return None;
    }
    let (id, title, expected_members) = header?;
    let (period, kpis) = (period.map_or(Some(None), |p| p.map(Some))?, kpis?);
    let (member, data, trustees, (policy, privacy)) = (member?, data?, trustees?, policy?);
    let policy = Policy { concentration: concentration.unwrap_or_default(), ..policy };
    let study = Study { id, title, expected_members, period, member, data, kpis, trustees, policy, privacy, data_set };
    // What only the loader knows; nothing is left to find here unless it has rules this file lacks.
    if let Err(Error::Study(problems)) = check_extraction(&study.data, &study.extraction()) {
        for problem in problems.first {
            let column = problem.column.map(|column| format!("column {column}: ")).unwrap_or_default();
            let mistake = Problem::new("S0206", format!("{column}{}", problem.message)).remedy(problem.remedy);
            source.mistake(&root_span, mistake);
        }
        return None;
    }
    Some(study)
}

/// A mistake in an SQL text, with its place inside that text.
pub(crate) fn sql_problem(mistake: &SqlMistake, what: &str) -> Problem {
    let SqlMistake { line, column, message, remedy, .. } = mistake;
    let place = if *line == 1 { format!("character {column}") } else { format!("line {line}, character {column}") };
    Problem::new("S0302", format!("{what}: {message} (at {place} of the SQL)"))
        .why(format!("guildhall explain {} says why such SQL is refused", mistake.code))
        .remedy(remedy.clone())
}

/// A section that must be there.
pub(crate) fn sub<'t>(
    source: &mut Source<'_>,
    root: &mut Section<'t>,
    key: &'static str,
    name: &str,
) -> Option<Section<'t>> {
    if !root.has(key) {
        root.missing(source, key, &format!("a section {name}; `guildhall study new` writes all of them"));
    }
    root.section(source, key, name)
}

/// `[study]`: id, title and the number of members expected.
fn header(source: &mut Source<'_>, mut section: Section<'_>) -> Option<(String, String, u64)> {
    let id = section.required(source, "id", "id = \"austin-bars\"").filter(|id| {
        let plain = id.len() <= 60 && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !plain {
            let problem = Problem::new("S0201", format!("{id:?} cannot be the id of a study"));
            source
                .mistake(&section.span_of("id"), problem.remedy("use small letters, digits and hyphens (at most 60)"));
        }
        plain
    });
    let title = section.required(source, "title", "title = \"Monthly receipts of bars\"");
    let title = title.filter(|title| section.readable(source, "title", title));
    if !section.has("expected_members") {
        section.missing(source, "expected_members", "expected_members = 200: how many businesses will take part");
    }
    let expected = section.whole(source, "expected_members", 1..1_000_001);
    section.finish(source);
    Some((id?, title?, expected?))
}
