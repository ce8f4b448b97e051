import assert from "node:assert/strict";
import { test } from "node:test";
import { complete } from "../src/config.js";
import { verifier } from "../src/tokens.js";
import { kit, NOW, token, type TokenOptions } from "./kit.js";

const now = () => new Date(NOW * 1000);

test("a token of the server is a session", async () => {
  const { config, sent } = kit();
  const verify = verifier(complete(config), now);
  const verdict = await verify(await token({ claims: { acr: "aal2", roles: ["user", "admin"] } }));
  assert.deepEqual(verdict, {
    kind: "valid",
    session: { userId: "u1", sessionId: "s1", roles: ["user", "admin"], aal: 2, authTime: NOW - 60, expiresAt: NOW + 600 },
  });
  await verify(await token());
  assert.equal(sent.length, 1, "the keys are kept");
});

const refused: [string, string, TokenOptions][] = [
  ["expired", "expired", { expiresIn: -60 }],
  ["of another key", "invalid", { isForeign: true }],
  ["for another audience", "invalid", { audience: "other" }],
  ["of another issuer", "invalid", { issuer: "https://evil.example/" }],
  ["of another type", "invalid", { typ: "JWT" }],
  ["without a session", "invalid", { claims: { sid: undefined } }],
  ["of a session that must change the password", "limited", { claims: { "https://kindred.dev/claims/password_change_required": true } }],
  ["of a session that must enroll a factor", "limited", { claims: { "https://kindred.dev/claims/mfa_enrollment_required": true } }],
];

for (const [name, kind, options] of refused) {
  test(`a token ${name} is ${kind}`, async () => {
    const verify = verifier(complete(kit().config), now);
    assert.equal((await verify(await token(options))).kind, kind);
  });
}

test("no token, garbage, and keys that cannot be had", async () => {
  const verify = verifier(complete(kit().config), now);
  assert.equal((await verify(undefined)).kind, "missing");
  assert.equal((await verify("garbage")).kind, "invalid");
  const { config } = kit({}, { fetch: async () => Promise.reject(new TypeError("fetch failed")) });
  await assert.rejects(verifier(complete(config), now)(await token()), TypeError);
});
