//! One line of an import: what may stand in it, and what is wrong with it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::crypto::password::foreign;
use crate::model::account::{Role, Roles, Status};
use crate::model::authority::may_hold;
use crate::model::device::plain_name;
use crate::model::email::Email;
use crate::model::locale::Locale;
use crate::secret::Secret;

/// What is wrong with a line. It never repeats the line: there may be a hash in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The member; absent where the line as a whole is wrong.
    pub field: Option<&'static str>,
    /// Stable.
    pub code: &'static str,
    /// For people.
    pub detail: String,
}

/// A fault with the number of its line, from 1, and the user's id in the other system, if it could be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LineError {
    pub line: u64,
    pub external_id: Option<String>,
    #[serde(flatten)]
    pub fault: Fault,
}

impl std::fmt::Display for LineError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "line {}", self.line)?;
        if let Some(external_id) = &self.external_id {
            write!(formatter, " (external id {external_id})")?;
        }
        formatter.write_str(": ")?;
        if let Some(field) = self.fault.field {
            write!(formatter, "{field} ")?;
        }
        formatter.write_str(&self.fault.detail)
    }
}

impl Fault {
    fn of(field: &'static str, code: &'static str, detail: impl Into<String>) -> Self {
        Self { field: Some(field), code, detail: detail.into() }
    }

    pub(super) fn too_long() -> Self {
        let detail = format!("is longer than {} bytes", super::LONGEST_LINE);
        Self { field: None, code: "line_too_long", detail }
    }

    pub(super) fn duplicate_line(field: &'static str) -> Self {
        Self::of(field, "duplicate_line", "stands in an earlier line as well")
    }

    pub(super) fn taken() -> Self {
        Self::of("email", "email_taken", "belongs to an account that exists; it was left as it is")
    }

    pub(super) fn id_taken() -> Self {
        Self::of("id", "id_taken", "belongs to another account")
    }

    pub(super) fn external_id_taken() -> Self {
        Self::of("external_id", "external_id_taken", "belongs to another account")
    }
}

/// Characters of an external id.
const LONGEST_EXTERNAL_ID: usize = 255;
/// Characters of the parser's words that are passed on.
const LONGEST_DETAIL: usize = 200;

/// What the operator allows, and the present moment.
pub(super) struct Rules {
    pub allow_roles: bool,
    pub now: Timestamp,
}

/// A user as a line describes one.
pub(super) struct UserLine {
    pub id: Option<Uuid>,
    pub external_id: Option<String>,
    pub email: Email,
    pub display_name: Option<String>,
    pub locale: Option<Locale>,
    pub roles: Roles,
    pub status: Status,
    pub email_verified: bool,
    pub password_hash: Option<Secret<String>>,
    pub created_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    id: Option<String>,
    external_id: Option<String>,
    email: String,
    display_name: Option<String>,
    locale: Option<String>,
    #[serde(default)]
    email_verified: bool,
    roles: Option<Vec<String>>,
    #[serde(default)]
    disabled: bool,
    password_hash: Option<String>,
    created_at: Option<String>,
}

impl Line {
    pub fn read(text: &[u8]) -> Result<Self, Fault> {
        serde_json::from_slice(text).map_err(|error| no_object(&error))
    }

    /// The id in the other system, where it has the form of one.
    pub fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref().filter(|id| is_external_id(id))
    }

    pub fn user(self, rules: &Rules) -> Result<UserLine, Fault> {
        if self.external_id.as_deref().is_some_and(|id| !is_external_id(id)) {
            return Err(invalid_external_id());
        }
        let roles = roles(self.roles, rules)?;
        may_hold(roles, Roles::default(), self.email_verified).map_err(|_| role_unproven())?;
        Ok(UserLine {
            id: self.id.as_deref().map(id).transpose()?,
            external_id: self.external_id,
            email: Email::parse(&self.email)
                .map_err(|_| Fault::of("email", "invalid_email", "is not an e-mail address"))?,
            display_name: self.display_name.as_deref().and_then(plain_name),
            locale: self.locale.map(|tag| tag.parse()).transpose().map_err(invalid_locale)?,
            roles,
            status: if self.disabled { Status::Disabled } else { Status::Active },
            email_verified: self.email_verified,
            password_hash: self.password_hash.as_deref().map(password_hash).transpose()?,
            created_at: self.created_at.map(|text| created_at(&text, rules)).transpose()?,
        })
    }
}

fn id(text: &str) -> Result<Uuid, Fault> {
    let id = Uuid::try_parse(text).ok().filter(|id| !id.is_nil() && !id.is_max());
    id.ok_or_else(|| Fault::of("id", "invalid_id", "must be a UUID"))
}

fn is_external_id(text: &str) -> bool {
    (1..=LONGEST_EXTERNAL_ID).contains(&text.chars().count())
        && text.trim() == text
        && !text.chars().any(char::is_control)
}

fn invalid_external_id() -> Fault {
    let detail = format!(
        "must have 1 to {LONGEST_EXTERNAL_ID} characters, no blank at either end and no control character"
    );
    Fault::of("external_id", "invalid_external_id", detail)
}

fn password_hash(hash: &str) -> Result<Secret<String>, Fault> {
    let stored = foreign::check(hash)
        .map_err(|problem| Fault::of("password_hash", problem.code(), problem.to_string()))?;
    Ok(Secret::new(stored.to_owned()))
}

/// The parser's words for values would repeat them: only the names of unknown and missing members are told.
fn no_object(error: &serde_json::Error) -> Fault {
    let text = error.to_string();
    let about_members = ["unknown field", "missing field", "duplicate field"];
    let detail = if about_members.iter().any(|start| text.starts_with(start)) {
        let words = text.split(" at line").next().unwrap_or_default();
        words.chars().take(LONGEST_DETAIL).flat_map(char::escape_debug).collect()
    } else {
        format!("is no JSON object of the known form (at column {})", error.column())
    };
    Fault { field: None, code: "invalid_line", detail }
}

fn invalid_locale(error: crate::model::locale::InvalidLocale) -> Fault {
    Fault::of("locale", "invalid_locale", error.to_string())
}

fn roles(names: Option<Vec<String>>, rules: &Rules) -> Result<Roles, Fault> {
    let ordinary = Roles::of(&[Role::User]);
    let Some(names) = names else { return Ok(ordinary) };
    let roles = Roles::from_stored(&names.join(" "));
    if roles.names().len() != names.len() || names.is_empty() {
        return Err(Fault::of("roles", "unknown_role", "must be some of user, support, admin, each once"));
    }
    if roles != ordinary && !rules.allow_roles {
        return Err(Fault::of("roles", "role_not_allowed", "needs --allow-roles"));
    }
    Ok(roles)
}

/// Anyone may have opened the account in the other system.
fn role_unproven() -> Fault {
    Fault::of("roles", "role_unproven", "above user need \"email_verified\": true")
}

fn created_at(text: &str, rules: &Rules) -> Result<Timestamp, Fault> {
    let moment = Timestamp::parse_rfc3339(text);
    let sane = |moment: &Timestamp| (Timestamp::default()..=rules.now).contains(moment);
    moment.filter(sane).ok_or_else(|| {
        Fault::of("created_at", "invalid_time", "must be a time of RFC 3339 since 1970, and not ahead of now")
    })
}

#[cfg(test)]
mod tests;
