/** `<kindred-account>`: masthead, index, and the sections. */

import { api, client, KindredError } from "../client.js";
import { config, page } from "../config.js";
import { h, replace } from "../dom.js";
import { icon } from "../icons.js";
import { describe, isUnreachable } from "../problems.js";
import { signOut } from "../sign-out.js";
import { t } from "../texts.js";
import { banner } from "../ui/banner.js";
import { button } from "../ui/button.js";
import { foot, logo, offlineBar, setTitle } from "../ui/chrome.js";
import { menu } from "../ui/menu.js";
import { announce } from "../ui/toast.js";
import { guardSession } from "./guard.js";

/**
 * @typedef {import("../../vendor/kindred-client/schema.js").components["schemas"]["ProfileResponse"]} Me
 *
 * @typedef {object} Context
 * @property {Me} me
 * @property {(path: string) => void} go to another section
 * @property {() => Promise<void>} reload shows this section again, with fresh data
 *
 * @typedef {(context: Context) => Promise<HTMLElement>} View
 *
 * @typedef {object} Section
 * @property {string} path below `/account`
 * @property {string} title
 * @property {string} index which entry of the index it belongs to
 * @property {() => Promise<{ view: View }>} load
 */

/** @type {Section[]} */
const SECTIONS = [
  { path: "", title: "overview", index: "", load: () => import("./overview.js") },
  { path: "/sessions", title: "overview", index: "", load: () => import("./overview.js") },
  { path: "/security", title: "security", index: "/security", load: () => import("./security.js") },
  { path: "/second-factors", title: "wizard", index: "/security", load: () => import("./wizard.js") },
  { path: "/password", title: "password-change", index: "/security", load: () => import("./password.js") },
  { path: "/first-credential", title: "first-credential", index: "/security", load: () => import("./first-credential.js") },
  { path: "/activity", title: "activity", index: "/activity", load: () => import("./activity.js") },
  { path: "/profile", title: "profile", index: "/profile", load: () => import("./profile.js") },
  { path: "/address", title: "address", index: "/profile", load: () => import("./address.js") },
  { path: "/data", title: "data", index: "/data", load: () => import("./data.js") },
];
const INDEX = ["", "/security", "/activity", "/profile", "/data"];
const ROOT = `${config.basePath}/account`;

class KindredAccount extends HTMLElement {
  #main = h("main", { tabindex: "-1", id: "content" });
  #index = h("nav", { class: "index", "aria-label": t("index-label") });
  #runs = 0;
  /** Whether a module could not be fetched. Browsers remember that, so only a new page tries again. */
  #isIncomplete = false;
  /** When what is shown was read. @type {Date | undefined} */
  #shownFrom;

  connectedCallback() {
    const bar = offlineBar(() => this.#shownFrom);
    this.append(
      h("a", { class: "skip visually-hidden", href: "#content" }, t("skip")),
      bar,
      masthead(),
      h("div", { class: "account" }, this.#index, this.#main),
      foot(),
    );
    guardSession(this);
    addEventListener("popstate", () => void this.#show(true));
    addEventListener("online", () => (this.#isIncomplete ? location.reload() : void this.#show(false)));
    this.addEventListener("click", (event) => this.#follow(event));
    void this.#show(false);
  }

  /** Links between sections need no new page. @param {MouseEvent} event */
  #follow(event) {
    const link = /** @type {Element} */ (event.target).closest("a");
    const isPlain = !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
    if (!link || !isPlain || link.target || link.hash || link.origin !== location.origin || !sectionAt(link.pathname)) return;
    event.preventDefault();
    this.#go(link.pathname + link.search);
  }

  /** @param {string} address */
  #go(address) {
    history.pushState(null, "", address);
    void this.#show(true);
  }

  /** @param {boolean} isMove whether someone has gone there, so that the focus follows */
  async #show(isMove) {
    const section = limited() ?? sectionAt(location.pathname) ?? SECTIONS[0];
    if (!section) return;
    this.#runs += 1;
    const run = this.#runs;
    setTitle(t(`${section.title}-title`));
    this.#showIndex(section);
    if (isMove || !this.#shownFrom) replace(this.#main, skeleton());
    try {
      const [{ view }, me] = await Promise.all([this.#loaded(section), api("get", "/api/v1/me")]);
      const shown = await view({ me, go: (path) => this.#go(page(`/account${path}`)), reload: () => this.#show(false) });
      if (run !== this.#runs) return;
      this.#shownFrom = new Date();
      replace(this.#main, shown);
      whenIdle(() => void Promise.allSettled(SECTIONS.map(({ load }) => load())));
      if (isMove) {
        scrollTo(0, 0);
        this.#main.focus();
        announce(t(`${section.title}-title`));
      }
    } catch (error) {
      if (run === this.#runs) this.#fail(error, isMove);
    }
  }

  /** @param {Section} section */
  async #loaded(section) {
    try {
      return await section.load();
    } catch {
      this.#isIncomplete = true;
      throw new KindredError("unreachable");
    }
  }

  /** @param {unknown} error @param {boolean} isMove */
  #fail(error, isMove) {
    if (client.state().status === "signed-out") return;
    if (isUnreachable(error) && this.#shownFrom && !isMove) return;
    const again = button(t("try-again"), { press: () => (this.#isIncomplete ? location.reload() : this.#show(false)) });
    replace(this.#main, h("h1", null, t("not-shown-title")), h("div", { role: "alert" }, banner("danger", describe(error).text, again)));
  }

  /** @param {Section} current */
  #showIndex(current) {
    const isLimited = !!limited();
    this.#index.hidden = isLimited;
    const entries = INDEX.map((path) => {
      const isCurrent = path === current.index;
      const section = SECTIONS.find((section) => section.path === path);
      return h("li", null, h("a", { href: page(`/account${path}`), "aria-current": isCurrent ? "page" : null }, t(`${section?.title}-index`)));
    });
    replace(this.#index, h("ul", null, entries));
  }
}

/** @param {string} pathname */
function sectionAt(pathname) {
  return SECTIONS.find(({ path }) => pathname.replace(/\/$/, "") === ROOT + path);
}

/** What a session must do before it may do anything else. */
function limited() {
  const { user } = client.state();
  if (user?.password_must_change) return SECTIONS.find(({ path }) => path === "/password");
  // The link of a mail adds a passkey as well.
  if (sectionAt(location.pathname)?.path === "/first-credential") return undefined;
  if (user?.mfa_enrollment_required) return SECTIONS.find(({ path }) => path === "/second-factors");
  return undefined;
}

/** The other sections are there before someone goes to them, also without network. @param {() => void} run */
function whenIdle(run) {
  if (typeof requestIdleCallback === "function") requestIdleCallback(run);
  else setTimeout(run, 500);
}

function masthead() {
  const { user } = client.state();
  const isAdministrator = user?.roles.some((role) => role === "admin" || role === "support") ?? false;
  const entries = [
    ...(isAdministrator && config.pages.administration ? [{ label: t("administration-title"), href: page("/administration") }] : []),
    { label: t("sign-out"), act: () => void signOut() },
  ];
  const home = h("a", { href: page("/account") }, logo(), h("span", null, t("account-title")));
  const who = menu(t("account-menu", { email: user?.email ?? "" }), entries, icon("user"));
  return h("header", { class: "masthead" }, home, who);
}

function skeleton() {
  const lines = [h("div", { class: "skeleton line" }), h("div", { class: "skeleton block" }), h("div", { class: "skeleton block" })];
  return h("div", { class: "stack", "aria-busy": "true", "aria-label": t("loading") }, lines);
}

customElements.define("kindred-account", KindredAccount);
