#![no_main]

use guildhall_fuzz::{data, seed};

libfuzzer_sys::fuzz_target!(init: seed("data_described", data::described_seeds()), |bytes: &[u8]| data::described(bytes));
