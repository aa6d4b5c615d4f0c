//! The one error of this crate: what is wrong, where, and how to mend it.

/// Why something of the linear layer cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeError {
    /// The poll cannot be used as it stands.
    #[error("the poll cannot be used: {what}; {remedy}")]
    Poll {
        /// What is wrong.
        what: String,
        /// How to mend it.
        remedy: &'static str,
    },
    /// No parameter set carries the declared sums with the declared noise.
    #[error(
        "no parameter set holds this poll: its largest sum needs {bits} bits and {values} encrypted values are added \
         into it; declare fewer answers, a smaller range, or split the poll"
    )]
    TooLarge {
        /// Plaintext bits of the largest sum, sign included.
        bits: u32,
        /// Encrypted values added into one output.
        values: u64,
    },
    /// An answer does not fit its metric.
    #[error("answer {row}: {metric}: {what}")]
    Answer {
        /// Number of the answer, from 1.
        row: u64,
        /// The metric's name.
        metric: String,
        /// What is wrong with it.
        what: String,
    },
    /// More answers, uploads or ciphertexts than the poll declares.
    #[error("too many {what}: {found}, but the poll allows {most}; noise and sums are only safe up to there")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many.
        found: u64,
        /// How many are allowed.
        most: u64,
    },
    /// Bytes that are not a well-formed file of this kind.
    #[error("this is no valid {what}: {why}; get the file again")]
    Malformed {
        /// What it should be.
        what: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A signature, hash or proof does not hold.
    #[error("{what} does not verify: it was altered, or not made by who it names")]
    NotAuthentic {
        /// What was checked.
        what: &'static str,
    },
    /// A file that names a party whose key has not signed it: it says nothing about that party.
    #[error("this {what} is not signed by party {party}, whose it says it is: somebody else wrote it")]
    NotSignedBy {
        /// What it is.
        what: &'static str,
        /// The party it names.
        party: u8,
    },
    /// A file made for another poll, key, ciphertext or party.
    #[error("{what} belongs to another {other}")]
    Mismatch {
        /// What was given.
        what: &'static str,
        /// What differs.
        other: &'static str,
    },
    /// A file of another kind than the one that is needed.
    #[error("this is a file of kind {found:?}, where one of kind {needed:?} is needed")]
    WrongKind {
        /// What it is.
        found: &'static str,
        /// What it should be.
        needed: &'static str,
    },
    /// The same upload, uploader, share or seed twice.
    #[error("{what} came twice; each counts once")]
    Twice {
        /// What came twice.
        what: &'static str,
    },
    /// An uploader who is not on the roster.
    #[error("the uploader {key} is not on the roster")]
    NotOnRoster {
        /// Its public key, in hexadecimal.
        key: String,
    },
    /// The opening would exceed what the key may still reveal.
    #[error("{what}; the key is used up for this: make a new poll")]
    Spent {
        /// What was asked for.
        what: &'static str,
    },
    /// A tally that its uploads do not add up to.
    #[error(
        "the tally does not follow from the uploads: its evaluator says it added {said}, and the {found} given here add up \
         to something else"
    )]
    NotTheSum {
        /// Uploads the evaluator says it added.
        said: u64,
        /// Uploads it was computed again from.
        found: u64,
    },
    /// A joint key whose poll wants every tally computed again.
    #[error("this poll's joint key opens only what every party has computed again from the uploads")]
    TrustRefused,
    /// A party that answered twice with one number.
    #[error("the record of openings of party {party} was set back: it knows nothing of a share that is here")]
    SetBack {
        /// Its number.
        party: u8,
    },
    /// A party that did not keep to the protocol.
    #[error("party {party}: {what}; make the key again without it, or have it start over")]
    Party {
        /// Its number.
        party: u8,
        /// What it did.
        what: &'static str,
    },
    /// Too few files, shares or parties.
    #[error("too few {what}: {found} of {needed} are there")]
    TooFew {
        /// What there is too little of.
        what: &'static str,
        /// What was given.
        found: usize,
        /// What is needed.
        needed: usize,
    },
    /// The opened figures contradict what was declared.
    #[error("{metric}: the opened figures contradict each other: {what}; somebody sent or evaluated something else")]
    Contradiction {
        /// The metric's name.
        metric: String,
        /// What does not fit.
        what: String,
    },
    /// The operating system gave no randomness.
    #[error("the operating system gave no randomness; try again")]
    NoRandomness,
}

impl HeError {
    /// The parties that broke the protocol.
    pub fn culprits(&self) -> Vec<u8> {
        match self {
            Self::Party { party, .. } | Self::SetBack { party } => vec![*party],
            Self::Poll { .. }
            | Self::TooLarge { .. }
            | Self::Answer { .. }
            | Self::TooMany { .. }
            | Self::Malformed { .. }
            | Self::NotAuthentic { .. }
            | Self::NotSignedBy { .. }
            | Self::Mismatch { .. }
            | Self::WrongKind { .. }
            | Self::Twice { .. }
            | Self::NotOnRoster { .. }
            | Self::Spent { .. }
            | Self::NotTheSum { .. }
            | Self::TrustRefused
            | Self::TooFew { .. }
            | Self::Contradiction { .. }
            | Self::NoRandomness => vec![],
        }
    }
}
