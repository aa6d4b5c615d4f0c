#![no_main]

use guildhall_fuzz::{cli, seed};

libfuzzer_sys::fuzz_target!(init: seed("cli_disclosure", cli::disclosure_seeds()), |bytes: &[u8]| cli::disclosure(bytes));
