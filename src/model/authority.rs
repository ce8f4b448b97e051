//! Who may do what to other people's accounts (ASVS 5.0 §8.2, §8.3).
//!
//! Support reads, and ends sessions of people below it; administrators do everything else. Nobody acts
//! on somebody above, nobody changes their own rights, and one administrator always remains.

use uuid::Uuid;

use super::account::{Role, Roles};

#[cfg(test)]
mod tests;

/// What a group of operations asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// To see accounts, sessions, invitations and the audit log.
    Read,
    EndSessions,
    /// To change accounts and to invite.
    Manage,
}

impl Permission {
    pub const fn least_role(self) -> Role {
        match self {
            Self::Read | Self::EndSessions => Role::Support,
            Self::Manage => Role::Admin,
        }
    }

    /// Whether a stolen session must not be enough (ASVS 5.0 §7.5.3).
    pub const fn needs_recent_proof(self) -> bool {
        !matches!(self, Self::Read)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::EndSessions => "end_sessions",
            Self::Manage => "manage",
        }
    }

    pub fn is_granted_to(self, roles: Roles) -> bool {
        roles.highest() >= self.least_role()
    }
}

/// What the principal of an action may act by, as of this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// The operator at the command line, who has access to the database in any case.
    Operator,
    User(Standing),
}

/// What decides about an account's part in an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub id: Uuid,
    pub roles: Roles,
    /// Neither disabled nor about to be erased.
    pub active: bool,
    /// Whether the address is proven.
    pub proven: bool,
}

impl Standing {
    /// Whether this is one of those of whom one must remain.
    pub fn is_active_admin(self) -> bool {
        self.active && self.roles.contains(Role::Admin)
    }
}

/// What is done to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    EndSessions,
    UpdateProfile,
    /// To these.
    ChangeRoles(Roles),
    Disable,
    Enable,
    Unlock,
    RequirePasswordChange,
    /// All second factors removed.
    ResetMfa,
}

impl Deed {
    pub const fn permission(self) -> Permission {
        match self {
            Self::EndSessions => Permission::EndSessions,
            _ => Permission::Manage,
        }
    }

    /// The word in the audit log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EndSessions => "end_sessions",
            Self::UpdateProfile => "update_profile",
            Self::ChangeRoles(_) => "change_roles",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Unlock => "unlock",
            Self::RequirePasswordChange => "require_password_change",
            Self::ResetMfa => "reset_mfa",
        }
    }

    /// Whether nobody does it to themselves: it would take from them what they act by, or give them more. Who
    /// removes their own second factors proves one of them first.
    const fn is_for_others(self) -> bool {
        matches!(self, Self::Disable | Self::ChangeRoles(_) | Self::ResetMfa)
    }

    /// Whether an administrator is none any more afterwards.
    pub fn unmakes_admin(self) -> bool {
        match self {
            Self::Disable => true,
            Self::ChangeRoles(roles) => !roles.contains(Role::Admin),
            _ => false,
        }
    }
}

/// Why something is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    #[error("The caller's roles do not allow this.")]
    NotPermitted,
    #[error("Nobody may do this to somebody of that role.")]
    HigherRole,
    #[error("Nobody may do this to their own account.")]
    Oneself,
    #[error("Nobody can grant more than they hold.")]
    BeyondOwnRole,
    #[error("This is the last active administrator.")]
    LastAdmin,
    #[error(
        "The address is not proven: anyone may have opened this account. Grant the role once its owner has verified the \
         address, or invite the address."
    )]
    Unproven,
}

impl Denial {
    /// Whether the state of things stands against it, and not the rights of the principal.
    pub const fn is_conflict(self) -> bool {
        matches!(self, Self::LastAdmin | Self::Unproven)
    }
}

/// Whether an account may come to hold these roles: more than `user` only where its address is proven, or a
/// stranger who has registered it would hold them.
///
/// # Errors
/// [`Denial::Unproven`].
pub fn may_hold(roles: Roles, present: Roles, proven: bool) -> Result<(), Denial> {
    let is_more = roles.highest() > present.highest().max(Role::User);
    if is_more && !proven { Err(Denial::Unproven) } else { Ok(()) }
}

/// Whether the deed is allowed.
///
/// `is_last_admin` tells whether the target is the only active administrator.
///
/// # Errors
/// [`Denial`].
pub fn judge(rights: Rights, deed: Deed, target: Standing, is_last_admin: bool) -> Result<(), Denial> {
    if let Rights::User(user) = rights {
        judge_user(user, deed, target)?;
    }
    if let Deed::ChangeRoles(roles) = deed {
        may_hold(roles, target.roles, target.proven)?;
    }
    if is_last_admin && deed.unmakes_admin() {
        return Err(Denial::LastAdmin);
    }
    Ok(())
}

fn judge_user(user: Standing, deed: Deed, target: Standing) -> Result<(), Denial> {
    may(Rights::User(user), deed.permission())?;
    if user.id == target.id && deed.is_for_others() {
        return Err(Denial::Oneself);
    }
    let (own, other) = (user.roles.highest(), target.roles.highest());
    // Support stands beside the people it helps, not beside its colleagues.
    let is_above = other > own || (other == own && own != Role::Admin);
    if is_above {
        return Err(Denial::HigherRole);
    }
    match deed {
        Deed::ChangeRoles(roles) => may_grant(Rights::User(user), roles),
        _ => Ok(()),
    }
}

/// Whether the principal may do at all what the permission is for.
///
/// # Errors
/// [`Denial::NotPermitted`].
pub fn may(rights: Rights, permission: Permission) -> Result<(), Denial> {
    match rights {
        Rights::User(user) if !user.active || !permission.is_granted_to(user.roles) => {
            Err(Denial::NotPermitted)
        }
        Rights::Operator | Rights::User(_) => Ok(()),
    }
}

/// Whether the principal may give these roles to someone, by an account or an invitation.
///
/// # Errors
/// [`Denial`].
pub fn may_grant(rights: Rights, roles: Roles) -> Result<(), Denial> {
    may(rights, Permission::Manage)?;
    match rights {
        Rights::User(user) if roles.highest() > user.roles.highest() => Err(Denial::BeyondOwnRole),
        Rights::Operator | Rights::User(_) => Ok(()),
    }
}
