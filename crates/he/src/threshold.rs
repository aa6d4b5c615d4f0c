//! A joint key of n parties, of whom any t open and fewer learn nothing.
//!
//! Every party draws its own ternary secret; the joint secret is their sum, known to nobody. Each secret is split among all
//! sets of t - 1 parties (replicated sharing): the part of a set is given to everybody outside it. Any t parties hold all
//! parts between them, any t - 1 lack one. Opening adds what each is responsible for, drowned in fresh noise.
//!
//! Source: Asharov et al. 2012 (threshold decryption by flooding), Ito, Saito, Nishizeki 1989 (replicated sharing),
//! `docs/he.md` and `docs/protocol.md`. Assumption: parties follow the protocol in opening (a wrong share is noticed only as
//! far as the opened counts contradict the declared ones); in making the key they are held to commitments, proofs of
//! possession and hashes of shares. Statistical distance: 2^-40 or 2^-64 over all openings of a key.
//!
//! Not here: identifying who sent a wrong opening share, refreshing shares, replacing parties.

mod ceremony;
mod opening;
mod proof;
mod releases;
mod subsets;

pub use ceremony::{Party, PreparedDeal, Roster};
pub use opening::{KeyShare, OpeningShare, open_with_shares};
pub use releases::{Releases, Seen};
