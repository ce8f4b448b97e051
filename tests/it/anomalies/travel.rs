//! No one travels faster than the limit, to the second.

use std::time::Duration;

use kindred::model::location::Coordinates;
use kindred::model::travel::distance;
use macro_rules_attribute::apply;

use super::common::{
    BERLIN, BERLIN_AT, FIREFOX, GeoFile, NEW_YORK, NEW_YORK_AT, SYDNEY, anomaly, login, odd, pairs, someone,
};
use crate::http::common::prove_addresses;
use crate::support::backend::{Env, on_both_databases};
use crate::support::in_process::{InProcess, StoppedClock};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

/// How long the journey takes from Berlin to New York at 1000 km/h.
fn journey() -> Duration {
    let at = |(latitude, longitude)| Coordinates::of_degrees(latitude, longitude).expect("degrees");
    Duration::from_secs_f64(distance(at(BERLIN_AT), at(NEW_YORK_AT)) * 3.6)
}

#[apply(on_both_databases)]
async fn the_limit_is_exact(env: Env) {
    let clock = StoppedClock::new();
    let file = GeoFile::of_places();
    let server = InProcess::start(&env, clock.clone(), &pairs(&file.settings())).await;
    let client = &server.client;
    let mailbox = server.mailbox();
    let (fast, slow) = (someone(client).await, someone(client).await);
    prove_addresses(&env);
    for email in [&fast, &slow] {
        login(client, email, BERLIN, FIREFOX).await;
    }
    clock.advance(journey() - SECOND);
    let too_fast = login(client, &fast, NEW_YORK, FIREFOX).await;
    assert_eq!(anomaly(&env, &too_fast), odd("impossible_travel", "US", "DE"));
    clock.advance(2 * SECOND);
    let in_time = login(client, &slow, NEW_YORK, FIREFOX).await;
    assert_eq!(anomaly(&env, &in_time), odd("new_country", "US", "DE"));
    for email in [&fast, &slow] {
        let mail = mailbox.wait_for(email, "unusual_login").await;
        assert!(mail.text.contains("New York, United States"), "{}", mail.text);
    }

    // Countries that are known do not excuse it, and time does.
    let back = login(client, &fast, BERLIN, FIREFOX).await;
    assert_eq!(anomaly(&env, &back), odd("impossible_travel", "DE", "US"));
    clock.advance(24 * HOUR);
    let later = login(client, &slow, BERLIN, FIREFOX).await;
    assert_eq!(anomaly(&env, &later), None);
    let found = server.metric("auth_login_anomalies_total", &[("reason", "impossible_travel")]).await;
    assert_eq!(found, 2.0);
    server.stop().await;
}

#[apply(on_both_databases)]
async fn the_speed_is_a_setting(env: Env) {
    let clock = StoppedClock::new();
    let file = GeoFile::of_places();
    let settings = file.settings();
    let mut settings = pairs(&settings);
    settings.push(("KINDRED_ANOMALIES__IMPOSSIBLE_SPEED", "2000"));
    let server = InProcess::start(&env, clock.clone(), &settings).await;
    let email = someone(&server.client).await;
    login(&server.client, &email, BERLIN, FIREFOX).await;
    clock.advance(journey() / 2 + SECOND);
    let in_time = login(&server.client, &email, NEW_YORK, FIREFOX).await;
    assert_eq!(anomaly(&env, &in_time), odd("new_country", "US", "DE"));
    server.stop().await;
}

#[apply(on_both_databases)]
async fn a_clock_that_was_set_back_gives_no_time_to_travel(env: Env) {
    let clock = StoppedClock::new();
    let file = GeoFile::of_places();
    let server = InProcess::start(&env, clock.clone(), &pairs(&file.settings())).await;
    let email = someone(&server.client).await;
    login(&server.client, &email, BERLIN, FIREFOX).await;
    clock.set_back(24 * HOUR);
    let same = login(&server.client, &email, BERLIN, FIREFOX).await;
    assert_eq!(anomaly(&env, &same), None);
    let far = login(&server.client, &email, SYDNEY, FIREFOX).await;
    assert_eq!(anomaly(&env, &far), odd("impossible_travel", "AU", "DE"));
    server.stop().await;
}
