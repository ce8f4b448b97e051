//! Secrets of second factors while the master key changes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kindred::entropy::{OsEntropy, bytes};
use macro_rules_attribute::apply;

use super::scene::{STEP, verify};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::scene::Scene;
use crate::support::sql::sql;

const MASTER: &str = "KINDRED_SECRETS__MASTER_KEY";
const PREVIOUS: &str = "KINDRED_SECRETS__PREVIOUS_MASTER_KEYS";

fn key() -> String {
    STANDARD.encode(bytes::<32>(&OsEntropy))
}

/// Version and key id of what seals the secret, as hex.
fn header(env: &Env) -> String {
    let column = match env.backend() {
        Backend::Sqlite => "lower(hex(sealed))",
        Backend::Postgres => "encode(sealed, 'hex')",
    };
    sql(env, &format!("SELECT substr({column}, 1, 10) FROM totp_authenticators"))
}

#[apply(on_both_databases)]
async fn a_login_under_way_survives_it_and_its_use_seals_again(env: Env) {
    let (old, new) = (key(), key());
    let scene = Scene::start(&env, &[(MASTER, &old)]).await;
    let person = scene.enrolled().await;
    let challenge = person.challenge(scene.client()).await;
    let before = header(&env);
    let moment = scene.seconds();
    scene.server.stop().await;

    let scene = Scene::start(&env, &[(MASTER, &new), (PREVIOUS, &old)]).await;
    scene.clock.set(kindred::clock::Timestamp::from_unix_seconds(moment));
    assert_eq!(header(&env), before);
    let wrong = person.app.wrong_at(scene.seconds());
    verify(scene.client(), &challenge, "totp", &wrong).await.assert_problem(401, "mfa_code_invalid");
    assert_eq!(header(&env), before, "a wrong code is no use");
    let code = person.app.code_at(scene.seconds());
    assert_eq!(verify(scene.client(), &challenge, "totp", &code).await.status, 200);
    assert_ne!(header(&env), before);
    scene.server.stop().await;

    // The old key is no longer needed for it; the server's own keys moved at the start.
    let scene = Scene::start(&env, &[(MASTER, &new)]).await;
    scene.clock.set(kindred::clock::Timestamp::from_unix_seconds(moment).plus(STEP));
    let challenge = person.challenge(scene.client()).await;
    let code = person.app.code_at(scene.seconds());
    assert_eq!(verify(scene.client(), &challenge, "totp", &code).await.status, 200);
    scene.server.stop().await;
}
