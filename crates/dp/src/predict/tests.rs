use super::*;

fn rational(text: &str) -> Rational {
    text.parse().expect("a rational")
}

/// Epsilon 1 under add/remove (sensitivity 1) with the bins of the rule, as in the notes' simulation.
fn setting(members: u64, shares: u32, honest: u32) -> Setting {
    let epsilon = rational("1");
    Setting { members, epsilon, sensitivity: 1, bins: suggested_bins(members, epsilon, 1), shares, honest }
}

fn median(setting: Setting) -> f64 {
    setting.predict().expect("valid").errors.p50
}

/// Requirement 10 of the secure-sum notes: at most 5 / 2.5 / 0.7 points with ideal noise, 6.5 / 3.3 / 1 at (5,3,4).
#[test]
fn requirement_ten_is_met_on_the_simulator() {
    for (members, ideal, trustees) in [(50, 5.0, 6.5), (200, 2.5, 3.3), (1000, 0.7, 1.0)] {
        let (alone, together) = (median(setting(members, 1, 1)), median(setting(members, 4, 2)));
        assert!(alone <= ideal && together <= trustees, "{members} members: {alone:.2} and {together:.2}");
    }
}

/// The independent simulation of the notes (numpy, 600 runs): ideal noise, then 1.41 times.
#[test]
fn agrees_with_the_notes() {
    let table = [(30, 6.3, 8.3), (50, 4.1, 5.4), (100, 2.8, 3.9), (200, 1.9, 2.7), (500, 0.9, 1.3), (1000, 0.5, 0.7)];
    for (members, ideal, wider) in table {
        for (known, (shares, honest)) in [(ideal, (1, 1)), (wider, (4, 2))] {
            let error = median(setting(members, shares, honest));
            assert!(
                (error / known - 1.0).abs() < 0.25,
                "{members} members, {shares} shares: {error:.2} against {known}"
            );
        }
    }
}

/// The main job: 998 members, 32 bins, epsilon 1 under replacement, trustees (7,3,5).
#[test]
fn a_thousand_members_get_useful_quartiles_under_replacement() {
    let austin = Setting { sensitivity: 2, bins: 32, ..setting(998, 5, 3) };
    let prediction = austin.predict().expect("valid");
    assert!(prediction.errors.p50 <= 2.0 && prediction.errors.worst_quartile() <= 2.0, "{prediction:?}");
    assert_eq!((prediction.verdict, prediction.advice), (Verdict::Useful, vec![]));
}

/// Below members * epsilon = 40 nothing is called useful, and at 20 members the means are offered.
#[test]
fn small_cohorts_are_warned() {
    for (members, epsilon) in [(20, "1"), (39, "1"), (10, "3"), (100, "1/3"), (300, "1/10")] {
        let epsilon = rational(epsilon);
        let bins = suggested_bins(members, epsilon, 1);
        let prediction = Setting { epsilon, bins, ..setting(members, 1, 1) }.predict().expect("valid");
        assert!(prediction.verdict > Verdict::Useful, "{members} members at {epsilon}: {prediction:?}");
        assert!(!prediction.advice.is_empty());
    }
    let twenty = setting(20, 4, 2).predict().expect("valid");
    assert_eq!(twenty.verdict, Verdict::Useless);
    assert_eq!(twenty.advice.last(), Some(&Advice::ExactMeans));
}

/// Following one piece of advice alone does what it says.
#[test]
fn advice_helps() {
    let planned = Setting { sensitivity: 2, bins: 64, ..setting(120, 4, 2) };
    let before = planned.predict().expect("valid");
    assert!(before.advice.len() >= 2, "{before:?}");
    for advice in before.advice {
        let after = |setting: Setting| setting.predict().expect("valid");
        match advice {
            Advice::MoreMembers { about } => {
                assert!(about > 120 && after(Setting { members: about, ..planned }).verdict == Verdict::Useful);
            }
            Advice::LargerEpsilon { at_least } => {
                assert_eq!(after(Setting { epsilon: at_least, ..planned }).verdict, Verdict::Useful);
            }
            Advice::Bins { bins } => {
                let better = after(Setting { bins, ..planned }).errors.worst_quartile();
                assert!(bins < 64 && better < before.errors.worst_quartile());
            }
            Advice::ExactMeans => assert_eq!(before.verdict, Verdict::Useless),
        }
    }
}

#[test]
fn errors_move_the_right_way() {
    let base = median(setting(200, 4, 2));
    assert!(median(setting(200, 1, 1)) < base, "less noise");
    assert!(median(setting(400, 4, 2)) < base, "more members");
    assert!(median(Setting { epsilon: rational("1/2"), ..setting(200, 4, 2) }) > base, "smaller epsilon");
    assert!(median(Setting { sensitivity: 2, ..setting(200, 4, 2) }) > base, "replacement");
    assert_eq!(median(setting(200, 4, 2)).to_bits(), base.to_bits(), "the same setting gives the same prediction");
}

#[test]
fn rule_of_thumb_for_bins() {
    for (members, epsilon, sensitivity, bins) in [
        (50, "1", 1, 12),
        (200, "1", 1, 50),
        (1000, "1", 1, 64),
        (1000, "1", 2, 64),
        (200, "1/2", 2, 12),
        (5, "1", 1, 8),
    ] {
        assert_eq!(suggested_bins(members, rational(epsilon), sensitivity), bins, "{members} at {epsilon}");
    }
    assert_eq!(suggested_bins(u64::MAX, Rational::new(u64::MAX, 1).expect("non-zero"), 0), 64);
}

#[test]
fn refuses_what_has_no_meaning() {
    let base = setting(100, 4, 2);
    let bad = |setting: Setting| setting.predict().expect_err("meaningless");
    assert_eq!(bad(Setting { members: 0, ..base }), Error::NothingToPredict { members: 0, bins: 25 });
    assert_eq!(bad(Setting { bins: 1, ..base }), Error::NothingToPredict { members: 100, bins: 1 });
    assert_eq!(bad(Setting { bins: u32::MAX, ..base }), Error::NothingToPredict { members: 100, bins: u32::MAX });
    assert_eq!(bad(Setting { shares: 1, ..base }), Error::TooFewShares { shares: 1, honest: 2 });
    assert_eq!(bad(Setting { epsilon: Rational::ZERO, ..base }), Error::EpsilonZero);
    assert_eq!(bad(Setting { honest: 0, ..base }), Error::NoHonestShare);
}

#[test]
fn a_column_group_is_a_setting_if_it_is_a_histogram() {
    let noise = Noise::Laplace { epsilon: rational("1") };
    let group = |columns| ColumnGroup { figure: 0, columns, noise };
    let histogram = Setting::of(&group(Columns::Histogram { bins: 32 }), 998, 5, 3);
    assert_eq!(histogram, Some(Setting { sensitivity: 2, bins: 32, ..setting(998, 5, 3) }));
    assert_eq!(Setting::of(&group(Columns::Squares { span: 9 }), 998, 5, 3), None);
}

#[test]
fn sentences_are_plain() {
    let advice = [
        Advice::Bins { bins: 12 },
        Advice::MoreMembers { about: 130 },
        Advice::LargerEpsilon { at_least: rational("2.2") },
        Advice::ExactMeans,
    ];
    let lines: Vec<String> = advice.iter().map(ToString::to_string).collect();
    assert_eq!(lines[1], "about 130 members would make the quartiles useful");
    assert_eq!(lines[2], "an epsilon of 11/5 would make the quartiles useful, and protect members less");
    assert!(Verdict::Useless.to_string().starts_with("useless: "));
    assert_eq!([two_digits_up(7.2), two_digits_up(101.0), two_digits_up(1234.5)], [8, 110, 1300]);
}
