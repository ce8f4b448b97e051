"""Changes that nothing may undo once they are acknowledged (I-4, I-5): each is made right before the power is cut."""

import uuid

from lab import PASSWORD, PATIENCE, call, check
from ledger import ENDED
from traffic import account, log_in, served, tokens_of

OTHER_PASSWORD = "harbour violet anchor meadow"
# A spent token that is further behind is no race, whatever the time.
RACE = 2


class Logout:
    def __init__(self, machine):
        self.session = log_in(machine.node.port, account(machine.node.port))

    def make(self, port):
        self.session.leave(port)

    def check(self, port, rng):
        self.session.check(port, rng)


class Reuse:
    """A spent token comes back, and ends its session."""

    def __init__(self, machine):
        self.session = log_in(machine.node.port, account(machine.node.port))
        while len(self.session.tokens) <= RACE + 1:
            self.session.refresh(machine.node.port)

    def make(self, port):
        self.session.reuse(port, 0)
        self.session.standing = ENDED

    def check(self, port, rng):
        self.session.check(port, rng)


class DisabledAccount:
    def __init__(self, machine):
        port = machine.node.port
        self.administrator = administrator(machine)
        self.email = account(port)
        tokens = tokens_of(port, self.email)
        self.user, self.session = tokens["user"]["id"], log_in(port, self.email)

    def make(self, port):
        path = f"/api/v1/admin/users/{self.user}/disable"
        answer = served("an account is disabled", lambda: call(port, "POST", path, {}, self.administrator))
        check(answer.status == 204, f"disabling an account got {answer}")
        self.session.standing = ENDED

    def check(self, port, rng):
        self.session.check(port, rng)
        check(login(port, self.email, PASSWORD).status in (401, 403), "I-4: a disabled account can log in again")


class ChangedPassword:
    def __init__(self, machine):
        port = machine.node.port
        self.email = account(port)
        self.changer, self.session = tokens_of(port, self.email), log_in(port, self.email)
        # A retry after a lost answer is the same attempt.
        self.key = str(uuid.uuid4())

    def make(self, port):
        changed = change_password(port, self.changer, self.key, OTHER_PASSWORD)
        self.changer = changed
        self.session.standing = ENDED

    def check(self, port, rng):
        self.session.check(port, rng)
        check(login(port, self.email, PASSWORD).status == 401, "I-4: the former password works again")
        check(login(port, self.email, OTHER_PASSWORD).status == 200, "I-2: the changed password does not work")
        body = {"refresh_token": self.changer["refresh_token"]}
        answer = served("a refresh is served", lambda: call(port, "POST", "/api/v1/auth/refresh", body))
        check(answer.status == 200, f"I-2: the session that changed the password got {answer}")


def login(port, email, password):
    body = {"email": email, "password": password}
    return served("a login is served", lambda: call(port, "POST", "/api/v1/auth/login", body, timeout=PATIENCE))


def change_password(port, tokens, key, password):
    body = {"current_password": PASSWORD, "new_password": password, "refresh_token": tokens["refresh_token"]}
    path, access = "/api/v1/auth/password/change", tokens["access_token"]
    answer = served("a password is changed", lambda: call(port, "POST", path, body, access, key, timeout=PATIENCE))
    check(answer.status == 200, f"a change of a password got {answer}")
    return answer.json


def administrator(machine):
    """The access token of a new administrator, whose first password must be changed."""
    port, email = machine.node.port, f"{uuid.uuid4()}@example.com"
    machine.node.command("admin", "create", "--email", email, "--password-stdin", given=PASSWORD)
    return change_password(port, tokens_of(port, email), str(uuid.uuid4()), OTHER_PASSWORD)["access_token"]


KINDS = [Logout, ChangedPassword, DisabledAccount, Reuse]
