//! Metrics computed on ciphertexts: answers are encrypted by those who give them, added by a platform that can read none
//! of them, and only sums are opened.
//!
//! The linear layer (default): [`Poll`] declares what is asked and how much at most; its [`Plan`] fixes the parameter set
//! and the noise budget. [`SecretKey`] and [`PublicKey`] are made for one poll. An [`UploadBuilder`] encodes, encrypts and
//! signs; an [`Evaluation`] authenticates and adds without any secret; whoever opens computes the [`UnverifiedTally`] again,
//! which gives the [`Tally`] that the key's holder opens, and [`metrics`](metrics()) turns sums into metrics.
//!
//! Ring-LWE with parameter sets of at least 131 bits ([`SetId`]); additions only, no bootstrapping, no evaluation keys.
//! Source: Lyubashevsky, Peikert and Regev 2010 (ring-LWE), Chillotti et al. 2020 (sample extraction), Shoup (modular
//! multiplication). `docs/he.md` has the noise, the parameters and the limits.
//!
//! Not here: proofs that a ciphertext holds an answer (the secure sum of `mpc` has them), files and networks.

#[cfg(feature = "tfhe")]
pub mod compare;
mod encrypt;
mod error;
mod evaluate;
mod fold;
mod frame;
mod keys;
mod metrics;
mod modulus;
mod ntt;
mod open;
mod pack;
mod params;
mod poll;
mod random;
mod ring;
mod sum;
mod tally;
mod threshold;
mod upload;

pub use encrypt::Encryptor;
pub use error::HeError;
pub use evaluate::{Accepted, Evaluation};
pub use frame::{Binding, FileKind, Identity, UnverifiedFrame};
pub use keys::{PublicKey, SecretKey};
pub use metrics::{Opened, metrics};
pub use params::{Parameters, SetId};
pub use poll::{
    Answer, Field, Flood, Kind, Layout, Metric, Mode, Output, Packing, Part, Parties, Plan, Poll, RELEASES, Row, Share,
};
pub use sum::Sum;
pub use tally::{Grounds, Tally, UnverifiedTally};
pub use threshold::{KeyShare, OpeningShare, Party, PreparedDeal, Releases, Roster, Seen, open_with_shares};
pub use upload::{UploadBuilder, check_file};

#[cfg(test)]
mod tests;
