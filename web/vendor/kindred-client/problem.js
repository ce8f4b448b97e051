/**
 * Why something did not happen. `code` is that of the server's problem document, or one of the client's own:
 * `unreachable` (no usable answer), `unexpected` (an answer that is none of the server's), `superseded` (a login or logout came
 * in between), `unconfirmed` (whether a step-up or change has had its effect is unknown), `dismissed` (by the user).
 */
export class KindredError extends Error {
    code;
    status;
    problem;
    temporary;
    retryAfter;
    name = "KindredError";
    constructor(code, 
    /** The status of the answer; 0 if there was none. */
    status = 0, 
    /** The server's problem document. */
    problem, 
    /** The session is kept, and the same may succeed later. */
    temporary = false, 
    /** Seconds after which it may be tried again. */
    retryAfter) {
        super(problem?.detail ?? code);
        this.code = code;
        this.status = status;
        this.problem = problem;
        this.temporary = temporary;
        this.retryAfter = retryAfter;
    }
    /** Names the request in the server's log. */
    get correlationId() {
        return this.problem?.correlation_id;
    }
}
