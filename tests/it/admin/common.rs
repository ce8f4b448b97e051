//! People with roles, and how they speak to the API.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::backend::Env;
use crate::support::client::{Client, PASSWORD, Reply, send, unique_email};
use crate::support::sql::sql;

/// Someone who is logged in.
pub struct Person {
    pub id: String,
    pub email: String,
    pub access: String,
    pub refresh: String,
    pub session_id: String,
}

/// Registers someone, gives them these roles (`user admin`) and a proven address in the database, and logs them in.
pub async fn person(env: &Env, client: &Client, roles: &str) -> Person {
    let email = unique_email();
    let registered = client.register(&email, PASSWORD).await;
    assert_eq!(registered.status, 201, "{registered:?}");
    set_roles(env, &email, roles);
    login(client, email).await
}

/// A new session of someone.
pub async fn login(client: &Client, email: String) -> Person {
    let reply = client.login(&email, PASSWORD).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let (access, refresh) = (reply.access(), reply.refresh_token());
    Person { id: reply.text("/user/id"), email, access, refresh, session_id: reply.session_id() }
}

pub fn set_roles(env: &Env, email: &str, roles: &str) {
    sql(env, &format!("UPDATE users SET roles = '{roles}', email_verified_at = 1 WHERE email = '{email}'"));
}

impl Person {
    pub async fn get(&self, client: &Client, path: &str) -> Reply {
        self.call(client, Method::GET, path, None).await
    }

    pub async fn post(&self, client: &Client, path: &str, body: Value) -> Reply {
        self.call(client, Method::POST, path, Some(body)).await
    }

    pub async fn patch(&self, client: &Client, path: &str, body: Value) -> Reply {
        self.call(client, Method::PATCH, path, Some(body)).await
    }

    pub async fn delete(&self, client: &Client, path: &str) -> Reply {
        self.call(client, Method::DELETE, path, None).await
    }

    /// `disable`, `enable`, `unlock`, `require-password-change` or `reset-mfa`.
    pub async fn act(&self, client: &Client, target: &str, action: &str) -> Reply {
        self.call(client, Method::POST, &format!("/api/v1/admin/users/{target}/{action}"), None).await
    }

    pub async fn call(&self, client: &Client, method: Method, path: &str, body: Option<Value>) -> Reply {
        let mut request = client.request(method, path).bearer_auth(&self.access);
        if let Some(body) = body {
            request = request.json(&body);
        }
        send(request).await
    }

    /// The events of a kind about someone, the newest first, as this person may read them.
    pub async fn events_about(&self, client: &Client, kind: &str, user: &str) -> Vec<Value> {
        let reply = self.get(client, &format!("/api/v1/admin/events?kind={kind}&user={user}")).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        items(&reply)
    }
}

/// An operation of the document, on someone who is there for it.
pub struct Operation {
    pub method: Method,
    template: String,
    pub path: String,
    pub target: Person,
}

impl Operation {
    pub async fn on_someone(env: &Env, client: &Client, method: &str, template: &str) -> Operation {
        let target = person(env, client, "user").await;
        let path = template.replace("{id}", &target.id).replace("{sid}", &target.session_id);
        let method = method.to_uppercase().parse().expect("a method");
        Operation { method, template: template.to_owned(), path, target }
    }

    pub async fn by(&self, client: &Client, caller: &Person) -> Reply {
        caller.call(client, self.method.clone(), &self.path, self.body()).await
    }

    /// Whether this is the answer to who may do it. The id of a user is none of an invitation, an
    /// application or a key.
    pub fn is_done(&self, reply: &Reply) -> bool {
        let is_of_another_kind = ["invitations/{id}", "applications/{id}", "{kid}/retire"]
            .iter()
            .any(|end| self.template.ends_with(end));
        if is_of_another_kind { reply.status == 404 } else { reply.status < 300 }
    }

    fn body(&self) -> Option<Value> {
        match (self.method.as_str(), self.template.as_str()) {
            ("POST", "/api/v1/admin/users" | "/api/v1/admin/invitations") => {
                Some(json!({"email": unique_email()}))
            }
            ("POST", "/api/v1/admin/applications") => Some(json!({"name": "shop"})),
            ("PATCH", _) => Some(json!({"display_name": "Grace"})),
            _ => None,
        }
    }
}

#[track_caller]
pub fn items(reply: &Reply) -> Vec<Value> {
    reply.body["items"].as_array().unwrap_or_else(|| panic!("no list: {reply:?}")).clone()
}

pub fn user_path(id: &str) -> String {
    format!("/api/v1/admin/users/{id}")
}
