#![no_main]

use guildhall_fuzz::{overlap, seed};

libfuzzer_sys::fuzz_target!(init: seed("overlap_hello", overlap::hello_seeds()), |bytes: &[u8]| overlap::hello(bytes));
