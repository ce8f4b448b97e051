//! Messages that wait to leave.

use sea_orm::sea_query::{Expr, ExprTrait, Func, LockBehavior, LockType};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::message_state::MessageState;
use crate::model::notice::Channel;
use crate::store::credential::one_time_token::{self, NewOneTimeToken};
use crate::store::database::word::StoredWord;
use crate::store::entity::outbox::{ActiveModel, Column, Entity, Model};
use crate::store::{Decision, Store, StoreError, Tx, account};

/// How much waits to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// The channel that the messages are for.
    pub channel: Channel,
    /// How many messages wait, those for a later attempt included.
    pub messages: i64,
    /// When the oldest of them was written; those that were put off on purpose do not count until they are due.
    pub since: Timestamp,
}

/// A message to be written.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// A UUIDv7, by which the value is sealed.
    pub id: Uuid,
    /// How it is sent.
    pub channel: Channel,
    /// The name of its [notice](crate::model::notice::Notice::template), for reports without opening the seal.
    pub template: &'static str,
    /// The user whose quota it counts against; absent for an address without an account.
    pub user_id: Option<Uuid>,
    /// Recipient and contents, sealed for the row `outbox/ID`.
    pub sealed: Vec<u8>,
    /// When it was composed.
    pub at: Timestamp,
    /// After this moment it would be of no use, and is not sent.
    pub expires_at: Option<Timestamp>,
    /// A warning to an address that is not proven: it is not written.
    pub is_withheld: bool,
    /// The link in the message that is written with it, if no other part of the change writes it.
    pub link: Option<NewOneTimeToken>,
}

/// A message that one node has taken, for as long as its lease lasts.
#[derive(Clone, Debug)]
pub struct DueMessage {
    /// The row, which the value is sealed for.
    pub id: Uuid,
    /// How it is sent.
    pub channel: Channel,
    /// As in [`NewMessage`]; perhaps one of a newer version.
    pub template: String,
    /// The user whose quota it counts against.
    pub user_id: Option<Uuid>,
    /// Absent only where it was removed by hand.
    pub sealed: Option<Vec<u8>>,
    /// This one included.
    pub attempts: u32,
    /// When it was composed.
    pub created_at: Timestamp,
    /// After this moment it is not sent.
    pub expires_at: Option<Timestamp>,
}

/// The outcome of an attempt to send a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// The relay or provider has accepted it.
    Sent,
    /// It would no longer have been of use.
    Expired,
    /// Its quota was used up.
    OverQuota,
    /// Given up, for this reason. It keeps its contents, so that an operator may have it tried again.
    Dead(String),
    /// It failed, and is tried again.
    Again {
        /// The earliest moment of the next attempt.
        at: Timestamp,
        /// The error, for operators.
        reason: String,
    },
    /// A warning of its kind has left within this hour: it waits for the end of it, in place of those of its kind
    /// that wait already.
    Postponed {
        /// The end of the hour.
        at: Timestamp,
    },
}

impl SendOutcome {
    const fn state(&self) -> MessageState {
        match self {
            Self::Sent => MessageState::Sent,
            Self::Expired => MessageState::Expired,
            Self::OverQuota => MessageState::OverQuota,
            Self::Dead(_) => MessageState::Dead,
            Self::Again { .. } | Self::Postponed { .. } => MessageState::Pending,
        }
    }

    fn reason(&self) -> Option<&str> {
        match self {
            Self::Dead(reason) | Self::Again { reason, .. } => Some(reason),
            Self::Sent | Self::Expired | Self::OverQuota | Self::Postponed { .. } => None,
        }
    }
}

impl Store {
    /// Waits until messages have been written on this node since the last call.
    pub async fn outbox_filled(&self) {
        self.outbox_filled.notified().await;
    }

    /// What waits, of each channel of which something does.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn backlog(&self, now: Timestamp) -> Result<Vec<Backlog>, StoreError> {
        let rows: Vec<(StoredWord<Channel>, i64, Timestamp)> = self
            .bounded(async {
                let waiting = Entity::find().filter(Column::State.eq(MessageState::Pending)).select_only();
                let counted = waiting
                    .column(Column::Channel)
                    .column_as(Column::Id.count(), "messages")
                    .expr_as(Func::min(waiting_since(now)), "since");
                Ok(counted.group_by(Column::Channel).into_tuple().all(&self.read).await?)
            })
            .await?;
        let backlog = rows.into_iter().filter_map(|(channel, messages, since)| {
            Some(Backlog { channel: channel.known()?, messages, since })
        });
        Ok(backlog.collect())
    }

    /// Takes up to `count` messages that are due, the longest due first; until `lease_end` no other node
    /// takes them. Each taking counts as a try, so that a message that kills its sender ends as well.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn take_messages(
        &self,
        now: Timestamp,
        lease_end: Timestamp,
        count: usize,
    ) -> Result<Vec<DueMessage>, StoreError> {
        // Looking is cheap; a transaction that writes would keep SQLite's only writer from its work.
        let is_any_due = self.bounded(async {
            let found = Entity::find().select_only().column(Column::Id).filter(due(now)).limit(1);
            Ok(found.into_tuple::<Uuid>().one(&self.read).await?.is_some())
        });
        if !is_any_due.await? {
            return Ok(Vec::new());
        }
        self.transact(|tx| async move {
            let rows = Entity::find()
                .filter(due(now))
                .order_by_asc(Column::NextAttemptAt)
                .limit(count as u64)
                .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
                .all(&tx)
                .await?;
            if rows.is_empty() {
                return Ok(Decision::Rollback(Vec::new()));
            }
            Entity::update_many()
                .col_expr(Column::NextAttemptAt, Expr::value(lease_end))
                .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
                .filter(Column::Id.is_in(rows.iter().map(|row| row.id)))
                .exec(&tx)
                .await?;
            Ok(Decision::Commit(rows.into_iter().filter_map(taken).collect()))
        })
        .await
    }

    /// Writes the outcome of a message, unless its lease had ended and another node took it.
    ///
    /// # Errors
    /// [`StoreError`]; then it is sent again when its lease ends.
    pub async fn finish_message(
        &self,
        message: &DueMessage,
        outcome: &SendOutcome,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if let SendOutcome::Postponed { at } = outcome {
            return self.postpone(message, *at, now).await;
        }
        self.retrying(|| self.close_message(message, outcome, now)).await
    }

    /// A single statement, which is a transaction of its own.
    async fn close_message(
        &self,
        message: &DueMessage,
        outcome: &SendOutcome,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut update = Entity::update_many()
            .col_expr(Column::State, Expr::value(outcome.state()))
            .col_expr(Column::LastError, Expr::value(outcome.reason().map(str::to_owned)));
        if let SendOutcome::Again { at, .. } = outcome {
            update = update.col_expr(Column::NextAttemptAt, Expr::value(*at));
        } else {
            update = update.col_expr(Column::FinishedAt, Expr::value(now));
        }
        if matches!(outcome, SendOutcome::Sent | SendOutcome::Expired | SendOutcome::OverQuota) {
            // The contents are no longer needed.
            update = update.col_expr(Column::Sealed, Expr::value(None::<Vec<u8>>));
        }
        update.filter(ours(message)).exec(&self.write).await?;
        Ok(())
    }

    /// Of the warnings of one kind that wait for the end of the hour only the youngest stays.
    async fn postpone(&self, message: &DueMessage, at: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        self.transact(|tx| async move {
            // Locked: of several that are postponed at once, each sees those before it.
            if let Some(user_id) = message.user_id {
                account::lock(&tx, user_id).await?;
            }
            let waiting = Condition::all()
                .add(Column::UserId.eq(message.user_id))
                .add(Column::Template.eq(message.template.as_str()))
                .add(Column::State.eq(MessageState::Pending))
                .add(Column::NextAttemptAt.eq(at));
            let younger = Entity::find().select_only().column(Column::Id).filter(waiting.clone());
            let younger = younger.filter(Column::Id.gt(message.id)).into_tuple::<Uuid>().one(&tx).await?;
            let older = waiting.add(Column::Id.lt(message.id));
            collapse(&tx, if younger.is_some() { ours(message) } else { older }, now).await?;
            if younger.is_none() {
                Entity::update_many()
                    .col_expr(Column::NextAttemptAt, Expr::value(at))
                    // To wait is no failed attempt.
                    .col_expr(Column::Attempts, Expr::col(Column::Attempts).sub(1))
                    .filter(ours(message))
                    .exec(&tx)
                    .await?;
            }
            Ok(Decision::Commit(()))
        })
        .await
    }
}

/// The message, while no other node has taken it.
fn ours(message: &DueMessage) -> Condition {
    Condition::all()
        .add(Column::Id.eq(message.id))
        .add(Column::State.eq(MessageState::Pending))
        .add(Column::Attempts.eq(i64::from(message.attempts)))
}

/// A younger one of their kind takes their place.
async fn collapse(tx: &Tx, messages: Condition, now: Timestamp) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(MessageState::Collapsed))
        .col_expr(Column::Sealed, Expr::value(None::<Vec<u8>>))
        .col_expr(Column::FinishedAt, Expr::value(now))
        .filter(messages)
        .exec(tx)
        .await?;
    Ok(())
}

/// Since when a message has waited. One that was put off to a later time on purpose does not wait yet.
fn waiting_since(now: Timestamp) -> Expr {
    let waits = Condition::any().add(Column::NextAttemptAt.lte(now)).add(Column::Attempts.gt(0));
    Expr::case(waits, Expr::col(Column::CreatedAt)).finally(Expr::value(now)).into()
}

fn due(now: Timestamp) -> Condition {
    Condition::all()
        .add(Column::State.eq(MessageState::Pending))
        .add(Column::NextAttemptAt.lte(now))
        // A node of a later version may know further ones: these are left to it.
        .add(Column::Channel.is_in(Channel::ALL))
}

fn taken(row: Model) -> Option<DueMessage> {
    Some(DueMessage {
        id: row.id,
        channel: row.channel.known()?,
        template: row.template,
        user_id: row.user_id,
        sealed: row.sealed,
        attempts: u32::try_from(row.attempts + 1).unwrap_or(u32::MAX),
        created_at: row.created_at,
        expires_at: row.expires_at,
    })
}

/// Writes messages in the transaction of the change that they tell of.
pub(in crate::store) async fn insert(tx: &Tx, messages: &[NewMessage]) -> Result<(), StoreError> {
    let rows: Vec<ActiveModel> = messages.iter().filter(|message| !message.is_withheld).map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    Entity::insert_many(rows).exec_without_returning(tx).await?;
    for message in messages.iter().filter(|message| !message.is_withheld) {
        if let Some(link) = &message.link {
            one_time_token::insert(tx, link).await?;
        }
    }
    Ok(())
}

fn row(message: &NewMessage) -> ActiveModel {
    ActiveModel {
        id: Set(message.id),
        channel: Set(message.channel.into()),
        template: Set(message.template.to_owned()),
        user_id: Set(message.user_id),
        sealed: Set(Some(message.sealed.clone())),
        state: Set(MessageState::Pending.into()),
        attempts: Set(0),
        created_at: Set(message.at),
        next_attempt_at: Set(message.at),
        expires_at: Set(message.expires_at),
        finished_at: Set(None),
        last_error: Set(None),
    }
}
