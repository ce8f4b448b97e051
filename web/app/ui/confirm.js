/** A button that asks once more in its own place: "End session? · End · Keep". */

import { h } from "../dom.js";
import { t } from "../texts.js";
import { button } from "./button.js";

/**
 * @param {object} options
 * @param {string} options.label
 * @param {string} options.question
 * @param {string} options.yes
 * @param {string} [options.no]
 * @param {string} [options.kind]
 * @param {string} [options.about] what it is about, for screen readers
 * @param {() => unknown} options.act
 */
export function confirming({ label, question, yes, no = t("keep"), kind = "plain danger", about, act }) {
  const place = h("span", null);
  const first = button(label, { kind, ...(about ? { label: `${label}: ${about}` } : {}), press: () => ask() });
  const reset = () => {
    place.replaceChildren(first);
    first.focus();
  };
  const ask = () => {
    const run = async () => {
      await act();
      // What was refused can be tried again.
      if (place.isConnected && place.contains(sure)) reset();
    };
    const sure = button(yes, { kind: "danger dense", press: run });
    const keep = button(no, { kind: "dense", press: reset });
    const group = h("span", { class: "confirm", role: "group", "aria-label": question }, h("span", null, question), sure, keep);
    group.addEventListener("keydown", (event) => {
      if (event.key === "Escape") reset();
    });
    place.replaceChildren(group);
    sure.focus();
  };
  place.append(first);
  return place;
}
