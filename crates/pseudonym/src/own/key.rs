//! Key files: made once by an explicit command, readable by their owner alone, and of one method each.
//!
//! Four lines: `guildhall own key v1`, `method: NAME`, `key: BASE64URL` (64 bytes from the operating system) and
//! `check: HEX`, the first 8 bytes of HMAC-SHA-256 under the key, so that a damaged file is told from another key.

use super::context::framed;
use super::{Method, OwnError};
use crate::random;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const TITLE: &str = "guildhall own key v1";
const KEY_BYTES: usize = 64;
const CHECK_BYTES: usize = 8;
/// Most bytes of a key file that are read.
pub const MAX_KEY_FILE_BYTES: usize = 512;

/// The secret key of one method.
///
/// # Security
/// Wiped on drop; no `Debug`, no `Clone`, no serialiser but the key file.
pub struct OwnKey {
    method: Method,
    bytes: Zeroizing<[u8; KEY_BYTES]>,
}

/// A key file as read, of which nothing is known yet.
pub struct UnverifiedOwnKey {
    method: Method,
    bytes: Zeroizing<[u8; KEY_BYTES]>,
    check: [u8; CHECK_BYTES],
}

impl OwnKey {
    /// Draws a key and writes its file, which must not be there yet; durable before it returns.
    ///
    /// # Errors
    /// If the method has no key, the file exists or cannot be written, or there is no randomness.
    pub fn create(path: &Path, method: Method) -> Result<Self, OwnError> {
        if !method.has_key() {
            return Err(OwnError::NotAKey);
        }
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        random::fill(bytes.as_mut_slice())?;
        let key = Self { method, bytes };
        let mut file = create_private(path)?;
        let failed = |source| OwnError::File { path: path.to_owned(), source };
        file.write_all(key.encode().as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        sync_folder(path).map_err(failed)?;
        Ok(key)
    }

    /// Reads the key file of a method.
    ///
    /// # Errors
    /// If it is missing, damaged, of another method, or readable by others.
    pub fn open(path: &Path, method: Method) -> Result<Self, OwnError> {
        let file = open_private(path)?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_KEY_FILE_BYTES + 1));
        let failed = |source| OwnError::File { path: path.to_owned(), source };
        file.take(MAX_KEY_FILE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
        UnverifiedOwnKey::decode(&bytes)?.verify(method)
    }

    /// A key that everybody knows.
    #[cfg(test)]
    pub(super) fn known(method: Method, bytes: [u8; KEY_BYTES]) -> Self {
        Self { method, bytes: Zeroizing::new(bytes) }
    }

    /// The method it is for.
    pub const fn method(&self) -> Method {
        self.method
    }

    /// The 64 secret bytes.
    pub fn expose_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.bytes
    }

    /// A keyed hash that has taken in `parts`, for the methods made of one.
    pub(super) fn mac(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = hmac(&self.bytes);
        mac.update(&framed(parts));
        mac
    }

    /// Refuses a key of another method.
    pub(super) fn of(&self, wanted: Method) -> Result<(), OwnError> {
        if self.method == wanted { Ok(()) } else { Err(OwnError::OtherMethod { wanted, found: self.method }) }
    }

    fn encode(&self) -> Zeroizing<String> {
        let key = Zeroizing::new(BASE64URL_NOPAD.encode(self.bytes.as_slice()));
        let check = HEXLOWER.encode(&check(&self.bytes, self.method));
        Zeroizing::new(format!("{TITLE}\nmethod: {}\nkey: {}\ncheck: {check}\n", self.method, *key))
    }
}

impl UnverifiedOwnKey {
    /// Reads the bytes of a key file.
    ///
    /// # Errors
    /// If they are too many or not of the one form.
    pub fn decode(bytes: &[u8]) -> Result<Self, OwnError> {
        let text = Some(bytes).filter(|bytes| bytes.len() <= MAX_KEY_FILE_BYTES);
        let text = text.and_then(|bytes| std::str::from_utf8(bytes).ok()).ok_or(OwnError::NotAKey)?;
        let rest =
            text.strip_prefix(TITLE).and_then(|rest| rest.strip_prefix("\nmethod: ")).ok_or(OwnError::NotAKey)?;
        let (method, rest) = rest.split_once("\nkey: ").ok_or(OwnError::NotAKey)?;
        let (key, check) = rest.split_once("\ncheck: ").ok_or(OwnError::NotAKey)?;
        let check = check.strip_suffix('\n').and_then(|check| HEXLOWER.decode(check.as_bytes()).ok());
        let decoded = Zeroizing::new(BASE64URL_NOPAD.decode(key.as_bytes()).map_err(|_| OwnError::NotAKey)?);
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        if decoded.len() != KEY_BYTES {
            return Err(OwnError::NotAKey);
        }
        bytes.copy_from_slice(&decoded);
        Ok(Self {
            method: Method::find(method).filter(|method| method.has_key()).ok_or(OwnError::NotAKey)?,
            bytes,
            check: check.and_then(|check| check.try_into().ok()).ok_or(OwnError::NotAKey)?,
        })
    }

    /// The key, if the file is whole and made for this method.
    ///
    /// # Errors
    /// If it is damaged or another method's.
    pub fn verify(self, wanted: Method) -> Result<OwnKey, OwnError> {
        if !bool::from(check(&self.bytes, self.method).ct_eq(&self.check)) {
            return Err(OwnError::DamagedKey);
        }
        let key = OwnKey { method: self.method, bytes: self.bytes };
        key.of(wanted).map(|()| key)
    }
}

/// HMAC takes keys of any length.
pub(super) fn hmac(key: &[u8; KEY_BYTES]) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn check(key: &[u8; KEY_BYTES], method: Method) -> [u8; CHECK_BYTES] {
    let mut mac = hmac(key);
    mac.update(&framed(&[b"guildhall/own-key-check/v1", method.name().as_bytes()]));
    let mut check = [0; CHECK_BYTES];
    check.iter_mut().zip(mac.finalize().into_bytes()).for_each(|(to, from)| *to = from);
    check
}

/// Creates a file that only its owner may read or write.
pub(super) fn create_private(path: &Path) -> Result<File, OwnError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::AlreadyExists => OwnError::Exists { path: path.to_owned() },
        _ => OwnError::File { path: path.to_owned(), source },
    })
}

/// Opens a file, if nobody but its owner may read or write it.
pub(super) fn open_private(path: &Path) -> Result<File, OwnError> {
    let failed = |source| OwnError::File { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(OwnError::NotAKey);
    }
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
        if mode & 0o077 != 0 {
            return Err(OwnError::Open { path: path.to_owned(), mode });
        }
    }
    Ok(file)
}

/// Makes a new name in a folder durable.
pub(super) fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
