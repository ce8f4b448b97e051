//! What these tests share: a node that verifies addresses, its mails, and rows written behind its back.

use kindred::clock::{Clock, SystemClock};
use kindred::entropy::{OsEntropy, uuid_v7};
use kindred::model::one_time_token::{OneTimeToken, Purpose};
use serde_json::{Value, json};

use crate::support::backend::Env;
use crate::support::client::{Client, PASSWORD, Reply, unique_email};
use crate::support::eventually::eventually;
use crate::support::mailbox::Mailbox;
use crate::support::metrics::metric;
use crate::support::process::Node;
use crate::support::sql::{bytes_literal, id_literal, sql};

/// Where links lead, whatever `Host` a request names.
pub const PUBLIC_URL: &str = "https://id.example.test/auth";
pub const NEW_PASSWORD: &str = "another-Lantern-77-velvet";
/// Addresses must be verified.
pub const REQUIRED: (&str, &str) = ("KINDRED_ACCOUNTS__EMAIL_VERIFICATION", "required");

pub const REGISTER: &str = "/api/v1/auth/register";
pub const VERIFY: &str = "/api/v1/auth/email/verify";
pub const DECLINE: &str = "/api/v1/auth/email/verify/decline";
pub const OWN_PASSWORD: &str = "/api/v1/auth/email/verify/new-password";
pub const RESEND: &str = "/api/v1/auth/email/verify/resend";
pub const FORGOT: &str = "/api/v1/auth/password/forgot";
pub const RESET: &str = "/api/v1/auth/password/reset";
pub const CHANGE: &str = "/api/v1/auth/password/change";
pub const MOVE: &str = "/api/v1/auth/email/change";
pub const CONFIRM: &str = "/api/v1/auth/email/change/confirm";

/// A node, and the mails whose links lead to its public URL.
pub struct LinkScene {
    pub client: Client,
    pub mailbox: Mailbox,
    pub node: Node,
}

impl LinkScene {
    pub async fn start(env: &Env, further: &[(&str, &str)]) -> LinkScene {
        let mut settings = vec![("KINDRED_SERVER__PUBLIC_URL", PUBLIC_URL)];
        settings.extend_from_slice(further);
        let node = env.node(&settings).await;
        LinkScene { client: node.client(), mailbox: node.mailbox(), node }
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.client.post(path, body).await
    }

    /// Registers and follows the link of the mail.
    pub async fn verified(&self) -> String {
        let email = unique_email();
        let reply = self.client.register(&email, PASSWORD).await;
        assert!([201, 202].contains(&reply.status), "{reply:?}");
        let mail = self.mailbox.wait_for(&email, "verify_email").await;
        let verified = self.verify(&mail.token()).await;
        assert_eq!(verified.status, 200, "{verified:?}");
        email
    }

    /// Follows a link with the password of [`PASSWORD`].
    pub async fn verify(&self, token: &str) -> Reply {
        self.post(VERIFY, json!({"token": token, "password": PASSWORD})).await
    }

    /// The token of the n-th reset link, which is asked for here.
    pub async fn reset_token(&self, email: &str, n: usize) -> String {
        let reply = self.post(FORGOT, json!({"email": email})).await;
        assert_eq!(reply.status, 202, "{reply:?}");
        self.mailbox.wait_for_nth(email, "reset_password", n).await.token()
    }

    pub async fn reset(&self, token: &str, password: &str) -> Reply {
        self.post(RESET, json!({"token": token, "new_password": password})).await
    }

    /// Waits until so many requests for a link have led to none, for whatever reason. The metric knows them at once; the
    /// database only after some seconds.
    pub async fn without_link(&self, requests: u32) {
        let kind = [("kind", "link_request.unknown_address")];
        let all = async || {
            let counted = metric(&self.node, "auth_stranger_requests_total", &kind).await;
            (counted >= f64::from(requests)).then_some(())
        };
        eventually(&format!("{requests} requests without a link"), all).await;
    }

    /// The token of the n-th link that went to `new`, which is asked for here.
    pub async fn move_token(&self, access: &str, new: &str, n: usize) -> String {
        let reply = self.client.post_as(access, MOVE, json!({"new_email": new})).await;
        assert_eq!(reply.status, 202, "{reply:?}");
        self.mailbox.wait_for_nth(new, "confirm_email_change", n).await.token()
    }
}

/// Waits until so many requests of this kind were counted, and not recorded.
pub async fn wait_for_count(env: &Env, kind: &str, requests: usize) {
    let counted = format!("SELECT coalesce(sum(requests), 0) FROM stranger_counts WHERE kind = '{kind}'");
    let enough = async || (sql(env, &counted) == requests.to_string()).then_some(());
    eventually(&format!("{requests} times {kind}"), enough).await;
}

/// An invitation, as an administrator's flow writes it. Gives its token.
pub fn invite(env: &Env, email: &str, roles: &str, expires_at: i64) -> String {
    let token = OneTimeToken::generate(&OsEntropy);
    let id = || id_literal(env, uuid_v7(&OsEntropy, SystemClock.now()));
    let (invitation, row) = (id(), id());
    sql(
        env,
        &format!(
            "INSERT INTO invitations (id, email, roles, created_at, expires_at) \
             VALUES ({invitation}, '{email}', '{roles}', 1, {expires_at})"
        ),
    );
    let hash = bytes_literal(env, &hex::encode(token.hash(Purpose::AcceptInvitation).0));
    sql(
        env,
        &format!(
            "INSERT INTO one_time_tokens (id, purpose, invitation_id, token_hash, email, created_at, expires_at) \
             VALUES ({row}, 'accept_invitation', {invitation}, {hash}, '{email}', 1, {expires_at})"
        ),
    );
    token.expose().to_owned()
}
