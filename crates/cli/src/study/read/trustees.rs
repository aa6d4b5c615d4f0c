//! `[trustees]`: who computes, and how many it takes to open and to sign.

use crate::Problem;
use crate::study::model::Trustees;
use crate::study::section::{Section, readable};
use crate::study::source::Source;
use guildhall_mpc::Threshold;

/// Reads the section; without it the default holds: five trustees, three open, four sign.
pub(super) fn read(source: &mut Source<'_>, section: Option<Section<'_>>) -> Option<Trustees> {
    let Some(mut section) = section else {
        return Some(Trustees { names: numbered(Threshold::FIVE.k()), threshold: Threshold::FIVE });
    };
    let names = names(source, &mut section);
    let before = source.count();
    let named = names.as_ref().and_then(|names| u8::try_from(names.len()).ok());
    let count = small(source, &mut section, "count").or(named).unwrap_or(Threshold::FIVE.k());
    let t = small(source, &mut section, "threshold").unwrap_or(Threshold::FIVE.t());
    let u = small(source, &mut section, "quorum").unwrap_or(Threshold::FIVE.u());
    if let Some(named) = named.filter(|named| *named != count) {
        let problem = Problem::new("S0402", format!("{named} names for {count} trustees"));
        source.mistake(&section.span_of("names"), problem.remedy("name each trustee once, or leave `count` out"));
    }
    let span = section.span_of("quorum");
    section.finish(source);
    if source.count() > before {
        return None;
    }
    match Threshold::new(count, t, u) {
        Ok(threshold) => Some(Trustees { names: names.unwrap_or_else(|| numbered(count)), threshold }),
        Err(error) => {
            source.mistake(&span, Problem::new("S0401", format!("unsafe: {error}")).remedy(safe(count)));
            None
        }
    }
}

fn names(source: &mut Source<'_>, section: &mut Section<'_>) -> Option<Vec<String>> {
    let listed = section.texts(source, "names")?;
    let mut names: Vec<String> = Vec::with_capacity(listed.len());
    for name in listed {
        if name.get_ref().trim().is_empty() || names.contains(name.get_ref()) {
            let problem = Problem::new("S0402", format!("{:?} names no other trustee", name.get_ref()))
                .why("two trustees run by one operator count as one fault, not two")
                .remedy("give each trustee its own name");
            source.mistake(&name.span(), problem);
        }
        readable(source, "names", name.get_ref(), &name.span());
        names.push(name.into_inner());
    }
    Some(names)
}

fn numbered(count: u8) -> Vec<String> {
    (1..=count).map(|number| format!("Trustee {number}")).collect()
}

fn small(source: &mut Source<'_>, section: &mut Section<'_>, key: &'static str) -> Option<u8> {
    section.whole(source, key, 1..101).and_then(|number| u8::try_from(number).ok())
}

/// The safe triples for this number of trustees, with what each guarantees.
fn safe(count: u8) -> String {
    let triples = (2..=count).flat_map(|t| (t..=count).filter_map(move |u| Threshold::new(count, t, u).ok()));
    let mut found: Vec<Threshold> = triples.collect();
    // What survives most faults first; among those, what keeps figures private against most trustees.
    found.sort_by_key(|t| std::cmp::Reverse((t.guarantees().survives, t.guarantees().private_against)));
    let words: Vec<String> = found.iter().take(3).map(|threshold| described(*threshold)).collect();
    if words.is_empty() {
        return format!("{count} trustees admit no safe choice; take 5 with threshold = 3, quorum = 4");
    }
    format!("with {count} trustees: {}", words.join("; "))
}

/// A triple and its guarantees in words.
fn described(threshold: Threshold) -> String {
    let g = threshold.guarantees();
    let (t, u) = (threshold.t(), threshold.u());
    format!(
        "threshold = {t}, quorum = {u} (private against {} bad trustees, correct against {}, survives {} faults)",
        g.private_against, g.correct_against, g.survives
    )
}
