#![no_main]

use guildhall_fuzz::{cli, seed};

libfuzzer_sys::fuzz_target!(init: seed("cli_study", cli::study_seeds()), |bytes: &[u8]| cli::study(bytes));
