//! Reads a data policy, noting every mistake at its line and column.

use super::model::{ColumnPolicy, DataPolicy, HierarchySource, Role};
use super::{anonymise, hierarchy, pseudonym};
use crate::study::read::parse_file;
use crate::study::section::Section;
use crate::study::source::Source;
use crate::study::text_or;
use crate::{Failure, Problem};
use std::path::Path;

/// Longest policy file that is read.
const LONGEST: u64 = 1 << 20;
/// Most columns a policy describes.
const MOST_COLUMNS: usize = 4_096;

impl DataPolicy {
    /// Reads and checks a data policy.
    ///
    /// # Errors
    /// Every mistake in it, with line, column and remedy; or why the file cannot be read.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let remedy = "check the name; `guildhall scan FILE --policy OUT` proposes a policy";
        Self::parse(path, &text_or(path, LONGEST, remedy)?)
    }

    /// Checks the text of a data policy; `path` says where it lies, for messages and for the files it names.
    ///
    /// # Errors
    /// Every mistake, with line, column and remedy.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Failure> {
        let mut policy = parse_file(path, text, whole)?;
        policy.folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(policy)
    }
}

fn whole(source: &mut Source<'_>, mut root: Section<'_>) -> Option<DataPolicy> {
    if !root.has("version") {
        root.missing(source, "version", "version = 1");
    }
    root.whole(source, "version", 1..2);
    if !root.has("column") {
        root.missing(source, "column", "a section [[column]] with name = \"email\" and role = \"identifier\"");
    }
    let sections = root.sections(source, "column", "[[column]]");
    if sections.len() > MOST_COLUMNS {
        let problem = Problem::new("S0601", format!("more than {MOST_COLUMNS} columns are described"));
        source.mistake(&root.span_of("column"), problem.remedy("describe those the file has"));
    }
    let mut columns: Vec<ColumnPolicy> = Vec::new();
    for section in sections.into_iter().take(MOST_COLUMNS) {
        columns.extend(column(source, section, &columns));
    }
    let section = root.section(source, "anonymise", "[anonymise]");
    let present = section.is_some();
    let anonymise = section.and_then(|section| anonymise::read(source, section, &columns));
    root.finish(source);
    (anonymise.is_some() == present).then_some(DataPolicy { columns, anonymise, ..DataPolicy::default() })
}

fn column(source: &mut Source<'_>, mut section: Section<'_>, earlier: &[ColumnPolicy]) -> Option<ColumnPolicy> {
    let name = section.required(source, "name", "name = \"age\", the header in the file");
    let name = name.filter(|name| section.readable(source, "name", name));
    if let Some(name) = &name {
        section.rename(format!("column {name:?}"));
        if earlier.iter().any(|other| other.name == *name) {
            let problem = Problem::new("S0601", format!("column {name:?} is described twice"));
            source.mistake(&section.span_of("name"), problem.remedy("keep one of the two"));
        }
    }
    let holds = section.text(source, "holds").filter(|holds| section.readable(source, "holds", holds));
    if !section.has("role") {
        section.missing(source, "role", "role = \"other\", or identifier, quasi-identifier, sensitive, free-text");
    }
    let role = section.choice(source, "role", &Role::WORDS);
    let method = section.section(source, "pseudonym", "pseudonym = { method = \"joint\", ... }");
    let pseudonym = method.and_then(|inner| pseudonym::read(source, inner, holds.as_deref()));
    let levels = section.section(source, "hierarchy", "hierarchy = { file = \"age.csv\" }");
    let hierarchy = levels.and_then(|inner| hierarchy::read(source, inner));
    fits(source, &section, role?, hierarchy.as_ref());
    section.finish(source);
    Some(ColumnPolicy { name: name?, holds, role: role?, pseudonym, hierarchy })
}

/// Keys that would change nothing in a column of this role.
fn fits(source: &mut Source<'_>, section: &Section<'_>, role: Role, hierarchy: Option<&HierarchySource>) {
    let word = role.word();
    if hierarchy.is_some() && !matches!(role, Role::QuasiIdentifier | Role::Sensitive) {
        let problem = Problem::new("S0603", format!("a hierarchy has no effect on a column of role {word:?}"));
        let remedy = "write role = \"quasi-identifier\", or leave the hierarchy out";
        source.mistake(&section.span_of("hierarchy"), problem.remedy(remedy));
    }
}
