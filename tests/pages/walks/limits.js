// Limits of time: they are told before, they can be extended, and what must be waited for is counted down.

import assert from "node:assert/strict";

import { until } from "../server.js";
import { App } from "../totp.js";

const PASSWORD = "lantern orbit velvet drizzle";

/** @param {import("../world.js").World} world */
export async function limits(world) {
  const email = `limits-${world.name}@example.com`;
  await world.register({ email, password: PASSWORD });
  await withApp(world, email);
  const visitor = await world.visitor();
  await secondStep(world, visitor, email);
  await tooManyTries(world, visitor, email);
  visitor.done();
  return `${visitor.screens} screens`;
}

limits.settings = { environment: { KINDRED_ACCOUNTS__EMAIL_VERIFICATION: "optional" } };

/** Gives the account a second factor, as an app on another device does; resolves to the app. */
export async function withApp(world, email) {
  const { access_token } = await world.anotherBrowser({ email, password: PASSWORD });
  const headers = { Authorization: `Bearer ${access_token}`, "Content-Type": "application/json" };
  const post = async (path, body) => {
    const answer = await fetch(`${world.server.listen}/api/v1/me/mfa/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    assert.equal(answer.status, 200, path);
    return answer.json();
  };
  const { secret } = await post("totp");
  const app = new App(secret);
  await post("totp/confirm", { code: await app.code() });
  return app;
}

/** The second step of a login ends after five minutes; a minute before, there is a warning and more time. */
async function secondStep(world, visitor, email) {
  const { t, page } = visitor;
  await page.clock.install();
  await visitor.goto(world.url("/login"));
  await visitor.fill(t("email"), email);
  await visitor.fill(t("password"), PASSWORD);
  await visitor.press(t("sign-in"));
  await visitor.heading(t("second-step-title"));
  await page.clock.fastForward("04:05");
  await visitor.control(t("more-time")).waitFor();
  await visitor.look("second-step-warning");
  await visitor.press(t("more-time"));
  await visitor.control(t("more-time")).waitFor({ state: "detached" });
  await page.clock.fastForward("04:05");
  await visitor.control(t("more-time")).waitFor();
  await page.clock.fastForward("01:00");
  await visitor.heading(t("login-title"));
  await visitor.sees(t("challenge-over"));
  await visitor.look("second-step-over");
}

/** The button waits as long as the server says. */
async function tooManyTries(world, visitor, email) {
  const { t, page } = visitor;
  const body = { type: "about:blank", title: "", status: 429, detail: "", code: "rate_limited", correlation_id: "x", retry_after: 90 };
  const headers = { "Content-Type": "application/problem+json", "Retry-After": "90" };
  await page.route("**/api/v1/auth/login", (route) => route.fulfill({ status: 429, headers, body: JSON.stringify(body) }));
  await visitor.fill(t("email"), email);
  await visitor.fill(t("password"), PASSWORD);
  await visitor.press(t("sign-in"));
  await visitor.sees(t("error-login-rate_limited", { wait: t("duration-minutes", { count: 2 }) }));
  const button = visitor.control(t("sign-in"));
  assert.equal(await button.getAttribute("aria-disabled"), "true");
  await visitor.look("login-wait");
  await page.unroute("**/api/v1/auth/login");
  await page.clock.fastForward("01:31");
  await visitor.sees(t("wait-over"));
  await until("the button can be pressed again", async () => (await button.getAttribute("aria-disabled")) === null);
  await visitor.press(t("sign-in"));
  await visitor.heading(t("second-step-title"));
}
