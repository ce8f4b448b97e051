//! Secrets that a platform puts into files: `KINDRED_SECTION__KEY__FILE`.

use std::fs;

use macro_rules_attribute::apply;

use super::sealed::ACTIVE;
use crate::support::backend::{Env, on_both_databases};
use crate::support::process::Node;

#[apply(on_both_databases)]
async fn secrets_are_read_from_files(env: Env) {
    let node = env.node(&[]).await;
    let user = node.client().signed_in().await;
    drop(node);

    let mut setup = env.setup(&[]);
    let (name, key) = setup.environment.remove(0);
    assert_eq!(name, ACTIVE);
    let url = std::mem::take(&mut setup.database_url);
    for (name, secret) in [(ACTIVE, key), ("KINDRED_DATABASE__URL", url)] {
        let file = setup.data_dir.join(name);
        // As editors and `echo` write it.
        fs::write(&file, format!("{secret}\n")).expect("written");
        setup.environment.push((format!("{name}__FILE"), file.display().to_string()));
    }
    let node = tokio::task::block_in_place(|| Node::start(setup));
    let client = node.client();
    // Its own session and its own signing key, which is sealed.
    assert_eq!(client.verify(&user.access).await.status, 204);
    assert_eq!(client.refresh(&user.refresh, None).await.status, 200);
    assert!(!node.data_dir().join("master.key").exists(), "no other key was made");
}
