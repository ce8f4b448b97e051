//! Rows behind the server's back, in the words of either database.

use kindred::clock::{Clock, SystemClock};

use crate::passkeys::scene::{enroll, raise};
use crate::support::authenticator::Behaviour;
use crate::support::backend::{Backend, Env};
use crate::support::client::{Client, SignedIn};
use crate::support::family::Family;
use crate::support::sql::sql;

pub const DAY: i64 = 86_400_000_000;

/// Long enough ago to be over, and too lately to be purged.
pub fn yesterday() -> i64 {
    SystemClock.now().as_micros() - DAY
}

/// Writes and counts rows of an environment's database.
pub struct Rows<'a>(pub &'a Env);

/// Someone with rows in every table.
pub struct Person {
    pub user: SignedIn,
    pub id: String,
    /// Stands in every text of theirs, and nowhere else.
    pub canary: String,
}

impl Rows<'_> {
    pub fn is_sqlite(&self) -> bool {
        self.0.backend() == Backend::Sqlite
    }

    /// An id as a literal.
    pub fn id(&self, uuid: &str) -> String {
        if self.is_sqlite() { format!("X'{}'", uuid.replace('-', "")) } else { format!("'{uuid}'::uuid") }
    }

    fn new_id(&self) -> &'static str {
        if self.is_sqlite() { "randomblob(16)" } else { "gen_random_uuid()" }
    }

    fn bytes(&self) -> &'static str {
        if self.is_sqlite() {
            "randomblob(32)"
        } else {
            "decode(md5(random()::text) || md5(random()::text), 'hex')"
        }
    }

    fn json(&self, text: &str) -> String {
        if self.is_sqlite() { format!("'{text}'") } else { format!("'{text}'::json") }
    }

    /// Inserts `count` rows; `i` runs from 1, `values` belong to `columns`.
    pub fn insert(&self, count: usize, table: &str, columns: &str, values: &str) {
        let series = if self.is_sqlite() {
            format!(
                "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT i FROM n)"
            )
        } else {
            format!("generate_series(1, {count}) AS n(i)")
        };
        sql(self.0, &format!("INSERT INTO {table} ({columns}) SELECT {values} FROM {series}"));
    }

    pub fn count(&self, table: &str, which: &str) -> usize {
        sql(self.0, &format!("SELECT count(*) FROM {table} WHERE {which}")).parse().expect("a number")
    }

    /// Events about a user and by an actor (literals or NULL).
    pub fn events(&self, count: usize, kind: &str, (user, actor): (&str, &str), canary: &str, at: i64) {
        let (id, detail) = (self.new_id(), self.json(&format!(r#"{{"reason":"logout","note":"{canary}"}}"#)));
        let values = format!(
            "{id}, '{kind}', {user}, {actor}, '{canary}', '192.0.2.7', 'agent {canary}', {detail}, {at} + i"
        );
        let columns = "id, kind, user_id, actor_id, correlation_id, address, user_agent, detail, created_at";
        self.insert(count, "security_events", columns, &values);
    }

    /// From now on this row cannot be written by `verb`, until [`Rows::release`]: whatever must do it is under way for as
    /// long as a test wants.
    pub fn hold(&self, verb: &str, table: &str, id: &str) {
        if self.is_sqlite() {
            let held = "SELECT RAISE(ABORT, 'this row is held')";
            sql(
                self.0,
                &format!("CREATE TRIGGER held BEFORE {verb} ON {table} WHEN OLD.id = {id} BEGIN {held}; END"),
            );
            return;
        }
        sql(
            self.0,
            "CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS \
             'BEGIN RAISE EXCEPTION $$this row is held$$; END'",
        );
        let trigger =
            format!("CREATE TRIGGER held BEFORE {verb} ON {table} FOR EACH ROW WHEN (OLD.id = {id})");
        sql(self.0, &format!("{trigger} EXECUTE FUNCTION held()"));
    }

    /// It can again.
    pub fn release(&self) {
        sql(self.0, if self.is_sqlite() { "DROP TRIGGER held" } else { "DROP FUNCTION held CASCADE" });
    }

    /// Families of a user that ended at `ended` and expire at `expires`.
    pub fn families(&self, count: usize, user: &str, canary: &str, ended: &str, expires: i64) {
        let (id, bytes) = (self.new_id(), self.bytes());
        let values = format!(
            "{id}, {user}, 0, {bytes}, 3, {id}, 1, 1, 'pwd', 1, 0, 1, 1, {expires}, {expires}, {bytes}, \
             'device {canary}', 'desktop', '192.0.2.0/24', {ended}, 'logout'"
        );
        let columns = "id, user_id, key_id, salt, generation, current_jti, rotated_at, auth_time, amr, aal, \
                       credential_epoch, created_at, last_seen_at, idle_expires_at, expires_at, device_hash, \
                       device_name, device_type, last_ip_cidr, revoked_at, revoke_reason";
        self.insert(count, "session_families", columns, &values);
    }

    pub fn one_time_tokens(&self, count: usize, user: &str, email: &str, expires: i64) {
        let values =
            format!("{}, 'reset_password', {user}, {}, '{email}', 1, {expires}", self.new_id(), self.bytes());
        let columns = "id, purpose, user_id, token_hash, email, created_at, expires_at";
        self.insert(count, "one_time_tokens", columns, &values);
    }

    /// Registrations of this address, each from a network of its own.
    pub fn pending_registrations(&self, count: usize, email: &str, expires: i64) {
        let values = format!(
            "{}, '{email}', 'network ' || i, '192.0.0.0/16', {}, {}, '$argon2id$' || i, 0, 0, 1, {expires}",
            self.new_id(),
            self.bytes(),
            self.bytes()
        );
        let columns = "id, email, network, wider_network, link_hash, secret_hash, password_hash, failures, \
                       link_failures, created_at, expires_at";
        self.insert(count, "pending_registrations", columns, &values);
    }

    /// Invitations; of those that no one has accepted only the first is open.
    pub fn invitations(&self, count: usize, email: &str, accepted_by: &str, expires: i64) {
        let ends =
            if accepted_by == "NULL" { "NULL, CASE WHEN i = 1 THEN NULL ELSE 3 END" } else { "2, NULL" };
        let values = format!("{}, '{email}', 'user', 1, {expires}, {ends}, {accepted_by}", self.new_id());
        let columns = "id, email, roles, created_at, expires_at, accepted_at, revoked_at, accepted_by";
        self.insert(count, "invitations", columns, &values);
    }

    pub fn login_challenges(&self, count: usize, user: &str, canary: &str, expires: i64) {
        let values = format!(
            "{}, {user}, {}, 0, 'pwd', 'device {canary}', 1, 1, {expires}",
            self.new_id(),
            self.bytes()
        );
        let columns =
            "id, user_id, token_hash, credential_epoch, amr, device_name, tries, created_at, expires_at";
        self.insert(count, "login_challenges", columns, &values);
    }

    pub fn trusted_devices(&self, count: usize, user: &str, canary: &str, expires: i64) {
        let values = format!(
            "{}, {user}, {}, 'device {canary}', 'desktop', '192.0.2.0/24', 0, 1, 1, {expires}",
            self.new_id(),
            self.bytes()
        );
        let columns = "id, user_id, secret_hash, name, device_type, last_ip_cidr, failures, created_at, \
                       last_used_at, expires_at";
        self.insert(count, "trusted_devices", columns, &values);
    }

    /// Known devices with wrong passwords, tried at `at`.
    pub fn device_attempts(&self, count: usize, user: &str, at: i64) {
        let values = format!("{}, {user}, 1, {at}", self.new_id());
        self.insert(count, "device_attempts", "device_id, user_id, failures, last_tried_at", &values);
    }

    /// An authenticator app that was never confirmed.
    pub fn begun_app(&self, user: &str, at: i64) {
        let totp = format!("{user}, {}, 0, {at}", self.bytes());
        self.insert(1, "totp_authenticators", "user_id, sealed, last_step, created_at", &totp);
    }

    /// An authenticator app that was never confirmed, so that it asks for nothing, codes, and an attempt.
    fn factors(&self, count: usize, user: &str) {
        self.begun_app(user, SystemClock.now().as_micros());
        let codes = format!("{}, {user}, '$argon2id$' || i, 1", self.new_id());
        self.insert(count, "backup_codes", "id, user_id, hash, created_at", &codes);
        let columns = "user_id, factor, consecutive, recent, locks, last_tried_at";
        self.insert(1, "factor_attempts", columns, &format!("{user}, 'totp', 1, 1, 0, 1"));
    }

    pub fn messages(&self, count: usize, user: &str, state: &str, finished: &str) {
        let values = format!(
            "{}, 'mail', 'new_device', {user}, '{state}', 1, 1, {}, {finished}",
            self.new_id(),
            i64::MAX
        );
        let columns =
            "id, channel, template, user_id, state, attempts, created_at, next_attempt_at, finished_at";
        self.insert(count, "outbox", columns, &values);
    }

    /// Mails to a user, one count for each day after this.
    pub fn quotas(&self, count: usize, uuid: &str, day: i64) {
        let values = format!("'mail/{uuid}', {}, {day} + i, 3", self.id(uuid));
        self.insert(count, "quota_usage", "scope, user_id, day, used", &values);
    }

    /// Codes by SMS that expire at `expires`, for a user (a literal).
    pub fn sms_codes(&self, count: usize, user: &str, purpose: &str, expires: i64) {
        let values = format!("{}, {user}, '{purpose}', {}, 0, 1, {expires}", self.new_id(), self.bytes());
        self.insert(
            count,
            "sms_codes",
            "flow_id, user_id, purpose, sealed, tries, created_at, expires_at",
            &values,
        );
    }

    pub fn sms_sends(&self, count: usize, user: &str, at: i64) {
        let values = format!("{}, {user}, {}, {}, {at}", self.new_id(), self.bytes(), self.bytes());
        self.insert(count, "sms_sends", "id, user_id, phone_hash, network_hash, created_at", &values);
    }

    /// Ceremonies of a user, each in a flow of its own, or of no one (NULL).
    pub fn ceremonies(&self, count: usize, user: &str, expires: i64) {
        let flow = if user == "NULL" { "NULL" } else { self.new_id() };
        let values = format!("{}, 'step_up', {user}, {flow}, {}, 1, {expires}", self.new_id(), self.bytes());
        let columns = "id, kind, user_id, flow_id, sealed, created_at, expires_at";
        self.insert(count, "webauthn_ceremonies", columns, &values);
    }

    /// Answers to CAPTCHAs that were used, and expire at this moment.
    pub fn captcha_uses(&self, count: usize, expires: i64) {
        let values = format!("{}, {expires}", self.new_id());
        self.insert(count, "captcha_uses", "id, expires_at", &values);
    }

    /// States and codes of logins with other providers that were used, and expire at this moment.
    pub fn federation_uses(&self, count: usize, expires: i64) {
        let values = format!("{}, {expires}", self.new_id());
        self.insert(count, "federation_uses", "id, expires_at", &values);
    }

    /// Identities of a user at one provider.
    fn identities(&self, count: usize, user: &str, canary: &str) {
        let values = format!(
            "{}, {user}, 'staff', 'https://id.example', '{canary} ' || i, '{canary}@example.com', 1",
            self.new_id()
        );
        let columns = "id, user_id, provider, issuer, subject, email, created_at";
        self.insert(count, "identities", columns, &values);
    }

    /// Ceremonies that were used, and expire at this moment.
    pub fn ceremony_uses(&self, count: usize, expires: i64) {
        let values = format!("{}, {expires}", self.new_id());
        self.insert(count, "webauthn_ceremony_uses", "id, expires_at", &values);
    }

    /// One count each in the minutes before this moment.
    pub fn stranger_counts(&self, count: usize, at: i64) {
        let values = format!("{at} - i, 'login.unknown_address', '192.0.2.0/24', 1");
        self.insert(count, "stranger_counts", "minute, kind, network, requests", &values);
    }

    /// Gives someone this many passkeys and ceremonies, of which some are real: their session has risen to
    /// two factors by then.
    pub async fn passkeys(&self, client: &Client, person: &mut Person, rows: usize) {
        let behaviour = Behaviour::at("http://localhost:0");
        let (passkey, added) = enroll(client, &person.user.access, &behaviour).await;
        assert_eq!(added.status, 201, "{added:?}");
        let mut family = Family::of_user(&person.user);
        raise(client, &mut family, &passkey, &behaviour).await;
        (person.user.access, person.user.refresh) = (family.access().to_owned(), family.live().to_owned());
        let (key, canary) = (self.id(&person.id), &person.canary);
        let values = format!(
            "{}, {key}, {}, 'name {canary}', 'credential-{canary}', {}, TRUE, FALSE, 1",
            self.new_id(),
            self.bytes(),
            self.new_id()
        );
        let columns =
            "id, user_id, credential_id, name, credential, aaguid, backup_eligible, backed_up, created_at";
        self.insert(rows, "passkeys", columns, &values);
        self.ceremonies(rows, &key, i64::MAX);
    }

    /// Someone with this many rows in every table, more events than that, and some deeds to no one.
    pub async fn person(&self, client: &Client, rows: usize) -> Person {
        let user = client.signed_in().await;
        let id = client.me(&user.access).await.text("/id");
        let canary = format!("canary{}", id.replace('-', ""));
        let key = self.id(&id);
        sql(self.0, &format!("UPDATE users SET display_name = 'name {canary}' WHERE id = {key}"));
        let lately = yesterday();
        self.events(2 * rows, "session.ended", (&key, &key), &canary, lately);
        self.events(rows, "account.updated", ("NULL", &key), &canary, lately);
        self.families(rows, &key, &canary, &lately.to_string(), lately + 5 * DAY);
        self.one_time_tokens(rows, &key, &user.email, i64::MAX);
        self.pending_registrations(rows, &user.email, i64::MAX);
        self.invitations(rows, &user.email, "NULL", i64::MAX);
        self.invitations(rows, &user.email, &key, i64::MAX);
        self.factors(rows, &key);
        self.trusted_devices(rows, &key, &canary, i64::MAX);
        self.device_attempts(rows, &key, SystemClock.now().as_micros());
        self.login_challenges(rows, &key, &canary, i64::MAX);
        self.messages(rows, &key, "sent", "9223372036854775807");
        self.identities(rows, &key, &canary);
        self.quotas(rows, &id, 100_000);
        self.sms_codes(rows, &key, "login", i64::MAX);
        self.sms_sends(rows, &key, SystemClock.now().as_micros());
        let number = format!("{key}, {}, 1, 1", self.bytes());
        self.insert(1, "sms_authenticators", "user_id, sealed, created_at, confirmed_at", &number);
        let consent = format!("{}, {key}, 'terms', '{canary} ' || i, i, '192.0.2.0/24'", self.new_id());
        self.insert(rows, "consents", "id, user_id, document, version, accepted_at, network", &consent);
        let avatar = format!("{key}, 'object {canary}', 'image/webp', 9, 1, 1, {}, 1", self.bytes());
        let columns = "user_id, object_key, content_type, bytes, width, height, digest, updated_at";
        self.insert(1, "avatars", columns, &avatar);
        Person { user, id, canary }
    }
}
