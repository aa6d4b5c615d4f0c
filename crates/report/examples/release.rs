//! Renders made-up releases, to look at: `cargo run -p guildhall-report --example release -- DIR`.

#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../tests/support/releases.rs"]
mod releases;

use guildhall_report::{release_csv, release_html, release_json, release_text};
use releases::{COHORTS, GROUPS, LARGE, MONTHS, NOTHING, ONE, release};
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("say where to: cargo run -p guildhall-report --example release -- DIR");
        std::process::exit(2);
    };
    std::fs::create_dir_all(&folder)?;
    let wishes = [
        ("one", ONE),
        ("groups", GROUPS),
        ("months", MONTHS),
        ("cohorts", COHORTS),
        ("nothing", NOTHING),
        ("large", LARGE),
    ];
    for (name, wish) in wishes {
        let made = release(wish);
        let files = [
            ("html", release_html(&made)?),
            ("csv", release_csv(&made)?),
            ("txt", release_text(&made, 100)?),
            ("json", release_json(&made)?),
        ];
        for (kind, content) in files {
            let path = folder.join(format!("{name}.{kind}"));
            std::fs::write(&path, &content)?;
            println!("{} ({} bytes)", path.display(), content.len());
        }
    }
    Ok(())
}
