//! The master keys, and the keys in the database that they open.

use super::examination::Examination;
use super::finding::{Check, Finding};
use crate::boot::{MasterKeyError, existing_master_keys, token_format};
use crate::crypto::signer::Signer;
use crate::keys::{KeyError, KeyStore};

const CHECK: Check = Check::Keys;

/// The finding, and the signing keys if they can be opened.
pub(super) async fn check(examination: &Examination<'_>) -> (Finding, Option<Signer>) {
    let Some(store) = &examination.store else {
        return (CHECK.skipped("needs the database"), None);
    };
    let master = match existing_master_keys(examination.config) {
        Ok(master) => master,
        Err(error) => return (CHECK.failed(error.to_string(), master_key_advice(&error)), None),
    };
    let has_keys = match store.signing_keys().await {
        Ok(keys) => !keys.is_empty(),
        Err(error) => return (CHECK.failed(error.to_string(), "See the finding about the database."), None),
    };
    let Some(master) = master else {
        return (without_master_key(has_keys), None);
    };
    if !has_keys {
        return (CHECK.ok("the database has no keys yet; the first start makes them"), None);
    }
    let world = &examination.world;
    let keys = KeyStore {
        store,
        master: &master,
        entropy: world.entropy.as_ref(),
        clock: world.clock.as_ref(),
        revoked_kids: &examination.config.secrets.revoked_kids,
    };
    match keys.inspect(token_format(examination.config)).await {
        Ok(signer) => {
            let count = signer.published().states.len();
            (CHECK.ok(format!("{count} signing keys; the active one signs and verifies")), Some(signer))
        }
        Err(error) => (CHECK.failed(error.to_string(), key_advice(&error)), None),
    }
}

fn without_master_key(has_keys: bool) -> Finding {
    if has_keys {
        CHECK.failed(
            "the database has keys, and there is no master key that opens them",
            "Put the master key of this database into `secrets.master_key`, or restore `master.key` into `data_dir`. \
             Do not start the server before: it would make another one.",
        )
    } else {
        CHECK.ok("there is no master key yet; the first start makes one in `data_dir`")
    }
}

const fn master_key_advice(error: &MasterKeyError) -> &'static str {
    match error {
        MasterKeyError::File(_) => "Check that the user of the server may read `master.key`.",
        MasterKeyError::Damaged { .. } | MasterKeyError::Empty { .. } => {
            "Restore `master.key` from the backup. Without it, nothing that is sealed in the database can be opened."
        }
        MasterKeyError::Twice { .. } => "Remove the key from one of its two places.",
    }
}

const fn key_advice(error: &KeyError) -> &'static str {
    match error {
        KeyError::Store(_) => "See the finding about the database.",
        KeyError::OtherMasterKey(_) => {
            "Put the master key with this id into `secrets.master_key`, or into `secrets.previous_master_keys` if it \
             was replaced."
        }
        KeyError::Bad(_) | KeyError::NotAuthentic(_) | KeyError::NoRootKey | KeyError::NoRootKeyId => {
            "Restore the tables `root_keys` and `signing_keys` from the backup, and find out who wrote to them."
        }
    }
}
