/** Takes a copy of everything, or erases it. */

import { client, KindredError } from "../client.js";
import { config, page } from "../config.js";
import { h, replace } from "../dom.js";
import { guardedApi, stepUpFetch } from "../guarded.js";
import { icon } from "../icons.js";
import { describe, hasCode } from "../problems.js";
import { full, t } from "../texts.js";
import { button, linkButton } from "../ui/button.js";
import { openDialog } from "../ui/dialog.js";
import { textField } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { toast } from "../ui/toast.js";
import { expectEnd } from "./guard.js";
import { download, headline, section } from "./parts.js";

const DAY = 86_400;

/** @type {import("./account.js").View} */
export async function view({ me }) {
  const take = button([icon("download", 18), t("export-submit")], { press: exportAll });
  const erase = button(t("erase-open"), { kind: "danger", press: () => confirmErasure(me.email) });
  return h(
    "div",
    { class: "stack loose" },
    headline(t("data-title"), t("data-why")),
    section(t("export-title"), null, h("p", null, t("export-text")), h("div", null, take)),
    section(t("erase-title"), null, h("p", null, t("erase-text", { days: graceDays() })), h("div", null, erase)),
  );
}

function graceDays() {
  return Math.round(config.erasureGraceSeconds / DAY);
}

async function exportAll() {
  try {
    const answer = await stepUpFetch(`${client.url}/api/v1/me/export`, { cache: "no-store" });
    if (!answer.ok) {
      const problem = await answer.json().catch(() => undefined);
      throw new KindredError(problem?.code ?? "unreachable", answer.status, problem);
    }
    download(await answer.blob(), t("export-file-name", { product: config.product.name.toLowerCase() }));
    toast(t("downloaded"));
  } catch (error) {
    if (!hasCode(error, "step_up_required")) toast(describe(error instanceof TypeError ? new KindredError("unreachable") : error).text);
  }
}

/** Names the account, and asks for its address, so that no one erases it by a slip. @param {string} email */
function confirmErasure(email) {
  const address = textField({ name: "email", label: t("erase-type", { email }), missing: t("erase-mismatch") });
  const entry = form([address], [address.root], {
    submit: t("erase-submit"),
    kind: "danger primary",
    place: "erase",
    send: async () => {
      if (address.value().trim().toLowerCase() !== email.toLowerCase()) {
        address.fail(t("erase-mismatch"));
        address.input.focus();
        return;
      }
      await erase(() => shown.close());
    },
  });
  const keep = button(t("erase-keep"), { kind: "wide", press: () => shown.close() });
  const shown = openDialog(t("erase-question"), [h("p", null, t("erase-explained", { days: graceDays() })), entry.root, keep]);
}

/** @param {() => void} close */
async function erase(close) {
  expectEnd(true);
  try {
    const { erase_at } = await guardedApi("delete", "/api/v1/me");
    close();
    farewell(new Date(erase_at));
    await client.logout().catch(() => {});
  } catch (error) {
    expectEnd(false);
    if (!hasCode(error, "step_up_required")) throw error;
  }
}

/** @param {Date} at */
function farewell(at) {
  const root = document.getElementById("app") ?? document.body;
  const isLater = at.getTime() > Date.now() + 60_000;
  const heading = h("h1", { tabindex: "-1" }, t("erased-title"));
  const text = isLater ? t("erased-later", { date: full(at) }) : t("erased-now");
  const again = isLater && linkButton(t("erased-sign-in"), page("/login"), "wide");
  const card = h("article", { class: "card stack" }, h("span", { class: "glyph success" }, icon("check")), heading, h("p", { role: "status" }, text), again);
  replace(root, h("main", { class: "stage" }, card));
  heading.focus();
}
