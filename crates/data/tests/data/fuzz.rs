//! The fuzzing entry: no bytes make it panic.

use guildhall_data::decode;
use proptest::prelude::*;

const CLEAN: &str =
    "member,day,amount,count,paid\na,2017-05-01,12.50,3,yes\n\"b\",2017-06,-0.07,,no\nx,2017-06,1,1,1\n";

#[test]
fn the_clean_file_passes() {
    let import = decode(CLEAN.as_bytes()).expect("clean");
    assert_eq!((import.rows_kept, import.skipped[0].rows), (2, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&bytes);
        let _ = decode(&[b"PK\x03\x04".as_slice(), &bytes].concat());
        let _ = decode(&[&[0x1f, 0x8b, 8], bytes.as_slice()].concat());
    }

    #[test]
    fn edited_files(edits in prop::collection::vec((0usize..CLEAN.len(), any::<u8>()), 1..4)) {
        let mut bytes = CLEAN.as_bytes().to_vec();
        for (at, byte) in edits {
            bytes[at] = byte;
        }
        let _ = decode(&bytes);
    }
}
