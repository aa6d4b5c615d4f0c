#![no_main]

use guildhall_fuzz::{seed, statement};

libfuzzer_sys::fuzz_target!(init: seed("statement_charter", statement::charter_seeds()), |bytes: &[u8]| statement::charter(bytes));
