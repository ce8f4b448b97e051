//! What was sent by SMS, counted against its limits in the transaction of the next code.

use std::time::Duration;

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::sms_limit::{RESEND_PAUSE, SendWindow, SmsLimits, SmsRule, day, rest_of_day};
use crate::store::entity::{quota_usage, sms_code, sms_send};
use crate::store::{StoreError, Tx};

/// The quota for all, beside those that the outbox counts by what has left.
const SCOPE: &str = "sms_codes";

/// What a code is counted by.
#[derive(Clone, Debug)]
pub struct SmsCount {
    pub phone_hash: [u8; 32],
    /// Absent where the client's address is unknown.
    pub network_hash: Option<[u8; 32]>,
    pub limits: SmsLimits,
}

/// A code that is to be counted.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Counted<'a> {
    pub user_id: Uuid,
    pub flow_id: Uuid,
    pub by: &'a SmsCount,
    pub at: Timestamp,
}

/// A limit that is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded {
    pub rule: SmsRule,
    /// When the next code may be asked for.
    pub retry_after: Duration,
}

/// The first limit that forbids one code more, if any does. If none does, it is counted.
pub(in crate::store) async fn exceeded(tx: &Tx, new: &Counted<'_>) -> Result<Option<Exceeded>, StoreError> {
    // First, since it holds up all other codes until the commit: only so are the counts below exact.
    if count_for_all(tx, new.at).await? > new.by.limits.global_day {
        let retry_after = rest_of_day(new.at);
        return Ok(Some(Exceeded { rule: SmsRule::Global, retry_after }));
    }
    if let Some(retry_after) = pause(tx, new).await? {
        return Ok(Some(Exceeded { rule: SmsRule::Resend, retry_after }));
    }
    for window in new.by.limits.windows() {
        let Some(theirs) = theirs(window.rule, new) else { continue };
        if let Some(retry_after) = wait(tx, window, theirs, new.at).await? {
            return Ok(Some(Exceeded { rule: window.rule, retry_after }));
        }
    }
    Ok(None)
}

/// Which codes a rule counts together.
fn theirs(rule: SmsRule, new: &Counted<'_>) -> Option<Condition> {
    use sms_send::Column;
    match rule {
        SmsRule::Number => Some(Column::PhoneHash.eq(new.by.phone_hash.to_vec()).into()),
        SmsRule::User => Some(Column::UserId.eq(new.user_id).into()),
        SmsRule::Network => new.by.network_hash.map(|hash| Column::NetworkHash.eq(hash.to_vec()).into()),
        SmsRule::Resend | SmsRule::Global => None,
    }
}

/// How many codes this is the last of today; they wait for each other here.
async fn count_for_all(tx: &Tx, at: Timestamp) -> Result<u64, StoreError> {
    use quota_usage::{ActiveModel, Column, Entity};
    let one =
        ActiveModel { scope: Set(SCOPE.to_owned()), day: Set(day(at)), used: Set(1), user_id: Set(None) };
    let add = OnConflict::columns([Column::Scope, Column::Day])
        .value(Column::Used, Expr::col((Entity, Column::Used)).add(1))
        .to_owned();
    let counted = Entity::insert(one).on_conflict(add).exec_with_returning(tx).await?;
    Ok(u64::try_from(counted.used).unwrap_or(u64::MAX))
}

/// How long until the flow may have another code.
async fn pause(tx: &Tx, new: &Counted<'_>) -> Result<Option<Duration>, StoreError> {
    let last = sms_code::Entity::find_by_id(new.flow_id)
        .filter(sms_code::Column::CreatedAt.gt(new.at.minus(RESEND_PAUSE)))
        .one(tx)
        .await?;
    let until = |row: sms_code::Model| row.created_at.plus(RESEND_PAUSE);
    Ok(last.map(|row| until(row).since(new.at)))
}

/// How long until a window has room. It is full while the code that stands as many places back as it holds lies
/// within it.
async fn wait(
    tx: &Tx,
    window: SendWindow,
    theirs: Condition,
    at: Timestamp,
) -> Result<Option<Duration>, StoreError> {
    let Some(back) = window.most.checked_sub(1) else {
        return Ok(Some(window.span));
    };
    let first = sms_send::Entity::find()
        .select_only()
        .column(sms_send::Column::CreatedAt)
        .filter(theirs)
        .filter(sms_send::Column::CreatedAt.gt(at.minus(window.span)))
        .order_by_desc(sms_send::Column::CreatedAt)
        .offset(back)
        .limit(1)
        .into_tuple::<Timestamp>()
        .one(tx)
        .await?;
    Ok(first.map(|first| first.plus(window.span).since(at)))
}
