/** What is around a card: logo, links, and the bar of being offline. */

import { config } from "../config.js";
import { h, replace } from "../dom.js";
import { icon, mark } from "../icons.js";
import { atTime, t } from "../texts.js";

export function logo() {
  const { logo, name } = config.product;
  return logo ? h("img", { class: "logo", src: logo, alt: name, height: 32 }) : mark();
}

/** Links to what the operator has published, and the languages. */
export function foot() {
  const { support, privacyUrl, termsUrl } = config.product;
  const contact = support && !support.startsWith("https:") ? `mailto:${support}` : support;
  const links = [
    contact && h("a", { href: contact }, t("foot-support")),
    privacyUrl && h("a", { href: privacyUrl }, t("foot-privacy")),
    termsUrl && h("a", { href: termsUrl }, t("foot-terms")),
  ];
  const languages = config.languages
    .filter(({ tag }) => tag !== config.locale)
    .map(({ tag, name }) => h("a", { href: inLanguage(tag), lang: tag, hreflang: tag }, name));
  return h("footer", { class: "foot" }, links, languages);
}

/** @param {string} tag */
function inLanguage(tag) {
  const url = new URL(location.href);
  url.searchParams.set("lang", tag);
  return url.pathname + url.search;
}

/**
 * A bar that shows while the device is offline, and says of when what is shown is.
 *
 * @param {() => Date | undefined} shownFrom
 */
export function offlineBar(shownFrom) {
  const bar = h("div", { class: "offline", role: "status" });
  const update = () => {
    bar.hidden = navigator.onLine;
    const at = shownFrom();
    if (navigator.onLine) replace(bar);
    else replace(bar, icon("wifi", 18), h("span", null, at ? t("offline-since", { time: atTime(at) }) : t("offline")));
  };
  addEventListener("online", update);
  addEventListener("offline", update);
  update();
  return bar;
}

/** @param {string} title */
export function setTitle(title) {
  document.title = `${title} · ${config.product.name}`;
}
