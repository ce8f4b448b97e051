//! Who the owner of an access token of GitHub's is.

use serde::de::DeserializeOwned;
use url::Url;

use super::provider::Provider;
use crate::model::federation::github::{self, GitHubEmail, GitHubUser};
use crate::model::federation::id_token::Subject;
use crate::model::federation::verified_identity::VerifiedIdentity;
use crate::outgoing::CallError;
use crate::secret::Secret;

/// The issuer of github.com itself, whose API is at a host of its own. A server of a company has it below a path.
const GITHUB: &str = "https://github.com";

/// Why GitHub does not tell who the person is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GitHubError {
    /// It did not answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// It does not accept the access token, or has a problem of its own.
    #[error("GitHub's API answered with status {0}")]
    Status(u16),
    /// It answered with something else.
    #[error("the answer of GitHub's API cannot be read")]
    Unreadable,
    /// The issuer in the settings is no URL.
    #[error("the issuer is not a URL")]
    IssuerUrl,
}

impl Provider {
    /// Asks GitHub's API for the person and their addresses. The address in the profile is not used: it does not tell
    /// whether it is verified.
    ///
    /// # Errors
    /// [`GitHubError`].
    pub async fn github_identity(
        &self,
        access_token: &Secret<String>,
    ) -> Result<VerifiedIdentity, GitHubError> {
        let user: GitHubUser = self.ask_github("user", access_token).await?;
        let emails: Vec<GitHubEmail> = self.ask_github("user/emails", access_token).await?;
        let email = github::address(&emails).map(|address| self.emails.judge(address, true));
        let subject = Subject { issuer: self.issuer.clone(), subject: user.id.to_string() };
        Ok(VerifiedIdentity {
            provider: self.name.clone(),
            subject,
            email,
            name: user.name,
            auth_time: None,
            acr: None,
            amr: Vec::new(),
            sid: None,
        })
    }

    async fn ask_github<T: DeserializeOwned>(
        &self,
        path: &str,
        access_token: &Secret<String>,
    ) -> Result<T, GitHubError> {
        let base = self.issuer.trim_end_matches('/');
        let api = if base == GITHUB { "https://api.github.com".to_owned() } else { format!("{base}/api/v3") };
        let url = Url::parse(&format!("{api}/{path}")).map_err(|_| GitHubError::IssuerUrl)?;
        let authorization = Secret::new(format!("Bearer {}", access_token.expose()));
        let call = self.client.get(url).header("Accept", "application/vnd.github+json");
        let answer = call.header("Authorization", authorization.expose()).send().await?;
        if answer.status != 200 {
            return Err(GitHubError::Status(answer.status));
        }
        answer.json().ok_or(GitHubError::Unreadable)
    }
}
