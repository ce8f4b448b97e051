//! `/api/v1/me/sessions`: the list, and ending what is on it.

use macro_rules_attribute::apply;
use reqwest::Method;
use reqwest::header::USER_AGENT;
use serde_json::{Value, json};

use super::common::{members, shared};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply, SignedIn, send};
use crate::support::sql::sql;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 \
                      (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";

async fn login_from(client: &Client, email: &str, user_agent: &str, device_name: &str) -> Reply {
    let body = json!({"email": email, "password": PASSWORD, "device_name": device_name});
    let request = client.request(Method::POST, "/api/v1/auth/login").json(&body);
    let reply = send(request.header(USER_AGENT, user_agent)).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply
}

async fn items(client: &Client, access: &str) -> Vec<Value> {
    let reply = client.sessions(access).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(members(&reply.body), ["items", "next_cursor"]);
    assert_eq!(reply.body["next_cursor"], Value::Null);
    reply.body["items"].as_array().expect("a list").clone()
}

#[apply(on_both_databases)]
async fn the_list_tells_devices_apart(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    let desktop = login_from(&client, &user.email, FIREFOX, "Work").await;
    let mobile = login_from(&client, &user.email, IPHONE, "  Ada's phone ").await;
    let listed = items(&client, &desktop.access()).await;
    let ids: Vec<&Value> = listed.iter().map(|item| &item["id"]).collect();
    let newest_first = [mobile.session_id(), desktop.session_id(), user.session_id.clone()];
    assert_eq!(ids, newest_first.iter().collect::<Vec<_>>());
    let current: Vec<&Value> = listed.iter().map(|item| &item["current"]).collect();
    assert_eq!(current, [false, true, false]);
    for (item, expected) in listed.iter().zip([
        json!({"device_name": "Ada's phone", "browser": "Safari", "os": "iPhone", "device_type": "mobile"}),
        json!({"device_name": "Work", "browser": "Firefox", "os": "Linux", "device_type": "desktop"}),
        json!({"device_name": null, "browser": null, "os": null, "device_type": "unknown"}),
    ]) {
        for (member, value) in expected.as_object().unwrap() {
            assert_eq!(&item[member], value, "{member} of {item}");
        }
        assert_eq!(item["ip"], "127.0.0.0/24");
        assert_eq!((&item["aal"], &item["amr"]), (&json!(1), &json!(["pwd"])));
        let expected = [
            "aal",
            "amr",
            "browser",
            "created_at",
            "current",
            "device_name",
            "device_type",
            "expires_at",
            "id",
            "ip",
            "last_active_at",
            "location",
            "os",
        ];
        assert_eq!(members(item), expected);
    }
}

#[apply(on_both_databases)]
async fn one_ends_and_stays_ended(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (mine, theirs) = (client.signed_in().await, client.signed_in().await);
    let other = client.login(&mine.email, PASSWORD).await;
    for _ in 0..2 {
        let reply = client.delete_session(&mine.access, &other.session_id()).await;
        assert_eq!((reply.status, &reply.body), (204, &Value::Null));
    }
    client.verify(&other.access()).await.assert_problem(401, "session_revoked");
    client.refresh(&other.refresh_token(), None).await.assert_problem(401, "session_revoked");
    assert_eq!(items(&client, &mine.access).await.len(), 1);

    let unknown = "01919191-9191-7919-9919-919191919191";
    for id in [theirs.session_id.as_str(), unknown, "nonsense", "%ff", "%00", "..%2f..", "1"] {
        client.delete_session(&mine.access, id).await.assert_problem(404, "not_found");
    }
    assert_eq!(client.verify(&theirs.access).await.status, 204);
    // One's own, at last.
    assert_eq!(client.delete_session(&mine.access, &mine.session_id).await.status, 204);
    client.sessions(&mine.access).await.assert_problem(401, "session_revoked");
}

#[apply(on_both_databases)]
async fn all_others_end(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (mine, theirs) = (client.signed_in().await, client.signed_in().await);
    let others = [client.login(&mine.email, PASSWORD).await, client.login(&mine.email, PASSWORD).await];
    for revoked in [2, 0] {
        let reply = client.delete_other_sessions(&mine.access).await;
        assert_eq!((reply.status, &reply.body), (200, &json!({"revoked": revoked})));
    }
    for other in others {
        client.verify(&other.access()).await.assert_problem(401, "session_revoked");
        client.refresh(&other.refresh_token(), None).await.assert_problem(401, "session_revoked");
    }
    assert_eq!(client.refresh(&mine.refresh, None).await.status, 200);
    assert_eq!(client.verify(&theirs.access).await.status, 204);
}

#[apply(on_both_databases)]
async fn what_has_ended_is_listed_with_the_reason(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (mine, theirs) = (client.signed_in().await, client.signed_in().await);
    let login = |name| login_from(&client, &mine.email, FIREFOX, name);
    let (revoked, left) = (login("Revoked").await, login("Left").await);
    let (expired, old) = (login("Expired").await, login("Old").await);
    assert_eq!(client.delete_session(&mine.access, &revoked.session_id()).await.status, 204);
    assert_eq!(client.logout(&left.access()).await.status, 204);
    sql(&env, "UPDATE session_families SET idle_expires_at = last_seen_at WHERE device_name = 'Expired'");
    sql(
        &env,
        "UPDATE session_families SET revoked_at = 1, revoke_reason = 'logout' WHERE device_name = 'Old'",
    );
    let ended = async |access: &str, query: &str| {
        let path = format!("/api/v1/me/ended-sessions{query}");
        let reply = client.call(Method::GET, &path, access, Value::Null).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply
    };

    let whole = ended(&mine.access, "").await;
    assert_eq!(whole.body["next_cursor"], Value::Null);
    let listed = whole.body["items"].as_array().expect("a list");
    let told: Vec<_> = listed.iter().map(|item| (&item["id"], &item["reason"])).collect();
    let expected = [
        (json!(expired.session_id()), json!("expired")),
        (json!(left.session_id()), json!("logout")),
        (json!(revoked.session_id()), json!("ended_by_user")),
    ];
    assert_eq!(told, expected.iter().map(|(id, reason)| (id, reason)).collect::<Vec<_>>());
    assert!(listed.iter().all(|item| item["id"] != old.session_id()), "90 days are over");
    assert_eq!(listed[0]["ended_at"], listed[0]["last_active_at"]);
    assert_eq!((&listed[2]["device_name"], &listed[2]["os"]), (&json!("Revoked"), &json!("Linux")));
    assert_eq!(ended(&theirs.access, "").await.body["items"], json!([]));

    let first = ended(&mine.access, "?limit=2").await;
    assert_eq!(first.body["items"].as_array().map(Vec::len), Some(2));
    let rest = ended(&mine.access, &format!("?limit=2&cursor={}", first.text("/next_cursor"))).await;
    assert_eq!(rest.body["items"], json!([listed[2]]));
    client.get("/api/v1/me/ended-sessions").await.assert_problem(401, "token_missing");
    let wrong =
        client.call(Method::GET, "/api/v1/me/ended-sessions?state=x", &mine.access, Value::Null).await;
    wrong.assert_problem(422, "validation_failed");
}

#[tokio::test]
async fn hostile_names_are_plain_text() {
    let shared = shared().await;
    let client = shared.client();
    let SignedIn { email, access, .. } = client.signed_in().await;
    let hostile =
        "<img src=x onerror=alert(1)>\r\nSet-Cookie: a=b\u{1b}[31m\u{202e}\0{{7*7}}=cmd|' /C calc'!A0";
    let agent = "Mozilla/5.0 <script>alert(1)</script> ${jndi:ldap://127.0.0.1/a} %s%n";
    let login = login_from(&client, &email, agent, hostile).await;
    login_from(&client, &email, FIREFOX, &"x".repeat(500)).await;
    let reply = client.sessions(&access).await;
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(reply.header("set-cookie"), None);
    let plain = "<img src=x onerror=alert(1)>Set-Cookie: a=b[31m{{7*7}}=cmd|' /C calc'!A0";
    let listed = reply.body["items"].as_array().expect("a list");
    let name_of = |id: &str| &listed.iter().find(|item| item["id"] == id).expect("listed")["device_name"];
    assert_eq!(name_of(&login.session_id()), plain);
    assert_eq!(listed[0]["device_name"], "x".repeat(120));
}

#[tokio::test]
async fn strangers_have_no_list() {
    let shared = shared().await;
    let client = shared.client();
    client.get("/api/v1/me/sessions").await.assert_problem(401, "token_missing");
    client.delete_other_sessions("nonsense").await.assert_problem(401, "token_invalid");
    client.delete_session("nonsense", "1").await.assert_problem(401, "token_invalid");
}
