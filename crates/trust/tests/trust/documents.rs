//! `docs/metrics.md` has a section for every metric, naming its meanings and parameters.

use guildhall_trust::metric::ALL;

#[test]
fn every_metric_has_its_section() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/metrics.md");
    let text = std::fs::read_to_string(path).expect("docs/metrics.md is there");
    let wanted = ["Definition", "Source", "Columns", "Privacy unit", "Sensitivity", "Estimator", "Small samples"];
    for metric in ALL {
        let heading = format!("\n## {} (`{}`)\n", metric.title, metric.name);
        let (_, section) = text.split_once(&heading).unwrap_or_else(|| panic!("no section {heading:?}"));
        let section = section.split("\n## ").next().unwrap_or_default();
        for word in wanted {
            assert!(section.contains(&format!("**{word}.**")), "{}: {word} is missing", metric.name);
        }
        for meaning in metric.needs.iter().copied().flatten() {
            assert!(section.contains(&format!("`{}", meaning.name)), "{}: {} is not named", metric.name, meaning.name);
        }
        for parameter in metric.parameters {
            assert!(
                section.contains(&format!("`{}`", parameter.name)),
                "{}: {} is not named",
                metric.name,
                parameter.name
            );
        }
    }
    let sections = text.matches("\n## ").count();
    assert!(sections >= ALL.len(), "{sections} sections for {} metrics", ALL.len());
}
