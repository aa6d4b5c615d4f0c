#![no_main]

use guildhall_fuzz::{seed, statement};

libfuzzer_sys::fuzz_target!(init: seed("statement_closing", statement::closing_seeds()), |bytes: &[u8]| statement::closing(bytes));
