/** What is kept about people, for how long, and what was deleted. Read only. */

import { api } from "../client.js";
import { h } from "../dom.js";
import { full, t } from "../texts.js";
import { timeAgo } from "../ui/time.js";
import { section } from "../account/parts.js";

const number = new Intl.NumberFormat(document.documentElement.lang || undefined);

/** @typedef {import("../account/words.js").Schemas["ComplianceResponse"]} Report */

/** @returns {Promise<HTMLElement>} */
export async function view() {
  const report = await api("get", "/api/v1/admin/compliance");
  const asOf = h("p", { class: "secondary" }, t("compliance-as-of", { date: full(new Date(report.generated_at)) }));
  return h(
    "div",
    { class: "stack loose" },
    h("header", { class: "truth" }, h("h1", null, t("compliance-title")), asOf),
    erasures(report),
    categories(report),
    jobs(report),
  );
}

/** @param {Report} report */
function erasures({ erasure, terms }) {
  const rows = [
    [t("compliance-pending"), number.format(erasure.pending)],
    [t("compliance-due"), number.format(erasure.due)],
    [t("compliance-grace"), erasure.grace],
    [t("compliance-terms"), terms.required_version ?? t("compliance-no-terms")],
  ];
  return section(t("compliance-erasures"), null, h("dl", { class: "facts" }, rows.flatMap(([name, value]) => [h("dt", null, name), h("dd", null, value)])));
}

/** @param {Report} report */
function categories({ categories }) {
  const rows = categories.map(({ category, data, rows, oldest, retention, kept_until }) =>
    h(
      "tr",
      null,
      h("th", { scope: "row" }, h("b", null, category.replaceAll("_", " ")), h("span", { class: "small secondary block" }, data.join(", "))),
      h("td", { class: "number" }, number.format(rows)),
      h("td", null, oldest ? timeAgo(oldest) : "–"),
      h("td", null, retention ?? "–", h("span", { class: "small secondary block" }, kept_until)),
    ),
  );
  return table(t("compliance-categories"), ["compliance-category", "compliance-rows", "compliance-oldest", "compliance-retention"], rows);
}

/** @param {Report} report */
function jobs({ jobs }) {
  const rows = jobs.map(({ job, finished_at, rows, rows_total }) =>
    h("tr", null, h("th", { scope: "row" }, h("code", null, job)), h("td", null, timeAgo(finished_at)), h("td", { class: "number" }, number.format(rows)), h("td", { class: "number" }, number.format(rows_total))),
  );
  return table(t("compliance-jobs"), ["compliance-job", "compliance-finished", "compliance-deleted", "compliance-deleted-all"], rows);
}

/** @param {string} title @param {string[]} heads @param {HTMLElement[]} rows */
function table(title, heads, rows) {
  const head = h("thead", null, h("tr", null, heads.map((id) => h("th", { scope: "col" }, t(id)))));
  const whole = h("table", { class: "table" }, h("caption", { class: "visually-hidden" }, title), head, h("tbody", null, rows));
  return section(title, null, h("div", { class: "list scrolls", tabindex: "0", role: "group", "aria-label": title }, whole));
}
