//! The forms telephone numbers are written in, in many countries.
//!
//! Rules of form, not of numbering plans: real files are full of numbers no plan has, with a digit too few or too many.

use super::run::Group;
use crate::discover::Likelihood;
use crate::discover::check::{phone, uniform};

/// Lengths of at most the first five groups.
pub(super) struct Vec5 {
    lengths: [usize; 5],
    count: usize,
}

impl Vec5 {
    pub(super) fn of(groups: &[Group]) -> Self {
        let mut lengths = [0; 5];
        groups.iter().zip(&mut lengths).for_each(|(group, length)| *length = group.len());
        Self { lengths, count: groups.len() }
    }

    pub(super) fn is(&self, wanted: &[usize]) -> bool {
        self.count == wanted.len() && self.lengths[..self.count.min(5)] == *wanted
    }
}

/// The form of a possible telephone number.
pub(super) struct Form<'f> {
    pub(super) groups: &'f [Group],
    pub(super) digits: &'f [u8],
    pub(super) plus: bool,
    pub(super) text: &'f str,
    /// Whether it stands in a row of figures.
    pub(super) figures: bool,
}

impl Form<'_> {
    /// How likely it is one; `told` by words, or `denied` by words for other numbers.
    pub(super) fn likelihood(&self, told: bool, denied: bool) -> Option<Likelihood> {
        if self.decimal()
            || self.month() && !self.plus
            || uniform(self.digits) && !told
            || self.figures && !told && !self.plus
        {
            return None;
        }
        if self.plus || self.prefixed() {
            return self.foreign(told);
        }
        let form = self.national();
        match (told, form, denied) {
            (true, true, _) => Some(Likelihood::VeryLikely),
            (true, false, _) => (self.digits.len() <= 13 && self.calm() && !self.small()).then_some(Likelihood::Likely),
            (false, true, false) => Some(Likelihood::Likely),
            _ => None,
        }
    }

    /// A year and a month such as 2017-05, or two decimals with a slash between such as 0.98 / 0.99.
    fn month(&self) -> bool {
        let year = |group: &Group| {
            group.len() == 4 && matches!(self.text.get(group.start..group.start + 2), Some("19" | "20"))
        };
        match self.groups {
            [first, last] => year(first) && last.len() == 2 && self.digits[4] < 2 || first.len() == 2 && year(last),
            [first, second, rest @ ..] => {
                first.len() == 1 && second.before == b'.' && rest.iter().any(|group| group.before == b'/')
            }
            _ => false,
        }
    }

    /// A number that starts with 00 and a country code; where groups follow, the first ends with the code.
    fn prefixed(&self) -> bool {
        let first = self.groups.first().map_or(0, Group::len);
        let exact = || first == 2 || phone::code_length(&self.digits[2..]) + 2 == first || first >= 6;
        self.digits.starts_with(&[0, 0])
            && self.digits.len() >= 10
            && phone::calling_code(&self.digits[2..])
            && (self.groups.len() == 1 || exact())
    }

    fn foreign(&self, told: bool) -> Option<Likelihood> {
        let digits = if self.plus { self.digits } else { &self.digits[2..] };
        let trunk = self.groups.iter().any(|group| group.bracket && group.len() == 1 && group.before_zero(self.text));
        let length = digits.len() - usize::from(trunk);
        let ok =
            (7..=15).contains(&length) && phone::calling_code(digits) && (self.plus || told || self.groups.len() > 1);
        ok.then_some(if told { Likelihood::VeryLikely } else { Likelihood::Likely })
    }

    /// An amount such as 1234567.89, or thousands such as 1.234.567.
    fn decimal(&self) -> bool {
        let dots = self.groups.iter().skip(1).all(|group| group.before == b'.');
        match self.groups {
            [_, last] => dots && (last.len() < 3 || last.len() > 4 || self.groups[0].len() == 1),
            [first, rest @ .., _] if dots && first.len() <= 3 => {
                rest.iter().all(|group| group.len() == 3) && self.groups.last().is_some_and(|last| last.len() == 3)
            }
            _ => false,
        }
    }

    /// Groups that people write telephone numbers in, and few other numbers.
    fn national(&self) -> bool {
        let lengths = Vec5::of(self.groups);
        let count = self.digits.len();
        let bracket = self.groups.first().is_some_and(|group| group.bracket && group.len() <= 5);
        let leading = self.groups[0].before_zero(self.text) && !self.digits.starts_with(&[0, 0]);
        if bracket {
            return (7..=12).contains(&count);
        }
        let american =
            lengths.is(&[3, 3, 4]) && self.digits[0] != 1 || lengths.is(&[1, 3, 3, 4]) && self.digits[0] == 1;
        let spanish = lengths.is(&[3, 2, 2, 2]) && (6..=9).contains(&self.digits[0]);
        let italian = lengths.is(&[3, 7]) && self.digits[0] == 3;
        let pairs = self.groups.len() == 4 && count == 8 && lengths.is(&[2, 2, 2, 2]) && self.groups[1].before == b'-';
        let trunk =
            leading && (9..=12).contains(&count) && self.groups.len() >= 2 && self.groups[0].len() >= 2 && self.even();
        (american || spanish || italian) && self.even() || pairs || trunk
    }

    /// Whether the separators are of one kind, or at most one differs, as after an area code.
    fn even(&self) -> bool {
        let kinds = self.groups.iter().skip(1);
        let first = self.groups.get(2).or_else(|| self.groups.get(1)).map_or(0, |group| group.before);
        kinds.filter(|group| group.before != first).count() <= 1
            && self.groups.iter().skip(1).all(|group| group.len() >= 2)
    }

    /// Six digits in several groups are a range or a share more often than a number to call.
    fn small(&self) -> bool {
        self.groups.len() > 1 && self.digits.len() < 7
    }

    /// Whether nothing in the form speaks against it: no lone digits at the end, no long chain of groups.
    fn calm(&self) -> bool {
        self.groups.len() <= 6 && self.groups.last().is_some_and(|group| group.len() >= 2)
    }
}

impl Group {
    fn before_zero(&self, text: &str) -> bool {
        text.as_bytes().get(self.start) == Some(&b'0')
    }
}
