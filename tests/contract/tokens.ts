// Access tokens, read by two libraries of resource servers: jose, and oauth4webapi, which checks all of RFC 9068 §4.

import assert from "node:assert/strict";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as oauth from "oauth4webapi";

const issuer = process.env.KINDRED!;
const token = process.env.ACCESS_TOKEN!;
const audience = "kindred";
// The clock of a resource server may be this many seconds behind.
const behind = 2;
const jwksUri = `${issuer}/.well-known/jwks.json`;

const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(jwksUri), { timeoutDuration: 120_000 }), {
  issuer,
  audience,
  typ: "at+jwt",
  currentDate: new Date(Date.now() - behind * 1000),
});
assert.ok(payload.sub);
console.log("jose: accepted");

const server: oauth.AuthorizationServer = { issuer, jwks_uri: jwksUri };
const request = (value: string) =>
  new Request(`${issuer}/resource`, { headers: { authorization: `Bearer ${value}` } });
// The server of the test speaks plain HTTP.
const options = { [oauth.allowInsecureRequests]: true, [oauth.clockSkew]: -behind };
const claims = await oauth.validateJwtAccessToken(server, request(token), audience, options);
assert.equal(claims.sub, payload.sub);
const [head, body, signature] = token.split(".") as [string, string, string];
const altered = [head, body, signature.startsWith("A") ? `B${signature.slice(1)}` : `A${signature.slice(1)}`].join(".");
await assert.rejects(oauth.validateJwtAccessToken(server, request(altered), audience, options));
await assert.rejects(oauth.validateJwtAccessToken(server, request(token), "another", options));
console.log("oauth4webapi: accepted; another signature and another audience: refused");
