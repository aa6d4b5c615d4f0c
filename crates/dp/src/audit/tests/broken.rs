//! Every broken mechanism is refuted at `N = 10^5` with 99.9 % bounds; mended, none is. Seeded.

use super::*;

/// The true epsilon of each flaw at a claimed epsilon of 1; infinity where some output gives all away.
fn truth(flaw: Flaw) -> f64 {
    match flaw {
        Flaw::HalvedScale | Flaw::EpsilonTwice | Flaw::ReplaceOne => 2.0,
        Flaw::NarrowScale => 1.0 / 0.9,
        Flaw::NoClip | Flaw::ClipUnused => 6.1,
        Flaw::GroupsUnbounded => 3.0,
        Flaw::ShareMissing => 1.385,
        _ => f64::INFINITY,
    }
}

#[test]
fn every_broken_mechanism_is_refuted() {
    for flaw in Flaw::ALL {
        let subject = flaw.subject(rational("1")).expect("samplable");
        let finding = audited(&subject, RUNS, 1, 1000);
        let event = finding.event.map_or_else(String::new, |event| event.to_string());
        println!("{:20} true {:5.3} found {:5.3} by {event}", flaw.name(), truth(flaw), finding.epsilon);
        assert!(finding.refutes(subject.claim()), "{} passes: {finding:?}", flaw.name());
        assert!(finding.epsilon <= truth(flaw), "{} is said to be worse than it is: {finding:?}", flaw.name());
        // The bound is near the truth, so that a lesser flaw of the kind would be found as well.
        let near = if truth(flaw).is_finite() { 0.88 * truth(flaw) } else { 6.0 };
        assert!(finding.epsilon >= near, "{} is found by a hair: {finding:?}", flaw.name());
    }
}

#[test]
fn every_broken_mechanism_is_refuted_at_other_epsilons() {
    for (epsilon, flaw) in ["1/2", "2"].into_iter().flat_map(|epsilon| Flaw::ALL.map(|flaw| (epsilon, flaw))) {
        let subject = flaw.subject(rational(epsilon)).expect("samplable");
        let finding = audited(&subject, RUNS, 1, 1000);
        assert!(finding.refutes(subject.claim()), "{} at epsilon {epsilon} passes: {finding:?}", flaw.name());
    }
}

/// One flaw for each query of the pipeline: without it, nothing is left to refute, with 20 seeds.
#[test]
fn mended_mechanisms_pass_20_seeds() {
    for flaw in [
        Flaw::HalvedScale,
        Flaw::NoClip,
        Flaw::NoiseReused,
        Flaw::KeysUnthresholded,
        Flaw::EpsilonTwice,
        Flaw::ReplaceOne,
    ] {
        let subject = flaw.mended(rational("1")).expect("samplable");
        let worst = (0..20).map(|seed| audited(&subject, RUNS, seed, 1000).epsilon).fold(0.0, f64::max);
        println!("{}: {worst:.3}", subject.about());
        assert!(worst <= 1.0, "{} is refuted although it is sound: {worst}", subject.about());
        assert!(
            worst > 0.9 || flaw == Flaw::KeysUnthresholded,
            "the audit of {} sees little: {worst}",
            subject.about()
        );
    }
}

#[test]
fn names_are_distinct_and_seeds_repeat() {
    let names: std::collections::BTreeSet<&str> = Flaw::ALL.iter().map(|flaw| flaw.name()).collect();
    assert_eq!(names.len(), Flaw::ALL.len());
    let subject = Flaw::NarrowScale.subject(rational("1")).expect("samplable");
    assert_eq!(audited(&subject, 2_000, 7, 1000), audited(&subject, 2_000, 7, 1000));
    assert_ne!(audited(&subject, 2_000, 7, 1000), audited(&subject, 2_000, 8, 1000));
    assert!(Flaw::NarrowScale.subject(Rational::ZERO).is_err());
}
