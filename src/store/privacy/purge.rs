//! Deleting what is over its time, some rows at a time.
//!
//! Each batch is one statement and so its own transaction: a purge that is killed has done whole batches,
//! and one that runs twice at once deletes each row once. On PostgreSQL a batch passes over rows that
//! another one holds, so that neither waits for the other.

use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoSimpleExpr, Order, QueryFilter};

use crate::clock::Timestamp;
use crate::model::security_event::EventKind;
use crate::store::entity::{
    device_attempt, invitation, login_challenge, one_time_token, outbox, pending_registration, quota_usage,
    security_event, session_family, sms_code, sms_send, stranger_count, trusted_device, webauthn_ceremony,
    webauthn_ceremony_use,
};
use crate::store::{Store, StoreError};

/// What is deleted: rows that were over before this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stale {
    /// Audit entries, but those of failed logins.
    SecurityEvents {
        before: Timestamp,
    },
    FailedLogins {
        before: Timestamp,
    },
    /// Families that ended or expired before the first moment and whose absolute expiry lies before the
    /// second: until then their tokens are told from those that never were.
    Sessions {
        over_before: Timestamp,
        expired_before: Timestamp,
    },
    /// From their expiry, also when they were spent long before: what was spent stays known as long as it
    /// could be presented.
    OneTimeTokens {
        before: Timestamp,
    },
    /// Logins that waited for a second factor, from their expiry, like links.
    LoginChallenges {
        before: Timestamp,
    },
    /// Devices that are trusted no longer, from their expiry.
    TrustedDevices {
        before: Timestamp,
    },
    /// Wrong passwords of known devices whose tokens are over.
    DeviceAttempts {
        before: Timestamp,
    },
    /// From their expiry, with their links.
    Invitations {
        before: Timestamp,
    },
    /// Of addresses that are not proven, from their expiry.
    PendingRegistrations {
        before: Timestamp,
    },
    /// Of passkeys, from their expiry, spent or not.
    Ceremonies {
        before: Timestamp,
    },
    /// Uses of ceremonies, from their expiry.
    CeremonyUses {
        before: Timestamp,
    },
    /// Counts of the minutes before this one.
    StrangerCounts {
        before: Timestamp,
    },
    /// Messages that were sent or given up.
    Messages {
        before: Timestamp,
    },
    /// Counts of the days before this one (days since the Unix epoch, UTC).
    Quotas {
        before_day: i64,
    },
    /// From their expiry.
    SmsCodes {
        before: Timestamp,
    },
    /// What no limit counts any more.
    SmsSends {
        before: Timestamp,
    },
}

impl Store {
    /// Deletes up to `limit` rows; fewer than that mean that none is left, or that another purge has the
    /// rest in hand.
    ///
    /// # Errors
    /// [`StoreError`]; then none of this batch is deleted.
    pub async fn purge(&self, stale: Stale, limit: u64) -> Result<u64, StoreError> {
        self.retrying(|| self.try_purge(stale, limit)).await
    }

    async fn try_purge(&self, stale: Stale, limit: u64) -> Result<u64, StoreError> {
        use security_event::Column as Event;
        // Written out, so that both databases see that the index of failed logins is meant.
        let failed = format!("kind = '{}'", EventKind::LoginFailed.as_str());
        match stale {
            Stale::SecurityEvents { before } => {
                let which = Event::CreatedAt
                    .lt(before.as_micros())
                    .and(Event::Kind.ne(EventKind::LoginFailed.as_str()));
                // The oldest first: what is left of an account's entries is never older than what is gone.
                let mut batch = batch::<security_event::Entity>(&[Event::Id], which.into(), limit);
                batch.order_by(Event::CreatedAt, Order::Asc);
                self.delete_batch::<security_event::Entity>(&[Event::Id], batch).await
            }
            Stale::FailedLogins { before } => {
                let which = Event::CreatedAt.lt(before.as_micros()).and(Expr::cust(failed));
                self.delete::<security_event::Entity>(&[Event::Id], which.into(), limit).await
            }
            Stale::Sessions { over_before, expired_before } => {
                let which = over(over_before, expired_before);
                self.delete::<session_family::Entity>(&[session_family::Column::Id], which, limit).await
            }
            Stale::OneTimeTokens { before } => {
                let which = one_time_token::Column::ExpiresAt.lt(before.as_micros());
                self.delete::<one_time_token::Entity>(&[one_time_token::Column::Id], which.into(), limit)
                    .await
            }
            Stale::LoginChallenges { before } => {
                let which = login_challenge::Column::ExpiresAt.lt(before.as_micros());
                self.delete::<login_challenge::Entity>(&[login_challenge::Column::Id], which.into(), limit)
                    .await
            }
            Stale::TrustedDevices { before } => {
                let which = trusted_device::Column::ExpiresAt.lt(before.as_micros());
                self.delete::<trusted_device::Entity>(&[trusted_device::Column::Id], which.into(), limit)
                    .await
            }
            Stale::DeviceAttempts { before } => {
                let which = device_attempt::Column::LastTriedAt.lt(before.as_micros());
                let key = [device_attempt::Column::DeviceId];
                self.delete::<device_attempt::Entity>(&key, which.into(), limit).await
            }
            Stale::Invitations { before } => {
                let which = invitation::Column::ExpiresAt.lt(before.as_micros());
                self.delete::<invitation::Entity>(&[invitation::Column::Id], which.into(), limit).await
            }
            Stale::Ceremonies { before } => {
                let (key, expires_at) =
                    ([webauthn_ceremony::Column::Id], webauthn_ceremony::Column::ExpiresAt);
                let which = expires_at.lt(before.as_micros());
                self.delete::<webauthn_ceremony::Entity>(&key, which.into(), limit).await
            }
            Stale::CeremonyUses { before } => {
                let which = webauthn_ceremony_use::Column::ExpiresAt.lt(before.as_micros());
                let key = [webauthn_ceremony_use::Column::Id];
                self.delete::<webauthn_ceremony_use::Entity>(&key, which.into(), limit).await
            }
            Stale::StrangerCounts { before } => {
                use stranger_count::Column as Count;
                let (key, which) =
                    ([Count::Minute, Count::Kind, Count::Network], Count::Minute.lt(before.as_micros()));
                self.delete::<stranger_count::Entity>(&key, which.into(), limit).await
            }
            Stale::Messages { before } => {
                let which = outbox::Column::FinishedAt.lt(before.as_micros());
                self.delete::<outbox::Entity>(&[outbox::Column::Id], which.into(), limit).await
            }
            Stale::Quotas { before_day } => {
                let key = [quota_usage::Column::Scope, quota_usage::Column::Day];
                let which = quota_usage::Column::Day.lt(before_day);
                self.delete::<quota_usage::Entity>(&key, which.into(), limit).await
            }
            Stale::SmsCodes { before } => {
                let which = sms_code::Column::ExpiresAt.lt(before.as_micros());
                self.delete::<sms_code::Entity>(&[sms_code::Column::FlowId], which.into(), limit).await
            }
            Stale::PendingRegistrations { before } => {
                use pending_registration::{Column, Entity};
                let which = Column::ExpiresAt.lt(before.as_micros());
                self.delete::<Entity>(&[Column::Id], which.into(), limit).await
            }
            Stale::SmsSends { before } => {
                let which = sms_send::Column::CreatedAt.lt(before.as_micros());
                self.delete::<sms_send::Entity>(&[sms_send::Column::Id], which.into(), limit).await
            }
        }
    }

    async fn delete<E: EntityTrait>(
        &self,
        key: &[E::Column],
        which: Condition,
        limit: u64,
    ) -> Result<u64, StoreError> {
        self.delete_batch::<E>(key, batch::<E>(key, which, limit)).await
    }

    async fn delete_batch<E: EntityTrait>(
        &self,
        key: &[E::Column],
        batch: SelectStatement,
    ) -> Result<u64, StoreError> {
        let keys = Expr::tuple(key.iter().map(|column| column.into_simple_expr()));
        let delete = E::delete_many().filter(keys.in_subquery(batch));
        Ok(delete.exec(&self.write).await?.rows_affected)
    }
}

/// The keys of up to `limit` rows that nobody else has locked.
fn batch<E: EntityTrait>(key: &[E::Column], which: Condition, limit: u64) -> SelectStatement {
    Query::select()
        .exprs(key.iter().map(|column| column.into_simple_expr()))
        .from(E::default())
        .cond_where(which)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .to_owned()
}

/// An expiry that nobody observed is an end as well. Idle expiry is never later than the absolute one.
fn over(over_before: Timestamp, expired_before: Timestamp) -> Condition {
    use session_family::Column;
    let ended = Column::RevokedAt.lt(over_before.as_micros());
    let expired = Column::RevokedAt.is_null().and(Column::IdleExpiresAt.lt(over_before.as_micros()));
    Condition::all()
        .add(Column::ExpiresAt.lt(expired_before.as_micros()))
        .add(Condition::any().add(ended).add(expired))
}
