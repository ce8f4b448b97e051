/** Native dialogs: focus goes in, stays in, and comes back. */

import { h } from "../dom.js";
import { newId } from "../dom.js";

/**
 * Opens a dialog. `onClose` runs once, also after Escape.
 *
 * @param {string} title
 * @param {import("../dom.js").Child[]} content
 * @param {{ onClose?: () => void, kind?: string }} [options]
 */
export function openDialog(title, content, { onClose, kind = "dialog" } = {}) {
  const heading = h("h2", { id: newId(), tabindex: "-1" }, title);
  const inside = h("div", { class: "stack" }, heading, content);
  const dialog = h("dialog", { class: kind, "aria-labelledby": heading.id }, inside);
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before?.isConnected) before.focus();
    onClose?.();
  });
  document.body.append(dialog);
  dialog.showModal();
  return { dialog, inside, heading, close: () => dialog.close() };
}
