//! Key files and surrogates of a single owner.

use guildhall_pseudonym::own::{AesSiv, Alphabet, Context, DateShift, Ff1, Method, OwnKey, Spelling, UnverifiedOwnKey};
use std::cell::RefCell;

/// A new key and the bytes of its file.
fn made(method: Method) -> (OwnKey, Vec<u8>) {
    let path = std::env::temp_dir().join(format!("guildhall-fuzz-{}-{method}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let key = OwnKey::create(&path, method).expect("a key");
    let bytes = std::fs::read(&path).expect("its file");
    std::fs::remove_file(&path).expect("its file");
    (key, bytes)
}

/// A key file: of one method at most.
pub fn key(bytes: &[u8]) {
    let fits = |method: &&Method| UnverifiedOwnKey::decode(bytes).and_then(|key| key.verify(**method)).is_ok();
    assert!(Method::ALL.iter().filter(fits).count() <= 1);
}

/// A key file of every method that has one.
pub fn key_seeds() -> Vec<Vec<u8>> {
    Method::ALL.into_iter().filter(|method| method.has_key()).map(|method| made(method).1).collect()
}

struct Methods {
    siv: AesSiv,
    ff1: Ff1,
    dates: DateShift,
}

thread_local! {
    static METHODS: RefCell<Methods> = RefCell::new({
        let place = || Context::new("fuzz", "column").expect("a context");
        let digits = Alphabet::new("0123456789").expect("an alphabet");
        Methods {
            siv: AesSiv::new(&made(Method::AesSiv).0, place()).expect("its key"),
            ff1: Ff1::new(&made(Method::Ff1).0, &place(), digits).expect("its key"),
            dates: DateShift::new(&made(Method::DateShift).0, &place(), 30, Spelling::AsItStands).expect("its key"),
        }
    });
}

/// A text as value and as surrogate of every method.
pub fn surrogate(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    METHODS.with_borrow_mut(|methods| {
        if let Ok(value) = methods.siv.restore(text) {
            assert_eq!(methods.siv.replace(&value).expect("as long as before"), text);
        }
        if let Ok(surrogate) = methods.siv.replace(text) {
            assert_eq!(*methods.siv.restore(&surrogate).expect("our own"), text);
        }
        if let Ok(surrogate) = methods.ff1.replace(text) {
            assert_eq!(methods.ff1.restore(&surrogate).expect("our own"), text);
        }
        if let Ok(moved) = methods.dates.replace(text, "subject") {
            assert_eq!(methods.dates.restore(&moved, "subject").expect("our own"), text);
        }
    });
}

/// A value, a surrogate, a number, a date.
pub fn surrogate_seeds() -> Vec<Vec<u8>> {
    let sealed = METHODS.with_borrow_mut(|methods| methods.siv.replace("ann@example.org").expect("replaced"));
    ["ann@example.org", &sealed, "4111111111111111", "2024-03-31 08:26"].map(|text| text.as_bytes().to_vec()).into()
}
