#![no_main]

use guildhall_fuzz::{cli, seed};

libfuzzer_sys::fuzz_target!(init: seed("cli_import", cli::import_file_seeds()), |bytes: &[u8]| cli::import_file(bytes));
