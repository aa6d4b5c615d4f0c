//! Study files to start from.

/// Names of the templates, the default first.
pub const TEMPLATES: [&str; 1] = ["monthly-sales"];

/// The text of a template; it passes `study check`.
pub fn template(name: &str) -> Option<&'static str> {
    (name == TEMPLATES[0]).then_some(include_str!("templates/monthly-sales.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Study;
    use std::path::Path;

    #[test]
    fn the_document_shows_the_template() {
        let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/study.md");
        let document = std::fs::read_to_string(document).expect("docs/study.md is there");
        let text = template(TEMPLATES[0]).expect("listed").trim_end();
        assert!(document.contains(text), "docs/study.md does not show the template as it is");
    }

    #[test]
    fn every_template_passes_the_check() {
        for name in TEMPLATES {
            let text = template(name).expect("listed");
            let study = Study::parse(Path::new(name), text).unwrap_or_else(|failure| panic!("{failure}"));
            assert_eq!(study.id, name);
            assert_eq!(study.schema().check(), Ok(()));
        }
    }
}
