// What happens at the edges: no network, an ended session, the back button, forced colors, a proof of work, targets that are
// not ours.

import assert from "node:assert/strict";

import { byPassword, passing } from "./step-up.js";

const PASSWORD = "lantern orbit velvet drizzle";

/** @param {import("../world.js").World} world */
export async function edges(world) {
  const visitor = await world.visitor();
  const { t, page } = visitor;
  const email = `edge-${world.name}@example.com`;
  await proofOfWork(world, visitor, email);
  await offline(world, visitor);
  await returnTo(world, visitor);
  await forcedColors(visitor);
  await ended(world, visitor, email);
  await autofill(world, visitor, email);
  await signedOutElsewhere(world, visitor, email);
  visitor.done();
  assert.ok(page.url());
  return `${visitor.screens} screens`;
}

edges.settings = {
  environment: {
    KINDRED_ACCOUNTS__EMAIL_VERIFICATION: "optional",
    KINDRED_CAPTCHA__REGISTRATION: "true",
    KINDRED_CAPTCHA__COST: "1",
  },
};

/** A registration that a CAPTCHA is demanded for: the browser works, and the person has nothing to do. */
async function proofOfWork(world, visitor, email) {
  const { t, page } = visitor;
  await visitor.goto(world.url("/register"));
  await visitor.fill(t("email"), email);
  await visitor.fill(t("password"), PASSWORD);
  const sent = page.waitForRequest((request) => request.url().endsWith("/auth/register") && /captcha_token/.test(request.postData() ?? ""));
  await visitor.press(t("register-submit"));
  await sent;
  await visitor.heading(t("truth-devices", { count: 1 }));
  await visitor.sees(t("truth-unverified", { email }));
}

async function offline(world, visitor) {
  const { t, page } = visitor;
  // The other sections are fetched while nothing else is to do.
  const has = (name) => performance.getEntriesByType("resource").some((entry) => entry.name.endsWith(name));
  for (const name of ["account/data.js", "app/step-up.js"]) await page.waitForFunction(has, name);
  await page.context().setOffline(true);
  await page.locator(".offline").filter({ visible: true }).waitFor();
  await visitor.look("offline");
  await visitor.press(t("activity-index"));
  await page.getByRole("alert").getByText(t("error-unreachable")).waitFor();
  await visitor.look("offline-section");
  await page.context().setOffline(false);
  await visitor.heading(t("activity-title"));
  await page.locator(".offline").waitFor({ state: "hidden" });
}

/** Someone who is signed in goes on at once, but only to where the server allows. */
async function returnTo(world, visitor) {
  const { page } = visitor;
  await visitor.goto(`${world.url("/login")}&returnTo=${encodeURIComponent("/account/data")}`);
  await page.waitForURL(/\/account\/data/);
  // As a gateway sends a browser whose access token has expired.
  await page.context().clearCookies({ name: /kindred_at/ });
  await visitor.goto(`${world.url("/continue")}&returnTo=${encodeURIComponent("/account/profile")}`);
  await page.waitForURL(/\/account\/profile/);
  const names = (await page.context().cookies()).map(({ name }) => name);
  assert.ok(names.some((name) => /kindred_at/.test(name)), names.join());
  await visitor.goto(`${world.url("/login")}&returnTo=${encodeURIComponent("https://evil.example/")}`);
  await page.waitForURL(/\/account/);
  assert.equal(new URL(page.url()).origin, world.server.origin);
}

async function forcedColors(visitor) {
  const { page, t } = visitor;
  await page.emulateMedia({ forcedColors: "active" });
  await visitor.heading(t("truth-devices", { count: 1 }));
  const button = page.getByRole("button").first();
  await button.focus();
  await page.keyboard.press("Tab");
  const focused = await page.evaluate(() => {
    const style = getComputedStyle(/** @type {Element} */ (document.activeElement));
    return { style: style.outlineStyle, width: parseFloat(style.outlineWidth) };
  });
  assert.deepEqual([focused.style, focused.width >= 2], ["solid", true], "the focus is seen in forced colors");
  await page.emulateMedia({ forcedColors: "none" });
}

/** Another device ends this session: the page says so, and shows nothing of the account. */
async function ended(world, visitor, email) {
  const { t, page } = visitor;
  const { access_token } = await world.anotherBrowser({ email, password: PASSWORD });
  const headers = { Authorization: `Bearer ${access_token}` };
  const answer = await fetch(`${world.server.listen}/api/v1/me/sessions`, { method: "DELETE", headers });
  assert.equal(answer.status, 200, await answer.text());
  await visitor.press(t("profile-index"));
  await visitor.heading(t("ended-title"));
  await visitor.look("ended");
  assert.equal(await page.getByText(email).count(), 0);
  await visitor.press(t("sign-in-again"));
  await visitor.heading(t("login-title"));
  await visitor.fill(t("email"), email);
  await visitor.fill(t("password"), PASSWORD);
  await visitor.press(t("sign-in"));
  await page.waitForURL(/\/account\/profile/);
}

/** The browser offers the passkey in the field; its challenge is renewed when someone comes back to it. */
async function autofill(world, visitor, email) {
  const { t, page } = visitor;
  const authenticator = await world.authenticator(page);
  await visitor.goto(world.url("/account/second-factors"));
  await visitor.use(page.locator("button.choice").first(), "Passkey");
  await visitor.press(t("connect-webauthn-submit"));
  await passing(visitor, page.getByRole("heading", { name: t("wizard-save-title") }), byPassword(visitor, PASSWORD));
  await visitor.press(t("codes-wrote"));
  await visitor.press(t("finish"));
  await visitor.press(t("done"));
  // The virtual authenticator answers the offer by itself, as someone who picks the passkey in the field.
  const signedIn = page.waitForResponse((response) => response.url().endsWith("/api/v1/auth/passkey/verify") && response.ok());
  await visitor.menu(t("account-menu", { email }), t("sign-out"));
  await signedIn;
  await page.waitForURL(/\/account/);
  await visitor.sees(t("amr-passkey"));
  // It would sign in again wherever the page for that opens.
  await authenticator.remove();
}

/** A logout in one tab shows in the other, and the back button brings nothing back. */
async function signedOutElsewhere(world, visitor, email) {
  const { t, page } = visitor;
  const other = await page.context().newPage();
  await other.goto(world.url("/account"));
  await other.getByRole("heading", { level: 1 }).waitFor();
  await other.getByRole("button", { name: t("account-menu", { email }) }).click();
  await other.getByRole("menuitem", { name: t("sign-out") }).click();
  await other.waitForURL(/\/login/);
  await page.waitForURL(/\/login/);
  await other.close();
  await visitor.goto(`${world.url("/continue")}&returnTo=${encodeURIComponent("/account/data")}`);
  await page.waitForURL(/\/login\?returnTo=/);
}
