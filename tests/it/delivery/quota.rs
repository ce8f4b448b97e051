//! Budgets hold, across restarts as well.

use std::time::Duration;

use kindred::delivery::quota::{Outgoing, Recipient};
use kindred::model::notice::{Channel, Notice};
use uuid::Uuid;

use super::writing::{Writer, link, wait_for_fates, warning};
use crate::privacy::rows::Rows;
use crate::storage::sql::sql;
use crate::support::audit::rows;
use crate::support::backend::on_both_databases;
use crate::support::client::unique_email;
use crate::support::eventually::eventually;
use crate::support::metrics::metric;

const SENT: &str = "sent 1 unsealed -";
const OVER: &str = "over_budget 1 unsealed -";

/// A message about this user's account, to one recipient.
fn to(channel: Channel, user: Uuid, notice: &Notice) -> Outgoing<'_> {
    Outgoing { channel, user: Some(user), notice, recipient: Recipient::default(), known_device: false }
}

on_both_databases! {
    async fn nodes_add_up(env: Env) {
        let (one, two) = (Writer::of(&env).await, Writer::of(&env).await);
        let ada = one.user().await;
        for node in [&one, &two, &one] {
            node.quotas().spend(&to(Channel::Mail, ada, &link("x"))).await.expect("within the budget");
            node.quotas().flush().await.expect("it is written");
        }
        let spent = one.quotas().spend(&to(Channel::Sms, ada, &link("x"))).await.expect("within the budget");
        one.quotas().give_back(&spent);
        let report = one.quotas().report();
        let used: Vec<_> = report.budgets.iter().map(|budget| (budget.budget, budget.used)).collect();
        assert_eq!(used, [("mail", 3), ("sms", 0)]);
        assert_eq!((report.budgets[1].limit, report.budgets[1].limit_per_user), (1_000, 10));
        let rest = report.resets_at.since(one.now());
        assert!(rest > Duration::ZERO && rest <= Duration::from_secs(86_400), "{rest:?}");
        let of_ada = format!("SELECT CAST(used AS TEXT) FROM quota_usage WHERE scope = 'mail/{ada}'");
        assert_eq!(rows(&env, &of_ada), ["3"]);
    }

    async fn an_account_has_its_budget_and_is_warned_beyond_it(env: Env) {
        let settings = [("KINDRED_QUOTAS__MAIL_PER_USER", "2"), ("KINDRED_OUTBOX__POLL_INTERVAL", "20ms")];
        let mut node = env.node(&settings).await;
        let writer = Writer::of(&env).await;
        let (ada, bob, to) = (Some(writer.user().await), Some(writer.user().await), unique_email());
        writer.mail_to_user(ada, &to, link("one")).await;
        wait_for_fates(&env, &[SENT]).await;
        writer.mail_to_user(ada, &to, link("two")).await;
        wait_for_fates(&env, &[SENT, SENT]).await;
        writer.mail_to_user(ada, &to, link("three")).await;
        wait_for_fates(&env, &[SENT, SENT, OVER]).await;
        writer.mail_to_user(ada, &to, warning()).await;
        writer.mail_to_user(bob, &to, link("of another user")).await;
        wait_for_fates(&env, &[SENT, SENT, OVER, SENT, SENT]).await;
        let mail = [("budget", "mail")];
        assert_eq!(metric(&node, "auth_quota_refused_total", &mail).await, 1.0);
        assert_eq!(metric(&node, "auth_quota_used", &mail).await, 3.0, "a warning spends nothing of it");
        assert_eq!(metric(&node, "auth_quota_limit", &mail).await, 100_000.0);
        // What was spent is written when the node stops, and read when it starts.
        assert!(node.terminate().success());
        node.restart();
        eventually("yesterday's metric", async || (metric(&node, "auth_quota_used", &mail).await == 3.0).then_some(())).await;
        writer.mail_to_user(ada, &to, link("four")).await;
        wait_for_fates(&env, &[SENT, SENT, OVER, SENT, SENT, OVER]).await;
    }

    async fn of_somebody_who_is_gone_nothing_is_written(env: Env) {
        let writer = Writer::of(&env).await;
        let (ada, bob) = (writer.user().await, writer.user().await);
        for user in [ada, bob] {
            writer.quotas().spend(&to(Channel::Mail, user, &link("x"))).await.expect("within the budget");
        }
        writer.quotas().flush().await.expect("it is written");
        for user in [ada, bob] {
            writer.quotas().spend(&to(Channel::Mail, user, &link("x"))).await.expect("within the budget");
        }
        let id = Rows(&env).id(&ada.to_string());
        sql(&env, &format!("DELETE FROM users WHERE id = {id}"));
        writer.quotas().flush().await.expect("it is written");
        let counts = rows(&env, "SELECT scope || ' ' || CAST(used AS TEXT) FROM quota_usage WHERE scope NOT LIKE 'mail-%' ORDER BY scope DESC");
        assert_eq!(counts, ["sms 0".to_owned(), format!("mail/{bob} 2"), "mail 4".to_owned()]);
    }

    async fn all_together_have_a_budget(env: Env) {
        let settings = [
            ("KINDRED_QUOTAS__MAIL_GLOBAL", "1"),
            ("KINDRED_QUOTAS__FLUSH_INTERVAL", "50ms"),
            ("KINDRED_OUTBOX__POLL_INTERVAL", "20ms"),
        ];
        let mut node = env.node(&settings).await;
        let writer = Writer::of(&env).await;
        writer.mail(&unique_email(), link("one")).await;
        wait_for_fates(&env, &[SENT]).await;
        writer.mail(&unique_email(), link("one too many")).await;
        wait_for_fates(&env, &[SENT, OVER]).await;
        let stored = "SELECT CAST(used AS TEXT) FROM quota_usage WHERE scope = 'mail'";
        eventually("it is written", async || (rows(&env, stored) == ["1"]).then_some(())).await;
        // A crash forgets at most what was not yet written: here nothing.
        node.kill_9();
        node.restart();
        writer.mail(&unique_email(), link("two")).await;
        wait_for_fates(&env, &[SENT, OVER, OVER]).await;
        writer.mail(&unique_email(), warning()).await;
        wait_for_fates(&env, &[SENT, OVER, OVER, SENT]).await;
    }
}
