//! What a column holds, how likely, and why.
//!
//! Three witnesses: the header (dictionary), the share of distinct values that pass the check of a kind (the lower end
//! of its Wilson interval, less what passes by chance), and statistics such as length and number of distinct values.
//! One witness alone makes it possible or likely, two that agree very likely; a header that the values contradict counts
//! little.

mod named;
mod role;
mod votes;

use super::check::{date::DateOrder, national, phone, postal};
use super::dictionary::{self, Company, Heading};
use super::likelihood::{beyond_chance, wilson_lower};
use super::profile::Profile;
use super::{Kind, Likelihood, Role, Sensitivity};
use serde::Serialize;
use votes::Votes;

/// One kind that a column holds, with the evidence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Holding {
    /// The kind.
    pub kind: Kind,
    /// How likely.
    pub likelihood: Likelihood,
    /// Distinct values looked at.
    pub looked_at: u64,
    /// Those of them that are of the kind.
    pub fitting: u64,
    /// The lower end of the 95 % interval of their share.
    pub at_least: f64,
    /// Cells in which it was found, whole or inside a text.
    pub cells: u64,
    /// Why, in words; no values.
    pub evidence: Vec<String>,
    /// Its data category in fideslang.
    pub fideslang: &'static str,
    /// Its term in DPV-PD.
    pub dpv: &'static str,
}

/// What is left of a column when its rows are gone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Column {
    /// Its header; replaced by its place where the header itself is personal data.
    pub name: String,
    /// Cells.
    pub cells: u64,
    /// Cells without a value.
    pub empty: u64,
    /// Distinct values.
    pub distinct: u64,
    /// Whether that was counted rather than estimated.
    pub distinct_exact: bool,
    /// Shapes of the most frequent kinds of values, unreadable.
    pub shapes: Vec<String>,
    /// What it holds, most likely first.
    pub holds: Vec<Holding>,
    /// What it is to somebody who wants to protect it.
    pub role: Role,
    /// The order of day, month and year, where most values are days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_order: Option<DateOrder>,
    /// The worst that is at least possible.
    pub sensitivity: Option<Sensitivity>,
}

impl Column {
    /// What it holds most likely, if that is at least possible.
    pub fn leading(&self) -> Option<&Holding> {
        self.holds.first().filter(|holding| holding.likelihood >= Likelihood::Possible)
    }
}

/// Judges a column; `company` is what the columns beside it are about.
pub(crate) fn judge(profile: &Profile, name: String, company: Company) -> Column {
    let heading = dictionary::heading(&profile.header);
    let votes = Votes::of(profile, heading.map(|heading| heading.kind));
    let judged = |kind: &Kind| hold(profile, &votes, heading, company, *kind);
    let mut holds: Vec<Holding> = Kind::ALL.iter().filter_map(judged).collect();
    holds.sort_by_key(|holding| std::cmp::Reverse((holding.likelihood, rank(holding, heading))));
    let likely = holds.iter().filter(|holding| holding.likelihood >= Likelihood::Possible);
    let sensitivity = likely.map(|holding| holding.kind.sensitivity()).max();
    let (distinct, distinct_exact) = profile.distinct();
    Column {
        name,
        cells: profile.cells,
        empty: profile.empty,
        distinct,
        distinct_exact,
        shapes: profile.shapes(),
        role: role::role(profile, &votes, heading, company, &holds),
        date_order: votes.date_order(),
        sensitivity,
        holds,
    }
}

/// Among equally likely kinds: what the header says, then what more values fit, then the more sensitive.
fn rank(holding: &Holding, heading: Option<Heading>) -> (bool, u64, Sensitivity) {
    (heading.is_some_and(|heading| heading.kind == holding.kind), holding.fitting, holding.kind.sensitivity())
}

/// Judges one kind of one column; nothing if nothing speaks for it.
fn hold(profile: &Profile, votes: &Votes, heading: Option<Heading>, company: Company, kind: Kind) -> Option<Holding> {
    let named = heading.filter(|heading| heading.kind == kind).map(|heading| heading.strong);
    let fitting = votes.fitting(kind);
    let hits = profile.hits.get(&kind).copied().unwrap_or_default();
    let at_least = wilson_lower(fitting, votes.looked_at);
    let case = Case {
        profile,
        votes,
        kind,
        named,
        other: heading.is_some_and(|heading| heading.kind != kind),
        fitting,
        at_least,
        company,
    };
    let by_values = if checked(kind) { case.checked() } else { case.described() };
    let inside = (hits.cells > hits.whole).then(|| case.inside(hits.best)).flatten();
    let likelihood = by_values.max(inside)?;
    let mut evidence = case.evidence();
    if hits.cells > 0 && fitting < votes.looked_at {
        evidence.push(format!("found in {} of {} cells", hits.cells, profile.filled()));
    }
    Some(Holding {
        kind,
        likelihood,
        looked_at: votes.looked_at,
        fitting,
        at_least,
        cells: hits.cells,
        evidence,
        fideslang: kind.fideslang(),
        dpv: kind.dpv(),
    })
}

/// Kinds whose values can be checked one by one.
fn checked(kind: Kind) -> bool {
    kind.self_evident() || national::KINDS.contains(&kind) || matches!(kind, Kind::Phone)
}

struct Case<'c> {
    profile: &'c Profile,
    votes: &'c Votes,
    kind: Kind,
    /// Whether the header names the kind, and then whether it does so strongly.
    named: Option<bool>,
    /// Whether the header names another kind.
    other: bool,
    fitting: u64,
    at_least: f64,
    /// What the columns beside it are about.
    company: Company,
}

impl Case<'_> {
    /// The level of a kind with a check: by the share that passes it beyond chance, and the header.
    fn checked(&self) -> Option<Likelihood> {
        use Likelihood::*;
        let n = self.votes.looked_at;
        let share = self.votes.share(self.fitting);
        let beyond = beyond_chance(self.at_least, self.kind.chance());
        let all = self.fitting == n && n > 0;
        if let Some(strong) = self.named {
            let level = match () {
                () if n == 0 => Unlikely,
                () if self.fitting == 0 => {
                    return (self.kind == Kind::Phone && strong)
                        .then(|| self.unformed_phones())
                        .flatten()
                        .or(Some(VeryUnlikely));
                }
                () if beyond >= 0.5 || all => VeryLikely,
                () if share >= 0.3 => Likely,
                () => Possible,
            };
            return Some(if strong { level } else { level.min(Likely) });
        }
        if self.fitting == 0 {
            return None;
        }
        let level = match () {
            () if self.kind.self_evident() && beyond >= 0.7 => VeryLikely,
            () if self.kind.self_evident() && (all || beyond >= 0.3) => Likely,
            () if beyond >= 0.8 && n >= 10 && self.formed() => Likely,
            () if beyond >= 0.5 && n >= 5 && self.formed() => Possible,
            () if self.kind.self_evident() && share > 0.05 => Possible,
            () => VeryUnlikely,
        };
        let doubt = self.other && !(self.kind.self_evident() && self.at_least >= 0.7);
        (level > VeryUnlikely || self.kind.self_evident()).then_some(if doubt {
            level.lowered().lowered()
        } else {
            level
        })
    }

    /// Telephone numbers without separators: the header says so, and the lengths agree.
    fn unformed_phones(&self) -> Option<Likelihood> {
        (self.votes.share(self.votes.long_digits) >= 0.7).then_some(Likelihood::Likely)
    }

    /// Whether values without a header are enough for this kind: telephones need a form or a valid country code.
    fn formed(&self) -> bool {
        if self.kind != Kind::Phone {
            return true;
        }
        let (international, valid) = self.votes.international;
        let national = self.votes.regions.iter().copied().max().unwrap_or(0);
        valid * 2 > international || national * 2 > self.votes.voted
    }

    /// The level of a kind known by its header, words and statistics.
    fn described(&self) -> Option<Likelihood> {
        use Likelihood::*;
        let telling = self.fitting > 0 && self.at_least >= self.telling();
        let Some(strong) = self.named else {
            let formless = matches!(self.kind, Kind::PostalCode | Kind::BirthDate);
            let level = match () {
                () if formless || self.fitting == 0 || self.other => return None,
                () if self.at_least >= 0.6 && self.votes.looked_at >= 2 => Likely,
                () if telling => Possible,
                () => return None,
            };
            return Some(level);
        };
        let level = match (strong, telling, self.plausible()) {
            (_, _, Some(false)) => VeryUnlikely,
            (false, _, _) if self.kind == Kind::Name => self.weakly_named(),
            (true, true, _) => VeryLikely,
            (true, false, _) => Likely,
            (false, true, _) => Likely,
            (false, false, _) => Unlikely,
        };
        Some(if self.profile.filled() == 0 { level.min(Possible) } else { level })
    }

    /// The share of fitting values from which words alone tell a kind.
    fn telling(&self) -> f64 {
        match self.kind {
            Kind::Name | Kind::FirstName => 0.2,
            Kind::Street | Kind::Address => 0.3,
            Kind::PostalCode | Kind::BirthDate => 0.6,
            Kind::Country | Kind::Gender | Kind::MaritalStatus | Kind::Education => 0.4,
            _ => 0.15,
        }
    }

    /// Whether the statistics allow what the header says; nothing where they cannot tell.
    fn plausible(&self) -> Option<bool> {
        let votes = self.votes;
        if votes.looked_at == 0 {
            return None;
        }
        let lettered = votes.share(votes.letters) >= 0.6;
        let numeric = votes.share(votes.numbers) >= 0.8;
        let (distinct, _) = self.profile.distinct();
        match self.kind {
            Kind::Name | Kind::FirstName | Kind::LastName | Kind::City => Some(lettered && self.profile.longest <= 120),
            Kind::Street | Kind::Address => {
                Some(self.profile.longest >= 3 && !numeric || self.fitting > 0 || distinct < 2000 && numeric)
            }
            Kind::PostalCode => Some(votes.share(self.fitting) >= 0.3),
            Kind::BirthDate => Some(votes.share(self.fitting) >= 0.3 || self.years()),
            Kind::Age => Some(self.ages()),
            Kind::Gender => Some(distinct <= 20),
            Kind::Coordinates => Some(self.degrees()),
            Kind::Country | Kind::Region | Kind::Nationality | Kind::MaritalStatus => Some(distinct <= 3000),
            Kind::Password => Some(self.profile.longest >= 3),
            _ => Some(true),
        }
    }

    fn numbers(&self) -> impl Iterator<Item = Option<f64>> {
        self.profile.sample().map(|value| value.trim().replace(',', ".").parse().ok())
    }

    fn most(&self, fits: impl Fn(f64) -> bool) -> bool {
        let fitting = self.numbers().flatten().filter(|number| fits(*number)).count() as u64;
        fitting * 10 >= self.votes.looked_at * 9
    }

    fn years(&self) -> bool {
        self.most(|year| (1900.0..=2030.0).contains(&year) && year.fract() == 0.0)
    }

    /// Whole numbers of years, ranges of them, or yes and no.
    fn ages(&self) -> bool {
        let (distinct, _) = self.profile.distinct();
        distinct <= 130
            && (self.most(|age| (0.0..=125.0).contains(&age))
                || self.votes.share(self.votes.letters) > 0.0
                || distinct <= 30)
    }

    fn degrees(&self) -> bool {
        self.most(|degree| degree.abs() <= 180.0)
            || self.profile.sample().all(|value| value.contains([',', ';', '°', ' ']))
    }

    /// The level of a kind found inside longer texts.
    fn inside(&self, best: Option<Likelihood>) -> Option<Likelihood> {
        let best = best?;
        Some(if self.kind.self_evident() { best.min(Likelihood::Likely) } else { best.min(Likelihood::Possible) })
    }

    fn evidence(&self) -> Vec<String> {
        let mut evidence = Vec::new();
        match self.named {
            Some(true) => evidence.push("the header says so".to_owned()),
            Some(false) => evidence.push("the header may mean it".to_owned()),
            None => {}
        }
        if self.fitting > 0 {
            let what = if checked(self.kind) { "pass its check" } else { "look like it" };
            evidence.push(format!("{} of {} distinct values {what}", self.fitting, self.votes.looked_at));
        } else if self.named.is_some() && checked(self.kind) && self.votes.looked_at > 0 {
            evidence.push(format!("none of {} distinct values passes its check", self.votes.looked_at));
        }
        match self.kind {
            Kind::Name if self.named == Some(false) => evidence.extend(self.written_as_names()),
            Kind::Phone => evidence.extend(self.region()),
            Kind::PostalCode if self.fitting > 0 => evidence.extend(self.country()),
            _ => {}
        }
        evidence
    }

    fn region(&self) -> Option<String> {
        let (international, valid) = self.votes.international;
        if international * 2 > self.votes.looked_at {
            return Some(format!("{valid} of {international} numbers with a country code are in use there"));
        }
        Some(match clearest(&self.votes.regions, self.votes.voted)? {
            (place, votes, true) => {
                format!("{votes} of {} fit the numbering plan of {}", self.votes.voted, phone::region_name(place))
            }
            _ => "without a country code; their form does not tell the region, which has to be declared".to_owned(),
        })
    }

    fn country(&self) -> Option<String> {
        let (_, most) = best(&self.votes.countries)?;
        let tied = self.votes.countries.iter().enumerate().filter(|(_, votes)| **votes == most);
        let names: Vec<&str> = tied.map(|(place, _)| postal::country(place)).collect();
        Some(format!("the form fits {}", names.join(", ")))
    }
}

/// The region most numbers fit, how many, and whether that tells the region: at least 80 % of them, and far more than fit
/// the next.
fn clearest(votes: &[u32; phone::VOTES], voted: u32) -> Option<(usize, u32, bool)> {
    let (place, most) = best(votes)?;
    let others = votes.iter().enumerate().filter(|(other, _)| *other != place);
    let next = others.map(|(_, votes)| *votes).max().unwrap_or(0);
    Some((place, most, most * 5 >= voted * 4 && next * 4 <= most * 3))
}

fn best<const N: usize>(votes: &[u32; N]) -> Option<(usize, u32)> {
    let best = votes.iter().copied().enumerate().max_by_key(|(place, votes)| (*votes, std::cmp::Reverse(*place)))?;
    (best.1 > 0).then_some(best)
}
