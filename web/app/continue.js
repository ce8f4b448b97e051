/** `/continue`: refreshes the session of this browser, and goes on. The client shares its keys with all pages of the host. */

import { createClient, KindredError } from "../vendor/kindred-client/kindred-client.js";

/** How often within `WITHIN` milliseconds a browser may come here for one target. */
const MOST_VISITS = 3;
const WITHIN = 60_000;
const VISITS = "kindred.continue";
/** How often a refresh is begun again that a login or logout came in between. */
const MOST_TRIES = 3;

const told = document.querySelector("main")?.dataset;
const returnTo = told?.["returnTo"] ?? "/";
const loginUrl = told?.["loginUrl"];

/** @param {"ended" | "failed"} id @param {string} [target] */
function show(id, target) {
  const hide = (/** @type {string} */ name, /** @type {boolean} */ isHidden) => {
    const element = document.getElementById(name);
    if (element) element.hidden = isHidden;
  };
  hide("wait", true);
  hide(id, false);
  const link = /** @type {HTMLAnchorElement | null} */ (document.querySelector(`#${id} a`));
  if (!link) return;
  if (target) link.href = target;
  link.hidden = !target;
}

/** A gateway that still refuses after a refresh would send the browser back here for ever. */
function visits() {
  /** @type {{ target: string, at: number }[]} */
  const all = JSON.parse(sessionStorage.getItem(VISITS) ?? "[]");
  const recent = all.filter(({ target, at }) => target === returnTo && Date.now() - at < WITHIN);
  recent.push({ target: returnTo, at: Date.now() });
  sessionStorage.setItem(VISITS, JSON.stringify(recent));
  return recent.length;
}

/** @returns {Promise<"refreshed" | "ended" | "failed">} */
async function refresh() {
  const client = createClient({
    url: location.origin + (told?.["base"] ?? ""),
    transport: "cookie",
    cookieGeneration: (told?.["generations"] ?? "v1").split(" "),
  });
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    try {
      await client.refresh();
      return "refreshed";
    } catch (error) {
      if (!(error instanceof KindredError)) throw error;
      if (error.status === 401) return "ended";
      if (error.code !== "superseded") return "failed";
    }
  }
  return "failed";
}

async function begin() {
  const outcome = visits() > MOST_VISITS ? "failed" : await refresh();
  if (outcome === "refreshed") location.replace(returnTo);
  else if (outcome === "ended" && loginUrl) location.replace(loginUrl);
  else show(outcome === "ended" ? "ended" : "failed", outcome === "ended" ? loginUrl : returnTo);
}

begin().catch(() => show("failed", returnTo));
