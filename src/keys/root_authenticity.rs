//! The MACs of root keys. What a row has sealed is bound to its id; its state and times are not, and everyone who can write
//! to the database could let a key that was superseded take over again, or have the active one deleted.

use crate::crypto::seal::{MasterKeys, SealError};
use crate::store::keys::root_key::{RootKeyMac, StoredRootKey};

const LABEL: &str = "root_keys";

/// Whether the row is as this service wrote it.
pub(super) fn check(master: &MasterKeys, key: &StoredRootKey) -> Result<(), SealError> {
    let mac = key.mac.as_deref().ok_or(SealError::Damaged)?;
    with_fields(key, |fields| master.check_tag(LABEL, fields, mac))
}

/// The MAC under the active master key, unless the row has it. Whether the row deserves one was checked before.
pub(super) fn renewal(master: &MasterKeys, key: &StoredRootKey) -> Option<RootKeyMac> {
    if key.mac.as_ref().is_some_and(|mac| mac.starts_with(&master.active_tag_header())) {
        return None;
    }
    Some(RootKeyMac { id: key.id, old: key.mac.clone(), new: tag(master, key) })
}

/// The row with the MAC that belongs to it.
pub(super) fn authenticated(master: &MasterKeys, mut key: StoredRootKey) -> StoredRootKey {
    key.mac = Some(tag(master, &key));
    key
}

/// The MAC of a row's next state, if the row is as this service wrote it.
pub(super) fn successor(
    master: &MasterKeys,
    before: &StoredRootKey,
    after: &StoredRootKey,
) -> Option<Vec<u8>> {
    check(master, before).ok().map(|()| tag(master, after))
}

fn tag(master: &MasterKeys, key: &StoredRootKey) -> Vec<u8> {
    with_fields(key, |fields| master.tag(LABEL, fields))
}

/// All of the row but what is sealed, which its seal authenticates.
fn with_fields<T>(key: &StoredRootKey, work: impl FnOnce(&[Option<&[u8]>]) -> T) -> T {
    let created_at = key.created_at.as_micros().to_be_bytes();
    let kept_until = key.kept_until.map(|at| at.as_micros().to_be_bytes());
    work(&[
        Some(&[key.id]),
        Some(key.state.as_str().as_bytes()),
        Some(&created_at),
        kept_until.as_ref().map(<[u8; 8]>::as_slice),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::model::key_state::KeyState;
    use crate::secret::Secret;

    fn key() -> StoredRootKey {
        StoredRootKey {
            id: 3,
            state: KeyState::Retired.into(),
            sealed: vec![1],
            created_at: Timestamp::from_micros(5),
            kept_until: Some(Timestamp::from_micros(7)),
            mac: None,
        }
    }

    #[test]
    fn a_row_that_someone_else_has_changed_is_noticed() {
        let master = MasterKeys::new(&Secret::new([1; 32]));
        let own = authenticated(&master, key());
        assert_eq!(check(&master, &own), Ok(()));
        assert!(renewal(&master, &own).is_none());
        let changed = [
            StoredRootKey { id: 4, ..own.clone() },
            StoredRootKey { state: KeyState::Active.into(), ..own.clone() },
            StoredRootKey { created_at: Timestamp::from_micros(6), ..own.clone() },
            StoredRootKey { kept_until: Some(Timestamp::from_micros(8)), ..own.clone() },
            StoredRootKey { kept_until: None, ..own.clone() },
            StoredRootKey { mac: None, ..own.clone() },
        ];
        for row in changed {
            assert_eq!(check(&master, &row), Err(SealError::Damaged), "{row:?}");
            assert_eq!(successor(&master, &row, &own), None, "{row:?}");
        }
        let next = StoredRootKey { kept_until: None, state: KeyState::Active.into(), ..own.clone() };
        let mac = successor(&master, &own, &next);
        assert_eq!(check(&master, &StoredRootKey { mac, ..next }), Ok(()));
    }

    #[test]
    fn another_master_key_renews_the_mac() {
        let own = authenticated(&MasterKeys::new(&Secret::new([1; 32])), key());
        let master = MasterKeys::new(&Secret::new([2; 32]));
        assert!(matches!(check(&master, &own), Err(SealError::UnknownKey(_))));
        let ring = master.with_previous(&[Secret::new([1; 32])]).unwrap();
        assert_eq!(check(&ring, &own), Ok(()));
        let renewal = renewal(&ring, &own).unwrap();
        assert_eq!((renewal.id, &renewal.old), (3, &own.mac));
        assert_eq!(check(&ring, &StoredRootKey { mac: Some(renewal.new), ..own }), Ok(()));
    }
}
