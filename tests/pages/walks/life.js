// From registration by mail to erasure, with everything that lies between.

import assert from "node:assert/strict";

import { linkIn, until } from "../server.js";
import { App } from "../totp.js";
import { png } from "../picture.js";
import { byApp, byPassword, byPasskey, passing } from "./step-up.js";

const PASSWORD = "lantern orbit velvet drizzle";
const NEXT_PASSWORD = "marble thunder quiet pencil";
const PHONE = "+1 202 555 0143";

/** @param {import("../world.js").World} world */
export async function life(world) {
  const visitor = await world.visitor();
  const account = { email: `ada-${world.name}@example.com`, password: PASSWORD };
  await register(world, visitor, account);
  await overviewAndSessions(world, visitor, account);
  await addApp(world, visitor, account);
  await backIn(world, visitor, account);
  await addPasskey(world, visitor, account);
  await addSms(world, visitor, account);
  await activityAndProfile(world, visitor, account);
  await newPassword(world, visitor, account);
  await newAddress(world, visitor, account);
  await forgotten(world, account);
  await exportAndErase(world, visitor, account);
  visitor.done();
  return `${visitor.screens} screens`;
}

async function register(world, visitor, { email, password }) {
  const { t, page } = visitor;
  await visitor.goto(world.url("/login"));
  await visitor.heading(t("login-title"));
  await visitor.look("login");
  await visitor.press(t("login-register"));
  await visitor.heading(t("register-title"));
  await visitor.look("register");
  await visitor.press(t("register-submit"));
  await visitor.sees(t("email-missing"));
  await visitor.look("register-missing");
  await visitor.fill(t("email"), email);
  await visitor.fill(t("password"), "password");
  await visitor.press(t("register-submit"));
  await visitor.sees(t("error-weak_password-common_password"));
  await visitor.fill(t("password"), password);
  await visitor.fill(t("display-name-optional"), "Ada Lovelace");
  await visitor.press(t("register-submit"));
  await visitor.step(t("check-mail-title"));
  await visitor.look("register-waiting");
  const mail = await world.server.outbox.mail(email, /verify-email/);
  await world.openLink(page.context(), linkIn(mail, world.server.origin, "/account/verify-email"));
  // The page that waits goes on by itself.
  await page.bringToFront();
  await page.evaluate(() => dispatchEvent(new Event("focus")));
  await page.waitForURL(/\/account/);
  await visitor.heading(t("truth-devices", { count: 1 }));
}

async function overviewAndSessions(world, visitor, account) {
  const { t, page } = visitor;
  await visitor.look("overview-first");
  await world.anotherBrowser(account);
  await world.anotherBrowser(account);
  await page.reload();
  await visitor.heading(t("truth-devices", { count: 3 }));
  await visitor.look("overview-three");
  const ends = page.getByRole("button", { name: new RegExp(`^${t("end")}: `) });
  await visitor.use(ends.first(), "End");
  await visitor.sees(t("session-end-question"));
  await visitor.look("overview-confirm");
  await visitor.press(t("keep"));

  // The server refuses: the card comes back, with the reason.
  await page.route("**/api/v1/me/sessions/*", (route) => route.abort());
  await visitor.use(ends.first(), "End");
  await visitor.press(t("end"));
  await page.getByText(t("error-unreachable")).first().waitFor();
  assert.equal(await ends.count(), 2, "both cards are there again");
  await visitor.look("overview-not-ended");
  await page.unroute("**/api/v1/me/sessions/*");

  await visitor.use(ends.first(), "End");
  await visitor.press(t("end"));
  await page.waitForFunction(() => document.querySelectorAll("li.item .act").length === 1);
  await visitor.heading(t("truth-devices", { count: 2 }));
  await visitor.use(page.locator("details.fold > summary"), t("ended-sessions-title"));
  await visitor.sees(t("end-reason-ended_by_user"));
  await visitor.look("overview-ended");
  await world.anotherBrowser(account);
  await page.reload();
  await visitor.press(t("sessions-end-others"));
  await visitor.press(t("end"));
  await visitor.heading(t("truth-devices", { count: 1 }));
}

async function addApp(world, visitor, account) {
  const { t, page } = visitor;
  await visitor.press(t("truth-no-factor-act"));
  await visitor.heading(t("wizard-title"));
  await visitor.look("wizard-choose");
  await visitor.press(choice(visitor, "totp"));
  await visitor.heading(t("connect-totp-title"));
  await passing(visitor, page.locator("img.qr"), byPassword(visitor, account.password));
  assert.ok(await page.locator("img.qr").evaluate((image) => image.complete && image.naturalWidth > 0), "the QR code is drawn");
  await visitor.look("wizard-app");
  account.app = new App(await page.locator(".secret code").textContent());
  await visitor.fill(t("code-totp"), "000000");
  await visitor.sees(t("error-connect-mfa_code_invalid"));
  await visitor.look("wizard-app-wrong");
  // Pasted with blanks, as apps show it.
  const code = await account.app.code();
  await visitor.fill(t("code-totp"), `${code.slice(0, 3)} ${code.slice(3)}`);
  await visitor.step(t("wizard-save-title"));
  account.codes = await page.locator(".codes li").allTextContents();
  assert.equal(account.codes.length, 10);
  assert.equal(await visitor.control(t("finish")).getAttribute("aria-disabled"), "true");
  await visitor.look("wizard-codes");
  const [saved] = await Promise.all([page.waitForEvent("download"), visitor.press(t("download"))]);
  assert.match(saved.suggestedFilename(), /\.txt$/);
  await visitor.press(t("finish"));
  await visitor.step(t("wizard-end-title"));
  await visitor.look("wizard-end");
  await visitor.press(t("done"));
  await visitor.heading(t("security-title"));
  await visitor.look("security");
}

/** The accessible name of a row: what it is, and what is good to know. */
function choice({ t }, method) {
  const escaped = t(`method-${method}`).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped}`);
}

async function signOut(visitor, { email }) {
  const { t } = visitor;
  await visitor.menu(t("account-menu", { email }), t("sign-out"));
  await visitor.heading(t("login-title"));
}

async function enterPassword(visitor, { email, password }) {
  const { t } = visitor;
  await visitor.fill(t("email"), email);
  await visitor.fill(t("password"), password);
  await visitor.press(t("sign-in"));
}

async function backIn(world, visitor, account) {
  const { t, page } = visitor;
  await signOut(visitor, account);
  await page.goBack();
  await page.waitForURL(/\/login/);
  await visitor.heading(t("login-title"));
  await enterPassword(visitor, { ...account, password: "not the password" });
  await visitor.sees(t("error-login-invalid_credentials"));
  await visitor.look("login-wrong");
  await enterPassword(visitor, account);
  await visitor.heading(t("second-step-title"));
  await visitor.sees(account.email);
  await visitor.look("second-step-app");
  await visitor.press(t("not-you"));
  await visitor.heading(t("login-title"));
  await enterPassword(visitor, account);
  await visitor.press(t("method-backup_code"));
  await visitor.fill(t("code-backup_code"), account.codes[0]);
  await visitor.look("second-step-backup");
  await visitor.press(t("verify"));
  await page.waitForURL(/\/account/);
  await signOut(visitor, account);
  await enterPassword(visitor, account);
  await visitor.press(t("trust-device"));
  await visitor.fill(t("code-totp"), await account.app.code());
  await page.waitForURL(/\/account/);
  await visitor.sees(t("trusted-title"));
  await visitor.look("overview-trusted");
  await visitor.use(page.getByRole("button", { name: new RegExp(`^${t("trusted-remove")}`) }), "Stop trusting");
  await visitor.press(t("trusted-yes"));
  await page.getByText(t("trusted-title")).waitFor({ state: "detached" });
}

async function addPasskey(world, visitor, account) {
  const { t, page } = visitor;
  const { passkeys } = await world.authenticator(page);
  await page.addInitScript(hearSignals);
  // A browser that offers no passkeys in the field: the virtual authenticator would take such an offer by itself.
  await page.addInitScript(() => (PublicKeyCredential.isConditionalMediationAvailable = async () => false));
  await visitor.goto(world.url("/account/second-factors"));
  await visitor.press(choice(visitor, "webauthn"));
  await visitor.heading(t("connect-webauthn-title"));
  await visitor.look("wizard-passkey");
  await visitor.press(t("connect-webauthn-submit"));
  await passing(visitor, page.getByRole("heading", { name: t("wizard-end-title") }), byApp(visitor, account.app));
  const known = await until("the browser is told which passkeys there are", () => signal(page, "signalAllAcceptedCredentials"));
  assert.deepEqual(known.allAcceptedCredentialIds, await passkeys());
  assert.equal(known.rpId, "localhost");
  await visitor.press(t("done"));
  await visitor.heading(t("security-title"));
  await visitor.use(page.getByRole("button", { name: new RegExp(`^${t("rename")}: `) }), "Rename");
  await visitor.fill(t("passkey-name"), "Laptop");
  await visitor.look("passkey-rename");
  await visitor.press(t("save"));
  await visitor.sees("Laptop");

  // Alone, by the button of the login.
  await signOut(visitor, account);
  await visitor.press(t("login-passkey"));
  await page.waitForURL(/\/account/);
  await visitor.sees(t("amr-passkey"));

  // After the password.
  await signOut(visitor, account);
  await enterPassword(visitor, account);
  await visitor.press(t("method-webauthn-use"));
  await page.waitForURL(/\/account/);
}

/** Keeps what the browser is told about passkeys (the Signal API of WebAuthn), across pages. */
function hearSignals() {
  for (const name of ["signalAllAcceptedCredentials", "signalCurrentUserDetails"]) {
    PublicKeyCredential[name] = async (told) => sessionStorage.setItem(name, JSON.stringify(told));
  }
}

const signal = (page, name) => page.evaluate((name) => JSON.parse(sessionStorage.getItem(name) ?? "null"), name);

async function addSms(world, visitor, account) {
  const { t, page } = visitor;
  await visitor.goto(world.url("/account/second-factors"));
  await visitor.press(choice(visitor, "sms"));
  await visitor.heading(t("connect-sms-title"));
  await visitor.look("wizard-sms");
  await visitor.fill(t("phone"), PHONE);
  await visitor.press(t("connect-sms-submit"));
  await passing(visitor, visitor.field(t("code-sms")), byPasskey(visitor));
  await visitor.look("wizard-sms-code");
  await visitor.fill(t("code-sms"), codeOf(await world.server.outbox.sms(/\b\d{6}\b/)));
  await visitor.step(t("wizard-end-title"));
  await visitor.press(t("done"));
  await visitor.heading(t("security-title"));
  await visitor.look("security-all");

  await signOut(visitor, account);
  await enterPassword(visitor, account);
  await visitor.press(t("method-sms"));
  await visitor.fill(t("code-sms"), codeOf(await world.server.outbox.sms(/\b\d{6}\b/)));
  await page.waitForURL(/\/account/);
}

function codeOf(sms) {
  return /\b\d{6}\b/.exec(JSON.parse(sms).text ?? sms)[0];
}

async function activityAndProfile(world, visitor) {
  const { t, page } = visitor;
  await visitor.press(t("activity-index"));
  await visitor.heading(t("activity-title"));
  await visitor.sees(t("event-factor-enrolled"));
  await visitor.look("activity");
  await visitor.press(t("profile-index"));
  await visitor.heading(t("profile-title"));
  await visitor.fill(t("display-name"), "Ada King");
  await visitor.press(t("save"));
  await visitor.sees(t("profile-saved"));
  const user = await until("the browser is told the name", () => signal(page, "signalCurrentUserDetails"));
  assert.equal(user.displayName, "Ada King");
  const picture = { name: "me.png", mimeType: "image/png", buffer: png(64, 64) };
  await page.locator("input[type=file]").setInputFiles(picture);
  await visitor.sees(t("picture-saved"));
  await page.locator("img.portrait").waitFor();
  await visitor.look("profile");
  await page.locator("input[type=file]").setInputFiles({ ...picture, buffer: Buffer.from("no picture") });
  await visitor.sees(t("error-picture-validation_failed"));
}

async function newPassword(world, visitor, account) {
  const { t } = visitor;
  await visitor.goto(world.url("/account/security"));
  await visitor.use(visitor.page.getByRole("link", { name: t("change"), exact: true }).first(), "Change");
  await visitor.heading(t("password-change-title"));
  await visitor.look("password");
  await visitor.fill(t("password-current"), "not the password");
  await visitor.fill(t("password-new"), NEXT_PASSWORD);
  await visitor.press(t("password-change-submit"));
  await visitor.sees(t("error-password-change-invalid_credentials"));
  await visitor.fill(t("password-current"), account.password);
  await visitor.press(t("password-change-submit"));
  await visitor.sees(t("password-changed"));
  account.password = NEXT_PASSWORD;
}

async function newAddress(world, visitor, account) {
  const { t, page } = visitor;
  const next = account.email.replace("ada", "king");
  await visitor.goto(world.url("/account/address"));
  await visitor.heading(t("address-title"));
  await visitor.look("address");
  await visitor.fill(t("address-new"), next);
  await visitor.press(t("address-submit"));
  await passing(visitor, page.getByRole("heading", { name: t("check-mail-title") }), byPasskey(visitor));
  await visitor.look("address-sent");
  const mail = await world.server.outbox.mail(next, /confirm-email/);
  await world.openLink(page.context(), linkIn(mail, world.server.origin, "/account/confirm-email"));
  account.email = next;
  await visitor.goto(world.url("/account/profile"));
  await visitor.sees(next);
}

async function forgotten(world, account) {
  const visitor = await world.visitor();
  const { t, page } = visitor;
  await visitor.goto(world.url("/login"));
  await visitor.press(t("forgot-link"));
  await visitor.heading(t("forgot-title"));
  await visitor.look("forgot");
  await visitor.fill(t("email"), account.email);
  await visitor.press(t("forgot-submit"));
  await visitor.step(t("check-mail-title"));
  await visitor.look("forgot-sent");
  await world.server.outbox.mail(account.email, /reset-password/);
  visitor.done();
  await page.context().close();
}

async function exportAndErase(world, visitor, account) {
  const { t, page } = visitor;
  await visitor.goto(world.url("/account/data"));
  await visitor.heading(t("data-title"));
  await visitor.look("data");
  const download = page.waitForEvent("download");
  await visitor.press(t("export-submit"));
  await passing(visitor, page.getByText(t("downloaded")), byPasskey(visitor));
  const file = await download;
  assert.match(file.suggestedFilename(), /\.json$/);
  await visitor.press(t("erase-open"));
  await visitor.heading(t("erase-question"));
  await visitor.look("erase-question");
  await visitor.fill(t("erase-type", { email: account.email }), "someone@example.com");
  const submit = page.getByRole("dialog").getByRole("button", { name: t("erase-submit"), exact: true });
  await visitor.use(submit, "Erase");
  await visitor.sees(t("erase-mismatch"));
  await visitor.fill(t("erase-type", { email: account.email }), account.email);
  await visitor.use(submit, "Erase");
  await passing(visitor, page.getByRole("heading", { name: t("erased-title") }), byPasskey(visitor));
  await visitor.look("erased");
  await visitor.goto(world.url("/account"));
  await page.waitForURL(/\/login/);
}
