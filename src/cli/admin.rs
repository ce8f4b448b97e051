//! `kindred admin`: creates administrators, and grants and withdraws the role.

use std::io::Read;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::operation::{self, find};
use crate::account::{NewAdmin, Principal, ProfileChange};
use crate::boot::Core;
use crate::config::Config;
use crate::model::account::{Role, Roles};
use crate::secret::Secret;

/// Longest input that can be a password, in bytes.
const MAX_INPUT: u64 = 4_096;

#[derive(Debug, Args)]
pub(super) struct Admin {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Create the account of an administrator. Without a password, print the link to set one.
    ///
    /// You vouch for the address: it counts as verified, although no mail is sent.
    Create {
        /// The e-mail address with which the administrator logs in.
        #[arg(long, value_name = "ADDRESS")]
        email: String,
        /// The name that mails to the administrator begin with.
        #[arg(long, value_name = "NAME")]
        display_name: Option<String>,
        /// Read the password from standard input; it must be changed at the first login.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Give an existing account the role of administrator. Its address must be verified, because anyone may have
    /// registered it.
    Grant {
        /// The id or the e-mail address of the account.
        user: String,
    },
    /// Withdraw the role of administrator; other roles stay. One administrator always remains.
    Withdraw {
        /// The id or the e-mail address of the account.
        user: String,
    },
}

impl Admin {
    pub fn run(self, config: &Config) -> ExitCode {
        operation::run_before_start(config, async |core, principal| match self.action {
            Action::Create { email, display_name, password_stdin } => {
                let password = password_stdin.then(read_password).transpose()?;
                create(core, principal, NewAdmin { email, display_name, password }).await
            }
            Action::Grant { user } => change(core, principal, &user, |roles| roles.with(Role::Admin)).await,
            Action::Withdraw { user } => {
                change(core, principal, &user, |roles| roles.without(Role::Admin)).await
            }
        })
    }
}

/// Reads one line from standard input.
fn read_password() -> Result<Secret<String>, String> {
    let mut input = zeroize::Zeroizing::new(String::new());
    let read = std::io::stdin().take(MAX_INPUT).read_to_string(&mut input);
    read.map_err(|error| format!("the password cannot be read: {error}"))?;
    Ok(Secret::new(input.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Only the link goes to standard output, so that a program can read it.
async fn create(core: &Core, principal: &Principal, admin: NewAdmin) -> Result<(), String> {
    let made = core.administration.create_admin(principal, admin).await;
    let (account, link) = made.map_err(|error| error.to_string())?;
    match link {
        Some(link) => {
            eprintln!(
                "{} is an administrator; until {} this link sets the password:",
                account.email,
                link.expires_at.rfc3339()
            );
            println!("{}", link.url.expose());
        }
        None => {
            eprintln!("{} is an administrator and must change the password at the first login", account.email)
        }
    }
    Ok(())
}

/// Changes the role of administrator; the account keeps its other roles.
async fn change(
    core: &Core,
    principal: &Principal,
    user: &str,
    to: fn(Roles) -> Roles,
) -> Result<(), String> {
    let account = find(core, user).await?;
    let change = ProfileChange { roles: Some(to(account.roles)), ..ProfileChange::default() };
    let changed = core.administration.change(principal, account.id, &change).await;
    let account = changed.map_err(|error| error.to_string())?;
    eprintln!("{} has the roles: {}", account.email, account.roles);
    Ok(())
}
