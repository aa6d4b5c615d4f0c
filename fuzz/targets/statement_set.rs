#![no_main]

use guildhall_fuzz::{seed, statement};

libfuzzer_sys::fuzz_target!(init: seed("statement_set", statement::set_seeds()), |bytes: &[u8]| statement::set(bytes));
