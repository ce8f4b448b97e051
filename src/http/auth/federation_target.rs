//! Where a browser goes on to that has been at another provider, and what the page there is told.

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use url::form_urlencoded;

/// The parameter with the code for the application.
pub const CODE: &str = "federation_code";
/// The parameter with the error, in place of a code.
pub const ERROR: &str = "federation_error";
/// The parameter with the name of the provider.
const PROVIDER: &str = "federation_provider";

/// Sends the browser to a target that is allowed, with what it has got at the provider.
pub fn back_to(target: &str, provider: &str, told: (&str, &str)) -> HttpResponse {
    let location = with_parameters(target, &[told, (PROVIDER, provider)]);
    HttpResponse::SeeOther().insert_header((LOCATION, location)).finish()
}

/// The target with more parameters. It stays as it is otherwise: putting it together from its parts could make a path of this
/// host, such as `/..//evil.example`, the address of another one.
fn with_parameters(target: &str, parameters: &[(&str, &str)]) -> String {
    let (address, fragment) = match target.split_once('#') {
        Some((address, fragment)) => (address, format!("#{fragment}")),
        None => (target, String::new()),
    };
    let separator = if address.contains('?') { '&' } else { '?' };
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters);
    format!("{address}{separator}{}{fragment}", query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_added_and_nothing_else_changes() {
        for (target, expected) in [
            ("/", "/?a=b%26"),
            ("/x?y=z#f", "/x?y=z&a=b%26#f"),
            ("/..//evil.example", "/..//evil.example?a=b%26"),
            ("https://app.example.com/#f?g", "https://app.example.com/?a=b%26#f?g"),
        ] {
            assert_eq!(with_parameters(target, &[("a", "b&")]), expected);
        }
    }
}
