#![no_main]

use guildhall_fuzz::{ledger, seed};

libfuzzer_sys::fuzz_target!(init: seed("ledger_identity", ledger::identity_text_seeds()), |bytes: &[u8]| ledger::identity_text(bytes));
