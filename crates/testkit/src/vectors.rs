//! Known answers as files: `tests/vectors/<scheme>/ok_*.json` must hold, `bad_*.json` must be refused as they say.
//!
//! One runner for all schemes; each crate brings the check of its own. A vector that says `"refused": "..."` fails
//! unless the refusal contains these words, so that it cannot pass for another reason.

use serde_json::Value;
use std::path::{Path, PathBuf};

/// The folder of a scheme's vectors.
pub fn folder(scheme: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors").join(scheme)
}

/// Runs a scheme's vectors through `check`, which returns the reason of a refusal; returns how many there were.
///
/// # Errors
/// Every vector that did not do what its name says, one per line.
pub fn run(scheme: &str, check: impl Fn(&Value) -> Result<(), String>) -> Result<usize, String> {
    let folder = folder(scheme);
    let listing = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<PathBuf> = listing.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let failed: Vec<String> = files.iter().filter_map(|file| one(file, &check).err()).collect();
    match (failed.is_empty(), files.is_empty()) {
        (true, false) => Ok(files.len()),
        (true, true) => Err(format!("{}: no vectors", folder.display())),
        _ => Err(failed.join("\n")),
    }
}

fn one(file: &Path, check: impl Fn(&Value) -> Result<(), String>) -> Result<(), String> {
    let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let bytes = std::fs::read(file).map_err(|error| format!("{name}: {error}"))?;
    let vector: Value = serde_json::from_slice(&bytes).map_err(|error| format!("{name}: {error}"))?;
    judge(&name, &vector, check(&vector)).map_err(|why| format!("{name}: {why}"))
}

fn judge(name: &str, vector: &Value, outcome: Result<(), String>) -> Result<(), String> {
    let expected = vector.get("refused").and_then(Value::as_str);
    match (name.split_once('_').map(|(verdict, _)| verdict), expected, outcome) {
        (Some("ok"), None, outcome) => outcome,
        (Some("bad"), Some(_), Ok(())) => Err("it was not refused".to_owned()),
        (Some("bad"), Some(words), Err(why)) if why.contains(words) => Ok(()),
        (Some("bad"), Some(words), Err(why)) => Err(format!("refused because {why:?}, not because {words:?}")),
        (Some("bad"), None, _) => Err("a bad vector must say why it is refused".to_owned()),
        _ => Err("a vector is called ok_... or bad_..., and only a bad one says why it is refused".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_vector_passes_only_for_the_reason_it_states() {
        let bad = json!({"refused": "out of range"});
        assert!(judge("bad_x", &bad, Err("value out of range".to_owned())).is_ok());
        assert!(judge("bad_x", &bad, Err("wrong length".to_owned())).is_err());
        assert!(judge("bad_x", &bad, Ok(())).is_err());
        assert!(judge("bad_x", &json!({}), Err("anything".to_owned())).is_err());
        assert!(judge("ok_x", &json!({}), Ok(())).is_ok());
        assert!(judge("ok_x", &json!({}), Err("no".to_owned())).is_err());
        assert!(judge("good_x", &json!({}), Ok(())).is_err());
        assert!(run("no such scheme", |_| Ok(())).is_err());
    }
}
