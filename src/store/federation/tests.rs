//! Which account an identity leads to, as transactions decide it.

use std::sync::Arc;

use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use uuid::Uuid;

use super::federation_use::FederationUse;
use super::identity::{
    IdentityLink, IdentityLinkOutcome, IdentityRemoval, IdentityRemovalOutcome, NewIdentity,
};
use super::identity_login::{IdentityLogin, IdentityLoginOutcome, IdentityRegistration, Settlement};
use crate::clock::{SystemClock, Timestamp};
use crate::config::Config;
use crate::entropy::{OsEntropy, uuid_v7};
use crate::model::account::{Role, Roles};
use crate::model::assurance::{Aal, Amr, Method};
use crate::model::device::Device;
use crate::model::email::Email;
use crate::model::federation::email_proof::ToldEmail;
use crate::model::federation::id_token::Subject;
use crate::model::federation::linking::LoginDecision;
use crate::model::principal::ActingSession;
use crate::model::revocation::RevokeReason;
use crate::model::transport::Transport;
use crate::store::account::NewAccount;
use crate::store::entity::{passkey, password_credential, session_family, user};
use crate::store::session::family::UserRevocation;
use crate::store::{Effects, Store};
use crate::telemetry::metrics::Metrics;

const AT: Timestamp = Timestamp::from_unix_seconds(1_000_000);
const LATER: Timestamp = Timestamp::from_unix_seconds(1_000_600);
const ADA: &str = "ada@example.com";

struct Scene {
    store: Store,
    _folder: tempfile::TempDir,
}

impl Scene {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/test.db?mode=rwc", folder.path().display());
        let config = Config::from_sources(None, [("KINDRED_DATABASE__URL".to_owned(), url)]).unwrap();
        let metrics = Metrics::new().unwrap();
        let store = Store::connect(&config.database, metrics, Arc::new(SystemClock)).await.unwrap();
        store.migrate_up().await.unwrap();
        Self { store, _folder: folder }
    }

    /// An account at Ada's address, with a password and a passkey that someone has enrolled.
    async fn account(&self, email_verified: bool) -> Uuid {
        let account = NewAccount {
            email_verified,
            password_hash: Some("$argon2id$made-up".to_owned()),
            ..new_account()
        };
        self.store.create_account(&account, &Effects::default()).await.unwrap();
        let passkey = passkey::ActiveModel {
            id: Set(new_id()),
            user_id: Set(account.id),
            credential_id: Set(account.id.as_bytes().to_vec()),
            name: Set("Passkey".to_owned()),
            credential: Set("{}".to_owned()),
            aaguid: Set(None),
            backup_eligible: Set(false),
            backed_up: Set(false),
            created_at: Set(AT),
            last_used_at: Set(None),
        };
        passkey::Entity::insert(passkey).exec_without_returning(&self.store.write).await.unwrap();
        account.id
    }

    async fn settle(&self, login: &IdentityLogin) -> IdentityLoginOutcome {
        self.store.settle_identity(login, |_| Ok(Effects::default())).await.unwrap()
    }

    async fn log_in(&self, login: &IdentityLogin) -> Uuid {
        match self.settle(login).await {
            IdentityLoginOutcome::Account { user_id, .. } => user_id,
            other => panic!("{other:?}"),
        }
    }

    /// A session of this user.
    async fn session(&self, user_id: Uuid) -> ActingSession {
        let id = new_id();
        let session = session_family::ActiveModel {
            id: Set(id),
            user_id: Set(user_id),
            key_id: Set(0),
            salt: Set(vec![0]),
            generation: Set(1),
            current_jti: Set(new_id()),
            access_expires_at: Set(None),
            rotated_at: Set(AT),
            rotation_key_hash: Set(None),
            auth_time: Set(AT),
            amr: Set(Amr::of(&[Method::Password])),
            aal: Set(Aal::One),
            credential_epoch: Set(0),
            created_at: Set(AT),
            last_seen_at: Set(AT),
            idle_expires_at: Set(LATER),
            expires_at: Set(LATER),
            device_hash: Set(vec![0]),
            device_name: Set(None),
            browser: Set(None),
            os: Set(None),
            device_type: Set(Device::default().kind),
            last_ip_cidr: Set(None),
            location: Set(None),
            login_country: Set(None),
            country: Set(None),
            latitude: Set(None),
            longitude: Set(None),
            revoked_at: Set(None),
            revoke_reason: Set(None),
            replayed_jti: Set(None),
            known_device_id: Set(None),
            transport: Set(Transport::Bearer),
            remembered: Set(true),
        };
        session_family::Entity::insert(session).exec_without_returning(&self.store.write).await.unwrap();
        ActingSession { user_id, session_id: id }
    }

    async fn link(&self, acting_session: ActingSession, subject: &str) -> IdentityLinkOutcome {
        let (identity, code) = (identity(subject), code());
        let link = IdentityLink { identity, acting_session, code, at: AT, effects: Effects::default() };
        self.store.link_identity(&link).await.unwrap()
    }

    /// Removes the one identity of this user, where these providers are in the settings.
    async fn unlink(&self, session: ActingSession, providers: &[&str]) -> IdentityRemovalOutcome {
        let identities = self.store.identities(session.user_id).await.unwrap();
        let removal = IdentityRemoval {
            id: identities.first().map_or(Uuid::nil(), |identity| identity.id),
            session_id: session.session_id,
            providers: providers.iter().map(|provider| (*provider).to_owned()).collect(),
            revocation: UserRevocation {
                user_id: session.user_id,
                except: Some(session.session_id),
                reason: RevokeReason::CredentialsChanged,
                advance_epoch: true,
                at: AT,
                tokens_since: AT,
            },
            effects: Effects::default(),
        };
        self.store.remove_identity(&removal).await.unwrap()
    }

    async fn user(&self, id: Uuid) -> user::Model {
        user::Entity::find_by_id(id).one(&self.store.read).await.unwrap().unwrap()
    }

    async fn has_password(&self, id: Uuid) -> bool {
        password_credential::Entity::find_by_id(id).one(&self.store.read).await.unwrap().is_some()
    }

    async fn passkeys(&self) -> usize {
        passkey::Entity::find().all(&self.store.read).await.unwrap().len()
    }
}

fn new_id() -> Uuid {
    uuid_v7(&OsEntropy, AT)
}

fn new_account() -> NewAccount {
    NewAccount {
        id: new_id(),
        email: Email::parse(ADA).unwrap(),
        external_id: None,
        display_name: None,
        locale: None,
        roles: Roles::of(&[Role::User]),
        email_verified: true,
        password_must_change: false,
        password_hash: None,
        at: AT,
    }
}

fn identity(subject: &str) -> NewIdentity {
    NewIdentity {
        id: new_id(),
        provider: "staff".to_owned(),
        subject: Subject { issuer: "https://id.example".to_owned(), subject: subject.to_owned() },
        email: None,
    }
}

fn code() -> FederationUse {
    FederationUse { id: new_id(), expires_at: LATER }
}

/// A login of this subject, whose address is Ada's.
fn login(subject: &str, is_proven: bool) -> IdentityLogin {
    IdentityLogin {
        identity: identity(subject),
        email: Some(ToldEmail { address: Email::parse(ADA).unwrap(), is_proven }),
        code: code(),
        registration: Some(IdentityRegistration { account: new_account(), consent: None }),
        tokens_since: AT,
        at: AT,
    }
}

#[tokio::test]
async fn an_identity_makes_an_account_once_and_leads_to_it_ever_after() {
    let scene = Scene::start().await;
    let ada = scene.log_in(&login("1", true)).await;
    assert!(scene.user(ada).await.email_verified_at.is_some() && !scene.has_password(ada).await);
    // Whatever the provider tells of the address later: the identity decides.
    let moved = IdentityLogin { email: None, ..login("1", false) };
    assert_eq!(scene.log_in(&moved).await, ada);
    let identities = scene.store.identities(ada).await.unwrap();
    assert_eq!((identities.len(), identities[0].last_used_at), (1, Some(AT)));
}

#[tokio::test]
async fn a_code_counts_once_and_not_after_its_time() {
    let scene = Scene::start().await;
    let first = login("1", true);
    scene.log_in(&first).await;
    assert_eq!(scene.settle(&first).await, IdentityLoginOutcome::Void);
    let late = IdentityLogin { at: LATER, ..login("1", true) };
    assert_eq!(scene.settle(&late).await, IdentityLoginOutcome::Void);
    let state = code();
    assert!(scene.store.use_federation_state(state).await.unwrap());
    assert!(!scene.store.use_federation_state(state).await.unwrap());
}

#[tokio::test]
async fn of_many_uses_of_a_code_one_counts() {
    let scene = Scene::start().await;
    let login = login("1", true);
    let uses = (0..20).map(|_| scene.settle(&login));
    let outcomes = futures_util::future::join_all(uses).await;
    let counted = outcomes.iter().filter(|outcome| **outcome != IdentityLoginOutcome::Void).count();
    assert_eq!(counted, 1, "{outcomes:?}");
}

#[tokio::test]
async fn an_address_that_is_not_proven_changes_nothing_and_tells_nothing() {
    let scene = Scene::start().await;
    let expected = IdentityLoginOutcome::Undecided(LoginDecision::VerifyAddress);
    assert_eq!(scene.settle(&login("1", false)).await, expected);
    let victim = scene.account(true).await;
    assert_eq!(scene.settle(&login("1", false)).await, expected);
    assert_eq!(scene.store.identities(victim).await.unwrap(), []);
}

#[tokio::test]
async fn a_verified_account_gets_the_identity_and_keeps_what_it_has() {
    let scene = Scene::start().await;
    let ada = scene.account(true).await;
    assert_eq!(scene.log_in(&login("1", true)).await, ada);
    assert!(scene.has_password(ada).await);
    assert_eq!(scene.passkeys().await, 1);
    // The address has moved to another person at the provider.
    let successor = scene.settle(&login("2", true)).await;
    assert_eq!(successor, IdentityLoginOutcome::Undecided(LoginDecision::LogInFirst));
}

#[tokio::test]
async fn what_a_stranger_has_enrolled_before_the_first_proof_is_removed() {
    let scene = Scene::start().await;
    let ada = scene.account(false).await;
    let epoch = scene.user(ada).await.credential_epoch;
    let compose = |settlement: &Settlement<'_>| {
        assert_eq!(settlement.decision, LoginDecision::ProveAndLink);
        assert_eq!(settlement.removed, Some(&["passkeys"][..]));
        Ok(Effects::default())
    };
    let outcome = scene.store.settle_identity(&login("1", true), compose).await.unwrap();
    let (user_id, identity_id, ended) = match outcome {
        IdentityLoginOutcome::Account { user_id, identity_id, ended } => (user_id, identity_id, ended),
        other => panic!("{other:?}"),
    };
    assert_eq!((user_id, ended), (ada, Vec::new()));
    let user = scene.user(ada).await;
    assert!(user.email_verified_at.is_some() && user.credential_epoch > epoch);
    assert!(!scene.has_password(ada).await);
    assert_eq!(scene.passkeys().await, 0);
    let identities = scene.store.identities(ada).await.unwrap();
    assert_eq!(identities.iter().map(|identity| identity.id).collect::<Vec<_>>(), [identity_id]);
}

#[tokio::test]
async fn no_account_is_made_where_registration_is_not_open() {
    let scene = Scene::start().await;
    let closed = IdentityLogin { registration: None, ..login("1", true) };
    let expected = IdentityLoginOutcome::Undecided(LoginDecision::RegistrationClosed);
    assert_eq!(scene.settle(&closed).await, expected);
    assert_eq!(scene.settle(&closed).await, expected, "the code is not spent");
    assert!(scene.store.account_by_email(&Email::parse(ADA).unwrap()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_session_links_an_identity_that_no_other_account_has() {
    let scene = Scene::start().await;
    let ada = scene.account(true).await;
    let session = scene.session(ada).await;
    assert_eq!(scene.link(session, "1").await, IdentityLinkOutcome::Linked);
    assert_eq!(scene.link(session, "1").await, IdentityLinkOutcome::AlreadyLinked);
    let bob = NewAccount { email: Email::parse("bob@example.com").unwrap(), ..new_account() };
    scene.store.create_account(&bob, &Effects::default()).await.unwrap();
    let session = scene.session(bob.id).await;
    assert_eq!(scene.link(session, "1").await, IdentityLinkOutcome::OfAnotherAccount);
    let ended = ActingSession { session_id: Uuid::nil(), ..session };
    assert_eq!(scene.link(ended, "2").await, IdentityLinkOutcome::NotActive);
    assert_eq!(scene.store.identities(bob.id).await.unwrap(), []);
}

#[tokio::test]
async fn an_account_whose_address_is_not_verified_links_nothing() {
    let scene = Scene::start().await;
    let ada = scene.account(false).await;
    let session = scene.session(ada).await;
    assert_eq!(scene.link(session, "1").await, IdentityLinkOutcome::AddressUnverified);
    assert_eq!(scene.store.identities(ada).await.unwrap(), []);
}

#[tokio::test]
async fn the_last_way_in_stays() {
    let scene = Scene::start().await;
    let ada = scene.log_in(&login("1", true)).await;
    let session = scene.session(ada).await;
    assert_eq!(scene.unlink(session, &["staff"]).await, IdentityRemovalOutcome::LastWayIn);
    assert_eq!(scene.link(session, "2").await, IdentityLinkOutcome::Linked);
    // Another identity is a way in only while its provider is in the settings.
    assert_eq!(scene.unlink(session, &["another"]).await, IdentityRemovalOutcome::LastWayIn);
    assert_eq!(scene.store.identities(ada).await.unwrap().len(), 2);
    assert_eq!(scene.unlink(session, &["staff"]).await, IdentityRemovalOutcome::Done(Vec::new()));
    assert_eq!(scene.store.identities(ada).await.unwrap().len(), 1);
}

#[tokio::test]
async fn with_a_password_every_identity_may_go_and_other_sessions_end() {
    let scene = Scene::start().await;
    let ada = scene.account(true).await;
    let (session, other) = (scene.session(ada).await, scene.session(ada).await);
    assert_eq!(scene.unlink(session, &[]).await, IdentityRemovalOutcome::Absent);
    assert_eq!(scene.link(session, "1").await, IdentityLinkOutcome::Linked);
    let done = IdentityRemovalOutcome::Done(vec![other.session_id]);
    assert_eq!(scene.unlink(session, &[]).await, done);
    assert_eq!(scene.unlink(other, &[]).await, IdentityRemovalOutcome::NotActive);
}
