// Reads access tokens of Kindred.

import { createRemoteJWKSet, jwtVerify } from "jose";

// tokens.signing_algorithm of the service. It is never taken from a token.
const algorithms = ["ES256"];
const requiredClaims = ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"]; // RFC 9068 §2.2
// Sessions with one of these claims may do nothing but change the password, or enroll a second factor.
const limiting = [
  "https://kindred.dev/claims/password_change_required",
  "https://kindred.dev/claims/mfa_enrollment_required",
];

/** Gives a function from a token to its claims. It throws for anything that is not a valid token of this issuer. */
export function accessTokens(issuer, audience) {
  // Fetched at most every five minutes; again for a key that is not known, but not more often than every 30 seconds.
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`), {
    cacheMaxAge: 300_000,
    cooldownDuration: 30_000,
  });
  return async (token) => {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms,
      requiredClaims,
      typ: "at+jwt",
      clockTolerance: 60,
    });
    if (limiting.some((claim) => payload[claim])) {
      throw new Error("the session is limited");
    }
    return payload;
  };
}
