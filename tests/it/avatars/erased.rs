//! A person who is erased leaves no picture, and one who changes the name keeps it.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::common::{files, png, put, url};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::send;

#[apply(on_both_databases)]
async fn erasure_takes_the_picture_along(env: Env) {
    let node = env.node(&[("KINDRED_PRIVACY__ERASURE_GRACE", "0s")]).await;
    let client = node.client();
    let (leaving, staying) = (client.signed_in().await, client.signed_in().await);
    for user in [&leaving, &staying] {
        assert_eq!(put(&client, user, "image/png", png([1, 1, 1])).await.status, 200);
    }
    let id = client.me(&leaving.access).await.text("/id");
    let erased = send(client.request(Method::DELETE, "/api/v1/me").bearer_auth(&leaving.access)).await;
    assert_eq!(erased.status, 202, "{erased:?}");
    let left = files(node.data_dir());
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(!node.data_dir().join("avatars").join(id).exists(), "not even the folder tells");
    assert!(url(&client, &staying).await.is_some());
}

#[apply(on_both_databases)]
async fn a_change_of_name_keeps_it(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    let address = put(&client, &user, "image/png", png([1, 1, 1])).await.text("/url");
    for name in ["Ada", "Ada"] {
        let request = client.request(Method::PATCH, "/api/v1/me").bearer_auth(&user.access);
        let reply = send(request.json(&json!({ "display_name": name }))).await;
        assert_eq!((reply.status, reply.text("/avatar_url")), (200, address.clone()));
    }
}
