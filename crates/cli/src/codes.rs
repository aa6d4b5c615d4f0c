//! The register of error codes, read from the explanations in `explain/*.md`.
//!
//! A code's section starts with `## S0101 (exit 3): title`; what follows, up to the next such line,
//! is its explanation. There is no second list: the exit code of an error is what its page says. Codes
//! of data files (D...) are registered and explained by the crate `data` itself and all mean exit 3.

use crate::Kind;
use std::borrow::Cow;
use std::sync::LazyLock;

/// One file per area, in the order `guildhall explain` lists them.
const PAGES: [&str; 13] = [
    include_str!("explain/study.md"),
    include_str!("explain/data_policy.md"),
    include_str!("explain/trust.md"),
    include_str!("explain/round.md"),
    include_str!("explain/keys.md"),
    include_str!("explain/policy.md"),
    include_str!("explain/verification.md"),
    include_str!("explain/disclosure.md"),
    include_str!("explain/comparison.md"),
    include_str!("explain/pseudonym.md"),
    include_str!("explain/overlap.md"),
    include_str!("explain/encrypted.md"),
    include_str!("explain/usage.md"),
];

/// One error code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The code: a letter for the area and digits.
    pub id: &'static str,
    /// What kind of failure it is, hence its exit code.
    pub kind: Kind,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// What it means, why it is refused, how to mend it.
    pub text: Cow<'static, str>,
}

/// Every code.
pub fn all_codes() -> &'static [Code] {
    static CODES: LazyLock<Vec<Code>> =
        LazyLock::new(|| PAGES.iter().flat_map(|page| sections(page)).chain(data_codes()).collect());
    &CODES
}

/// The code with this id, in any case.
pub fn find_code(id: &str) -> Option<Code> {
    all_codes().iter().find(|code| code.id.eq_ignore_ascii_case(id)).cloned()
}

fn sections(page: &'static str) -> impl Iterator<Item = Code> {
    page.split("\n## ").skip(1).filter_map(|section| {
        let (heading, text) = section.split_once('\n')?;
        let (id, rest) = heading.split_once(" (exit ")?;
        let (exit, title) = rest.split_once("): ")?;
        let kind = Kind::from_exit(exit.parse().ok()?)?;
        Some(Code { id, kind, title, text: text.trim().into() })
    })
}

fn data_codes() -> impl Iterator<Item = Code> {
    guildhall_data::CODES.iter().map(|entry| {
        let advice = "The error itself names the file, row and column. Try what stands beside it after `try:`.";
        let text = format!("{}\n\n{advice}", entry.why).into();
        Code { id: entry.code, kind: Kind::DataInvalid, title: entry.title, text }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn every_section_is_well_formed() {
        let headings = PAGES.iter().map(|page| page.matches("\n## ").count()).sum::<usize>();
        assert_eq!(
            headings + guildhall_data::CODES.len(),
            all_codes().len(),
            "a heading must read `## S0101 (exit 3): title`"
        );
        let ids: BTreeSet<&str> = all_codes().iter().map(|code| code.id).collect();
        assert_eq!(ids.len(), all_codes().len(), "a code is explained twice");
        for code in all_codes() {
            assert!(code.text.len() > 60, "{} deserves a real explanation", code.id);
            assert!(code.text.contains("Try"), "{} must say what to try", code.id);
        }
    }

    #[test]
    fn every_code_in_the_sources_is_explained_and_every_explained_code_is_used() {
        let mut used = BTreeSet::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), &mut |text| used.extend(quoted_codes(text)));
        let explained: BTreeSet<String> = all_codes().iter().map(|code| code.id.to_owned()).collect();
        let missing: Vec<_> = used.difference(&explained).collect();
        let unused: Vec<_> = explained.difference(&used).collect();
        assert!(missing.is_empty(), "no explanation in crates/cli/src/explain/ for {missing:?}");
        assert!(unused.is_empty(), "explained but used nowhere: {unused:?}");
    }

    #[test]
    fn the_scan_sees_what_it_should() {
        let found: Vec<String> =
            quoted_codes(r#"Problem::new("D042", x) "S0101" "P10" "D0421x" "X0001" S0102"#).collect();
        assert_eq!(found, ["D042", "S0101"]);
    }

    /// Code literals such as `"S0101"`: an area letter and three or four digits between quotes.
    fn quoted_codes(text: &str) -> impl Iterator<Item = String> {
        text.split('"').filter(|part| is_code(part)).map(str::to_owned)
    }

    fn is_code(part: &str) -> bool {
        let (area, digits) = part.split_at_checked(1).unwrap_or_default();
        "SDRVKPTUC".contains(area) && (3..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    }

    /// Every Rust source of every crate, except this file's own examples.
    fn sources(folder: &Path, see: &mut dyn FnMut(&str)) {
        for entry in std::fs::read_dir(folder).expect("the crates are there").flatten() {
            let path = entry.path();
            if path.is_dir() && !path.ends_with("target") && !path.ends_with("tests") {
                sources(&path, see);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("cli/src/codes.rs") {
                see(&std::fs::read_to_string(&path).unwrap_or_default());
            }
        }
    }
}
