//! Secrets can be neither printed nor copied, and bodies of files are wiped. The first fails when it is compiled.

use crate::frame::Frame;
use crate::{FileKind, Identity, KeyShare, Party, PreparedDeal, SecretKey, UnverifiedFrame};
use std::fmt::Debug;
use std::marker::PhantomData;
use zeroize::Zeroizing;

/// Asks the compiler: a constant of the type itself, where the bound holds, hides that of the trait.
struct Of<T>(PhantomData<T>);

trait Otherwise {
    const PRINTED: bool = false;
    const COPIED: bool = false;
}

impl<T> Otherwise for Of<T> {}

struct Copies<T>(PhantomData<T>);

impl<T> Otherwise for Copies<T> {}

impl<T: Debug> Of<T> {
    const PRINTED: bool = true;
}

impl<T: Clone> Copies<T> {
    const COPIED: bool = true;
}

macro_rules! neither_printed_nor_copied {
    ($($secret:ty),*) => {
        $(const { assert!(!Of::<$secret>::PRINTED && !Copies::<$secret>::COPIED, stringify!($secret)) };)*
    };
}

#[test]
fn secrets_can_be_neither_printed_nor_copied() {
    // The question is one that can be answered with yes.
    const { assert!(Of::<FileKind>::PRINTED && Copies::<FileKind>::COPIED) };
    neither_printed_nor_copied!(UnverifiedFrame, Frame, Identity, SecretKey, KeyShare, Party, PreparedDeal);
}

#[test]
fn the_body_of_every_file_is_wiped_when_it_is_dropped() {
    let file = Identity::generate().expect("random").expose_file();
    let frame = UnverifiedFrame::decode(&file, FileKind::Identity).and_then(UnverifiedFrame::verify).expect("genuine");
    let body: &Zeroizing<Vec<u8>> = &frame.body;
    assert_eq!((body.len(), body.capacity()), (32, 32), "one place only, which never grew");
}
