#![no_main]

use guildhall_fuzz::{seed, statement};

libfuzzer_sys::fuzz_target!(init: seed("statement_publication", statement::publication_seeds()), |bytes: &[u8]| statement::publication(bytes));
