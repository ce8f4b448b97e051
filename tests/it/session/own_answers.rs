//! I-15: no one gets the answer of someone else, however many speak through the same connections, at two nodes, and
//! whatever is given up half-way.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::faults::seed::Rng;
use crate::support::backend::{Backend, Env};
use crate::support::client::{Client, PASSWORD, Reply, send};
use crate::support::family::{Family, claims};

const PEOPLE: usize = 16;
const STEPS: usize = 24;
/// Some of what is given up has been answered by then, and some has not.
const GIVEN_UP_AFTER: Duration = Duration::from_micros(1_500);

/// Someone with what only they may be told.
struct Person {
    family: Family,
    id: String,
}

impl Person {
    async fn new(client: &Client) -> Person {
        let family = Family::open(client).await;
        let id = claims(family.access())["sub"].as_str().expect("an id").to_owned();
        Person { family, id }
    }

    fn assert_own_tokens(&self, reply: &Reply) {
        assert_eq!(reply.status, 200, "{reply:?}");
        let claims = claims(&reply.access());
        assert_eq!((&claims["sub"], &claims["sid"]), (&json!(self.id), &json!(self.family.id)), "{reply:?}");
        assert_eq!(reply.session_id(), self.family.id);
    }

    async fn refresh(&mut self, client: &Client, attempt: usize) {
        let key = format!("the-attempt-{attempt}-of-{}", self.family.id);
        let reply = client.refresh(self.family.live(), Some(&key)).await;
        self.assert_own_tokens(&reply);
        self.family.take(&reply);
    }

    async fn ask(&self, client: &Client) {
        let me = client.me(self.family.access()).await;
        assert_eq!((me.text("/id"), me.text("/email")), (self.id.clone(), self.family.email.clone()));
        let sessions = client.sessions(self.family.access()).await;
        assert_eq!(sessions.body["items"].as_array().map(Vec::len), Some(1), "{sessions:?}");
        assert_eq!(sessions.text("/items/0/id"), self.family.id);
    }

    fn rename(&self, client: &Client, name: &str) -> RequestBuilder {
        let request = client.request(Method::PATCH, "/api/v1/me").bearer_auth(self.family.access());
        request.json(&json!({"display_name": name}))
    }

    async fn live(mut self, clients: [Client; 2], mut rng: Rng) -> Person {
        let first = rng.below(4);
        for step in 0..STEPS {
            let client = &clients[rng.below(2)];
            match (first + step) % 4 {
                0 => self.refresh(client, step).await,
                1 => {
                    // Given up before its answer has come, or while it comes.
                    let _ = timeout(GIVEN_UP_AFTER, client.me(self.family.access())).await;
                    self.ask(client).await;
                }
                2 => {
                    let name = format!("{step} {}", self.id);
                    let renamed = send(self.rename(client, &name)).await;
                    assert_eq!((renamed.status, renamed.text("/display_name")), (200, name));
                }
                _ => {
                    let raised = self.family.step_up(client, PASSWORD).await;
                    self.assert_own_tokens(&raised);
                }
            }
        }
        self.ask(&clients[0]).await;
        self
    }
}

/// The questions of these people, one behind the other on one connection without waiting, as a proxy may send them.
async fn pipelined(authority: &str, people: &[Person]) -> String {
    let mut stream = TcpStream::connect(authority).await.expect("the node listens");
    let mut questions = String::new();
    for (number, person) in people.iter().enumerate() {
        let last = if number + 1 == people.len() { "Connection: close\r\n" } else { "" };
        let bearer = person.family.access();
        questions += &format!(
            "GET /api/v1/me HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {bearer}\r\n{last}\r\n"
        );
    }
    stream.write_all(questions.as_bytes()).await.expect("it takes them");
    let mut answers = String::new();
    stream.read_to_string(&mut answers).await.expect("answers");
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everyone_gets_their_own() {
    let mut rng = Rng::new("own answers");
    let env = Env::new(Backend::Postgres).await;
    let patient = [("KINDRED_PASSWORD__QUEUE", "1000")];
    let (a, b) = (env.node(&patient).await, env.node(&patient).await);
    // All speak through the connections of one client of each node.
    let clients = [a.client(), b.client()];
    let people =
        join_all((0..PEOPLE).map(async |number: usize| Person::new(&clients[number % 2]).await)).await;
    let lives = people.into_iter().map(|person| tokio::spawn(person.live(clients.clone(), rng.fork())));
    let lives = join_all(lives.collect::<Vec<_>>()).await;
    let people: Vec<Person> = lives.into_iter().map(|person| person.expect("their own answers")).collect();

    for node in [&a, &b] {
        let authority = node.base_url().trim_start_matches("http://");
        let answers = pipelined(authority, &people).await;
        let told: Vec<_> =
            answers.split("\"email\":\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let expected: Vec<_> = people.iter().map(|person| person.family.email.as_str()).collect();
        assert_eq!(told, expected, "{answers}");
    }
}
