//! Time under the test's control: limits are exact, and a clock that is wrong gives nothing away.

use std::time::Duration;

use kindred::clock::Timestamp;
use macro_rules_attribute::apply;

use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::family::{Family, NO_RACE, claims};
use crate::support::in_process::{InProcess, StoppedClock};
use crate::support::scene::Scene;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
const INSTANT: Duration = Duration::from_micros(1);
const LIMITS: &[(&str, &str)] =
    &[("KINDRED_SESSIONS__IDLE_TIMEOUT", "1h"), ("KINDRED_SESSIONS__ABSOLUTE_TIMEOUT", "150m")];
/// What verifiers forgive at `exp`, `nbf` and `iat`, in seconds.
const LEEWAY: i64 = 60;

#[apply(on_both_databases)]
async fn a_session_that_idles_expires_to_the_microsecond(env: Env) {
    let Scene { clock, server } = Scene::start(&env, LIMITS).await;
    let mut family = Family::open(&server.client).await;
    clock.advance(HOUR - INSTANT);
    let refreshed = family.rotate(&server.client).await;
    assert_eq!(refreshed.body["refresh_expires_in"], 3_600);
    clock.advance(HOUR);
    // The spent token is no longer a theft: there is nothing left to steal.
    for token in &family.refresh {
        server.client.refresh(token, None).await.assert_problem(401, "session_expired");
    }
    let mut next = family.sibling(&server.client).await;
    next.assert_lives(&server.client).await;
    server.stop().await;
}

#[apply(on_both_databases)]
async fn no_refresh_moves_the_absolute_limit(env: Env) {
    let Scene { clock, server } = Scene::start(&env, LIMITS).await;
    let mut family = Family::open(&server.client).await;
    let end = claims(family.access())["iat"].as_i64().expect("seconds") + 9_000;
    let mut left = Vec::new();
    for step in [55 * MINUTE, 55 * MINUTE, 40 * MINUTE - INSTANT] {
        clock.advance(step);
        let refreshed = family.rotate(&server.client).await;
        left.push(refreshed.body["refresh_expires_in"].as_u64().expect("seconds"));
        let expires_at = refreshed.text("/session/expires_at");
        assert_eq!(expires_at, Timestamp::from_unix_seconds(end).rfc3339());
    }
    assert_eq!(left, [3_600, 2_400, 0]);
    clock.advance(INSTANT);
    server.client.refresh(family.live(), None).await.assert_problem(401, "session_expired");
    server.stop().await;
}

#[apply(on_both_databases)]
async fn an_access_token_is_good_from_its_birth_to_its_end_and_a_minute_around(env: Env) {
    let Scene { clock, server } = Scene::start(&env, &[]).await;
    let family = Family::open(&server.client).await;
    let moment = |name: &str, seconds: i64| {
        Timestamp::from_unix_seconds(claims(family.access())[name].as_i64().expect("seconds") + seconds)
    };
    for (now, code) in [
        (moment("iat", -LEEWAY), ""),
        (moment("iat", -LEEWAY).minus(INSTANT), "token_invalid"),
        (moment("exp", LEEWAY).minus(INSTANT), ""),
        (moment("exp", LEEWAY), "token_expired"),
    ] {
        clock.set(now);
        let reply = server.client.verify(family.access()).await;
        assert_eq!(reply.code(), code, "{now:?}: {reply:?}");
    }
    server.stop().await;
}

#[apply(on_both_databases)]
async fn a_clock_that_was_set_back_revives_no_spent_token(env: Env) {
    let Scene { clock, server } = Scene::start(&env, &[]).await;
    let mut families = vec![Family::open(&server.client).await];
    while families.len() < 4 {
        families.push(families[0].sibling(&server.client).await);
    }
    for family in &mut families {
        family.rotate(&server.client).await;
    }
    let [previous, stale, later, lives] = &mut families[..] else { panic!("four") };
    for _ in 0..2 {
        stale.rotate(&server.client).await;
    }
    clock.set_back(DAY);
    let replayed = server.client.refresh(&stale.refresh[0], None).await;
    replayed.assert_problem(401, "refresh_token_reused");
    // What may have been a race gets nothing while the clock is wrong, and ends its family afterwards.
    server.client.refresh(&previous.refresh[0], None).await.assert_problem(409, "refresh_in_flight");
    clock.advance(DAY + NO_RACE);
    let replayed = server.client.refresh(&previous.refresh[0], None).await;
    replayed.assert_problem(401, "refresh_token_reused");
    clock.set_back(DAY);
    server.stop().await;

    // Nor does a node that has only the database's word for when the rotation was.
    let server = InProcess::start(&env, clock.clone(), &[]).await;
    server.client.refresh(&later.refresh[0], None).await.assert_problem(409, "refresh_in_flight");
    clock.advance(DAY);
    let replayed = server.client.refresh(&later.refresh[0], None).await;
    replayed.assert_problem(401, "refresh_token_reused");
    for ended in [&previous, &stale, &later] {
        let refused = server.client.refresh(ended.live(), None).await;
        refused.assert_problem(401, "session_revoked");
    }
    lives.rotate(&server.client).await;
    lives.assert_lives(&server.client).await;
    server.stop().await;
}

#[apply(on_both_databases)]
async fn a_clock_that_was_set_back_revives_no_expired_session(env: Env) {
    let Scene { clock, server } = Scene::start(&env, LIMITS).await;
    let family = Family::open(&server.client).await;
    clock.advance(HOUR);
    server.client.refresh(family.live(), None).await.assert_problem(401, "session_expired");
    clock.set_back(HOUR);
    server.client.refresh(family.live(), None).await.assert_problem(401, "session_expired");
    server.stop().await;
    let server = InProcess::start(&env, clock, LIMITS).await;
    server.client.refresh(family.live(), None).await.assert_problem(401, "session_expired");
    server.client.verify(family.access()).await.assert_problem(401, "session_revoked");
    server.stop().await;
}

#[apply(on_both_databases)]
async fn logout_all_reaches_what_has_expired_but_for_its_access_token(env: Env) {
    let Scene { clock, server } = Scene::start(&env, LIMITS).await;
    let mut family = Family::open(&server.client).await;
    for minutes in [50, 50, 49] {
        clock.advance(minutes * MINUTE);
        family.rotate(&server.client).await;
    }
    clock.advance(2 * MINUTE);
    assert_eq!(server.client.verify(family.access()).await.code(), "", "it outlives its session");
    let other = family.sibling(&server.client).await;
    assert_eq!(server.client.logout_all(other.access()).await.status, 200);
    server.client.verify(family.access()).await.assert_problem(401, "session_revoked");
    server.stop().await;
}

#[apply(on_both_databases)]
async fn a_clock_that_leaps_ahead_makes_no_thief(env: Env) {
    let Scene { clock, server } = Scene::start(&env, &[]).await;
    let mut family = Family::open(&server.client).await;
    family.rotate(&server.client).await;
    clock.advance(400 * DAY);
    for token in &family.refresh {
        server.client.refresh(token, None).await.assert_problem(401, "session_expired");
    }
    let replays = server.metric("auth_sessions_ended_total", &[("reason", "replay")]).await;
    assert_eq!(replays, 0.0);
    server.stop().await;
}

#[apply(on_both_databases)]
async fn a_shorter_life_of_access_tokens_revives_none_of_an_ended_session(env: Env) {
    let Scene { clock, server } = Scene::start(&env, &[("KINDRED_TOKENS__ACCESS_TTL", "1h")]).await;
    let mut family = Family::open(&server.client).await;
    family.rotate(&server.client).await;
    assert_eq!(server.client.logout(family.access()).await.status, 204);
    server.stop().await;
    clock.advance(30 * MINUTE);
    let server = InProcess::start(&env, clock.clone(), &[("KINDRED_TOKENS__ACCESS_TTL", "5s")]).await;
    for access in &family.access {
        server.client.verify(access).await.assert_problem(401, "session_revoked");
        server.client.me(access).await.assert_problem(401, "session_revoked");
    }
    server.stop().await;
}

#[apply(on_both_databases)]
async fn a_retry_after_a_change_of_settings_signs_the_same_expiry(env: Env) {
    const KEY: &str = "attempt-0123456789abcdef";
    let Scene { clock, server } = Scene::start(&env, &[]).await;
    let mut family = Family::open(&server.client).await;
    family.rotate_as(&server.client, Some(KEY)).await;
    server.stop().await;
    let server = InProcess::start(&env, clock, &[("KINDRED_TOKENS__ACCESS_TTL", "5s")]).await;
    let again = server.client.refresh(&family.refresh[0], Some(KEY)).await;
    assert_eq!(claims(&again.access()), claims(family.access()));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_does_not_expire_what_another_node_has_extended() {
    let env = Env::new(Backend::Postgres).await;
    let clock = StoppedClock::new();
    let (a, b) = (
        InProcess::start(&env, clock.clone(), LIMITS).await,
        InProcess::start(&env, clock.clone(), LIMITS).await,
    );
    let mut family = Family::open(&a.client).await;
    family.rotate(&b.client).await;
    clock.advance(50 * MINUTE);
    family.rotate(&a.client).await;
    clock.advance(50 * MINUTE);
    family.rotate(&b.client).await;
    a.stop().await;
    b.stop().await;
}
