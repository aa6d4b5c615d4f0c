//! Messages of a run over shared customers.

use guildhall_pseudonym::Rules;
use guildhall_pseudonym::overlap::{
    Comparer, CustomerSet, Enrolled, LEAST_SET, SetSalt, Terms, UnverifiedComparerKey, UnverifiedEnrolment,
    UnverifiedPass,
};
use std::sync::LazyLock;

/// A run of two members as far as their first sets.
struct Begun {
    terms: Terms,
    hellos: Vec<Vec<u8>>,
    passes: Vec<Vec<u8>>,
}

static RUN: LazyLock<Begun> = LazyLock::new(|| {
    let enrol = |(name, salt): (&str, u8)| {
        let ids = (0..LEAST_SET).map(|id| Rules::Plain.apply(&format!("customer {id}")).expect("an identifier"));
        Enrolled::new(name, CustomerSet::new(ids), &SetSalt::kept([salt; 32]), "fuzzing").expect("enrolled")
    };
    let mut members: Vec<Enrolled> = [("anna", 1), ("bert", 2)].into_iter().map(enrol).collect();
    let comparer = Comparer::new("chamber").expect("a key");
    let enrolments: Vec<_> = members.iter().map(|member| member.enrolment().clone()).collect();
    let hellos = enrolments.iter().map(|one| one.encode()).chain([comparer.key().encode()]).collect();
    let terms = Terms::agree("fuzzing", LEAST_SET, enrolments, comparer.key().clone()).expect("terms");
    let (mut other, first) = members.remove(0).begin(terms.clone()).expect("begun");
    let (_, second) = members.remove(0).begin(terms.clone()).expect("begun");
    let third = other.pass("bert", &second.message).expect("passed");
    Begun { terms, hellos, passes: [first, second, third].map(|outgoing| outgoing.message).into() }
});

/// An enrolment or a comparing party's key.
pub fn hello(bytes: &[u8]) {
    if let Ok(enrolment) = UnverifiedEnrolment::decode(bytes) {
        let length = bytes.get(5).copied().unwrap_or_default();
        let name = bytes.get(6..6 + usize::from(length)).and_then(|name| std::str::from_utf8(name).ok());
        if let Ok(enrolment) = enrolment.verify(name.expect("it decoded")) {
            assert_eq!(enrolment.encode(), bytes);
        }
    }
    if let Ok(key) = UnverifiedComparerKey::decode(bytes) {
        let length = bytes.get(5).copied().unwrap_or_default();
        let name = bytes.get(6..6 + usize::from(length)).and_then(|name| std::str::from_utf8(name).ok());
        if let Ok(key) = key.verify(name.expect("it decoded")) {
            assert_eq!(key.encode(), bytes);
        }
    }
}

/// The first messages of a run.
pub fn hello_seeds() -> Vec<Vec<u8>> {
    RUN.hellos.clone()
}

/// A set on its way, against the terms of a run.
pub fn pass(bytes: &[u8]) {
    if let Ok(pass) = UnverifiedPass::decode(bytes) {
        assert_eq!(pass.encode(), bytes);
        if pass.verify(&RUN.terms).is_ok() {
            assert!(usize::from(pass.owner()) < RUN.terms.members().len());
        }
    }
}

/// Sets that have passed one and two members.
pub fn pass_seeds() -> Vec<Vec<u8>> {
    RUN.passes.clone()
}
