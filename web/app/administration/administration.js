/** `<kindred-administration>`: people, invitations, and what is kept. */

import { client } from "../client.js";
import { config, page } from "../config.js";
import { h, replace } from "../dom.js";
import { icon } from "../icons.js";
import { describe, hasCode } from "../problems.js";
import { signOut } from "../sign-out.js";
import { t } from "../texts.js";
import { banner } from "../ui/banner.js";
import { button, linkButton } from "../ui/button.js";
import { logo, offlineBar, setTitle } from "../ui/chrome.js";
import { menu } from "../ui/menu.js";
import { guardSession } from "../account/guard.js";

/** @typedef {() => Promise<HTMLElement>} View */

const SECTIONS = /** @type {const} */ ([
  { path: "", title: "people", load: () => import("./people.js") },
  { path: "/invitations", title: "invitations", load: () => import("./invitations.js") },
  { path: "/compliance", title: "compliance", load: () => import("./compliance.js") },
]);
const ROOT = `${config.basePath}/administration`;

class KindredAdministration extends HTMLElement {
  #main = h("main", { id: "content", tabindex: "-1" });
  /** @type {Date | undefined} */
  #shownFrom;

  connectedCallback() {
    this.append(
      h("a", { class: "skip visually-hidden", href: "#content" }, t("skip")),
      offlineBar(() => this.#shownFrom),
      masthead(),
      h("div", { class: "administration" }, sections(), this.#main),
    );
    guardSession(this);
    void this.#show();
  }

  async #show() {
    const section = current();
    setTitle(t(`${section.title}-title`));
    replace(this.#main, h("div", { class: "skeleton block", "aria-busy": "true", "aria-label": t("loading") }));
    try {
      const { view } = await section.load();
      replace(this.#main, await view());
      this.#shownFrom = new Date();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    if (client.state().status === "signed-out") return;
    const enroll = hasCode(error, "mfa_enrollment_required") && linkButton(t("factor-first"), page("/account/second-factors"), "primary");
    const again = button(t("try-again"), { press: () => this.#show() });
    const text = describe(error, "administration").text;
    replace(this.#main, h("h1", null, t("not-shown-title")), h("div", { role: "alert" }, banner("danger", text, enroll || again)));
  }
}

function current() {
  const path = location.pathname.replace(/\/$/, "");
  return SECTIONS.find((section) => ROOT + section.path === path) ?? SECTIONS[0];
}

function masthead() {
  const { user } = client.state();
  const entries = [{ label: t("account-title"), href: page("/account") }, { label: t("sign-out"), act: () => void signOut() }];
  const home = h("a", { href: page("/administration") }, logo(), h("span", null, t("administration-title")));
  return h("header", { class: "masthead broad" }, home, menu(t("account-menu", { email: user?.email ?? "" }), entries, icon("user")));
}

function sections() {
  const shown = current();
  const links = SECTIONS.map(({ path, title }) =>
    h("li", null, h("a", { href: page(`/administration${path}`), "aria-current": shown.path === path ? "page" : null }, t(`${title}-title`))),
  );
  return h("nav", { class: "index across", "aria-label": t("administration-title") }, h("ul", null, links));
}

customElements.define("kindred-administration", KindredAdministration);
