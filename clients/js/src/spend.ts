/**
 * Requests that spend the refresh token along with what the user entered: step-up and change of the password.
 *
 * A token has one key, whatever spends it. So a pending attempt is finished before; and a 200 may belong to the refresh of
 * another tab that has used the same key, so only its content says whether what the user entered has counted.
 */

import { authorization, type Core } from "./core.js";
import { failure, mayRepeat } from "./attempt.js";
import { problemOf, type Answer } from "./http.js";
import { pause, unit } from "./ports.js";
import { KindredError } from "./problem.js";
import { ENTERED } from "./requests.js";
import { isTokenResponse, type TokenResponse } from "./types.js";

const ROUNDS = 8;
/** How often one request is sent again before a refresh with its key has to tell whether the token was spent. */
const SENDS = 3;

/** Whether the answer, or what another tab stored meanwhile, shows that the request has had its effect. */
export type TookEffect = (before: TokenResponse, after: TokenResponse) => boolean | Promise<boolean>;

export type Spend = (path: string, body: object, tookEffect: TookEffect) => Promise<TokenResponse>;

export function spender(core: Core): Spend {
  const { session, ports } = core;
  /** The key of a request that was refused without spending its token. */
  let refused = "";
  return async (path, body, tookEffect) => {
    let before: TokenResponse | undefined;
    let [sentKey, sends, answers] = ["", 0, 0];
    for (let round = 0; round < ROUNDS; round++) {
      const signal = session.signal();
      const guard = session.guard();
      const here = await session.position();
      const { answer: stored } = await session.adopt();
      before ??= stored;
      const isNews = before && stored && stored.session.generation > before.session.generation;
      if (isNews && (await tookEffect(before!, stored!))) return stored!;
      const claim = await session.claim(here);
      const isPending = !claim?.isOwn && claim?.key !== refused && (claim?.key !== sentKey || sends >= SENDS);
      if (!claim || isPending || stored?.session.generation !== here.generation) {
        await core.refresh(here);
        continue;
      }
      if (claim.key !== sentKey) [sentKey, sends] = [claim.key, 0];
      sends++;
      const answer = await core.send(path, {
        headers: { "Idempotency-Key": claim.key, ...authorization(core) },
        body: core.isCookie ? body : { ...body, refresh_token: claim.refreshToken },
        signal,
        isCurrent: () => guard(here),
      });
      let wait = 0;
      if (answer?.status === 200 && isTokenResponse(answer.body)) {
        if (await session.settle(here, answer.body, claim.key)) await core.refresh();
        // Two authentications within a second have the same `auth_time`: the third answer is of another second.
        if (answers++) wait = 1_000;
      } else if (answer?.status === 409 || isAboutTokens(answer)) {
        await core.refresh(here);
      } else if (isUnknown(answer)) {
        wait = 1_000 * sends * unit(ports.random);
      } else {
        refused = claim.key;
        throw failure(answer);
      }
      await pause(ports.clock, wait, session.signal());
    }
    throw new KindredError("unconfirmed", 0, undefined, true);
  };
}

function isAboutTokens(answer: Answer | undefined): boolean {
  return answer?.status === 401 && !ENTERED.includes(problemOf(answer)?.code ?? "");
}

/** Whether the token was spent is unknown. 429 is a refusal: the factor is locked, or too much is waiting. */
function isUnknown(answer: Answer | undefined): boolean {
  return mayRepeat(answer) && answer?.status !== 429;
}
