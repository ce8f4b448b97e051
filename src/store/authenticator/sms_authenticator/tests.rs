//! What becomes of a number when what it stood beside goes.

use std::sync::Arc;

use sea_orm::PaginatorTrait;

use super::*;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::entropy::{OsEntropy, uuid_v7};
use crate::model::account::{Role, Roles};
use crate::model::email::Email;
use crate::model::factor::{Factors, Flow, FlowPurpose};
use crate::model::sms_limit::SmsLimits;
use crate::store::account::NewAccount;
use crate::store::authenticator::sms_code::{CodeNumber, NewSmsCode, SmsCodeOutcome};
use crate::store::authenticator::sms_limit::SmsCount;
use crate::store::entity::{sms_code as code, totp_authenticator as totp};
use crate::telemetry::metrics::Metrics;

const AT: Timestamp = Timestamp::from_unix_seconds(1_000_000);

async fn store(folder: &std::path::Path) -> Store {
    let url = format!("sqlite://{}/test.db?mode=rwc", folder.display());
    let config = Config::from_sources(None, [("KINDRED_DATABASE__URL".to_owned(), url)]).unwrap();
    let store =
        Store::connect(&config.database, Metrics::new().unwrap(), Arc::new(SystemClock)).await.unwrap();
    store.migrate_up().await.unwrap();
    store
}

/// A user with an authenticator app.
async fn user(store: &Store) -> Uuid {
    let id = uuid_v7(&OsEntropy, AT);
    let new = NewAccount {
        id,
        email: Email::parse("ada@example.com").unwrap(),
        display_name: None,
        locale: None,
        roles: Roles::of(&[Role::User]),
        email_verified: true,
        password_must_change: false,
        password_hash: None,
        at: AT,
    };
    store.create_account(&new, &Effects::default()).await.unwrap();
    let app = totp::ActiveModel {
        user_id: Set(id),
        sealed: Set(vec![0]),
        last_step: Set(0),
        created_at: Set(AT),
        confirmed_at: Set(Some(AT)),
        last_used_at: Set(None),
    };
    totp::Entity::insert(app).exec_without_returning(&store.write).await.unwrap();
    id
}

fn new_code(user_id: Uuid, flow: Flow, number: CodeNumber) -> NewSmsCode {
    let most = 9;
    let limits = SmsLimits {
        per_number_hour: most,
        per_number_day: most,
        per_user_hour: most,
        per_user_day: most,
        per_network_hour: most,
        global_day: most,
    };
    NewSmsCode {
        send_id: uuid_v7(&OsEntropy, AT),
        user_id,
        flow,
        sealed: vec![1],
        number,
        count: SmsCount { phone_hash: [0; 32], network_hash: None, limits },
        at: AT,
        expires_at: AT.plus(std::time::Duration::from_secs(600)),
        effects: Effects::default(),
    }
}

/// Names a number, and confirms it.
async fn enroll(store: &Store, user_id: Uuid) {
    let flow = Flow { purpose: FlowPurpose::Enrollment, id: user_id };
    let named = new_code(user_id, flow, CodeNumber::New { sealed: vec![2], session_id: Uuid::nil() });
    assert_eq!(store.write_sms_code(&named).await.unwrap(), SmsCodeOutcome::Written);
    let spent = SpentCode { user_id, flow, sealed: vec![1], at: AT };
    let confirmation = NumberConfirmation {
        code: spent,
        session_id: Uuid::nil(),
        sealed: vec![3],
        effects: Effects::default(),
    };
    assert!(store.confirm_sms_number(&confirmation).await.unwrap());
}

#[tokio::test]
async fn with_the_last_strong_factor_the_number_and_its_codes_go() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let ada = user(&store).await;
    enroll(&store, ada).await;
    assert!(store.factors(ada).await.unwrap().sms);
    let flow = Flow { purpose: FlowPurpose::Login, id: uuid_v7(&OsEntropy, AT) };
    let code = new_code(ada, flow, CodeNumber::Confirmed { at: AT });
    assert_eq!(store.write_sms_code(&code).await.unwrap(), SmsCodeOutcome::Written);

    totp::Entity::delete_by_id(ada).exec(&store.write).await.unwrap();
    let removed = async |tx: Tx| Ok(Decision::Commit(factor::settle_removed(&tx, ada).await?));
    assert_eq!(store.transact(removed).await.unwrap(), Factors::default());
    assert!(store.sms_number(ada).await.unwrap().is_none());
    assert_eq!(code::Entity::find().count(&store.read).await.unwrap(), 0);
    store.close().await;
}

#[tokio::test]
async fn a_number_that_has_changed_gets_no_code() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let ada = user(&store).await;
    enroll(&store, ada).await;
    let flow = Flow { purpose: FlowPurpose::Login, id: uuid_v7(&OsEntropy, AT) };
    let before = CodeNumber::Confirmed { at: AT.minus(std::time::Duration::from_micros(1)) };
    let outdated = new_code(ada, flow, before);
    assert_eq!(store.write_sms_code(&outdated).await.unwrap(), SmsCodeOutcome::NotEnrolled);
    store.close().await;
}
