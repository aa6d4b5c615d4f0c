//! The data policy: what each column of a file holds, and what is done to it before the file is passed on.
//!
//! One file serves three commands: `guildhall scan` proposes it, `guildhall pseudonym apply` reads what stands under
//! `pseudonym`, `guildhall anonymise` reads roles, hierarchies and `[anonymise]`. [`DataPolicy::parse`] notes every
//! mistake with its place and remedy; [`DataPolicy::to_toml`] writes a policy that reads back as the same. The format
//! is described in `docs/anonymise.md`.
//!
//! Not here: the rows, keys and hierarchies themselves; this file only names them.

mod anonymise;
mod hierarchy;
mod model;
mod pseudonym;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use model::{
    AnonymisePolicy, BetaLimit, ColumnPolicy, DataPolicy, DatePart, DayOrder, DiversityLimit, FigurePolicy,
    HierarchySource, LossChoice, ModelLimit, ModelPolicy, PopulationPolicy, PresencePolicy, PseudonymMethod, Role,
    SearchChoice, TransportLimit,
};
pub(crate) use pseudonym::LOCAL_PARTS;
