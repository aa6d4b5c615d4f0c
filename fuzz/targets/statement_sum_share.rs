#![no_main]

use guildhall_fuzz::{seed, statement};

libfuzzer_sys::fuzz_target!(init: seed("statement_sum_share", statement::sum_share_seeds()), |bytes: &[u8]| statement::sum_share(bytes));
