use super::*;
use proptest::prelude::*;

// Known answers of golang.org/x/mod/sumdb/note, the format's first implementation.
const TEXT: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const PETER_SECRET: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const PETER_LINE: &str =
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const ENOCH_LINE: &str =
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

fn key(text: &str) -> VerifierKey {
    VerifierKey::decode(text).expect("a known key")
}

fn identity(name: &str) -> SigningIdentity {
    let mut seed = [7; 32];
    seed.iter_mut().zip(name.bytes()).for_each(|(to, from)| *to ^= from);
    SigningIdentity::from_secret(name, &seed).expect("a plain name")
}

fn note(lines: &[&str]) -> String {
    format!("{TEXT}\n{}", lines.concat())
}

#[test]
fn signing_gives_the_known_answer() {
    let peter = SigningIdentity::decode_text(PETER_SECRET).expect("a known key");
    assert_eq!(peter.verifier().to_string(), PETER);
    assert_eq!(peter.expose_text().as_str(), PETER_SECRET);
    let signed = Note::sign(TEXT, &peter).expect("plain text");
    assert_eq!(signed.encode(), note(&[PETER_LINE]));
}

#[test]
fn opens_the_known_notes_and_counts_known_signers_only() {
    let bytes = note(&[PETER_LINE, ENOCH_LINE]);
    let opened = Note::open(bytes.as_bytes(), &[key(PETER)]).expect("Peter signed");
    assert_eq!((opened.text(), opened.signers()), (TEXT, [key(PETER)].as_slice()));
    assert_eq!(opened.encode(), bytes);
    let both = Note::open(bytes.as_bytes(), &[key(ENOCH), key(PETER)]).expect("both signed");
    assert_eq!(both.signers(), [key(PETER), key(ENOCH)]);
    let unverified = UnverifiedNote::decode(bytes.as_bytes()).expect("well formed");
    let too_few = unverified.clone().verify(&[key(PETER)], 2);
    assert_eq!(too_few, Err(NoteError::TooFewSigners { found: 1, needed: 2 }));
    assert_eq!(unverified.verify(&[], 0), Err(NoteError::TooFewSigners { found: 0, needed: 1 }));
}

#[test]
fn one_key_under_two_names_counts_once() {
    let mut signed = Note::sign(TEXT, &SigningIdentity::from_secret("one", &[3; 32]).expect("name")).expect("text");
    let two = SigningIdentity::from_secret("two", &[3; 32]).expect("name");
    signed.cosign(&two).expect("another name");
    let known = [signed.signers()[0].clone(), two.verifier()];
    let unverified = UnverifiedNote::decode(signed.encode().as_bytes()).expect("well formed");
    assert_eq!(unverified.verify(&known, 2), Err(NoteError::TooFewSigners { found: 1, needed: 2 }));
}

#[test]
fn a_wrong_signature_of_a_known_key_refuses_the_whole_note() {
    let wrong = ENOCH_LINE.replace("5n2t", "5nCt");
    let bytes = note(&[PETER_LINE, &wrong]);
    assert!(Note::open(bytes.as_bytes(), &[key(PETER)]).is_ok());
    let refused = Note::open(bytes.as_bytes(), &[key(PETER), key(ENOCH)]);
    assert_eq!(refused, Err(NoteError::BadSignature { name: "EnochRoot".to_owned() }));
}

#[test]
fn malformed_notes_are_refused() {
    let signature = PETER_LINE.trim_end().rsplit(' ').next().expect("a value");
    let bad = [
        ("no signatures", TEXT.to_owned()),
        ("empty", String::new()),
        ("no text", format!("\n{PETER_LINE}")),
        ("no signature line", format!("{TEXT}\n")),
        ("no final newline", note(&[PETER_LINE.trim_end()])),
        ("control character", note(&[PETER_LINE]).replace("know", "kn\u{1}w")),
        ("carriage return", note(&[PETER_LINE]).replace('\n', "\r\n")),
        ("space in the name", note(&[&format!("— Bad Name {signature}\n")])),
        ("no-break space in the name", note(&[&format!("— Bad\u{a0}Name {signature}\n")])),
        ("plus in the name", note(&[&format!("— Bad+Name {signature}\n")])),
        ("hyphen instead of em dash", note(&[&PETER_LINE.replace('—', "-")])),
        ("text after the signatures", format!("{}more\n", note(&[PETER_LINE]))),
        ("empty line at the end", format!("{}\n", note(&[PETER_LINE]))),
        ("key id only", note(&["— PeterNeumann x08gow==\n"])),
        ("no padding", note(&[&PETER_LINE.replace("AM=", "AM")])),
        ("stray bits", note(&[&PETER_LINE.replace("AM=", "AN=")])),
        ("signer twice", note(&[PETER_LINE, PETER_LINE])),
        ("signer twice, unknown signature", note(&[PETER_LINE, &PETER_LINE.replace("5D", "5E").replace("ZJ", "ZK")])),
        (
            "too many",
            note(
                &(0..65)
                    .map(|i| PETER_LINE.replace("Neu", &i.to_string()))
                    .collect::<Vec<_>>()
                    .iter()
                    .map(String::as_str)
                    .collect::<Vec<_>>(),
            ),
        ),
        ("too long", format!("{}\n{PETER_LINE}", "x\n".repeat(MAX_NOTE_BYTES / 2))),
    ];
    for (why, bytes) in bad {
        assert!(UnverifiedNote::decode(bytes.as_bytes()).is_err(), "{why}");
    }
    assert!(UnverifiedNote::decode(&[0xff, b'\n', b'\n']).is_err());
    let sixteen: Vec<_> = (0..16).map(|i| PETER_LINE.replace("Neu", &i.to_string())).collect();
    let lines: Vec<_> = sixteen.iter().map(String::as_str).collect();
    assert!(UnverifiedNote::decode(note(&lines).as_bytes()).is_ok(), "16 signatures must be accepted");
}

#[test]
fn bad_keys_are_refused() {
    for (why, text) in [
        ("changed name", PETER.replace("Peter", "Petra")),
        ("changed id", PETER.replace("c74f", "c74e")),
        ("upper-case id", PETER.replace("c74f", "C74F")),
        ("changed key", PETER.replace("ARpc", "ARpd")),
        ("other type", PETER.replace("+AR", "+BB")),
        ("no name", PETER.replace("PeterNeumann", "")),
        ("short", "PeterNeumann+c74f20a3+AQ==".to_owned()),
        ("two parts", "PeterNeumann+c74f20a3".to_owned()),
        ("long", format!("{PETER}{}", "A".repeat(600))),
    ] {
        assert!(VerifierKey::decode(&text).is_err(), "{why}");
    }
    // The identity point verifies forged signatures.
    let mut identity_point = [0; 32];
    identity_point[0] = 1;
    assert_eq!(VerifierKey::new("x", &identity_point), Err(NoteError::WeakKey { name: "x".to_owned() }));
    for name in ["", "a b", "a+b", "a\nb", "a\u{2028}b", &"x".repeat(256)] {
        assert!(SigningIdentity::from_secret(name, &[1; 32]).is_err(), "{name:?}");
    }
}

#[test]
fn statements_are_bound_to_their_tag_and_never_notes() {
    let peter = identity("peter");
    let signature = peter.sign_statement("accept", b"id");
    assert_eq!(peter.verifier().verify_statement("accept", b"id", &signature), Ok(()));
    for (tag, statement) in [("refuse", b"id".as_slice()), ("accept", b"ie"), ("accepti", b"d"), ("accep", b"tid")] {
        assert!(peter.verifier().verify_statement(tag, statement, &signature).is_err(), "{tag}");
    }
    assert!(peter.verifier().verify_statement("accept", b"id", &signature[..63]).is_err());
    assert!(identity("paul").verifier().verify_statement("accept", b"id", &signature).is_err());
}

#[test]
fn cosigning_and_merging() {
    let (alice, bob, carol) = (identity("alice"), identity("bob"), identity("carol"));
    let mut first = Note::sign("what we agree on\n", &alice).expect("text");
    assert_eq!(first.cosign(&alice), Err(NoteError::DuplicateSigner { name: "alice".to_owned() }));
    let mut second = first.clone();
    first.cosign(&bob).expect("new signer");
    second.cosign(&carol).expect("new signer");
    first.merge(&second).expect("same text");
    let known = [alice.verifier(), bob.verifier(), carol.verifier()];
    let opened = UnverifiedNote::decode(first.encode().as_bytes()).and_then(|note| note.verify(&known, 3));
    assert_eq!(opened.expect("all three signed"), first);
    let other = Note::sign("something else\n", &bob).expect("text");
    assert_eq!(first.merge(&other), Err(NoteError::DifferentText));
}

#[test]
fn secrets_are_not_printed() {
    let alice = identity("alice");
    let secret = alice.expose_text();
    let tail = secret.rsplit('+').next().expect("a value");
    assert!(!format!("{alice:?}").contains(tail));
}

proptest! {
    #[test]
    fn any_text_survives(text in "([ -~\u{a0}-\u{2fff}]{0,40}\n){0,6}[ -~]{1,20}\n") {
        let signed = Note::sign(&text, &identity("alice")).expect("free of control characters");
        let opened = Note::open(signed.encode().as_bytes(), signed.signers()).expect("just signed");
        prop_assert_eq!(opened, signed);
    }

    #[test]
    fn any_changed_byte_is_noticed(at in 0usize..1000, bit in 0u8..8) {
        let signed = Note::sign("figure 1\n\nfigure 2\n", &identity("alice")).expect("text");
        let mut bytes = signed.encode().into_bytes();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        prop_assert!(Note::open(&bytes, signed.signers()).is_err());
    }

    #[test]
    fn decoding_is_canonical_or_refused(bytes in "[a\n— +=AB]{0,60}") {
        if let Ok(UnverifiedNote { text, signatures }) = UnverifiedNote::decode(bytes.as_bytes()) {
            prop_assert_eq!(text::encode(&text, &signatures), bytes);
        }
    }
}
