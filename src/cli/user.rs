//! `kindred user`: shows accounts and acts on them.

mod import;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use uuid::Uuid;

use super::operation::{self, find, print_json};
use crate::account::{Principal, ProfileChange};
use crate::boot::Core;
use crate::config::Config;
use crate::http::dto::account::AccountItem;
use crate::http::dto::session::SessionItem;
use crate::store::account::directory::{AccountFilter, AccountRecord, AccountState};
use crate::store::database::keyset::PageRequest;

/// The number of accounts read at a time.
const PAGE: u64 = 500;

#[derive(Debug, Args)]
pub(super) struct User {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Import users of another system from a file with one JSON object per line.
    Import(import::Import),
    /// List accounts, the newest first.
    List {
        /// Part of the address, the display name or the external id.
        #[arg(long, value_name = "TEXT")]
        query: Option<String>,
        /// active, disabled, unverified, locked or erasing
        #[arg(long, value_parser = parse_state)]
        status: Option<AccountState>,
        /// Print JSON, for programs.
        #[arg(long)]
        json: bool,
    },
    /// Show one account.
    Show {
        #[command(flatten)]
        whom: Whom,
        /// Print JSON, for programs.
        #[arg(long)]
        json: bool,
    },
    /// Disable an account: logins are refused, its sessions are revoked, and the links in its mails are void.
    Disable(Whom),
    /// Erase an account at once, which cannot be undone. Its owner gets a mail.
    Erase(Whom),
    /// Give an account another address, and tell both mailboxes. It counts as verified if the former one did.
    SetEmail {
        #[command(flatten)]
        whom: Whom,
        /// The new address.
        #[arg(value_name = "EMAIL")]
        email: String,
    },
    /// Let a disabled account log in again.
    Enable(Whom),
    /// Reset the counts of wrong passwords and codes of an account, and lift the locks that they led to.
    Unlock(Whom),
    /// Revoke the sessions of an account. Its next sessions can do nothing but change the password.
    RequirePasswordChange(Whom),
    /// Remove all second factors of an account and revoke its sessions. No one can log in to it for
    /// `mfa.reset_cooldown`.
    ResetMfa(Whom),
    /// List the live sessions of an account, the most recently active first.
    Sessions {
        #[command(flatten)]
        whom: Whom,
        /// Print JSON, for programs.
        #[arg(long)]
        json: bool,
    },
    /// Revoke the sessions of an account.
    Revoke {
        #[command(flatten)]
        whom: Whom,
        /// Revoke only the session with this id.
        #[arg(long, value_name = "ID")]
        session: Option<Uuid>,
    },
}

#[derive(Debug, Args)]
struct Whom {
    /// The id or the e-mail address of the account.
    user: String,
}

fn parse_state(word: &str) -> Result<AccountState, &'static str> {
    word.parse()
}

impl User {
    pub fn run(self, config: &Config) -> ExitCode {
        operation::run(config, async |core, principal| self.action.perform(core, principal).await)
    }
}

impl Action {
    async fn perform(self, core: &Core, principal: &Principal) -> Result<(), String> {
        let administration = &core.administration;
        let (done, whom) = match self {
            Self::Import(import) => return import.perform(core).await,
            Self::List { query, status, json } => {
                return list(core, &AccountFilter { text: query, state: status }, json).await;
            }
            Self::Show { whom, json } => return show(core, &whom, json).await,
            Self::Sessions { whom, json } => return sessions(core, &whom, json).await,
            Self::Revoke { whom, session } => return revoke(core, principal, &whom, session).await,
            Self::Erase(whom) => {
                let target = id(core, &whom).await?;
                (core.privacy.erase_for(administration, principal, target).await, whom)
            }
            Self::SetEmail { whom, email } => {
                let change = ProfileChange { email: Some(email), ..ProfileChange::default() };
                let changed = administration.change(principal, id(core, &whom).await?, &change).await;
                (changed.map(drop), whom)
            }
            Self::Disable(whom) => {
                (administration.disable(principal, id(core, &whom).await?, None).await, whom)
            }
            Self::Enable(whom) => {
                (administration.enable(principal, id(core, &whom).await?, None).await, whom)
            }
            Self::Unlock(whom) => {
                (administration.unlock(principal, id(core, &whom).await?, None).await, whom)
            }
            Self::ResetMfa(whom) => {
                (administration.reset_mfa(principal, id(core, &whom).await?, None).await, whom)
            }
            Self::RequirePasswordChange(whom) => {
                (administration.require_password_change(principal, id(core, &whom).await?, None).await, whom)
            }
        };
        done.map_err(|error| error.to_string())?;
        eprintln!("{}: done", whom.user);
        Ok(())
    }
}

async fn id(core: &Core, whom: &Whom) -> Result<Uuid, String> {
    Ok(find(core, &whom.user).await?.id)
}

async fn list(core: &Core, filter: &AccountFilter, json: bool) -> Result<(), String> {
    let (mut items, mut after) = (Vec::new(), None);
    loop {
        let page = core.store.accounts(filter, PageRequest::newest(after, PAGE)).await;
        let page = page.map_err(|error| error.to_string())?;
        if json {
            items.extend(with_last_seen(core, page.items).await?);
        } else {
            page.items.iter().for_each(print_line);
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    if json { print_json(&items) } else { Ok(()) }
}

async fn with_last_seen(core: &Core, accounts: Vec<AccountRecord>) -> Result<Vec<AccountItem>, String> {
    let ids: Vec<Uuid> = accounts.iter().map(|account| account.id).collect();
    let seen = core.store.last_seen(&ids).await.map_err(|error| error.to_string())?;
    let item = |account: AccountRecord| {
        let last_seen = seen.get(&account.id).copied();
        AccountItem::of(account, last_seen)
    };
    Ok(accounts.into_iter().map(item).collect())
}

fn print_line(account: &AccountRecord) {
    let AccountRecord { id, status, roles, email, .. } = account;
    println!("{id}  {:8}  {email}  {roles}", status.as_str());
}

async fn show(core: &Core, whom: &Whom, json: bool) -> Result<(), String> {
    let found = find(core, &whom.user).await?;
    let account = with_last_seen(core, vec![found]).await?.pop();
    if json {
        return print_json(&account);
    }
    // The members of the JSON form, one per line, so that both forms have the same content.
    let members = serde_json::to_value(&account).map_err(|error| error.to_string())?;
    for (name, value) in members.as_object().into_iter().flatten() {
        println!("{name:20} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    Ok(())
}

async fn sessions(core: &Core, whom: &Whom, json: bool) -> Result<(), String> {
    let found = core.administration.sessions_of(id(core, whom).await?).await;
    let found = found.map_err(|error| error.to_string())?;
    let items: Vec<SessionItem> =
        found.into_iter().map(|session| SessionItem::of(session, Uuid::nil())).collect();
    if json {
        return print_json(&items);
    }
    for session in items {
        let device = [session.device_name, session.browser, session.os].into_iter().flatten();
        let device = device.collect::<Vec<_>>().join(", ");
        let network = session.ip.unwrap_or_default();
        println!("{}  {}  {network:18}  {device}", session.id, session.last_active_at);
    }
    Ok(())
}

async fn revoke(
    core: &Core,
    principal: &Principal,
    whom: &Whom,
    session: Option<Uuid>,
) -> Result<(), String> {
    let target = id(core, whom).await?;
    let revoked = match session {
        Some(family) => core.administration.revoke_session(principal, target, family).await.map(|()| 1),
        None => core.administration.revoke_sessions(principal, target).await,
    };
    let revoked = revoked.map_err(|error| error.to_string())?;
    eprintln!("{}: revoked {revoked} session(s)", whom.user);
    Ok(())
}
