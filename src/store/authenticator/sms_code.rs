//! Codes by SMS: written with the message that carries them, tried and spent.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::factor::{Factor, Flow, FlowPurpose};
use crate::store::authenticator::sms_limit::{self, Counted, Exceeded, SmsCount};
use crate::store::entity::sms_code::{ActiveModel, Column, Entity};
use crate::store::entity::{sms_authenticator, sms_send};
use crate::store::{Decision, Effects, Store, StoreError, Tx, account, authenticator::enrolled};

/// The number of tries after which a code no longer works.
const MAX_TRIES: i64 = 5;

/// A code to be written; its message is in the effects.
#[derive(Clone, Debug)]
pub struct NewSmsCode {
    /// Of the entry that the limits count.
    pub send_id: Uuid,
    pub user_id: Uuid,
    pub flow: Flow,
    pub sealed: Vec<u8>,
    pub number: CodeNumber,
    pub count: SmsCount,
    pub at: Timestamp,
    pub expires_at: Timestamp,
    pub effects: Effects,
}

/// Where a code goes.
#[derive(Clone, Debug)]
pub enum CodeNumber {
    /// To the account's number, if it is the one that was confirmed at that time.
    Confirmed { at: Timestamp },
    /// To a number that the code is to confirm.
    New { sealed: Vec<u8>, session_id: Uuid },
}

/// The outcome of [`Store::write_sms_code`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmsCodeOutcome {
    Written,
    /// The number is another one by now, or there is no factor left that SMS may stand beside.
    NotEnrolled,
    Limited(Exceeded),
}

/// A try at a code that was counted, and may be compared.
#[derive(Clone, Debug)]
pub struct CodeTry {
    pub sealed: Vec<u8>,
    /// The number that the code confirms, if it is for that.
    pub number_sealed: Option<Vec<u8>>,
}

/// A code that was right.
#[derive(Clone, Debug)]
pub struct SpentCode {
    pub user_id: Uuid,
    pub flow: Flow,
    /// As it was when it was compared: a new one may have replaced it.
    pub sealed: Vec<u8>,
    pub at: Timestamp,
}

impl Store {
    /// Writes a code in place of the flow's last one, with its message, if no limit forbids it.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed, as with every outcome but [`SmsCodeOutcome::Written`].
    pub async fn write_sms_code(&self, new: &NewSmsCode) -> Result<SmsCodeOutcome, StoreError> {
        let counted = Counted { user_id: new.user_id, flow_id: new.flow.id, by: &new.count, at: new.at };
        let sending = self
            .transact(|tx| async move {
                let Some(epoch) = may_receive(&tx, new).await? else {
                    return Ok(Decision::Rollback(SmsCodeOutcome::NotEnrolled));
                };
                if let Some(exceeded) = sms_limit::exceeded(&tx, &counted).await? {
                    return Ok(Decision::Rollback(SmsCodeOutcome::Limited(exceeded)));
                }
                count_replaced(&tx, new.flow).await?;
                put(&tx, new, epoch).await?;
                count_send(&tx, new).await?;
                tx.record(&new.effects).await?;
                Ok(Decision::Commit(SmsCodeOutcome::Written))
            })
            .await?;
        if let SmsCodeOutcome::Limited(Exceeded { rule, .. }) = sending {
            self.metrics.rate_limited.with_label_values(&[rule.as_str()]).inc();
        }
        Ok(sending)
    }

    /// Counts a try at a flow's code, before it is compared: however many come at once, on however many
    /// nodes, no more are compared than may be. `None` if there is no code that could be right.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn try_sms_code(
        &self,
        user_id: Uuid,
        flow: Flow,
        now: Timestamp,
    ) -> Result<Option<CodeTry>, StoreError> {
        self.retrying(async || {
            // A single statement is its own transaction.
            let tried = Entity::update_many()
                .col_expr(Column::Tries, Expr::col(Column::Tries).add(1))
                .filter(open(user_id, flow, now))
                .filter(Column::Tries.lt(MAX_TRIES))
                .exec_with_returning(&self.write)
                .await?;
            let tried = tried.into_iter().next();
            Ok(tried.map(|row| CodeTry { sealed: row.sealed, number_sealed: row.number_sealed }))
        })
        .await
    }
}

/// Spends a code that went to the account's number; `false` if it was spent before, or the number is gone: then the
/// transaction must not be committed.
pub(in crate::store) async fn spend_of_number(tx: &Tx, spent: &SpentCode) -> Result<bool, StoreError> {
    use sms_authenticator::Column as Number;
    if !spend(tx, spent).await? {
        return Ok(false);
    }
    let used = sms_authenticator::Entity::update_many()
        .col_expr(Number::LastUsedAt, Expr::value(spent.at))
        .filter(Number::UserId.eq(spent.user_id))
        .filter(Number::ConfirmedAt.is_not_null())
        .exec(tx)
        .await?;
    Ok(used.rows_affected > 0)
}

/// The credential epoch of a user who may get this code. Locks the user, so that factors neither come nor go
/// meanwhile.
async fn may_receive(tx: &Tx, new: &NewSmsCode) -> Result<Option<i64>, StoreError> {
    let Some(user) = account::lock_active(tx, new.user_id).await? else {
        return Ok(None);
    };
    tx.recheck_acting_session(&new.effects).await?;
    let factors = enrolled::of_user(tx, new.user_id).await?;
    let epoch = factors.is_enrolled().then_some(user.credential_epoch);
    let at = match &new.number {
        CodeNumber::Confirmed { at } => *at,
        CodeNumber::New { .. } => return Ok(epoch),
    };
    let number = sms_authenticator::Entity::find_by_id(new.user_id).one(tx).await?;
    let is_the_same = number.is_some_and(|row| row.confirmed_at == Some(at));
    Ok(epoch.filter(|_| is_the_same))
}

/// Counts the enrollment whose code the next one replaces, if it was never confirmed.
async fn count_replaced(tx: &Tx, flow: Flow) -> Result<(), StoreError> {
    if Entity::find_by_id(flow.id).filter(unconfirmed()).one(tx).await?.is_some() {
        tx.count_abandoned(Factor::Sms, 1);
    }
    Ok(())
}

/// Writes what the limits count from now on.
async fn count_send(tx: &Tx, new: &NewSmsCode) -> Result<(), StoreError> {
    let send = sms_send::ActiveModel {
        id: Set(new.send_id),
        user_id: Set(Some(new.user_id)),
        phone_hash: Set(new.count.phone_hash.to_vec()),
        network_hash: Set(new.count.network_hash.map(Vec::from)),
        created_at: Set(new.at),
    };
    sms_send::Entity::insert(send).exec_without_returning(tx).await?;
    Ok(())
}

/// Writes the code in the place of the flow's last one: there is one row for each flow.
async fn put(tx: &Tx, new: &NewSmsCode, credential_epoch: i64) -> Result<(), StoreError> {
    let (number_sealed, session_id) = match &new.number {
        CodeNumber::Confirmed { .. } => (None, None),
        CodeNumber::New { sealed, session_id } => (Some(sealed.clone()), Some(*session_id)),
    };
    let row = ActiveModel {
        flow_id: Set(new.flow.id),
        user_id: Set(new.user_id),
        purpose: Set(new.flow.purpose.into()),
        sealed: Set(new.sealed.clone()),
        number_sealed: Set(number_sealed),
        tries: Set(0),
        created_at: Set(new.at),
        expires_at: Set(new.expires_at),
        used_at: Set(None),
        session_id: Set(session_id),
        credential_epoch: Set(Some(credential_epoch)),
    };
    let replace = OnConflict::column(Column::FlowId)
        .update_columns([
            Column::UserId,
            Column::Purpose,
            Column::Sealed,
            Column::NumberSealed,
            Column::Tries,
            Column::CreatedAt,
            Column::ExpiresAt,
            Column::UsedAt,
            Column::SessionId,
            Column::CredentialEpoch,
        ])
        .to_owned();
    Entity::insert(row).on_conflict(replace).exec_without_returning(tx).await?;
    Ok(())
}

/// Compare and swap: of those who were right at once, one finds the code unspent.
pub(in crate::store) async fn spend(tx: &Tx, spent: &SpentCode) -> Result<bool, StoreError> {
    let updated = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(spent.at))
        .filter(open(spent.user_id, spent.flow, spent.at))
        .filter(Column::Sealed.eq(spent.sealed.clone()))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected > 0)
}

/// Whether this session named the number, and the user still has the credentials of that time.
pub(in crate::store) async fn waits_for(
    tx: &Tx,
    spent: &SpentCode,
    session_id: Uuid,
    credential_epoch: i64,
) -> Result<bool, StoreError> {
    let found = Entity::find_by_id(spent.flow.id)
        .filter(Column::UserId.eq(spent.user_id))
        .filter(Column::SessionId.eq(session_id))
        .filter(Column::CredentialEpoch.eq(credential_epoch));
    Ok(found.one(tx).await?.is_some())
}

/// Deletes all codes that a user was sent, and with them an enrollment that was begun and not confirmed.
pub(in crate::store) async fn forget(tx: &Tx, user_id: Uuid) -> Result<(), StoreError> {
    let theirs = || Entity::delete_many().filter(Column::UserId.eq(user_id));
    let abandoned = theirs().filter(unconfirmed()).exec(tx).await?;
    tx.count_abandoned(Factor::Sms, abandoned.rows_affected);
    theirs().exec(tx).await?;
    Ok(())
}

/// Of an enrollment that was begun and not confirmed.
fn unconfirmed() -> Condition {
    Condition::all().add(Column::Purpose.eq(FlowPurpose::Enrollment)).add(Column::UsedAt.is_null())
}

/// A code works only for the flow, user and purpose that it was made for (ASVS 5.0 §6.6.2).
fn open(user_id: Uuid, flow: Flow, now: Timestamp) -> Condition {
    let to_confirm = flow.purpose == FlowPurpose::Enrollment;
    Condition::all()
        .add(Column::FlowId.eq(flow.id))
        .add(Column::UserId.eq(user_id))
        .add(Column::Purpose.eq(flow.purpose))
        .add(if to_confirm { Column::NumberSealed.is_not_null() } else { Column::NumberSealed.is_null() })
        .add(Column::UsedAt.is_null())
        .add(Column::ExpiresAt.gt(now))
}
