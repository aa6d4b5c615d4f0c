#![no_main]

use guildhall_fuzz::{kpi, seed};

libfuzzer_sys::fuzz_target!(init: seed("kpi_number", kpi::number_seeds()), |bytes: &[u8]| kpi::number(bytes));
