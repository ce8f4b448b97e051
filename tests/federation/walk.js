// Walks through logins with a provider that others wrote, by the pages of the program and Debian's Chromium.
//
// usage: node walk.js BINARY REPOSITORY [--screenshots FOLDER]
//
// tests/pages must lie beside this folder, with its packages.

import assert from "node:assert/strict";
import { parseArgs } from "node:util";

import { freePort, linkIn, start, until } from "../pages/server.js";
import { byPassword, passing } from "../pages/walks/step-up.js";
import { launch, MANNERS, World } from "../pages/world.js";
import { TestProvider } from "./provider.js";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { screenshots: { type: "string" } } });
const [binary, repository] = positionals;
const PASSWORD = "lantern orbit velvet drizzle";
const TRUSTED = "Acme staff";
const OTHER = "Partner";
const AWAY = "Far away";
/** How long an authentication counts as recent: the steps that need an old one come last. */
const RECENT = "15s";

/** The same provider twice: once it is believed about addresses, once it is not. And one that is not there. */
function settingsOf(provider, port) {
  const one = (name, settings) =>
    Object.entries({ KIND: "oidc", ISSUER: provider.issuer, CLIENT_ID: "kindred", CLIENT_SECRET: provider.secret, ALLOW_PRIVATE: "true", ...settings }).map(
      ([key, value]) => [`KINDRED_FEDERATION__PROVIDERS__${name}__${key}`, value],
    );
  const environment = Object.fromEntries([
    ...one("STAFF", { DISPLAY_NAME: TRUSTED, TRUSTED_EMAIL_DOMAINS: "example.com" }),
    ...one("PARTNER", { DISPLAY_NAME: OTHER }),
    ...one("AWAY", { DISPLAY_NAME: AWAY, ISSUER: "http://127.0.0.1:9" }),
    ["KINDRED_SESSIONS__STEP_UP_MAX_AGE", RECENT],
  ]);
  return { port, environment };
}

class FederationWalk {
  constructor(world, provider) {
    Object.assign(this, { world, provider, t: world.t });
  }

  async #at(path, title) {
    const visitor = await this.world.visitor();
    await visitor.goto(this.world.url(path));
    await visitor.heading(this.t(title));
    return visitor;
  }

  #login() {
    return this.#at("/login", "login-title");
  }

  #go(visitor, name) {
    return visitor.press(this.t("login-provider", { name }));
  }

  #isIn(visitor) {
    return visitor.heading(this.t("truth-devices", { count: 1 }));
  }

  async #security(visitor) {
    await visitor.goto(this.world.url("/account/security"));
    await visitor.heading(this.t("linked-title"));
  }

  /** What stands in the list of providers. */
  #row(visitor, text) {
    return visitor.page.getByRole("listitem").filter({ hasText: text });
  }

  /** Tries to remove the one way in, and confirms with it where the login was too long ago. */
  async #removeLast(visitor) {
    const { t } = this;
    const asked = visitor.page.getByRole("heading", { name: t("step-up-title") });
    for (;;) {
      await visitor.use(this.#row(visitor, "ada@example.com").getByRole("button"), t("remove"));
      await visitor.sees(t("linked-remove-question", { name: TRUSTED }));
      await visitor.press(t("remove"));
      await asked.or(visitor.page.getByText(t("error-linked-conflict"))).filter({ visible: true }).first().waitFor();
      if (!(await asked.isVisible())) return;
      await this.#confirm(visitor);
      await visitor.heading(t("linked-title"));
    }
  }

  async #confirm(visitor) {
    this.provider.person = "ada";
    await this.#go(visitor, TRUSTED);
    await visitor.sees(this.t("provider-confirmed", { name: TRUSTED }));
  }

  /** A provider that is trusted with the address: an account, and the same one the next time. */
  async trusted() {
    const { t, provider } = this;
    provider.person = "ada";
    const visitor = await this.#login();
    await visitor.look("federation-login");
    await this.#go(visitor, TRUSTED);
    await this.#isIn(visitor);
    assert.ok(!/federation_/.test(visitor.page.url()), visitor.page.url());
    await this.#security(visitor);
    await visitor.look("federation-linked");
    await visitor.menu(t("account-menu", { email: "ada@example.com" }), t("sign-out"));
    await visitor.heading(t("login-title"));
    await this.#go(visitor, TRUSTED);
    await this.#isIn(visitor);
    await this.#security(visitor);
    await this.#removeLast(visitor);
    visitor.done();
    return visitor;
  }

  /** Confirms with the provider, where there is no password to confirm with. */
  async confirmed(visitor) {
    const { t } = this;
    await visitor.goto(this.world.url("/account/data"));
    await visitor.heading(t("data-title"));
    await this.#old(visitor);
    await visitor.press(t("export-submit"));
    await visitor.heading(t("step-up-title"));
    await visitor.look("federation-step-up");
    await this.#confirm(visitor);
    await visitor.heading(t("data-title"));
    visitor.done();
  }

  /** Waits until the last authentication was too long ago. */
  async #old(visitor) {
    const isOld = () => visitor.page.evaluate(async () => (await fetch("/api/v1/me/export")).status === 403);
    await until("the authentication is no longer recent", isOld, 30_000);
  }

  /** Sets a first password by a mail, where the provider does not tell that the person has authenticated again. */
  async firstPassword(visitor) {
    const { t, provider, world } = this;
    await visitor.goto(world.url("/account/security"));
    await visitor.press(t("password-first"));
    await visitor.heading(t("first-credential-title"));
    await this.#old(visitor);
    await visitor.fill(t("password-new"), PASSWORD);
    await visitor.press(t("password-first"));
    await visitor.heading(t("step-up-title"));
    provider.person = "ada";
    provider.fault = "time";
    await this.#go(visitor, TRUSTED);
    await visitor.heading(t("provider-not-confirmed", { name: TRUSTED }));
    await visitor.look("federation-first-link");
    await visitor.press(t("forgot-submit"));
    await visitor.heading(t("check-mail-title"));
    provider.fault = "";
    const mail = await world.server.outbox.mail("ada@example.com", /first-credential/);
    await visitor.goto(linkIn(mail, world.server.origin, "/account/first-credential"));
    await visitor.heading(t("first-credential-title"));
    assert.ok(!/token=/.test(visitor.page.url()), visitor.page.url());
    await visitor.look("federation-first-password");
    await visitor.fill(t("password-new"), PASSWORD);
    await visitor.press(t("password-first"));
    await visitor.sees(t("password-first-done"));
    assert.equal(await visitor.page.evaluate(async () => (await (await fetch("/api/v1/me")).json()).has_password), true);
    visitor.done();
  }

  /** A provider that is not trusted with the address: a mail proves it. */
  async untrusted() {
    const { t, provider } = this;
    provider.person = "grace";
    const visitor = await this.#at("/register", "register-title");
    await visitor.look("federation-register");
    await this.#go(visitor, OTHER);
    await visitor.heading(t("check-mail-title"));
    await visitor.sees(t("provider-code-sent-there", { name: OTHER }));
    await visitor.look("federation-code");
    await visitor.fill(t("provider-code"), "00000-00000");
    await visitor.press(t("verify"));
    await visitor.sees(t("error-provider-validation_failed-wrong"));
    await this.#enterCode(visitor, "grace@example.com");
    await this.#isIn(visitor);
    assert.equal(await visitor.page.evaluate(async () => (await (await fetch("/api/v1/me")).json()).email_verified), true);
    visitor.done();
  }

  async #enterCode(visitor, address) {
    const { t } = this;
    const line = /^[^:\n]+: ([0-9a-z]{5}-[0-9a-z]{5})\s*$/m;
    const mail = await this.world.server.outbox.mail(address, line);
    await visitor.fill(t("provider-code"), line.exec(mail)[1]);
    await visitor.press(t("verify"));
  }

  /** A provider that tells no address. */
  async withoutAddress() {
    const { t, provider } = this;
    provider.person = "nobody";
    const visitor = await this.#login();
    await this.#go(visitor, TRUSTED);
    await visitor.heading(t("provider-address-title"));
    await visitor.look("federation-address");
    await visitor.fill(t("email"), "not an address");
    await visitor.press(t("provider-address-submit"));
    await visitor.sees(t("error-provider-validation_failed-invalid"));
    await visitor.fill(t("email"), "barbara@example.com");
    await visitor.press(t("provider-address-submit"));
    await visitor.sees(t("provider-code-sent", { address: "barbara@example.com" }));
    await this.#enterCode(visitor, "barbara@example.com");
    await this.#isIn(visitor);
    visitor.done();
  }

  /** Everything that does not work, told on the login page. */
  async refused() {
    const { t, provider } = this;
    provider.person = "mallory";
    provider.fault = "denial";
    const visitor = await this.#login();
    await this.#go(visitor, TRUSTED);
    await visitor.sees(t("error-federation_cancelled"));
    await visitor.look("federation-cancelled");
    provider.fault = "nonce";
    await this.#go(visitor, TRUSTED);
    await visitor.sees(t("error-federation_failed"));
    provider.fault = "";
    await this.#go(visitor, AWAY);
    await visitor.sees(t("error-provider_unavailable"));
    // Someone else's answer, in a browser that has begun nothing.
    await visitor.page.context().clearCookies();
    await visitor.goto(`${this.world.server.origin}/api/v1/auth/federation/staff/callback?code=x&state=y`);
    await visitor.sees(t("error-federation_failed"));
    visitor.done();
  }

  /** Someone else at the provider has the address now: the account is entered as before, and asks about the provider. */
  async exists() {
    const { t, provider } = this;
    provider.person = "ada+2";
    const visitor = await this.#login();
    await this.#go(visitor, TRUSTED);
    await visitor.heading(t("provider-exists-title"));
    await visitor.look("federation-exists");
    await visitor.press(t("provider-exists-act"));
    await visitor.heading(t("login-title"));
    visitor.done();
  }

  /** Someone with a password links the provider, and removes it again. */
  async linked() {
    const { t, provider, world } = this;
    const account = { email: `carol-${world.name}@example.com`, password: PASSWORD };
    provider.person = "carol-at-the-provider";
    await world.register(account);
    const mail = await world.server.outbox.mail(account.email, /verify-email/);
    const visitor = await world.visitor();
    await visitor.goto(linkIn(mail, world.server.origin, "/account/verify-email"));
    await visitor.fill(t("page-verify-password"), PASSWORD);
    await visitor.press(t("page-verify-button"));
    await visitor.heading(t("page-verify-done-title"));
    await visitor.goto(world.url("/login?returnTo=/account/security?link=staff"));
    await visitor.fill(t("email"), account.email);
    await visitor.fill(t("password"), PASSWORD);
    await visitor.press(t("sign-in"));
    await visitor.heading(t("linked-explain-title", { name: TRUSTED }));
    await visitor.look("federation-explain");
    const done = visitor.page.getByText(t("provider-linked", { name: TRUSTED }));
    await visitor.press(t("linked-go", { name: TRUSTED }));
    await passing(visitor, done, byPassword(visitor, PASSWORD));
    await world.server.outbox.mail(account.email, /staff/);
    await this.#row(visitor, "carol-at-the-provider@example.com").waitFor();
    visitor.done();
  }
}

async function walk(manner, browser) {
  const port = await freePort();
  const callback = (name) => `http://localhost:${port}/api/v1/auth/federation/${name}/callback`;
  const redirect = ["staff", "partner"].map(callback);
  const provider = await TestProvider.start(0, { redirect, logout: `http://localhost:${port}/api/v1/auth/federation/staff/backchannel-logout` });
  const server = await start(binary, settingsOf(provider, port));
  const world = new World(server, browser, manner, { repository, screenshots: values.screenshots });
  const steps = new FederationWalk(world, provider);
  const begin = Date.now();
  try {
    const ada = await steps.trusted();
    await steps.untrusted();
    await steps.withoutAddress();
    await steps.refused();
    await steps.exists();
    await steps.linked();
    await steps.confirmed(ada);
    await steps.firstPassword(ada);
    console.log(`ok      ${manner.name}, ${((Date.now() - begin) / 1000).toFixed(1)} s`);
  } catch (error) {
    await world.snapshot("federation");
    console.log(`FAILED  ${manner.name}\n${error.stack}`);
    process.exitCode = 1;
  } finally {
    await Promise.all(world.contexts.map((context) => context.close()));
    await server.stop();
    await provider.close();
  }
}

// oidc-provider warns of its store in memory, and of versions of Node.
console.warn = console.info = () => {};
const browser = await launch();
await Promise.all(MANNERS.map((manner) => walk(manner, browser)));
await browser.close();
