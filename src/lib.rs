//! Kindred: an authentication server whose sessions are actors.
//!
//! The library holds everything; the binary parses its arguments. Imports only point down this list,
//! which a test enforces:
//!
//! ```text
//! cli, boot                     commands; the composition root
//! http                          routes, extractors, middleware, problem details
//! authn | account               flows in which a person authenticates | the life of accounts
//! session                       the actors: families, registry, journal, revocation
//! notification | keys | tls     mails and SMS: composed, queued, sent | signing and root keys | certificates
//! breached                      passwords that became public
//! federation                    providers that vouch for people: their metadata, keys and tokens
//! store | crypto                the database | cryptography; neither knows the other
//! image | blob_store | geoip    decoding uploads | where avatars are stored | locations of addresses
//! throttle                      rate limits by network, in memory or in Redis
//! outgoing                      the guarded client for calls to services outside
//! telemetry, config, text       metrics, logs, traces | settings | texts in the languages of their readers
//! model                         the rules, pure
//! admission                     fair admission to bounded work, client by client
//! clock, entropy, secret        time, randomness, redaction
//! file_error                    errors that name the path and who may use it
//! ```

#![warn(missing_docs)]
#![allow(
    rustdoc::private_intra_doc_links,
    reason = "the documentation is for people who change the server, and always includes private items"
)]

pub(crate) mod account;
pub(crate) mod admission;
pub mod authn;
pub(crate) mod blob_store;
pub mod boot;
pub(crate) mod breached;
pub mod cli;
pub mod clock;
pub mod config;
pub mod crypto;
pub mod entropy;
pub mod federation;
pub(crate) mod file_error;
pub(crate) mod geoip;
pub(crate) mod http;
pub(crate) mod image;
pub(crate) mod keys;
pub mod model;
pub mod notification;
pub(crate) mod outgoing;
pub mod secret;
pub mod session;
pub mod store;
pub mod telemetry;
pub mod text;
pub(crate) mod throttle;
pub(crate) mod tls;
