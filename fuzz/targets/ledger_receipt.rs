#![no_main]

use guildhall_fuzz::{ledger, seed};

libfuzzer_sys::fuzz_target!(init: seed("ledger_receipt", ledger::receipt_seeds()), |bytes: &[u8]| ledger::receipt(bytes));
