#![no_main]

use guildhall_fuzz::{he, seed};

libfuzzer_sys::fuzz_target!(init: seed("he_upload", he::upload_seeds()), |bytes: &[u8]| he::upload(bytes));
