//! What operators get beside the program: alert rules with their runbooks, and dashboards. `live` runs them on a real
//! Prometheus, in the stage `ops` of `scripts/test`.

mod queries;
mod rules;

mod alerts;
mod backup;
mod dashboards;
mod doctor;
mod live;
mod log_level;
mod runbooks;
mod secrets;
