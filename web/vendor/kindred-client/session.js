/**
 * What this tab knows of the session: it reads and writes the record that all tabs share, and shows it to the application.
 * Tokens are stored, then used.
 */
import { jarPosition, randomKey, withAnswer, withGeneration, withKey, withLogin, withSession, } from "./keys.js";
import { stopwatch } from "./ports.js";
import { KindredError } from "./problem.js";
import { EMPTY } from "./store.js";
/** Milliseconds for which what was read of the store holds. */
const MAX_AGE = 2_000;
export function createSession({ store, random, clock, cookies, channel }, { isCookie, isSecure, cookieGeneration }, csrf, onTokens) {
    const listeners = new Set();
    let state = { status: "unknown" };
    let shown = EMPTY;
    /** Where the jar cannot be read: the generation that an answer found in it, if it is not the newest. */
    let inJar;
    let news = new AbortController();
    /** Ends what waits for an answer that is no longer wanted: its late cookies would turn the jar back. */
    const interrupt = () => {
        news.abort();
        news = new AbortController();
    };
    const change = (next) => {
        state = next;
        listeners.forEach((run) => run());
    };
    const show = (saved, reason) => {
        const { session, answer, receivedAt } = saved;
        if (session !== shown.session)
            inJar = undefined;
        if (saved.epoch !== shown.epoch && session !== shown.session)
            csrf.set();
        const isNews = saved.epoch !== shown.epoch || receivedAt !== shown.receivedAt;
        shown = saved;
        if (!session) {
            if (state.status !== "signed-out")
                change({ status: "signed-out", ...(reason ? { reason } : {}) });
        }
        else if (answer && isNews) {
            onTokens(answer.expires_in * 1000, Math.max(0, clock.wall() - (receivedAt ?? 0)));
            change({ status: "signed-in", user: answer.user, session: answer.session });
        }
        return saved;
    };
    const tell = (saved) => channel?.post({ epoch: saved.epoch, generation: saved.generation });
    const jar = () => {
        const text = isCookie ? cookies() : undefined;
        return text === undefined ? undefined : jarPosition(text, isSecure, cookieGeneration);
    };
    /** Shows what is stored. `at`: the jar's newest generation, whose answer may have been lost with its tab. */
    const adopt = async (at) => show(await store.update((saved) => at && withGeneration(saved, at)));
    channel?.onMessage(({ epoch, generation }) => {
        if (epoch === shown.epoch && generation <= shown.generation)
            return;
        interrupt();
        if (state.status !== "unknown")
            void adopt();
    });
    return {
        state: () => state,
        subscribe: (run) => {
            listeners.add(run);
            return () => void listeners.delete(run);
        },
        /** Fires when another tab, a login or a logout was faster. */
        signal: () => news.signal,
        interrupt,
        adopt,
        jar,
        /** What was read last, and the token that requests are sent with. */
        shown: () => shown,
        knownPosition: () => ({ ...shown }),
        accessToken: () => shown.answer?.access_token,
        /** Which refresh token the next request would spend. Read again before each one. */
        position: async () => {
            let saved = await store.read();
            const found = jar();
            if (!found)
                return { ...saved, generation: inJar ?? saved.generation };
            if (found.session !== saved.session) {
                // Another page of this host has logged in.
                saved = await store.update((saved) => found.session === saved.session ? undefined : withSession(saved, found.session, found.generation));
                csrf.set();
                tell(saved);
            }
            return { epoch: saved.epoch, ...found };
        },
        /** The one key for this token: the first tab stores it, before anything is sent. `undefined` after a new login. */
        claim: async (at) => {
            const own = randomKey(random);
            const saved = await store.update((saved) => withKey(saved, at, own));
            const key = saved.keys[at.generation];
            if (!key || saved.epoch !== at.epoch || saved.session !== at.session)
                return undefined;
            return { key, isOwn: key === own, refreshToken: saved.answer?.refresh_token };
        },
        /** For `isCurrent`: whether what is read from now on can still be acted on. A tab may freeze between two steps. */
        guard: () => {
            const elapsed = stopwatch(clock);
            return (at) => {
                const found = jar();
                return elapsed() < MAX_AGE && (!found || found.generation === at.generation);
            };
        },
        /** The stored keys of this session except one. */
        otherKeys: async (key) => Object.values((await store.read()).keys).filter((other) => other !== key),
        /** Stores an answer, and shows the newest one. Resolves to whether the answer turned the jar back. */
        settle: async (at, answer, key) => {
            const saved = await store.update((saved) => withAnswer(saved, at.epoch, kept(answer), clock.wall(), key));
            if (saved.epoch !== at.epoch)
                throw new KindredError("superseded");
            const { id, generation } = answer.session;
            const isBack = isCookie && id === saved.session && generation < saved.generation;
            show(saved);
            csrf.set(answer.csrf_token);
            inJar = isBack ? generation : undefined;
            tell(saved);
            return isBack;
        },
        /** An answer said which generation the jar holds. */
        found: (generation) => {
            if (isCookie && generation)
                inJar = generation;
        },
        /** A login or logout begins: what runs in any tab is abandoned. */
        supersede: async () => {
            const saved = await store.update((saved) => ({ ...saved, epoch: saved.epoch + 1 }));
            interrupt();
            tell(show(saved));
            return { ...saved };
        },
        begin: async (answer) => {
            const saved = await store.update((saved) => withLogin(saved, kept(answer), clock.wall(), answer.device_token ?? undefined));
            tell(show(saved));
            csrf.set(answer.csrf_token);
        },
        /** The session has ended for certain. Resolves to whether it was still this one. */
        end: async (at, reason) => {
            let isOurs = false;
            const saved = await store.update((saved) => {
                isOurs = saved.epoch === at.epoch && saved.session === at.session;
                return isOurs ? withSession(saved) : undefined;
            });
            if (isOurs)
                csrf.set();
            tell(show(saved, reason));
            return isOurs;
        },
        close: () => {
            interrupt();
            channel?.close();
            listeners.clear();
        },
    };
}
/** Device and CSRF tokens have places of their own. */
function kept({ device_token: _, csrf_token: __, ...answer }) {
    return answer;
}
