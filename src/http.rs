//! The HTTP API: thin handlers over the services.
//!
//! [`routes`] lists all routes, and [`server`] all middleware. A handler takes what it needs from a request by
//! [`extract`]ors, calls a service by way of [`work`], and returns a body of its own or of [`dto`]. [`problem`] converts
//! the errors of services, and [`edge`] makes answers of them.

pub mod admin;
pub mod auth;
pub mod avatar_links;
pub mod avatars;
pub mod browser;
pub mod captcha_page;
pub mod connection_table;
pub mod continuation;
pub mod dto;
pub mod edge;
pub mod extract;
pub mod fallback;
pub mod health;
pub mod held_body;
pub mod introduction;
pub mod jwks;
pub mod keys_unavailable;
pub mod me;
pub mod methods;
pub mod metrics;
pub mod middleware;
pub mod openapi;
pub mod operations;
pub mod pages;
pub mod problem;
pub mod proxy_protocol;
pub mod published;
pub mod routes;
pub mod server;
pub mod state;
pub mod well_known;
pub mod work;
pub mod work_error;
