#![no_main]

use guildhall_fuzz::{mpc, seed};

libfuzzer_sys::fuzz_target!(init: seed("mpc_sum_share", mpc::sum_share_seeds()), |bytes: &[u8]| mpc::sum_share(bytes));
