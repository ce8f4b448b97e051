"""Many clients that refresh, and now and then log out, while something fails."""

import random
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from lab import PASSWORD, PATIENCE, call, check, wait_until
from ledger import ACKNOWLEDGED, UNKNOWN, Ledger

CLIENTS = 64
SESSIONS_PER_ACCOUNT = 8


def served(what, ask):
    """The first answer that is no refusal for the moment: people try again when a service is busy or fails over."""

    def asked():
        answer = ask()
        return None if answer.status in (429, 502, 503, 504) else answer

    return wait_until(what, asked)


def account(port):
    def register():
        nonlocal email
        # An answer that was lost leaves an account; the next attempt needs another address.
        email = f"{uuid.uuid4()}@example.com"
        body = {"email": email, "password": PASSWORD}
        return call(port, "POST", "/api/v1/auth/register", body, timeout=PATIENCE)

    email = None
    answer = served("a registration is served", register)
    check(answer.status in (201, 202), f"a registration got {answer}")
    return email


def tokens_of(port, email, password=PASSWORD):
    body = {"email": email, "password": password}
    answer = served("a login is served", lambda: call(port, "POST", "/api/v1/auth/login", body, timeout=PATIENCE))
    check(answer.status == 200, f"a login got {answer}")
    return answer.json


def log_in(port, email, keyed=True):
    return Ledger(tokens_of(port, email), keyed)


def log_in_many(port, count):
    """Sessions of several accounts; every second client names its attempts."""
    ledgers = []
    while len(ledgers) < count:
        email = account(port)
        for _ in range(min(SESSIONS_PER_ACCOUNT, count - len(ledgers))):
            ledgers.append(log_in(port, email, keyed=len(ledgers) % 2 == 0))
    return ledgers


class Traffic:
    """Clients that go on until they are stopped. `port_of` tells each attempt where to go."""

    def __init__(self, ledgers, port_of, rng, timeout=10):
        self.ledgers, self.port_of, self.timeout = ledgers, port_of, timeout
        self.stopping = threading.Event()
        self.acknowledged = []
        self.failures = []
        self.threads = []
        for number, ledger in enumerate(ledgers):
            # The others keep the traffic up.
            may_leave = number % 5 == 4
            arguments = (ledger, may_leave, random.Random(rng.random()))
            self.threads.append(threading.Thread(target=self.client, args=arguments, daemon=True))
        for thread in self.threads:
            thread.start()

    def client(self, ledger, may_leave, rng):
        try:
            while ledger.is_live and not self.stopping.is_set():
                if may_leave and rng.random() < 0.01:
                    outcome = ledger.log_out(self.port_of(rng), self.timeout)
                else:
                    outcome = ledger.refresh(self.port_of(rng), self.timeout)
                if outcome == ACKNOWLEDGED:
                    self.acknowledged.append(time.monotonic())
                # A client backs off, and one that was served has other things to do.
                self.stopping.wait(rng.uniform(0.05, 0.2) if outcome == UNKNOWN else rng.uniform(0, 0.1))
        except Exception as error:  # noqa: BLE001 - it is raised again by `check`
            self.failures.append(error)

    def held_up(self):
        """How many clients have their successor, and wait until earlier copies of their request have been served."""
        return sum(ledger.is_held_up for ledger in self.ledgers)

    def served_late(self):
        return sum(ledger.served_late for ledger in self.ledgers)

    def flows(self, refreshes=20):
        """Until this many more refreshes have succeeded, so that the next fault meets traffic."""
        before = len(self.acknowledged)
        wait_until("traffic flows", lambda: self.failures or len(self.acknowledged) >= before + refreshes)
        self.raise_failure()

    def raise_failure(self):
        if self.failures:
            raise self.failures[0]

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        self.raise_failure()

    def longest_silence(self, since):
        """How long no client got a successor, from this moment on."""
        moments = [since, *sorted(moment for moment in self.acknowledged if moment >= since)]
        return max((after - before for before, after in zip(moments, moments[1:])), default=0.0)

    def check(self, port, rng):
        """Replays the tokens of every client."""
        seeds = [random.Random(rng.random()) for _ in self.ledgers]
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda pair: pair[0].check(port, pair[1]), zip(self.ledgers, seeds)))

    def summary(self):
        counted = [ledger.standing for ledger in self.ledgers]
        standings = ", ".join(f"{counted.count(name)} {name}" for name in sorted(set(counted)))
        return f"{len(self.acknowledged)} refreshes; {standings}"
