//! Members' own ledgers: what each one's data set has cost its customers and itself, over rounds and releases together.
//!
//! Where the study names the data set, one file per member, the same that `guildhall trust publish --ledger` charges,
//! with one account per unit: a round costs a member what protects members, and each of its customers that and what
//! protects customers. Otherwise nobody but the study's own rounds charges them, and they share one file, the member
//! being part of the account's name. Charged for every member, durably, before anything of the round is sent; a round
//! that dies afterwards has been paid for.
//!
//! Assumption: whoever runs all roles on one machine keeps the members' files as each would keep its own.
//!
//! Not here: what trustees charge (`guildhall_federation`), the chain and its limits (`guildhall_ledger`).

use crate::account::{self, LedgerFile, exact, failure, limit_of};
use crate::consortium::Paid;
use crate::study::{Study, Windows};
use crate::{Failure, Place, Problem};
use guildhall_dp::{Ceiling, Loss, PeriodCost, Rho, RoundCost, round_cost};
use guildhall_kpi::{PrivacyUnit, Rational};
use guildhall_ledger::{BudgetLedger, Charge, Epsilon, Limit, MemoryRecords, NO_DELTA};
use guildhall_mpc::digest;
use num_rational::BigRational;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Ledgers charged at once: the disk waits for each.
const AT_ONCE: usize = 8;
/// The file of all members where the study names no data set.
const OF_ALL: &str = "members.ledger";
/// Begins the id of a round's charge; no release is called so.
const ROUND: &str = "/round/";

/// What a round of a study costs one unit, account by account.
pub(crate) struct Price {
    /// Unit, window, loss: the same for every member, so that it is converted once.
    parts: Vec<(Unit, String, Amount)>,
    /// Epsilon of a member, and of a customer with what protects members.
    pub(crate) members: Rational,
    pub(crate) customers: Rational,
    /// The same as zero-concentrated losses.
    rho: [Rho; 2],
}

/// A loss as ledgers charge it.
#[derive(Clone, Copy, Debug)]
struct Amount {
    epsilon: Epsilon,
    delta_bits: u32,
    rho: Option<Epsilon>,
}

impl Amount {
    fn of(cost: &PeriodCost) -> Result<Self, Failure> {
        let loss = cost.loss()?;
        let rho = cost.rho.and(&Rho::of_pure(cost.pure.epsilon()?));
        let concentrated = (cost.rho != Rho::none()).then(|| rho.rational()).transpose()?;
        let bits = Some(loss.delta_bits()).filter(|bits| *bits < Loss::NO_DELTA_BITS);
        Ok(Self { epsilon: exact(loss.epsilon()?), delta_bits: bits.unwrap_or(NO_DELTA), rho: concentrated.map(exact) })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Member,
    Customer,
}

impl Unit {
    const fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Customer => "customer",
        }
    }
}

/// The folder of a study's members' ledgers.
pub(crate) struct MemberLedgers<'a> {
    study: &'a Study,
    folder: PathBuf,
}

/// What members' ledgers say before a round.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Standing {
    id: String,
    /// Members charged before.
    ledgers: usize,
    /// In epsilon, or in rho.
    limit: Rational,
    /// `rho` where it is counted so.
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<&'static str>,
    members: Left,
    customers: Left,
    #[serde(skip)]
    ceiling: Ceiling,
}

/// What a round costs a unit, and the least that any member's ledger has left for it.
#[derive(Clone, Debug, Serialize)]
struct Left {
    epsilon: Rational,
    /// The cost in rho, where the limit is.
    #[serde(skip_serializing_if = "Option::is_none")]
    rho: Option<String>,
    left: String,
}

impl Price {
    /// What one round costs, as the study states it: at most what the round's own manifest will.
    ///
    /// # Errors
    /// If it cannot be counted.
    pub(crate) fn of(study: &Study) -> Result<Self, Failure> {
        let (schema, cells) = (study.schema(), study.cells_per_member());
        let most_periods = study.customers().and_then(|promised| promised.most_periods);
        let members = round_cost(&schema, PrivacyUnit::Member, cells, None)?;
        let customers = round_cost(&schema, PrivacyUnit::Customer, cells, most_periods)?;
        let of_members = by_window(study, &members, None).into_iter().map(|part| (Unit::Member, part));
        let of_customers = by_window(study, &customers, Some(&members)).into_iter().map(|part| (Unit::Customer, part));
        let costly = of_members.chain(of_customers).filter(|(_, (_, cost))| *cost != PeriodCost::none());
        let parts = costly.map(|(unit, (window, cost))| Ok((unit, window, Amount::of(&cost)?)));
        let parts = parts.collect::<Result<_, Failure>>()?;
        let both = members.epsilon.checked_add(customers.epsilon).ok_or(guildhall_dp::Error::TooFine)?;
        let of_members = members.concentrated()?;
        let rho = [of_members.clone(), of_members.and(&customers.concentrated()?)];
        Ok(Self { parts, members: members.epsilon, customers: both, rho })
    }

    /// Whether a round costs nobody anything.
    pub(crate) const fn is_free(&self) -> bool {
        self.parts.is_empty()
    }

    /// Tells prices apart.
    pub(crate) fn digest(&self) -> String {
        crate::account::digest(format!("{:?}", self.parts).as_bytes())
    }

    /// The charges to the accounts of one owner; the nonce is the same for all of a run, and used for one round only.
    fn charges(&self, study: &Study, paid: &Paid, owner: &str) -> Vec<Charge> {
        let Paid { round, nonce, .. } = paid;
        let charge = |(unit, window, amount): &(Unit, String, Amount)| Charge {
            id: format!("{ROUND}{}/{round}/{owner}/{}/{window}/{nonce}", study.id, unit.name()),
            subject: format!("{owner}/{}", unit.name()),
            window: window.clone(),
            epsilon: amount.epsilon,
            delta_bits: amount.delta_bits,
            rho: amount.rho,
            column: None,
            purpose: format!("round {round} of {}", study.title),
        };
        self.parts.iter().map(charge).collect()
    }
}

/// A round's cost per window of the accounts: all at once, or period by period.
fn by_window(study: &Study, cost: &RoundCost, besides: Option<&RoundCost>) -> BTreeMap<String, PeriodCost> {
    let whole =
        |cost: &RoundCost| PeriodCost { pure: cost.pure.clone(), rho: cost.rho.clone(), coordinates: cost.coordinates };
    let mut windows: BTreeMap<String, PeriodCost> = BTreeMap::new();
    for cost in std::iter::once(cost).chain(besides) {
        let parts: Vec<(String, PeriodCost)> = match study.data_set().windows {
            Windows::All => vec![("all".to_owned(), whole(cost))],
            Windows::Periods => {
                let days = |period: &str| study.days_of(period);
                cost.periods.iter().map(|(period, cost)| (days(period), cost.clone())).collect()
            }
        };
        for (window, part) in parts {
            let so_far = windows.entry(window).or_insert_with(PeriodCost::none);
            *so_far = so_far.and(&part);
        }
    }
    windows
}

impl<'a> MemberLedgers<'a> {
    /// The ledgers in a folder; it need not be there yet.
    pub(crate) const fn new(study: &'a Study, folder: PathBuf) -> Self {
        Self { study, folder }
    }

    /// Where they lie unless the user says otherwise: beside the study where it names the data set, else in the state.
    pub(crate) fn folder(study: &Study, study_file: &Path, state: &Path) -> PathBuf {
        if !study.names_data_set() {
            return state.to_owned();
        }
        study_file.parent().unwrap_or(Path::new("")).join(format!("{}.ledgers", study.data_set().id))
    }

    /// The files of these members with the charges to each: of a named data set one file per member, else one for all.
    fn files(&self, price: &Price, paid: &Paid, members: &[String]) -> Vec<(PathBuf, Vec<Charge>)> {
        let id = self.study.data_set().id;
        let charges = |owner: &str| price.charges(self.study, paid, owner);
        if self.study.names_data_set() {
            let own = |member: &String| (self.folder.join(format!("{}.ledger", plain_name(member))), charges(&id));
            return members.iter().map(own).collect();
        }
        let of_all = members.iter().flat_map(|member| charges(&format!("{id}/{}", plain_name(member))));
        vec![(self.folder.join(OF_ALL), of_all.collect())]
    }

    /// Refuses a round that one of these members has no budget left for; charges nothing and writes nothing.
    ///
    /// # Errors
    /// With exit code 6, naming the ledger; if one does not verify.
    pub(crate) fn check(&self, price: &Price, paid: &Paid, members: &[String]) -> Result<Standing, Failure> {
        let mut standing = self.fresh(price);
        let empty = BudgetLedger::open(&MemoryRecords::new()).map_err(|error| failure(&self.folder, &error))?;
        for (path, charges) in self.files(price, paid, members) {
            if path.is_file() {
                let file = LedgerFile::existing(&path)?;
                self.check_units(&path, &file)?;
                file.would_grant_all(&charges, &self.limit())?;
                standing.meet(&file);
            } else {
                empty.check_all(&charges, &self.limit()).map_err(|error| failure(&path, &error))?;
            }
        }
        Ok(standing)
    }

    /// What the ledgers in the folder say, whoever's they are.
    ///
    /// # Errors
    /// If one does not verify.
    pub(crate) fn standing(&self, price: &Price) -> Result<Standing, Failure> {
        let mut standing = self.fresh(price);
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "ledger")) {
            standing.meet(&LedgerFile::existing(&path)?);
        }
        Ok(standing)
    }

    /// Charges every member's ledger, each durably before this returns; what was charged under the same name before is not
    /// charged again.
    ///
    /// # Errors
    /// If one of them refuses after all, or its file fails; what was charged stays charged, and nothing is sent.
    pub(crate) fn charge(&self, price: &Price, paid: &Paid, members: &[String]) -> Result<(), Failure> {
        self.check(price, paid, members)?;
        let files = self.files(price, paid, members);
        if files.iter().all(|(_, charges)| charges.is_empty()) {
            return Ok(());
        }
        std::fs::create_dir_all(&self.folder).map_err(|error| {
            let problem = Problem::new("U0005", "the folder of the ledgers cannot be created").why(error.to_string());
            problem.at(Place::file(&self.folder)).remedy("choose another --ledgers")
        })?;
        let one = |(path, charges): &(PathBuf, Vec<Charge>)| {
            let mut file = LedgerFile::open(path)?;
            self.check_units(path, &file)?;
            file.charge_all(charges, &self.limit())
        };
        let each = files.len().div_ceil(AT_ONCE).max(1);
        let done: Vec<Result<(), Failure>> = std::thread::scope(|scope| {
            let chunks = files.chunks(each);
            let spawned: Vec<_> = chunks.map(|chunk| scope.spawn(move || chunk.iter().try_for_each(one))).collect();
            spawned.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(lost()))).collect()
        });
        done.into_iter().collect()
    }

    /// Releases that protect other units than customers do not say what they cost customers.
    fn check_units(&self, path: &Path, file: &LedgerFile) -> Result<(), Failure> {
        let (prefix, own) =
            (format!("{}/", self.study.data_set().id), format!("{}/customer", self.study.data_set().id));
        let mut entries = file.ledger().entries().iter().map(guildhall_ledger::Entry::charge);
        let other = |charge: &&Charge| {
            charge.subject.starts_with(&prefix) && charge.subject != own && !charge.id.starts_with(ROUND)
        };
        let Some(charge) = entries.find(other) else { return Ok(()) };
        let message =
            format!("release {:?} was charged as {}, which does not count customers", charge.id, charge.subject);
        let problem = Problem::new("P0607", message).at(Place::file(path));
        Err(problem.remedy("a data set in rounds is released with customers as the unit").into())
    }

    fn limit(&self) -> Limit {
        limit_of(&self.study.data_set().limit)
    }

    fn fresh(&self, price: &Price) -> Standing {
        let set = self.study.data_set();
        let limit = set.limit.rho().unwrap_or(set.limit.epsilon());
        let counts = set.limit.rho().map(|_| "rho");
        let left = |epsilon, rho: &Rho| Left { epsilon, rho: counts.map(|_| rho.to_string()), left: limit.to_string() };
        let [of_members, of_customers] = &price.rho;
        let (members, customers) = (left(price.members, of_members), left(price.customers, of_customers));
        Standing { id: set.id, ledgers: 0, limit, counts, members, customers, ceiling: set.limit }
    }
}

/// A member's id where that is a plain name, else what is plain of it and a hash.
fn plain_name(member: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
    if !member.is_empty() && member.len() <= 60 && member.bytes().all(plain) {
        return member.to_owned();
    }
    let kept: String = member.bytes().filter(|byte| plain(*byte)).take(30).map(char::from).collect();
    let hash = digest("member ledger", &[member.as_bytes()]);
    let hash: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{kept}.{hash}")
}

fn lost() -> Failure {
    Problem::new("R0752", "a ledger could not be charged").remedy("repeat the command").into()
}

/// Whether a charge was made by a round, not by a release.
pub(crate) fn is_of_round(charge: &Charge) -> bool {
    charge.id.starts_with(ROUND)
}

impl Left {
    /// E.g. `3/2`, or `rho 3/25 of which the round takes rho 1/250`.
    fn left(&self) -> String {
        let in_rho = |rho: &String| format!("rho {}, of which the round takes {rho}", self.left);
        self.rho.as_ref().map_or_else(|| self.left.clone(), in_rho)
    }
}

impl Standing {
    /// Takes the smaller of what was left so far and what this ledger has.
    fn meet(&mut self, file: &LedgerFile) {
        let mut owners: Vec<&str> = Vec::new();
        for (subject, _, account) in file.ledger().accounts() {
            let owner = subject.rsplit_once('/').map_or(subject, |(owner, _)| owner);
            if !owners.contains(&owner) {
                owners.push(owner);
            }
            let left: BigRational = account::State::of(account).left();
            for (unit, least) in [("member", &mut self.members), ("customer", &mut self.customers)] {
                let known: Option<BigRational> = least.left.parse().ok();
                if subject.ends_with(&format!("/{unit}")) && known.is_none_or(|known| left < known) {
                    least.left = left.to_string();
                }
            }
        }
        self.ledgers += owners.len();
    }

    /// Whether a round of the study costs anybody anything.
    pub(crate) const fn is_charged(&self) -> bool {
        !self.members.epsilon.is_zero() || !self.customers.epsilon.is_zero()
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        let Self { id, ledgers, members, customers, ceiling, .. } = self;
        let measure = if self.counts.is_some() { "" } else { "epsilon " };
        let charged = match ledgers {
            0 => "no member's ledger was charged before".to_owned(),
            1 => "1 member's ledger was charged before".to_owned(),
            more => format!("{more} members' ledgers were charged before"),
        };
        format!(
            "Each member's own ledger, data set {id}, limit {measure}{ceiling} ({charged}):\n\
             \x20 one member loses epsilon {} by a round; least left before it {}\n\
             \x20 one customer of a member loses epsilon {} by it, what protects members included; least left before it {}\n",
            members.epsilon,
            members.left(),
            customers.epsilon,
            customers.left()
        )
    }
}
