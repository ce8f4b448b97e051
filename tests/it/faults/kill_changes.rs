//! I-12: a change of a password, of roles and of factors is there together with its security event, or neither is, wherever
//! between the request and its answer the server was killed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use macro_rules_attribute::apply;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::seed::Rng;
use crate::accounts::scene::{CHANGE, NEW_PASSWORD};
use crate::admin::common::{person, user_path};
use crate::http::common::prove_addresses;
use crate::passkeys::scene::{Holder, OPTIONS, PASSKEYS, SERVICE, usual};
use crate::support::authenticator::Passkey;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply, try_send};
use crate::support::eventually::eventually;
use crate::support::family::{Family, claims};
use crate::support::security_events::details_about;
use crate::support::sql::{count, id_literal, sql};

const ROUNDS: usize = 6;
/// People of each kind.
const PEOPLE: usize = 4;
/// From the round's first answer to its kill, at most.
const LONGEST_ROUND: Duration = Duration::from_millis(200);

/// What is changed over and over.
enum Change {
    /// The password becomes the other one of two.
    Password,
    /// An administrator with this access token gives the role `support`, or takes it away.
    Roles(String),
    /// A passkey is added beside this one, or removed again.
    Passkeys(String),
}

/// Someone who is changed, in one session.
struct Person {
    id: String,
    family: Family,
    change: Change,
    /// How often the server has said that it is done.
    done: usize,
}

/// An answer that tells the outcome.
async fn answer(request: RequestBuilder) -> Option<Reply> {
    try_send(request).await.ok().filter(|reply| reply.status != 503)
}

impl Person {
    fn of(family: Family, change: Change) -> Person {
        let id = claims(family.access())["sub"].as_str().expect("an id").to_owned();
        Person { id, family, change, done: 0 }
    }

    fn request(&self, client: &Client, method: Method, path: &str) -> RequestBuilder {
        client.request(method, path).bearer_auth(self.family.access())
    }

    /// Changes it once more, or finishes what has no answer yet. `None` if the outcome is unknown.
    async fn attempt(&mut self, client: &Client) -> Option<()> {
        match &self.change {
            Change::Password => {
                let reply = answer(self.change_of_password(client)).await?;
                self.family.take(&reply);
            }
            Change::Roles(admin) => {
                let roles = [json!(["user", "support"]), json!(["user"])][self.done % 2].clone();
                let request = client.request(Method::PATCH, &user_path(&self.id)).bearer_auth(admin);
                let reply = answer(request.json(&json!({ "roles": roles }))).await?;
                assert_eq!((reply.status, &reply.body["roles"]), (200, &roles), "{reply:?}");
            }
            Change::Passkeys(first) => self.change_passkeys(client, first).await?,
        }
        self.done += 1;
        Some(())
    }

    /// The key is the same in each retry of an attempt, so that a change whose answer was lost is not made twice.
    fn change_of_password(&self, client: &Client) -> RequestBuilder {
        let (current, new) =
            if self.done.is_multiple_of(2) { (PASSWORD, NEW_PASSWORD) } else { (NEW_PASSWORD, PASSWORD) };
        let body =
            json!({"current_password": current, "new_password": new, "refresh_token": self.family.live()});
        let key = format!("the-attempt-{}-{}", self.id, self.done);
        self.request(client, Method::POST, CHANGE).header("Idempotency-Key", key).json(&body)
    }

    async fn change_passkeys(&self, client: &Client, first: &str) -> Option<()> {
        let there = answer(self.request(client, Method::GET, PASSKEYS)).await?;
        let mut ids = there.body["items"].as_array().expect("a list").iter().map(|item| &item["id"]);
        let reply = if let Some(id) = ids.find(|id| *id != first) {
            let path = format!("{PASSKEYS}/{}", id.as_str().expect("an id"));
            answer(self.request(client, Method::DELETE, &path)).await?
        } else {
            let options = self.request(client, Method::POST, OPTIONS).json(&json!({}));
            let options = answer(options).await?;
            let (_, credential) = Passkey::create(&options.body["options"], &usual());
            let body = json!({"ceremony": options.text("/ceremony"), "credential": credential});
            answer(self.request(client, Method::POST, PASSKEYS).json(&body)).await?
        };
        assert!(reply.status < 300, "{reply:?}");
        Some(())
    }

    /// The change that the database holds is the one that its events tell of.
    fn assert_has_events(&self, env: &Env) {
        let events = |kind: &str| details_about(env, kind, &self.id);
        let id = id_literal(env, &self.id);
        let user = |column: &str| sql(env, &format!("SELECT {column} FROM users WHERE id = {id}"));
        match &self.change {
            Change::Password => {
                let changes = events("password.changed").len();
                // Nothing else has moved it.
                assert_eq!(user("credential_epoch"), changes.to_string(), "{}", self.id);
                assert_eq!(changes, self.done, "each attempt has had its answer in the end");
            }
            Change::Roles(_) => {
                let events = events("account.roles_changed");
                assert_eq!(events.len(), self.done, "{events:?}");
                let last = events.last().map_or_else(|| json!(["user"]), |event| event["to"].clone());
                assert_eq!(named(&user("roles")), listed(&last), "{events:?}");
                assert!(events.windows(2).all(|pair| pair[0]["to"] == pair[1]["from"]), "{events:?}");
            }
            Change::Passkeys(_) => {
                let (added, removed) = (events("factor.enrolled").len(), events("factor.removed").len());
                let there = count(env, &format!("passkeys WHERE user_id = {id}"));
                assert_eq!(there + removed, added, "{}", self.id);
                assert!(added + removed > self.done, "{} changes and the first one", self.done);
            }
        }
    }
}

/// Roles as the database names them.
fn named(roles: &str) -> BTreeSet<&str> {
    roles.split(' ').collect()
}

/// Roles as an event lists them.
fn listed(roles: &Value) -> BTreeSet<&str> {
    roles.as_array().expect("a list").iter().filter_map(Value::as_str).collect()
}

async fn people(env: &Env, client: &Client) -> Vec<Person> {
    let admin = person(env, client, "user admin").await;
    let mut people = Vec::new();
    for _ in 0..PEOPLE {
        people.push(Person::of(Family::open(client).await, Change::Password));
        people.push(Person::of(Family::open(client).await, Change::Roles(admin.access.clone())));
        let Holder { family, id, .. } = Holder::new(client).await;
        people.push(Person::of(family, Change::Passkeys(id)));
    }
    // No one gets a role whose address may be another's.
    prove_addresses(env);
    people
}

#[apply(on_both_databases)]
async fn a_kill_leaves_no_change_without_its_event_and_no_event_without_its_change(env: Env) {
    let mut rng = Rng::new("kill in changes");
    let mut node = env.node(SERVICE).await;
    let mut people = people(&env, &node.client()).await;
    for _ in 0..ROUNDS {
        let (client, begun) = (node.client(), Arc::new(AtomicBool::new(false)));
        let mut storm = JoinSet::new();
        for mut person in people {
            let (client, begun) = (client.clone(), Arc::clone(&begun));
            storm.spawn(async move {
                while person.attempt(&client).await.is_some() {
                    begun.store(true, Ordering::Relaxed);
                }
                person
            });
        }
        eventually("the first answer", async || begun.load(Ordering::Relaxed).then_some(())).await;
        rng.while_traffic_runs(LONGEST_ROUND).await;
        tokio::task::block_in_place(|| node.restart());
        people = storm.join_all().await;
    }
    let client = node.client();
    for person in &mut people {
        eventually("the last attempt has its answer", async || person.attempt(&client).await).await;
        person.assert_has_events(&env);
    }
    let done: usize = people.iter().map(|person| person.done).sum();
    assert!(done > ROUNDS + people.len(), "there was a storm: {done}");
}
