//! A server behind a proxy, with a file of locations, and people who log in from many places.

use std::path::PathBuf;

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::backend::Env;
use crate::support::client::{Client, PASSWORD, Reply, send, unique_email};
use crate::support::mmdb::{Mmdb, Place};
use crate::support::security_events::details_in;

pub const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
pub const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 \
                          (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";

pub const BERLIN: &str = "192.0.2.7";
/// So near to Berlin that no one calls it a journey.
pub const POTSDAM: &str = "192.0.2.207";
/// As near, but in another country.
pub const SLUBICE: &str = "198.51.100.7";
pub const NEW_YORK: &str = "203.0.113.7";
pub const SYDNEY: &str = "2001:db8::7";
/// Somewhere in a country, the middle of which is no place.
pub const FRANCE: &str = "198.51.100.207";
pub const UNKNOWN: &str = "198.18.0.7";
pub const PRIVATE: &str = "10.0.0.7";

/// In degrees.
pub const BERLIN_AT: (f64, f64) = (52.5244, 13.4105);
pub const NEW_YORK_AT: (f64, f64) = (40.7143, -74.006);

const fn place(
    network: &'static str,
    country: &'static str,
    city: &'static str,
    (latitude, longitude): (f64, f64),
) -> Place {
    Place { network, country, city: Some(city), centre: Some((latitude, longitude, 20)) }
}

pub const PLACES: [Place; 7] = [
    place("192.0.2.0/25", "DE", "Berlin", BERLIN_AT),
    place("192.0.2.128/25", "DE", "Potsdam", (52.3989, 13.0657)),
    place("198.51.100.0/25", "PL", "Słubice", (52.3506, 14.5611)),
    Place { network: "198.51.100.128/25", country: "FR", city: None, centre: Some((46.2, 2.2, 500)) },
    place("203.0.113.0/24", "US", "New York", NEW_YORK_AT),
    place("2001:db8::/32", "AU", "Sydney", (-33.8688, 151.2093)),
    // A mistake in a file must not place every private network there.
    place("10.0.0.0/8", "US", "Nowhere", (0.0, 0.0)),
];

/// A file of locations, while this lives.
pub struct GeoFile(TempDir);

impl GeoFile {
    pub fn new(content: &[u8]) -> GeoFile {
        let file = GeoFile(tempfile::tempdir().expect("a folder"));
        file.replace(content);
        file
    }

    pub fn of_places() -> GeoFile {
        GeoFile::new(&cities(&PLACES))
    }

    /// As operators should: under another name first.
    pub fn replace(&self, content: &[u8]) {
        let new = self.0.path().join("new");
        std::fs::write(&new, content).expect("a file");
        std::fs::rename(new, self.path()).expect("a file");
    }

    pub fn remove(&self) {
        std::fs::remove_file(self.path()).expect("a file");
    }

    pub fn path(&self) -> PathBuf {
        self.0.path().join("places.mmdb")
    }

    /// The environment of a server that reads it.
    pub fn settings(&self) -> [(&'static str, String); 3] {
        [
            ("KINDRED_ANOMALIES__GEOIP_FILE", self.path().display().to_string()),
            ("KINDRED_ANOMALIES__GEOIP_CHECK", "50ms".to_owned()),
            // Tests choose their addresses.
            ("KINDRED_SERVER__TRUSTED_PROXIES", "127.0.0.1/32".to_owned()),
        ]
    }
}

pub fn cities(places: &[Place]) -> Vec<u8> {
    Mmdb { kind: "GeoLite2-City", record_size: 28, places }.bytes()
}

/// Settings as [`Env::node`] takes them.
pub fn pairs<'a>(settings: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    settings.iter().map(|(key, value)| (*key, value.as_str())).collect()
}

/// Someone who has registered and never logged in.
pub async fn someone(client: &Client) -> String {
    let email = unique_email();
    assert_eq!(client.register(&email, PASSWORD).await.status, 201);
    email
}

pub async fn login(client: &Client, email: &str, address: &str, user_agent: &str) -> Reply {
    let request = client.request(Method::POST, "/api/v1/auth/login");
    let request = request.header("X-Forwarded-For", address).header("User-Agent", user_agent);
    let reply = send(request.json(&json!({"email": email, "password": PASSWORD}))).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply
}

/// What a login's event says; none if it was nothing out of the ordinary.
#[track_caller]
pub fn anomaly(env: &Env, login: &Reply) -> Option<Value> {
    let mut found = details_in(env, "login.anomalous", &login.session_id());
    assert!(found.len() < 2, "one for a login: {found:?}");
    found.pop()
}

/// The event of an odd place.
pub fn odd(reason: &str, country: &str, previous_country: &str) -> Option<Value> {
    Some(json!({ "reason": reason, "country": country, "previous_country": previous_country }))
}

/// Where a session is, as its own list says.
pub async fn location(client: &Client, access: &str) -> Value {
    let reply = client.sessions(access).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let items = reply.body["items"].as_array().expect("a list");
    items.iter().find(|item| item["current"] == true).expect("the session itself")["location"].clone()
}
