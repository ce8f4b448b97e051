//! What stands about a signing key in the database is believed only if this service wrote it.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::Value;

use super::sealed::{ACTIVE, NEW, PREVIOUS, own_key, reseal, ring};
use crate::faults::refusal::refusal;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::send;
use crate::support::eventually::eventually;
use crate::support::process::Node;
use crate::support::sql::{bytes_literal, sql};

/// A key of someone who can write to the database, named by its own thumbprint (RFC 7638), as ours are. The key is
/// the public one of RFC 7517, appendix A.1.
const PLANTED_KID: &str = "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s";
const PLANTED_JWK: &str = "{\"kty\":\"EC\",\"crv\":\"P-256\",\
    \"x\":\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\",\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\",\
    \"kid\":\"cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s\",\"alg\":\"ES256\",\"use\":\"sig\"}";

async fn jwks(node: &Node) -> Value {
    send(node.client().request(Method::GET, "/.well-known/jwks.json")).await.body
}

fn plant(env: &Env, mac: &str) {
    sql(
        env,
        &format!(
            "INSERT INTO signing_keys (kid, algorithm, state, sealed, public_jwk, created_at, mac) \
        SELECT '{PLANTED_KID}', algorithm, 'retired', sealed, '{PLANTED_JWK}', created_at, {mac} \
        FROM signing_keys WHERE state = 'standby'"
        ),
    );
}

/// Runs what changes the keys, expects the server to refuse, and puts the keys back.
fn refused_after(env: &Env, change: impl FnOnce()) {
    sql(env, "CREATE TABLE kept AS SELECT * FROM signing_keys");
    change();
    let message = refusal(&env.setup(&[]));
    assert!(message.contains("was not written by this service: signing key"), "{message}");
    sql(env, "DELETE FROM signing_keys");
    sql(env, "INSERT INTO signing_keys SELECT * FROM kept");
    sql(env, "DROP TABLE kept");
}

/// Runs what changes the keys, lets a server start that leaves a key out, gives what it publishes, and puts the keys back.
async fn published_after(env: &Env, change: impl FnOnce()) -> Value {
    sql(env, "CREATE TABLE kept AS SELECT * FROM signing_keys");
    change();
    let mut node = env.node(&[]).await;
    let published = jwks(&node).await;
    node.logged("a signing key cannot be used and is left out").await;
    node.kill_9();
    sql(env, "DELETE FROM signing_keys");
    sql(env, "INSERT INTO signing_keys SELECT * FROM kept");
    sql(env, "DROP TABLE kept");
    published
}

fn kids(published: &Value) -> Vec<&str> {
    let keys = published["keys"].as_array().expect("keys");
    keys.iter().filter_map(|key| key["kid"].as_str()).collect()
}

fn macs(env: &Env) -> Vec<Vec<u8>> {
    let found = sql(env, "SELECT mac FROM signing_keys ORDER BY kid");
    found.lines().map(|line| hex::decode(line.trim_start_matches("\\x")).expect("hex")).collect()
}

#[apply(on_both_databases)]
async fn a_planted_key_is_not_published(env: Env) {
    let mut node = env.node(&[]).await;
    let published = jwks(&node).await;
    node.kill_9();
    assert_eq!(published_after(&env, || plant(&env, "NULL")).await, published);
    // With the tag of another row, which is there to be copied.
    assert_eq!(published_after(&env, || plant(&env, "mac")).await, published);
    // Where no row has a tag, a row needs a private half that the master key opens for it.
    let untagged = published_after(&env, || {
        plant(&env, "NULL");
        sql(&env, "UPDATE signing_keys SET mac = NULL");
    });
    assert_eq!(untagged.await, published);
    let exchanged = published_after(&env, || {
        let exchange = format!("public_jwk = '{PLANTED_JWK}' WHERE state = 'standby'");
        sql(&env, &format!("UPDATE signing_keys SET {exchange}"));
        sql(&env, "UPDATE signing_keys SET mac = NULL");
    });
    let exchanged = exchanged.await;
    assert!(!kids(&exchanged).contains(&PLANTED_KID), "{exchanged}");
    tokio::task::block_in_place(|| node.restart());
    assert_eq!(jwks(&node).await, published);
}

#[apply(on_both_databases)]
async fn nothing_about_a_key_can_be_changed(env: Env) {
    let mut node = env.node(&[]).await;
    node.kill_9();
    let standby = sql(&env, "SELECT kid FROM signing_keys WHERE state = 'standby'");
    let active = sql(&env, "SELECT kid FROM signing_keys WHERE state = 'active'");
    // A key on standby is left out, and another one may be there already.
    for change in [
        "state = 'retired' WHERE state = 'standby'",
        "created_at = created_at + 1 WHERE state = 'standby'",
        "public_jwk = replace(public_jwk, 'sig', 'enc') WHERE state = 'standby'",
        "kid = 'x' WHERE state = 'standby'",
        "mac = NULL WHERE state = 'standby'",
        "mac = (SELECT mac FROM signing_keys WHERE state = 'active') WHERE state = 'standby'",
    ] {
        let update = format!("UPDATE signing_keys SET {change}");
        let published = published_after(&env, || drop(sql(&env, &update))).await;
        let kids = kids(&published);
        assert!(kids.contains(&active.as_str()), "{change}: {published}");
        assert!(!kids.contains(&standby.as_str()) && !kids.contains(&"x"), "{change}: {published}");
    }
    // Without its active key a server does not start.
    for change in [
        "activated_at = activated_at + 1 WHERE state = 'active'",
        "activated_at = NULL WHERE state = 'active'",
        "public_jwk = replace(public_jwk, 'sig', 'enc') WHERE state = 'active'",
        "mac = NULL WHERE state = 'active'",
    ] {
        refused_after(&env, || drop(sql(&env, &format!("UPDATE signing_keys SET {change}"))));
    }
    // Nor without its active root key.
    for (change, back) in [
        ("created_at = created_at + 1", "created_at = created_at - 1"),
        ("kept_until = 1", "kept_until = NULL"),
    ] {
        sql(&env, &format!("UPDATE root_keys SET {change}"));
        let message = refusal(&env.setup(&[]));
        assert!(message.contains("was not written by this service: root key 1"), "{message}");
        sql(&env, &format!("UPDATE root_keys SET {back}"));
    }
    env.node(&[]).await;
}

#[apply(on_both_databases)]
async fn keys_of_an_earlier_version_get_their_tags_once(env: Env) {
    let mut node = env.node(&[]).await;
    let (published, tags) = (jwks(&node).await, macs(&env));
    assert!(!node.logs().contains("of an earlier version"), "{}", node.logs());
    assert!(tags.len() == 2 && tags.iter().all(|tag| tag.len() == 37), "{tags:?}");
    node.kill_9();
    let root_mac = sql(&env, "SELECT mac FROM root_keys");
    sql(&env, "UPDATE signing_keys SET mac = NULL");
    sql(&env, "UPDATE root_keys SET mac = NULL");
    tokio::task::block_in_place(|| node.restart());
    assert_eq!(sql(&env, "SELECT mac FROM root_keys"), root_mac);
    assert_eq!((jwks(&node).await, macs(&env)), (published, tags));
    let tagged = || node.logs().matches("a signing key of an earlier version got its tag").count();
    eventually("both are in the log", async || (tagged() >= 2).then_some(())).await;
    assert_eq!(tagged(), 2);
    tokio::task::block_in_place(|| node.restart());
    assert!(!node.logs().contains("of an earlier version"), "{}", node.logs());
}

#[apply(on_both_databases)]
async fn only_the_active_private_half_is_opened(env: Env) {
    let mut node = env.node(&[]).await;
    node.kill_9();
    // Of no use, and not looked at: it begins as a value under the active master key does.
    let header = bytes_literal(&env, &hex::encode(ring(&own_key(&env), &[]).active_header()));
    sql(&env, &format!("UPDATE signing_keys SET sealed = {header} WHERE state = 'standby'"));
    tokio::task::block_in_place(|| node.restart());
    let user = node.client().signed_in().await;
    assert_eq!(node.client().verify(&user.access).await.status, 204);
    // Until it is to sign: then another one takes its place.
    let damaged = sql(&env, "SELECT kid FROM signing_keys WHERE state = 'standby'");
    let refused = tokio::task::block_in_place(|| node.try_run(&["keys", "rotate"]));
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{told}");
    assert!(told.contains(&format!("the key on standby ({damaged}) is damaged")), "{told}");
    let standby = sql(&env, "SELECT kid FROM signing_keys WHERE state = 'standby'");
    assert!(!standby.is_empty() && standby != damaged && !standby.contains('\n'), "{standby}");
    node.kill_9();
    sql(&env, &format!("UPDATE signing_keys SET sealed = {header} WHERE state = 'active'"));
    let message = refusal(&env.setup(&[]));
    assert!(message.contains("a key in the database is damaged"), "{message}");
}

/// A key of a later version, with an algorithm and a state that this one does not know, is authentic and not used.
#[apply(on_both_databases)]
async fn a_key_of_a_newer_version_is_left_alone(env: Env) {
    let mut node = env.node(&[]).await;
    let published = jwks(&node).await;
    node.kill_9();
    let created_at = 1_i64.to_be_bytes();
    let fields: [Option<&[u8]>; 6] =
        [Some(b"of-later"), Some(b"ML-DSA-65"), Some(b"suspended"), Some(b"{}"), Some(&created_at), None];
    let tag = ring(&own_key(&env), &[]).tag("signing_keys", &fields);
    let mac = bytes_literal(&env, &hex::encode(tag));
    sql(
        &env,
        &format!(
            "INSERT INTO signing_keys (kid, algorithm, state, sealed, public_jwk, created_at, mac) \
             SELECT 'of-later', 'ML-DSA-65', 'suspended', sealed, '{{}}', 1, {mac} \
             FROM signing_keys WHERE state = 'standby'"
        ),
    );
    tokio::task::block_in_place(|| node.restart());
    assert_eq!(jwks(&node).await, published);
    let user = node.client().signed_in().await;
    assert_eq!(node.client().verify(&user.access).await.status, 204);
    assert_eq!(sql(&env, "SELECT state FROM signing_keys WHERE kid = 'of-later'"), "suspended");
}

#[apply(on_both_databases)]
async fn tags_move_to_a_new_master_key(env: Env) {
    let old = own_key(&env);
    let mut node = env.node(&[]).await;
    let published = jwks(&node).await;
    node.kill_9();
    let (before, both) = (macs(&env), [(ACTIVE, NEW), (PREVIOUS, old.as_str())]);
    // By the command, before any server has the new key.
    let (status, report, told) = reseal(&env.setup(&both));
    assert_eq!((status, told.as_str()), (0, ""));
    let tables = report["tables"].as_array().expect("a list");
    let tags = tables.iter().find(|table| table["table"] == "signing_key_macs").expect("it is told");
    assert_eq!((&tags["resealed"], &report["previous_keys_removable"]), (&2.into(), &true.into()));
    let after = macs(&env);
    assert!(after.iter().all(|tag| tag.starts_with(&ring(NEW, &[]).active_tag_header())));
    assert_ne!(before, after);
    drop(node);
    let mut new = env.node(&[(ACTIVE, NEW)]).await;
    assert_eq!(jwks(&new).await, published);
    new.kill_9();
    let message = refusal(&env.setup(&[]));
    assert!(message.contains("sealed with another master key"), "{message}");

    // By a server's start.
    let back = [(ACTIVE, old.as_str()), (PREVIOUS, NEW)];
    let again = env.node(&back).await;
    assert_eq!((jwks(&again).await, macs(&env)), (published, before));

    // A tag that no one here wrote keeps nothing back, and is named.
    drop(again);
    sql(&env, "UPDATE signing_keys SET state = 'retired' WHERE state = 'standby'");
    let (status, report, _) = reseal(&env.setup(&both));
    assert_eq!(status, 1);
    assert_eq!(report["failed"][0]["table"], "signing_key_macs");
    assert_eq!(report["failed"].as_array().map(Vec::len), Some(1));
}
