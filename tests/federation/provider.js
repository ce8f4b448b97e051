// The OpenID provider that others wrote (npm oidc-provider), on loopback, and the ways in which it is made to break the
// rules. People at it are known by the name that they give; the next one is chosen by the test.

import { createServer } from "node:http";
import { once } from "node:events";

import { UnsecuredJWT, SignJWT, decodeJwt, exportJWK, generateKeyPair } from "jose";
import Provider from "oidc-provider";

// With signs that must be encoded before they reach a header.
const SECRET = "s/& of the client";
// One client for each way to authenticate, because the provider admits one way for each client.
const CLIENT = "kindred";
const CLIENT_WITH_POST = "kindred-post";

// What may be wrong with an ID token, by the name of the fault.
const BAD_CLAIMS = {
  nonce: { nonce: "of another login" },
  issuer: { iss: "https://evil.example" },
  audience: { aud: "another client" },
  party: { azp: "another client" },
  expired: { exp: 1_000_000_000 },
  access_token: { at_hash: "AAAAAAAAAAAAAAAAAAAAAA" },
  // Not wrong, but it does not say that the person has authenticated again.
  time: { auth_time: undefined },
};

async function signingKey(kid) {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  return { privateKey, jwk: { ...(await exportJWK(privateKey)), kid, alg: "RS256", use: "sig" } };
}

// A person may have several accounts at the provider with one address (`ada+2`), or tell none (`nobody…`).
function claimsOf(sub) {
  const claims = { sub, name: `${sub} of the tests` };
  return sub.startsWith("nobody") ? claims : { ...claims, email: `${sub.split("+")[0]}@example.com`, email_verified: true };
}

function configuration(key, redirectUris, logoutUri) {
  const client = {
    client_id: CLIENT,
    client_secret: SECRET,
    redirect_uris: redirectUris,
    backchannel_logout_uri: logoutUri,
    backchannel_logout_session_required: true,
  };
  return {
    clients: [
      client,
      { ...client, client_id: CLIENT_WITH_POST, token_endpoint_auth_method: "client_secret_post" },
    ],
    jwks: { keys: [key.jwk] },
    cookies: { keys: ["only for tests"] },
    claims: { openid: ["sub", "sid"], email: ["email", "email_verified"], profile: ["name"] },
    conformIdTokenClaims: false,
    features: {
      backchannelLogout: { enabled: true },
      devInteractions: { enabled: false },
    },
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => claimsOf(sub),
    }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({ accountId: oidc.session.accountId, clientId: oidc.client.clientId });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
    pkce: { required: () => true },
    ttl: { Session: 3_600, Grant: 3_600, Interaction: 600, IdToken: 600, AccessToken: 600 },
    // Without the agent that refuses private addresses: logout tokens go to a test on loopback.
    fetch: (url, { dispatcher: _, ...options }) => globalThis.fetch(url, options),
  };
}

export class TestProvider {
  #server = createServer((request, response) => this.#answer(request, response));
  #generation = 0;
  #uris;
  #key;
  #provider;

  /** Which rule is broken, or "". */
  fault = "";
  /** Who logs in next. */
  person = "ada";

  static async start(port, uris) {
    const provider = new TestProvider();
    provider.#uris = uris;
    provider.#server.listen(port, "127.0.0.1");
    await once(provider.#server, "listening");
    await provider.rotate();
    return provider;
  }

  get issuer() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  get secret() {
    return SECRET;
  }

  /** Takes a new key; tokens of the old one are never issued again. */
  async rotate() {
    this.#generation += 1;
    this.#key = await signingKey(`key-${this.#generation}`);
    this.#provider = new Provider(this.issuer, configuration(this.#key, [this.#uris.redirect].flat(), this.#uris.logout));
    this.#provider.use((context, next) => this.#disturb(context, next));
  }

  /** Tells the client that a session of the person is over. */
  async logOut(sub, sid) {
    const client = await this.#provider.Client.find(CLIENT);
    await client.backchannelLogout(sub, sid);
  }

  async close() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(request, response) {
    if (this.fault === "silence") return;
    if (this.fault === "500") {
      response.writeHead(500).end();
      return;
    }
    if (request.url.startsWith("/interaction/")) {
      const login = { login: { accountId: this.person } };
      const result = this.fault === "denial" ? { error: "access_denied" } : login;
      await this.#provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
      return;
    }
    this.#provider.callback()(request, response);
  }

  // Changes what the provider would answer.
  async #disturb(context, next) {
    await next();
    if (context.path === "/.well-known/openid-configuration") Object.assign(context.body, this.#metadata());
    const token = context.path === "/token" ? context.body?.id_token : undefined;
    if (token && this.fault) context.body = { ...context.body, id_token: await this.#broken(token) };
  }

  #metadata() {
    if (this.fault === "metadata") return { issuer: "https://evil.example" };
    if (this.fault === "plain") return { code_challenge_methods_supported: ["plain"] };
    return {};
  }

  async #broken(token) {
    const claims = { ...decodeJwt(token), ...BAD_CLAIMS[this.fault] };
    if (this.fault === "none") return new UnsecuredJWT(claims).encode();
    const shared = new TextEncoder().encode(SECRET.padEnd(32, "."));
    const header = { alg: "RS256", kid: this.#key.jwk.kid };
    if (this.fault === "shared_secret") return new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(shared);
    const stranger = this.fault === "signature" ? (await signingKey("stranger")).privateKey : this.#key.privateKey;
    return new SignJWT(claims).setProtectedHeader(header).sign(stranger);
  }
}
