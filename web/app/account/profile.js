/** Picture, name, language, address. */

import { api, client } from "../client.js";
import { config, page } from "../config.js";
import { h } from "../dom.js";
import { KindredError } from "../client.js";
import { describe } from "../problems.js";
import { language, t } from "../texts.js";
import { button, linkButton, whileBusy } from "../ui/button.js";
import { textField } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { toast } from "../ui/toast.js";
import { headline, item, list, section } from "./parts.js";
import { signalUser } from "./signal.js";

/** @typedef {import("./account.js").Context} Context */

const PICTURES = "image/png,image/jpeg,image/webp,image/gif";

/** @type {import("./account.js").View} */
export async function view(context) {
  return h(
    "div",
    { class: "stack loose" },
    headline(t("profile-title"), t("profile-why")),
    picture(context),
    details(context),
    address(context),
  );
}

/** @param {Context} context */
function picture({ me, reload }) {
  const name = me.display_name ?? me.email;
  const shown = me.avatar_url
    ? h("img", { class: "portrait", src: me.avatar_url, alt: t("picture-alt"), width: 72, height: 72 })
    : h("span", { class: "portrait initials", role: "img", "aria-label": t("picture-none") }, initials(name));
  const file = h("input", { type: "file", accept: PICTURES, class: "visually-hidden", tabindex: "-1", "aria-label": t("picture-choose") });
  const choose = button(t(me.avatar_url ? "picture-change" : "picture-choose"), { press: () => file.click() });
  const run = (/** @type {() => Promise<unknown>} */ act, /** @type {string} */ told) =>
    whileBusy(choose, async () => {
      try {
        await act();
        toast(told);
        await reload();
      } catch (error) {
        toast(describe(error, "picture").text);
      }
    });
  file.addEventListener("change", () => {
    const [chosen] = file.files ?? [];
    if (chosen) void run(() => upload(chosen), t("picture-saved"));
  });
  const remove = me.avatar_url && button(t("remove"), { kind: "plain danger", press: () => run(() => api("delete", "/api/v1/me/avatar"), t("picture-removed")) });
  const hint = h("p", { class: "hint" }, t("picture-hint"));
  return section(t("picture-title"), null, h("div", { class: "row" }, shown, h("div", { class: "stack tight" }, h("div", { class: "row" }, choose, remove, file), hint)));
}

/** @param {File} file */
async function upload(file) {
  const init = { method: "PUT", headers: { "Content-Type": file.type }, body: file };
  const answer = await client.fetch(`${client.url}/api/v1/me/avatar`, init);
  if (answer.ok) return;
  const problem = await answer.json().catch(() => undefined);
  throw new KindredError(problem?.code ?? "unreachable", answer.status, problem);
}

/** @param {string} name */
function initials(name) {
  const words = name.split(/[\s@.]+/).filter(Boolean);
  return words.slice(0, 2).map((word) => [...word][0]?.toLocaleUpperCase(language)).join("");
}

/** @param {Context} context */
function details({ me, reload }) {
  const name = textField({ name: "display_name", label: t("display-name"), autocomplete: "name", value: me.display_name ?? "", maxlength: 100, hint: t("display-name-hint") });
  const current = me.locale ?? language;
  const options = config.languages.map(({ tag, name }) => h("option", { value: tag, selected: tag === current }, name));
  if (!config.languages.some(({ tag }) => tag === current)) options.unshift(h("option", { value: current, selected: true }, current));
  const locale = h("select", { class: "input", id: "locale", name: "locale" }, options);
  const choice = h("div", { class: "field" }, h("label", { for: "locale" }, t("language")), locale, h("p", { class: "hint" }, t("language-hint")));
  const { root } = form([name], [name.root, choice], {
    submit: t("save"),
    hasNarrowButton: true,
    send: async () => {
      const body = { display_name: name.value().trim() || null, locale: locale.value };
      await api("patch", "/api/v1/me", { body });
      toast(t("profile-saved"));
      void signalUser();
      if (locale.value !== language && config.languages.some(({ tag }) => tag === locale.value)) {
        const url = new URL(location.href);
        url.searchParams.set("lang", locale.value);
        location.assign(url);
      } else await reload();
    },
  });
  return section(t("profile-details"), null, root);
}

/** @param {Context} context */
function address({ me }) {
  const chip = me.email_verified
    ? h("span", { class: "chip success" }, t("address-verified"))
    : h("span", { class: "chip warning" }, t("address-unverified"));
  const again = async () => {
    await api("post", "/api/v1/auth/email/verify/resend", { body: { email: me.email } }).then(
      () => toast(t("verification-sent-again")),
      (error) => toast(describe(error).text),
    );
  };
  const act = linkButton(t("change"), page("/account/address"), "plain");
  const below = me.email_verified ? null : button(t("verification-again"), { kind: "dense", press: again });
  return section(t("address-index"), null, list([item({ glyph: "mail", name: [me.email, chip], more: [t("address-row")], act, below })]));
}
