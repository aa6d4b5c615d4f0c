//! Licences and sources of all dependencies against `.cargo/deny.toml`, read from `cargo metadata`.
//!
//! The same two rules `cargo deny` applies, so that they hold where it is not installed: every licence
//! expression (SPDX) is satisfied by the allowed ones, and every package comes from an allowed registry.
//! Not here: advisories, texts of licences.

use crate::check::root;
use cargo_metadata::{CargoOpt, MetadataCommand, Package};
use serde::Deserialize;
use spdx::{Expression, Licensee, ParseMode};
use std::process::ExitCode;

/// The parts of `.cargo/deny.toml` that are applied here.
#[derive(Debug, Deserialize)]
struct Rules {
    licenses: Licenses,
    sources: Sources,
}

#[derive(Debug, Deserialize)]
struct Licenses {
    allow: Vec<String>,
    #[serde(default)]
    clarify: Vec<Clarify>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

/// Licences that one crate may have besides, each with its reason in the file.
#[derive(Debug, Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Clarify {
    #[serde(rename = "crate")]
    name: String,
    expression: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
}

/// Why the check could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
enum Error {
    /// The rules are not there.
    #[error("cannot read .cargo/deny.toml: {0}")]
    Read(#[from] std::io::Error),
    /// The rules are not understood.
    #[error("cannot understand .cargo/deny.toml: {0}")]
    Rules(#[from] toml::de::Error),
    /// An allowed licence is unknown to SPDX.
    #[error(".cargo/deny.toml allows {0:?}, which is no SPDX licence")]
    Licence(String),
    /// Cargo failed.
    #[error("cargo metadata failed: {0}")]
    Metadata(#[from] cargo_metadata::Error),
}

/// Checks, tells the result, and returns the exit code.
pub(crate) fn report() -> ExitCode {
    match violations() {
        Ok((count, broken)) if broken.is_empty() => {
            eprintln!("{count} packages: licences and sources are allowed (advisories need cargo-deny)");
            ExitCode::SUCCESS
        }
        Ok((_, broken)) => {
            eprintln!("{}\nThe rules are in .cargo/deny.toml.", broken.join("\n"));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn violations() -> Result<(usize, Vec<String>), Error> {
    let rules: Rules = toml::from_str(&std::fs::read_to_string(root().join(".cargo/deny.toml"))?)?;
    let allowed = licensees(&rules.licenses.allow)?;
    let excepted = rules.licenses.exceptions.iter().map(|e| Ok((e.name.as_str(), licensees(&e.allow)?)));
    let excepted = excepted.collect::<Result<Vec<_>, Error>>()?;
    let allowed = |package: &Package| {
        let own = excepted.iter().filter(|(name, _)| *name == package.name.as_str()).flat_map(|(_, more)| more.clone());
        allowed.iter().cloned().chain(own).collect::<Vec<_>>()
    };
    let metadata = MetadataCommand::new().current_dir(root()).features(CargoOpt::AllFeatures).exec()?;
    let broken = metadata.packages.iter().filter_map(|package| wrong(package, &rules, &allowed(package))).collect();
    Ok((metadata.packages.len(), broken))
}

fn licensees(names: &[String]) -> Result<Vec<Licensee>, Error> {
    names.iter().map(|name| Licensee::parse(name).map_err(|_| Error::Licence(name.clone()))).collect()
}

fn wrong(package: &Package, rules: &Rules, allowed: &[Licensee]) -> Option<String> {
    let who = format!("{} {}", package.name, package.version);
    let source = package.source.as_ref().map(|source| source.repr.trim_start_matches("registry+").to_owned());
    if let Some(source) = source.filter(|source| !rules.sources.allow_registry.contains(source)) {
        return Some(format!("{who}: comes from {source}, which is not allowed"));
    }
    let clarified = rules.licenses.clarify.iter().find(|c| c.name == package.name.as_str()).map(|c| &c.expression);
    match clarified.or(package.license.as_ref()) {
        None => Some(format!("{who}: states no licence")),
        Some(text) if !satisfied(text, allowed) => Some(format!("{who}: the licence {text} is not allowed")),
        Some(_) => None,
    }
}

fn satisfied(expression: &str, allowed: &[Licensee]) -> bool {
    Expression::parse_mode(expression, ParseMode::LAX)
        .is_ok_and(|parsed| parsed.evaluate(|req| allowed.iter().any(|licensee| licensee.satisfies(req))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_need_every_and_and_one_or() {
        let names = ["MIT", "Apache-2.0", "Unicode-3.0"].map(str::to_owned);
        let allowed = licensees(&names).expect("SPDX names");
        for good in
            ["MIT", "MIT/Apache-2.0", "Apache-2.0 / MIT", "MIT OR GPL-3.0-only", "(MIT OR Apache-2.0) AND Unicode-3.0"]
        {
            assert!(satisfied(good, &allowed), "{good}");
        }
        for bad in ["GPL-3.0-only", "MIT AND GPL-3.0-only", "BSD-3-Clause-Clear", "", "free"] {
            assert!(!satisfied(bad, &allowed), "{bad}");
        }
        assert!(licensees(&["MTI".to_owned()]).is_err());
    }
}
