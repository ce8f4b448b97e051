//! A family to test with.

use crate::model::account::{Roles, UserFacts};
use uuid::Uuid;

use super::SessionFamily;
use crate::clock::Timestamp;
use crate::model::assurance::{Aal, Amr, Method};
use crate::model::family_key::{RootKey, RootKeyId};
use crate::model::refresh_token::RefreshToken;
use crate::model::transport::Transport;
use crate::secret::Secret;

pub fn root_key() -> RootKey {
    RootKey::new(RootKeyId(1), Secret::new([7; 32]))
}

/// Generation 5, rotated at second 1 000, idle until 2 000, ending at 5 000.
pub fn family() -> SessionFamily {
    let at = Timestamp::from_unix_seconds;
    SessionFamily {
        id: Uuid::from_u128(0xfa),
        user_id: Uuid::from_u128(0xbe),
        key_id: RootKeyId(1),
        salt: [9; 16],
        generation: 5,
        rotated_at: at(1_000),
        rotation_key_hash: None,
        auth_time: at(500),
        amr: Amr::of(&[Method::Password]),
        aal: Aal::One,
        credential_epoch: 0,
        idle_expires_at: at(2_000),
        expires_at: at(5_000),
        access_expires_at: at(1_600),
        transport: Transport::Bearer,
        remembered: true,
        revoked: None,
    }
}

pub fn token(family: &SessionFamily, generation: u64) -> RefreshToken {
    let root = root_key();
    RefreshToken::derive(&root, &root.family_key(&family.salt), family.id, generation)
}

pub fn user() -> UserFacts {
    UserFacts {
        id: family().user_id,
        email: "ada@example.com".to_owned(),
        roles: Roles::default(),
        password_must_change: false,
        mfa_enrolled: false,
    }
}
