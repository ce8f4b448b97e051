// People, their sessions, what an administrator does with them; invitations; what is kept.

import assert from "node:assert/strict";

import { byPassword, passing } from "./step-up.js";

const PASSWORD = "lantern orbit velvet drizzle";
const ROOT = { email: "root@example.com", password: PASSWORD, next: "copper window gentle harbor" };

/** @param {import("../run.js").World} world */
export async function administration(world) {
  const visitor = await world.visitor();
  const { t, page } = visitor;
  for (const display_name of ["grace", "alan", "edsger"]) await world.register({ email: `${display_name}@example.com`, password: PASSWORD, display_name });
  await firstLogin(world, visitor);

  await visitor.goto(world.url("/administration"));
  await visitor.heading(t("people-title"));
  await visitor.sees("grace@example.com");
  await visitor.look("people");
  await search(visitor);
  await sheet(world, visitor);
  await rowMenu(visitor);
  await invitations(world, visitor);

  await visitor.press(t("compliance-title"));
  await visitor.heading(t("compliance-title"));
  await visitor.look("compliance");
  visitor.done();
  assert.ok(page.url().includes("/administration/compliance"));
  return `${visitor.screens} screens`;
}

administration.settings = { environment: { KINDRED_ACCOUNTS__EMAIL_VERIFICATION: "optional" } };

/** The first administrator must change the password before anything else. */
async function firstLogin(world, visitor) {
  const { t } = visitor;
  await visitor.goto(world.url("/login"));
  await visitor.fill(t("email"), ROOT.email);
  await visitor.fill(t("password"), ROOT.password);
  await visitor.press(t("sign-in"));
  await visitor.sees(t("password-must-change"));
  await visitor.look("password-must-change");
  await visitor.fill(t("password-current"), ROOT.password);
  await visitor.fill(t("password-new"), ROOT.next);
  await visitor.press(t("password-change-submit"));
  await visitor.heading(t("truth-devices", { count: 1 }));
}

async function search(visitor) {
  const { t, page } = visitor;
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("type")), "search", "/ leads to the search");
  await page.keyboard.type("grace");
  await page.waitForURL(/q=grace/);
  await page.getByText("alan@example.com").waitFor({ state: "detached" });
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("nobody at all");
  await visitor.sees(t("people-none-found"));
  await visitor.look("people-none");
  await page.reload();
  assert.equal(await page.getByRole("searchbox").inputValue(), "nobody at all", "the search is in the address");
  await page.getByRole("searchbox").fill("");
  await visitor.sees("alan@example.com");
  await visitor.press(t("people-disabled"));
  await page.waitForURL(/status=disabled/);
  await visitor.sees(t("people-none-found"));
  await visitor.press(t("people-all"));
  await visitor.sees("alan@example.com");
}

async function sheet(world, visitor) {
  const { t, page } = visitor;
  await world.anotherBrowser({ email: "grace@example.com", password: PASSWORD });
  await visitor.press("grace");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("heading", { name: "grace" }).waitFor();
  await visitor.look("person");
  await visitor.use(dialog.getByRole("button", { name: new RegExp(`^${t("end")}: `) }).first(), "End");
  await visitor.use(dialog.getByRole("button", { name: t("end"), exact: true }), "End");
  await dialog.getByText(t("sessions-none")).waitFor();

  await visitor.press(t("action-disable"));
  await visitor.heading(t("action-disable-question", { name: "grace" }));
  const submit = page.getByRole("dialog").last().locator("button.danger.primary");
  await visitor.use(submit, "Disable");
  await visitor.sees(t("action-reason-missing"));
  await visitor.look("person-disable");
  await visitor.fill(t("action-reason"), "Reported stolen");
  await visitor.use(submit, "Disable");
  await stepUpIfAsked(visitor, dialog.getByText(t("people-disabled")).first());
  await dialog.getByText(t("people-disabled")).first().waitFor();
  await dialog.getByText(t("event-reason", { reason: "Reported stolen" })).waitFor();
  await visitor.look("person-disabled");
  await visitor.press(t("action-enable"));
  await visitor.use(dialog.getByRole("group").getByRole("button", { name: t("action-enable"), exact: true }), "Enable");
  await dialog.getByText(t("people-active")).first().waitFor();

  await visitor.press(t("action-erase"));
  await visitor.heading(t("action-erase-question", { name: "grace" }));
  await visitor.look("person-erase");
  await visitor.fill(t("erase-type", { email: "grace@example.com" }), "grace@example.com");
  await visitor.use(page.getByRole("dialog").last().locator("button.danger.primary"), "Erase");
  await stepUpIfAsked(visitor, page.getByText(t("action-erase-done", { name: "grace@example.com" })));
  await visitor.sees(t("action-erase-done", { name: "grace@example.com" }));
}

/** What needs no look at the person is done from the list, and the focus stays there. */
async function rowMenu(visitor) {
  const { t, page } = visitor;
  const [label, name] = [t("people-menu", { name: "alan" }), "alan"];
  await visitor.menu(label, t("action-require-password-change"));
  await visitor.heading(t("action-require-password-change-question", { name }));
  await visitor.look("person-menu");
  await visitor.use(page.getByRole("dialog").last().locator("button.primary"), "Require");
  const done = page.getByText(t("action-require-password-change-done", { name }));
  await stepUpIfAsked(visitor, done);
  await done.waitFor();
  await page.waitForFunction((text) => document.activeElement?.getAttribute("aria-label") === text, label);
}

const stepUpIfAsked = (visitor, done) => passing(visitor, done, byPassword(visitor, ROOT.next));

async function invitations(world, visitor) {
  const { t, page } = visitor;
  await visitor.goto(world.url("/administration/invitations"));
  await visitor.heading(t("invitations-title"));
  await visitor.sees(t("invitations-none"));
  await visitor.press(t("invite"));
  await visitor.heading(t("invite-title"));
  await visitor.look("invite");
  await visitor.fill(t("email"), "barbara@example.com");
  await visitor.press(t("invite-submit"));
  const told = page.getByText(t("invited", { address: "barbara@example.com" }));
  await stepUpIfAsked(visitor, told);
  await told.waitFor();
  await world.server.outbox.mail("barbara@example.com", /account\/register/);
  await visitor.look("invitations");
  await visitor.use(page.getByRole("button", { name: new RegExp(`^${t("revoke")}: `) }), "Revoke");
  await visitor.press(t("revoke"));
  await visitor.sees(t("invitation-revoked"));
}
