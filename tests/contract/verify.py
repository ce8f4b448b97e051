"""Reads access tokens of Kindred."""

import jwt

# tokens.signing_algorithm of the service. It is never taken from a token.
ALGORITHMS = ["ES256"]
REQUIRED = ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"]  # RFC 9068 §2.2
# Sessions with one of these claims may do nothing but change the password, or enroll a second factor.
LIMITING = [
    "https://kindred.dev/claims/password_change_required",
    "https://kindred.dev/claims/mfa_enrollment_required",
]


class AccessTokens:
    """Verifies tokens with the keys of the issuer, which are fetched at most every five minutes.

    For a key that is not known they are fetched again, but not more often than every 30 seconds.
    """

    def __init__(self, issuer, audience):
        self.issuer, self.audience = issuer, audience
        self.keys = jwt.PyJWKClient(f"{issuer}/.well-known/jwks.json", lifespan=300)

    def verify(self, token):
        """The claims. Raises jwt.PyJWTError for anything that is not a valid token of this issuer."""
        if jwt.get_unverified_header(token).get("typ") != "at+jwt":
            raise jwt.InvalidTokenError("not an access token")
        claims = jwt.decode(
            token,
            self.keys.get_signing_key_from_jwt(token),
            algorithms=ALGORITHMS,
            audience=self.audience,
            issuer=self.issuer,
            options={"require": REQUIRED},
            leeway=60,
        )
        if any(claims.get(claim) for claim in LIMITING):
            raise jwt.InvalidTokenError("the session is limited")
        return claims
