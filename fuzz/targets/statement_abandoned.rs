#![no_main]

use guildhall_fuzz::{seed, statement};

libfuzzer_sys::fuzz_target!(init: seed("statement_abandoned", statement::abandoned_seeds()), |bytes: &[u8]| statement::abandoned(bytes));
