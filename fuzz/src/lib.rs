//! What the fuzz targets do with bytes: decode, and hold the decoder to its promises.
//!
//! No decoder may panic. What it accepts it must write back byte for byte: one encoding only. A target's seeds are
//! made by the code itself, so that they follow every change of a format.

pub mod anonymise;
pub mod cli;
pub mod data;
pub mod evidence;
pub mod he;
pub mod kpi;
pub mod ledger;
pub mod mpc;
pub mod overlap;
pub mod own;
pub mod pseudonym;
pub mod statement;
pub mod transcript;
mod world;

use std::path::PathBuf;

/// Writes seeds into the folder that `GUILDHALL_FUZZ_CORPUS` names, before the fuzzer reads it.
pub fn seed(target: &str, seeds: Vec<Vec<u8>>) {
    let Some(folder) = std::env::var_os("GUILDHALL_FUZZ_CORPUS") else { return };
    let folder = PathBuf::from(folder);
    for (number, bytes) in seeds.into_iter().enumerate() {
        let file = folder.join(format!("seed-{target}-{number}"));
        std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(file, bytes)).expect("the corpus can be written");
    }
}
