//! No source file grows beyond what one can hold in mind; tests are excepted.

use std::path::{Path, PathBuf};

/// Longest source file, in lines.
const LONGEST: usize = 500;

#[test]
fn no_source_file_is_too_long() {
    let files = sources(Path::new(env!("CARGO_MANIFEST_DIR")));
    assert!(files.len() > 20, "only {} source files were found", files.len());
    let long: Vec<String> = files.iter().filter_map(|file| too_long(file)).collect();
    assert!(long.is_empty(), "longer than {LONGEST} lines:\n{}\nSplit them by what they are about.", long.join("\n"));
}

#[test]
fn a_long_file_is_found_and_tests_are_excepted() {
    let folder = std::env::temp_dir().join(format!("guildhall-sizes-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("tests")).expect("the temporary folder can be written");
    for name in ["long.rs", "tests.rs", "tests/long.rs"] {
        std::fs::write(folder.join(name), "//\n".repeat(LONGEST + 1)).expect("the temporary folder can be written");
    }
    let found: Vec<PathBuf> = sources(&folder);
    let long: Vec<String> = found.iter().filter_map(|file| too_long(file)).collect();
    std::fs::remove_dir_all(&folder).expect("the temporary folder can be removed");
    assert_eq!(long.len(), 1, "{long:?}");
    assert!(long[0].contains("long.rs"));
}

fn too_long(file: &Path) -> Option<String> {
    let lines = std::fs::read_to_string(file).unwrap_or_default().lines().count();
    (lines > LONGEST).then(|| format!("{}: {lines} lines", file.display()))
}

/// Rust sources under a folder, without tests, build results and hidden folders.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder can be read").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "tests" | "target") && !name.starts_with('.') {
                found.extend(sources(&path));
            }
        } else if name.ends_with(".rs") && name != "tests.rs" {
            found.push(path);
        }
    }
    found
}
