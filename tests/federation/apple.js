// Apple's answer is a form that Apple's page posts from its own site. A browser sends no `SameSite=Lax` cookie with it, and
// Safari has rules of its own for what comes after it. So this walk is made in WebKit.
//
// usage: node apple.js BINARY REPOSITORY
//
// tests/pages must lie beside this folder, with its packages. Apple is played by a server at another site, which follows Apple's
// documentation of its REST API, and knows no PKCE.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";

import { SignJWT, exportJWK, exportPKCS8, generateKeyPair, jwtVerify } from "jose";

import { freePort, start } from "../pages/server.js";
import { textsOf } from "../pages/texts.js";
import { inWebKit, webkit } from "../pages/webkit.js";

const CLIENT = "com.example.web";
const TEAM = "TEAM123456";
const KEY = "KEY1234567";
/** Of a hidden address, which Apple runs itself. */
const ADDRESS = "ada@privaterelay.appleid.com";
const SUBJECT = "001234.0123456789abcdef.1234";
/** How the person calls themselves: told once. */
const NAME = { name: { firstName: "Ada", lastName: "Lovelace" }, email: ADDRESS };

class Apple {
  #server = createServer((request, response) => this.#answer(request, response));
  #signing;
  #client;
  /** What is behind each code that has not been exchanged. */
  #codes = new Map();
  /** The forms that were posted, by the names of their members. */
  forms = [];

  static async start() {
    const apple = new Apple();
    apple.#signing = await generateKeyPair("RS256", { extractable: true });
    apple.#client = await generateKeyPair("ES256", { extractable: true });
    apple.#server.listen(0, "127.0.0.1");
    await once(apple.#server, "listening");
    return apple;
  }

  /** An address is another site than `localhost`. */
  get issuer() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** The file that Apple's console gives out once. */
  privateKey() {
    return exportPKCS8(this.#client.privateKey);
  }

  async close() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(request, response) {
    const url = new URL(request.url, this.issuer);
    const json = (status, body) => response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    try {
      if (url.pathname === "/.well-known/openid-configuration") json(200, this.#metadata());
      else if (url.pathname === "/auth/keys") json(200, { keys: [await this.#jwk()] });
      else if (url.pathname === "/auth/authorize") response.writeHead(200, { "Content-Type": "text/html" }).end(this.#page(url.searchParams));
      else if (url.pathname === "/auth/token") json(200, await this.#tokens(await bodyOf(request)));
      else json(404, {});
    } catch (error) {
      console.log(`Apple refuses ${url.pathname}: ${error.message}`);
      json(400, { error: "invalid_request" });
    }
  }

  #metadata() {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/auth/authorize`,
      token_endpoint: `${this.issuer}/auth/token`,
      jwks_uri: `${this.issuer}/auth/keys`,
      response_modes_supported: ["query", "fragment", "form_post"],
      id_token_signing_alg_values_supported: ["RS256"],
      token_endpoint_auth_methods_supported: ["client_secret_post"],
    };
  }

  async #jwk() {
    return { ...(await exportJWK(this.#signing.publicKey)), kid: "apple-1", alg: "RS256", use: "sig" };
  }

  // The person agrees at once.
  #page(asked) {
    assert.equal(asked.get("response_mode"), "form_post");
    assert.equal(asked.get("response_type"), "code");
    assert.equal(asked.get("client_id"), CLIENT);
    assert.deepEqual(asked.get("scope").split(" ").sort(), ["email", "name", "openid"]);
    const code = `c${this.forms.length}.0.abc`;
    this.#codes.set(code, { nonce: asked.get("nonce"), redirect: asked.get("redirect_uri") });
    const members = { code, state: asked.get("state"), ...(this.forms.length ? {} : { user: JSON.stringify(NAME) }) };
    this.forms.push(Object.keys(members));
    const inputs = Object.entries(members).map(([name, value]) => `<input type="hidden" name="${name}" value="${escaped(value)}">`);
    const form = `<form method="post" action="${escaped(asked.get("redirect_uri"))}">${inputs.join("")}</form>`;
    return `<!DOCTYPE html><title>Apple</title><h1>Apple</h1>${form}<script>document.forms[0].submit()</script>`;
  }

  async #tokens(form) {
    assert.deepEqual([form.get("grant_type"), form.get("client_id")], ["authorization_code", CLIENT]);
    const wanted = { issuer: TEAM, subject: CLIENT, audience: this.issuer, algorithms: ["ES256"], requiredClaims: ["iat", "exp"] };
    const { protectedHeader } = await jwtVerify(form.get("client_secret"), this.#client.publicKey, wanted);
    assert.equal(protectedHeader.kid, KEY);
    const login = this.#codes.get(form.get("code"));
    this.#codes.delete(form.get("code"));
    assert.equal(form.get("redirect_uri"), login?.redirect);
    const claims = { nonce: login.nonce, nonce_supported: true, email: ADDRESS, email_verified: "true", is_private_email: "true" };
    const token = new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "apple-1" });
    const id_token = await token.setIssuer(this.issuer).setSubject(SUBJECT).setAudience(CLIENT).setIssuedAt().setExpirationTime("1d").sign(this.#signing.privateKey);
    return { access_token: "a", token_type: "Bearer", expires_in: 3600, refresh_token: "r", id_token };
  }
}

async function bodyOf(request) {
  return new URLSearchParams(Buffer.concat(await request.toArray()).toString());
}

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}

async function settingsOf(apple) {
  const settings = {
    KIND: "apple",
    ISSUER: apple.issuer,
    CLIENT_ID: CLIENT,
    TEAM_ID: TEAM,
    KEY_ID: KEY,
    CLIENT_SECRET: await apple.privateKey(),
    ALLOW_PRIVATE: "true",
  };
  const environment = Object.entries(settings).map(([key, value]) => [`KINDRED_FEDERATION__PROVIDERS__APPLE__${key}`, value]);
  return { port: await freePort(), environment: Object.fromEntries(environment) };
}

/** Comes in by Apple, and again once signed out. */
async function walk(page, origin, t) {
  const ids = [];
  for (const visit of ["first", "second"]) {
    await page.open(`${origin}/login?lang=en`);
    await page.press('a[href*="/federation/apple/start"]');
    await page.shows(t("truth-devices", { count: 1 }));
    assert.doesNotMatch(await page.url(), /federation_/, visit);
    const me = await page.resolve('fetch("/api/v1/me").then((answer) => answer.json())');
    assert.deepEqual([me.email, me.email_verified, me.display_name], [ADDRESS, true, "Ada Lovelace"], visit);
    ids.push(me.id);
    await page.press("button[aria-haspopup=menu]");
    await page.press("button[role=menuitem]");
    await page.shows(t("login-title"));
  }
  assert.equal(ids[0], ids[1]);
  return `WebKitGTK ${page.version}`;
}

async function run(binary, repository) {
  const apple = await Apple.start();
  const server = await start(binary, await settingsOf(apple));
  try {
    const found = await inWebKit((page) => walk(page, server.origin, textsOf(repository, "en", "Acme")));
    assert.deepEqual(apple.forms, [["code", "state", "user"], ["code", "state"]]);
    console.log(`ok      Apple's answer in ${found}`);
  } catch (error) {
    console.log(`FAILED  Apple's answer\n${error.stack}\n${server.log().slice(-4_000)}`);
    process.exitCode = 1;
  } finally {
    await server.stop();
    await apple.close();
  }
}

if (webkit) await run(...process.argv.slice(2));
else console.log("NOT RUN Apple's answer: there is no WebKitGTK with its driver, or no Xvfb");
