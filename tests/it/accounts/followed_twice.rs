//! I-7: a link does what it is for once, however often and at whichever node it is followed at the same moment.

use std::time::Duration;

use futures_util::future::join_all;
use kindred::clock::{Clock, SystemClock};
use kindred::entropy::{OsEntropy, uuid_v7};
use kindred::model::one_time_token::{OneTimeToken, Purpose};
use serde_json::{Value, json};

use super::scene::{
    CONFIRM, DECLINE, LinkScene, NEW_PASSWORD, OWN_PASSWORD, PUBLIC_URL, REGISTER, REQUIRED, RESET, VERIFY,
    invite,
};
use crate::support::backend::{Backend, Env};
use crate::support::client::{Client, PASSWORD, Reply, SignedIn, unique_email};
use crate::support::process::Node;
use crate::support::security_events::count_events;
use crate::support::sql::{bytes_literal, count, id_literal, sql};

const ACT: &str = "/api/v1/auth/links/act";
const FIRST_CREDENTIAL: &str = "/api/v1/me/first-credential";
const NEVER: i64 = i64::MAX / 2;
const ATTEMPTS: usize = 12;

/// How a link is followed.
struct Following {
    path: &'static str,
    body: Value,
    /// What is recorded when it takes effect.
    event: &'static str,
    /// The access token of the session in which alone it works.
    access: Option<String>,
}

impl Following {
    fn new(path: &'static str, body: Value, event: &'static str) -> Following {
        Following { path, body, event, access: None }
    }

    async fn by(&self, client: &Client) -> Reply {
        match &self.access {
            Some(access) => client.post_as(access, self.path, self.body.clone()).await,
            None => client.post(self.path, self.body.clone()).await,
        }
    }

    /// By the page that a warning leads to.
    fn act(token: &str, action: &str, event: &'static str) -> Following {
        Following::new(ACT, json!({"token": token, "action": action}), event)
    }
}

/// A link in a warning to this person about this session. Gives its token.
fn warning(env: &Env, purpose: Purpose, person: &SignedIn) -> String {
    let token = OneTimeToken::generate(&OsEntropy);
    let row = id_literal(env, uuid_v7(&OsEntropy, SystemClock.now()));
    let hash = bytes_literal(env, &hex::encode(token.hash(purpose).0));
    let (email, session) = (&person.email, id_literal(env, &person.session_id));
    let columns = "id, purpose, user_id, token_hash, email, created_at, expires_at, session_id";
    let user = format!("(SELECT id FROM users WHERE email = '{email}')");
    let name = purpose.as_str();
    sql(
        env,
        &format!(
            "INSERT INTO one_time_tokens ({columns}) \
             VALUES ({row}, '{name}', {user}, {hash}, '{email}', 1, {NEVER}, {session})"
        ),
    );
    token.expose().to_owned()
}

/// A new link of this purpose. A purpose without a line here does not compile.
async fn link(env: &Env, scene: &LinkScene, purpose: Purpose) -> Following {
    let person = scene.client.signed_in().await;
    let email = &person.email;
    match purpose {
        Purpose::VerifyEmail => {
            let token = scene.mailbox.wait_for(email, "verify_email").await.token();
            Following::new(VERIFY, json!({"token": token, "password": PASSWORD}), "email.verified")
        }
        Purpose::ChangeEmail => {
            let token = scene.move_token(&person.access, &unique_email(), 1).await;
            Following::new(CONFIRM, json!({"token": token}), "email.changed")
        }
        Purpose::ResetPassword => {
            let token = scene.reset_token(email, 1).await;
            let body = json!({"token": token, "new_password": NEW_PASSWORD});
            Following::new(RESET, body, "password.reset")
        }
        Purpose::AcceptInvitation => {
            let guest = unique_email();
            let token = invite(env, &guest, "user", NEVER);
            let body = json!({"email": guest, "password": PASSWORD, "invitation_token": token});
            Following::new(REGISTER, body, "invitation.accepted")
        }
        Purpose::EndSession => {
            Following::act(&warning(env, purpose, &person), "end_session", "session.ended")
        }
        Purpose::SecureAccount => {
            Following::act(&warning(env, purpose, &person), "secure_account", "sessions.ended")
        }
        Purpose::UndoEmailChange => {
            let token = warning(env, purpose, &person);
            let moved = format!("email = '{}', email_verified_at = 1", unique_email());
            sql(env, &format!("UPDATE users SET {moved} WHERE email = '{email}'"));
            Following::act(&token, "undo_email_change", "email.changed")
        }
        Purpose::CancelErasure => {
            let in_a_week = SystemClock.now().plus(Duration::from_secs(7 * 86_400)).as_micros();
            sql(env, &format!("UPDATE users SET erase_at = {in_a_week} WHERE email = '{email}'"));
            Following::act(&warning(env, purpose, &person), "cancel_erasure", "account.erasure_cancelled")
        }
        Purpose::FirstCredential => {
            let own = format!("(SELECT id FROM users WHERE email = '{email}')");
            sql(env, &format!("UPDATE users SET email_verified_at = 1 WHERE email = '{email}'"));
            sql(env, &format!("DELETE FROM password_credentials WHERE user_id = {own}"));
            let asked = scene.client.post_as(&person.access, FIRST_CREDENTIAL, json!({})).await;
            asked.assert_status(202);
            let token = scene.mailbox.wait_for(email, "first_credential").await.token();
            let body = json!({"token": token, "new_password": NEW_PASSWORD});
            let path = "/api/v1/me/first-credential/password";
            Following { access: Some(person.access), ..Following::new(path, body, "password.set") }
        }
    }
}

/// A scene with a second node, which sends mails as well, and clients of both.
async fn two_nodes(env: &Env, further: &[(&str, &str)]) -> (LinkScene, Node, [Client; 2]) {
    let mut scene = LinkScene::start(env, further).await;
    let settings = [&[("KINDRED_SERVER__PUBLIC_URL", PUBLIC_URL)][..], further].concat();
    let other = env.node(&settings).await;
    scene.mailbox = scene.mailbox.clone().and(other.data_dir());
    let clients = [scene.client.clone(), other.client()];
    (scene, other, clients)
}

/// On PostgreSQL, because SQLite has one node.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_two_nodes_a_link_of_each_purpose_takes_effect_once() {
    let env = Env::new(Backend::Postgres).await;
    let (scene, _other, clients) = two_nodes(&env, &[]).await;
    for purpose in Purpose::ALL {
        let following = link(&env, &scene, purpose).await;
        let before = count_events(&env, following.event);
        let replies =
            join_all((0..ATTEMPTS).map(async |number: usize| following.by(&clients[number % 2]).await));
        let replies = replies.await;
        let worked = replies.iter().filter(|reply| reply.status < 300).count();
        assert_eq!(worked, 1, "{purpose:?}: {replies:?}");
        assert!(replies.iter().all(|reply| reply.status < 500), "{purpose:?}: {replies:?}");
        assert_eq!(count_events(&env, following.event), before + 1, "{purpose:?}");
        let again = following.by(&clients[1]).await;
        assert!([401, 403, 409].contains(&again.status), "{purpose:?}: {again:?}");
    }
}

/// The secret of a registration, its password, and what its link is also good for: completed, replaced or declined, but not
/// twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_two_nodes_a_registration_has_one_end() {
    let env = Env::new(Backend::Postgres).await;
    let (scene, _other, clients) = two_nodes(&env, &[REQUIRED]).await;
    for round in 0..4 {
        let email = unique_email();
        let registered = clients[round % 2].register(&email, PASSWORD).await;
        let secret = registered.text("/registration_secret");
        let token = scene.mailbox.wait_for(&email, "verify_email").await.token();
        let ends = [
            (VERIFY, json!({"token": token, "registration_secret": secret})),
            (VERIFY, json!({"token": token, "password": PASSWORD})),
            (OWN_PASSWORD, json!({"token": token, "new_password": NEW_PASSWORD})),
            (DECLINE, json!({"token": token})),
        ];
        // The secret alone in the first round, and each of the others beside it in the later ones.
        let replies = join_all((0..ATTEMPTS).map(async |number: usize| {
            let (path, body) = &ends[if (number / 2).is_multiple_of(2) { 0 } else { round }];
            (*path, clients[number % 2].post(path, body.clone()).await)
        }));
        let replies = replies.await;
        let worked: Vec<_> = replies.iter().filter(|(_, reply)| reply.status < 300).collect();
        assert_eq!(worked.len(), 1, "{replies:?}");
        assert!(replies.iter().all(|(_, reply)| [200, 204, 401].contains(&reply.status)), "{replies:?}");
        let accounts = usize::from(worked[0].0 != DECLINE);
        assert_eq!(count(&env, &format!("users WHERE email = '{email}'")), accounts, "{replies:?}");
        assert_eq!(count(&env, &format!("pending_registrations WHERE email = '{email}'")), 0);
        let own = if worked[0].0 == OWN_PASSWORD { NEW_PASSWORD } else { PASSWORD };
        let login = clients[1].login(&email, own).await;
        assert_eq!(login.status, if accounts == 1 { 200 } else { 401 }, "{login:?}");
    }
}
