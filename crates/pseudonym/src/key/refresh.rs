//! Renewing shares: the key stays, every share changes, so that shares stolen earlier are worth nothing later.
//!
//! Source: proactive secret sharing (Herzberg et al. 1995) by `frost-ristretto255`: the trustees add shares of zero.
//! The messages and steps are those of [`super::dkg`]; all trustees take part.
//!
//! Assumption: that of [`super::dkg`], and that old shares are destroyed. Until then a thief needs `t` of one generation.

use super::dkg::{Broadcast, Round1, Subject, start};
use super::frost;
use super::{KeyError, KeyShare};
use frost_ristretto255::Identifier;
use frost_ristretto255::keys::{KeyPackage, PublicKeyPackage, dkg, refresh};
use std::collections::BTreeMap;

/// Begins the renewal of a share at one trustee; goes on as key generation does.
///
/// The old share is taken: if the renewal fails, it is read again from where it is kept.
///
/// # Errors
/// If there is no randomness, or after four thousand million renewals.
pub fn begin(old: KeyShare) -> Result<(Round1, Broadcast), KeyError> {
    let public = old.public();
    let generation = public.generation().checked_add(1).ok_or(KeyError::Epoch)?;
    let subject = Subject { id: public.id().clone(), generation, quorum: public.quorum() };
    let node = old.node();
    let (own, most, least) = start(&subject, node)?;
    let made = refresh::refresh_dkg_part1(own, most, least, rand_core::OsRng);
    let made = made.map_err(|error| frost::blamed(&error, subject.quorum))?;
    Ok(Round1::new(subject, node, made, Some(old)))
}

pub(super) fn finish(
    secret: &dkg::round2::SecretPackage,
    first: &BTreeMap<Identifier, dkg::round1::Package>,
    second: &BTreeMap<Identifier, dkg::round2::Package>,
    old: &KeyShare,
) -> Result<(KeyPackage, PublicKeyPackage), KeyError> {
    let node = old.node();
    let bytes = old.secret().expose_bytes();
    let packages = frost::packages(node, &bytes, old.public());
    let (own, public) = packages.ok_or_else(|| KeyError::Share { id: old.public().id().clone(), node })?;
    let done = refresh::refresh_dkg_shares(secret, first, second, public, own);
    done.map_err(|error| frost::blamed(&error, old.public().quorum()))
}
