#![no_main]

use guildhall_fuzz::{mpc, seed};

libfuzzer_sys::fuzz_target!(init: seed("mpc_boxes", mpc::boxes_seeds()), |bytes: &[u8]| mpc::boxes(bytes));
