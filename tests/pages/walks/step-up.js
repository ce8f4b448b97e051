// The dialog that asks who is there.

import assert from "node:assert/strict";

import { until } from "../server.js";

const PASSWORD = "lantern orbit velvet drizzle";

/**
 * Answers the dialog for as long as it asks, until `done` is shown.
 *
 * @param {import("../visitor.js").Visitor} visitor
 * @param {import("playwright-core").Locator} done
 * @param {() => Promise<void>} answer
 */
export async function passing(visitor, done, answer) {
  const { t, page } = visitor;
  const asked = page.getByRole("heading", { name: t("step-up-title") });
  for (;;) {
    await asked.or(done).filter({ visible: true }).first().waitFor();
    if (!(await asked.isVisible())) {
      if (await done.filter({ visible: true }).first().isVisible()) return;
      // The dialog has closed between the two looks.
      continue;
    }
    await answer();
    await page.waitForFunction(() => ![...document.querySelectorAll("dialog button")].some((button) => button.ariaBusy === "true"));
  }
}

export const byPassword = (visitor, password) => async () => {
  await visitor.fill(visitor.t("password"), password);
  await visitor.press(visitor.t("step-up-confirm"));
};

export const byPasskey = (visitor) => () => visitor.press(visitor.t("method-webauthn-use"));

export const byApp = (visitor, app) => async () => visitor.fill(visitor.t("code-totp"), await app.code());

/** @param {import("../world.js").World} world */
export async function stepUp(world) {
  const visitor = await world.visitor();
  const { t, page } = visitor;
  const email = `step-${world.name}@example.com`;
  await world.register({ email, password: PASSWORD });
  await visitor.goto(world.url("/login?returnTo=/account/data"));
  await visitor.fill(t("email"), email);
  await visitor.fill(t("password"), PASSWORD);
  await visitor.press(t("sign-in"));
  await visitor.heading(t("data-title"));
  const isAsked = () => page.evaluate(async () => (await fetch("/api/v1/me/export")).status === 403);
  await until("the authentication is no longer recent", isAsked);

  await visitor.press(t("export-submit"));
  await visitor.heading(t("step-up-title"));
  await visitor.look("step-up");
  await visitor.fill(t("password"), "not the password");
  await visitor.press(t("step-up-confirm"));
  await visitor.sees(t("error-step-up-invalid_credentials"));
  await visitor.look("step-up-wrong");
  // Dismissed: nothing has happened, and the focus is where it was.
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  const focused = await page.evaluate(() => document.activeElement?.textContent);
  assert.equal(focused, t("export-submit"));

  const saved = page.waitForEvent("download");
  await visitor.press(t("export-submit"));
  await passing(visitor, page.getByText(t("downloaded")), byPassword(visitor, PASSWORD));
  assert.match((await saved).suggestedFilename(), /\.json$/);
  visitor.done();
  return `${visitor.screens} screens`;
}

stepUp.settings = { environment: { KINDRED_ACCOUNTS__EMAIL_VERIFICATION: "optional", KINDRED_SESSIONS__STEP_UP_MAX_AGE: "2s" } };
