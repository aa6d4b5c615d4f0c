#![no_main]

use guildhall_fuzz::{he, seed};

libfuzzer_sys::fuzz_target!(init: seed("he_frame", he::frame_seeds()), |bytes: &[u8]| he::frame(bytes));
