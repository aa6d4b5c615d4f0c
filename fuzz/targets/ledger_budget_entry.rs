#![no_main]

use guildhall_fuzz::{ledger, seed};

libfuzzer_sys::fuzz_target!(init: seed("ledger_budget_entry", ledger::budget_entry_seeds()), |bytes: &[u8]| ledger::budget_entry(bytes));
