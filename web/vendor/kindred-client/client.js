/** Puts the parts together. */
import { failure, mayRepeat, refresh } from "./attempt.js";
import { authorization } from "./core.js";
import { csrfTokens, noCsrf } from "./csrf.js";
import { exchange, problemOf } from "./http.js";
import { alwaysActive, pageState, pause, systemClock, unit } from "./ports.js";
import { KindredError } from "./problem.js";
import { sessionFetch } from "./requests.js";
import { schedule } from "./schedule.js";
import { createSession } from "./session.js";
import { spender } from "./spend.js";
import { indexedDbStore, memoryStore } from "./store.js";
import { broadcastChannel } from "./tabs.js";
import { isTokenResponse } from "./types.js";
const API = "/api/v1";
const LOGOUT_TRIES = 3;
export function createClient(options) {
    const { transport, resources = [], cookieGeneration = "v1" } = options;
    const { origin, protocol, hostname, href } = new URL(options.url);
    const url = href.replace(/\/$/, "");
    const isCookie = transport === "cookie";
    const ports = portsOf(options, `kindred ${url}`, hostname);
    const call = (path, { method = "POST", ...outgoing }) => exchange(ports, url + API + path, isCookie ? "include" : "omit", { method, ...outgoing });
    const fetchCsrf = () => call("/auth/csrf", { method: "GET", headers: {} });
    const csrf = isCookie ? csrfTokens(fetchCsrf, () => void session.adopt()) : noCsrf;
    const timer = schedule(ports, () => {
        core.refresh(session.knownPosition()).catch((error) => {
            if (session.state().status === "signed-out")
                return;
            timer.later((error.retryAfter ?? 15) * 1000 + 15_000 * unit(ports.random), !error.retryAfter);
        });
    });
    const settings = { isCookie, isSecure: protocol === "https:", cookieGeneration };
    const session = createSession(ports, settings, csrf, timer.set);
    let running;
    const core = {
        ports,
        url,
        isCookie,
        origins: new Set([origin, ...resources]),
        session,
        csrf,
        schedule: timer,
        send: (path, outgoing) => csrf.send((token) => call(path, token ? { ...outgoing, headers: { ...outgoing.headers, "X-CSRF-Token": token } } : outgoing)),
        refresh: (from, correlationId) => (running ??= refresh(core, from, correlationId).finally(() => (running = undefined))),
    };
    /** Abandons what runs, in all tabs, and waits for the end of it in this one. */
    const halt = async () => {
        const at = await session.supersede();
        await running?.catch(() => { });
        return at;
    };
    const signIn = async (path, body) => {
        await halt();
        const { deviceToken } = session.shown();
        const device = deviceToken ? { device_token: deviceToken } : {};
        const answer = await core.send(path, { headers: {}, body: { ...device, ...body, transport } });
        if (answer?.status !== 200)
            throw failure(answer);
        if (!isTokenResponse(answer.body))
            return answer.body;
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
        login: (body) => signIn("/auth/login", body),
        restore: async () => {
            const at = await session.position();
            const saved = await session.adopt();
            const isKnown = saved.answer?.session.generation === at.generation;
            const mayExist = isCookie && session.jar() !== null;
            if (isCookie && !(isKnown && session.jar()) && (mayExist || saved.session)) {
                await core.refresh().catch((error) => {
                    if (error.status !== 401)
                        throw error;
                });
            }
            return session.state();
        },
        logout: async () => {
            const at = await halt();
            if (!at.session && !isCookie)
                return;
            const token = session.shown().answer?.refresh_token;
            for (let tries = 1;; tries++) {
                const body = token ? { refresh_token: token } : {};
                const answer = await core.send("/auth/logout", { headers: authorization(core), body });
                // 401: there is no such session.
                if (answer?.status === 204 || (answer?.status === 401 && problemOf(answer)))
                    break;
                if (tries >= LOGOUT_TRIES || !mayRepeat(answer))
                    throw failure(answer);
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
function portsOf(given, name, hostname) {
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
