/** Puts the parts together. */

import { failure, mayRepeat, refresh } from "./attempt.js";
import { authorization, type Core } from "./core.js";
import { csrfTokens, noCsrf } from "./csrf.js";
import { exchange, problemOf } from "./http.js";
import type { Position } from "./keys.js";
import { alwaysActive, pageState, pause, systemClock, unit, type Ports } from "./ports.js";
import { KindredError } from "./problem.js";
import { sessionFetch, type Fetch } from "./requests.js";
import { schedule } from "./schedule.js";
import { createSession, type State } from "./session.js";
import { spender, type Spend } from "./spend.js";
import { indexedDbStore, memoryStore } from "./store.js";
import { broadcastChannel } from "./tabs.js";
import { isTokenResponse, type Challenge, type LoginBody } from "./types.js";

export interface Options extends Partial<Ports> {
  /** The address of the server, `https://auth.example.com`. */
  url: string;
  /** `cookie` for pages of the server's site, `bearer` for everything else. */
  transport: "cookie" | "bearer";
  /** Further origins that get the session with `client.fetch`: the application's own APIs. */
  resources?: string[];
  /** The server's `cookie.generation`; while another one is rolled out, that and `cookie.accept_generations`. */
  cookieGeneration?: string | readonly string[];
  /** For logins that name none of their own. Without one, the application gets `captcha_required`. */
  captcha?: Captcha;
}

/** Finds the answer to a CAPTCHA, which the server may demand for a login after many failures in the network. */
export type Captcha = (action: "login") => Promise<string>;

export interface Client {
  readonly url: string;
  readonly transport: "cookie" | "bearer";
  readonly ports: Ports;
  /** What is known of the session; a new object after each change. */
  state(): State;
  /** Runs after each change of `state`. Returns what ends that. */
  subscribe(run: () => void): () => void;
  /** Finds the session of an earlier visit, if there is one. */
  restore(): Promise<State>;
  /** Resolves to a challenge if a second factor is required, and else to nothing. */
  login(body: Omit<LoginBody, "transport">, captcha?: Captcha): Promise<Challenge | undefined>;
  /** As `login`, for the other last steps of one: `/auth/mfa/verify`, `/auth/passkey/verify`; see also `federation`. */
  signIn(path: string, body: object, captcha?: Captcha): Promise<Challenge | undefined>;
  /** Ends the session. If the server cannot be asked, it is kept, and the error is `temporary`. */
  logout(): Promise<void>;
  /** `fetch` with the session, for the server and `resources`. */
  fetch: Fetch;
  /** Replaces the tokens now. Without need for `fetch`, which does that by itself. */
  refresh(): Promise<void>;
  /** For requests that spend the refresh token; see `step-up` and `password`. */
  spend: Spend;
  /** Ends timers and listeners. The session stays. */
  close(): void;
}

const API = "/api/v1";
const LOGOUT_TRIES = 3;
/** `captcha_required` and `captcha_invalid` */
const DEMANDED = /^captcha/;

export function createClient(options: Options): Client {
  const { transport, resources = [], cookieGeneration = "v1" } = options;
  const { origin, protocol, hostname, href } = new URL(options.url);
  const url = href.replace(/\/$/, "");
  const isCookie = transport === "cookie";
  const ports = portsOf(options, `kindred ${url}`, hostname);

  const call: Core["send"] = (path, { method = "POST", ...outgoing }) =>
    exchange(ports, url + API + path, isCookie ? "include" : "omit", { method, ...outgoing });
  const fetchCsrf = () => call("/auth/csrf", { method: "GET", headers: {} });
  const csrf = isCookie ? csrfTokens(fetchCsrf, () => void session.adopt()) : noCsrf;

  const timer = schedule(ports, () => {
    core.refresh(session.knownPosition()).catch((error: KindredError) => {
      if (session.state().status === "signed-out") return;
      timer.later((error.retryAfter ?? 15) * 1000 + 15_000 * unit(ports.random), !error.retryAfter);
    });
  });
  const settings = { isCookie, isSecure: protocol === "https:", cookieGenerations: [cookieGeneration].flat() };
  const session = createSession(ports, settings, csrf, timer.set);

  let running: Promise<void> | undefined;
  const core: Core = {
    ports,
    url,
    isCookie,
    origins: new Set([origin, ...resources]),
    session,
    csrf,
    schedule: timer,
    send: (path, outgoing) =>
      csrf.send((token) =>
        call(path, token ? { ...outgoing, headers: { ...outgoing.headers, "X-CSRF-Token": token } } : outgoing),
      ),
    refresh: (from?: Position, correlationId?: string) =>
      (running ??= refresh(core, from, correlationId).finally(() => (running = undefined))),
  };

  /** Abandons what runs, in all tabs, and waits for the end of it in this one. */
  const halt = async () => {
    const at = await session.supersede();
    await running?.catch(() => {});
    return at;
  };

  const signIn = async (path: string, body: object, captcha = options.captcha): Promise<Challenge | undefined> => {
    const send = async (answered = {}) => {
      await halt();
      const { deviceToken } = session.shown();
      const device = deviceToken ? { device_token: deviceToken } : {};
      return core.send(path, { headers: {}, body: { ...device, ...body, ...answered, transport } });
    };
    let answer = await send();
    // The refusal has spent nothing: neither the challenge of a second factor nor the ceremony of a passkey.
    if (captcha && DEMANDED.test(problemOf(answer)?.code ?? "")) {
      answer = await send({ captcha_token: await captcha("login") });
    }
    // 202: the login with another provider waits for the code of a mail.
    if (answer?.status !== 200 && answer?.status !== 202) throw failure(answer);
    if (!isTokenResponse(answer.body)) return answer.body as Challenge;
    await session.begin(answer.body);
    return undefined;
  };

  return {
    url,
    transport,
    ports,
    state: session.state,
    subscribe: session.subscribe,
    fetch: sessionFetch(core),
    refresh: () => core.refresh(),
    spend: spender(core),
    signIn,
    login: (body, captcha) => signIn("/auth/login", body, captcha),
    restore: async () => {
      const at = await session.position();
      const saved = await session.adopt();
      const isKnown = saved.answer?.session.generation === at.generation;
      const mayExist = isCookie && session.jar() !== null;
      if (isCookie && !(isKnown && session.jar()) && (mayExist || saved.session)) {
        await core.refresh().catch((error: KindredError) => {
          if (error.status !== 401) throw error;
        });
      }
      return session.state();
    },
    logout: async () => {
      const at = await halt();
      if (!at.session && !isCookie) return;
      const token = session.shown().answer?.refresh_token;
      for (let tries = 1; ; tries++) {
        const body = token ? { refresh_token: token } : {};
        const answer = await core.send("/auth/logout", { headers: authorization(core), body });
        // 401: there is no such session.
        if (answer?.status === 204 || (answer?.status === 401 && problemOf(answer))) break;
        if (tries >= LOGOUT_TRIES || !mayRepeat(answer)) throw failure(answer);
        await pause(ports.clock, 1000 * tries * unit(ports.random), session.signal());
      }
      await session.end(at, "logout");
    },
    close: () => {
      timer.stop();
      session.close();
    },
  };
}

/** The ports that are given, and else those of browsers and Node. */
function portsOf(given: Partial<Ports>, name: string, hostname: string): Ports {
  const isPage = typeof document === "object";
  const hasChannel = isPage && typeof BroadcastChannel === "function";
  return {
    fetch: given.fetch ?? ((input, init) => fetch(input, init)),
    random: given.random ?? ((bytes) => crypto.getRandomValues(new Uint8Array(bytes))),
    clock: given.clock ?? systemClock,
    appState: given.appState ?? (isPage ? pageState : alwaysActive),
    store: given.store ?? (typeof indexedDB === "object" ? indexedDbStore(name) : memoryStore()),
    channel: given.channel ?? (hasChannel ? broadcastChannel(name) : undefined),
    cookies: given.cookies ?? (() => (isPage && location.hostname === hostname ? document.cookie : undefined)),
  };
}
