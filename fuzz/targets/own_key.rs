#![no_main]

use guildhall_fuzz::{own, seed};

libfuzzer_sys::fuzz_target!(init: seed("own_key", own::key_seeds()), |bytes: &[u8]| own::key(bytes));
