//! Numbers that belong to persons: the second pass, which stops at the first digit of every run.

use super::Finding;
use super::context::{self, Topic, Topics};
use super::edge::{closes, written_equals};
use super::form::{Form, Vec5};
use super::run::{Group, Run, extension_end};
use super::word::Word;
use crate::discover::check::{Digits, card, date, national, network, postal};
use crate::discover::{Kind, Likelihood};

/// How far before a number a word may stand that says what it is, in bytes.
const BEFORE: usize = 48;
/// How far after it.
const AFTER: usize = 14;

/// Adds what it finds outside of what was found before.
pub(super) fn find(text: &str, hints: Topics, found: &mut Vec<Finding>) {
    let bytes = text.as_bytes();
    let covered = found.len();
    let mut next_cover = 0;
    let mut at = 0;
    while let Some(digit) = next_digit(bytes, at) {
        while next_cover < covered && found[next_cover].end <= digit {
            next_cover += 1;
        }
        if let Some(cover) = found[..covered].get(next_cover).filter(|cover| cover.start <= digit) {
            at = cover.end;
            continue;
        }
        let before = next_cover.checked_sub(1).map_or(0, |last| found[last].end);
        let floor = if found.len() > covered { found.last().map_or(0, |last| last.end).max(before) } else { before };
        at = Stop { text, hints, digit, floor }.look(found);
    }
}

/// The next digit from a place on.
fn next_digit(bytes: &[u8], from: usize) -> Option<usize> {
    bytes.get(from..)?.iter().position(u8::is_ascii_digit).map(|at| from + at)
}

/// A place where a run of digits starts.
struct Stop<'t> {
    text: &'t str,
    hints: Topics,
    digit: usize,
    /// Where the last finding before ends.
    floor: usize,
}

impl<'t> Stop<'t> {
    /// Looks at the word and at the run here; says where to go on.
    fn look(&self, found: &mut Vec<Finding>) -> usize {
        let bytes = self.text.as_bytes();
        let equals = written_equals(self.text, self.digit);
        if equals > 0 {
            return self.digit + equals;
        }
        let letters = bytes[..self.digit].iter().rev().take(8).take_while(|b| b.is_ascii_alphabetic()).count();
        // The last letter of an equals sign that was written out is none of the word.
        let letters = letters - usize::from(letters > 0 && self.text[..self.digit - letters + 1].ends_with("=3D"));
        if let Some(finding) = (Word { text: self.text, digit: self.digit }).read(letters) {
            found.push(finding);
            return finding.end;
        }
        if letters > 0 {
            return bytes[self.digit..]
                .iter()
                .position(|b| !b.is_ascii_alphanumeric())
                .map_or(bytes.len(), |n| self.digit + n);
        }
        let run = Run::at(self.text, self.digit);
        let known = found.len();
        let short = run.groups().iter().map(Group::len).sum::<usize>() < 4;
        if !short {
            Reader { run: &run, hints: self.hints, floor: self.floor, said: None }.read(found);
        }
        // Digits followed by letters are a word; the rest of it starts nothing.
        let torn = bytes[run.end..].iter().take_while(|b| b.is_ascii_alphanumeric()).count();
        let last = found[known..].last().map_or(0, |finding| finding.end);
        last.max(run.end + torn).max(self.digit + 1)
    }
}

/// What a window of groups was recognised as.
type Seen = (Kind, usize, usize, Likelihood);

/// Reads one run of digits, window by window.
struct Reader<'r, 't> {
    run: &'r Run<'t>,
    hints: Topics,
    /// Where the last finding before the run ends: a word before it spoke of that one.
    floor: usize,
    /// Words before a place, looked up once per place.
    said: Option<(usize, Topics)>,
}

impl Reader<'_, '_> {
    fn read(&mut self, found: &mut Vec<Finding>) {
        let count = self.run.groups().len();
        let mut first = 0;
        while first < count {
            if !self.starts(first) {
                first += 1;
                continue;
            }
            match self.at(first) {
                Outcome::Found((kind, start, end, likelihood)) => {
                    found.push(Finding { kind, start, end, likelihood });
                    self.floor = end;
                    first = self.group_after(end);
                }
                Outcome::Skip(groups) => first += groups.max(1),
            }
        }
    }

    /// A number may start at the start of the run or after a space; what hangs on a hyphen or a dot belongs before it.
    fn starts(&self, group: usize) -> bool {
        let group_ = self.run.groups()[group];
        group == 0 || matches!(group_.before, b' ' | b'(')
    }

    /// A number may end at the end of the run or before a space.
    fn ends(&self, last: usize) -> bool {
        let next = self.run.groups().get(last + 1);
        let end = self.run.groups()[last].end;
        match next {
            Some(next) => matches!(next.before, b' ' | b'('),
            None => closes(self.run.text, end) || extension_end(self.run.text, end).is_some(),
        }
    }

    fn group_after(&self, end: usize) -> usize {
        self.run.groups().iter().position(|group| group.start >= end).unwrap_or(self.run.groups().len())
    }

    fn digits(&self, first: usize, last: usize) -> Option<Digits<24>> {
        let mut digits = Digits::new();
        for group in &self.run.groups()[first..=last] {
            for byte in &self.run.text.as_bytes()[group.start..group.end] {
                digits.push(byte - b'0')?;
            }
        }
        Some(digits)
    }

    fn piece(&self, group: usize) -> &str {
        let group = self.run.groups()[group];
        &self.run.text[group.start..group.end]
    }

    /// The words before a place that say something, and what the header says.
    fn said(&mut self, at: usize) -> Topics {
        if let Some((place, topics)) = self.said
            && place == at
        {
            return topics;
        }
        let text = self.run.text;
        let least = at.saturating_sub(BEFORE).max(self.floor.min(at));
        let from = (least..=at).find(|place| text.is_char_boundary(*place)).unwrap_or(at);
        let window = &text[from..at];
        let mut nearby = context::nearest(window);
        if nearby.has(Topic::Other) {
            // A word for another number speaks of the first number after it only.
            nearby = context::nearest(after_digits(window));
        }
        let topics = if nearby.is_empty() { self.hints } else { nearby };
        self.said = Some((at, topics));
        topics
    }

    /// Whether a word right after says that it is a telephone number.
    fn followed_by_phone_word(&self, end: usize) -> bool {
        let text = self.run.text;
        let to = (end..=(end + AFTER).min(text.len())).rev().find(|place| text.is_char_boundary(*place)).unwrap_or(end);
        let tail = text[end..to]
            .split(['\n', ',', ';', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
            .next()
            .unwrap_or_default();
        let tail = tail.trim_start_matches([' ', '-', '(', '/', '\t']).to_ascii_lowercase();
        [
            "fax", "mobile", "mobil", "office", "home", "cell", "work", "tel", "phone", "handy", "desk", "portable",
            "móvil",
        ]
        .iter()
        .any(|word| tail.strip_prefix(word).is_some_and(|rest| !rest.starts_with(char::is_alphabetic)))
    }

    fn at(&mut self, first: usize) -> Outcome {
        if let Some(outcome) = self.structured(first) {
            return outcome;
        }
        let count = self.run.groups().len();
        for last in (first..count).rev() {
            if self.ends(last)
                && let Some(digits) = self.digits(first, last)
                && let Some(seen) = self.exact(first, last, digits.as_slice())
            {
                return Outcome::Found(seen);
            }
        }
        for last in (first..count).rev() {
            if self.ends(last)
                && let Some(digits) = self.digits(first, last)
                && let Some(seen) = self.phone(first, last, digits.as_slice())
            {
                return Outcome::Found(seen);
            }
        }
        Outcome::Skip(1)
    }

    /// IP addresses and dates, and what only looks like a number of a person: UUIDs, amounts.
    fn structured(&mut self, first: usize) -> Option<Outcome> {
        let groups = self.run.groups();
        if let Some(end) = self.dotted(first, 4) {
            return self.ip(first, end);
        }
        let lengths: Vec5 = Vec5::of(&groups[first..]);
        if lengths.is(&[8, 4, 4, 4, 12]) {
            return Some(Outcome::Skip(5));
        }
        if groups.len() >= first + 3 && groups[first + 1].before == groups[first + 2].before {
            let day = date::of_parts(self.piece(first), self.piece(first + 1), self.piece(first + 2));
            let mark = groups[first + 1].before;
            if let Some(day) = day.filter(|_| matches!(mark, b'-' | b'.' | b'/') && groups[first].len() != 3) {
                let ends = self.ends(first + 2) || self.run.after(groups[first + 2].end) == Some('T');
                return ends.then(|| self.day(first, first + 2, day));
            }
        }
        None
    }

    /// The last group of `count` groups joined by dots.
    fn dotted(&self, first: usize, count: usize) -> Option<usize> {
        let groups = self.run.groups();
        let last = first + count - 1;
        let dots = groups.get(first + 1..=last)?.iter().all(|group| group.before == b'.');
        let tight = groups.get(last).is_some_and(|group| group.end - groups[first].start <= 15);
        (dots && tight && groups[first..=last].iter().all(|group| group.len() <= 3)).then_some(last)
    }

    /// Four small numbers with dots: an IP address, or a version; nothing if dots go on.
    fn ip(&mut self, first: usize, last: usize) -> Option<Outcome> {
        let groups = self.run.groups();
        let (start, end) = (groups[first].start, groups[last].end);
        let next = groups.get(last + 1);
        let torn = next.is_none() && !closes(self.run.text, end);
        if torn || next.is_some_and(|next| next.before == b'.') {
            return None;
        }
        let range = next.is_some_and(|next| next.before == b'/' && next.len() <= 2);
        let end = if range { next.map_or(end, |next| next.end) } else { end };
        let skip = last - first + 1 + usize::from(range);
        let address = network::ipv4(&self.run.text[start..groups[last].end])?;
        let said = self.said(start);
        let tail = self.run.text[groups[last].end..].trim_start_matches('.').starts_with(|c: char| c.is_alphabetic());
        let hyphen = self.run.before(start) == Some('-') && self.run.glued;
        let slash = self.run.before(start) == Some('/') && self.run.glued;
        let low = address.octets().iter().all(|octet| *octet < 32) && !well_known(address);
        let version = self.version_before(start)
            || hyphen
            || slash
            || (tail && self.run.after(groups[last].end) == Some('.'))
            || self.run.glued;
        if !said.has(Topic::Ip) && (version || low) {
            return Some(Outcome::Skip(skip));
        }
        let likelihood = if said.has(Topic::Ip) { Likelihood::VeryLikely } else { Likelihood::Likely };
        Some(Outcome::Found((Kind::Ip, start, end, likelihood)))
    }

    /// Whether a word right before says that a version follows; farther away it speaks of something else.
    fn version_before(&self, start: usize) -> bool {
        let from = (start.saturating_sub(12).max(self.floor.min(start))..=start)
            .find(|at| self.run.text.is_char_boundary(*at));
        let near = after_digits(&self.run.text[from.unwrap_or(start)..start]);
        self.hints.has(Topic::Version) || context::nearest(near).has(Topic::Version)
    }

    fn day(&mut self, first: usize, last: usize, day: date::Day) -> Outcome {
        let groups = self.run.groups();
        let (start, end) = (groups[first].start, groups[last].end);
        if day.birthlike() && self.said(start).has(Topic::Birth) {
            return Outcome::Found((Kind::BirthDate, start, end, Likelihood::Likely));
        }
        Outcome::Skip(last - first + 1)
    }

    /// Numbers with a check digit or a form of their own.
    fn exact(&mut self, first: usize, last: usize, digits: &[u8]) -> Option<Seen> {
        let groups = &self.run.groups()[first..=last];
        let (start, end) = (groups[0].start, groups[groups.len() - 1].end);
        let seen = |kind, likelihood| Some((kind, start, end, likelihood));
        let lengths = Vec5::of(groups);
        if self.run.before(start) == Some('+') {
            return None;
        }
        if (12..=19).contains(&digits.len()) && card::luhn(digits) && self.is_card(groups, digits) {
            return seen(Kind::Card, Likelihood::VeryLikely);
        }
        if self.run.glued && first == 0 {
            return None;
        }
        match digits.len() {
            9 if lengths.is(&[3, 2, 4]) => self.social(groups, digits).and_then(|(kind, sure)| seen(kind, sure)),
            9 => self.nine(start, digits).and_then(|kind| seen(kind, Likelihood::Likely)),
            10 if national::nhs(digits) && self.said(start).has(Topic::Nhs) => seen(Kind::Nhs, Likelihood::VeryLikely),
            11 if national::german_tax(digits)
                && (lengths.is(&[2, 3, 3, 3]) || self.said(start).has(Topic::GermanTax)) =>
            {
                seen(Kind::GermanTax, Likelihood::Likely)
            }
            13 if national::swiss_ahv(digits)
                && (lengths.is(&[3, 4, 4, 2]) || self.said(start).has(Topic::National)) =>
            {
                seen(Kind::SwissAhv, Likelihood::VeryLikely)
            }
            15 if national::french_nir(&self.run.text[start..end])
                && (nir_groups(groups) && !self.run.holds_a_day() || self.said(start).has(Topic::National)) =>
            {
                seen(Kind::FrenchNir, Likelihood::Likely)
            }
            _ => self.other(first, last, digits),
        }
    }

    fn is_card(&mut self, groups: &[Group], digits: &[u8]) -> bool {
        let start = groups[0].start;
        let mut sizes = [0; 20];
        groups.iter().zip(&mut sizes).for_each(|(group, size)| *size = group.len());
        let printed = card::grouped(&sizes[..groups.len()])
            && groups.iter().skip(1).all(|group| group.before == groups[1].before);
        let torn = self.run.glued && start == self.run.groups()[0].start;
        let said = self.said(start);
        if said.has(Topic::Card) {
            return printed || groups.len() <= 5;
        }
        printed
            && !torn
            && card::issued(digits)
            && !(card::article(digits) || (said.has(Topic::Other) && digits.len() < 15))
    }

    fn social(&mut self, groups: &[Group], digits: &[u8]) -> Option<(Kind, Likelihood)> {
        let same = groups[1].before == groups[2].before;
        let said = self.said(groups[0].start);
        let told = said.has(Topic::Ssn) || said.has(Topic::Itin);
        let form = groups[1].before == b'-' && self.run.before(groups[0].start) != Some('+');
        if !same || !(told || form) {
            return None;
        }
        let sure = if told { Likelihood::VeryLikely } else { Likelihood::Likely };
        match () {
            () if national::ssn(digits) => Some((Kind::Ssn, sure)),
            () if national::itin(digits) => Some((Kind::Itin, sure)),
            () => None,
        }
    }

    /// Nine digits in one piece, or in other groups, need a word.
    fn nine(&mut self, start: usize, digits: &[u8]) -> Option<Kind> {
        let said = self.said(start);
        if said.has(Topic::Bsn) && national::dutch_bsn(digits) {
            return Some(Kind::DutchBsn);
        }
        if said.has(Topic::Ssn) && national::ssn(digits) {
            return Some(Kind::Ssn);
        }
        (said.has(Topic::Itin) && national::itin(digits)).then_some(Kind::Itin)
    }

    /// Numbers that end in a letter or hold one: Spanish DNI, Corsican NIR; postal codes and days after a word.
    fn other(&mut self, first: usize, last: usize, digits: &[u8]) -> Option<Seen> {
        let groups = self.run.groups();
        let (start, end) = (groups[first].start, groups[last].end);
        if first == last && digits.len() == 8 && self.said(start).has(Topic::Birth) {
            let day = date::parse(self.piece(first)).filter(|day| day.birthlike())?;
            return Some((
                Kind::BirthDate,
                start,
                end,
                if day.year > 0 { Likelihood::Likely } else { Likelihood::Possible },
            ));
        }
        if (4..=9).contains(&digits.len()) && self.said(start).has(Topic::Postal) {
            let mut votes = [0; postal::VOTES];
            let fits = postal::vote(&self.run.text[start..end], &mut votes) || (3..=6).contains(&digits.len());
            return fits.then_some((Kind::PostalCode, start, end, Likelihood::Likely));
        }
        None
    }

    fn phone(&mut self, first: usize, last: usize, digits: &[u8]) -> Option<Seen> {
        if !(6..=17).contains(&digits.len()) {
            return None;
        }
        let groups = self.run.groups();
        let (mut start, end) = (groups[first].start, groups[last].end);
        let bytes = self.run.text.as_bytes();
        let plus = start > 0 && bytes[start - 1] == b'+' || start > 1 && &bytes[start - 2..start] == b"(+";
        let told = self.told(start, end);
        let form =
            Form { groups: &groups[first..=last], digits, plus, text: self.run.text, figures: self.run.holds_a_day() };
        let glued = first == 0 && self.run.glued;
        let likelihood = form.likelihood(told, self.said(start).has(Topic::Other)).filter(|_| plus || !glued)?;
        while start > 0 && matches!(bytes[start - 1], b'+' | b'(') {
            start -= 1;
        }
        let end = extension_end(self.run.text, end).unwrap_or(end);
        Some((Kind::Phone, start, end, likelihood))
    }

    /// Whether words say that it is a telephone number.
    fn told(&mut self, start: usize, end: usize) -> bool {
        self.said(start).has(Topic::Phone) || self.followed_by_phone_word(end)
    }
}

/// Whether groups are those in which the French number is written: sex, year, month, department, commune, order, key;
/// pieces of it may be joined, and figures in columns fall into them seldom.
fn nir_groups(groups: &[Group]) -> bool {
    const ENDS: [usize; 7] = [1, 3, 5, 7, 10, 13, 15];
    let mut at = 0;
    groups.iter().all(|group| {
        at += group.len();
        ENDS.contains(&at)
    })
}

/// The end of a text without digits.
fn after_digits(text: &str) -> &str {
    text.rfind(|c: char| c.is_ascii_digit()).map_or(text, |last| &text[last + 1..])
}

/// What was made of the groups from a place on.
enum Outcome {
    Found(Seen),
    /// Nothing, and so many groups are done with.
    Skip(usize),
}

/// Addresses with small numbers that are no versions.
fn well_known(address: std::net::Ipv4Addr) -> bool {
    let octets = address.octets();
    (octets[0] == 10 && octets[1] == 0)
        || matches!(octets, [8, 8, 8, 8] | [8, 8, 4, 4] | [1, 1, 1, 1] | [1, 0, 0, 1] | [9, 9, 9, 9])
}
