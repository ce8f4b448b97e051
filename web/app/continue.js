/** `/continue`: refreshes the session, and goes on to the page that the browser was sent here from. */

import { client, KindredError } from "./client.js";

/** A gateway that still refuses after a refresh would send the browser back here for ever. */
const MOST_VISITS = 3;
const WITHIN_MS = 60_000;
const VISITS = "kindred.continue";

const { returnTo = "/", loginUrl } = (document.querySelector("main") ?? document.body).dataset;

/** How often this browser was sent here for the same page lately, this time included. */
function visits() {
  /** @type {{ target: string, at: number }[]} */
  const all = JSON.parse(sessionStorage.getItem(VISITS) ?? "[]");
  const recent = all.filter(({ target, at }) => target === returnTo && Date.now() - at < WITHIN_MS);
  recent.push({ target: returnTo, at: Date.now() });
  sessionStorage.setItem(VISITS, JSON.stringify(recent));
  return recent.length;
}

/** @param {"ended" | "failed"} id */
function show(id) {
  document.getElementById("wait")?.remove();
  const told = document.getElementById(id);
  if (told) told.hidden = false;
}

async function goOn() {
  if (visits() > MOST_VISITS) return show("failed");
  try {
    await client.refresh();
    location.replace(returnTo);
  } catch (error) {
    const isOver = error instanceof KindredError && error.status === 401;
    if (!isOver) return show("failed");
    if (loginUrl) location.replace(loginUrl);
    else show("ended");
  }
}

void goOn();
