import type { Problem } from "./types.js";

/**
 * Why something did not happen. `code` is that of the server's problem document, or one of the client's own:
 * `unreachable` (no usable answer), `unexpected` (an answer that is none of the server's), `superseded` (a login or logout came
 * in between), `unconfirmed` (whether a step-up or change has had its effect is unknown), `dismissed` (by the user).
 */
export class KindredError extends Error {
  override readonly name = "KindredError";

  constructor(
    readonly code: string,
    /** The status of the answer; 0 if there was none. */
    readonly status = 0,
    /** The server's problem document. */
    readonly problem?: Problem,
    /** The session is kept, and the same may succeed later. */
    readonly temporary = false,
    /** Seconds after which it may be tried again. */
    readonly retryAfter?: number,
  ) {
    super(problem?.detail ?? code);
  }

  /** Names the request in the server's log. */
  get correlationId(): string | undefined {
    return this.problem?.correlation_id;
  }
}
