//! Kindred: an authentication server whose sessions are actors.
//!
//! The library holds everything; the binary parses its arguments. Imports only point down this list,
//! which a test enforces:
//!
//! ```text
//! cli, boot                    commands; composition root
//! http                         routes, extractors, problems
//! authn | account              flows in which somebody proves who they are | what becomes of accounts
//! session                      the actors: families, registry, journal, revocation
//! delivery                     messages to people: composed, sealed, brought out
//! store | crypto | courier     the database | cryptography | mail and SMS; none knows another
//! picture | gallery            pictures, decoded and made anew | where they are kept; nor these
//! atlas                        where addresses are; nor this
//! telemetry, config            metrics, logs | settings
//! model                        the rules, pure
//! admission                    who may work when: places in turn, client by client
//! clock, entropy, secret       time, randomness, redaction
//! ```

pub mod account;
pub mod admission;
pub mod atlas;
pub mod authn;
pub mod boot;
pub mod cli;
pub mod clock;
pub mod config;
pub mod courier;
pub mod crypto;
pub mod delivery;
pub mod entropy;
pub mod gallery;
pub mod http;
pub mod model;
pub mod picture;
pub mod secret;
pub mod session;
pub mod store;
pub mod telemetry;
