/** Names for the parts of the contract that the client itself reads. */

import type { components } from "./schema.js";

type Schemas = components["schemas"];

export type TokenResponse = Schemas["TokenResponse"];
export type Problem = Schemas["Problem"];
export type SessionView = Schemas["SessionView"];
export type UserView = Schemas["UserView"];
export type LoginBody = Schemas["LoginBody"];
export type Challenge = Schemas["ChallengeBody"];

/** Whether this is an answer with tokens and not, for example, the page of a captive portal. */
export function isTokenResponse(body: unknown): body is TokenResponse {
  const answer = body as Partial<TokenResponse> | null | undefined;
  return typeof answer?.session?.id === "string" && answer.session.generation > 0 && !!answer.user;
}
