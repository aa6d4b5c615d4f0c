//! The accounts of a data window: what a round costs members and their customers, charged before anything is said.
//!
//! Every party keeps them in its own ledger: trustees charge before they sign a set, a member's client before it
//! sends. One account per period of the figures and per unit. What protects members also costs their customers, so a
//! customer's loss is the sum of both accounts; nothing is charged twice (`docs/protocol.md`, "Accounts").
//!
//! Over several periods and rounds, pure epsilons add up, and zero-concentrated losses of Gaussian noise add up before
//! they are converted once. Everything may also be counted as zero-concentrated; the smaller result counts (Bun and
//! Steinke, 2016; each is valid on its own, also for rounds chosen in view of earlier ones). To make that possible, the
//! pure and the Gaussian part of a period are two charges.

use crate::FederationError;
use crate::plan::Plan;
use guildhall_dp::{CONVERSION_DELTA_BITS, Ceiling, Loss, Rho, RoundCost};
use guildhall_kpi::Rational;
use guildhall_ledger::{BudgetLedger, Charge, Entry, Epsilon, Limit, Records};
use std::collections::BTreeSet;

/// Deltas of one period's budget may add up to at most `2^-20`.
const DELTA_LIMIT_BITS: u32 = 20;

/// Epsilon spent on the periods of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WindowSpent {
    /// By members.
    pub members: Rational,
    /// By customers of members, what members spent included; none where nothing protects customers in particular.
    pub customers: Option<Rational>,
}

/// What a party's ledger says is spent on the periods of a round.
///
/// # Errors
/// If the ledger cannot be read or its sum cannot be written.
pub(crate) fn spent(records: &dyn Records, plan: &Plan) -> Result<WindowSpent, FederationError> {
    let (books, converts) = (Books::open(records, plan)?, plan.charter.budget_rho.is_some());
    let members = books.members.epsilon_in(converts)?;
    let customers = plan.costs().customers.is_some().then(|| match converts {
        true => books.members.both(&books.customers).epsilon_in(true),
        false => sum(members, books.customers.epsilon()?),
    });
    Ok(WindowSpent { members, customers: customers.transpose()? })
}

/// Refuses a round that its periods have no budget left for, taken together, whatever window they were part of before.
///
/// # Errors
/// If members or customers would lose more than the limit, or the ledger cannot be read.
pub(crate) fn within(records: &dyn Records, plan: &Plan, limit: Ceiling) -> Result<(), FederationError> {
    if !plan.is_noisy() {
        return Ok(());
    }
    if let Some(limit) = limit.rho() {
        return within_rho(records, plan, &Rho::of(limit));
    }
    let limit = limit.epsilon();
    let (books, costs) = (Books::open(records, plan)?, plan.costs());
    let window = plan.manifest.window.clone();
    let (spent, asked) = (books.members.epsilon()?, plan.manifest.epsilon);
    let after = books.members.with(&costs.members)?;
    if after > limit {
        return Err(FederationError::OverBudget { window, spent, asked, limit });
    }
    let Some(cost) = &costs.customers else { return Ok(()) };
    if sum(after, books.customers.with(cost)?)? > limit {
        let spent = sum(spent, books.customers.epsilon()?)?;
        let (window, asked) = (format!("{window} (customers)"), sum(asked, cost.epsilon)?);
        return Err(FederationError::OverBudget { window, spent, asked, limit });
    }
    Ok(())
}

/// As [`within`], where losses of all kinds add up in rho.
fn within_rho(records: &dyn Records, plan: &Plan, limit: &Rho) -> Result<(), FederationError> {
    let (books, costs) = (Books::open(records, plan)?, plan.costs());
    let window = plan.manifest.window.clone();
    let refused = |window: String, spent: &Rho, asked: &Rho| {
        let [spent, asked, limit] = [spent, asked, limit].map(|rho| Box::new(rho.clone()));
        FederationError::OverRho { window, spent, asked, limit }
    };
    let (spent, asked) = (books.members.all.clone(), costs.members.concentrated()?);
    if spent.and(&asked) > *limit {
        return Err(refused(window, &spent, &asked));
    }
    let Some(cost) = &costs.customers else { return Ok(()) };
    let (spent, asked) = (spent.and(&books.customers.all), asked.and(&cost.concentrated()?));
    if spent.and(&asked) > *limit { Err(refused(format!("{window} (customers)"), &spent, &asked)) } else { Ok(()) }
}

/// Charges every period of a round to both accounts, all or none, durable before it returns.
///
/// # Errors
/// If an account has no budget left or the store fails; nothing is charged then.
pub(crate) fn charge(records: &mut dyn Records, plan: &Plan, limit: Ceiling) -> Result<(), FederationError> {
    let charges = charges(plan)?;
    let rho = limit.rho().map(exact).transpose()?;
    let limit = Limit { epsilon: exact(limit.epsilon())?, delta_bits: DELTA_LIMIT_BITS, rho };
    let mut ledger = BudgetLedger::open(records)?;
    Ok(ledger.charge_all(records, &charges, &limit)?)
}

/// Whether a ledger holds every charge of a round already: repeating them changes nothing.
///
/// # Errors
/// If the ledger cannot be read.
pub(crate) fn is_charged(records: &dyn Records, plan: &Plan) -> Result<bool, FederationError> {
    let ledger = BudgetLedger::open(records)?;
    let known: BTreeSet<&str> = ledger.entries().iter().map(|entry| entry.charge().id.as_str()).collect();
    Ok(charges(plan)?.iter().all(|charge| known.contains(charge.id.as_str())))
}

fn charges(plan: &Plan) -> Result<Vec<Charge>, FederationError> {
    let of_members = plan.costs().members.periods.iter().map(|(period, cost)| (false, period, cost));
    let customers = plan.costs().customers.iter().flat_map(|cost| &cost.periods);
    let of_customers = customers.map(|(period, cost)| (true, period, cost));
    let subject = customers_of(plan);
    let mut charges = Vec::new();
    for (customers, period, cost) in of_members.chain(of_customers) {
        let (subject, whose) = if customers { (&subject, "/customers") } else { (&plan.manifest.study, "") };
        let pure = cost.pure_loss();
        if pure != Loss::none() {
            charges.push(charge_of(plan, subject, whose, period, &pure, None)?);
        }
        if let Some((loss, rho)) = cost.gaussian_loss()? {
            charges.push(charge_of(plan, subject, &format!("{whose}/gaussian"), period, &loss, Some(rho.rational()?))?);
        }
    }
    Ok(charges)
}

fn charge_of(
    plan: &Plan,
    subject: &str,
    which: &str,
    period: &str,
    loss: &Loss,
    rho: Option<Rational>,
) -> Result<Charge, FederationError> {
    let (study, round) = (&plan.manifest.study, plan.manifest.round);
    Ok(Charge {
        id: format!("{study}/{round}/{period}{which}"),
        subject: subject.to_owned(),
        window: period.to_owned(),
        epsilon: exact(loss.epsilon()?)?,
        delta_bits: loss.delta_bits(),
        rho: rho.map(exact).transpose()?,
        column: None,
        purpose: format!("round {round} of {study}"),
    })
}

/// Under which name the customers' account stands; no study is called so, as ids hold no slash.
fn customers_of(plan: &Plan) -> String {
    format!("{}/customers", plan.manifest.study)
}

/// What a ledger holds on the periods of a round, account by account.
struct Books {
    members: Book,
    customers: Book,
}

/// One account over several periods, kind by kind.
#[derive(Clone)]
struct Book {
    pure: Loss,
    gaussian: Rho,
    /// Everything as a zero-concentrated loss.
    all: Rho,
}

impl Books {
    fn open(records: &dyn Records, plan: &Plan) -> Result<Self, FederationError> {
        let ledger = BudgetLedger::open(records)?;
        let periods: BTreeSet<&str> = plan.manifest.schema.figures.iter().map(|f| f.period.as_str()).collect();
        let of = |subject: &str| {
            let about = |charge: &&Charge| charge.subject == subject && periods.contains(charge.window.as_str());
            ledger.entries().iter().map(Entry::charge).filter(about).try_fold(Book::empty(), Book::plus)
        };
        Ok(Self { members: of(&plan.manifest.study)?, customers: of(&customers_of(plan))? })
    }
}

impl Book {
    fn empty() -> Self {
        Self { pure: Loss::none(), gaussian: Rho::none(), all: Rho::none() }
    }

    fn plus(self, charge: &Charge) -> Result<Self, FederationError> {
        let rational = |amount: Epsilon| Rational::new(amount.numerator(), amount.denominator()).ok_or_else(too_fine);
        Ok(match charge.rho {
            Some(rho) => self.and(Rational::ZERO, &Rho::of(rational(rho)?)),
            None => self.and(rational(charge.epsilon)?, &Rho::none()),
        })
    }

    fn and(&self, pure: Rational, gaussian: &Rho) -> Self {
        Self {
            pure: self.pure.and(&Loss::of(pure, 0, 1)),
            gaussian: self.gaussian.and(gaussian),
            all: self.all.and(gaussian).and(&Rho::of_pure(pure)),
        }
    }

    /// Two accounts of which one unit suffers both.
    fn both(&self, other: &Self) -> Self {
        Self {
            pure: self.pure.and(&other.pure),
            gaussian: self.gaussian.and(&other.gaussian),
            all: self.all.and(&other.all),
        }
    }

    /// Epsilon of everything on the book: the smaller of two valid sums.
    fn epsilon(&self) -> Result<Rational, FederationError> {
        self.epsilon_in(false)
    }

    /// The same; `converts` where pure losses alone are counted in rho, too.
    fn epsilon_in(&self, converts: bool) -> Result<Rational, FederationError> {
        let converted = self.gaussian.to_approx(CONVERSION_DELTA_BITS)?;
        let added = sum(self.pure.epsilon()?, converted.epsilon()?)?;
        // Pure losses alone are not traded for a delta.
        if self.gaussian == Rho::none() && !converts {
            return Ok(added);
        }
        match self.all.to_approx(CONVERSION_DELTA_BITS).and_then(|all| all.epsilon()) {
            Ok(all) => Ok(added.min(all)),
            Err(_) => Ok(added),
        }
    }

    /// The same with a round on top, of which a customer suffers no more than its total.
    fn with(&self, cost: &RoundCost) -> Result<Rational, FederationError> {
        self.and(cost.pure.epsilon()?, &cost.rho).epsilon()
    }
}

fn sum(left: Rational, right: Rational) -> Result<Rational, FederationError> {
    left.checked_add(right).ok_or_else(too_fine)
}

fn exact(epsilon: Rational) -> Result<Epsilon, FederationError> {
    Epsilon::new(epsilon.numerator(), epsilon.denominator()).ok_or_else(too_fine)
}

fn too_fine() -> FederationError {
    let rule = "an epsilon cannot be written exactly; use epsilons with few digits".to_owned();
    FederationError::Rule { what: "the budget", rule }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rational(text: &str) -> Rational {
        text.parse().expect("a rational")
    }

    fn book(pure: &[&str], rho: &[&str]) -> Book {
        let book = pure.iter().fold(Book::empty(), |book, epsilon| book.and(rational(epsilon), &Rho::none()));
        rho.iter().fold(book, |book, rho| book.and(Rational::ZERO, &Rho::of(rational(rho))))
    }

    fn converted(rho: &str) -> f64 {
        Rho::of(rational(rho)).to_approx(CONVERSION_DELTA_BITS).and_then(|loss| loss.epsilon()).expect("small").to_f64()
    }

    /// Twelve months at rho 0.0013 are converted once; apart they would cost three times as much.
    #[test]
    fn gaussian_losses_add_up_before_they_are_converted() {
        let year = book(&[], &["0.0013"; 12]).epsilon().expect("small").to_f64();
        assert!((year - converted("0.0156")).abs() < 1e-9);
        assert!(12.0 * converted("0.0013") > 3.0 * year);
    }

    /// Both sums are upper bounds, and neither forgets a kind of loss.
    #[test]
    fn pure_and_gaussian_losses_count_together() {
        assert_eq!(book(&["1", "1/2"], &[]).epsilon().ok(), Some(rational("1.5")));
        let both = book(&["1"], &["0.0156"]).epsilon().expect("small").to_f64();
        assert!((both - (1.0 + converted("0.0156"))).abs() < 1e-9, "{both}");
        // Many small pure losses beside a Gaussian one: 400 at 1/100 are rho 0.02, far less than epsilon 4.
        let many = book(&["0.01"; 400], &["0.0156"]).epsilon().expect("small").to_f64();
        assert!((many - converted("0.0356")).abs() < 1e-9 && many < 2.0, "{many}");
    }
}
