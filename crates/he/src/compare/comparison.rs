//! A comparison among named parties: who opens, who evaluates, who takes part, and their files.

use super::file::{self, Kind, Sealed};
use super::{
    CompareError, EncryptionKey, EvaluationKey, Figure, Opened, OpeningKey, Pads, Place, Plan, Results, Upload,
};
use crate::Identity;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A plan with its parties, named by their public keys ([`Identity::public`]).
///
/// Every file is bound to the digest of all of it, so that one made for other members, questions or widths is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    title: String,
    plan: Plan,
    opener: [u8; 32],
    evaluator: [u8; 32],
    roster: Vec<[u8; 32]>,
    digest: [u8; 32],
}

impl Comparison {
    /// Names the parties; the roster's order is the order of places in the results.
    ///
    /// # Errors
    /// A roster that does not fit the plan or names a key twice; an opener who is also the evaluator, since the two
    /// together can read every figure.
    pub fn new(
        title: &str,
        plan: Plan,
        opener: [u8; 32],
        evaluator: [u8; 32],
        roster: Vec<[u8; 32]>,
    ) -> Result<Self, CompareError> {
        let mut keys = roster.clone();
        keys.sort_unstable();
        keys.dedup();
        if opener == evaluator {
            return Err(CompareError::Parties("the opener is also the evaluator, who could then read every figure"));
        }
        if keys.len() != roster.len() {
            return Err(CompareError::Parties("two members have the same key"));
        }
        if roster.len() != plan.members() {
            return Err(CompareError::Parties("the roster does not have as many members as the plan"));
        }
        let digest = digest(title, &plan, &opener, &evaluator, &roster);
        Ok(Self { title: title.to_owned(), plan, opener, evaluator, roster, digest })
    }

    /// What it is called.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What is compared.
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Members' public keys, in the order of the places.
    pub fn roster(&self) -> &[[u8; 32]] {
        &self.roster
    }

    /// Names all of it.
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The opener's three files: opening key (secret), encryption key, evaluation key.
    ///
    /// # Errors
    /// Another identity than the opener's; the library stopped.
    pub fn keys(&self, by: &Identity) -> Result<KeyFiles, CompareError> {
        expect(by.public(), self.opener, "the opener's identity")?;
        let key = OpeningKey::generate()?;
        let public = key.encryption_key()?.to_bytes();
        let id = Sha256::digest(&public).into();
        let seal = |kind, body: &[u8]| file::seal(by, kind, &self.digest, &id, body);
        Ok(KeyFiles {
            opening: Zeroizing::new(seal(Kind::OpeningKey, &key.expose_bytes()?)),
            encryption: seal(Kind::EncryptionKey, &public),
            evaluation: seal(Kind::EvaluationKey, &key.evaluation_key()?.to_bytes()?),
        })
    }

    /// Encrypts a member's figure: what it sends, and the pads it keeps.
    ///
    /// # Errors
    /// Not on the roster; the encryption key is not the opener's; the figure has another width.
    pub fn encrypt(&self, by: &Identity, key: &[u8], figure: &Figure) -> Result<MemberFiles, CompareError> {
        self.member(by.public())?;
        if figure.width() != self.plan.width() {
            return Err(CompareError::Mismatch("the figure's width"));
        }
        let sealed = self.open(key, Kind::EncryptionKey, self.opener)?;
        let id = Sha256::digest(&sealed.body).into();
        if sealed.key != id {
            return Err(CompareError::Damaged(Kind::EncryptionKey.name()));
        }
        let (upload, pads) = Upload::encrypt(&EncryptionKey::from_bytes(&sealed.body)?, figure)?;
        let seal = |kind, body: &[u8]| file::seal(by, kind, &self.digest, &id, body);
        Ok(MemberFiles {
            upload: seal(Kind::Upload, &upload.to_bytes()),
            pads: Zeroizing::new(seal(Kind::Pads, &pads.expose_bytes())),
        })
    }

    /// The evaluator's key.
    ///
    /// # Errors
    /// Not the opener's, for another comparison, or damaged.
    pub fn evaluation_key(&self, bytes: &[u8]) -> Result<(EvaluationKey, [u8; 32]), CompareError> {
        let sealed = self.open(bytes, Kind::EvaluationKey, self.opener)?;
        Ok((EvaluationKey::from_bytes(&sealed.body)?, sealed.key))
    }

    /// Authenticates one upload; gives the member's number in the roster.
    ///
    /// # Errors
    /// Not on the roster, encrypted under another key, for another comparison, or damaged.
    pub fn upload(&self, bytes: &[u8], key: &[u8; 32]) -> Result<(usize, Upload), CompareError> {
        let sealed = file::open(bytes, Kind::Upload, &self.digest)?;
        let member = self.member(sealed.signer)?;
        expect(sealed.key, *key, Kind::Upload.name())?;
        Ok((member, Upload::from_bytes(&sealed.body, self.plan.width())?))
    }

    /// The evaluator's signature under its results.
    ///
    /// # Errors
    /// Another identity than the evaluator's.
    pub fn sign(&self, by: &Identity, key: &[u8; 32], results: &Results) -> Result<Vec<u8>, CompareError> {
        expect(by.public(), self.evaluator, "the evaluator's identity")?;
        Ok(file::seal(by, Kind::Results, &self.digest, key, &results.to_bytes()))
    }

    /// Opens the results.
    ///
    /// # Security
    /// Open the results of one comparison once: two different ones under the same pads show how places differ.
    ///
    /// # Errors
    /// Not the evaluator's, under another key, for another comparison, or damaged.
    pub fn open_results(&self, key: &[u8], results: &[u8]) -> Result<Opened, CompareError> {
        let secret = self.open(key, Kind::OpeningKey, self.opener)?;
        let body = Zeroizing::new(secret.body);
        let sealed = self.open(results, Kind::Results, self.evaluator)?;
        expect(sealed.key, secret.key, Kind::Results.name())?;
        Results::from_bytes(&sealed.body, self.plan.clone())?.open(&OpeningKey::from_bytes(&body)?)
    }

    /// A member's own place.
    ///
    /// # Errors
    /// Pads of another member or comparison.
    pub fn place(&self, pads: &[u8], opened: &Opened) -> Result<Place, CompareError> {
        let sealed = file::open(pads, Kind::Pads, &self.digest)?;
        let member = self.member(sealed.signer)?;
        let bytes = Zeroizing::new(sealed.body);
        let bytes = bytes.as_slice().try_into().map_err(|_| CompareError::Damaged(Kind::Pads.name()))?;
        let masked = opened.places.get(member).ok_or(CompareError::Mismatch(Kind::Results.name()))?;
        Pads::from_bytes(bytes)?.unmask(*masked, self.plan.members())
    }

    fn open(&self, bytes: &[u8], kind: Kind, signer: [u8; 32]) -> Result<Sealed, CompareError> {
        let sealed = file::open(bytes, kind, &self.digest)?;
        expect(sealed.signer, signer, kind.name())?;
        Ok(sealed)
    }

    fn member(&self, key: [u8; 32]) -> Result<usize, CompareError> {
        self.roster.iter().position(|known| *known == key).ok_or(CompareError::NotOnRoster(hex::encode(key)))
    }
}

/// What the opener writes.
pub struct KeyFiles {
    /// Stays with the opener: secret.
    pub opening: Zeroizing<Vec<u8>>,
    /// Goes to the members.
    pub encryption: Vec<u8>,
    /// Goes to the evaluator.
    pub evaluation: Vec<u8>,
}

/// What a member writes.
pub struct MemberFiles {
    /// Goes to the evaluator.
    pub upload: Vec<u8>,
    /// Stays with the member: secret.
    pub pads: Zeroizing<Vec<u8>>,
}

fn expect(found: [u8; 32], right: [u8; 32], what: &'static str) -> Result<(), CompareError> {
    if found == right { Ok(()) } else { Err(CompareError::Mismatch(what)) }
}

fn digest(title: &str, plan: &Plan, opener: &[u8; 32], evaluator: &[u8; 32], roster: &[[u8; 32]]) -> [u8; 32] {
    let number = |value: usize| (value as u64).to_le_bytes();
    let mut hash = Sha256::new_with_prefix(b"guildhall-he/v1/comparison/digest\0");
    hash.update(number(title.len()));
    hash.update(title);
    hash.update(number(plan.members()));
    hash.update(plan.width().bits().to_le_bytes());
    hash.update(number(plan.orders().len()));
    plan.orders().iter().for_each(|&order| hash.update(number(order)));
    [opener, evaluator].into_iter().chain(roster).for_each(|key| hash.update(key));
    hash.finalize().into()
}
