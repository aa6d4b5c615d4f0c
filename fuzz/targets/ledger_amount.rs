#![no_main]

use guildhall_fuzz::{ledger, seed};

libfuzzer_sys::fuzz_target!(init: seed("ledger_amount", ledger::amount_seeds()), |bytes: &[u8]| ledger::amount(bytes));
