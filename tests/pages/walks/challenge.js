// A CAPTCHA of a service, in the frame with a policy of its own: wherever a person without an account or a session is asked.
// The service is played: its script in the browser, and its verification on loopback.

import assert from "node:assert/strict";
import { createServer } from "node:http";

import { withApp } from "./limits.js";

const PASSWORD = "lantern orbit velvet drizzle";
const SECRET = "the-secret-key";
const SCRIPT = "https://challenges.cloudflare.com/turnstile/v0/api.js*";
const BUTTON = "I am a person";
/** A network of its own, because clients on this machine have no limits. */
const NETWORK = { "X-Forwarded-For": "192.0.2.7" };

/** What the service's script does: a button that gives an answer. */
const WIDGET = `
  window.turnstile = {
    render(place, { sitekey, action, callback }) {
      const button = document.createElement("button");
      button.textContent = ${JSON.stringify(BUTTON)};
      button.onclick = () => callback([sitekey, action, crypto.randomUUID()].join(" "));
      document.querySelector(place).append(button);
    },
  };
`;

/** @param {import("../world.js").World} world */
export async function challenge(world) {
  const visitor = await world.visitor({ extraHTTPHeaders: NETWORK });
  const { page } = visitor;
  const answers = [];
  page.on("request", (request) => {
    const { captcha_token } = request.postDataJSON?.() ?? {};
    if (captcha_token) answers.push(captcha_token.split(" ")[1]);
  });
  await page.route(SCRIPT, (route) => route.fulfill({ contentType: "text/javascript", body: WIDGET }));
  const email = `challenge-${world.name}@example.com`;
  await register(world, visitor, email);
  await login(world, visitor, email);
  await forgotten(world, visitor, email);
  assert.deepEqual(answers, ["register", "login", "login", "forgot"]);
  await withoutApplication(world, visitor, email);
  visitor.done();
  return `${visitor.screens} screens, answers for ${answers.join(", ")}, and by a form`;
}

challenge.settings = async () => ({
  environment: {
    KINDRED_ACCOUNTS__EMAIL_VERIFICATION: "optional",
    KINDRED_CAPTCHA__PROVIDER: "turnstile",
    KINDRED_CAPTCHA__SITE_KEY: "the-site-key",
    KINDRED_CAPTCHA__SECRET: SECRET,
    KINDRED_CAPTCHA__VERIFY_URL: await verification(),
    KINDRED_CAPTCHA__ALLOW_PRIVATE: "true",
    // Long, so that a busy machine is not taken for a silent service.
    KINDRED_CAPTCHA__TIMEOUT: "20s",
    KINDRED_CAPTCHA__REGISTRATION: "true",
    KINDRED_CAPTCHA__FORGOT: "true",
    KINDRED_SERVER__TRUSTED_PROXIES: "127.0.0.1/32",
    KINDRED_THROTTLE__ENABLED: "true",
    KINDRED_THROTTLE__LOGIN_BURST: "2",
    KINDRED_THROTTLE__LOGIN_PER_MINUTE: "1",
  },
});

/** The address at which the service verifies answers. It does not keep the program running. */
function verification() {
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const form = new URLSearchParams(Buffer.concat(parts).toString());
    const [sitekey, action] = (form.get("response") ?? "").split(" ");
    const success = form.get("secret") === SECRET && sitekey === "the-site-key";
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ success, action, hostname: "localhost" }));
  });
  server.unref();
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}/`));
  });
}

/** Solves the challenge in the frame that is shown. */
async function solve(visitor) {
  await visitor.use(visitor.page.frameLocator("iframe.challenge").getByRole("button", { name: BUTTON }), BUTTON);
}

async function register(world, visitor, email) {
  const { t, page } = visitor;
  await visitor.goto(world.url("/register"));
  await visitor.fill(t("email"), email);
  await visitor.fill(t("password"), PASSWORD);
  await visitor.press(t("register-submit"));
  assert.equal(await page.locator("iframe.challenge").getAttribute("title"), t("captcha-frame"));
  await solve(visitor);
  await visitor.heading(t("truth-devices", { count: 1 }));
  await page.context().clearCookies();
}

/** The failures of others in the network have used its limit up: both steps of a login need an answer, and go on with it. */
async function login(world, visitor, email) {
  const { t, page } = visitor;
  const app = await withApp(world, email);
  assert.ok((await useUp(world)) >= 2, "the limit was there");
  await visitor.goto(world.url("/login"));
  await visitor.fill(t("email"), email);
  await visitor.fill(t("password"), PASSWORD);
  await useUp(world);
  await visitor.press(t("sign-in"));
  await solve(visitor);
  await visitor.heading(t("second-step-title"));
  const code = await app.code();
  await useUp(world);
  await visitor.fill(t("code-totp"), code);
  await solve(visitor);
  await page.waitForURL(/\/account/);
  // That of the registration, that of the other browser, and this one.
  await visitor.heading(t("truth-devices", { count: 3 }));
  await page.context().clearCookies();
}

/** Fails until the network has nothing left; each minute gives one attempt back. How many failures that were. */
async function useUp(world) {
  for (let failures = 0; ; failures += 1) {
    const body = JSON.stringify({ email: `nobody-${crypto.randomUUID()}@example.com`, password: "wrong" });
    const headers = { "Content-Type": "application/json", ...NETWORK };
    const answer = await fetch(`${world.server.listen}/api/v1/auth/login`, { method: "POST", headers, body });
    const { code } = await answer.json();
    if (code === "captcha_required") return failures;
    assert.equal(code, "invalid_credentials");
  }
}

async function forgotten(world, visitor, email) {
  const { t } = visitor;
  await visitor.goto(world.url("/forgot-password"));
  await visitor.fill(t("email"), email);
  await visitor.press(t("forgot-submit"));
  await solve(visitor);
  await visitor.heading(t("check-mail-title"));
}

/** The page without the application: the form waits for the answer, and is sent with it. */
async function withoutApplication(world, visitor, email) {
  const { page } = visitor;
  await visitor.goto(world.url("/account/forgot-password"));
  const frame = page.frameLocator("iframe.challenge");
  await frame.getByRole("button", { name: BUTTON }).waitFor();
  await visitor.look("forgot-with-challenge");
  await page.locator("input[name=email]").fill(email);
  await page.locator("form button[type=submit]").click();
  assert.match(page.url(), /forgot-password/);
  const sent = page.waitForResponse((response) => response.request().method() === "POST" && /forgot-password/.test(response.url()));
  await solve(visitor);
  assert.equal((await sent).status(), 200);
  await page.locator(".glyph.success").waitFor();
}
