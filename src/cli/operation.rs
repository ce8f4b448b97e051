//! What commands on accounts share: the parts of the server without its listeners, and the operator who acts.

use std::process::ExitCode;

use uuid::Uuid;

use super::{failed, runtime};
use crate::account::Principal;
use crate::boot::{Core, World};
use crate::config::Config;
use crate::entropy::uuid_v7;
use crate::model::email::Email;
use crate::model::security_event::RequestContext;
use crate::store::account::directory::AccountRecord;

/// Runs a command on the same services as the server. A server that runs at the same time learns of revocations as it
/// learns of those by other nodes.
pub(super) fn run(
    config: &Config,
    work: impl AsyncFnOnce(&Core, &Principal) -> Result<(), String>,
) -> ExitCode {
    run_to_code(config, async |core, principal| work(core, principal).await.map(|()| ExitCode::SUCCESS))
}

/// [`run`] for a command with exit codes of its own.
pub(super) fn run_to_code(
    config: &Config,
    work: impl AsyncFnOnce(&Core, &Principal) -> Result<ExitCode, String>,
) -> ExitCode {
    let done = runtime().map_err(|error| error.to_string()).and_then(|runtime| {
        runtime.block_on(async {
            let world = World::default();
            let core = Core::start(config, &world).await.map_err(|error| error.to_string())?;
            let principal = operator(uuid_v7(world.entropy.as_ref(), world.clock.now()));
            let done = work(&core, &principal).await;
            core.stop().await;
            done
        })
    });
    done.unwrap_or_else(failed)
}

/// All events of one command carry one correlation id.
fn operator(command: Uuid) -> Principal {
    let user_agent = format!("kindred-cli/{}", env!("CARGO_PKG_VERSION"));
    let context =
        RequestContext { correlation_id: command.to_string(), address: None, user_agent: Some(user_agent) };
    Principal::operator(context)
}

/// The account with this id or address.
pub(super) async fn find(core: &Core, user: &str) -> Result<AccountRecord, String> {
    let found = match (Uuid::try_parse(user), Email::parse(user)) {
        (Ok(id), _) => core.store.account_record(id).await,
        (_, Ok(email)) => core.store.account_record_by_email(&email).await,
        _ => return Err(format!("{user} is neither a user id nor an e-mail address")),
    };
    found.map_err(|error| error.to_string())?.ok_or_else(|| format!("there is no account {user}"))
}

/// Prints JSON for programs.
pub(super) fn print_json(value: &impl serde::Serialize) -> Result<(), String> {
    println!("{}", serde_json::to_string_pretty(value).map_err(|error| error.to_string())?);
    Ok(())
}
