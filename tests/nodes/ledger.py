"""What one client knows of its session, and what it may therefore expect of the server.

Each answer is judged as it comes: one successor for each token (I-1), an acknowledged refresh lasts (I-2), a lost
answer is no theft (I-3), an acknowledged logout lasts (I-4), reuse ends the session (I-5), and nothing is acknowledged
that did not happen (I-10).
"""

import base64
import http.client
import uuid

from lab import PATIENCE, Broken, Request, call, check, wait_until

ACKNOWLEDGED, UNKNOWN, OVER = "acknowledged", "unknown", "over"
LIVE, STUCK, ENDED = "live", "stuck", "ended"

# What the database is asked: sessions whose client was taken for a thief, and sessions that ended by a decision of
# their own without an event that tells of it (I-12).
THEFTS = "SELECT count(*) FROM session_families WHERE revoke_reason = 'replay'"
WITHOUT_EVENT = """
    SELECT count(*) FROM session_families AS family
    WHERE family.revoke_reason IN ('logout', 'replay', 'unconfirmed') AND NOT EXISTS (
        SELECT 1 FROM security_events AS event WHERE event.session_id = family.id
        AND event.kind IN ('session.ended', 'refresh_token.replayed', 'refresh_token.unconfirmed'))"""


def generation(token):
    """Bytes 17 to 24 of a refresh token, as its format says."""
    text = token.removeprefix("kr1_")
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))[17:25], "big")


class Ledger:
    def __init__(self, tokens, keyed):
        self.access = tokens["access_token"]
        self.tokens = [tokens["refresh_token"]]
        self.keyed = keyed
        self.key = None
        self.open = False
        self.logout_sent = False
        # Set when the database may have lost commits: then it may be behind this client.
        self.may_be_ahead = False
        self.was_ahead = False
        # Requests whose answer was not waited for, each with the position of its token. They may yet be served.
        self.late = []
        self.is_held_up = False
        self.served_late = 0
        # Set when a late copy has ended the session, or may have: without a key it looks like a second use.
        self.copy_may_have_ended = False
        self.standing = LIVE
        self.history = []

    @property
    def is_live(self):
        return self.standing == LIVE

    @property
    def may_have_ended(self):
        return not self.keyed and (bool(self.late) or self.copy_may_have_ended)

    def refresh(self, port, timeout=10):
        """The next attempt, or a retry of the one whose outcome is unknown."""
        if not self.open:
            self.wait_for_late_copies()
        if self.keyed and self.key is None:
            self.key = str(uuid.uuid4())
        body = {"refresh_token": self.tokens[-1]}
        try:
            request = Request(port, "POST", "/api/v1/auth/refresh", body, key=self.key, timeout=timeout)
            if not request.is_answered(timeout):
                self.late.append((len(self.tokens) - 1, request))
                return self.left_open("refresh: no answer in time")
            answer = request.answer(timeout)
        except (OSError, http.client.HTTPException) as error:
            return self.left_open(f"refresh: {type(error).__name__}")
        return self.judge(answer)

    def wait_for_late_copies(self):
        """A late copy is no theft while its token is the one that was spent last. So the client goes no further until
        each has been served, however long its node takes."""
        self.is_held_up = bool(self.late)
        while self.late:
            self.judge_late(*self.late[0])
            self.late.pop(0)
        self.is_held_up = False

    def judge_late(self, position, request):
        try:
            answer = request.answer(PATIENCE)
        except TimeoutError:
            raise Broken(f"I-17: a request was not answered in {PATIENCE} s\n{self}") from None
        except (OSError, http.client.HTTPException) as error:
            self.copy_may_have_ended = True
            self.history.append(f"late: {type(error).__name__}")
            return
        self.served_late += 1
        self.history.append(f"late: {answer.status} {answer.code}")
        match answer.status, answer.code:
            case 200, _:
                # A database that has lost commits makes another successor.
                same = answer.json["refresh_token"] == self.tokens[position + 1]
                check(same or self.may_be_ahead, f"I-1: a late copy got another successor\n{self}")
            case 401, "refresh_token_reused" | "session_revoked" if not self.keyed:
                self.copy_may_have_ended = True
            case 401, "session_revoked" if self.logout_sent or self.may_be_ahead:
                pass
            case (409, "refresh_in_flight") | ((429 | 502 | 503 | 504), _):
                pass
            case _:
                raise Broken(f"I-3: a late copy got {answer}\n{self}")

    def judge(self, answer):
        unnamed_retry = self.open and not self.keyed
        match answer.status, answer.code:
            case 200, _:
                return self.rotated(answer.json)
            case (503 | 429), code if code and "retry-after" in answer.headers:
                return self.left_open(f"refresh: {answer}")
            case (502 | 503 | 504), "":
                return self.left_open(f"refresh: {answer.status} of the balancer")
            case 409, "refresh_in_flight" if unnamed_retry:
                return self.over(STUCK, answer)
            case 401, "refresh_token_reused" if unnamed_retry:
                return self.over(ENDED, answer)
            case 401, "session_revoked" if self.logout_sent or unnamed_retry:
                return self.over(ENDED, answer)
            case 401, "session_revoked" if self.may_have_ended:
                return self.over(ENDED, answer)
            case 401, "session_revoked" if self.may_be_ahead:
                self.was_ahead = True
                return self.over(ENDED, answer)
        raise Broken(f"a refresh of the live token got {answer}\n{self}")

    def rotated(self, tokens):
        successor = tokens["refresh_token"]
        check(generation(successor) == generation(self.tokens[-1]) + 1, f"I-1: a strange successor\n{self}")
        self.history.append(f"refresh: generation {generation(successor)}")
        self.access = tokens["access_token"]
        self.tokens.append(successor)
        self.key, self.open = None, False
        return ACKNOWLEDGED

    def log_out(self, port, timeout=10):
        self.logout_sent = True
        try:
            answer = call(port, "POST", "/api/v1/auth/logout", token=self.access, timeout=timeout)
        except (OSError, http.client.HTTPException) as error:
            return self.left_open(f"logout: {type(error).__name__}", spends=False)
        if answer.status == 204:
            return self.over(ENDED, answer)
        if answer.status in (502, 503, 504):
            return self.left_open(f"logout: {answer}", spends=False)
        # An earlier logout without an answer has done it, or a late copy.
        before = any(entry.startswith("logout") for entry in self.history)
        if answer.status == 401 and (before or self.may_have_ended):
            return self.over(ENDED, answer)
        raise Broken(f"a logout got {answer}\n{self}")

    def leave(self, port):
        """Logs out, and tries again until that is acknowledged."""
        wait_until("a logout is acknowledged", lambda: self.log_out(port) == OVER)

    def left_open(self, what, spends=True):
        self.open |= spends
        self.history.append(what)
        return UNKNOWN

    def over(self, standing, answer):
        self.standing = standing
        self.history.append(f"{standing}: {answer}")
        return OVER

    def settle(self, port):
        """Refreshes until the outcome of the last attempt is known: the service must heal by itself (I-16)."""
        wait_until("an answer to the last attempt", lambda: not self.is_live or self.refresh(port) != UNKNOWN)

    def check(self, port, rng):
        """The live token works, an ended session stays so, and a spent token, whichever it is, ends the session."""
        self.settle(port)
        if self.standing == STUCK:
            self.reuse(port, len(self.tokens) - 1)
        elif self.standing == LIVE:
            if len(self.tokens) == 1:
                return
            self.reuse(port, rng.randrange(len(self.tokens) - 1))
        # The whole history may be long; the ends of it and some tokens between say as much.
        middle = rng.sample(self.tokens, min(4, len(self.tokens)))
        for token in [self.tokens[0], *middle, self.tokens[-1]]:
            answer, _ = self.answered(port, token)
            check((answer.status, answer.code) == (401, "session_revoked"), f"I-4: a token got {answer}\n{self}")
        # Behind a balancer another node answers, which reads the end in the revocation log.
        wait_until(f"I-4: the access token is refused\n{self}", lambda: self.is_refused(port))

    def is_refused(self, port):
        return call(port, "HEAD", "/api/v1/auth/verify-token", token=self.access).status == 401

    def answered(self, port, token):
        """The answer to a token, and whether one before was lost; 503 says nothing of the token."""
        lost = []

        def asked():
            try:
                answer = call(port, "POST", "/api/v1/auth/refresh", {"refresh_token": token})
            except (OSError, http.client.HTTPException) as error:
                answer = error
            if isinstance(answer, Exception) or answer.status in (502, 503, 504):
                lost.append(answer)
                return None
            return answer

        return wait_until("an answer", asked), bool(lost)

    def reuse(self, port, position):
        lost = False

        def asked():
            nonlocal lost
            answer, lost_now = self.answered(port, self.tokens[position])
            lost |= lost_now
            return answer if answer.code != "refresh_in_flight" else None

        answer = wait_until("the reuse no longer counts as a race", asked)
        # The session may have ended before: by a logout, or by the same reuse whose answer was lost.
        may_have_ended = self.logout_sent or self.may_have_ended or lost
        check(
            (answer.status, answer.code) == (401, "refresh_token_reused")
            or (may_have_ended and answer.code == "session_revoked"),
            f"I-5: the token at {position} got {answer}\n{self}",
        )

    def __str__(self):
        """No tokens, and the last requests."""
        return (
            f"session with {len(self.tokens)} tokens, {'keys' if self.keyed else 'no keys'}, {self.standing}:\n  "
            + "\n  ".join(self.history[-20:])
        )
