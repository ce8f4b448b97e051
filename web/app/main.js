/** Begins: texts, then the page that the shell names. */

import { client } from "./client.js";
import { page } from "./config.js";
import { h } from "./dom.js";
import { loadTexts, t } from "./texts.js";
import { mountToasts } from "./ui/toast.js";

/** @type {Record<string, { element: string, load: () => Promise<unknown>, isPublic: boolean }>} */
const PAGES = {
  login: { element: "kindred-login", load: () => import("./login/login.js"), isPublic: true },
  register: { element: "kindred-register", load: () => import("./login/register.js"), isPublic: true },
  "forgot-password": { element: "kindred-forgot-password", load: () => import("./login/forgot.js"), isPublic: true },
  account: { element: "kindred-account", load: () => import("./account/account.js"), isPublic: false },
  administration: { element: "kindred-administration", load: () => import("./administration/administration.js"), isPublic: false },
};

/** Whether the browser comes from another provider. */
const isBack = /[?&]federation_(code|error)=/.test(location.search);
const root = document.getElementById("app") ?? document.body;

async function begin() {
  const shown = PAGES[document.body.dataset["page"] ?? ""] ?? PAGES["login"];
  if (!shown) return;
  const [status] = await Promise.all([session(), loadTexts(), shown.load()]);
  mountToasts();
  if (shown.isPublic && shown.element === "kindred-login" && status === "signed-in" && !isBack) {
    const { goOn } = await import("./login/onward.js");
    return goOn();
  }
  if (!shown.isPublic && status === "signed-out") return location.replace(await loginPage());
  const { offlineBar } = await import("./ui/chrome.js");
  if (shown.isPublic) document.body.prepend(offlineBar(() => undefined));
  if (!shown.isPublic && status === "unknown") return root.replaceChildren(await unreachable());
  if (!shown.isPublic && isBack) await settleReturn();
  root.replaceChildren(document.createElement(shown.element));
}

/** Someone who is signed in comes back from another provider. */
async function settleReturn() {
  const [{ takeBack }, { settle }] = await Promise.all([import("./federation/providers.js"), import("./federation/returned.js")]);
  const back = takeBack();
  if (back) await settle(back);
}

/** The session of an earlier visit. */
async function session() {
  const { status } = await client.restore().catch(() => client.state());
  return status;
}

async function loginPage() {
  // What a browser has come back with from another provider counts only in the session that sent it there.
  if (isBack) (await import("./federation/providers.js")).takeBack();
  return page("/login", { returnTo: location.pathname + location.search });
}

/** Nothing can be shown, and no one was logged out. */
async function unreachable() {
  const { banner } = await import("./ui/banner.js");
  const { button } = await import("./ui/button.js");
  const again = button(t("try-again"), { kind: "primary wide", press: () => location.reload() });
  const card = h("article", { class: "card stack" }, h("h1", null, t("unreachable-title")), banner("warning", t("unreachable-text")), again);
  addEventListener("online", () => location.reload(), { once: true });
  return h("main", { class: "stage" }, card);
}

void begin();
