use super::*;
use proptest::prelude::*;

fn value(rules: Rules, raw: &str) -> Result<String, CanonicalError> {
    rules.apply(raw).map(|identifier| identifier.expose_value().to_owned())
}

fn region(text: &str) -> Region {
    text.parse().expect("a region")
}

#[test]
fn spellings_of_one_address_become_one() {
    let lower = Rules::Email(LocalPart::Lower);
    for raw in ["Ann@Example.ORG", " ann@example.org ", "ａｎｎ@example.org", "ann@example.org.", "ann@EXAMPLE．org"]
    {
        assert_eq!(value(lower, raw).as_deref(), Ok("ann@example.org"), "{raw}");
    }
    assert_eq!(value(lower, "ann@BÜCHER.example").as_deref(), Ok("ann@xn--bcher-kva.example"));
    assert_eq!(value(lower, "ann@bu\u{308}cher.example").as_deref(), Ok("ann@xn--bcher-kva.example"));
    assert_eq!(value(lower, "ann+shop@example.org").as_deref(), Ok("ann+shop@example.org"));
    let untagged = Rules::Email(LocalPart::LowerUntagged);
    assert_eq!(value(untagged, "Ann+shop@example.org").as_deref(), Ok("ann@example.org"));
    assert_eq!(value(Rules::Email(LocalPart::Keep), "Ann@Example.org").as_deref(), Ok("Ann@example.org"));
}

#[test]
fn what_is_no_address_is_refused() {
    let bad = [
        "",
        "  ",
        "ann",
        "@x.org",
        "ann@",
        "ann@localhost",
        "a b@x.org",
        ".a@x.org",
        "a..b@x.org",
        "a@x..org",
        "\"a b\"@x.org",
        "a@[192.0.2.1]",
        "a@-x.org",
        "a\u{200b}@x.org",
        "+tag@x.org",
        "a\n@x.org",
    ];
    for raw in bad {
        assert!(value(Rules::Email(LocalPart::LowerUntagged), raw).is_err(), "{raw:?}");
    }
    let long = format!("{}@x.org", "a".repeat(65));
    assert!(value(Rules::Email(LocalPart::Keep), &long).is_err());
}

#[test]
fn spellings_of_one_number_become_one() {
    let german = Rules::Phone(region("DE"));
    for raw in ["030 1234567", "(030) 123-4567", "+49 30 1234567", "0049 30 1234567", "０３０ １２３４５６７"]
    {
        assert_eq!(value(german, raw).as_deref(), Ok("+49301234567"), "{raw}");
    }
    assert_eq!(value(Rules::Phone(region("FR")), "+49 30 1234567").as_deref(), Ok("+49301234567"));
    assert_eq!(value(Rules::Phone(region("US")), "(650) 253-0000").as_deref(), Ok("+16502530000"));
    for raw in ["", "12", "030 1234567 ext. 5", "1-800-FLOWERS", "+999 123456", "+49 30 1234567890123456"] {
        assert!(value(german, raw).is_err(), "{raw:?}");
    }
}

#[test]
fn a_number_that_is_read_differently_a_second_time_is_refused() {
    let norwegian = "+470 0 0849 2822";
    let reason = "its prefix can be read in two ways; write it as + and the country's number";
    assert_eq!(value(Rules::Phone(region("DE")), norwegian), Err(CanonicalError::Phone { reason }));
    assert_eq!(value(Rules::Phone(region("IT")), "06 6982 1234").as_deref(), Ok("+390669821234"));
}

#[test]
fn a_number_of_another_region_is_another_customer() {
    let raw = "030 1234567";
    let german = value(Rules::Phone(region("DE")), raw).expect("a number");
    assert_ne!(Ok(german), value(Rules::Phone(region("IT")), raw));
}

#[test]
fn a_region_is_two_capital_letters() {
    assert_eq!(region("DE").to_string(), "DE");
    for bad in ["", "D", "de", "DEU", "XQ", "49", "ÄÖ"] {
        assert!(bad.parse::<Region>().is_err(), "{bad:?}");
    }
}

#[test]
fn frames_of_kinds_domains_and_values_never_meet() {
    let rules = [
        Rules::Email(LocalPart::Keep),
        Rules::Email(LocalPart::Lower),
        Rules::Email(LocalPart::LowerUntagged),
        Rules::Plain,
    ];
    let mut frames = Vec::new();
    for rule in rules {
        for domain in ["crm", "crmx", "c"] {
            frames.push(rule.apply("x@a.org").expect("valid").frame(domain).to_vec());
        }
    }
    for (domain, id) in [("ab", "cd"), ("a", "bcd"), ("abc", "d")] {
        frames.push(Rules::Plain.apply(id).expect("valid").frame(domain).to_vec());
    }
    let count = frames.len();
    frames.sort();
    frames.dedup();
    assert_eq!(frames.len(), count);
    let frame = Rules::Plain.apply("id").expect("valid").frame("crm");
    assert_eq!(frame.as_slice(), b"\x00\x00\x00\x0b\x01\x05\x00\x03crm\x00\x02id");
}

#[test]
fn errors_never_hold_the_identifier() {
    for rules in [Rules::Email(LocalPart::Keep), Rules::Phone(region("DE")), Rules::Plain] {
        for raw in ["canary7731", "canary7731\u{200b}", "canary7731@@", &"canary7731".repeat(200)] {
            if let Err(error) = rules.apply(raw) {
                assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
            }
        }
    }
}

proptest! {
    /// A canonical identifier is its own canonical form, and nothing panics.
    #[test]
    fn canonical_forms_are_stable(raw in "\\PC{0,40}", at in "[a-zA-Z0-9.+]{1,12}@[a-zäöüA-Z0-9-]{1,10}\\.[a-z]{2,5}") {
        for raw in [raw.as_str(), at.as_str()] {
            for local in [LocalPart::Keep, LocalPart::Lower, LocalPart::LowerUntagged] {
                if let Ok(once) = value(Rules::Email(local), raw) {
                    prop_assert_eq!(value(Rules::Email(local), &once), Ok(once));
                }
            }
            for rules in [Rules::Plain, Rules::Phone(region("DE"))] {
                if let Ok(once) = value(rules, raw) {
                    prop_assert_eq!(value(rules, &once), Ok(once));
                }
            }
        }
    }
}
