//! What people change about their own accounts.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::locale::Locale;
use crate::store::account::{self, Profile};
use crate::store::entity::{avatar, user};
use crate::store::{Effects, Store, StoreError, security_event::effects, session::acting_session};

/// What is to be changed; what is absent stays, and `Some(None)` takes away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileEdit {
    pub display_name: Option<Option<String>>,
    pub locale: Option<Option<Locale>>,
}

impl ProfileEdit {
    /// The names of what differs from what there is.
    fn changes(&self, user: &user::Model) -> Vec<&'static str> {
        let name = self.display_name.as_ref().is_some_and(|name| *name != user.display_name);
        let locale = self.locale.as_ref().is_some_and(|locale| *locale != account::locale(user));
        let named = [("display_name", name), ("locale", locale)];
        named.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }
}

impl Store {
    /// Changes a profile, and writes the effects that `tell` makes of what has changed, unless that is
    /// nothing. Gives back the profile as it is then; `None` if there is no such user.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn edit_profile(
        &self,
        user_id: Uuid,
        edit: &ProfileEdit,
        at: Timestamp,
        tell: impl Fn(&[&'static str]) -> Effects,
    ) -> Result<Option<Profile>, StoreError> {
        let (profile, effects) = self.retrying(|| self.try_edit_profile(user_id, edit, at, &tell)).await?;
        if let Some(effects) = effects {
            self.count(&effects);
        }
        Ok(profile)
    }

    async fn try_edit_profile(
        &self,
        user_id: Uuid,
        edit: &ProfileEdit,
        at: Timestamp,
        tell: &impl Fn(&[&'static str]) -> Effects,
    ) -> Result<(Option<Profile>, Option<Effects>), StoreError> {
        let transaction = self.begin(&self.write).await?;
        let user = account::lock(&transaction, user_id).await?;
        let Some(mut user) = user else {
            return Ok((None, None));
        };
        let picture = avatar::Entity::find_by_id(user_id).one(&transaction).await?;
        let changes = edit.changes(&user);
        if changes.is_empty() {
            return Ok((Some(account::profile(&user, picture)?), None));
        }
        if let Some(name) = &edit.display_name {
            user.display_name.clone_from(name);
        }
        if let Some(locale) = &edit.locale {
            user.locale = locale.as_ref().map(ToString::to_string);
        }
        user::Entity::update_many()
            .col_expr(user::Column::DisplayName, Expr::value(user.display_name.clone()))
            .col_expr(user::Column::Locale, Expr::value(user.locale.clone()))
            .col_expr(user::Column::UpdatedAt, Expr::value(at.as_micros()))
            .filter(user::Column::Id.eq(user_id))
            .exec(&transaction)
            .await?;
        let effects = tell(&changes);
        acting_session::recheck(&transaction, effects.acting_session).await?;
        effects::write(&transaction, &effects).await?;
        transaction.commit().await?;
        Ok((Some(account::profile(&user, picture)?), Some(effects)))
    }
}
