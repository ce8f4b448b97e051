/** Backup codes, shown once: to copy, download, print. */

import { config } from "../config.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../texts.js";
import { button } from "../ui/button.js";
import { checkbox } from "../ui/fields.js";
import { announce, toast } from "../ui/toast.js";
import { download } from "./parts.js";

/**
 * @param {string[]} codes
 * @param {() => void} finish possible after the codes were kept in one way or another
 */
export function codesView(codes, finish) {
  const text = `${t("codes-file-title")}\n\n${codes.join("\n")}\n`;
  const wrote = checkbox(t("codes-wrote"), { name: "wrote" });
  const end = button(t("finish"), { kind: "primary wide", press: () => finish() });
  const hint = h("p", { class: "hint" }, t("codes-finish-hint"));
  const update = (/** @type {boolean} */ isKept) => {
    if (isKept) end.removeAttribute("aria-disabled");
    else end.setAttribute("aria-disabled", "true");
    hint.hidden = isKept;
  };
  update(false);
  wrote.input.addEventListener("change", () => update(wrote.input.checked));
  const kept = (/** @type {string} */ told) => {
    announce(told);
    update(true);
  };
  const copy = async () => {
    await navigator.clipboard.writeText(text).then(
      () => (toast(t("copied")), kept("")),
      () => toast(t("copy-failed")),
    );
  };
  const save = () => {
    download(new Blob([text], { type: "text/plain" }), t("codes-file-name", { product: config.product.name.toLowerCase() }));
    kept(t("downloaded"));
  };
  const paper = () => {
    print();
    kept("");
  };
  return h(
    "div",
    { class: "stack" },
    h("ul", { class: "codes", "aria-label": t("codes-title") }, codes.map((code) => h("li", null, code))),
    h(
      "div",
      { class: "row no-print" },
      button([icon("copy", 18), t("copy")], { press: copy }),
      button([icon("download", 18), t("download")], { press: save }),
      button([icon("print", 18), t("print")], { press: paper }),
    ),
    h("div", { class: "no-print" }, wrote.root),
    h("div", { class: "stack tight no-print" }, end, hint),
  );
}
