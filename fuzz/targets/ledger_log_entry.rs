#![no_main]

use guildhall_fuzz::{ledger, seed};

libfuzzer_sys::fuzz_target!(init: seed("ledger_log_entry", ledger::log_entry_seeds()), |bytes: &[u8]| ledger::log_entry(bytes));
