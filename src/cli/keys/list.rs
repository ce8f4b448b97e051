//! `kindred keys list`: the signing keys, or the root keys.

use clap::Args;

use crate::boot::Core;
use crate::cli::operation::print_json;
use crate::keys::rotation::ListedKey;

#[derive(Debug, Args)]
pub(super) struct List {
    /// List the root keys, under which refresh tokens are derived.
    #[arg(long)]
    root: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl List {
    pub async fn perform(self, core: &Core) -> Result<(), String> {
        if self.root {
            return self.list_root(core).await;
        }
        let keys = core.signing_keys.list().await.map_err(|error| error.to_string())?;
        if self.json {
            return print_json(&keys);
        }
        keys.iter().for_each(print);
        Ok(())
    }

    async fn list_root(self, core: &Core) -> Result<(), String> {
        let keys = core.root_rotation.list().await.map_err(|error| error.to_string())?;
        if self.json {
            return print_json(&keys);
        }
        for key in keys {
            let until = key.kept_until.map(|until| format!("kept until {}", until.rfc3339()));
            println!("{:3}  {:8} {}", key.id, key.state, until.unwrap_or_default());
        }
        Ok(())
    }
}

fn print(key: &ListedKey) {
    let next = match (key.state, key.next_step_at) {
        ("standby", Some(at)) => format!("may sign from {}", at.rfc3339()),
        ("retired", Some(at)) => format!("accepted until {}", at.rfc3339()),
        _ => key.activated_at.map(|at| format!("signs since {}", at.rfc3339())).unwrap_or_default(),
    };
    println!("{}  {:8} {:8} {next}", key.kid, key.algorithm, key.state);
}
