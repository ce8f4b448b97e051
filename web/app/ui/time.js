/** `<kindred-time>`: a time in relation to now, which keeps up with it. The full date is its title. */

import { h } from "../dom.js";
import { ago, full, t } from "../texts.js";

class KindredTime extends HTMLElement {
  /** @type {number} */
  #timer = 0;

  connectedCallback() {
    this.#show();
    this.#timer = setInterval(() => this.#show(), 30_000);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  #show() {
    const text = this.dataset["at"];
    if (!text) return;
    const at = new Date(text);
    const relative = ago(at);
    const inText = this.dataset["text"];
    this.replaceChildren(h("time", { datetime: text }, inText ? t(inText, { ago: relative }) : relative));
    this.title = full(at);
    this.classList.add("when");
  }
}

customElements.define("kindred-time", KindredTime);

/**
 * @param {string} at
 * @param {string} [text] the text that the time stands in, as `ago`
 */
export function timeAgo(at, text) {
  const element = document.createElement("kindred-time");
  element.dataset["at"] = at;
  if (text) element.dataset["text"] = text;
  return element;
}
