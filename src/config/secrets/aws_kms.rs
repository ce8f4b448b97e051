//! `secrets.aws_kms.*`: the key-encryption key in AWS KMS.

use std::time::Duration;

use url::Url;

use super::service_timeout;
use crate::config::{Environment, Reader, is_safe, setting};

/// Given: AWS KMS wraps the data keys.
pub(super) const KEY_ID: &str = "secrets.aws_kms.key_id";
const REGION: &str = "secrets.aws_kms.region";
const ENDPOINT: &str = "secrets.aws_kms.endpoint";

#[derive(Clone, Debug)]
pub struct AwsKms {
    /// Id, ARN or alias of a symmetric key.
    pub key_id: String,
    pub region: String,
    pub endpoint: Url,
    pub allow_private: bool,
    pub timeout: Duration,
}

impl AwsKms {
    pub(super) fn read(reader: &mut Reader, profile: Environment) -> Option<Self> {
        let key_id: Option<String> = reader.optional(
            setting(
                KEY_ID,
                "The key in AWS KMS that wraps the data keys in the place of a master key. The credentials are those \
                of the machine: environment, web identity (IRSA), ECS or the instance ([key \
                services](key-services.md)).")
                .note("the ARN, id or `alias/NAME` of a symmetric key"),
        );
        let region: Option<String> = reader.optional(
            setting(REGION, "The region of the key.").note("required with `secrets.aws_kms.key_id`"),
        );
        let endpoint: Option<Url> = reader.optional(
            setting(
                ENDPOINT,
                "The address of the service, where it is not that of Amazon in the region, such as an endpoint in a \
                VPC.")
                .note("https; outside production also http"),
        );
        let allow_private = reader.value(
            setting(
                "secrets.aws_kms.allow_private",
                "Whether the service may be at an address that is not public, as endpoints in a VPC are.",
            ),
            true,
        );
        let timeout =
            service_timeout(reader, setting("secrets.aws_kms.timeout", "The time limit of one request."));
        let key_id = key_id?;
        reader.check(REGION, region.as_deref().is_some_and(is_region), "is required, such as eu-central-1");
        let region = region.filter(|region| is_region(region))?;
        let standard = format!("https://kms.{region}.amazonaws.com/").parse().ok();
        let endpoint = endpoint.or(standard)?;
        reader.check(
            ENDPOINT,
            is_safe(&endpoint, allow_private, profile),
            "must be an https URL (http is accepted outside production where secrets.aws_kms.allow_private is set)",
        );
        Some(Self { key_id, region, endpoint, allow_private, timeout })
    }
}

fn is_region(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}
