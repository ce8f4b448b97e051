/** The list of people: search, filters in the address, pages by cursor. Enter opens the sheet. */

import { api, client } from "../client.js";
import { h, replace } from "../dom.js";
import { icon } from "../icons.js";
import { describe } from "../problems.js";
import { t } from "../texts.js";
import { button } from "../ui/button.js";
import { menu } from "../ui/menu.js";
import { timeAgo } from "../ui/time.js";
import { announce, toast } from "../ui/toast.js";
import { actionEntries } from "./actions.js";
import { openInvitation } from "./invite.js";
import { openSheet } from "./sheet.js";

/**
 * @typedef {import("../account/words.js").Schemas["AccountItem"]} Account
 * @typedef {{ q: string, status: string }} Filter
 */

const STATES = ["", "active", "unverified", "locked", "disabled", "erasing"];
const AT_ONCE = 50;
const TYPING = 250;

/** @returns {Promise<HTMLElement>} */
export async function view() {
  const list = new People();
  await list.load();
  const opened = new URLSearchParams(location.search).get("user");
  if (opened) await list.open(opened);
  return list.root;
}

class People {
  constructor() {
    const query = new URLSearchParams(location.search);
    /** @type {Filter} */
    this.filter = { q: query.get("q") ?? "", status: query.get("status") ?? "" };
    this.rows = h("tbody");
    this.more = h("div");
    this.chips = h("div", { class: "row", role: "group", "aria-label": t("people-filter") });
    this.runs = 0;
    const heads = ["people-person", "people-state", "people-factors", "people-seen"].map((id) => h("th", { scope: "col" }, t(id)));
    const menus = h("th", { scope: "col" }, h("span", { class: "visually-hidden" }, t("actions-title")));
    const head = h("thead", null, h("tr", null, heads, menus));
    const table = h("table", { class: "people" }, h("caption", { class: "visually-hidden" }, t("people-title")), head, this.rows);
    this.root = h("div", { class: "stack" }, h("h1", null, t("people-title")), this.tools(), this.chips, table, this.more);
  }

  tools() {
    const input = h("input", { class: "input", type: "search", value: this.filter.q, placeholder: t("people-search"), "aria-label": t("people-search"), "aria-keyshortcuts": "/" });
    let timer = 0;
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.change({ q: input.value.trim() }), TYPING);
    });
    document.addEventListener("keydown", (event) => {
      const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
      if (event.key !== "/" || isTyping || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      input.focus();
    });
    const isAdministrator = client.state().user?.roles.includes("admin") ?? false;
    const invite = isAdministrator && button(t("invite"), { kind: "primary", press: () => openInvitation() });
    return h("div", { class: "tools" }, h("div", { class: "search", role: "search" }, input, h("kbd", { "aria-hidden": "true" }, "/")), invite);
  }

  /** @param {Partial<Filter>} change */
  async change(change) {
    this.filter = { ...this.filter, ...change };
    const url = new URL(location.href);
    for (const [name, value] of Object.entries(this.filter)) {
      if (value) url.searchParams.set(name, value);
      else url.searchParams.delete(name);
    }
    history.replaceState(null, "", url);
    await this.load().catch((error) => toast(describe(error).text));
  }

  async load() {
    this.runs += 1;
    const run = this.runs;
    this.showChips();
    const { items, next_cursor } = await this.fetch();
    if (run !== this.runs) return;
    replace(this.rows, items.length ? items.map((account) => this.row(account)) : this.empty());
    this.showMore(next_cursor);
    announce(t("people-found", { count: items.length }));
  }

  /** @param {string} [cursor] */
  fetch(cursor) {
    const { q, status } = this.filter;
    const query = { limit: AT_ONCE, ...(q ? { q } : {}), ...(status ? { status } : {}), ...(cursor ? { cursor } : {}) };
    return api("get", "/api/v1/admin/users", { query: /** @type {{ limit: number }} */ (query) });
  }

  showChips() {
    const chips = STATES.map((status) => {
      const isOn = status === this.filter.status;
      const chip = h("button", { type: "button", class: "chip", "aria-pressed": String(isOn) }, t(`people-${status || "all"}`));
      chip.addEventListener("click", () => void this.change({ status }));
      return chip;
    });
    const focused = [...this.chips.children].indexOf(/** @type {Element} */ (document.activeElement));
    replace(this.chips, chips);
    if (focused >= 0) chips[focused]?.focus();
  }

  /** @param {string | null | undefined} cursor */
  showMore(cursor) {
    const run = this.runs;
    const next = async () => {
      try {
        const { items, next_cursor } = await this.fetch(cursor ?? "");
        // Another filter was chosen meanwhile.
        if (run !== this.runs) return;
        this.rows.append(...items.map((account) => this.row(account)));
        this.showMore(next_cursor);
      } catch (error) {
        toast(describe(error).text);
      }
    };
    replace(this.more, cursor ? button(t("show-more"), { press: next }) : null);
  }

  /** @param {Account} account */
  row(account) {
    const open = () => void this.open(account.id);
    const who = h("button", { type: "button" }, account.display_name ?? account.email);
    const name = h("div", { class: "who" }, who, account.display_name ? h("span", null, account.email) : null);
    const factor = account.mfa_enrolled
      ? h("span", { class: "row" }, icon("shield", 18), t("people-two-factors"))
      : h("span", { class: "secondary" }, t("people-one-factor"));
    const seen = account.last_seen_at ? timeAgo(account.last_seen_at) : h("span", { class: "secondary" }, t("people-never"));
    const more = h("td", { class: "act" }, this.menu(account, open));
    // A press on the menu does not open the person as well.
    more.addEventListener("click", (event) => event.stopPropagation());
    const cells = [h("td", null, name), h("td", { class: "chips" }, chipsOf(account)), h("td", null, factor), h("td", { "data-label": t("people-seen") }, seen), more];
    const row = h("tr", { "data-user": account.id }, cells);
    row.addEventListener("click", open);
    return row;
  }

  /**
   * What can be done without opening the person.
   *
   * @param {Account} account
   * @param {() => void} open
   */
  menu(account, open) {
    const { user } = client.state();
    const isAllowed = user?.roles.includes("admin") && user.id !== account.id;
    const changed = async () => {
      await this.load();
      this.focusOn(account.id);
    };
    const ways = { close: () => {}, refresh: async () => {}, changed };
    const label = t("people-menu", { name: account.display_name ?? account.email });
    return menu(label, [{ label: t("people-open"), act: open }, ...(isAllowed ? actionEntries(account, ways) : [])]);
  }

  /** The focus was on a row that was made again: it goes to the person's, or to the search if that is gone. @param {string} id */
  focusOn(id) {
    if (document.activeElement !== document.body) return;
    const opener = this.rows.querySelector(`[data-user="${CSS.escape(id)}"] [aria-haspopup]`);
    const place = opener ?? this.root.querySelector("input[type=search]");
    if (place instanceof HTMLElement) place.focus();
  }

  empty() {
    const text = this.filter.q || this.filter.status ? t("people-none-found") : t("people-none");
    return h("tr", null, h("td", { colspan: 5 }, h("div", { class: "empty" }, h("p", null, text))));
  }

  /** @param {string} id */
  async open(id) {
    const set = (/** @type {string | null} */ user) => {
      const url = new URL(location.href);
      if (user) url.searchParams.set("user", user);
      else url.searchParams.delete("user");
      history.replaceState(null, "", url);
    };
    set(id);
    try {
      await openSheet(id, { onClose: () => set(null), onChange: () => this.load() });
    } catch (error) {
      set(null);
      toast(describe(error, "administration").text);
    }
  }
}

/** @param {Account} account */
export function chipsOf({ status, email_verified, locked_at, known_devices_locked_at, erase_at, roles }) {
  /** @type {HTMLElement[]} */
  const chips = [];
  const add = (/** @type {string} */ text, /** @type {string} */ kind) => chips.push(h("span", { class: `chip ${kind}` }, t(text)));
  if (erase_at || status === "erasing") add("people-erasing", "danger");
  else if (status === "disabled") add("people-disabled", "danger");
  else add("people-active", "success");
  if (!email_verified) add("people-unverified", "warning");
  if (locked_at || known_devices_locked_at) add("people-locked", "warning");
  for (const role of roles.filter((role) => role !== "user")) add(`role-${role}`, "accent");
  return chips;
}
