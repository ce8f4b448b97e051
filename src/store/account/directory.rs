//! Accounts as administrators see them: looked up, listed, searched.

use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::account::{Roles, Status};
use crate::model::authority::Standing;
use crate::model::cursor::Cursor;
use crate::model::email::Email;
use crate::model::external_id::ExternalId;
use crate::model::locale::Locale;
use crate::model::time_zone::TimeZone;
use crate::store::database::keyset::{Listed, PageRequest};
use crate::store::entity::{password_credential, user};
use crate::store::{Store, StoreError};

/// An account without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRecord {
    pub id: Uuid,
    /// In the system from which the account was imported.
    pub external_id: Option<String>,
    pub email: String,
    pub display_name: Option<String>,
    pub locale: Option<Locale>,
    pub time_zone: Option<TimeZone>,
    pub status: Status,
    pub roles: Roles,
    pub email_verified_at: Option<Timestamp>,
    pub password_must_change: bool,
    pub mfa_enrolled: bool,
    /// Until when no login succeeds, after a reset of the second factors; may lie in the past.
    pub mfa_reset_until: Option<Timestamp>,
    pub has_password: bool,
    /// Wrong passwords since the last right one, from known and from unknown devices.
    pub failures: i64,
    /// Since when passwords from unknown devices do not count.
    pub locked_at: Option<Timestamp>,
    /// Since when those from known devices do not.
    pub known_locked_at: Option<Timestamp>,
    pub erase_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl AccountRecord {
    pub fn standing(&self) -> Standing {
        let proven = self.email_verified_at.is_some();
        Standing { id: self.id, roles: self.roles, active: self.is_active(), proven }
    }

    fn is_active(&self) -> bool {
        self.status == Status::Active && self.erase_at.is_none()
    }

    const fn cursor(&self) -> Cursor {
        Cursor { at: self.created_at, id: self.id }
    }
}

/// The states that a list can be narrowed to. An account may be in several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    Active,
    Disabled,
    /// Its address is not proven.
    Unverified,
    /// Its password is, after too many wrong ones.
    Locked,
    /// About to be erased, or being erased.
    Erasing,
}

impl AccountState {
    pub const NAMES: [(&'static str, Self); 5] = [
        ("active", Self::Active),
        ("disabled", Self::Disabled),
        ("unverified", Self::Unverified),
        ("locked", Self::Locked),
        ("erasing", Self::Erasing),
    ];
}

impl std::str::FromStr for AccountState {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::NAMES.into_iter().find(|(name, _)| *name == word).map(|(_, state)| state);
        found.ok_or("must be one of: active, disabled, unverified, locked, erasing")
    }
}

/// Which accounts to list.
#[derive(Clone, Debug, Default)]
pub struct AccountFilter {
    /// Part of the address, the display name or the external id; letters of ASCII match in either case in the first two.
    pub text: Option<String>,
    pub state: Option<AccountState>,
}

impl Store {
    /// A page of accounts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn accounts(
        &self,
        filter: &AccountFilter,
        window: PageRequest,
    ) -> Result<Listed<AccountRecord>, StoreError> {
        self.bounded(async {
            let conditions = Condition::all()
                .add_option(filter.text.as_deref().map(containing))
                .add_option(filter.state.map(in_state));
            let select = user::Entity::find().filter(conditions);
            let page = window.cut(select, user::Column::CreatedAt, user::Column::Id);
            let rows = page.find_also_related(password_credential::Entity).all(&self.read).await?;
            let accounts = rows.into_iter().map(|(user, password)| record(user, password.as_ref()));
            Ok(window.listed(accounts.collect(), AccountRecord::cursor))
        })
        .await
    }

    /// The id of the account that has this external id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn account_of_external_id(&self, id: &ExternalId) -> Result<Option<Uuid>, StoreError> {
        let ids = user::Entity::find().select_only().column(user::Column::Id);
        let found = ids.filter(user::Column::ExternalId.eq(id.as_str())).into_tuple();
        self.bounded(async { Ok(found.one(&self.read).await?) }).await
    }

    /// # Errors
    /// [`StoreError`].
    pub async fn account_record(&self, id: Uuid) -> Result<Option<AccountRecord>, StoreError> {
        self.one_record(user::Column::Id.eq(id).into()).await
    }

    /// # Errors
    /// [`StoreError`].
    pub async fn account_record_by_email(&self, email: &Email) -> Result<Option<AccountRecord>, StoreError> {
        self.one_record(user::Column::Email.eq(email.as_str()).into()).await
    }

    async fn one_record(&self, condition: Condition) -> Result<Option<AccountRecord>, StoreError> {
        self.bounded(async {
            let found = user::Entity::find()
                .filter(condition)
                .find_also_related(password_credential::Entity)
                .one(&self.read)
                .await?;
            Ok(found.map(|(user, password)| record(user, password.as_ref())))
        })
        .await
    }

    /// What the user may do at this moment.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn standing(&self, id: Uuid) -> Result<Option<Standing>, StoreError> {
        self.bounded(async {
            let user = user::Entity::find_by_id(id).one(&self.read).await?;
            Ok(user.as_ref().map(standing))
        })
        .await
    }
}

pub(in crate::store) fn standing(user: &user::Model) -> Standing {
    let active = user.status == Status::Active && user.erase_at.is_none();
    let proven = user.email_verified_at.is_some();
    Standing { id: user.id, roles: user.roles, active, proven }
}

pub(in crate::store) fn record(
    user: user::Model,
    password: Option<&password_credential::Model>,
) -> AccountRecord {
    AccountRecord {
        id: user.id,
        external_id: user.external_id,
        email: user.email,
        display_name: user.display_name,
        locale: user.locale,
        time_zone: user.time_zone,
        status: user.status,
        roles: user.roles,
        email_verified_at: user.email_verified_at,
        password_must_change: user.password_must_change,
        mfa_enrolled: user.mfa_enrolled_at.is_some(),
        mfa_reset_until: user.mfa_reset_until,
        has_password: password.is_some(),
        failures: password.map_or(0, |password| password.failures + password.known_failures),
        locked_at: password.and_then(|password| password.locked_at),
        known_locked_at: password.and_then(|password| password.known_locked_at),
        erase_at: user.erase_at,
        created_at: user.created_at,
        updated_at: user.updated_at,
    }
}

/// Addresses are lower case already. The name is compared as it was written as well: what lies outside of
/// ASCII, SQLite does not turn into lower case.
fn containing(text: &str) -> Condition {
    let name = || Expr::col((user::Entity, user::Column::DisplayName));
    Condition::any()
        .add(user::Column::Email.like(pattern(&text.to_lowercase())))
        .add(name().like(pattern(text)))
        .add(Func::lower(name()).like(pattern(&text.to_lowercase())))
        .add(user::Column::ExternalId.like(pattern(text)))
}

/// `%` and `_` stand for themselves.
fn pattern(text: &str) -> LikeExpr {
    let mut pattern = String::from("%");
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape('\\')
}

fn in_state(state: AccountState) -> Condition {
    let others = [Status::Active, Status::Erasing];
    Condition::all().add(match state {
        AccountState::Active => user::Column::Status.eq(Status::Active),
        AccountState::Disabled => user::Column::Status.is_not_in(others),
        AccountState::Unverified => user::Column::EmailVerifiedAt.is_null(),
        AccountState::Locked => password_credential::Column::LockedAt
            .is_not_null()
            .or(password_credential::Column::KnownLockedAt.is_not_null()),
        AccountState::Erasing => user::Column::EraseAt.is_not_null(),
    })
}
