#![no_main]

use guildhall_fuzz::{seed, statement};

libfuzzer_sys::fuzz_target!(init: seed("statement_log", statement::log_seeds()), |bytes: &[u8]| statement::log(bytes));
