/** Sessions that have ended, folded: read when someone opens the list. */

import { api } from "../client.js";
import { h, replace } from "../dom.js";
import { icon } from "../icons.js";
import { describe } from "../problems.js";
import { t } from "../texts.js";
import { banner } from "../ui/banner.js";
import { button } from "../ui/button.js";
import { timeAgo } from "../ui/time.js";
import { item, list } from "./parts.js";
import { deviceIcon, deviceName, endReason, placeOf, signedIn } from "./words.js";

/** @typedef {import("./words.js").Schemas["Page_EndedSessionItem"]["items"][number]} Ended */

const AT_ONCE = 10;

export function endedSection() {
  const rows = list([]);
  const place = h("div", { class: "stack" });
  const whole = h("details", { class: "fold" }, h("summary", null, icon("chevron", 18), t("ended-sessions-title")), place);
  whole.addEventListener("toggle", () => void load(), { once: true });
  return whole;

  /** @param {string} [cursor] */
  async function load(cursor) {
    replace(place, rows.childElementCount ? rows : null, h("div", { class: "skeleton block", "aria-busy": "true", "aria-label": t("loading") }));
    try {
      const query = cursor ? { limit: AT_ONCE, cursor } : { limit: AT_ONCE };
      const { items, next_cursor } = await api("get", "/api/v1/me/ended-sessions", { query });
      rows.append(...items.map(row));
      const more = next_cursor && button(t("show-more"), { press: () => load(next_cursor) });
      replace(place, rows.childElementCount ? rows : h("p", { class: "secondary" }, t("ended-sessions-none")), more);
    } catch (error) {
      const again = button(t("try-again"), { press: () => load(cursor) });
      const told = h("div", { role: "alert" }, banner("danger", describe(error).text, again));
      replace(place, rows.childElementCount ? rows : null, told);
    }
  }
}

/** @param {Ended} session */
function row(session) {
  return item({
    glyph: deviceIcon(session),
    name: deviceName(session),
    more: [h("span", null, `${endReason(session.reason)} · `, timeAgo(session.ended_at)), `${placeOf(session)} · ${signedIn(session)}`],
    kind: "ended",
  });
}
