//! Deleting while someone attacks revives nothing and forgets no theft.

use macro_rules_attribute::apply;

use super::rows::Rows;
use crate::support::backend::{Env, on_both_databases};

/// As often and as much as it can be told to.
const GREEDY: [(&str, &str); 5] = [
    ("KINDRED_RETENTION__INTERVAL", "100ms"),
    ("KINDRED_RETENTION__ENDED_SESSIONS", "1h"),
    ("KINDRED_RETENTION__SECURITY_EVENTS", "1h"),
    ("KINDRED_RETENTION__FAILED_LOGINS", "1h"),
    ("KINDRED_RETENTION__ONE_TIME_TOKENS", "1h"),
];

#[apply(on_both_databases)]
async fn a_theft_stays_a_theft(env: Env) {
    let node = env.node(&GREEDY).await;
    let client = node.client();
    let rows = Rows(&env);
    for _ in 0..10 {
        let user = client.signed_in().await;
        let mut spent = vec![user.refresh.clone()];
        for _ in 0..3 {
            let reply = client.refresh(spent.last().expect("a token"), None).await;
            spent.push(reply.refresh_token());
        }
        let current = spent.pop().expect("a token");
        node.run(&["purge"]);
        client.refresh(&spent[0], None).await.assert_problem(401, "refresh_token_reused");
        // The end happened, for all that the database says, months ago.
        let key = rows.id(&user.session_id);
        crate::support::sql::sql(
            &env,
            &format!("UPDATE session_families SET revoked_at = 1 WHERE id = {key}"),
        );
        node.run(&["purge"]);
        assert_eq!(rows.count("session_families", &format!("id = {key}")), 1, "its tokens could still come");
        for token in spent.iter().chain([&current]) {
            client.refresh(token, None).await.assert_problem(401, "session_revoked");
        }
        assert_eq!(client.verify(&user.access).await.status, 401);
    }
}
