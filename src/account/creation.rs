//! Accounts that an administrator creates for someone else. The owner sets the password by a link.

use serde_json::json;
use uuid::Uuid;

use super::{Administration, Principal};
use crate::clock::Timestamp;
use crate::crypto::password::HashError;
use crate::entropy::uuid_v7;
use crate::model::account::{Role, Roles};
use crate::model::authority::Denial;
use crate::model::device::plain_name;
use crate::model::email::Email;
use crate::model::external_id::ExternalId;
use crate::model::locale::Locale;
use crate::model::notice::Notice;
use crate::model::one_time_token::Purpose;
use crate::model::password_policy::Weakness;
use crate::model::security_event::EventKind;
use crate::notification::Addressee;
use crate::secret::Secret;
use crate::store::account::NewAccount;
use crate::store::account::directory::AccountRecord;
use crate::store::{Effects, StoreError};

/// An account that an administrator is to create.
#[derive(Clone, Debug)]
pub struct NewUser {
    pub email: String,
    pub external_id: Option<ExternalId>,
    pub display_name: Option<String>,
    /// `user` is always among them.
    pub roles: Roles,
    pub locale: Option<Locale>,
}

/// An administrator that the command line is to create.
#[derive(Debug)]
pub struct NewAdmin {
    pub email: String,
    pub display_name: Option<String>,
    /// To be changed at the first login. Without a password, a link to set one is given back.
    pub password: Option<Secret<String>>,
}

/// The link by which an account's owner sets the first password. A secret.
#[derive(Clone, Debug)]
pub struct SetPasswordLink {
    pub url: Secret<String>,
    pub expires_at: Timestamp,
}

/// Why no account was created.
#[derive(Debug, thiserror::Error)]
pub enum CreationError {
    #[error("not an e-mail address")]
    InvalidEmail,
    #[error("an account with this address exists")]
    EmailTaken,
    #[error("another account has this external id")]
    ExternalIdTaken,
    #[error("{0}")]
    Refused(Denial),
    #[error("the password may not be chosen: {}", .0.detail())]
    WeakPassword(Weakness),
    #[error("too many passwords at the moment")]
    Overloaded,
    #[error("internal error while creating an account: {0}")]
    Internal(&'static str),
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for CreationError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate => Self::EmailTaken,
            other => Self::Store(other),
        }
    }
}

impl From<HashError> for CreationError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Overloaded => Self::Overloaded,
            HashError::Failed => Self::Internal("password hashing"),
        }
    }
}

impl Administration {
    /// Creates an account without a password, and mails its owner the link to set one. Using the link verifies the
    /// address; before that, the account holds no role above `user`.
    ///
    /// # Errors
    /// [`CreationError`]; then there is no account and no mail.
    pub async fn create_user(
        &self,
        principal: &Principal,
        user: NewUser,
    ) -> Result<AccountRecord, CreationError> {
        let roles = user.roles.with(Role::User);
        let mut new = self.account(&user.email, user.display_name.as_deref(), roles)?;
        new.locale = user.locale;
        new.external_id = user.external_id;
        let to = owner(&new);
        let link = self.composer.new_link(Purpose::ResetPassword, &to, self.invitation_ttl);
        let notice = Notice::Invitation {
            link: link.url,
            expires_in: link.expires_in,
            inviter: self.name_of(principal).await?,
            role: Some(roles.highest()),
        };
        let mail = self.composer.mail_until(&to, notice, link.token.expires_at)?;
        let event = self.event(EventKind::AccountCreated, principal, json!({ "roles": roles.names() }));
        let effects = Effects::of(event.about(new.id)).telling(mail).by_session(principal.acting_session);
        let created =
            self.store.create_account_with_link(principal.user_id(), &new, &link.token, &effects).await;
        if matches!(created, Err(StoreError::Duplicate))
            && self.is_taken(new.external_id.as_ref(), new.id).await?
        {
            return Err(CreationError::ExternalIdTaken);
        }
        if let Err(refusal) = created? {
            if !refusal.is_conflict() {
                self.record_denial(principal, json!({ "operation": "create_user", "roles": roles.names() }))
                    .await?;
            }
            return Err(CreationError::Refused(refusal));
        }
        self.created(new.id).await
    }

    /// Creates an administrator. The address counts as verified, on the word of the operator who runs the command. Without
    /// a password, a link to set one is given back for the operator to pass on; no mail is sent.
    ///
    /// # Errors
    /// [`CreationError`]; then there is no account.
    pub async fn create_admin(
        &self,
        principal: &Principal,
        admin: NewAdmin,
    ) -> Result<(AccountRecord, Option<SetPasswordLink>), CreationError> {
        let roles = Roles::of(&[Role::User, Role::Admin]);
        let mut new = self.account(&admin.email, admin.display_name.as_deref(), roles)?;
        new.email_verified = true;
        let event = self.event(EventKind::AccountCreated, principal, json!({ "roles": roles.names() }));
        let effects = Effects::of(event.about(new.id));
        if let Some(password) = admin.password {
            new.password_hash = Some(self.hash(&password, &new).await?);
            new.password_must_change = true;
            self.store.create_account(&new, &effects).await?;
            return Ok((self.created(new.id).await?, None));
        }
        let link = self.composer.new_link(Purpose::ResetPassword, &owner(&new), self.invitation_ttl);
        let created =
            self.store.create_account_with_link(principal.user_id(), &new, &link.token, &effects).await?;
        created.map_err(CreationError::Refused)?;
        let link = SetPasswordLink { url: Secret::new(link.url), expires_at: link.token.expires_at };
        Ok((self.created(new.id).await?, Some(link)))
    }

    /// An account that is not written yet, without a password.
    pub(super) fn account(
        &self,
        email: &str,
        display_name: Option<&str>,
        roles: Roles,
    ) -> Result<NewAccount, CreationError> {
        let email = Email::parse(email).map_err(|_| CreationError::InvalidEmail)?;
        let now = self.clock.now();
        Ok(NewAccount {
            id: uuid_v7(self.entropy.as_ref(), now),
            email,
            external_id: None,
            display_name: display_name.and_then(plain_name),
            locale: None,
            roles,
            email_verified: false,
            password_must_change: false,
            password_hash: None,
            at: now,
        })
    }

    /// The hash of a password that fits the policy.
    pub(super) async fn hash(
        &self,
        password: &Secret<String>,
        owner: &NewAccount,
    ) -> Result<String, CreationError> {
        let checked = self.passwords.judge(password, &owner.email, owner.display_name.as_deref()).await?;
        Ok(self.passwords.hash(checked.map_err(CreationError::WeakPassword)?).await?)
    }

    async fn created(&self, id: Uuid) -> Result<AccountRecord, CreationError> {
        let record = self.store.account_record(id).await?;
        record.ok_or(CreationError::Internal("the new account is gone"))
    }
}

fn owner(new: &NewAccount) -> Addressee {
    Addressee {
        is_proven: new.email_verified,
        user_id: Some(new.id),
        to: new.email.as_str().to_owned(),
        display_name: new.display_name.clone(),
        locale: new.locale.clone(),
        time_zone: None,
        known_device: false,
    }
}
