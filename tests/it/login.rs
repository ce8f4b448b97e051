//! Logins by what may befall an account: locks, states, new devices; and step-ups.

mod device;
pub mod known_devices;
mod limited;
pub mod lock;
mod lock_parallel;
mod pools;
mod replay_mail;
mod states;
mod step_up;
mod step_up_failed;
mod step_up_race;
mod time_zone;
