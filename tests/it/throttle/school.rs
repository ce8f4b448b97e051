//! Many people behind one address.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;

use super::visitor::{LIMITED, Visitor};
use crate::support::backend::{Backend, Env};
use crate::support::client::PASSWORD;
use crate::support::scene::Scene;

const PEOPLE: usize = 800;
/// Those who log in at the same moment.
const AT_ONCE: usize = 16;
/// Every tenth mistypes the password first.
const MISTYPING: usize = 10;

fn email(number: usize) -> String {
    format!("pupil-{number}@school.example")
}

/// The limits count in memory, so one database is enough.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_hundred_people_log_in_within_five_minutes() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = Scene::start(&env, &[LIMITED, &[("KINDRED_PASSWORD__QUEUE", "1000")]].concat()).await;
    let school = Visitor::new(scene.client(), "198.51.100.1");
    let registered = stream::iter(0..PEOPLE)
        .map(async |number| scene.client().register(&email(number), PASSWORD).await.status);
    assert!(registered.buffer_unordered(AT_ONCE).all(async |status| status == 201).await);
    let moment = Duration::from_secs(300) / (PEOPLE / AT_ONCE) as u32;
    let people: Vec<usize> = (0..PEOPLE).collect();
    for group in people.chunks(AT_ONCE) {
        let logins = stream::iter(group.to_vec()).map(async |number| {
            if number % MISTYPING == 0 {
                school.login(&email(number), "wrong horse").await.assert_problem(401, "invalid_credentials");
            }
            school.login(&email(number), PASSWORD).await
        });
        let replies: Vec<_> = logins.buffer_unordered(AT_ONCE).collect().await;
        replies.iter().for_each(|reply| reply.assert_status(200));
        scene.clock.advance(moment);
    }
    for rule in ["login", "login_hard"] {
        assert_eq!(scene.server.metric("auth_rate_limited_total", &[("rule", rule)]).await, 0.0, "{rule}");
    }
    scene.server.stop().await;
}
