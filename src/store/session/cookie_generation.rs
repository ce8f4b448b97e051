//! Which generations of cookies the nodes have used, and with which scopes.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, QueryOrder};

use crate::clock::Timestamp;
use crate::model::cookie_generation::{CookieGeneration, CookieScope};
use crate::store::entity::cookie_generation::{ActiveModel, Column, Entity, Model};
use crate::store::{Store, StoreError};

impl Store {
    /// Records that a node uses this generation from now on, unless that is known. Gives back all that were ever used,
    /// the first one first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn use_cookie_generation(
        &self,
        generation: &CookieGeneration,
        at: Timestamp,
    ) -> Result<Vec<CookieGeneration>, StoreError> {
        self.retrying(|| async {
            let used = self.used_generations().await?;
            // A start on a database that cannot be written changes nothing, and need not fail.
            if used.contains(generation) {
                return Ok(used);
            }
            let row = ActiveModel {
                generation: Set(generation.name.clone()),
                secure: Set(generation.scope.secure),
                domain: Set(generation.scope.domain.clone().unwrap_or_default()),
                first_used_at: Set(at),
            };
            let insert = Entity::insert(row).on_conflict(OnConflict::new().do_nothing().to_owned());
            insert.exec_without_returning(&self.write).await?;
            self.used_generations().await
        })
        .await
    }

    async fn used_generations(&self) -> Result<Vec<CookieGeneration>, StoreError> {
        let used = Entity::find().order_by_asc(Column::FirstUsedAt).all(&self.write).await?;
        Ok(used.into_iter().map(read).collect())
    }
}

fn read(row: Model) -> CookieGeneration {
    let domain = Some(row.domain).filter(|domain| !domain.is_empty());
    CookieGeneration { name: row.generation, scope: CookieScope { secure: row.secure, domain } }
}
