//! `admin.*`: the first administrator.

use super::{Reader, setting};
use crate::model::email::Email;
use crate::secret::Secret;

/// Created at start if there is no administrator yet. The password must be changed at the first login.
#[derive(Clone, Debug)]
pub struct Admin {
    pub bootstrap: Option<Bootstrap>,
}

#[derive(Clone, Debug)]
pub struct Bootstrap {
    pub email: Email,
    pub password: Secret<String>,
}

impl Admin {
    pub(super) fn read(reader: &mut Reader) -> Self {
        reader.section("The first administrator");
        let email = reader.optional::<String>(
            setting(
                "admin.email",
                "The address of the administrator who is created at start if there is none yet.",
            )
            .note("together with `admin.password`"),
        );
        let password =
            setting("admin.password", "The initial password, which must be changed at the first login.")
                .note("together with `admin.email`");
        let password = reader.secret::<String>(password).map(Secret::new);
        let parsed = email.as_deref().map(Email::parse).transpose();
        reader.check("admin.email", parsed.is_ok(), "must be an e-mail address");
        reader.check(
            "admin.email",
            email.is_some() == password.is_some(),
            "and admin.password must be given together, or neither",
        );
        let email = parsed.ok().flatten();
        Self { bootstrap: email.zip(password).map(|(email, password)| Bootstrap { email, password }) }
    }
}
