//! The file `master.key` of the data directory.

use macro_rules_attribute::apply;

use super::sealed::{ACTIVE, NEW, reseal};
use crate::faults::refusal::refusal;
use crate::support::backend::{Env, on_both_databases};
use crate::support::process::Node;

#[apply(on_both_databases)]
async fn the_key_in_the_file_is_changed_by_a_line_above_it(env: Env) {
    let mut setup = env.setup(&[]);
    setup.environment.retain(|(name, _)| name != ACTIVE);
    let file = setup.data_dir.join("master.key");
    let mut node = tokio::task::block_in_place(|| Node::start(setup.clone()));
    let user = node.client().signed_in().await;
    let old = std::fs::read_to_string(&file).expect("it was made");

    std::fs::write(&file, format!("{NEW}\n{old}")).expect("written");
    tokio::task::block_in_place(|| node.restart());
    let (status, report, told) = tokio::task::block_in_place(|| reseal(node.setup()));
    assert_eq!((status, &report["previous_keys_removable"]), (0, &true.into()), "{told}");

    std::fs::write(&file, NEW).expect("written");
    tokio::task::block_in_place(|| node.restart());
    let client = node.client();
    assert_eq!(client.verify(&user.access).await.status, 204);
    assert_eq!(client.refresh(&user.refresh, None).await.status, 200);
    node.kill_9();

    std::fs::write(&file, &old).expect("written");
    let message = refusal(&setup);
    assert!(message.contains("sealed with another master key"), "{message}");
    std::fs::write(&file, format!("{NEW}\n{NEW}\n")).expect("written");
    let message = refusal(&setup);
    assert!(message.contains("two of the master keys are the same"), "{message}");
    assert!(!message.contains(NEW), "{message}");
}
