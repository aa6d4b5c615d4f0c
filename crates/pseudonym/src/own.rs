//! Pseudonyms of a single owner: whoever holds the key or the vault made them, and alone can undo them.
//!
//! | method | source | text form |
//! |---|---|---|
//! | [`AesSiv`] | AES-SIV, RFC 5297, deterministic, without a nonce | `siv1:domain:...` |
//! | [`Ff1`] | FF1, NIST SP 800-38G (revision 1 domain size), AES-256 | as long as before, same alphabet |
//! | [`DateShift`] | offset by HMAC-SHA-256 of the subject, drawn without bias | a date |
//! | [`Tokens`] | 128 random bits, remembered in a [`Vault`] | `tok1:domain:...` |
//! | [`KeyedHash`] | HMAC-SHA-256 (RFC 2104) | `mac1:domain:...` |
//!
//! Each is named with its risk in [`Method::risk`], which previews and documents show. Every method is bound to a
//! [`Context`], a domain and a column: the same value in two domains or two columns gives two pseudonyms that nobody
//! can link without the key. There is no default domain and no default key.
//!
//! Assumption: key files and vaults stay with one owner. Several members that share such a key can undo each other's
//! pseudonyms by trying all values: a telephone book takes minutes. Joint pseudonyms exist for them.
//!
//! Not here: joint pseudonyms; FF3, which is broken (Durak and Vaudenay, 2017); hashes without a key, which are undone
//! by trying all values.

mod context;
mod dates;
mod ff1;
mod hash;
mod key;
mod method;
mod replace;
mod siv;
#[cfg(test)]
mod tests;
mod vault;

pub use context::Context;
pub use dates::{DateShift, MAX_DAYS};
pub use ff1::{Alphabet, Ff1, LEAST_VALUES};
pub use hash::{KeyedHash, Spelling};
pub use key::{MAX_KEY_FILE_BYTES, OwnKey, UnverifiedOwnKey};
pub use method::{Method, Risk};
pub use replace::{Cell, CellError, Replacer};
pub use siv::AesSiv;
pub use vault::{Tokens, Vault};

use std::path::PathBuf;

/// Most bytes of a value that is replaced.
pub const MAX_VALUE_BYTES: usize = 64 << 10;

/// Why a value, key or vault is refused. No message contains a value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OwnError {
    /// A domain's name cannot be used.
    #[error("a domain has 1 to 64 characters out of a-z, 0-9, - and _; without one nothing is replaced")]
    Domain,
    /// A column's name cannot be used.
    #[error("a column's name has 1 to 256 bytes; without one nothing is replaced")]
    Column,
    /// The operating system gave no random bytes.
    #[error(transparent)]
    Randomness(#[from] crate::NoRandomness),
    /// A key file or vault is there already.
    #[error("{path:?} is there already and stays as it is: what it has replaced could not be matched by a new one")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A key file or vault cannot be read or written.
    #[error("{path:?} cannot be used: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Others on the machine may read it.
    #[error(
        "{path:?} can be read or written by others (mode {mode:03o}); run chmod 600 on it if they have not done so"
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The bytes are no key file.
    #[error("this is no key file of the form \"guildhall own key v1\"; make one with the command for keys")]
    NotAKey,
    /// The key file was damaged.
    #[error("the key file is damaged: its check does not fit its key; restore it from its backup")]
    DamagedKey,
    /// The key is another method's.
    #[error("the key file was made for {found}, not for {wanted}; every method has a key of its own")]
    OtherMethod {
        /// What was asked for.
        wanted: Method,
        /// What the file says.
        found: Method,
    },
    /// The alphabet cannot be used.
    #[error("an alphabet is 2 to 1024 different characters without control characters, such as \"0123456789\"")]
    Alphabet,
    /// A character is outside the declared alphabet.
    #[error("character {position} is not in the declared alphabet; clean the column or declare the character")]
    OutsideAlphabet {
        /// Which character, counted from 1.
        position: usize,
    },
    /// So few values are possible that all can be tried.
    #[error(
        "{length} characters are too short: of {radix} characters at least {least} are needed, so that there are \
         1,000,000 possible values"
    )]
    TooShort {
        /// Characters found.
        length: usize,
        /// Size of the alphabet.
        radix: usize,
        /// Characters needed.
        least: usize,
    },
    /// The value is too long.
    #[error("the value has {found} bytes; at most {limit} are taken")]
    TooLong {
        /// Bytes found.
        found: usize,
        /// Most bytes.
        limit: usize,
    },
    /// The value has no spelling of its kind.
    #[error(transparent)]
    Canonical(#[from] crate::canonical::CanonicalError),
    /// The number of days cannot be used.
    #[error("dates are moved by up to 1 to {MAX_DAYS} days, not {found}")]
    Days {
        /// What was asked for.
        found: u32,
    },
    /// The value is no date.
    #[error("this is no date of the form 2024-03-31, with or without a time of day behind it")]
    NotADate,
    /// The moved date is beyond the calendar.
    #[error("the moved date is before year 1 or after year 9999")]
    DateRange,
    /// No subject was named.
    #[error("the date has no subject; dates of one subject are moved by the same days, so each needs one")]
    NoSubject,
    /// Whose date it is cannot be told.
    #[error("the cell that names whose date it is: {0}")]
    Subject(#[source] crate::CanonicalError),
    /// The text is not a pseudonym of this method.
    #[error("this is no pseudonym of method {method} and this domain")]
    NotAPseudonym {
        /// The method.
        method: Method,
    },
    /// The pseudonym was made with another key, domain or column, or was altered.
    #[error("the pseudonym does not open: it was altered, or made with another key, domain or column")]
    Sealed,
    /// The file is not a vault.
    #[error("{path:?} is no vault of tokens; make one with the command for vaults")]
    NotAVault {
        /// The file.
        path: PathBuf,
    },
    /// The vault was written by a newer version.
    #[error("{path:?} has format {found}; use the newer program")]
    NewerVault {
        /// The file.
        path: PathBuf,
        /// Format found.
        found: i64,
    },
    /// The vault's database failed; no token of the batch left it.
    #[error("the vault {path:?} cannot be read or written: {source}")]
    Vault {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: rusqlite::Error,
    },
}
