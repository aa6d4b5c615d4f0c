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
    fn every_template_passes_the_check() {
        for name in TEMPLATES {
            let text = template(name).expect("listed");
            let study = Study::parse(Path::new(name), text).unwrap_or_else(|failure| panic!("{failure}"));
            assert_eq!(study.id, name);
            assert_eq!(study.schema().check(), Ok(()));
        }
    }
}
