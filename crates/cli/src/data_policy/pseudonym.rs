//! `pseudonym = { method = ... }`: the method, and everything it needs.
//!
//! # Security
//! A missing domain, key or region is a mistake, never a fallback: two columns under one key by accident can be
//! linked, and a keyless hash is undone by trying all values.

use super::model::PseudonymMethod;
use crate::Problem;
use crate::study::section::Section;
use crate::study::source::Source;
use guildhall_pseudonym::own::Spelling;
use guildhall_pseudonym::{LocalPart, Region, Rules};
use std::path::PathBuf;

/// Most days a date may be moved.
const MOST_DAYS: u64 = 3_650;

#[derive(Clone, Copy)]
enum Method {
    Joint,
    AesSiv,
    Ff1,
    DateShift,
    Token,
    KeyedHash,
    Remove,
}

#[derive(Clone, Copy)]
enum Kind {
    Email,
    Phone,
    Plain,
}

const KINDS: [(&str, Kind); 3] = [("email", Kind::Email), ("phone", Kind::Phone), ("plain", Kind::Plain)];

/// The words for what is done with the part of an e-mail address before the @.
pub(crate) const LOCAL_PARTS: [(&str, LocalPart); 3] =
    [("keep", LocalPart::Keep), ("lower", LocalPart::Lower), ("lower-untagged", LocalPart::LowerUntagged)];

const METHODS: [(&str, Method); 7] = [
    ("joint", Method::Joint),
    ("aes-siv", Method::AesSiv),
    ("ff1", Method::Ff1),
    ("date-shift", Method::DateShift),
    ("token", Method::Token),
    ("keyed-hash", Method::KeyedHash),
    ("remove", Method::Remove),
];

/// Reads a method; `holds` is the kind of the column where the method names none.
pub(super) fn read(source: &mut Source<'_>, mut section: Section<'_>, holds: Option<&str>) -> Option<PseudonymMethod> {
    if !section.has("method") {
        section.missing(source, "method", "method = \"joint\", or aes-siv, ff1, date-shift, token, keyed-hash, remove");
    }
    let method = section.choice(source, "method", &METHODS)?;
    let word = section.text(source, "method").unwrap_or_default();
    section.rename(format!("pseudonym = {{ method = {word:?}, ... }}"));
    let found = match method {
        Method::Remove => Some(PseudonymMethod::Remove),
        Method::Joint => joint(source, &mut section, holds),
        Method::AesSiv => keyed(source, &mut section).map(|(domain, key)| PseudonymMethod::AesSiv { domain, key }),
        Method::KeyedHash => keyed_hash(source, &mut section, holds),
        Method::Ff1 => {
            let pair = keyed(source, &mut section);
            let alphabet = section.required(source, "alphabet", "alphabet = \"0123456789\"");
            pair.zip(alphabet).map(|((domain, key), alphabet)| PseudonymMethod::Ff1 { domain, key, alphabet })
        }
        Method::DateShift => date_shift(source, &mut section),
        Method::Token => {
            let domain = domain(source, &mut section);
            let vault = file(source, &mut section, "vault", "vault = \"tokens.vault\"");
            domain.zip(vault).map(|(domain, vault)| PseudonymMethod::Token { domain, vault })
        }
    };
    section.finish(source);
    found
}

fn joint(source: &mut Source<'_>, section: &mut Section<'_>, holds: Option<&str>) -> Option<PseudonymMethod> {
    let domain = domain(source, section);
    let kind = section.text(source, "kind").or_else(|| holds.map(str::to_owned));
    if kind.is_none() {
        section.missing(source, "kind", "kind = \"email\" (or holds = \"email\" in the column)");
    }
    let region = section.text(source, "region");
    let (domain, kind) = (domain?, kind?);
    if kind == "phone" && region.is_none() {
        let problem = Problem::new("S0602", "telephone numbers need a region")
            .why("national numbers of two countries would become one pseudonym")
            .remedy("add region = \"DE\": where numbers without a country code belong");
        source.mistake(&section.span(), problem);
        return None;
    }
    Some(PseudonymMethod::Joint { domain, kind, region })
}

fn keyed_hash(source: &mut Source<'_>, section: &mut Section<'_>, holds: Option<&str>) -> Option<PseudonymMethod> {
    let pair = keyed(source, section);
    let spelling = spelling(source, section, holds)?;
    let (domain, key) = pair?;
    Some(PseudonymMethod::KeyedHash { domain, key, spelling })
}

/// Which text of a cell is hashed: two spellings of one customer become two only where the policy says so.
fn spelling(source: &mut Source<'_>, section: &mut Section<'_>, holds: Option<&str>) -> Option<Spelling> {
    if section.has("canonical") {
        return section.choice(source, "canonical", &[("none", Spelling::AsItStands)]);
    }
    let of_column = || KINDS.iter().find(|(word, _)| Some(*word) == holds).map(|(_, kind)| *kind);
    let kind = if section.has("kind") {
        section.choice(source, "kind", &KINDS)?
    } else {
        section.know(&["kind"]);
        match of_column() {
            Some(kind) => kind,
            None => {
                let example =
                    "kind = \"email\", \"phone\" or \"plain\"; or canonical = \"none\": every spelling by itself";
                section.missing(source, "kind", example);
                return None;
            }
        }
    };
    match kind {
        Kind::Plain => Some(Spelling::Canonical(Rules::Plain)),
        Kind::Phone => region(source, section).map(|region| Spelling::Canonical(Rules::Phone(region))),
        Kind::Email => {
            if !section.has("local_part") {
                section.missing(source, "local_part", "local_part = \"lower\", \"lower-untagged\" or \"keep\"");
            }
            section.choice(source, "local_part", &LOCAL_PARTS).map(|part| Spelling::Canonical(Rules::Email(part)))
        }
    }
}

fn region(source: &mut Source<'_>, section: &mut Section<'_>) -> Option<Region> {
    let text = section.required(source, "region", "region = \"DE\": where numbers without a country code belong")?;
    text.parse()
        .map_err(|error: guildhall_pseudonym::CanonicalError| {
            let problem = Problem::new("S0105", error.to_string()).remedy("write two capital letters such as \"DE\"");
            source.mistake(&section.span_of("region"), problem);
        })
        .ok()
}

fn date_shift(source: &mut Source<'_>, section: &mut Section<'_>) -> Option<PseudonymMethod> {
    let pair = keyed(source, section);
    if !section.has("days") {
        section.missing(source, "days", "days = 30: the most days a date moves, either way");
    }
    let days = section.whole(source, "days", 1..MOST_DAYS + 1).and_then(|days| u32::try_from(days).ok());
    let subject = section.required(source, "subject", "subject = \"customer\": the column that names the person");
    // What the column of dates holds says nothing of its subject.
    let spelling = spelling(source, section, None);
    let (domain, key) = pair?;
    Some(PseudonymMethod::DateShift { domain, key, days: days?, subject: subject?, spelling: spelling? })
}

fn keyed(source: &mut Source<'_>, section: &mut Section<'_>) -> Option<(String, PathBuf)> {
    let domain = domain(source, section);
    let key = file(source, section, "key", "key = \"crm.key\", the key file");
    domain.zip(key)
}

fn domain(source: &mut Source<'_>, section: &mut Section<'_>) -> Option<String> {
    let domain = section.required(source, "domain", "domain = \"crm\": pseudonyms of two domains cannot be linked")?;
    section.readable(source, "domain", &domain).then_some(domain)
}

fn file(source: &mut Source<'_>, section: &mut Section<'_>, key: &'static str, example: &str) -> Option<PathBuf> {
    section.required(source, key, example).map(PathBuf::from)
}
