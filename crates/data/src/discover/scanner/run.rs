//! A run of digits with what stands between and around them, cut into groups.

use super::edge::{closes, opens};
use crate::discover::check::{date, separator};

/// Most groups of digits in a run; what is longer is no number of a person.
const GROUPS: usize = 20;

/// Digits between separators.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Group {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The single ASCII character before it: a separator, a bracket, or 0 at the start of the run or after a longer gap.
    pub(crate) before: u8,
    /// Whether it stands in brackets.
    pub(crate) bracket: bool,
}

impl Group {
    pub(crate) const fn len(&self) -> usize {
        self.end - self.start
    }
}

/// A run of groups.
#[derive(Debug)]
pub(crate) struct Run<'t> {
    pub(crate) text: &'t str,
    groups: [Group; GROUPS],
    count: usize,
    /// Where the text goes on after it.
    pub(crate) end: usize,
    /// Letters, digits or an underscore touch its start; then nothing that starts there is a number of its own.
    pub(crate) glued: bool,
}

impl<'t> Run<'t> {
    /// The run that starts at the digit at `start`.
    pub(crate) fn at(text: &'t str, start: usize) -> Self {
        let bytes = text.as_bytes();
        let mut run = Self { text, groups: [Group::default(); GROUPS], count: 0, end: start, glued: false };
        let mut at = start;
        let mut before = 0;
        while run.count < GROUPS {
            let from = at;
            while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            let bracket = from > 0 && bytes[from - 1] == b'(' && bytes.get(at) == Some(&b')');
            run.groups[run.count] = Group { start: from, end: at, before, bracket };
            run.count += 1;
            run.end = at;
            match gap(text, at) {
                Some((next, mark)) => (at, before) = (next, mark),
                None => break,
            }
        }
        run.glued = glued(text, start);
        run.drop_torn();
        run
    }

    /// A last group that letters touch is part of a word and not of the number, unless it is all there is.
    fn drop_torn(&mut self) {
        let torn = !closes(self.text, self.end);
        if torn && self.count > 1 && !extension(self.text, self.end) && self.groups[self.count - 1].before == b' ' {
            self.count -= 1;
        }
    }

    pub(crate) fn groups(&self) -> &[Group] {
        &self.groups[..self.count]
    }

    /// Whether one of several groups is a day such as 19970101: then it is a row of figures.
    pub(crate) fn holds_a_day(&self) -> bool {
        let day = |group: &Group| {
            group.len() == 8 && date::parse(&self.text[group.start..group.end]).is_some_and(date::Day::birthlike)
        };
        self.count > 1 && self.groups().iter().any(day)
    }

    /// The character before a place.
    pub(crate) fn before(&self, at: usize) -> Option<char> {
        self.text[..at].chars().next_back()
    }

    /// The character at a place.
    pub(crate) fn after(&self, at: usize) -> Option<char> {
        self.text[at..].chars().next()
    }
}

pub(super) fn glued(text: &str, start: usize) -> bool {
    let mut before = text[..start].chars().rev();
    match before.next() {
        Some('-' | '.' | '/') => before.next().is_some_and(char::is_alphanumeric),
        Some(_) => !opens(text, start),
        None => false,
    }
}

/// Whether an extension of a telephone number starts here: `x12`, `ext. 12`, `#12`.
pub(crate) fn extension(text: &str, at: usize) -> bool {
    extension_end(text, at).is_some()
}

/// Where the extension that starts here ends.
pub(crate) fn extension_end(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    let trimmed = rest.trim_start_matches([' ', ',', ';']);
    let mark = ["extension", "ext.", "ext", "x", "#", "durchwahl", "dw"]
        .into_iter()
        .find(|mark| trimmed.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark)))?;
    let digits = trimmed[mark.len()..].trim_start_matches([' ', '.', ':', '=']);
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    let end = text.len() - digits.len() + length;
    let whole = !text[end..].chars().next().is_some_and(char::is_alphanumeric);
    ((1..=6).contains(&length) && whole && text.len() - digits.len() - at <= 14).then_some(end)
}

/// The next digit of the same run after a gap of separators, and what the gap is.
fn gap(text: &str, at: usize) -> Option<(usize, u8)> {
    let mut mark = 0;
    let mut seen = 0;
    let mut last = '0';
    for (offset, c) in text[at..].char_indices() {
        // A dot before a space ends a sentence, and two spaces set columns apart.
        if matches!(last, '.' | ' ') && c.is_whitespace() {
            return None;
        }
        last = c;
        match c {
            '0'..='9' => return (seen > 0).then_some((at + offset, mark)),
            '(' | ')' => mark = b'(',
            c if separator(c) => mark = joined(mark, c),
            _ => return None,
        }
        seen += 1;
        if seen > 3 {
            return None;
        }
    }
    None
}

/// Spaces around another separator do not count beside it.
fn joined(mark: u8, c: char) -> u8 {
    match (mark, c) {
        (b'(', _) => mark,
        (_, '.' | '/') => c as u8,
        (_, '-' | '\u{2010}'..='\u{2013}') => b'-',
        (0, _) => b' ',
        _ => mark,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(text: &str) -> Vec<&str> {
        let start = text.find(|c: char| c.is_ascii_digit()).expect("a digit");
        Run::at(text, start).groups().iter().map(|group| &text[group.start..group.end]).collect()
    }

    #[test]
    fn groups_of_digits() {
        assert_eq!(groups("call +46 (0)8 928 571 38 now"), ["46", "0", "8", "928", "571", "38"]);
        assert_eq!(groups("4111-1111 1111\u{a0}1111, 12"), ["4111", "1111", "1111", "1111"]);
        assert_eq!(groups("03.93.92.16.85"), ["03", "93", "92", "16", "85"]);
        assert_eq!(groups("12    13"), ["12"]);
        assert_eq!(groups("00001 19970101  1   11.77"), ["00001", "19970101"], "columns");
        assert_eq!(groups("12. 13"), ["12"], "the end of a sentence");
        assert_eq!(groups("345-899-3560x4587"), ["345", "899", "3560"]);
        assert_eq!(groups("555 1234 4you"), ["555", "1234"]);
    }

    #[test]
    fn extensions() {
        for text in ["1x4587", "1 ext. 12", "1, extension 7", "1 x 99", "1 #12"] {
            assert!(extension(text, 1), "{text}");
        }
        for text in ["1 xyz", "1 ext", "1 x1234567", "1", "1 x12a"] {
            assert!(!extension(text, 1), "{text}");
        }
    }

    #[test]
    fn glue() {
        for (text, glued) in
            [("a1", true), ("a-1", true), ("a_1", true), ("_1", false), ("1", false), (" 1", false), (":1", false)]
        {
            let start = text.find('1').expect("a digit");
            assert_eq!(Run::at(text, start).glued, glued, "{text}");
        }
    }
}
