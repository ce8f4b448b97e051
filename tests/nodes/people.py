"""The limit of sessions under load, while nodes die; and another PostgreSQL."""

import http.client
import shutil
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import processes
from lab import PASSWORD, PATIENCE, call, check, claims, wait_until
from pair import Pair
from traffic import account

LIMIT = 5
WRITERS = 4
KILLS = 3
# A node that starts has to find time between them.
PAUSE = 0.1
LIVE = "SELECT count(*) FROM session_families WHERE revoked_at IS NULL AND user_id = '{}'"


class Logins:
    """Clients that log the same user in, again and again, at nodes that die."""

    def __init__(self, pair, email):
        self.pair, self.email = pair, email
        self.stopping, self.failures, self.tokens = threading.Event(), [], []
        self.threads = [threading.Thread(target=self.client, daemon=True) for _ in range(WRITERS)]
        self.watcher = threading.Thread(target=self.watch, daemon=True)
        for thread in self.threads:
            thread.start()

    def client(self):
        body = {"email": self.email, "password": PASSWORD}
        while not self.stopping.is_set():
            for node in self.pair.nodes:
                try:
                    answer = node.call("POST", "/api/v1/auth/login", body, timeout=PATIENCE)
                except (OSError, http.client.HTTPException):
                    continue
                if answer.status == 200:
                    self.tokens.append(answer.json["access_token"])
                elif answer.status not in (429, 503):
                    self.failures.append(f"a login got {answer}")
                self.stopping.wait(PAUSE)

    def watch_user(self, user):
        self.statement, self.seen = LIVE.format(user), 0
        self.watcher.start()

    def watch(self):
        """Each count is one moment of the database."""
        while not self.stopping.is_set():
            try:
                live = int(self.pair.postgres.sql(self.statement))
            except subprocess.SubprocessError:
                continue  # a busy machine
            self.seen += 1
            if live > LIMIT:
                self.failures.append(f"I-14: {live} sessions of {LIMIT}")
            self.stopping.wait(PAUSE)

    def flow(self, count):
        before = len(self.tokens)
        wait_until("logins succeed", lambda: self.failures or len(self.tokens) >= before + count)
        check(not self.failures, self.failures[:1])

    def stop(self):
        self.stopping.set()
        for thread in [*self.threads, self.watcher]:
            thread.join()
        check(not self.failures, self.failures[:1])


def session_limit(pair):
    """One user logs in at both nodes at once, up to the limit of sessions and far beyond, while nodes are killed."""
    logins = Logins(pair, account(pair.nodes[0].port))
    try:
        logins.flow(1)
        logins.watch_user(claims(logins.tokens[0])["sub"])
        for _ in range(KILLS):
            victim = pair.rng.choice(pair.nodes)
            logins.flow(pair.rng.randrange(1, 20))
            victim.kill()
            logins.flow(5)
            victim.start()
        logins.flow(10)
    finally:
        logins.stop()
    check(logins.seen > 0, "the sessions were never counted")
    for node in pair.nodes:
        wait_until("I-14: no more sessions work than may live", lambda node=node: 1 <= working(node, logins) <= LIMIT)
    live = [working(node, logins) for node in pair.nodes]
    return f"{KILLS} kills; {len(logins.tokens)} logins, {logins.seen} counts; {live[0]} sessions work at the end"


def working(node, logins):
    def works(token):
        return call(node.port, "HEAD", "/api/v1/auth/verify-token", token=token, timeout=PATIENCE).status in (200, 204)

    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(works, logins.tokens))


def other_postgresql(lab):
    """Migrations, traffic, a crash and the replay of every token on another version of PostgreSQL."""
    # Its user may have no access to where they are.
    programs = shutil.copytree(lab.other_postgres.parent, lab.root / "postgresql") / lab.other_postgres.name
    pair = Pair(lab, "other_postgresql", programs)
    try:
        version = pair.start().postgres.sql("SHOW server_version")
        return f"PostgreSQL {version}; {processes.postmaster_is_killed(pair)}"
    finally:
        pair.stop()


def with_pair(lab, scenario):
    # Logins of one user wait for each other, and none is to be given up because of that.
    settings = {
        "KINDRED_SESSIONS__MAX_PER_USER": str(LIMIT),
        "KINDRED_DATABASE__STATEMENT_TIMEOUT": "20s",
        "KINDRED_REFRESH__RACE_WINDOW": "30s",
    }
    pair = Pair(lab, scenario.__name__, settings=settings)
    try:
        return scenario(pair.start())
    finally:
        pair.stop()


def run(lab, wanted):
    if lab.wants(wanted, "session_limit"):
        lab.report("session_limit", lambda: with_pair(lab, session_limit))
    if lab.other_postgres and lab.wants(wanted, "other_postgresql"):
        lab.report("other_postgresql", lambda: other_postgresql(lab))
