// The pages that mails lead to: each of them is looked at, and all of them are gone through once more without script.

import assert from "node:assert/strict";

import { linkIn } from "../server.js";

const PASSWORD = "lantern orbit velvet drizzle";
const NEXT_PASSWORD = "marble thunder quiet pencil";
const ROOT = { email: "root@example.com", password: PASSWORD, next: "copper window gentle harbor" };
const CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/** @param {import("../world.js").World} world */
export async function links(world) {
  const visitor = await world.visitor();
  await walk(world, visitor, (name) => visitor.look(`link-${name}`));
  visitor.done();
  return `${visitor.screens} screens`;
}

/** @param {import("../world.js").World} world */
export async function linksWithoutScript(world) {
  const visitor = await world.visitor({ javaScriptEnabled: false });
  visitor.byKeyboard = false;
  let screens = 0;
  await walk(world, visitor, async () => void (screens += 1));
  return `${screens} screens`;
}

linksWithoutScript.once = true;

/** @param {(name: string) => Promise<void>} see */
async function walk(world, visitor, see) {
  const account = { email: `link-${world.name}@example.com`, password: PASSWORD };
  await confirmed(world, visitor, see, account);
  await reset(world, visitor, see, account);
  await endedSession(world, visitor, see, account);
  await kept(world, visitor, see, account);
  await movedAndBack(world, visitor, see, account);
  await invited(world, visitor, see);
  await broken(world, visitor, see);
}

/** A request of another device. */
async function call(world, method, path, { body, access, agent = FIREFOX } = {}) {
  const headers = { "User-Agent": agent };
  if (body) headers["Content-Type"] = "application/json";
  if (access) headers.Authorization = `Bearer ${access}`;
  const answer = await fetch(`${world.server.listen}/api/v1/${path}`, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

async function signIn(world, { email, password }, agent) {
  const answer = await call(world, "POST", "auth/login", { body: { email, password }, agent });
  return answer.access_token;
}

/** Opens the link of the next such mail. The address bar no longer has the token then. */
async function follow(world, visitor, to, path) {
  const mail = await world.server.outbox.mail(to, new RegExp(path.slice(1)));
  const link = linkIn(mail, world.server.origin, path);
  await visitor.goto(link);
  assert.ok(!visitor.page.url().includes("token="), visitor.page.url());
  return link;
}

async function typeWord(visitor) {
  const { t } = visitor;
  await visitor.fill(t("page-word-label", { word: t("page-word") }), t("page-word"));
}

async function confirmed(world, visitor, see, { email, password }) {
  const { t, page } = visitor;
  await call(world, "POST", "auth/register", { body: { email, password, display_name: "Ada Lovelace", locale: world.language } });
  const link = await follow(world, visitor, email, "/account/verify-email");
  await visitor.heading(t("page-verify-title"));
  await visitor.sees("Ada Lovelace");
  await see("verify");
  await visitor.press(t("page-verify-not-me"));
  await visitor.heading(t("page-decline-title"));
  await see("decline");
  await visitor.press(t("page-back"));
  await visitor.press(t("page-verify-no-password"));
  await visitor.heading(t("page-own-password-title"));
  await see("own-password");
  await page.goBack();
  await visitor.fill(t("page-verify-password"), "not the password");
  await visitor.press(t("page-verify-button"));
  await visitor.sees(t("page-error-password"));
  await see("verify-wrong");
  await visitor.fill(t("page-verify-password"), password);
  await visitor.press(t("page-verify-button"));
  await visitor.heading(t("page-verify-done-title"));
  await see("verified");
  await visitor.goto(link);
  await visitor.heading(t("page-verify-used-title"));
  await see("verify-used");
}

async function reset(world, visitor, see, account) {
  const { t } = visitor;
  await visitor.goto(world.url("/account/forgot-password"));
  await visitor.heading(t("page-forgot-title"));
  await see("forgot");
  await visitor.fill(t("page-email"), account.email);
  await visitor.press(t("page-send-button"));
  await visitor.heading(t("page-sent-title"));
  await see("sent");
  await follow(world, visitor, account.email, "/account/reset-password");
  await visitor.heading(t("page-reset-title"));
  await see("reset");
  await visitor.fill(t("page-new-password"), "password");
  await visitor.press(t("page-reset-button"));
  await visitor.sees(t("page-error-common"));
  await see("reset-common");
  await visitor.fill(t("page-new-password"), NEXT_PASSWORD);
  await visitor.press(t("page-reset-button"));
  await visitor.heading(t("page-reset-done-title"));
  await see("reset-done");
  account.password = NEXT_PASSWORD;
}

async function endedSession(world, visitor, see, account) {
  const { t } = visitor;
  await signIn(world, account, CHROME);
  await signIn(world, account, FIREFOX);
  await follow(world, visitor, account.email, "/account/end-session");
  await visitor.heading(t("page-end-session-title"));
  await see("end-session");
  await visitor.press(t("page-end-session-secure"));
  await visitor.heading(t("page-secure-title"));
  await see("secure");
  await visitor.press(t("page-back"));
  await visitor.press(t("page-end-session-button"));
  await visitor.heading(t("page-end-session-done-title"));
  await see("session-ended");
}

async function kept(world, visitor, see, account) {
  const { t } = visitor;
  await call(world, "DELETE", "me", { access: await signIn(world, account) });
  await follow(world, visitor, account.email, "/account/cancel-erasure");
  await visitor.heading(t("page-keep-title"));
  await see("keep");
  await typeWord(visitor);
  await visitor.press(t("page-keep-button"));
  await visitor.heading(t("page-keep-done-title"));
  await see("kept");
}

async function movedAndBack(world, visitor, see, account) {
  const { t } = visitor;
  const next = account.email.replace("link", "moved");
  await call(world, "POST", "auth/email/change", { access: await signIn(world, account), body: { new_email: next } });
  await follow(world, visitor, next, "/account/confirm-email");
  await visitor.heading(t("page-confirm-title"));
  await see("confirm");
  await typeWord(visitor);
  await visitor.press(t("page-confirm-button"));
  await visitor.heading(t("page-confirm-done-title"));
  await see("confirmed");
  await follow(world, visitor, account.email, "/account/undo-email-change");
  await visitor.heading(t("page-undo-title"));
  await see("undo");
  await typeWord(visitor);
  await visitor.press(t("page-undo-button"));
  await visitor.heading(t("page-undo-done-title"));
  await see("undone");
}

async function invited(world, visitor, see) {
  const { t } = visitor;
  const { email, password, next } = ROOT;
  const first = await call(world, "POST", "auth/login", { body: { email, password } });
  const change = { current_password: password, new_password: next, refresh_token: first.refresh_token };
  await call(world, "POST", "auth/password/change", { access: first.access_token, body: change });
  const guest = `guest-${world.name}@example.com`;
  await call(world, "POST", "admin/invitations", { access: await signIn(world, { email, password: next }), body: { email: guest } });
  await follow(world, visitor, guest, "/account/register");
  await visitor.heading(t("page-invitation-title"));
  await see("invitation");
  await visitor.fill(t("page-invitation-name"), "Grace Hopper");
  await visitor.fill(t("page-new-password"), PASSWORD);
  await visitor.press(t("page-invitation-button"));
  await visitor.heading(t("page-invitation-done-title"));
  await see("joined");
}

/** A link that is none, and a page that was opened without one. */
async function broken(world, visitor, see) {
  const { t, page } = visitor;
  await visitor.goto(`${world.url("/account/secure")}&token=abcdef`);
  await visitor.heading(t("page-secure-invalid-title"));
  await see("invalid");
  await page.context().clearCookies();
  await visitor.goto(world.url("/account/secure"));
  await visitor.heading(t("page-no-link-title"));
  await see("none");
}
