//! The comparison's file: title, largest figure, questions, parties. Everybody has the same one.

use crate::study::read::parse_file;
use crate::study::section::Section;
use crate::study::source::Source;
use crate::study::text_of_file;
use crate::{Failure, Problem};
use guildhall_he::compare::{Comparison, MAX_MEMBERS, Plan, Width};
use std::path::Path;

/// Longest file that is read.
const LONGEST: u64 = 1 << 20;

/// A comparison with the names of its members and questions.
pub(super) struct Named {
    pub(super) comparison: Comparison,
    pub(super) members: Vec<String>,
    /// Questions and the order statistic each asks for.
    pub(super) questions: Vec<(String, usize)>,
    largest: u64,
}

impl Named {
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        parse_file(path, &text_of_file(path, LONGEST)?, whole)
    }

    /// Refuses a figure larger than the comparison says.
    pub(super) fn check(&self, figure: u64) -> Result<(), Failure> {
        if figure <= self.largest {
            return Ok(());
        }
        let problem =
            Problem::new("C1001", format!("the figure is larger than {}, the largest declared", self.largest));
        Err(problem.remedy("check the unit of the figure against the comparison's file").into())
    }

    /// The name of the member with this key.
    pub(super) fn name(&self, key: &[u8; 32]) -> String {
        let member = self.comparison.roster().iter().position(|known| known == key);
        member.and_then(|member| self.members.get(member)).cloned().unwrap_or_default()
    }
}

fn whole(source: &mut Source<'_>, mut root: Section<'_>) -> Option<Named> {
    let title = root.required(source, "title", "title = \"Gross margin 2025, in tenths of a per cent\"");
    let title = title.filter(|title| root.readable(source, "title", title));
    if !root.has("largest") {
        root.missing(source, "largest", "largest = 1000, the largest figure that can occur, in whole steps");
    }
    let largest = root.whole(source, "largest", 1..1 << 32);
    let (opener, evaluator) = (key(source, &mut root, "opener"), key(source, &mut root, "evaluator"));
    let roster = members(source, &mut root);
    let questions = questions(source, &mut root, roster.len());
    let place = root.span();
    root.finish(source);
    if source.count() > 0 {
        return None;
    }
    let (title, largest, opener, evaluator) = (title?, largest?, opener?, evaluator?);
    let orders: Vec<usize> = questions.iter().map(|(_, order)| *order).collect();
    let (members, keys): (Vec<String>, Vec<[u8; 32]>) = roster.into_iter().unzip();
    let plan = Width::of_range(largest).and_then(|width| Plan::new(keys.len(), width, orders));
    match plan.and_then(|plan| Comparison::new(&title, plan, opener, evaluator, keys)) {
        Ok(comparison) => Some(Named { comparison, members, questions, largest }),
        Err(error) => {
            source.mistake(&place, super::problem(&error));
            None
        }
    }
}

fn members(source: &mut Source<'_>, root: &mut Section<'_>) -> Vec<(String, [u8; 32])> {
    if !root.has("member") {
        root.missing(source, "member", "a section [[member]] with name = \"bakery\" and key = \"...\"");
    }
    let sections = root.sections(source, "member", "[[member]]");
    if sections.len() > MAX_MEMBERS {
        let problem = Problem::new("C1001", format!("more than {MAX_MEMBERS} members"));
        source.mistake(&root.span_of("member"), problem.remedy("compare in smaller groups"));
    }
    sections.into_iter().take(MAX_MEMBERS).filter_map(|section| member(source, section)).collect()
}

fn member(source: &mut Source<'_>, mut section: Section<'_>) -> Option<(String, [u8; 32])> {
    let name = section.required(source, "name", "name = \"bakery\"");
    let fits = |name: &String| name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if name.as_ref().is_some_and(|name| !fits(name)) {
        let problem = Problem::new("C1001", "a member's name becomes the name of files");
        source.mistake(&section.span_of("name"), problem.remedy("use letters, digits, - and _ only"));
    }
    let key = key(source, &mut section, "key");
    section.finish(source);
    Some((name.filter(fits)?, key?))
}

fn key(source: &mut Source<'_>, section: &mut Section<'_>, what: &'static str) -> Option<[u8; 32]> {
    let text = section.required(source, what, &format!("{what} = \"the 64 digits that `he rank identity` prints\""))?;
    let key = hex::decode(&text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    if key.is_none() {
        let problem = Problem::new("C1001", format!("{what} is no public key"));
        let remedy = "write the 64 hexadecimal digits that `guildhall he rank identity` prints";
        source.mistake(&section.span_of(what), problem.remedy(remedy));
    }
    key
}

/// Questions in words: "25%", "median", "smallest", "largest", "top 3".
fn questions(source: &mut Source<'_>, root: &mut Section<'_>, members: usize) -> Vec<(String, usize)> {
    let mut questions = Vec::new();
    for text in root.texts(source, "open").unwrap_or_default() {
        match order(text.get_ref(), members) {
            Some(order) => questions.push((text.get_ref().clone(), order)),
            None => {
                let problem =
                    Problem::new("C1001", format!("{:?} asks for nothing that can be opened", text.get_ref()));
                let remedy = "write a percentage such as \"25%\", \"median\", \"smallest\", \"largest\", or \"top 3\"";
                source.mistake(&text.span(), problem.remedy(remedy));
            }
        }
    }
    questions
}

/// The order statistic a question asks for; "top 3" asks for the smallest figure among the three largest.
fn order(text: &str, members: usize) -> Option<usize> {
    let percent = |number: usize| (1..=100).contains(&number).then(|| Plan::nearest_rank(members, number, 100));
    match text.trim() {
        "smallest" => Some(0),
        "largest" => members.checked_sub(1),
        "median" => percent(50),
        other => match (other.strip_suffix('%'), other.strip_prefix("top ")) {
            (Some(number), _) => percent(number.trim().parse().ok()?),
            (None, Some(number)) => members.checked_sub(number.trim().parse().ok().filter(|&top: &usize| top > 0)?),
            (None, None) => None,
        },
    }
}
