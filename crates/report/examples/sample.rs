//! Renders a made-up benchmark, to look at the page: `cargo run -p guildhall-report --example sample -- DIR`.
//!
//! Writes `report.html`, `own.html` (a member's own copy), `large.html` (12 periods, 46 cells), `report.txt`
//! and `benchmark.json`.

#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../tests/support/made_up.rs"]
mod made_up;

use made_up::Wish;
use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("say where to: cargo run -p guildhall-report --example sample -- DIR");
        std::process::exit(2);
    };
    std::fs::create_dir_all(&folder)?;
    let published = made_up::document(Wish::SAMPLE);
    let own = made_up::own_copy(Wish::SAMPLE);
    let files = [
        ("report.html", guildhall_report::html(&published)),
        ("own.html", guildhall_report::html(&own)),
        ("large.html", guildhall_report::html(&made_up::document(Wish::LARGE))),
        ("report.txt", guildhall_report::text(&own, 100)),
        ("benchmark.json", guildhall_report::json(&published.benchmark)),
    ];
    for (name, content) in files {
        let path = folder.join(name);
        std::fs::write(&path, &content)?;
        println!("{} ({} bytes)", path.display(), content.len());
    }
    Ok(())
}
