#![no_main]

use guildhall_fuzz::{cli, seed};

libfuzzer_sys::fuzz_target!(init: seed("cli_trust", cli::trust_seeds()), |bytes: &[u8]| cli::trust(bytes));
