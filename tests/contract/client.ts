// A client that is made from docs/openapi.json alone: it registers, logs in, refreshes and lists sessions.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

const client = createClient<paths>({ baseUrl: process.env.KINDRED! });
const email = `client-${randomUUID()}@example.com`;
const password = "lantern orbit velvet drizzle";

/** The answer, or an exception that names the problem by its published code. */
function accepted<T>(answer: { data?: T; error?: components["schemas"]["Problem"] }): T {
  if (answer.data === undefined) throw new Error(`${answer.error?.code}: ${answer.error?.detail}`);
  return answer.data;
}

const registered = accepted(await client.POST("/api/v1/auth/register", { body: { email, password } }));
assert("user" in registered, "the server verifies no addresses here");
assert.equal(registered.user.email, email);

const refused = await client.POST("/api/v1/auth/login", { body: { email, password: `${password}!` } });
assert.equal(refused.error?.code, "invalid_credentials");

const login = accepted(
  await client.POST("/api/v1/auth/login", { body: { email, password, device_name: "Generated client" } }),
);
assert("session" in login, "the account has no second factor");
assert(login.refresh_token, "tokens are in the body, not in cookies");

const tokens = accepted(
  await client.POST("/api/v1/auth/refresh", {
    params: { header: { "Idempotency-Key": randomUUID() } },
    body: { refresh_token: login.refresh_token },
  }),
);
assert.notEqual(tokens.refresh_token, login.refresh_token);
assert.equal(tokens.session.id, login.session.id);

const headers = { authorization: `Bearer ${tokens.access_token}` };
const sessions = accepted(await client.GET("/api/v1/me/sessions", { headers }));
assert.deepEqual(sessions.items.map((session) => [session.id, session.current]), [[login.session.id, true]]);
console.log("generated client: registered, logged in, refreshed, listed its session");
