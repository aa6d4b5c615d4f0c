#![no_main]

use guildhall_fuzz::{overlap, seed};

libfuzzer_sys::fuzz_target!(init: seed("overlap_pass", overlap::pass_seeds()), |bytes: &[u8]| overlap::pass(bytes));
