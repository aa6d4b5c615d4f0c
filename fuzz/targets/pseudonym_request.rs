#![no_main]

use guildhall_fuzz::{pseudonym, seed};

libfuzzer_sys::fuzz_target!(init: seed("pseudonym_request", pseudonym::request_seeds()), |bytes: &[u8]| pseudonym::request(bytes));
