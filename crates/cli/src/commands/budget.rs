//! `guildhall budget show` and `guildhall budget verify`.

use crate::account::{self, LedgerFile, Published};
use crate::member_ledgers::is_of_round;
use crate::ui::Ui;
use crate::{Failure, Place, Problem};
use clap::{Args, Subcommand};
use guildhall_kpi::{Rational, Release};
use guildhall_ledger::{BudgetLedger, Entry, NO_DELTA, Spent};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The file of a release that programs read, and that names its charge.
const JSON: &str = "release.json";
/// Longest release file that is read.
const LONGEST: u64 = 64 << 20;

/// What to do with a privacy ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum Budget {
    /// Show what was spent, what is left, and what for
    Show(Show),
    /// Recheck the chain of charges, and that a release was charged
    Verify(Verify),
}

/// Shows every budget of a ledger and every charge.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall budget show shop.ledger
  guildhall budget show shop.ledger --json")]
pub(crate) struct Show {
    /// The ledger file
    ledger: PathBuf,
}

/// Rechecks every link and every sum of a ledger; exit code 7 where something was changed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall budget verify shop.ledger
  guildhall budget verify shop.ledger --release spring summer")]
pub(crate) struct Verify {
    /// The ledger file
    ledger: PathBuf,
    /// Releases whose charges must be in it: their folders, or release.json with the other files beside it
    #[arg(long, num_args = 1..)]
    release: Vec<PathBuf>,
}

impl Budget {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        match self {
            Self::Show(show) => show.run(ui),
            Self::Verify(verify) => verify.run(ui),
        }
    }
}

impl Show {
    fn run(self, ui: &Ui) -> Result<(), Failure> {
        let ledger = LedgerFile::existing(&self.ledger)?.into_ledger();
        if ui.json() {
            return ui.out(&format!("{}\n", as_json(&ledger)));
        }
        ui.out(&as_text(&ledger))
    }
}

impl Verify {
    fn run(self, ui: &Ui) -> Result<(), Failure> {
        let ledger = LedgerFile::existing(&self.ledger)?.into_ledger();
        let mut checks = vec![
            format!("{} entries follow one another without a gap", ledger.length()),
            match ledger.accounts().count() {
                1 => "1 budget keeps within its limit".to_owned(),
                more => format!("{more} budgets keep within their limits"),
            },
        ];
        for path in &self.release {
            checks.push(charged(&ledger, path)?);
        }
        if ui.json() {
            let head = ledger.head().to_string();
            let object = json!({
                "schema": "guildhall/budget-verify/v1", "ok": true, "charges": charges(&ledger).count(), "head": head,
                "checks": checks,
            });
            return ui.out(&format!("{object}\n"));
        }
        let lines: String = checks.iter().map(|check| format!("ok  {check}\n")).collect();
        ui.out(&format!("{lines}The ledger verifies. Its head is {}\n", ledger.head()))
    }
}

/// The charges of a ledger, without the notes of what was published.
fn charges(ledger: &BudgetLedger) -> impl Iterator<Item = &Entry> {
    ledger.entries().iter().filter(|entry| !Published::is(entry.charge()))
}

/// What is said of a release whose charge is in the ledger, at the place and of the amount that it states, and whose
/// every byte is the one that was published for it: numbers, table and page.
fn charged(ledger: &BudgetLedger, path: &Path) -> Result<String, Failure> {
    let folder = path.is_dir().then(|| path.join(JSON));
    let path = folder.as_deref().unwrap_or(path);
    let text = crate::study::text_of_file(path, LONGEST)?;
    let release: Release = serde_json::from_str(&text).map_err(|error| {
        let problem = Problem::new("V0704", format!("this is not a release: {error}"));
        problem.at(Place::file(path)).remedy("name the release.json that `guildhall trust publish` wrote")
    })?;
    let protection = &release.protection;
    let entry = usize::try_from(protection.ledger_index).ok().and_then(|index| ledger.entries().get(index));
    let held = entry.filter(|entry| entry.hash().to_string() == protection.ledger_entry);
    let subject = format!("{}/{}", release.data_set, protection.unit);
    let right = held.filter(|entry| {
        let charge = entry.charge();
        charge.epsilon == account::exact(protection.epsilon)
            && charge.rho == protection.rho.map(account::exact)
            && charge.subject == subject
            && charge.purpose == release.title
    });
    let not_charged = || {
        let problem = Problem::new("V0704", format!("release {:?} was not charged to this ledger", release.id));
        let why = "the charge it names is not there, or is for something else, or its queries cost more than it";
        let remedy = "name the ledger it was published with; otherwise the release must not be trusted";
        Failure::from(problem.at(Place::file(path)).why(why).remedy(remedy))
    };
    let entry = right.filter(|_| parts_fit(&release)).ok_or_else(not_charged)?;
    let charge = entry.charge();
    let compared = Published::find(ledger, charge).map(|noted| compared(&noted, path, text.as_bytes())).transpose()?;
    let compared = compared.ok_or_else(|| altered(path, &release.id))?;
    Ok(format!("release {:?} is charge {} of {}, and {compared}", release.id, entry.index(), charge.subject))
}

/// Compares a release's files, all in one folder, with what is noted of them, and says which were there.
fn compared(noted: &Published<'_>, path: &Path, json: &[u8]) -> Result<String, Failure> {
    let (mut same, mut absent) = (vec![JSON], Vec::new());
    let is = |name: &str, bytes: &[u8]| noted.digest(name) == Some(&account::digest(bytes));
    if !is(JSON, json) {
        return Err(altered(path, JSON));
    }
    for name in noted.names().filter(|name| *name != JSON) {
        let beside = path.with_file_name(name);
        match crate::study::bytes_of_file(&beside, LONGEST) {
            Ok(bytes) if is(name, &bytes) => same.push(name),
            Ok(_) => return Err(altered(&beside, name)),
            Err(_) if !beside.exists() => absent.push(name),
            Err(error) => return Err(error),
        }
    }
    let bytes = format!("byte for byte what was published: {}", same.join(", "));
    let missing = format!("; not compared, for it is not beside it: {}", absent.join(", "));
    Ok(if absent.is_empty() { bytes } else { bytes + &missing })
}

/// A file of a release that is not the one its charge paid for.
fn altered(path: &Path, name: &str) -> Failure {
    let problem = Problem::new("V0704", format!("{name:?} is not what was published for its charge"));
    let why = "the ledger holds the digest of every file it paid for, and this one has another";
    let remedy = "ask the publisher for the file; values, ranges or names in this one may have been changed";
    problem.at(Place::file(path)).why(why).remedy(remedy).into()
}

/// Whether the queries of a release cost no more than the whole.
fn parts_fit(release: &Release) -> bool {
    let sum =
        |mut parts: Box<dyn Iterator<Item = Rational> + '_>| parts.try_fold(Rational::ZERO, Rational::checked_add);
    let epsilon = sum(Box::new(release.queries.iter().map(|query| query.epsilon)));
    let rho = sum(Box::new(release.queries.iter().filter_map(|query| query.rho)));
    let protection = &release.protection;
    epsilon.is_some_and(|epsilon| epsilon <= protection.epsilon)
        && rho.is_some_and(|rho| rho <= protection.rho.unwrap_or(Rational::ZERO))
}

fn as_text(ledger: &BudgetLedger) -> String {
    let mut text = String::new();
    for (subject, window, account) in ledger.accounts() {
        let state = account::State::of(account);
        text.push_str(&format!("{subject}, {window}: {}\n", state.words()));
        let own = charges(ledger).filter(|entry| entry.charge().subject == subject && entry.charge().window == window);
        own.for_each(|entry| text.push_str(&line(ledger, entry)));
    }
    if text.is_empty() {
        text.push_str("nothing was charged yet\n");
    }
    text.push_str(&format!("{} charges; head {}\n", charges(ledger).count(), ledger.head()));
    text
}

fn line(ledger: &BudgetLedger, entry: &Entry) -> String {
    let charge = entry.charge();
    let published = match Published::find(ledger, charge).and_then(|noted| noted.digest(JSON)) {
        Some(digest) => format!("published, sha256 {digest}"),
        None if is_of_round(charge) => "a round; what it published is in its own folder".to_owned(),
        None => "what its run published, if anything, is in the folder of that run".to_owned(),
    };
    let rho = charge.rho.map(|rho| format!(" (rho {rho})")).unwrap_or_default();
    let (index, amount) = (entry.index(), charge.amount());
    format!("  {index:>4}  {amount}{rho}  {}: {}\n        {published}\n", charge.id, charge.purpose)
}

fn as_json(ledger: &BudgetLedger) -> Value {
    let accounts: Vec<Value> = ledger
        .accounts()
        .map(|(subject, window, account)| {
            let state = account::State::of(account);
            json!({
                "subject": subject, "window": window, "spent": amount(account.spent()),
                "limit": amount(&account.limit().amount()), "left": state.left().to_string(), "counts": state.counts(),
            })
        })
        .collect();
    let charges: Vec<Value> = charges(ledger)
        .map(|entry| {
            let charge = entry.charge();
            json!({
                "index": entry.index(), "entry": entry.hash().to_string(), "id": charge.id, "subject": charge.subject,
                "window": charge.window, "amount": amount(&charge.amount()), "purpose": charge.purpose,
                "published": Published::find(ledger, charge).and_then(|noted| noted.digest(JSON)),
            })
        })
        .collect();
    let head = ledger.head().to_string();
    json!({ "schema": "guildhall/budget-show/v1", "accounts": accounts, "charges": charges, "head": head })
}

/// Amounts as exact fractions; no delta is written as null.
fn amount(spent: &Spent) -> Value {
    let bits = Some(spent.delta_bits()).filter(|bits| *bits != NO_DELTA);
    json!({ "epsilon": spent.epsilon().to_string(), "delta_bits": bits, "rho": spent.rho().to_string() })
}
