//! `captcha.*`: what a client must show to be taken for a person.

use std::time::Duration;

use url::Url;

use super::{Environment, Reader, Server, setting};
use crate::secret::Secret;

#[derive(Clone, Debug)]
pub struct Captcha {
    pub provider: CaptchaProvider,
    /// The public key of the site at the provider.
    pub site_key: Option<String>,
    pub secret: Option<Secret<String>>,
    /// Whether registrations must come with an answer.
    pub registration: bool,
    /// Whether logins beyond the limit of a network are let through with an answer.
    pub login: bool,
    /// Whether requests for links must come with an answer.
    pub forgot: bool,
    /// The hash iterations of one try of the proof of work. An answer takes 4096 tries on average.
    pub cost: u32,
    /// How long a challenge of the proof of work may be answered.
    pub ttl: Duration,
    /// The names of the hosts whose pages may show the provider's challenge.
    pub hostnames: Vec<String>,
    /// The least score of an answer that has one, in hundredths.
    pub min_score: u32,
    /// Where answers are verified, if not at the provider's own address.
    pub verify_url: Option<Url>,
    /// Whether `verify_url` may be at an address that is not public.
    pub allow_private: bool,
    /// For one verification.
    pub timeout: Duration,
    /// Whether an answer counts if the provider cannot be asked.
    pub fail_open: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptchaProvider {
    /// Built in: the client's machine computes for a moment.
    ProofOfWork,
    Turnstile,
    Recaptcha,
    Hcaptcha,
}

super::text_enum!(CaptchaProvider {
    ProofOfWork => "proof_of_work",
    Turnstile => "turnstile",
    Recaptcha => "recaptcha",
    Hcaptcha => "hcaptcha",
});

impl CaptchaProvider {
    pub const ALL: [Self; 4] = [Self::ProofOfWork, Self::Turnstile, Self::Recaptcha, Self::Hcaptcha];
}

impl Captcha {
    pub(super) fn read(reader: &mut Reader, profile: Environment, server: &Server) -> Self {
        reader.section("CAPTCHA");
        let provider = reader.choice(
            setting(
                "captcha.provider",
                "Who tells people from programs: this server by a proof of work, which asks no one, \
                or a service.",
            ),
            CaptchaProvider::ProofOfWork,
        );
        let mut captcha = Self {
            provider,
            site_key: reader.optional(
                setting("captcha.site_key", "The public key of the site.").note("required for a service"),
            ),
            secret: reader
                .secret::<String>(
                    setting("captcha.secret", "The secret key of the site.").note("required for a service"),
                )
                .map(Secret::new),
            registration: reader.value(
                setting(
                    "captcha.registration",
                    "Whether registrations must come with an answer (`captcha_token`).",
                ),
                false,
            ),
            login: reader.value(
                setting(
                    "captcha.login",
                    "Whether logins, second factors and passkeys that the limit of a network \
                    (`throttle.login_burst`) would refuse are let through with an answer: they are \
                    answered with 403 `captcha_required` instead of 429.",
                ),
                true,
            ),
            forgot: reader.value(
                setting(
                    "captcha.forgot",
                    "Whether requests for a link, `password/forgot` and `email/verify/resend`, must come \
                    with an answer (`captcha_token`).",
                ),
                false,
            ),
            cost: reader.value(
                setting(
                    "captcha.cost",
                    "The iterations of PBKDF2 in one try of the proof of work. An answer takes 4096 \
                    tries on average; the server verifies it with one.",
                )
                .between(1, 10_000),
                250,
            ),
            ttl: reader.value(
                setting("captcha.ttl", "How long a challenge of the proof of work may be answered.")
                    .between(Duration::from_secs(30), Duration::from_secs(3600)),
                Duration::from_secs(600),
            ),
            hostnames: reader.list(
                setting(
                    "captcha.hostnames",
                    "The hosts whose pages may show the challenge of the service. An answer from \
                    another page is refused. Without one it is the host of `server.public_url`.",
                ),
                Vec::new(),
            ),
            min_score: reader.value(
                setting("captcha.min_score", "The least score of an answer of reCAPTCHA v3, in hundredths.")
                    .at_most(100),
                50,
            ),
            verify_url: reader.optional(
                setting("captcha.verify_url", "Where answers are verified, if not at the service's address.")
                    .note("https; outside production also http, with `captcha.allow_private`"),
            ),
            allow_private: reader.value(
                setting(
                    "captcha.allow_private",
                    "Whether `captcha.verify_url` may be at an address that is not public.",
                ),
                false,
            ),
            timeout: reader.value(
                setting("captcha.timeout", "How long the service is waited for.")
                    .between(Duration::from_millis(100), Duration::from_secs(30)),
                Duration::from_secs(3),
            ),
            fail_open: reader.value(
                setting(
                    "captcha.fail_open",
                    "Whether an answer counts if the service cannot be asked. Otherwise such a \
                    request is answered with 503.",
                ),
                false,
            ),
        };
        if captcha.hostnames.is_empty() {
            captcha.hostnames.extend(server.public_url.host_str().map(str::to_owned));
        }
        captcha.check(reader, profile);
        captcha
    }

    fn check(&self, reader: &mut Reader, profile: Environment) {
        let is_built_in = self.provider == CaptchaProvider::ProofOfWork;
        let rule = "is required where captcha.provider is a service";
        reader.check("captcha.site_key", is_built_in || self.site_key.is_some(), rule);
        reader.check("captcha.secret", is_built_in || self.secret.is_some(), rule);
        let is_safe = |url| super::is_safe(url, self.allow_private, profile);
        reader.check(
            "captcha.verify_url",
            self.verify_url.as_ref().is_none_or(is_safe),
            "must be an https URL (http is accepted outside production where captcha.allow_private is set)",
        );
    }
}
