// What a walk through the pages needs: a server, browsers in one manner, and the words of the language.

import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

import { textsOf } from "./texts.js";
import { Visitor, WAIT_MS } from "./visitor.js";

const EXECUTABLES = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];
const PRODUCT = "Acme";
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/** How the same walks are made: language, width, and by what. */
export const MANNERS = [
  { name: "en-1280", language: "en", width: 1280, height: 900, byKeyboard: true },
  { name: "de-375", language: "de", width: 375, height: 812, byKeyboard: false },
];

export const launch = () =>
  chromium.launch({ executablePath: EXECUTABLES.find(existsSync), args: ["--no-sandbox"], timeout: 2 * WAIT_MS });

/** What a walk needs: one server of its own, and browsers in one manner. */
export class World {
  contexts = [];

  constructor(server, browser, manner, { repository, screenshots }) {
    Object.assign(this, { server, browser, screenshots, ...manner });
    this.t = textsOf(repository, manner.language, PRODUCT);
  }

  url(path) {
    const url = new URL(path, this.server.origin);
    url.searchParams.set("lang", this.language);
    return url.href;
  }

  /** Someone with a browser of their own. */
  async visitor(options = {}) {
    const context = await this.browser.newContext({
      viewport: { width: this.width, height: this.height },
      locale: this.language,
      timezoneId: "Europe/Berlin",
      reducedMotion: this.byKeyboard ? "no-preference" : "reduce",
      acceptDownloads: true,
      permissions: ["clipboard-read", "clipboard-write"],
      ...options,
    });
    context.setDefaultTimeout(WAIT_MS);
    this.contexts.push(context);
    const page = await context.newPage();
    const { t, byKeyboard, name } = this;
    const screenshots = this.screenshots && `${this.screenshots}/${name}`;
    return new Visitor(page, { t, byKeyboard, screenshots });
  }

  /** A platform authenticator that says yes, in this page. Resolves to what reads the ids of its passkeys, and removes it. */
  async authenticator(page) {
    const session = await page.context().newCDPSession(page);
    await session.send("WebAuthn.enable");
    const options = {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    };
    const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", { options });
    const passkeys = async () => {
      const { credentials } = await session.send("WebAuthn.getCredentials", { authenticatorId });
      return credentials.map(({ credentialId }) => Buffer.from(credentialId, "base64").toString("base64url"));
    };
    return { passkeys, remove: () => session.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId }) };
  }

  /** Opens the link of a mail in a tab, and presses its one button. */
  async openLink(context, link) {
    const tab = await context.newPage();
    await tab.goto(link);
    const sent = tab.waitForResponse((response) => response.request().method() === "POST");
    await tab.locator("form button.primary").first().click();
    await sent;
    await tab.waitForLoadState("networkidle");
    await tab.close();
  }

  /** Signs in with another browser, as the API sees it. */
  anotherBrowser({ email, password }) {
    return this.#send("login", { email, password });
  }

  register(account) {
    return this.#send("register", account);
  }

  async #send(operation, body) {
    const headers = { "Content-Type": "application/json", "User-Agent": FIREFOX };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    const answer = await fetch(`${this.server.listen}/api/v1/auth/${operation}`, init);
    if (!answer.ok) throw new Error(`no ${operation}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  /** What was shown when a walk failed. */
  async snapshot(name) {
    if (!this.screenshots) return;
    for (const [index, page] of this.contexts.flatMap((context) => context.pages()).entries()) {
      const path = `${this.screenshots}/failed-${name}-${this.name}-${index}.png`;
      await page.screenshot({ path, timeout: 5_000 }).catch(() => {});
    }
  }
}
