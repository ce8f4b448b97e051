//! The quotas of today.

use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::common::person;
use crate::http::common::members;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::unique_email;

const PATH: &str = "/api/v1/admin/quotas";

#[apply(on_both_databases)]
async fn a_mail_is_counted(env: Env) {
    let node =
        env.node(&[("KINDRED_THROTTLE__MAIL_GLOBAL", "77"), ("KINDRED_THROTTLE__SMS_PER_USER", "3")]).await;
    let client = node.client();
    let (admin, support) =
        (person(&env, &client, "user admin").await, person(&env, &client, "user support").await);
    let user = person(&env, &client, "user").await;
    user.get(&client, PATH).await.assert_problem(403, "forbidden");
    let mails = node.mailbox();
    mails.settled(&env).await;
    let before = support.get(&client, PATH).await;
    assert_eq!(before.status, 200, "{before:?}");
    assert_eq!(members(&before.body), ["channels", "resets_at"]);
    assert!(before.text("/resets_at").ends_with("T00:00:00Z"), "{before:?}");
    let quota = |reply: &Value, index: usize| reply["channels"][index].clone();
    let mail = quota(&before.body, 0);
    assert_eq!(members(&mail), ["channel", "limit", "limit_per_user", "used"]);
    assert_eq!(
        (&mail["channel"], &mail["limit"], &mail["limit_per_user"]),
        (&json!("mail"), &json!(77), &json!(50))
    );
    let sms = json!({"channel": "sms", "used": 0, "limit": 1_000, "limit_per_user": 3});
    assert_eq!(quota(&before.body, 1), sms);

    let email = unique_email();
    let invited = admin.post(&client, "/api/v1/admin/invitations", json!({"email": email})).await;
    assert_eq!(invited.status, 201, "{invited:?}");
    mails.wait_for(&email, "invitation").await;
    let used = |reply: &Value| quota(reply, 0)["used"].as_u64().expect("a number");
    let after = support.get(&client, PATH).await;
    assert_eq!(used(&after.body), used(&before.body) + 1);
}
