//! The text of a study file, and the mistakes found in it.

use crate::{Failure, Place, Problem};
use std::ops::Range;
use std::path::Path;

/// A study file's name and text, with every mistake found so far.
pub(crate) struct Source<'t> {
    path: &'t Path,
    text: &'t str,
    mistakes: Vec<(usize, Problem)>,
}

impl<'t> Source<'t> {
    pub(crate) const fn new(path: &'t Path, text: &'t str) -> Self {
        Self { path, text, mistakes: Vec::new() }
    }

    /// Notes a mistake at a place in the text.
    pub(crate) fn mistake(&mut self, span: &Range<usize>, problem: Problem) {
        self.mistakes.push((span.start, problem.at(self.place(span.start))));
    }

    /// How many mistakes were found so far.
    pub(crate) fn count(&self) -> usize {
        self.mistakes.len()
    }

    /// All mistakes in the order of the text, or none.
    pub(crate) fn failure(mut self) -> Option<Failure> {
        self.mistakes.sort_by_key(|(start, _)| *start);
        Failure::of(self.mistakes.into_iter().map(|(_, problem)| problem).collect())
    }

    fn place(&self, offset: usize) -> Place {
        let before = self.text.get(..offset.min(self.text.len())).unwrap_or(self.text);
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Place {
            line: Some(line as u64 + 1),
            column: Some(column.to_string()),
            source: self.text.lines().nth(line).map(shortened),
            ..Place::file(self.path)
        }
    }
}

/// A line as it can be shown: not too long, and without characters that would disturb a terminal.
fn shortened(line: &str) -> String {
    let shown = line.chars().map(|c| if disturbs(c) && c != '\t' { '\u{fffd}' } else { c });
    if line.chars().count() <= 100 { shown.collect() } else { shown.take(99).chain(['…']).collect() }
}

/// Control characters, line and paragraph separators, and the marks that embed, override or isolate a direction.
pub(crate) fn disturbs(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The candidate a person probably meant, if one is close.
pub(crate) fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word = word.to_lowercase();
    let close = |candidate: &&str| strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
    let best = candidates.into_iter().min_by_key(close)?;
    (close(&best) <= (word.chars().count() / 3).max(1)).then_some(best)
}

/// A remedy that names the nearest candidate, and all of them where they are few.
pub(crate) fn did_you_mean(word: &str, candidates: &[&str]) -> String {
    let all = candidates.join(", ");
    match nearest(word, candidates.iter().copied()) {
        _ if candidates.is_empty() => "none is defined".to_owned(),
        Some(best) if candidates.len() <= 12 => format!("did you mean {best:?}? There are: {all}"),
        Some(best) => format!("did you mean {best:?}?"),
        None => format!("use one of: {all}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_not_bytes() {
        let source = Source::new(Path::new("s.toml"), "a = 1\nü = 2\r\nb = 3\n");
        assert_eq!(source.place(6).to_string(), "s.toml:2:1");
        assert_eq!(source.place(9).to_string(), "s.toml:2:3");
        assert_eq!(source.place(9).source.as_deref(), Some("ü = 2"));
        assert_eq!(source.place(9_999).line, Some(4));
    }

    #[test]
    fn a_shown_line_cannot_steer_the_terminal() {
        assert_eq!(shortened("a = \"\u{1b}[2J\u{202e}b\""), "a = \"\u{fffd}[2J\u{fffd}b\"");
    }

    #[test]
    fn suggests_only_what_is_close() {
        assert_eq!(nearest("treshold", ["count", "threshold", "quorum"]), Some("threshold"));
        assert_eq!(nearest("zebra", ["count", "threshold", "quorum"]), None);
        assert_eq!(nearest("ID", ["id", "title"]), Some("id"));
    }
}
