#![no_main]

use guildhall_fuzz::{seed, statement};

libfuzzer_sys::fuzz_target!(init: seed("statement_totals", statement::totals_seeds()), |bytes: &[u8]| statement::totals(bytes));
