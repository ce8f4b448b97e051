/**
 * `@kindred/client/federation`: logins with other providers, such as Google or a Keycloak. The browser goes there and comes
 * back to a page of the application, with a code for it or with what went wrong in its query.
 */

import type { Captcha, Client } from "./client.js";
import { createApi } from "./api.js";
import { stepUp, type Proof } from "./step-up.js";
import type { Challenge, SessionView } from "./types.js";

/** The parameters of the page that the browser comes back to. */
const CODE = "federation_code";
const ERROR = "federation_error";
const PROVIDER = "federation_provider";
/** The identities of the caller. */
const OWN = "/me/identities";

export interface Departure {
  /** The page that the browser comes back to: of the server, or of an origin in `cors.allowed_origins`. */
  returnTo: string;
  /** That of `proofKey`, for applications on which the server's cookies do not count. */
  codeChallenge?: string;
}

/** What the browser has come back with. */
export interface Return {
  /** For `completeLogin`, `completeLink` or `stepUpWithProvider`, once and soon. */
  code?: string;
  /** `federation_failed`, `federation_cancelled` (by the person), `provider_unavailable`. */
  error?: string;
  /** The name of the provider, where something went wrong. */
  provider?: string;
}

export interface LoginOptions {
  /** That of `proofKey`, if its challenge went along. */
  codeVerifier?: string;
  device_name?: string;
  remember?: boolean;
  time_zone?: string;
  /** The language of the person, for an account that is created. */
  locale?: string;
  /** The address that the person names, after `federation_email_missing`. */
  email?: string;
  /** The code of the mail to the address. */
  email_code?: string;
  /** The version of the terms, after `validation_failed` of `accepted_terms`. */
  accepted_terms?: string;
  captcha?: Captcha;
}

/** The address has to be proven: a mail was sent to it. What it says depends on whether the address has an account. */
export interface AddressCheck {
  status: "verification_sent";
  /** Takes the place of the code. */
  code: string;
  /** Seconds. */
  expires_in: number;
}

export interface Identity {
  id: string;
  /** The name of the provider in the server's settings. */
  provider: string;
  email?: string | null;
  created_at: string;
  last_used_at?: string | null;
  /** Whether one can log in with it: whether its provider is still in the settings. */
  usable: boolean;
}

/** The address of a login with the provider: a link, or `location.assign`. */
export function loginUrl(client: Client, provider: string, departure: Departure): string {
  return startUrl(client, provider, "login", departure);
}

/** The same for someone who is logged in, and has to authenticate again. */
export function stepUpUrl(client: Client, provider: string, departure: Departure): string {
  return startUrl(client, provider, "step_up", departure);
}

function startUrl({ url }: Client, provider: string, purpose: string, { returnTo, codeChallenge }: Departure): string {
  const query = new URLSearchParams({ return_to: returnTo, purpose });
  if (codeChallenge) query.set("code_challenge", codeChallenge);
  return `${url}/api/v1/auth/federation/${encodeURIComponent(provider)}/start?${query}`;
}

/** What the browser has come back with to this address, if it comes from a provider. */
export function returnOf(address: string | URL): Return | undefined {
  const { searchParams } = new URL(address);
  const [code, error, provider] = [CODE, ERROR, PROVIDER].map((name) => searchParams.get(name) ?? undefined);
  if (!code && !error) return undefined;
  return { ...(error ? { error } : { code: code! }), ...(provider ? { provider } : {}) };
}

/** The address without what the browser has come back with, for `history.replaceState`: codes belong into no history. */
export function withoutReturn(address: string | URL): string {
  const url = new URL(address);
  for (const name of [CODE, ERROR, PROVIDER]) url.searchParams.delete(name);
  return url.href;
}

/**
 * Logs in. Resolves to nothing when that is done, to a challenge if a second factor is required, or to an `AddressCheck`:
 * then ask for the code of the mail, and call this again with both codes.
 *
 * @throws KindredError `federation_email_missing`: call again with the same code and an `email` of the person.
 * `account_exists`: log in in another way, and link the identity there. `validation_failed` of `accepted_terms`: call again
 * with the same code and the accepted version. `federation_failed`: begin again.
 */
export async function completeLogin(
  client: Client,
  code: string,
  { codeVerifier, captcha, ...more }: LoginOptions = {},
): Promise<Challenge | AddressCheck | undefined> {
  const verifier = codeVerifier ? { code_verifier: codeVerifier } : {};
  return client.signIn("/auth/federation/complete", { code, ...verifier, ...more }, captcha);
}

/** What a provider's SDK gives to an application on a device. */
export interface IdToken {
  id_token: string;
  /** The person's name, which Apple tells the application once. */
  name?: string;
}

/**
 * Logs in with an ID token, on a device whose SDK gets one by itself. `obtain` hands the nonce to the SDK: as it is, or as
 * SHA-256 in hexadecimal digits where the SDK wants it so.
 *
 * @throws KindredError `federation_email_missing` and `account_exists`: this person's first login begins with `loginUrl`.
 */
export async function loginWithIdToken(
  client: Client,
  provider: string,
  obtain: (nonce: string) => Promise<IdToken>,
  { captcha, ...more }: Omit<LoginOptions, "codeVerifier" | "email" | "email_code"> = {},
): Promise<Challenge | undefined> {
  const path = `/auth/federation/${encodeURIComponent(provider)}`;
  const { nonce } = await call<{ nonce: string }>(client, client.fetch, "post", `${path}/nonce`);
  const given = await obtain(nonce);
  return client.signIn(`${path}/token`, { ...given, nonce, ...more }, captcha);
}

/** Whether a login waits for the code of a mail. */
export function isAddressCheck(answer: Challenge | AddressCheck | undefined): answer is AddressCheck {
  return answer !== undefined && "status" in answer && answer.status === "verification_sent";
}

/** The identities of the account, the oldest first. */
export async function identities(client: Client): Promise<Identity[]> {
  const { items } = await call<{ items: Identity[] }>(client, client.fetch, "get", OWN);
  return items;
}

/**
 * Where the browser goes to link an identity to the account. Needs a recent authentication; pass the `fetch` of
 * `fetchWithStepUp`.
 */
export async function linkUrl(
  client: Client,
  provider: string,
  { returnTo, codeChallenge }: Departure,
  fetch = client.fetch,
): Promise<string> {
  const body = { return_to: returnTo, ...(codeChallenge ? { code_challenge: codeChallenge } : {}) };
  const path = `${OWN}/${encodeURIComponent(provider)}`;
  return (await call<{ authorize_url: string }>(client, fetch, "post", path, body)).authorize_url;
}

/** Links the identity that the browser has come back with. @throws KindredError `conflict`: it belongs to another account. */
export async function completeLink(client: Client, code: string, codeVerifier?: string, fetch = client.fetch): Promise<void> {
  const verifier = codeVerifier ? { code_verifier: codeVerifier } : {};
  await call(client, fetch, "post", OWN, { code, ...verifier });
}

/** Removes an identity. Needs a recent authentication. @throws KindredError `conflict`: it is the last way to log in. */
export async function removeIdentity(client: Client, id: string, fetch = client.fetch): Promise<void> {
  await call(client, fetch, "delete", `${OWN}/${encodeURIComponent(id)}`);
}

/** Authenticates again by what the browser has come back with. */
export function stepUpWithProvider(client: Client, code: string, codeVerifier?: string): Promise<SessionView> {
  const verifier = codeVerifier ? { code_verifier: codeVerifier } : {};
  return stepUp(client, { method: "federation", code, ...verifier } as object as Proof);
}

type Call = (method: string, path: string, input: { body?: object }) => Promise<unknown>;

/** A request to a path of the API. */
async function call<T>(client: Client, fetch: Client["fetch"], method: string, path: string, body?: object): Promise<T> {
  const send = createApi(client, fetch) as object as Call;
  return (await send(method, `/api/v1${path}`, body ? { body } : {})) as T;
}
