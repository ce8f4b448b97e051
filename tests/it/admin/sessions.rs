//! Other people's sessions.

use macro_rules_attribute::apply;
use serde_json::json;

use super::common::{items, login, person, user_path};
use crate::support::backend::{Env, on_both_databases};

#[apply(on_both_databases)]
async fn support_sees_and_ends_the_sessions_of_people(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (support, target) =
        (person(&env, &client, "user support").await, person(&env, &client, "user").await);
    let (second, third) =
        (login(&client, target.email.clone()).await, login(&client, target.email.clone()).await);
    let path = format!("{}/sessions", user_path(&target.id));
    let listed = items(&support.get(&client, &path).await);
    let ids: Vec<&str> = listed.iter().filter_map(|item| item["id"].as_str()).collect();
    assert_eq!(ids, [&third.session_id, &second.session_id, &target.session_id]);
    assert!(listed.iter().all(|item| item["current"] == false));

    for _ in 0..2 {
        let reply = support.delete(&client, &format!("{path}/{}", second.session_id)).await;
        assert_eq!(reply.status, 204, "{reply:?}");
    }
    client.verify(&second.access).await.assert_problem(401, "session_revoked");
    client.refresh(&second.refresh, None).await.assert_problem(401, "session_revoked");
    assert_eq!(client.verify(&third.access).await.status, 204);
    let ended = support.events_about(&client, "session.ended", &target.id).await;
    assert_eq!(ended.len(), 1);
    assert_eq!(
        (&ended[0]["actor_id"], &ended[0]["session_id"]),
        (&json!(support.id), &json!(second.session_id))
    );
    assert_eq!(ended[0]["detail"]["reason"], "ended_by_admin");

    for revoked in [2, 0] {
        let reply = support.delete(&client, &path).await;
        assert_eq!((reply.status, &reply.body), (200, &json!({"revoked": revoked})));
    }
    for session in [&target, &third] {
        client.verify(&session.access).await.assert_problem(401, "session_revoked");
        client.refresh(&session.refresh, None).await.assert_problem(401, "session_revoked");
    }
    assert_eq!(client.verify(&support.access).await.status, 204);
    let events = support.events_about(&client, "sessions.ended", &target.id).await;
    assert_eq!(events[0]["actor_id"], json!(support.id));
}

#[apply(on_both_databases)]
async fn a_session_is_found_under_its_owner_only(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let support = person(&env, &client, "user support").await;
    let (one, other) = (person(&env, &client, "user").await, person(&env, &client, "user").await);
    let admin = person(&env, &client, "user admin").await;
    let under = |owner: &str, session: &str| format!("{}/sessions/{session}", user_path(owner));
    // An administrator's session is not reached through someone whom support may act on.
    for session in [other.session_id.as_str(), &admin.session_id, &one.id, "nonsense", "%00"] {
        support.delete(&client, &under(&one.id, session)).await.assert_problem(404, "not_found");
    }
    for owner in ["01919191-9191-7919-9919-919191919191", "nonsense", "%ff"] {
        support.delete(&client, &under(owner, &one.session_id)).await.assert_problem(404, "not_found");
        support
            .get(&client, &format!("{}/sessions", user_path(owner)))
            .await
            .assert_problem(404, "not_found");
        support
            .delete(&client, &format!("{}/sessions", user_path(owner)))
            .await
            .assert_problem(404, "not_found");
    }
    for person in [&one, &other, &admin] {
        assert_eq!(client.verify(&person.access).await.status, 204);
    }
}
