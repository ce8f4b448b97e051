//! Known and unknown devices have failures of their own, and unknown ones wait, whatever address they try.

use std::collections::BTreeMap;
use std::time::Duration;

use kindred::clock::Timestamp;
use macro_rules_attribute::apply;
use serde_json::json;

use super::known_devices::{login_from, token_of_login};
use super::lock::{guess, known_standing, standing, wait_for_standing};
use crate::accounts::scene::{LinkScene, NEW_PASSWORD, REGISTER, REQUIRED, invite};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{PASSWORD, Reply, unique_email};
use crate::support::in_process::{InProcess, StoppedClock};
use crate::support::scene::Scene;
use crate::support::security_events::count_events;
use crate::support::sql::sql;

const WRONG: &str = "wrong horse";
const MINUTE: Duration = Duration::from_secs(60);

/// Tables that an attempt at a password may write to.
const WRITTEN: [&str; 7] = [
    "password_credentials",
    "attempt_stand_ins",
    "device_attempts",
    "security_events",
    "stranger_counts",
    "users",
    "login_delays",
];

/// From now on the rows that are written are noted, table by table.
fn watch_writes(env: &Env) {
    sql(env, "CREATE TABLE writes (tab TEXT NOT NULL)");
    if env.backend() == Backend::Postgres {
        sql(
            env,
            "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS \
            $$ BEGIN INSERT INTO writes VALUES (TG_TABLE_NAME); RETURN NULL; END $$",
        );
    }
    for table in WRITTEN {
        if env.backend() == Backend::Postgres {
            sql(
                env,
                &format!(
                    "CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON {table} \
                FOR EACH ROW EXECUTE FUNCTION note()"
                ),
            );
            continue;
        }
        for deed in ["INSERT", "UPDATE", "DELETE"] {
            sql(
                env,
                &format!(
                    "CREATE TRIGGER noted_{table}_{deed} AFTER {deed} ON {table} \
                BEGIN INSERT INTO writes VALUES ('{table}'); END"
                ),
            );
        }
    }
}

/// Rows that were written since the last look. Where there is no count to raise, a row stands in for it.
fn written(env: &Env) -> BTreeMap<String, usize> {
    let rows = sql(env, "SELECT tab FROM writes");
    sql(env, "DELETE FROM writes");
    let mut tables = BTreeMap::new();
    for row in rows.lines() {
        // What is written where there is no account, in place of an account's own row.
        let table = match row {
            "attempt_stand_ins" => "password_credentials",
            "stranger_counts" => "security_events",
            own => own,
        };
        *tables.entry(table.to_owned()).or_default() += 1;
    }
    tables
}

async fn hashes(scene: &Scene) -> f64 {
    scene.server.metric("auth_password_hash_wait_seconds_count", &[]).await
}

fn retry_after(reply: &Reply) -> u64 {
    reply.assert_problem(429, "rate_limited");
    let seconds = reply.body["retry_after"].as_u64().expect("a number");
    assert_eq!(reply.header("retry-after"), Some(seconds.to_string().as_str()));
    seconds
}

/// AU-11: what strangers do fills a pool that the owner does not need.
#[apply(on_both_databases)]
async fn strangers_do_not_keep_the_owner_out(env: Env) {
    let node = env.node(&[("KINDRED_THROTTLE__PASSWORD_FAILURES", "5")]).await;
    let client = node.client();
    let user = client.signed_in().await;
    let token = token_of_login(&client, &user.email).await;
    guess(&client, &user.email, 5).await;
    wait_for_standing(&env, &user.email, "5|locked");
    let mut token = token;
    for _ in 0..3 {
        let reply = login_from(&client, &user.email, PASSWORD, &token).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(client.step_up(&reply.access(), &reply.refresh_token(), PASSWORD).await.status, 200);
        token = reply.text("/device_token");
    }
    assert_eq!(standing(&env, &user.email), "5|locked", "a success settles its own pool only");
    client.login(&user.email, PASSWORD).await.assert_problem(401, "invalid_credentials");
    let detail = sql(&env, "SELECT detail FROM security_events WHERE kind = 'account.locked'");
    assert!(detail.contains("unknown") && detail.contains('5'), "{detail}");
    // A stranger's own token is none here.
    let stranger = token_of_login(&client, &client.signed_in().await.email).await;
    login_from(&client, &user.email, PASSWORD, &stranger).await.assert_problem(401, "invalid_credentials");
}

/// The owner who completes a reset, a verification or an invitation has a way in, however fast strangers guess.
#[apply(on_both_databases)]
async fn who_resets_or_verifies_gets_in_while_strangers_go_on(env: Env) {
    let five = ("KINDRED_THROTTLE__PASSWORD_FAILURES", "5");
    let scene = LinkScene::start(&env, &[five, REQUIRED]).await;
    let client = &scene.client;
    let fill = async |email: &str| {
        guess(client, email, 5).await;
        wait_for_standing(&env, email, "5|locked");
    };
    // By a verification.
    let email = unique_email();
    assert_eq!(client.register(&email, PASSWORD).await.status, 202);
    let link = scene.mailbox.wait_for(&email, "verify_email").await.token();
    let token = scene.verify(&link).await.text("/device_token");
    fill(&email).await;
    client.login(&email, PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert_eq!(login_from(client, &email, PASSWORD, &token).await.status, 200);
    // By a reset, which settles the pool: it is filled once more.
    let link = scene.reset_token(&email, 1).await;
    let token = scene.reset(&link, NEW_PASSWORD).await.text("/device_token");
    assert_eq!(standing(&env, &email), "0|open");
    sql(&env, "UPDATE password_credentials SET failures = 5, locked_at = 1");
    client.login(&email, NEW_PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert_eq!(login_from(client, &email, NEW_PASSWORD, &token).await.status, 200);
    // By an invitation.
    let email = unique_email();
    let invitation = invite(&env, &email, "user", i64::MAX);
    let body = json!({"email": email, "password": PASSWORD, "invitation_token": invitation});
    let token = client.post(REGISTER, body).await.text("/device_token");
    fill(&email).await;
    client.login(&email, PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert_eq!(login_from(client, &email, PASSWORD, &token).await.status, 200);
}

#[apply(on_both_databases)]
async fn a_device_has_ten_of_its_own_and_then_counts_as_unknown(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    let token = token_of_login(&client, &user.email).await;
    let other = token_of_login(&client, &user.email).await;
    for _ in 0..12 {
        login_from(&client, &user.email, WRONG, &token).await.assert_problem(401, "invalid_credentials");
    }
    assert_eq!(known_standing(&env, &user.email), "10|open");
    assert_eq!(standing(&env, &user.email), "2|open");
    login_from(&client, &user.email, WRONG, &other).await.assert_problem(401, "invalid_credentials");
    assert_eq!(known_standing(&env, &user.email), "11|open", "another device has its own");
    // Its right password settles what it was counted among, and the device's own count.
    assert_eq!(login_from(&client, &user.email, PASSWORD, &token).await.status, 200);
    assert_eq!(standing(&env, &user.email), "0|open");
    assert_eq!(known_standing(&env, &user.email), "11|open");
    assert_eq!(login_from(&client, &user.email, PASSWORD, &token).await.status, 200);
    assert_eq!(known_standing(&env, &user.email), "0|open");
    assert_eq!(sql(&env, "SELECT failures FROM device_attempts"), "1", "the other one's");
}

#[apply(on_both_databases)]
async fn known_devices_together_have_no_more_than_a_pool(env: Env) {
    let limits = [
        ("KINDRED_THROTTLE__PASSWORD_FAILURES", "5"),
        ("KINDRED_THROTTLE__PASSWORD_FAILURES_PER_DEVICE", "3"),
    ];
    let node = env.node(&limits).await;
    let client = node.client();
    let user = client.signed_in().await;
    let (one, two) = (token_of_login(&client, &user.email).await, token_of_login(&client, &user.email).await);
    for token in [&one, &one, &one, &two, &two] {
        login_from(&client, &user.email, WRONG, token).await.assert_problem(401, "invalid_credentials");
    }
    login_from(&client, &user.email, PASSWORD, &two).await.assert_problem(401, "invalid_credentials");
    assert_eq!(client.login(&user.email, PASSWORD).await.status, 200, "the unknown ones have their own");
    crate::support::eventually::wait_until("the lock is noted", || {
        (known_standing(&env, &user.email) == "5|locked").then_some(())
    });
    let detail = sql(&env, "SELECT detail FROM security_events WHERE kind = 'account.locked'");
    assert!(detail.contains("\"known\""), "{detail}");
}

#[apply(on_both_databases)]
async fn unknown_devices_wait_alike_for_every_address(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let user = client.signed_in().await;
    let mut waits = Vec::new();
    for email in [user.email.clone(), unique_email(), "no address".to_owned()] {
        let spelled = [email.to_uppercase(), format!(" {email}"), email.clone()];
        for number in 0..10 {
            let reply = client.login(&spelled[number % 3], WRONG).await;
            reply.assert_problem(401, "invalid_credentials");
        }
        let mut of_address = Vec::new();
        for _ in 0..7 {
            let (hashed, failed) = (hashes(&scene).await, count_events(&env, "login.failed"));
            let seconds = retry_after(&client.login(&email, PASSWORD).await);
            assert_eq!(
                (hashes(&scene).await, count_events(&env, "login.failed")),
                (hashed, failed),
                "no work is done"
            );
            of_address.push(seconds);
            scene.clock.advance(Duration::from_secs(seconds));
            client.login(&email, WRONG).await.assert_problem(401, "invalid_credentials");
        }
        waits.push(of_address);
    }
    // After a quarter of an hour one is forgotten.
    assert_eq!(waits, vec![vec![60, 120, 240, 480, 480, 900, 900]; 3]);
    let refused = scene.server.metric("auth_login_fail_total", &[("reason", "rate_limited")]).await;
    assert_eq!(refused, 21.0);
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn a_right_password_takes_the_accounts_failures_out(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let user = client.signed_in().await;
    let token = token_of_login(client, &user.email).await;
    guess(client, &user.email, 10).await;
    retry_after(&client.login(&user.email, PASSWORD).await);
    // No one waits on a known device, and it settles nothing of the others.
    let known = login_from(client, &user.email, PASSWORD, &token).await;
    assert_eq!(known.status, 200, "{known:?}");
    retry_after(&client.login(&user.email, PASSWORD).await);
    scene.clock.advance(MINUTE);
    assert_eq!(client.login(&user.email, PASSWORD).await.status, 200);
    guess(client, &user.email, 10).await;
    retry_after(&client.login(&user.email, PASSWORD).await);
    // Time alone does as well.
    scene.clock.advance(15 * MINUTE);
    guess(client, &user.email, 1).await;
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn delays_survive_a_restart(env: Env) {
    let Scene { clock, server: first } = Scene::start(&env, &[]).await;
    let unknown = unique_email();
    guess(&first.client, &unknown, 10).await;
    first.stop().await;
    let second = InProcess::start(&env, clock.clone(), &[]).await;
    assert_eq!(retry_after(&second.client.login(&unknown, WRONG).await), 60);
    second.stop().await;
}

/// The same hashes, the same rows: neither an account nor its state can be told by the work.
#[apply(on_both_databases)]
async fn the_work_is_the_same_whatever_the_account(env: Env) {
    let scene = Scene::start(&env, &[("KINDRED_THROTTLE__PASSWORD_FAILURES", "5")]).await;
    let client = scene.client();
    let known = client.signed_in().await.email;
    let full = client.signed_in().await.email;
    guess(client, &full, 5).await;
    wait_for_standing(&env, &full, "5|locked");
    let without = client.signed_in().await.email;
    let user = format!("SELECT id FROM users WHERE email = '{without}'");
    sql(&env, &format!("DELETE FROM password_credentials WHERE user_id = ({user})"));
    let disabled = client.signed_in().await.email;
    sql(&env, &format!("UPDATE users SET status = 'disabled' WHERE email = '{disabled}'"));
    let stranger = token_of_login(client, &client.signed_in().await.email).await;
    watch_writes(&env);
    for token in [None, Some(&stranger)] {
        let mut work = Vec::new();
        for email in [&unique_email(), &known, &full, &without, &disabled] {
            let hashed = hashes(&scene).await;
            let reply = match token {
                None => client.login(email, WRONG).await,
                Some(token) => login_from(client, email, WRONG, token).await,
            };
            reply.assert_problem(401, "invalid_credentials");
            work.push((hashes(&scene).await - hashed, written(&env)));
        }
        assert_eq!(work[0].0, 1.0);
        assert!(work.iter().all(|one| *one == work[0]), "{work:?}");
    }
    scene.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_tell_each_other_of_delays_and_of_what_was_taken_out() {
    let env = Env::new(Backend::Postgres).await;
    let clock = StoppedClock::new();
    let (a, b) =
        (InProcess::start(&env, clock.clone(), &[]).await, InProcess::start(&env, clock.clone(), &[]).await);
    let exchange = async || {
        for node in [&a, &b, &a] {
            node.kindred.authn().login_delays.exchange(Timestamp::default()).await.expect("a database");
        }
    };
    let (user, unknown) = (a.client.signed_in().await, unique_email());
    for email in [&user.email, &unknown] {
        guess(&a.client, email, 7).await;
        guess(&b.client, email, 10).await;
    }
    exchange().await;
    for email in [&user.email, &unknown] {
        assert_eq!(retry_after(&a.client.login(email, WRONG).await), 60, "the greater one counts");
    }
    clock.advance(MINUTE);
    assert_eq!(b.client.login(&user.email, PASSWORD).await.status, 200);
    exchange().await;
    guess(&a.client, &user.email, 10).await;
    retry_after(&a.client.login(&user.email, WRONG).await);
    guess(&a.client, &unknown, 1).await;
    assert_eq!(
        retry_after(&a.client.login(&unknown, WRONG).await),
        120,
        "no one has taken anything out of it"
    );
    a.stop().await;
    b.stop().await;
}
