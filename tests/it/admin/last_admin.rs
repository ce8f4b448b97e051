//! One active administrator remains, also when two act at once.

use macro_rules_attribute::apply;
use serde_json::json;

use super::common::{person, user_path};
use crate::support::backend::{Env, on_both_databases};
use crate::support::sql::sql;

fn active_admins(env: &Env) -> String {
    sql(env, "SELECT count(*) FROM users WHERE roles LIKE '%admin%' AND status = 'active'")
}

#[apply(on_both_databases)]
async fn two_who_remove_each_other_leave_one(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    for round in 0..8 {
        let (a, b) = (person(&env, &client, "user admin").await, person(&env, &client, "user admin").await);
        let (one, other) = if round % 2 == 0 {
            let demotion = json!({"roles": ["user"]});
            let (path_a, path_b) = (user_path(&a.id), user_path(&b.id));
            tokio::join!(
                a.patch(&client, &path_b, demotion.clone()),
                b.patch(&client, &path_a, demotion.clone())
            )
        } else {
            tokio::join!(a.act(&client, &b.id, "disable"), b.act(&client, &a.id, "disable"))
        };
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        // The one who came second is no longer an administrator, or has no session.
        let [first, second] = statuses;
        assert!([200, 204].contains(&first) && [401, 403].contains(&second), "{one:?} {other:?}");
        assert_eq!(active_admins(&env), "1", "round {round}");
        sql(&env, "DELETE FROM users");
    }
}

#[apply(on_both_databases)]
async fn the_last_one_stays(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (admin, other) =
        (person(&env, &client, "user admin").await, person(&env, &client, "user admin").await);
    // Neither who is disabled nor who is about to be erased counts.
    assert_eq!(other.act(&client, &admin.id, "disable").await.status, 204);
    for arguments in [["user", "disable"], ["admin", "withdraw"]] {
        let output = node.try_run(&[&arguments[..], &[other.email.as_str()]].concat());
        assert_eq!(output.status.code(), Some(1));
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains("last active administrator"), "{told}");
    }
    assert_eq!(client.verify(&other.access).await.status, 204);
    sql(&env, &format!("UPDATE users SET status = 'active', erase_at = 1 WHERE email = '{}'", admin.email));
    assert_eq!(node.try_run(&["user", "disable", &other.email]).status.code(), Some(1));
    sql(&env, "UPDATE users SET erase_at = NULL");
    assert_eq!(node.try_run(&["user", "disable", &other.email]).status.code(), Some(0));
    assert_eq!(active_admins(&env), "1");
}
