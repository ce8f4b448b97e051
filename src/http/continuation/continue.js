// Refreshes the session and goes on. Rules: docs/sessions.md, "Retrying".
"use strict";

(async () => {
  const { api: base, returnTo, loginUrl } = document.querySelector("main").dataset;
  const api = new URL(base, location.href);
  const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

  const show = (id, target) => {
    document.getElementById("wait").hidden = true;
    const message = document.getElementById(id);
    const link = message.querySelector("a");
    if (target) link.href = target;
    link.hidden = !target;
    message.hidden = false;
  };

  // A gateway that still refuses after a refresh would send the browser back here for ever.
  const visits = () => {
    const recent = JSON.parse(sessionStorage.getItem("kindred.continue") ?? "[]")
      .filter((visit) => visit.target === returnTo && Date.now() - visit.at < 60_000);
    recent.push({ target: returnTo, at: Date.now() });
    sessionStorage.setItem("kindred.continue", JSON.stringify(recent));
    return recent.length;
  };

  // The key of a refresh token: made once, whichever tab asks first, and kept before anything is sent. One transaction
  // of the database puts it only if there is none.
  const keyOf = (generation) => new Promise((done, failed) => {
    const opening = indexedDB.open("kindred", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("refresh-keys");
    opening.onerror = () => failed(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction("refresh-keys", "readwrite");
      const keys = transaction.objectStore("refresh-keys");
      let key;
      keys.get(generation).onsuccess = ({ target }) => {
        key = target.result;
        if (key === undefined) {
          key = Array.from(crypto.getRandomValues(new Uint8Array(24)), (byte) => byte.toString(16).padStart(2, "0")).join("");
          keys.clear();
          keys.put(key, generation);
        }
      };
      transaction.oncomplete = () => done(key);
      transaction.onerror = () => failed(transaction.error);
    };
  });

  const generation = () => /(?:^|; )(?:__Host-)?kindred_gen_[a-z0-9]+=([^;]+)/.exec(document.cookie)?.[1];

  const refresh = async () => {
    const current = generation();
    if (!current) return 401;
    const csrf = await fetch(new URL("csrf", api), { cache: "no-store" });
    if (!csrf.ok) return csrf.status;
    const headers = { "X-CSRF-Token": (await csrf.json()).csrf_token, "Idempotency-Key": await keyOf(current) };
    const answer = await fetch(new URL("refresh", api), { method: "POST", headers });
    if (answer.status !== 200 && answer.status !== 401) await pause(Math.min(answer.headers.get("Retry-After") ?? 1, 10));
    // Another tab has refreshed meanwhile.
    return answer.status === 409 && generation() !== current ? 200 : answer.status;
  };

  if (visits() > 3) return show("failed", returnTo);
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const status = await refresh().catch(() => pause(attempt + 1));
    if (status === 200) return location.replace(returnTo);
    if (status === 401) return loginUrl ? location.replace(loginUrl) : show("ended");
  }
  show("failed", returnTo);
})();
