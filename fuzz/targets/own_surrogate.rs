#![no_main]

use guildhall_fuzz::{own, seed};

libfuzzer_sys::fuzz_target!(init: seed("own_surrogate", own::surrogate_seeds()), |bytes: &[u8]| own::surrogate(bytes));
