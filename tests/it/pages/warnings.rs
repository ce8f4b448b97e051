//! What the links in warnings do for people who did not do what the warning tells of.

use kindred::clock::{Clock, SystemClock};
use kindred::entropy::{OsEntropy, uuid_v7};
use kindred::model::one_time_token::{OneTimeToken, Purpose};
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::scene::{NEW_PASSWORD, PageScene, Reading};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, SignedIn, send, unique_email};
use crate::support::security_events::count_events;
use crate::support::sql::{bytes_literal, id_literal, sql};

const ACT: &str = "/api/v1/auth/links/act";

/// A link of this purpose to this person, as a warning has it. Gives its token.
fn token(env: &Env, purpose: Purpose, person: &SignedIn, session: Option<&str>) -> String {
    token_to(env, purpose, &person.email, session)
}

fn token_to(env: &Env, purpose: Purpose, email: &str, session: Option<&str>) -> String {
    let token = OneTimeToken::generate(&OsEntropy);
    let row = id_literal(env, uuid_v7(&OsEntropy, SystemClock.now()));
    let hash = bytes_literal(env, &hex::encode(token.hash(purpose).0));
    let session = session.map_or("NULL".to_owned(), |id| id_literal(env, id));
    let (name, never) = (purpose.as_str(), i64::MAX / 2);
    sql(
        env,
        &format!(
            "INSERT INTO one_time_tokens (id, purpose, user_id, token_hash, email, created_at, expires_at, session_id) \
             VALUES ({row}, '{name}', (SELECT id FROM users WHERE email = '{email}'), {hash}, '{email}', 1, {never}, \
             {session})"
        ),
    );
    token.expose().to_owned()
}

fn link(purpose: Purpose, token: &str) -> String {
    format!("/{}?token={token}", purpose.path())
}

/// A session of someone else in the account, whose owner was warned of it.
async fn intruder(scene: &PageScene, person: &SignedIn) -> (String, String) {
    let reply = scene.client.login(&person.email, PASSWORD).await;
    (reply.session_id(), reply.refresh_token())
}

#[apply(on_both_databases)]
async fn one_session_is_ended(env: Env) {
    let scene = PageScene::start(&env, &[]).await;
    let person = scene.client.signed_in().await;
    let (session, refresh) = intruder(&scene, &person).await;
    let token = token(&env, Purpose::EndSession, &person, Some(&session));
    let mut browser = scene.browser();
    let page = browser.open(&link(Purpose::EndSession, &token)).await;
    page.assert(200, "End this session?");
    assert!(page.has("127.0.0.0/24") && page.has("Secure my account"), "{}", page.html);
    browser.submit(&page, &[]).await.assert(200, "The session has ended");
    scene.client.refresh(&refresh, None).await.assert_problem(401, "session_revoked");
    assert_eq!(scene.client.refresh(&person.refresh, None).await.status, 200, "the owner's");
    browser.submit(&page, &[]).await.assert(200, "Already done");
    assert_eq!(count_events(&env, "session.ended"), 1);
}

#[apply(on_both_databases)]
async fn the_same_link_secures_the_account(env: Env) {
    let scene = PageScene::start(&env, &[]).await;
    let person = scene.client.signed_in().await;
    let (session, refresh) = intruder(&scene, &person).await;
    let other = token(&env, Purpose::EndSession, &person, None);
    let token = token(&env, Purpose::EndSession, &person, Some(&session));
    let mut browser = scene.browser();
    browser.open(&link(Purpose::EndSession, &token)).await.assert(200, "step=secure");
    let page = browser.page("/account/end-session?step=secure").await;
    page.assert(200, "Secure your account");
    browser.submit(&page, &[]).await.assert(422, "Type the word to go on");
    assert_eq!(count_events(&env, "sessions.ended"), 0);
    browser.submit(&page, &[("word", "yes")]).await.assert(200, "Your account is secured");
    for refresh in [&refresh, &person.refresh] {
        scene.client.refresh(refresh, None).await.assert_problem(401, "session_revoked");
    }
    let reset = scene.link(&person.email, "account_secured").await;
    scene.browser().open(&reset).await.assert(200, "Set a new password");
    // A link about another session is another matter.
    scene.browser().open(&link(Purpose::EndSession, &other)).await.assert(200, "End this session?");
}

#[apply(on_both_databases)]
async fn securing_voids_what_an_intruder_has_asked_for(env: Env) {
    let scene = PageScene::start(&env, &[]).await;
    let person = scene.client.signed_in().await;
    scene.client.post("/api/v1/auth/password/forgot", json!({"email": person.email})).await;
    let asked = scene.link(&person.email, "reset_password").await;
    let token = token(&env, Purpose::SecureAccount, &person, None);
    let body = json!({"token": token, "action": "end_session"});
    scene.client.post(ACT, body).await.assert_problem(401, "token_invalid");
    let body = json!({"token": token, "action": "secure_account"});
    assert_eq!(scene.client.post(ACT, body.clone()).await.status, 204);
    scene.client.post(ACT, body).await.assert_problem(401, "token_invalid");
    scene.browser().open(&asked).await.assert(404, "Your password is unchanged");
    let reset = scene.link(&person.email, "account_secured").await;
    scene.browser().open(&reset).await.assert(200, "Set a new password");
    let page = scene.browser().open(&link(Purpose::SecureAccount, &token)).await;
    page.assert(200, "Already done");
}

#[apply(on_both_databases)]
async fn a_change_of_address_is_undone(env: Env) {
    let scene = PageScene::start(&env, &[]).await;
    let person = scene.client.signed_in().await;
    let (former, new) = (person.email.clone(), unique_email());
    let token = token(&env, Purpose::UndoEmailChange, &person, None);
    sql(&env, &format!("UPDATE users SET email = '{new}', email_verified_at = 1 WHERE email = '{former}'"));
    let mut browser = scene.browser();
    let page = browser.open(&link(Purpose::UndoEmailChange, &token)).await;
    page.assert(200, "Take the change back");
    browser.submit(&page, &[("word", "yes")]).await.assert(200, "The change is taken back");
    scene.client.refresh(&person.refresh, None).await.assert_problem(401, "session_revoked");
    let reset = scene.link(&former, "account_secured").await;
    // The mailbox that loses the account is told, and has no link to take it back.
    let told = scene.mailbox.wait_for(&new, "email_changed").await;
    assert!(!told.text.contains("token="), "{}", told.text);
    // The person who has moved the account may know the password.
    scene.client.login(&former, PASSWORD).await.assert_problem(401, "invalid_credentials");
    let mut owner = scene.browser();
    let form = owner.open(&reset).await;
    owner.submit(&form, &[("new_password", NEW_PASSWORD)]).await.assert(200, "Your password is set");
    assert_eq!(scene.client.login(&former, NEW_PASSWORD).await.status, 200);
    browser.submit(&page, &[("word", "yes")]).await.assert(200, "Already taken back");
}

/// An account that was moved twice, with the tokens that undo the first and the second change.
struct Moved {
    second: String,
    third: String,
    undo_first: String,
    undo_second: String,
}

fn moved_twice(env: &Env, email: &str) -> Moved {
    let (second, third) = (unique_email(), unique_email());
    let move_to = |from: &str, to: &str| {
        let update = "UPDATE users SET email_verified_at = 1, email";
        sql(env, &format!("{update} = '{to}' WHERE email = '{from}'"))
    };
    let undo_first = token_to(env, Purpose::UndoEmailChange, email, None);
    move_to(email, &second);
    let undo_second = token_to(env, Purpose::UndoEmailChange, &second, None);
    sql(env, &format!("UPDATE one_time_tokens SET created_at = 2 WHERE email = '{second}'"));
    move_to(&second, &third);
    Moved { second, third, undo_first, undo_second }
}

/// Someone who has got into an account moves it twice, to have a link of their own, or asks to erase it.
#[apply(on_both_databases)]
async fn nothing_takes_the_way_back_from_the_first_owner(env: Env) {
    let scene = PageScene::start(&env, &[]).await;
    let undo = |token: &str| json!({"token": token, "action": "undo_email_change"});
    let is_back = |person: &SignedIn| {
        sql(&env, &format!("SELECT count(*) FROM users WHERE email = '{}'", person.email))
    };
    let person = scene.client.signed_in().await;
    let moved = moved_twice(&env, &person.email);
    let erase = scene.client.request(Method::DELETE, "/api/v1/me").bearer_auth(&person.access);
    assert_eq!(send(erase).await.status, 202);
    assert_eq!(scene.client.post(ACT, undo(&moved.undo_second)).await.status, 204);
    assert_eq!(scene.client.post(ACT, undo(&moved.undo_first)).await.status, 204);
    assert_eq!(is_back(&person), "1");
    // Both mailboxes are told at once, although the messages are of one kind.
    scene.mailbox.wait_for(&moved.third, "email_changed").await;
    scene.mailbox.wait_for(&moved.second, "email_changed").await;
    assert_eq!(sql(&env, "SELECT count(*) FROM users WHERE erase_at IS NOT NULL"), "0");
    assert_eq!(count_events(&env, "account.erasure_cancelled"), 1);

    let person = scene.client.signed_in().await;
    let moved = moved_twice(&env, &person.email);
    assert_eq!(scene.client.post(ACT, undo(&moved.undo_first)).await.status, 204);
    scene.client.post(ACT, undo(&moved.undo_second)).await.assert_problem(401, "token_invalid");
    assert_eq!(is_back(&person), "1", "the later change is undone along with the first one");
}

#[apply(on_both_databases)]
async fn a_former_address_that_was_taken_is_told(env: Env) {
    let scene = PageScene::start(&env, &[]).await;
    let person = scene.client.signed_in().await;
    let former = person.email.clone();
    let token = token(&env, Purpose::UndoEmailChange, &person, None);
    sql(&env, &format!("UPDATE users SET email = '{}' WHERE email = '{former}'", unique_email()));
    assert_eq!(scene.client.register(&former, PASSWORD).await.status, 201);
    let body = json!({"token": token, "action": "undo_email_change"});
    scene.client.post(ACT, body).await.assert_problem(409, "conflict");
    let mut browser = scene.browser();
    let page = browser.open(&link(Purpose::UndoEmailChange, &token)).await;
    browser.submit(&page, &[("word", "yes")]).await.assert(409, "Another account has this address");
}

#[apply(on_both_databases)]
async fn an_account_is_kept(env: Env) {
    let scene = PageScene::start(&env, &[]).await;
    let person = scene.client.signed_in().await;
    let kept = token(&env, Purpose::CancelErasure, &person, None);
    let mut browser = scene.browser();
    browser.open(&link(Purpose::CancelErasure, &kept)).await.assert(200, "It is not going to be erased");
    let erase = scene.client.request(Method::DELETE, "/api/v1/me").bearer_auth(&person.access);
    assert_eq!(send(erase).await.status, 202);
    // The request has voided the link; the mail that tells of it brings another one.
    browser.open(&link(Purpose::CancelErasure, &kept)).await.assert(404, "This link doesn’t work");
    let token = token(&env, Purpose::CancelErasure, &person, None);
    let page = browser.open(&link(Purpose::CancelErasure, &token)).await;
    page.assert(200, "Keep your account");
    assert!(page.has("Will be erased"), "{}", page.html);
    browser.submit(&page, &[("word", "yes")]).await.assert(200, "Your account stays");
    assert_eq!(sql(&env, "SELECT count(*) FROM users WHERE erase_at IS NOT NULL"), "0");
    assert_eq!(count_events(&env, "account.erasure_cancelled"), 1);
    browser.open(&link(Purpose::CancelErasure, &token)).await.assert(200, "It is not going to be erased");
}

/// A warning brings its link in the same transaction, and only to an address that was proven.
#[apply(on_both_databases)]
async fn warnings_bring_their_link(env: Env) {
    let scene = PageScene::start(&env, &[]).await;
    let person = scene.client.signed_in().await;
    let count = |purpose: &str| {
        sql(&env, &format!("SELECT count(*) FROM one_time_tokens WHERE purpose = '{purpose}'"))
    };
    let change = async |access: &str, refresh: &str, from: &str, to: &str| {
        let body = json!({"current_password": from, "new_password": to, "refresh_token": refresh});
        let reply = scene.client.post_as(access, "/api/v1/auth/password/change", body).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        (reply.access(), reply.refresh_token())
    };
    let other = NEW_PASSWORD;
    let (access, refresh) = change(&person.access, &person.refresh, PASSWORD, other).await;
    assert_eq!(count("secure_account"), "0", "the address is not proven");
    sql(&env, "UPDATE users SET email_verified_at = 1");
    change(&access, &refresh, other, PASSWORD).await;
    assert_eq!(count("secure_account"), "1");
    let erase = scene.client.login(&person.email, PASSWORD).await.access();
    let erase = scene.client.request(Method::DELETE, "/api/v1/me").bearer_auth(erase);
    assert_eq!(send(erase).await.status, 202);
    assert_eq!(count("cancel_erasure"), "1");
}
