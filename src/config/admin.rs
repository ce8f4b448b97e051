//! `admin.*`: the first administrator.

use super::Reader;
use crate::model::email::Email;
use crate::secret::Secret;

/// Made at start if there is no administrator yet; the password must be changed at the first login.
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
        let email = reader.optional::<String>("admin.email");
        let password = reader.secret::<String>("admin.password").map(Secret::new);
        let parsed = email.as_deref().map(Email::parse).transpose();
        reader.check("admin.email", parsed.is_ok(), "is not an e-mail address");
        reader.check(
            "admin.email",
            email.is_some() == password.is_some(),
            "and admin.password must be given together, or neither",
        );
        let email = parsed.ok().flatten();
        Self { bootstrap: email.zip(password).map(|(email, password)| Bootstrap { email, password }) }
    }
}
