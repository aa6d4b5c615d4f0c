#![no_main]

use guildhall_fuzz::{seed, statement};

libfuzzer_sys::fuzz_target!(init: seed("statement_manifest", statement::manifest_seeds()), |bytes: &[u8]| statement::manifest(bytes));
