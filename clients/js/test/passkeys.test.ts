import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { addPasskey, creationOptions, decode, encode, hasAutofill, loginWithPasskey, requestOptions, toJSON } from "../src/passkeys.js";
import { problem, reply, Script } from "./world/script.js";

const globals = globalThis as unknown as Record<string, unknown>;
const bytes = (...values: number[]) => Uint8Array.from(values).buffer;

/** A browser that knows WebAuthn but not its JSON methods. */
function oldBrowser(get: () => Promise<unknown>) {
  globals["PublicKeyCredential"] = class {};
  Object.defineProperty(globalThis, "navigator", { value: { credentials: { get } }, configurable: true });
}

const assertion = {
  id: "_-8",
  type: "public-key",
  authenticatorAttachment: "platform",
  response: { clientDataJSON: bytes(1), authenticatorData: bytes(2), signature: bytes(255, 254), userHandle: null },
  getClientExtensionResults: () => ({}),
};

beforeEach(() => delete globals["PublicKeyCredential"]);

test("bytes are base64url without padding", () => {
  assert.equal(encode(bytes(251, 255, 0, 1)), "-_8AAQ");
  assert.deepEqual([...decode("-_8AAQ")], [251, 255, 0, 1]);
});

test("options and answers are converted where the browser does not", () => {
  oldBrowser(async () => null);
  const request = requestOptions({ challenge: "AQID", rpId: "example.com", allowCredentials: [{ id: "BA", type: "public-key" }] });
  assert.deepEqual([...new Uint8Array(request.challenge as ArrayBuffer)], [1, 2, 3]);
  assert.equal(request.rpId, "example.com");
  assert.deepEqual([...new Uint8Array(request.allowCredentials![0]!.id as ArrayBuffer)], [4]);
  const creation = creationOptions({
    challenge: "AQID",
    rp: { name: "Acme", id: "example.com" },
    user: { id: "BQ", name: "ada", displayName: "Ada" },
    pubKeyCredParams: [{ type: "public-key", alg: -7 }],
  });
  assert.deepEqual([...new Uint8Array(creation.user.id as ArrayBuffer)], [5]);
  assert.equal(creation.user.name, "ada");
  assert.deepEqual(toJSON(assertion as unknown as PublicKeyCredential), {
    id: "_-8",
    rawId: "_-8",
    type: "public-key",
    authenticatorAttachment: "platform",
    response: { clientDataJSON: "AQ", authenticatorData: "Ag", signature: "__4" },
    clientExtensionResults: {},
  });
});

test("the browser's own methods are used where it has them", async () => {
  globals["PublicKeyCredential"] = class {
    static parseRequestOptionsFromJSON = () => "parsed";
    static isConditionalMediationAvailable = async () => true;
  };
  assert.equal(requestOptions({ challenge: "AQ" }), "parsed");
  const credential = { toJSON: () => ({ id: "own" }) } as unknown as PublicKeyCredential;
  assert.deepEqual(toJSON(credential), { id: "own" });
  assert.equal(await hasAutofill(), true);
  delete globals["PublicKeyCredential"];
  assert.equal(await hasAutofill(), false);
});

test("a login by passkey sends the ceremony back with the answer", async () => {
  const script = new Script();
  const browser = script.browser();
  const { client } = browser.open();
  oldBrowser(async () => assertion);
  const options = reply(200, JSON.stringify({ ceremony: "c1", options: { publicKey: { challenge: "AQ" } } }));
  script.next("/auth/passkey/options", options);
  script.next("/auth/passkey/verify", (request) =>
    script.server.handle({ ...request, path: "/api/v1/auth/login", body: '{"password":"right","transport":"bearer"}' }),
  );
  await script.world.result(loginWithPasskey(client, { mediation: "conditional", device_name: "Desk" }));
  const sent = JSON.parse(browser.requests.at(-1)!.body!) as { ceremony: string; device_name: string; credential: { id: string } };
  assert.deepEqual([sent.ceremony, sent.device_name, sent.credential.id], ["c1", "Desk", "_-8"]);
  assert.equal(client.state().status, "signed-in");
  script.next("/auth/passkey/options", options);
  oldBrowser(async () => Promise.reject(new DOMException("no", "NotAllowedError")));
  await assert.rejects(script.world.result(loginWithPasskey(client)), { code: "dismissed" });
});

test("a CAPTCHA after the passkey asks for no second one", async () => {
  const script = new Script();
  const browser = script.browser();
  const { client } = browser.open();
  let touched = 0;
  oldBrowser(async () => (touched++, assertion));
  script.next("/auth/passkey/options", reply(200, JSON.stringify({ ceremony: "c1", options: { publicKey: { challenge: "AQ" } } })));
  script.next("/auth/passkey/verify", problem(403, "captcha_required"), (request) =>
    script.server.handle({ ...request, path: "/api/v1/auth/login", body: '{"password":"right","transport":"bearer"}' }),
  );
  await script.world.result(loginWithPasskey(client, { captcha: async () => "answer" }));
  const [first, second] = browser.requests.slice(-2).map(({ body }) => JSON.parse(body!) as Record<string, unknown>);
  assert.deepEqual(second, { ...first, captcha_token: "answer" });
  assert.equal(touched, 1);
  assert.equal(client.state().status, "signed-in");
});

test("the password manager hears of a new passkey that the server refuses", async () => {
  const script = new Script();
  const { tab } = await script.signedIn();
  const told: unknown[] = [];
  globals["PublicKeyCredential"] = class {
    static signalUnknownCredential = async (unknown: unknown) => void told.push(unknown);
  };
  const created = { ...assertion, response: { clientDataJSON: bytes(1), attestationObject: bytes(2) } };
  Object.defineProperty(globalThis, "navigator", { value: { credentials: { create: async () => created } }, configurable: true });
  const publicKey = { challenge: "AQ", rp: { name: "Acme", id: "example.com" }, user: { id: "BQ" }, pubKeyCredParams: [] };
  const begun = reply(200, JSON.stringify({ ceremony: "c1", options: { publicKey } }));
  const add = () => {
    script.next("/me/passkeys/options", begun);
    return script.world.result(addPasskey(tab.client));
  };
  // It may have been kept, and the answer lost; or it can be sent again.
  for (const answer of [problem(503, "unavailable"), problem(409, "conflict")]) {
    script.next("/me/passkeys", answer);
    await assert.rejects(add());
  }
  assert.deepEqual(told, []);
  script.next("/me/passkeys", problem(401, "challenge_invalid"));
  await assert.rejects(add(), { code: "challenge_invalid" });
  assert.deepEqual(told, [{ rpId: "example.com", credentialId: "_-8" }]);
  script.next("/me/passkeys", reply(201, JSON.stringify({ passkey: { id: "p1" } })));
  await add();
  assert.equal(told.length, 1);
});
