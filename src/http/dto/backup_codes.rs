//! Backup codes.

use serde::Serialize;
use utoipa::ToSchema;

use crate::secret::Secret;

/// Backup codes, for the day on which the other second factors are lost. They are shown only once.
#[derive(Serialize, ToSchema)]
pub struct BackupCodesBody {
    /// Absent if the account already has backup codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(["7k3mq-x9t2p"]))]
    backup_codes: Option<Vec<String>>,
}

impl BackupCodesBody {
    pub fn of(codes: Option<Vec<Secret<String>>>) -> Self {
        let shown = |codes: Vec<Secret<String>>| codes.iter().map(|code| code.expose().clone()).collect();
        Self { backup_codes: codes.map(shown) }
    }
}
