//! Links that anyone can ask for: what was delivered goes on working, however many requests come after it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::scene::{FORGOT, NEW_PASSWORD, RESEND, RESET, VERIFY};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, unique_email};
use crate::support::in_process::{InProcess, StoppedClock};
use crate::support::mailbox::Mailbox;
use crate::support::sql::sql;

const MINUTE: Duration = Duration::from_secs(60);

fn links(mailbox: &Mailbox, to: &str, template: &str) -> Vec<String> {
    mailbox.all(to, template).iter().map(|mail| mail.token()).collect()
}

async fn wait_for_links(mailbox: &Mailbox, to: &str, template: &str, n: usize) -> Vec<String> {
    mailbox.wait_for_nth(to, template, n).await;
    links(mailbox, to, template)
}

/// A server that stops and starts again, and the mails of all its lives.
struct RestartedScene<'a> {
    env: &'a Env,
    settings: Vec<(&'a str, &'a str)>,
    server: Option<InProcess>,
    clock: Arc<StoppedClock>,
    mailbox: Mailbox,
}

impl<'a> RestartedScene<'a> {
    async fn start(env: &'a Env, further: &[(&'a str, &'a str)]) -> RestartedScene<'a> {
        let clock = StoppedClock::new();
        let mut settings = vec![("KINDRED_OUTBOX__POLL_INTERVAL", "20ms")];
        settings.extend_from_slice(further);
        let server = InProcess::start(env, clock.clone(), &settings).await;
        let mailbox = server.mailbox();
        RestartedScene { env, settings, server: Some(server), clock, mailbox }
    }

    fn client(&self) -> &Client {
        &self.server.as_ref().expect("a server").client
    }

    async fn registered(&self) -> String {
        let email = unique_email();
        assert_eq!(self.client().register(&email, PASSWORD).await.status, 201);
        email
    }

    /// Asks `n` times and has all of the work behind the answers done: a server that stops waits for it. What it
    /// has written is sent by the next one.
    async fn ask(&mut self, path: &str, body: Value, n: usize) {
        for _ in 0..n {
            assert_eq!(self.client().post(path, body.clone()).await.status, 202);
        }
        self.stop().await;
        let server = InProcess::start(self.env, self.clock.clone(), &self.settings).await;
        self.mailbox = self.mailbox.clone().and(server.data_dir());
        self.server = Some(server);
        self.mailbox.settled(self.env).await;
    }

    async fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }
}

#[apply(on_both_databases)]
async fn no_request_voids_a_link_that_was_delivered(env: Env) {
    let mut scene = RestartedScene::start(&env, &[]).await;
    for (path, template) in [(FORGOT, "reset_password"), (RESEND, "verify_email")] {
        let email = scene.registered().await;
        scene.ask(path, json!({"email": email}), 30).await;
        let delivered = wait_for_links(&scene.mailbox, &email, template, 5).await;
        assert_eq!(delivered.len(), 5, "{template}");
        let voided = "SELECT count(*) FROM one_time_tokens WHERE voided_at IS NOT NULL";
        assert_eq!(sql(&env, voided), "0", "{template}");
        // The first of them, which the owner may have been the one to ask for.
        let followed = if path == FORGOT {
            scene.client().post(RESET, json!({"token": delivered[0], "new_password": NEW_PASSWORD})).await
        } else {
            scene.client().post(VERIFY, json!({"token": delivered[0], "password": PASSWORD})).await
        };
        assert_eq!(followed.status, 200, "{followed:?}");
        sql(&env, "DELETE FROM one_time_tokens");
    }
    scene.stop().await;
}

#[apply(on_both_databases)]
async fn the_youngest_is_sent_again_at_growing_distances(env: Env) {
    let mut scene = RestartedScene::start(&env, &[]).await;
    let email = scene.registered().await;
    let body = || json!({"email": email});
    scene.ask(FORGOT, body(), 5).await;
    let first = wait_for_links(&scene.mailbox, &email, "reset_password", 5).await;
    let resends = || sql(&env, "SELECT max(resends) FROM one_time_tokens WHERE purpose = 'reset_password'");
    // After 1, 2, 4 and 8 minutes, and not before.
    let mut sent = first.len();
    for (number, minutes) in [1_u32, 2, 4, 8].into_iter().enumerate() {
        scene.clock.advance(minutes * MINUTE - Duration::from_secs(1));
        scene.ask(FORGOT, body(), 2).await;
        assert_eq!(resends(), number.to_string(), "too soon");
        scene.clock.advance(Duration::from_secs(1));
        scene.ask(FORGOT, body(), 1).await;
        sent += 1;
        let all = wait_for_links(&scene.mailbox, &email, "reset_password", sent).await;
        assert!(first.contains(all.last().expect("a link")), "the same link");
        assert_eq!(resends(), (number + 1).to_string());
    }
    assert_eq!(sql(&env, "SELECT count(*) FROM one_time_tokens WHERE purpose = 'reset_password'"), "5");
    let voided = "SELECT count(*) FROM one_time_tokens WHERE voided_at IS NOT NULL";
    assert_eq!(sql(&env, voided), "0");
    scene.stop().await;
}

/// What strangers ask for does not keep the owner's browser from its mail.
#[apply(on_both_databases)]
async fn a_known_device_is_served_at_once_five_times_an_hour(env: Env) {
    let mut scene = RestartedScene::start(&env, &[("KINDRED_THROTTLE__MAIL_REQUESTED", "6")]).await;
    let email = scene.registered().await;
    let login = scene.client().login(&email, PASSWORD).await;
    let token = login.text("/device_token");
    let stranger = scene.registered().await;
    let other = scene.client().login(&stranger, PASSWORD).await.text("/device_token");
    scene.ask(FORGOT, json!({"email": email}), 30).await;
    scene.mailbox.wait_for_nth(&email, "reset_password", 5).await;
    // The device of another account counts as none.
    scene.ask(FORGOT, json!({"email": email, "device_token": other}), 3).await;
    assert_eq!(links(&scene.mailbox, &email, "reset_password").len(), 5);
    scene.ask(FORGOT, json!({"email": email, "device_token": token}), 5).await;
    let all = wait_for_links(&scene.mailbox, &email, "reset_password", 10).await;
    let times = |link: &String| all.iter().filter(|other| *other == link).count();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 5, "no new ones");
    assert_eq!(all.iter().map(times).max(), Some(6), "one of them, again and again");
    scene.ask(FORGOT, json!({"email": email, "device_token": token}), 3).await;
    assert_eq!(links(&scene.mailbox, &email, "reset_password").len(), 10, "five in an hour");
    scene.clock.advance(60 * MINUTE);
    scene.ask(FORGOT, json!({"email": email, "device_token": token}), 1).await;
    scene.mailbox.wait_for_nth(&email, "reset_password", 11).await;
    scene.stop().await;
}

/// Nothing is written for a mail that could not leave.
#[apply(on_both_databases)]
async fn a_recipient_has_a_quota_that_is_asked_before_a_link_is_written(env: Env) {
    let mut scene = RestartedScene::start(&env, &[("KINDRED_THROTTLE__MAIL_REQUESTED", "3")]).await;
    let email = scene.registered().await;
    scene.mailbox.wait_for(&email, "verify_email").await;
    for n in 1..=2 {
        scene.ask(FORGOT, json!({"email": email}), 1).await;
        scene.mailbox.wait_for_nth(&email, "reset_password", n).await;
    }
    scene.mailbox.settled(&env).await;
    let rows = || sql(&env, "SELECT count(*) FROM one_time_tokens");
    let before = rows();
    scene.ask(FORGOT, json!({"email": email}), 10).await;
    scene.ask(RESEND, json!({"email": email}), 10).await;
    assert_eq!(rows(), before);
    assert_eq!(sql(&env, "SELECT count(*) FROM outbox WHERE state = 'over_quota'"), "0");
    // Another recipient is another one's quota.
    let bob = scene.registered().await;
    scene.ask(FORGOT, json!({"email": bob}), 1).await;
    scene.mailbox.wait_for(&bob, "reset_password").await;
    // A new day.
    scene.clock.advance(24 * 60 * MINUTE);
    scene.ask(FORGOT, json!({"email": email}), 1).await;
    scene.mailbox.wait_for_nth(&email, "reset_password", 3).await;
    scene.stop().await;
}
