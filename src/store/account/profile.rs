//! Changes that users make to their own profiles.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::locale::Locale;
use crate::store::account::{self, Profile};
use crate::store::entity::{avatar, user};
use crate::store::{Decision, Effects, Store, StoreError};

/// What is to be changed; what is absent stays, and `Some(None)` removes a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileEdit {
    pub display_name: Option<Option<String>>,
    pub locale: Option<Option<Locale>>,
}

impl ProfileEdit {
    /// The names of the fields that differ from the stored ones.
    fn changes(&self, user: &user::Model) -> Vec<&'static str> {
        let name = self.display_name.as_ref().is_some_and(|name| *name != user.display_name);
        let locale = self.locale.as_ref().is_some_and(|locale| *locale != user.locale);
        let named = [("display_name", name), ("locale", locale)];
        named.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }
}

impl Store {
    /// Changes a profile, and writes the effects that `tell` makes of the changed fields, if there are any. Returns
    /// the profile as it is then; `None` if there is no such user. `tell` may run more than once.
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
        let tell = &tell;
        self.transact(|tx| async move {
            let Some(mut user) = account::lock(&tx, user_id).await? else {
                return Ok(Decision::Rollback(None));
            };
            let picture = avatar::Entity::find_by_id(user_id).one(&tx).await?;
            let has_password = account::has_password(&tx, &user).await?;
            let changes = edit.changes(&user);
            if changes.is_empty() {
                return Ok(Decision::Rollback(Some(account::profile(&user, picture, has_password)?)));
            }
            if let Some(name) = &edit.display_name {
                user.display_name.clone_from(name);
            }
            if let Some(locale) = &edit.locale {
                user.locale.clone_from(locale);
            }
            user::Entity::update_many()
                .col_expr(user::Column::DisplayName, Expr::value(user.display_name.clone()))
                .col_expr(user::Column::Locale, Expr::value(user.locale.clone()))
                .col_expr(user::Column::UpdatedAt, Expr::value(at))
                .filter(user::Column::Id.eq(user_id))
                .exec(&tx)
                .await?;
            let effects = tell(&changes);
            tx.recheck_acting_session(&effects).await?;
            tx.record(&effects).await?;
            Ok(Decision::Commit(Some(account::profile(&user, picture, has_password)?)))
        })
        .await
    }
}
