#![no_main]

use guildhall_fuzz::{ledger, seed};

libfuzzer_sys::fuzz_target!(init: seed("ledger_note", ledger::note_seeds()), |bytes: &[u8]| ledger::note(bytes));
