//! A picture is made again, and replaced, and taken away.

use image::ImageFormat;
use macro_rules_attribute::apply;
use serde_json::json;

use super::common::{TYPES, fetch, files, picture, png, put, remove, url};
use crate::support::backend::{Env, on_both_databases};
use crate::support::sql::sql;

#[apply(on_both_databases)]
async fn each_type_is_taken(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    assert_eq!(url(&client, &user).await, None);
    let id = client.me(&user.access).await.text("/id");
    for (media_type, format) in TYPES {
        let reply = put(&client, &user, media_type, picture(format, 1_200, 600, [200, 30, 30])).await;
        assert_eq!(reply.status, 200, "{media_type}: {reply:?}");
        assert_eq!((&reply.body["width"], &reply.body["height"]), (&json!(512), &json!(256)));
        let kept = if media_type == "image/jpeg" { media_type } else { "image/png" };
        assert_eq!(reply.body["content_type"], kept);
        let address = reply.text("/url");
        assert!(address.starts_with(&format!("/api/v1/avatars/{id}/")), "{address}");
        assert_eq!(url(&client, &user).await.as_ref(), Some(&address));
        let bytes = fetch(&client, &user, &address).await.expect("a picture");
        assert_eq!(reply.body["bytes"], bytes.len());
        let seen = image::load_from_memory(&bytes).expect("a picture").into_rgb8();
        assert!(seen.get_pixel(100, 100)[0] > 190 && seen.dimensions() == (512, 256), "{media_type}");
        assert_eq!(files(node.data_dir()).len(), 1, "the one before is gone");
    }
    let changes = "SELECT count(*) FROM security_events WHERE kind = 'account.avatar_changed'";
    assert_eq!(sql(&env, changes), "4");
}

/// 12 megapixels and 5 MB, lying on its side: an Exif segment (CIPA DC-008) says how it was held, and behind the picture
/// there is a film.
fn photograph() -> Vec<u8> {
    let jpeg = picture(ImageFormat::Jpeg, 4_032, 3_024, [200, 30, 30]);
    let mut exif = b"\xff\xe1\0\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01".to_vec();
    exif.extend(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0");
    let mut bytes = [&jpeg[..2], &exif, &jpeg[2..]].concat();
    bytes.resize(5_200_000, 7);
    bytes
}

#[apply(on_both_databases)]
async fn a_photograph_from_a_telephone_is_taken_as_it_is(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    let reply = put(&client, &user, "image/jpeg", photograph()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!((&reply.body["width"], &reply.body["height"]), (&json!(384), &json!(512)), "upright");
}

#[apply(on_both_databases)]
async fn it_can_be_taken_away(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    assert_eq!(remove(&client, &user).await.status, 204, "none is fine");
    let address = put(&client, &user, "image/png", png([1, 2, 3])).await.text("/url");
    assert_eq!(remove(&client, &user).await.status, 204);
    assert_eq!(url(&client, &user).await, None);
    assert_eq!(fetch(&client, &user, &address).await, Err(404));
    assert_eq!(files(node.data_dir()).len(), 0);
    let removals = "SELECT count(*) FROM security_events WHERE kind = 'account.avatar_removed'";
    assert_eq!(sql(&env, removals), "1");
}

#[apply(on_both_databases)]
async fn a_user_who_may_no_longer_act_cannot_set_one(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    for state in ["status = 'disabled'", "erase_at = 1"] {
        let user = client.signed_in().await;
        sql(&env, &format!("UPDATE users SET {state} WHERE email = '{}'", user.email));
        put(&client, &user, "image/png", png([1, 2, 3])).await.assert_problem(401, "session_revoked");
    }
    assert_eq!(files(node.data_dir()).len(), 0);
    assert_eq!(sql(&env, "SELECT count(*) FROM avatars"), "0");
}
