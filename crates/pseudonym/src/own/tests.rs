use super::*;
use crate::canonical::{LocalPart, Rules};
use aes::{Aes128, Aes192, Aes256};
use aes_siv::KeyInit;
use aes_siv::siv::{Aes128Siv, Aes256Siv};
use fpe::ff1::{FF1, FlexibleNumeralString};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const DIGITS: &str = "0123456789";
const LETTERS: &str = "0123456789abcdefghijklmnopqrstuvwxyz";
const NIST_KEY: &str = "2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f7f036d6f04fc6a94";

fn key(method: Method) -> OwnKey {
    OwnKey::known(method, std::array::from_fn(|index| index as u8))
}

fn other_key(method: Method) -> OwnKey {
    OwnKey::known(method, [7; 64])
}

fn context(domain: &str, column: &str) -> Context {
    Context::new(domain, column).expect("a context")
}

fn siv(domain: &str, column: &str) -> AesSiv {
    AesSiv::new(&key(Method::AesSiv), context(domain, column)).expect("its key")
}

fn ff1(alphabet: &str) -> Ff1 {
    let alphabet = Alphabet::new(alphabet).expect("an alphabet");
    Ff1::new(&key(Method::Ff1), &context("crm", "card"), alphabet).expect("its key")
}

fn shift(days: u32) -> DateShift {
    DateShift::new(&key(Method::DateShift), &context("crm", "visit"), days, Spelling::AsItStands).expect("its key")
}

fn hex(text: &str) -> Vec<u8> {
    hex::decode(text).expect("hex")
}

/// RFC 5297, appendices A.1 and A.2, and the same with keys of 512 bits as of the crate's own vectors.
#[test]
fn aes_siv_gives_the_vectors_of_rfc_5297() {
    let a1 = hex("101112131415161718191a1b1c1d1e1f2021222324252627");
    let key = hex("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
    let sealed =
        Aes128Siv::new_from_slice(&key).expect("256 bits").encrypt([&a1], &hex("112233445566778899aabbccddee"));
    assert_eq!(sealed.expect("sealed"), hex("85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c"));
    let a2 = [
        hex("00112233445566778899aabbccddeeffdeaddadadeaddadaffeeddccbbaa99887766554433221100"),
        hex("102030405060708090a0"),
        hex("09f911029d74e35bd84156c5635688c0"),
    ];
    let text = hex("7468697320697320736f6d6520706c61696e7465787420746f20656e6372797074207573696e67205349562d414553");
    let key = hex("7f7e7d7c7b7a79787776757473727170404142434445464748494a4b4c4d4e4f");
    let sealed = Aes128Siv::new_from_slice(&key).expect("256 bits").encrypt(&a2, &text).expect("sealed");
    let want = "7bdb6e3b432667eb06f4d14bff2fbd0fcb900f2fddbe404326601965c889bf17dba77ceb094fa663b7a3f748ba8af829ea64ad544a27\
                2e9c485b62a3fd5c0d";
    assert_eq!(sealed, hex(want));
    let key = "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f06f6e6d6c6b6a69686766656463626160f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff0001020304050607\
               08090a0b0c0d0e0f";
    let mut long = Aes256Siv::new_from_slice(&hex(key)).expect("512 bits");
    let sealed = long.encrypt([&a1], &hex("112233445566778899aabbccddee")).expect("sealed");
    assert_eq!(sealed, hex("f125274c598065cfc26b0e71575029088b035217e380cac8919ee800c126"));
}

/// The text was computed with another implementation (OpenSSL's, through Python's `cryptography`).
#[test]
fn aes_siv_binds_version_domain_and_column_as_stated() {
    let pseudonym = siv("crm", "email").replace("ann@example.org").expect("replaced");
    assert_eq!(pseudonym, "siv1:crm:v1lAO2QZbTdrUtRaHSr-o3JS29j3Nk_E-btCZllNpg");
    assert_eq!(*siv("crm", "email").restore(&pseudonym).expect("restored"), "ann@example.org");
}

#[test]
fn aes_siv_refuses_what_was_altered_or_belongs_elsewhere() {
    let pseudonym = siv("crm", "email").replace("ann@example.org").expect("replaced");
    let sealed = |result: Result<_, OwnError>| matches!(result, Err(OwnError::Sealed));
    assert!(sealed(siv("crm", "phone").restore(&pseudonym)));
    assert!(sealed(siv("shop", "email").restore(&pseudonym.replace("crm", "shop"))));
    let mut stranger = AesSiv::new(&other_key(Method::AesSiv), context("crm", "email")).expect("a key");
    assert!(sealed(stranger.restore(&pseudonym)));
    for place in "siv1:crm:".len()..pseudonym.len() {
        let mut altered = pseudonym.clone().into_bytes();
        altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).expect("ASCII");
        let refused = siv("crm", "email").restore(&altered);
        assert!(matches!(refused, Err(OwnError::Sealed | OwnError::NotAPseudonym { .. })), "{place}");
    }
    assert!(matches!(siv("crm", "email").restore("siv1:shop:AAAA"), Err(OwnError::NotAPseudonym { .. })));
}

/// NIST, FF1samples.pdf: samples 1 to 9.
#[test]
fn ff1_gives_the_samples_of_nist() {
    let tweaks = [vec![], hex("39383736353433323130"), hex("3737373770717273373737")];
    let decimal: Vec<u16> = (0..10).collect();
    let long: Vec<u16> = (0..19).collect();
    let numerals = |text: &str| -> Vec<u16> {
        text.chars().map(|c| LETTERS.chars().position(|l| l == c).expect("a letter") as u16).collect()
    };
    let cases = [
        ["2433477484", "6124200773", "a9tv40mll9kdu509eum"],
        ["2830668132", "2496655549", "xbj3kv35jrawxv32ysr"],
        ["6657667009", "1001623463", "xs8a0azh2avyalyzuwd"],
    ];
    let key = hex(NIST_KEY);
    let nist_192 = hex("2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f");
    for (sample, tweak) in tweaks.iter().enumerate() {
        let (radix, plain) = if sample == 2 { (36, &long) } else { (10, &decimal) };
        let plain = FlexibleNumeralString::from(plain.clone());
        let sealed = [
            FF1::<Aes128>::new(&key[..16], radix).expect("a radix").encrypt(tweak, &plain).expect("sealed"),
            FF1::<Aes192>::new(&nist_192, radix).expect("a radix").encrypt(tweak, &plain).expect("sealed"),
            FF1::<Aes256>::new(&key, radix).expect("a radix").encrypt(tweak, &plain).expect("sealed"),
        ];
        for (sealed, want) in sealed.into_iter().zip(cases) {
            assert_eq!(Vec::from(sealed), numerals(want[sample]), "sample {sample}");
        }
    }
}

/// Samples 7 to 9 through our own alphabet.
#[test]
fn ff1_of_an_alphabet_gives_the_samples_of_nist() {
    let key = hex(NIST_KEY).try_into().expect("32 bytes");
    let method = |alphabet: &str, tweak: &str| {
        Ff1::with(&key, hex(tweak), Alphabet::new(alphabet).expect("an alphabet")).expect("a radix")
    };
    let cases = [
        (DIGITS, "", "0123456789", "6657667009"),
        (DIGITS, "39383736353433323130", "0123456789", "1001623463"),
        (LETTERS, "3737373770717273373737", "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"),
    ];
    for (alphabet, tweak, plain, sealed) in cases {
        assert_eq!(method(alphabet, tweak).replace(plain).expect("replaced"), sealed);
        assert_eq!(method(alphabet, tweak).restore(sealed).expect("restored"), plain);
    }
}

#[test]
fn ff1_refuses_fewer_than_a_million_values() {
    let least = |alphabet: &str| Alphabet::new(alphabet).expect("an alphabet").least_length();
    assert_eq!([least("01"), least(DIGITS), least(LETTERS)], [20, 6, 4]);
    assert!(matches!(ff1(DIGITS).replace("12345"), Err(OwnError::TooShort { length: 5, radix: 10, least: 6 })));
    assert_eq!(ff1(DIGITS).replace("123456").expect("long enough").len(), 6);
    assert!(ff1("01").replace(&"01".repeat(9)).is_err() && ff1("01").replace(&"01".repeat(10)).is_ok());
}

#[test]
fn ff1_refuses_what_is_outside_the_alphabet() {
    assert!(matches!(ff1(DIGITS).replace("123-456"), Err(OwnError::OutsideAlphabet { position: 4 })));
    for bad in ["", "0", "00", "01\n"] {
        assert!(matches!(Alphabet::new(bad), Err(OwnError::Alphabet)), "{bad:?}");
    }
    assert!(matches!(ff1(DIGITS).replace(&"1".repeat(257)), Err(OwnError::TooLong { .. })));
}

/// The offsets were computed with Python's `hmac`.
#[test]
fn dates_move_by_the_days_of_their_subject() {
    let moved = |subject| shift(30).replace("2024-03-31", subject).expect("moved");
    assert_eq!(["C1", "C2", "C3"].map(moved), ["2024-03-07", "2024-04-28", "2024-04-25"]);
    assert_eq!(shift(30).replace("2010-12-01 08:26:00", "C1").expect("moved"), "2010-11-07 08:26:00");
    assert_eq!(shift(30).restore("2010-11-07T08:26", "C1").expect("moved back"), "2010-12-01T08:26");
}

#[test]
fn only_dates_with_a_subject_move() {
    for bad in
        ["", "2024-3-31", "2024-02-30", "31.03.2024", "2024-03-31x", "2024-03-31 Ann", "2024/03/31", "0000-01-01"]
    {
        assert!(matches!(shift(30).replace(bad, "C1"), Err(OwnError::NotADate)), "{bad}");
    }
    assert!(matches!(shift(30).replace("2024-03-31", ""), Err(OwnError::NoSubject)));
    assert!(matches!(shift(30).replace("9999-12-31", "C2"), Err(OwnError::DateRange)));
    assert!(matches!(shift(30).replace("0001-01-01", "C1"), Err(OwnError::DateRange)));
    let days = |days| DateShift::new(&key(Method::DateShift), &context("crm", "visit"), days, Spelling::AsItStands);
    assert!(days(0).is_err() && days(MAX_DAYS + 1).is_err());
}

/// Pearson's chi-square of 6,100 subjects over 61 offsets; 60 degrees of freedom, above 116.9 in 1 of 100,000 keys.
/// The key is fixed, so that the test always says the same.
#[test]
fn every_offset_is_as_likely_as_any_other() {
    let method = shift(30);
    let mut seen: BTreeMap<String, f64> = BTreeMap::new();
    for subject in 0..6_100 {
        *seen.entry(method.replace("2024-06-15", &format!("C{subject}")).expect("moved")).or_default() += 1.0;
    }
    let (first, last) = (seen.first_key_value().expect("some"), seen.last_key_value().expect("some"));
    assert_eq!((first.0.as_str(), last.0.as_str(), seen.len()), ("2024-05-16", "2024-07-15", 61));
    let chi: f64 = seen.values().map(|count| (count - 100.0).powi(2) / 100.0).sum();
    assert!(chi < 116.9, "{chi}");
}

/// The text was computed with Python's `hmac`.
#[test]
fn the_keyed_hash_is_hmac_sha_256_of_the_frame() {
    let of = |spelling| KeyedHash::new(&key(Method::KeyedHash), &context("crm", "email"), spelling).expect("its key");
    let replaced = |method: &KeyedHash, value: &str| method.replace(value).expect("a value");
    let raw = of(Spelling::AsItStands);
    assert_eq!(replaced(&raw, "ann@example.org"), "mac1:crm:O4pc35JOtoRjlrmgTAEtOMBWhmDB54fyzrTrJoXfDHI");
    let method = of(Spelling::Canonical(Rules::Email(LocalPart::Lower)));
    assert_eq!(replaced(&method, "ann@example.org"), "mac1:crm:BlHVCJX9696IlJZW8iGOwRiTYFvMHsZPlzifWfWqrdg");
}

#[test]
fn spellings_of_one_customer_become_one_keyed_hash_unless_asked_otherwise() {
    let of = |spelling| KeyedHash::new(&key(Method::KeyedHash), &context("crm", "email"), spelling).expect("its key");
    let different = |method: &KeyedHash, values: &[&str]| {
        values.iter().map(|value| method.replace(value).expect("a value")).collect::<BTreeSet<_>>().len()
    };
    let region = "DE".parse().expect("a region");
    for (rules, values) in [
        (Rules::Email(LocalPart::Lower), ["ann@example.org", " Ann@EXAMPLE.org", "ＡＮＮ@example.org"]),
        (Rules::Phone(region), ["030 1234567", "+49 30 1234567", "(030) 123-4567"]),
        (Rules::Plain, ["C-1001", " C-1001 ", "Ｃ-1001"]),
    ] {
        assert_eq!(different(&of(Spelling::Canonical(rules)), &values), 1, "{values:?}");
        assert_eq!(different(&of(Spelling::AsItStands), &values), 3, "{values:?}");
    }
    let refused = of(Spelling::Canonical(Rules::Email(LocalPart::Keep))).replace("canary-7731");
    let refused = refused.expect_err("no address").to_string();
    assert!(!refused.contains("canary"), "{refused}");
}

#[test]
fn a_check_refuses_what_a_replacement_would_refuse() {
    let digits = || Alphabet::new(DIGITS).expect("digits");
    let place = || context("crm", "x");
    let rules = Spelling::Canonical(Rules::Plain);
    let mut methods = [
        Replacer::AesSiv(AesSiv::new(&key(Method::AesSiv), place()).expect("its key")),
        Replacer::Ff1(Ff1::new(&key(Method::Ff1), &place(), digits()).expect("its key")),
        Replacer::DateShift(
            DateShift::new(&key(Method::DateShift), &place(), 3, Spelling::AsItStands).expect("its key"),
        ),
        Replacer::KeyedHash(KeyedHash::new(&key(Method::KeyedHash), &place(), rules).expect("its key")),
    ];
    let long = "1".repeat(MAX_VALUE_BYTES + 1);
    for method in &mut methods {
        let mut refused = 0;
        for value in ["", "1234567", "12345", "letters", "2024-03-31", "9999-12-31", "a\u{200b}b", &long] {
            for subject in [None, Some("ann")] {
                let cell = Cell { value, subject };
                let (checked, replaced) = (method.check(cell), method.replace_all(&[cell]));
                assert_eq!(checked.is_err(), replaced.is_err(), "{} of {} bytes", method.method(), value.len());
                refused += u32::from(checked.is_err());
            }
        }
        assert!(refused > 0, "{}", method.method());
    }
}

#[test]
fn the_same_values_in_two_domains_or_columns_share_no_pseudonym() {
    let values: Vec<String> = (0..1_000).map(|n| format!("{n:07}")).collect();
    let places = [("crm", "phone"), ("shop", "phone"), ("crm", "mobile")];
    let body = |text: String| text.rsplit(':').next().expect("a body").to_owned();
    let all = |replace: &mut dyn FnMut(Context, &str) -> String| {
        let each = places.iter().flat_map(|(domain, column)| values.iter().map(move |v| (domain, column, v)));
        let bodies: BTreeSet<String> = each.map(|(d, c, value)| body(replace(context(d, c), value))).collect();
        bodies.len()
    };
    assert_eq!(all(&mut |c, v| AesSiv::new(&key(Method::AesSiv), c).expect("key").replace(v).expect("value")), 3_000);
    let hashed = |c: Context, v: &str| {
        let method = KeyedHash::new(&key(Method::KeyedHash), &c, Spelling::AsItStands).expect("key");
        method.replace(v).expect("value")
    };
    assert_eq!(all(&mut |c, v| hashed(c, v)), 3_000);
    let digits = || Alphabet::new(DIGITS).expect("digits");
    let tweaked = |c: Context| Ff1::new(&key(Method::Ff1), &c, digits()).expect("key");
    let same = |a: (&str, &str), b: (&str, &str)| {
        let (a, b) = (tweaked(context(a.0, a.1)), tweaked(context(b.0, b.1)));
        values.iter().filter(|v| a.replace(v).expect("value") == b.replace(v).expect("value")).count()
    };
    // Of 1,000 pairs out of 10^7 values, more than one equal by chance happens once in 10^8.
    assert!(same(places[0], places[1]) <= 1 && same(places[0], places[2]) <= 1);
}

#[test]
fn a_missing_domain_or_column_is_an_error() {
    for domain in ["", "CRM", "c rm", "crm:x", &"x".repeat(65)] {
        assert!(matches!(Context::new(domain, "email"), Err(OwnError::Domain)), "{domain}");
    }
    assert!(matches!(Context::new("crm", ""), Err(OwnError::Column)));
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn a_key_file_is_private_and_opens_again() {
    let folder = folder();
    let path = folder.path().join("crm.key");
    let made = OwnKey::create(&path, Method::AesSiv).expect("made");
    let opened = OwnKey::open(&path, Method::AesSiv).expect("opened");
    assert_eq!(made.expose_bytes(), opened.expose_bytes());
    let other = OwnKey::create(&folder.path().join("other.key"), Method::AesSiv).expect("made");
    assert_ne!(made.expose_bytes(), other.expose_bytes());
    assert!(matches!(OwnKey::create(&path, Method::AesSiv), Err(OwnError::Exists { .. })));
    assert!(matches!(OwnKey::open(&path, Method::Ff1), Err(OwnError::OtherMethod { .. })));
    assert!(matches!(OwnKey::create(&folder.path().join("none"), Method::Remove), Err(OwnError::NotAKey)));
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
    std::fs::set_permissions(path, permissions).expect("its own file");
}

#[cfg(unix)]
#[test]
fn a_key_or_vault_that_others_can_read_is_refused() {
    let folder = folder();
    let (key, vault) = (folder.path().join("key"), folder.path().join("vault"));
    OwnKey::create(&key, Method::Ff1).expect("made");
    drop(Vault::create(&vault).expect("made"));
    let mode = |path: &Path| {
        let metadata = std::fs::metadata(path).expect("there");
        std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777
    };
    assert_eq!((mode(&key), mode(&vault)), (0o600, 0o600));
    for open in [0o640, 0o604, 0o660] {
        set_mode(&key, open);
        set_mode(&vault, open);
        assert!(matches!(OwnKey::open(&key, Method::Ff1), Err(OwnError::Open { mode, .. }) if mode == open));
        assert!(matches!(Vault::open(&vault), Err(OwnError::Open { mode, .. }) if mode == open));
    }
}

#[test]
fn a_damaged_key_file_is_refused() {
    let folder = folder();
    let path = folder.path().join("crm.key");
    OwnKey::create(&path, Method::KeyedHash).expect("made");
    let text = std::fs::read_to_string(&path).expect("text");
    let decoded = |text: &str| UnverifiedOwnKey::decode(text.as_bytes()).and_then(|key| key.verify(Method::KeyedHash));
    assert!(decoded(&text).is_ok());
    let start = text.find("key: ").expect("a key") + 5;
    let mut flipped = text.clone().into_bytes();
    flipped[start] = if flipped[start] == b'A' { b'B' } else { b'A' };
    let flipped = String::from_utf8(flipped).expect("text");
    assert!(matches!(decoded(&flipped), Err(OwnError::DamagedKey)));
    assert!(matches!(decoded(&text.replace("keyed-hash", "aes-siv")), Err(OwnError::DamagedKey)));
    for bad in
        [&text[1..], &text[..text.len() - 1], &format!("{text}\n"), &"x".repeat(600), &text.replace("key:", "k:")]
    {
        assert!(matches!(decoded(bad), Err(OwnError::NotAKey)), "{}", bad.len());
    }
}

#[test]
fn tokens_are_remembered_and_say_nothing() {
    let folder = folder();
    let path = folder.path().join("crm.vault");
    let tokens = |vault| Tokens::new(vault, context("crm", "email"));
    let mut first = tokens(Vault::create(&path).expect("made"));
    let made = first.replace_all(&["ann", "bob", "ann"]).expect("made");
    assert_eq!(made[0], made[2]);
    assert_ne!(made[0], made[1]);
    drop(first);
    let mut again = tokens(Vault::open(&path).expect("opened"));
    assert_eq!(again.replace_all(&["bob", "ann"]).expect("known"), [made[1].clone(), made[0].clone()]);
    assert_eq!(*again.restore(&made[1]).expect("known"), "bob");
    assert!(matches!(again.restore("tok1:crm:NOTHING"), Err(OwnError::NotAPseudonym { .. })));
    let mut other = Tokens::new(Vault::open(&path).expect("opened"), context("crm", "phone"));
    assert_ne!(other.replace_all(&["ann"]).expect("made")[0], made[0]);
    assert!(matches!(other.restore(&made[0]), Err(OwnError::NotAPseudonym { .. })));
    let mut fresh = tokens(Vault::create(&folder.path().join("two.vault")).expect("made"));
    assert_ne!(fresh.replace_all(&["ann"]).expect("made")[0], made[0]);
}

/// Another connection reads what is on the disk as soon as the tokens are in hand.
#[test]
fn a_token_is_in_the_vault_before_it_leaves() {
    let folder = folder();
    let path = folder.path().join("crm.vault");
    let mut tokens = Tokens::new(Vault::create(&path).expect("made"), context("crm", "email"));
    let values: Vec<String> = (0..500).map(|n| format!("customer {n}")).collect();
    let made = tokens.replace_all(&values.iter().map(String::as_str).collect::<Vec<_>>()).expect("made");
    let other = Tokens::new(Vault::open(&path).expect("opened"), context("crm", "email"));
    for (token, value) in made.iter().zip(&values) {
        assert_eq!(*other.restore(token).expect("durable"), *value);
    }
}

#[test]
fn what_is_no_vault_is_refused() {
    let folder = folder();
    let path = folder.path().join("x");
    assert!(matches!(Vault::open(&path), Err(OwnError::File { .. })));
    OwnKey::create(&path, Method::AesSiv).expect("made");
    assert!(matches!(Vault::open(&path), Err(OwnError::NotAVault { .. } | OwnError::Vault { .. })));
    assert!(matches!(Vault::create(&path), Err(OwnError::Exists { .. })));
}

#[test]
fn a_batch_keeps_empty_cells_and_names_the_bad_one() {
    let cell = |value| Cell { value, subject: Some("C1") };
    let mut replacers =
        [Replacer::Ff1(ff1(DIGITS)), Replacer::DateShift(shift(10)), Replacer::AesSiv(siv("crm", "email"))];
    for replacer in &mut replacers {
        assert_eq!(replacer.replace_all(&[cell("")]).expect("empty"), [""]);
    }
    let bad = replacers[0].replace_all(&[cell("123456"), cell(""), cell("12x456")]).expect_err("x is no digit");
    assert_eq!((bad.index, bad.to_string().contains("12x456")), (2, false));
    let folder = folder();
    let vault = Vault::create(&folder.path().join("v")).expect("made");
    let mut tokens = Replacer::Token(Tokens::new(vault, context("crm", "email")));
    let made = tokens.replace_all(&[cell("a"), cell(""), cell("b"), cell("a")]).expect("made");
    assert!(made[1].is_empty() && made[0] == made[3] && made[0] != made[2]);
}

#[test]
fn no_method_takes_another_methods_key() {
    let wrong = |method| key(if method == Method::AesSiv { Method::Ff1 } else { Method::AesSiv });
    let place = context("crm", "x");
    let refused = |error: Option<OwnError>| matches!(error, Some(OwnError::OtherMethod { .. }));
    assert!(refused(AesSiv::new(&wrong(Method::AesSiv), place.clone()).err()));
    assert!(refused(Ff1::new(&wrong(Method::Ff1), &place, Alphabet::new(DIGITS).expect("digits")).err()));
    assert!(refused(DateShift::new(&wrong(Method::DateShift), &place, 3, Spelling::AsItStands).err()));
    assert!(refused(KeyedHash::new(&wrong(Method::KeyedHash), &place, Spelling::AsItStands).err()));
}

#[test]
fn every_method_names_its_risk() {
    let labels: BTreeSet<&str> = Method::ALL.iter().map(|method| method.risk().label).collect();
    assert_eq!(labels.len(), Method::ALL.len());
    assert!(Method::ALL.iter().all(|method| Method::find(method.name()) == Some(*method)));
    assert!(Method::KeyedHash.risk().label.contains("single owner"));
}

proptest! {
    #[test]
    fn what_aes_siv_replaces_it_restores(value in "\\PC{0,200}") {
        let pseudonym = siv("crm", "note").replace(&value).expect("replaced");
        prop_assert_eq!(&*siv("crm", "note").restore(&pseudonym).expect("restored"), &value);
        prop_assert_eq!(pseudonym, siv("crm", "note").replace(&value).expect("the same again"));
    }

    #[test]
    fn what_ff1_replaces_it_restores_within_the_form(value in "[0-9a-z]{4,40}") {
        let pseudonym = ff1(LETTERS).replace(&value).expect("replaced");
        prop_assert_eq!(pseudonym.len(), value.len());
        prop_assert!(pseudonym.chars().all(|c| LETTERS.contains(c)));
        prop_assert_eq!(ff1(LETTERS).restore(&pseudonym).expect("restored"), value);
    }

    #[test]
    fn days_between_the_dates_of_a_subject_stay(a in 1i64..20_000, b in 1i64..20_000, subject in "[a-z]{1,8}") {
        let start = time::Date::from_ordinal_date(1970, 1).expect("a date");
        let text = |days: i64| (start + time::Duration::days(days)).to_string();
        let days = |text: &str| {
            let part = |range: std::ops::Range<usize>| text[range].parse::<u16>().expect("a number");
            let month = time::Month::try_from(part(5..7) as u8).expect("a month");
            let date = time::Date::from_calendar_date(part(0..4).into(), month, part(8..10) as u8).expect("a date");
            (date - start).whole_days()
        };
        let moved = [a, b].map(|day| days(&shift(365).replace(&text(day), &subject).expect("moved")));
        prop_assert_eq!(moved[1] - moved[0], b - a);
        prop_assert!((moved[0] - a).abs() <= 365);
        prop_assert_eq!(shift(365).restore(&shift(365).replace(&text(a), &subject).expect("moved"), &subject).expect("back"), text(a));
    }

    #[test]
    fn no_text_makes_a_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600), text in "\\PC{0,80}") {
        let _ = UnverifiedOwnKey::decode(&bytes);
        let _ = siv("crm", "email").restore(&text);
        let _ = ff1(DIGITS).restore(&text);
        let _ = shift(30).replace(&text, &text);
    }
}

#[test]
fn dates_of_two_spellings_of_one_subject_move_alike() {
    let rules = Spelling::Canonical(Rules::Email(LocalPart::Lower));
    let by =
        |spelling| DateShift::new(&key(Method::DateShift), &context("crm", "visit"), 3650, spelling).expect("its key");
    let moved = |spelling, subject| by(spelling).replace("2024-03-31", subject);
    let one = moved(rules, "ann@example.org").expect("moved");
    assert_eq!(moved(rules, " Ann@EXAMPLE.org").expect("moved"), one);
    assert_ne!(moved(rules, "ben@example.org").expect("moved"), one);
    assert_ne!(
        moved(Spelling::AsItStands, "Ann@EXAMPLE.org").ok(),
        moved(Spelling::AsItStands, "ann@example.org").ok()
    );
    assert!(matches!(moved(rules, "ann"), Err(OwnError::Subject(_))));
    assert!(matches!(moved(rules, "  "), Err(OwnError::NoSubject)));
}
