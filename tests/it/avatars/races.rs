//! Uploads at once: whichever wins, one object is left, and it is the one that is served.

use macro_rules_attribute::apply;

use super::common::{fetch, files, png, put, remove, url};
use crate::support::backend::{Env, on_both_databases};

#[apply(on_both_databases)]
async fn many_uploads_leave_one_object(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    // The same picture again and again among others: its object must not go with its twin.
    let uploads = (0..20_u8).map(|number| {
        let (client, user) = (&client, &user);
        async move { put(client, user, "image/png", png([number % 4, 0, 0])).await }
    });
    for reply in futures_util::future::join_all(uploads).await {
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    assert_eq!(files(node.data_dir()).len(), 1);
    let address = url(&client, &user).await.expect("a picture");
    assert!(fetch(&client, &user, &address).await.is_ok());
}

#[apply(on_both_databases)]
async fn uploads_and_removals_agree(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    let (client, user) = (&client, &user);
    for _ in 0..5 {
        let uploads = (0..4).map(|_| async move { put(client, user, "image/png", png([9, 9, 9])).await });
        let removals = (0..4).map(|_| async move { remove(client, user).await });
        let (uploads, removals) = futures_util::join!(
            futures_util::future::join_all(uploads),
            futures_util::future::join_all(removals)
        );
        assert!(uploads.iter().all(|reply| reply.status == 200), "{uploads:?}");
        assert!(removals.iter().all(|reply| reply.status == 204), "{removals:?}");
        let address = url(client, user).await;
        assert_eq!(files(node.data_dir()).len(), usize::from(address.is_some()));
        if let Some(address) = address {
            assert!(fetch(client, user, &address).await.is_ok());
        }
    }
}
