//! A file that is named must be of use, or the server does not start.

use super::common::{GeoFile, PLACES, cities, pairs};
use super::edition::asn;
use crate::faults::refusal::refusal;
use crate::support::backend::{Backend, Env};

#[tokio::test]
async fn a_file_that_is_of_no_use_refuses_to_start() {
    let env = Env::new(Backend::Sqlite).await;
    let whole = cities(&PLACES);
    for (content, why) in [
        (b"nonsense".to_vec(), "it is not a MaxMind database"),
        (whole[..whole.len() - 9].to_vec(), "it is not a MaxMind database"),
        (asn(), "it is a database of the kind \"GeoLite2-ASN\", not of cities or countries"),
    ] {
        let file = GeoFile::new(&content);
        let message = refusal(&env.setup(&pairs(&file.settings())));
        let expected = format!("kindred: anomalies.geoip_file {}: {why}", file.path().display());
        assert!(message.contains(&expected), "{message}");
    }
    let file = GeoFile::new(&whole);
    file.remove();
    let message = refusal(&env.setup(&pairs(&file.settings())));
    assert!(message.contains("anomalies.geoip_file") && message.contains("it cannot be read"), "{message}");
}
