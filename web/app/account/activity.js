/** What has happened to the account, in words people use. */

import { api } from "../client.js";
import { h, replace } from "../dom.js";
import { describe } from "../problems.js";
import { onDay, t } from "../texts.js";
import { button } from "../ui/button.js";
import { timeAgo } from "../ui/time.js";
import { toast } from "../ui/toast.js";
import { headline } from "./parts.js";
import { agentName, eventText } from "./words.js";

/** @typedef {import("./words.js").Schemas["Page_OwnEventItem"]["items"][number]} Event */

const AT_ONCE = 25;

/** @type {import("./account.js").View} */
export async function view() {
  const days = h("div", { class: "stack loose" });
  const more = h("div");
  /** @type {HTMLElement | undefined} */
  let rows;
  let day = "";

  const add = (/** @type {Event} */ event) => {
    const its = onDay(new Date(event.created_at));
    if (its !== day || !rows) {
      day = its;
      rows = h("ul", { class: "list events" });
      days.append(h("section", { class: "section" }, h("h2", null, its), rows));
    }
    rows.append(rowOf(event));
  };
  const load = async (/** @type {string | undefined} */ cursor) => {
    const query = cursor ? { limit: AT_ONCE, cursor } : { limit: AT_ONCE };
    const { items, next_cursor } = await api("get", "/api/v1/me/security-events", { query });
    for (const event of items) add(event);
    const next = () => load(next_cursor ?? "").catch((error) => toast(describe(error).text));
    replace(more, next_cursor ? button(t("show-more"), { press: next }) : null);
  };
  await load(undefined);
  return h("div", { class: "stack loose" }, headline(t("activity-title"), t("activity-why")), days, more);
}

/** @param {Event} event */
function rowOf({ kind, created_at, address, user_agent, by }) {
  const who = by === "administrator" ? t("event-by-administrator") : "";
  const where = [who, agentName(user_agent), address].filter(Boolean).join(" · ");
  return h("li", null, h("b", null, eventText(kind)), timeAgo(created_at), where ? h("span", { class: "more" }, where) : null);
}
