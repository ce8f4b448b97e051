//! Rings of data keys, with a key service in the process.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use zeroize::Zeroizing;

use super::*;
use crate::clock::Timestamp;
use crate::keys::encryption::DataKeyId;

/// Wraps by writing the id before the key, and can be switched off.
#[derive(Debug, Default)]
struct Fake {
    is_off: AtomicBool,
}

impl Fake {
    fn check(&self) -> Result<(), KeyEncryptionError> {
        let off = KeyEncryptionError::Unavailable("switched off".to_owned());
        if self.is_off.load(Ordering::SeqCst) { Err(off) } else { Ok(()) }
    }
}

#[async_trait]
impl KeyEncryption for Fake {
    async fn wrap(&self, id: DataKeyId, key: &[u8]) -> Result<Vec<u8>, KeyEncryptionError> {
        self.check()?;
        Ok([id.to_string().as_bytes(), key].concat())
    }

    async fn unwrap(&self, id: DataKeyId, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyEncryptionError> {
        self.check()?;
        let key = wrapped.strip_prefix(id.to_string().as_bytes()).ok_or(KeyEncryptionError::Damaged)?;
        Ok(Zeroizing::new(key.to_vec()))
    }
}

fn material(byte: u8) -> Secret<[u8; KEY_LEN]> {
    Secret::new([byte; KEY_LEN])
}

async fn row(purpose: DataKeyPurpose, state: KeyState, byte: u8) -> StoredDataKey {
    let id = id_of(&material(byte));
    StoredDataKey {
        id: id.to_string(),
        purpose: Some(purpose),
        state: Some(state),
        wrapped: Fake::default().wrap(id, &[byte; KEY_LEN]).await.unwrap(),
        created_at: Timestamp::from_unix_seconds(0),
    }
}

async fn sealing(state: KeyState, byte: u8) -> StoredDataKey {
    row(DataKeyPurpose::Sealing, state, byte).await
}

async fn ring(stored: &[StoredDataKey], local: Option<&MasterKeys>) -> Result<MasterKeys, DataKeyError> {
    ring_of(stored, &Fake::default(), local).await
}

#[tokio::test]
async fn a_key_on_standby_opens_and_the_master_key_seals_until_it_is_active() {
    let local = MasterKeys::new(&material(1));
    let before = ring(&[sealing(KeyState::Standby, 2).await], Some(&local)).await.unwrap();
    assert_eq!(before.active_id(), local.active_id());
    let after = ring(&[sealing(KeyState::Active, 2).await], Some(&local)).await.unwrap();
    assert_eq!(after.active_id(), id_of(&material(2)));
    for (one, other) in [(&before, &after), (&after, &before), (&local, &after)] {
        let sealed = one.seal(&crate::entropy::OsEntropy, "t", b"secret").unwrap();
        assert_eq!(other.open("t", &sealed).unwrap().as_slice(), b"secret");
    }
}

#[tokio::test]
async fn pseudonyms_outlive_every_other_key() {
    let local = MasterKeys::new(&material(1));
    let kept = local.pseudonym_key();
    let mut key = row(DataKeyPurpose::Pseudonyms, KeyState::Active, 0).await;
    let id = id_of(&kept);
    key.id = id.to_string();
    key.wrapped = Fake::default().wrap(id, kept.expose()).await.unwrap();
    let other = ring(&[sealing(KeyState::Active, 2).await, key], None).await.unwrap();
    assert_eq!(other.pseudonym("phone", b"+49"), local.pseudonym("phone", b"+49"));
}

#[tokio::test]
async fn a_damaged_row_costs_its_own_key_only_and_an_active_one_everything() {
    let mut damaged = sealing(KeyState::Retired, 3).await;
    damaged.wrapped[0] ^= 1;
    let active = sealing(KeyState::Active, 2).await;
    assert!(ring(&[damaged.clone(), active.clone()], None).await.is_ok());
    damaged.state = Some(KeyState::Active);
    let error = ring(&[damaged], None).await.unwrap_err();
    assert!(!error.is_temporary() && matches!(error, DataKeyError::Encryption(KeyEncryptionError::Damaged)));
    // A row that passes for another: the id is that of another key.
    let mut renamed = active;
    let id = id_of(&material(9));
    renamed.id = id.to_string();
    renamed.wrapped = Fake::default().wrap(id, &[2; KEY_LEN]).await.unwrap();
    assert!(ring(&[renamed], None).await.is_err());
    assert!(matches!(ring(&[], None).await, Err(DataKeyError::NoActiveKey)));
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_waited_for() {
    let fake = Fake { is_off: AtomicBool::new(true) };
    let stored = [sealing(KeyState::Retired, 2).await];
    let error = ring_of(&stored, &fake, Some(&MasterKeys::new(&material(1)))).await.unwrap_err();
    assert!(error.is_temporary(), "{error}");
    fake.is_off.store(false, Ordering::SeqCst);
    assert!(ring_of(&stored, &fake, Some(&MasterKeys::new(&material(1)))).await.is_ok());
}
