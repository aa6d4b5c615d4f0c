//! What the command line reads beside a round: studies, specifications, and the account of the import.

use guildhall_cli::data_policy::DataPolicy;
use guildhall_cli::study::Study;
use guildhall_cli::{ImportFile, specification};
use std::path::Path;

/// A study file: whatever is wrong with it is a list of mistakes with places.
pub fn study(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Ok(study) = Study::parse(Path::new("study.toml"), text) {
        assert!(study.schema().check().is_ok(), "a study that was accepted has a sound schema");
    }
}

/// The studies that come with Guildhall.
pub fn study_seeds() -> Vec<Vec<u8>> {
    [
        include_str!("../../examples/austin/study.toml"),
        include_str!("../../examples/austin/every-month.toml"),
        include_str!("../../examples/online_retail/study.toml"),
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}

/// A trust specification: one that was accepted has no mistake, and a plan that costs no more than it says.
pub fn trust(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let Ok(spec) = specification::trust(Path::new("trust.toml"), text) else { return };
    assert!(spec.check().is_empty(), "a specification that was accepted has no mistake");
    if let Ok(plan) = guildhall_trust::plan(&spec) {
        assert!(!plan.queries().is_empty() && !plan.noise().is_empty());
    }
}

/// The trust specifications that come with Guildhall.
pub fn trust_seeds() -> Vec<Vec<u8>> {
    [
        include_str!("../../examples/trust/online_retail.toml"),
        include_str!("../../examples/trust/cdnow.toml"),
        include_str!("../../examples/trust/cdnow_purchases.toml"),
        include_str!("../../examples/trust/telco_churn.toml"),
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}

/// A disclosure policy.
pub fn disclosure(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    drop(specification::disclosure(Path::new("table.toml"), text));
}

/// The disclosure policy that comes with Guildhall.
pub fn disclosure_seeds() -> Vec<Vec<u8>> {
    vec![include_bytes!("../../examples/disclosure/shops.toml").to_vec()]
}

/// The account of an import.
pub fn import_file(bytes: &[u8]) {
    if let Ok(account) = ImportFile::decode(bytes) {
        let again = account.encode();
        assert_eq!(ImportFile::decode(&again).expect("written here"), account);
    }
}

/// One account.
pub fn import_file_seeds() -> Vec<Vec<u8>> {
    let text = r#"{"files": ["a.csv"], "rows_read": 3, "rows_kept": 2, "skipped": [["returns", 1]], "clipped": 0,
        "notes": ["columns not used: x"]}"#;
    vec![text.as_bytes().to_vec()]
}

/// A data policy: what was accepted reads back as the same after it is written.
pub fn data_policy(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let path = Path::new("policy.toml");
    if let Ok(policy) = DataPolicy::parse(path, text) {
        assert_eq!(DataPolicy::parse(path, &policy.to_toml()).expect("written here"), policy);
    }
}

/// The policies that come with Guildhall.
pub fn data_policy_seeds() -> Vec<Vec<u8>> {
    [
        include_str!("../../examples/anonymise/adult.toml"),
        include_str!("../../examples/anonymise/telco.toml"),
        include_str!("../../examples/anonymise/online_retail.toml"),
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}
