/**
 * One refresh, until the session has a newer generation, has ended for certain, or the server cannot be reached.
 *
 * There is no lock: a frozen tab would hold it. All tabs send one key for one token, so that the server gives each of them
 * the one successor.
 */
import { CORRELATION } from "./core.js";
import { problemOf } from "./http.js";
import { isNewer } from "./keys.js";
import { pause, unit } from "./ports.js";
import { KindredError } from "./problem.js";
import { isTokenResponse } from "./types.js";
/** How often a refresh is sent without a usable answer, and the bounds of the pauses between, in milliseconds. */
const TRIES = 5;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 8_000;
/** A longer `Retry-After`, in seconds, is left to the caller. */
const LONGEST_WAIT = 30;
/** A token must not arrive after the race window, when it would count as reuse: milliseconds before its end. */
const MARGIN = 1_000;
/** Milliseconds that another tab's attempt gets, twice at most, before this one joins it; twice before this one gives up. */
const PATIENCE = 500;
/** How often the jar is set right in a row. */
const REPAIRS = 3;
/** The only answers to a refresh that end the session. */
const DEFINITE = [
    "session_revoked",
    "session_expired",
    "refresh_token_reused",
    "refresh_token_invalid",
    "token_missing",
];
/**
 * @param from the position at which a request failed; a newer generation there or in the store is the result.
 * @throws KindredError The session has ended (`status` 401), or it is kept and `temporary` says whether to try again.
 */
export async function refresh(core, from, correlationId) {
    const { session, ports } = core;
    let start = from ?? (await session.position());
    let [tries, conflicts, repairs] = [0, 0, 0];
    let key = "";
    let isPatient = true;
    let gaveUp;
    for (;;) {
        const signal = session.signal();
        const guard = session.guard();
        const here = await session.position();
        if (here.epoch !== start.epoch)
            throw new KindredError("superseded");
        if (isNewer(here, start))
            return adopt(core, here);
        if (gaveUp)
            throw gaveUp;
        const claim = await session.claim(here);
        if (!conflicts)
            key = claim?.key ?? "";
        if (!claim || !key) {
            if (++tries >= TRIES)
                throw new KindredError("superseded");
            continue;
        }
        const mayWait = isPatient && !claim.isOwn;
        isPatient = false;
        if (mayWait) {
            // Many tabs at once would use up the retries that the server grants a session in a minute.
            await pause(ports.clock, PATIENCE * (1 + unit(ports.random)), signal);
            continue;
        }
        const answer = await core.send("/auth/refresh", {
            headers: { "Idempotency-Key": key, ...(correlationId ? { [CORRELATION]: correlationId } : {}) },
            ...(core.isCookie ? {} : { body: { refresh_token: claim.refreshToken } }),
            keepalive: true,
            signal,
            isCurrent: () => guard(here),
        });
        if (answer?.status === 200 && isTokenResponse(answer.body)) {
            const isBack = await session.settle(here, answer.body, key);
            if (!isBack || ++repairs > REPAIRS)
                return;
            // The jar holds an older generation now; its own key gets the newer one again.
            start = { ...start, session: answer.body.session.id, generation: answer.body.session.generation };
            tries = conflicts = 0;
            continue;
        }
        const problem = problemOf(answer);
        if (answer?.status === 401 && problem && DEFINITE.includes(problem.code)) {
            if (!(await session.end(here, problem.code)))
                throw new KindredError("superseded");
            throw new KindredError(problem.code, 401, problem);
        }
        const isRaced = problem?.code === "refresh_in_flight";
        const wait = isRaced ? raceWait(core, answer, problem) : lostWait(core, answer, ++tries);
        if (isRaced) {
            session.found(problem.presented_generation);
            // The same key once more, for the jar may have moved; then the other one in turn.
            const [other] = await session.otherKeys(key);
            if (++conflicts > 1 && other)
                key = other;
        }
        if (wait === undefined) {
            gaveUp = failure(answer, isRaced || mayRepeat(answer));
            if (!gaveUp.temporary)
                throw gaveUp;
        }
        // Another tab may have been luckier: the store is read once more before an attempt is given up.
        await pause(ports.clock, wait ?? 2 * PATIENCE, signal);
    }
}
/** Another tab was faster. If it has gone before it stored the answer, this one gets an answer of its own soon. */
async function adopt({ session, schedule, ports }, here) {
    const { answer } = await session.adopt(here);
    if (answer?.session.generation !== here.generation)
        schedule.later(10_000 + 20_000 * unit(ports.random));
}
/** Milliseconds to wait after 409, while the token still counts as one of several simultaneous requests. */
function raceWait({ ports }, answer, { retry_until }) {
    const wait = (answer.retryAfter ?? 1) * 1000 + 250 * unit(ports.random);
    const end = answer.sentAt + (retry_until ?? 0) * 1000 - MARGIN;
    return ports.clock.now() + wait > end ? undefined : wait;
}
/** Milliseconds to wait after an answer that says nothing about the token. */
function lostWait({ ports }, answer, tries) {
    const after = answer?.retryAfter ?? 0;
    if (!mayRepeat(answer) || tries >= TRIES || after > LONGEST_WAIT)
        return undefined;
    return after * 1000 + unit(ports.random) * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** tries);
}
/** No answer, none of ours, or one that asks for patience. */
export function mayRepeat(answer) {
    if (!answer || answer.body === undefined || answer.status < 400)
        return true;
    return [408, 409, 429].includes(answer.status) || answer.status >= 500;
}
/** An answer as an error. */
export function failure(answer, isTemporary = mayRepeat(answer)) {
    const problem = problemOf(answer);
    const code = problem?.code ?? (mayRepeat(answer) ? "unreachable" : "unexpected");
    return new KindredError(code, answer?.status, problem, isTemporary, answer?.retryAfter);
}
