//! The MACs of signing keys. Everyone who can write to the database could put a key of their own among them, and the
//! server would publish it and believe its tokens: so each row has a MAC under the master key.

use crate::crypto::seal::{MasterKeys, SealError};
use crate::store::keys::signing_key::{Authentication, StoredSigningKey};

const LABEL: &str = "signing_keys";

/// Whether the row is as this service wrote it.
pub(super) fn check(master: &MasterKeys, key: &StoredSigningKey) -> Result<(), SealError> {
    let mac = key.mac.as_deref().ok_or(SealError::Damaged)?;
    with_fields(key, |fields| master.check_tag(LABEL, fields, mac))
}

/// The MAC under the active master key, unless the row has it. Whether the row deserves one was checked before.
pub(super) fn renewal(master: &MasterKeys, key: &StoredSigningKey) -> Option<Authentication> {
    if key.mac.as_ref().is_some_and(|mac| mac.starts_with(&master.active_tag_header())) {
        return None;
    }
    Some(Authentication { kid: key.kid.clone(), old: key.mac.clone(), new: tag(master, key) })
}

/// The row with the MAC that belongs to it.
pub(super) fn authenticated(master: &MasterKeys, mut key: StoredSigningKey) -> StoredSigningKey {
    key.mac = Some(tag(master, &key));
    key
}

fn tag(master: &MasterKeys, key: &StoredSigningKey) -> Vec<u8> {
    with_fields(key, |fields| master.tag(LABEL, fields))
}

/// All of the row but what is sealed, which its seal authenticates.
fn with_fields<T>(key: &StoredSigningKey, work: impl FnOnce(&[Option<&[u8]>]) -> T) -> T {
    let created_at = key.created_at.as_micros().to_be_bytes();
    let activated_at = key.activated_at.map(|at| at.as_micros().to_be_bytes());
    work(&[
        Some(key.kid.as_bytes()),
        Some(key.algorithm.as_bytes()),
        Some(key.state.as_str().as_bytes()),
        Some(key.public_jwk.as_bytes()),
        Some(&created_at),
        activated_at.as_ref().map(<[u8; 8]>::as_slice),
    ])
}
