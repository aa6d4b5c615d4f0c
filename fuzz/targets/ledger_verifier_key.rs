#![no_main]

use guildhall_fuzz::{ledger, seed};

libfuzzer_sys::fuzz_target!(init: seed("ledger_verifier_key", ledger::verifier_key_seeds()), |bytes: &[u8]| ledger::verifier_key(bytes));
