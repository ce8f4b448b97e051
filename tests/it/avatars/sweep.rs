//! Objects that no one's row points to are found and deleted, when they are old enough.

use std::fs::File;
use std::time::Duration;

use macro_rules_attribute::apply;

use super::common::{fetch, files, png, put};
use crate::support::backend::{Env, on_both_databases};
use crate::support::eventually::eventually;
use crate::support::metrics::metric;

const TWO_DAYS: Duration = Duration::from_secs(2 * 24 * 60 * 60);

fn age(file: &File) {
    let made = file.metadata().and_then(|facts| facts.modified()).expect("its time");
    file.set_modified(made - TWO_DAYS).expect("another time");
}

#[apply(on_both_databases)]
async fn what_was_abandoned_goes(env: Env) {
    let mut node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    let address = put(&client, &user, "image/png", png([8, 8, 8])).await.text("/url");
    let [kept] = &files(node.data_dir())[..] else { panic!("not one file") };
    let (abandoned, fresh) = (kept.with_file_name("abandoned.png"), kept.with_file_name("fresh.png"));
    for (copy, is_old) in [(&abandoned, true), (&fresh, false)] {
        std::fs::copy(kept, copy).expect("a copy");
        if is_old {
            let file = File::options().write(true).open(copy).expect("the copy");
            age(&file);
        }
    }
    let file = File::options().write(true).open(kept).expect("the picture");
    age(&file);

    node.restart();
    eventually("the sweep", async || (!abandoned.exists()).then_some(())).await;
    assert!(kept.exists() && fresh.exists());
    let client = node.client();
    assert!(fetch(&client, &user, &address).await.is_ok());
    let job = [("job", "sweep_avatars")];
    eventually("its count", async || (metric(&node, "auth_job_rows_total", &job).await == 1.0).then_some(()))
        .await;
}
