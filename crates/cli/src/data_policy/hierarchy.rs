//! `hierarchy = { ... }`: a file, widths, characters to keep, or parts of a date written in a declared order.

use super::model::{DatePart, DayOrder, HierarchySource};
use crate::Problem;
use crate::study::section::{Section, Value, choose, exact_text, wrong_type};
use crate::study::source::Source;
use guildhall_kpi::Rational;

const KINDS: [&str; 4] = ["file", "widths", "keep", "dates"];
/// Most levels of a hierarchy.
const MOST_LEVELS: usize = 64;

pub(super) fn read(source: &mut Source<'_>, mut section: Section<'_>) -> Option<HierarchySource> {
    let before = source.count();
    let given: Vec<&str> = KINDS.into_iter().filter(|key| section.has(key)).collect();
    section.know(&KINDS);
    if given.contains(&"dates") {
        section.know(&["order"]);
    }
    let found = match given.as_slice() {
        ["file"] => section.text(source, "file").map(|name| HierarchySource::File(name.into())),
        ["widths"] => widths(source, &mut section),
        ["keep"] => keep(source, &mut section),
        ["dates"] => dates(source, &mut section),
        _ => {
            let problem = Problem::new("S0603", "a hierarchy is given in exactly one way").remedy(
                "write one of { file = \"age.csv\" }, { widths = [5, 10] }, { keep = [3, 0] }, { dates = [\"year\"] }",
            );
            source.mistake(&section.span(), problem);
            None
        }
    };
    section.finish(source);
    found.filter(|_| source.count() == before)
}

fn widths(source: &mut Source<'_>, section: &mut Section<'_>) -> Option<HierarchySource> {
    let want = "numbers above 0 such as [5, 10, 20]";
    let widths: Vec<Rational> = list(source, section, "widths", want, |value| {
        exact_text(value).and_then(|text| text.parse().ok()).filter(|width: &Rational| !width.is_zero())
    })?;
    let nested = widths.windows(2).all(|pair| multiple(pair[0], pair[1]));
    if !nested {
        let why = "an interval of one level must lie inside one interval of the next";
        return refuse(source, section, "widths", "each width must be a larger multiple of the one before", why);
    }
    Some(HierarchySource::Widths(widths))
}

/// Whether the second is a whole multiple of the first, and larger.
fn multiple(small: Rational, large: Rational) -> bool {
    let over = u128::from(large.numerator()) * u128::from(small.denominator());
    let under = u128::from(small.numerator()) * u128::from(large.denominator());
    over > under && over.is_multiple_of(under)
}

fn keep(source: &mut Source<'_>, section: &mut Section<'_>) -> Option<HierarchySource> {
    let want = "whole numbers such as [3, 2, 0]";
    let keep: Vec<u32> =
        list(source, section, "keep", want, |value| exact_text(value).and_then(|text| text.parse().ok()))?;
    if keep.windows(2).any(|pair| pair[0] <= pair[1]) {
        let why = "each level must be coarser than the one before";
        return refuse(source, section, "keep", "each number of characters must be smaller than the one before", why);
    }
    Some(HierarchySource::Keep(keep))
}

fn dates(source: &mut Source<'_>, section: &mut Section<'_>) -> Option<HierarchySource> {
    let words = section.texts(source, "dates")?;
    let before = source.count();
    let parts: Vec<DatePart> =
        words.iter().filter_map(|word| choose(source, "dates", word, &DatePart::WORDS)).collect();
    if source.count() > before {
        return None;
    }
    if parts.is_empty() || parts.windows(2).any(|pair| pair[0] >= pair[1]) {
        let why = "each level must be coarser than the one before";
        return refuse(source, section, "dates", "the parts must be in the order month, quarter, year, decade", why);
    }
    let order = if section.has("order") { section.choice(source, "order", &DayOrder::WORDS)? } else { DayOrder::Ymd };
    Some(HierarchySource::Dates(parts, order))
}

fn list<T>(
    source: &mut Source<'_>,
    section: &mut Section<'_>,
    key: &'static str,
    want: &str,
    one: impl Fn(&Value<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    let value = section.value(key)?;
    let items = value.get_ref().as_array().filter(|items| !items.is_empty() && items.len() <= MOST_LEVELS);
    let Some(items) = items else {
        wrong_type(source, key, value, want);
        return None;
    };
    let read: Vec<Option<T>> = items.iter().map(one).collect();
    for (item, _) in items.iter().zip(&read).filter(|(_, read)| read.is_none()) {
        wrong_type(source, key, item, want);
    }
    read.into_iter().collect()
}

fn refuse(
    source: &mut Source<'_>,
    section: &Section<'_>,
    key: &str,
    message: &str,
    why: &str,
) -> Option<HierarchySource> {
    let problem = Problem::new("S0603", message).why(why).remedy("list the levels from fine to coarse");
    source.mistake(&section.span_of(key), problem);
    None
}
