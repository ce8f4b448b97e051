//! Messages written into the outbox as a flow would write them, without one.

use std::time::Duration;

use kindred::boot::{Core, World};
use kindred::clock::Timestamp;
use kindred::config::Config;
use kindred::model::notice::{Channel, Notice, Place};
use kindred::notification::Addressee;
use kindred::notification::quota::{Outgoing, QuotaError, Quotas, Spent};
use kindred::store::notification::outbox::NewMessage;
use kindred::store::{Effects, StoreError};
use uuid::Uuid;

use crate::support::backend::Env;
use crate::support::eventually::{DEADLINE, eventually};
use crate::support::person::write_person;
use crate::support::process::environment;
use crate::support::sql::rows;

/// A server's core, without its worker.
pub struct Writer(Core);

impl Writer {
    pub async fn of(env: &Env) -> Writer {
        let config = Config::from_sources(None, environment(&env.setup(&[]))).expect("a configuration");
        Writer(Core::start(&config, &World::default()).await.expect("it starts"))
    }

    /// Someone whom messages can be counted for.
    pub async fn user(&self) -> Uuid {
        write_person(&self.0.store, self.now()).await
    }

    /// Commits a mail to this address.
    pub async fn mail(&self, to: &str, notice: Notice) {
        self.mail_to_user(None, to, notice).await;
    }

    /// Commits a mail that is on this user's quota.
    pub async fn mail_to_user(&self, user_id: Option<Uuid>, to: &str, notice: Notice) {
        let addressee = Addressee { user_id, ..someone(to) };
        let message = self.0.composer.mail(&addressee, notice).expect("it is sealed");
        self.write(vec![message]).await.expect("it is written");
    }

    /// Commits a mail to an address that no one has proven.
    pub async fn mail_to_unproven(&self, user_id: Option<Uuid>, to: &str, notice: Notice) {
        let addressee = Addressee { user_id, is_proven: false, ..someone(to) };
        let message = self.0.composer.mail(&addressee, notice).expect("it is sealed");
        self.write(vec![message]).await.expect("it is written");
    }

    /// Counts a message to this user as one that is about to leave.
    pub async fn spend(&self, channel: Channel, user: Uuid) -> Result<Spent, QuotaError> {
        let recipient = self.0.composer.recipient(&user.to_string());
        let notice = link("x");
        let outgoing =
            Outgoing { channel, user: Some(user), notice: &notice, recipient, known_device: false };
        self.quotas().spend(&outgoing).await
    }

    /// Commits a mail that is of use until then.
    pub async fn mail_until(&self, to: &str, notice: Notice, end: Timestamp) {
        let message = self.0.composer.mail_until(&someone(to), notice, end).expect("it is sealed");
        self.write(vec![message]).await.expect("it is written");
    }

    /// Commits an SMS with this code.
    pub async fn sms(&self, to: &str, code: &str, end: Timestamp) {
        let notice = Notice::SmsCode { code: code.to_owned(), expires_in: Duration::from_secs(600) };
        let message = self.0.composer.sms_until(&someone(to), notice, end).expect("it is sealed");
        self.write(vec![message]).await.expect("it is written");
    }

    pub fn sealed(&self, to: &str, notice: Notice) -> NewMessage {
        self.0.composer.mail(&someone(to), notice).expect("it is sealed")
    }

    /// In one transaction, which commits or not.
    pub async fn write(&self, messages: Vec<NewMessage>) -> Result<(), StoreError> {
        self.0.store.record(&Effects { messages, ..Effects::default() }).await
    }

    pub fn quotas(&self) -> &Quotas {
        &self.0.quotas
    }

    pub fn now(&self) -> Timestamp {
        self.0.composer.clock.now()
    }

    pub async fn stop(self) {
        self.0.stop().await;
    }
}

pub fn someone(to: &str) -> Addressee {
    Addressee { to: to.to_owned(), is_proven: true, ..Addressee::default() }
}

/// What someone has asked for.
pub fn link(token: &str) -> Notice {
    Notice::VerifyEmail {
        link: format!("http://id.example/account/verify-email?token={token}"),
        expires_in: Duration::from_secs(86_400),
    }
}

/// What the owner of an address gets that someone else has tried to register.
pub fn taken() -> Notice {
    Notice::AddressTaken { reset_link: "http://id.example/account/forgot-password".to_owned() }
}

/// What an administrator sends.
pub fn invitation() -> Notice {
    Notice::Invitation {
        link: "http://id.example/account/register?token=x".to_owned(),
        expires_in: Duration::from_secs(604_800),
        inviter: None,
        role: None,
    }
}

/// What warns.
pub fn warning() -> Notice {
    Notice::PasswordChanged { at: Timestamp::from_unix_seconds(1_795_280_400), place: Place::default() }
}

/// `STATE ATTEMPTS sealed|unsealed REASON` of each message, the oldest first.
pub fn outcomes(env: &Env) -> Vec<String> {
    let sql = "SELECT state || ' ' || CAST(attempts AS TEXT) || ' ' || \
        CASE WHEN sealed IS NULL THEN 'unsealed' ELSE 'sealed' END || ' ' || coalesce(last_error, '-') \
        FROM outbox ORDER BY created_at, id";
    rows(env, sql)
}

/// Waits until the messages have come to this.
pub async fn wait_for_outcomes(env: &Env, expected: &[&str]) {
    let mut seen = Vec::new();
    // Sooner than the wait itself gives up, to show what was there instead.
    let waited = tokio::time::timeout(DEADLINE * 3 / 4, async {
        eventually("the outcomes", async || {
            seen = outcomes(env);
            (seen == expected).then_some(())
        })
        .await;
    });
    let ended = waited.await;
    assert!(ended.is_ok(), "{seen:?}, not {expected:?}");
}
