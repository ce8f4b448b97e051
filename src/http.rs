//! HTTP: thin handlers over the layers below. [`routes`] lists what there is, [`problem`] is the only
//! place where errors become responses.

pub mod admin;
pub mod auth;
pub mod avatars;
pub mod connections;
pub mod edge;
pub mod extract;
pub mod fallback;
pub mod health;
pub mod jwks;
pub mod me;
pub mod metrics;
pub mod middleware;
pub mod openapi;
pub mod problem;
pub mod routes;
pub mod server;
pub mod state;
pub mod text;
pub mod work;
