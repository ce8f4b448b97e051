import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addFirstPasskey,
  requestFirstCredential,
  setFirstPassword,
  setFirstPasswordByLink,
} from "../src/first-credential.js";
import { fetchWithStepUp } from "../src/step-up.js";
import type { Browser } from "./world/browser.js";
import { keysOf, problem, reply, type Reply, Script } from "./world/script.js";

const LINK = "/me/first-credential";
const PASSWORD = "/me/password";
const COOKIE = { transport: "cookie" } as const;

const bodiesOf = (browser: Browser, path: string) =>
  browser.requests
    .filter((request) => request.path === `/api/v1${path}`)
    .map((request) => JSON.parse(request.body ?? "null") as unknown);

const done: Reply = async () => ({ status: 204, headers: {}, cookies: [], body: "" });

test("a link is asked for, with the code of a provider that has not confirmed anyone", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn(COOKIE);
  script.next(LINK, problem(409, "conflict"));
  await assert.rejects(script.world.result(requestFirstCredential(tab.client)), { code: "conflict" });
  script.next(LINK, reply(202, JSON.stringify({ status: "sent" })));
  await script.world.result(requestFirstCredential(tab.client, { code: "the code", codeVerifier: "verifier" }));
  assert.deepEqual(bodiesOf(browser, LINK), [{}, { federation_code: "the code", code_verifier: "verifier" }]);
});

test("a password is set by the link, and a link that does not work says nothing about the session", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn(COOKIE);
  const path = `${LINK}/password`;
  script.next(path, problem(401, "challenge_invalid"));
  await assert.rejects(script.world.result(setFirstPasswordByLink(tab.client, "old", "new password")), {
    code: "challenge_invalid",
  });
  assert.deepEqual(keysOf(browser, "/auth/refresh"), []);
  assert.equal(tab.client.state().status, "signed-in");
  script.next(path, done);
  await script.world.result(setFirstPasswordByLink(tab.client, "link", "new password"));
  assert.deepEqual(bodiesOf(browser, path).at(-1), { token: "link", new_password: "new password" });
});

test("a password is set after a step-up", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn(COOKIE);
  const fetch = fetchWithStepUp(tab.client, async () => ({ method: "password", password: "right" }));
  await script.world.pass(400_000);
  script.next(PASSWORD, problem(403, "step_up_required", { methods: ["federation"], acr_required: "aal1" }), done);
  await script.world.result(setFirstPassword(tab.client, "new password", fetch));
  assert.equal(script.server.stepUps, 1);
  assert.deepEqual(bodiesOf(browser, PASSWORD).at(-1), { new_password: "new password" });
});

test("no passkey is made by a link that belongs to another session", async () => {
  const script = new Script();
  const { tab } = await script.signedIn(COOKIE);
  script.next(`${LINK}/passkey/options`, problem(403, "forbidden"));
  await assert.rejects(script.world.result(addFirstPasskey(tab.client, "link")), { code: "forbidden" });
});
