//! An erasure that is interrupted is done again from the beginning, to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kindred::account::{Forget, Privacy, Unforgotten};
use kindred::boot::{Core, World};
use kindred::config::Config;

use super::rows::{Rows, yesterday};
use crate::storage::sql::{dump, sql};
use crate::support::backend::on_both_databases;
use crate::support::client::Client;
use crate::support::eventually::eventually;
use crate::support::mailbox::Mailbox;
use crate::support::process::environment;

const EVENTS: usize = 2_000;

on_both_databases! {
    async fn a_killed_erasure_goes_on(env: Env) {
        let slow = [("KINDRED_RETENTION__BATCH", "1"), ("KINDRED_RETENTION__INTERVAL", "100ms")];
        let mut node = env.node(&slow).await;
        let client = Client::new(node.base_url());
        let rows = Rows(&env);
        let ada = rows.person(&client, 3).await;
        let key = rows.id(&ada.id);
        rows.events(EVENTS, "session.ended", &key, &key, &ada.canary, yesterday());
        sql(&env, &format!("UPDATE users SET erase_at = 1 WHERE id = {key}"));
        let left = || rows.count("security_events", &format!("correlation_id = '{}'", ada.canary));
        eventually("the erasure is under way", async || (left() < EVENTS - 20).then_some(())).await;
        node.kill_9();
        let at_the_kill = left();
        assert!(at_the_kill > 0, "it was killed in the middle");
        assert_eq!(rows.count("users", &format!("id = {key}")), 1, "the row that leads to the rest goes last");

        let quick = env.node(&[("KINDRED_RETENTION__INTERVAL", "100ms")]).await;
        eventually("the person is gone", async || {
            (rows.count("users", &format!("id = {key}")) == 0).then_some(())
        })
        .await;
        let mails = Mailbox::of(quick.data_dir());
        mails.settled(&env).await;
        assert_eq!(mails.all(&ada.user.email, "account_erased").len(), 1);
        assert!(!dump(&env).contains(&ada.canary));
    }

    async fn what_is_kept_elsewhere_goes_first(env: Env) {
        let node = env.node(&[]).await;
        let client = Client::new(node.base_url());
        let rows = Rows(&env);
        let (ada, bob) = (rows.person(&client, 2).await, rows.person(&client, 2).await);
        sql(&env, "UPDATE users SET erase_at = 1");
        let there = |id: &str| rows.count("users", &format!("id = {}", rows.id(id)));

        let config = Config::from_sources(None, environment(&env.setup(&[]))).expect("a configuration");
        let core = Core::start(&config, &World::default()).await.expect("it starts");
        let asked = Arc::new(AtomicUsize::new(0));
        let (count, stubborn) = (Arc::clone(&asked), ada.id.clone());
        // The first time, ada's picture cannot be removed.
        let forget: Forget = Arc::new(move |user| {
            let fails = user.to_string() == stubborn && count.fetch_add(1, Ordering::SeqCst) == 0;
            Box::pin(async move { if fails { Err(Unforgotten("no answer".to_owned())) } else { Ok(()) } })
        });
        let privacy = Privacy { outside: vec![forget], ..(*core.privacy).clone() };
        assert!(privacy.erase_due().await.is_err(), "it is told");
        assert_eq!((there(&ada.id), there(&bob.id)), (1, 0), "one does not keep the others");
        assert_eq!(privacy.erase_due().await.expect("it succeeds"), 1);
        assert_eq!(there(&ada.id), 0);
        assert_eq!(asked.load(Ordering::SeqCst), 2);
        assert_eq!(privacy.erase_due().await.expect("nothing is left to do"), 0);
        core.stop().await;
    }
}
