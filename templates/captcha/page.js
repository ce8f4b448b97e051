// Shows a CAPTCHA in a frame, and hands the answer to the page that the frame was made for, and to no other.
"use strict";
(() => {
  const { provider, sitekey, action, parent } = document.body.dataset;
  const tell = (message) => window.parent.postMessage({ type: "kindred-captcha", action, ...message }, parent);
  const succeed = (token) => tell({ token });
  const fail = (error) => tell({ error: String(error) });
  const expire = () => tell({ error: "expired" });

  const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
  const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

  // ALTCHA, proof of work, version 2: the first counter whose key begins with the prefix.
  const solve = async ({ parameters, signature }) => {
    const [nonce, salt] = [bytes(parameters.nonce), bytes(parameters.salt)];
    const password = new Uint8Array(nonce.length + 4);
    password.set(nonce);
    const derivation = { name: "PBKDF2", hash: "SHA-256", salt, iterations: parameters.cost };
    for (let counter = 0; ; counter += 1) {
      new DataView(password.buffer).setUint32(nonce.length, counter);
      const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
      const derivedKey = hex(await crypto.subtle.deriveBits(derivation, key, parameters.keyLength * 8));
      if (derivedKey.startsWith(parameters.keyPrefix)) {
        return btoa(JSON.stringify({ challenge: { parameters, signature }, solution: { counter, derivedKey } }));
      }
    }
  };

  const widget = { sitekey, action, callback: succeed, "error-callback": fail, "expired-callback": expire };
  const providers = {
    proof_of_work: async () => {
      const answer = await fetch(`api/v1/auth/captcha?action=${encodeURIComponent(action)}`);
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      succeed(await solve(await answer.json()));
    },
    turnstile: () => window.turnstile.render("#challenge", widget),
    hcaptcha: () => window.hcaptcha.render("challenge", widget),
    recaptcha: () => window.grecaptcha.ready(() => window.grecaptcha.execute(sitekey, { action }).then(succeed, fail)),
  };

  (async () => providers[provider]())().catch(fail);
})();
