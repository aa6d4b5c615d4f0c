#![no_main]

use guildhall_fuzz::{ledger, seed};

libfuzzer_sys::fuzz_target!(init: seed("ledger_checkpoint", ledger::checkpoint_seeds()), |bytes: &[u8]| ledger::checkpoint(bytes));
