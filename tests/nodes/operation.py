"""What operation does to two nodes: a broken configuration, a log that no one reads, and everyone at once."""

import fcntl
import os
import random
import select
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from lab import PATIENCE, check, claims, wait_until
from ledger import UNKNOWN
from pair import finish, open_files
from traffic import account, log_in, log_in_many

HERD = 160
# What two nodes may have at once, as docs/high-availability.md says (18 each, one that looks, three whose commits wait), and
# the one that counts.
CONNECTIONS = 2 * (18 + 1 + 3) + 1
PIPE = 8192
REFUSED_START = 2


def broken_configuration(pair):
    """Half of a file is put in place. What runs keeps what it was started with, and no start takes half of it."""
    node, file = pair.nodes[0], pair.nodes[0].folder / "kindred.toml"
    thefts, traffic = pair.thefts(), pair.traffic()
    leaver = log_in(node.port, account(node.port))
    try:
        traffic.flows()
        file.write_text('[sessions]\nidle_timeout = "30')
        node.signal(signal.SIGHUP)
        leaver.leave(node.port)
        traffic.flows(100)
        node.signal(signal.SIGTERM)
        check(node.exit_status() == 0, "the node did not end as it should")
        node.spawn()
        check(node.exit_status() == REFUSED_START, "a node has started with half of a configuration")
        check(file.name in node.log().splitlines()[-1], "the refusal does not name the file")
        traffic.flows()
        file.unlink()
        node.start()
        traffic.flows()
    finally:
        file.unlink(missing_ok=True)
        summary = finish(pair, traffic, thefts)
    leaver.check(node.port, pair.rng)
    return summary


def blocked_log(pair):
    """No one reads the log any more: lines are lost, and nothing waits for them, neither a request nor the end."""
    node, before = pair.nodes[0], dict(pair.nodes[0].environment)
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, PIPE)
    node.stop()
    node.output = writer
    node.environment["KINDRED_TELEMETRY__LOG_LEVEL"] = "trace"
    try:
        node.start()
        summary = traffic_without_reader(pair, reader, writer)
        end_without_reader(node, writer)
        node.environment["FAILPOINTS"] = "session.message=panic"
        node.start()
        panics_without_reader(pair, writer)
        end_without_reader(node, writer)
    finally:
        node.kill()
        os.close(reader)
        os.close(writer)
        node.output, node.environment = None, before
        node.start()
    return summary


def end_without_reader(node, writer):
    wait_until("the pipe is full", lambda: node.is_ready() and is_full(writer))
    node.signal(signal.SIGTERM)
    check(node.exit_status() == 0, "I-17: a node did not end while no one read its log")


def panics_without_reader(pair, writer):
    """The actors of one node die at each message. Their thread goes on, and the other node serves their sessions."""
    node, other = pair.nodes
    sessions = [log_in(other.port, account(other.port)) for _ in range(3)]
    wait_until("the pipe is full", lambda: node.is_ready() and is_full(writer))
    for session in sessions:
        body = {"refresh_token": session.tokens[-1]}
        answer = node.call("POST", "/api/v1/auth/refresh", body, timeout=PATIENCE)
        check(answer.status in (500, 503), f"I-11: a dying actor has answered {answer}")
        session.settle(other.port)
        check(session.is_live, f"I-3: a panic at one node has ended a session\n{session}")


def traffic_without_reader(pair, reader, writer):
    thefts, traffic = pair.thefts(), pair.traffic()
    try:
        wait_until("the pipe is full", lambda: traffic.failures or is_full(writer))
        traffic.flows(300)
    finally:
        summary = finish(pair, traffic, thefts)
    read = 0
    while read < 8 * PIPE:
        check(select.select([reader], [], [], PATIENCE)[0], "I-16: no line comes although someone reads again")
        read += len(os.read(reader, PIPE))
    return summary


def is_full(writer):
    return not select.select([], [writer], [], 0)[1]


def herd_after_an_outage(pair):
    """All access tokens have expired while no node ran, and every client comes at the moment in which they are back."""
    settings = {"KINDRED_TOKENS__ACCESS_TTL": "5s", "KINDRED_SESSIONS__MAX_WAITING": "64"}
    restart(pair, settings)
    try:
        with ThreadPoolExecutor(8) as pool:
            parts = pool.map(lambda number: log_in_many(pair.nodes[number % 2].port, HERD // 8), range(8))
            ledgers = [ledger for part in parts for ledger in part]
        for node in pair.nodes:
            node.stop()
        expired = max(claims(ledger.access)["exp"] for ledger in ledgers)
        wait_until("all access tokens have expired", lambda: time.time() > expired)
        for node in pair.nodes:
            node.start()
        thefts, files = pair.thefts(), [open_files(node) for node in pair.nodes]
        herd = Herd(pair, ledgers)
        check(herd.connections <= CONNECTIONS, f"I-17: {herd.connections} connections to the database")
        for node, before in zip(pair.nodes, files):
            wait_until("I-17: connections are given back", lambda n=node, b=before: open_files(n) <= b + CONNECTIONS)
        check(pair.thefts() == thefts, "I-3: a client was taken for a thief")
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda ledger: ledger.check(pair.nodes[1].port, random.Random(0)), ledgers[::5]))
    finally:
        restart(pair, dict.fromkeys(settings))
    return herd.summary()


def restart(pair, settings):
    """What is set to nothing gets its default again."""
    for node in pair.nodes:
        node.stop()
        changed = node.environment | settings
        node.environment = {name: value for name, value in changed.items() if value is not None}
        node.start()


class Herd:
    """Each client refreshes once, and tries again with growing pauses while it is refused."""

    def __init__(self, pair, ledgers):
        self.pair, self.refusals, self.seconds, self.failures = pair, 0, [], []
        self.lock, self.start = threading.Lock(), threading.Barrier(len(ledgers))
        threads = [
            threading.Thread(target=self.client, args=[ledger, random.Random(pair.rng.random())], daemon=True)
            for ledger in ledgers
        ]
        for thread in threads:
            thread.start()
        self.connections = 0
        while any(thread.is_alive() for thread in threads):
            # Counting must not be what keeps the machine busy.
            time.sleep(0.2)
            count = pair.postgres.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = 'kindred'")
            self.connections = max(self.connections, int(count))
        check(not self.failures, f"{self.failures[:1]}")
        check(all(len(ledger.tokens) == 2 for ledger in ledgers), "I-2: a client was not served")

    def client(self, ledger, rng):
        pause = 0.1
        self.start.wait(PATIENCE)
        begun = time.monotonic()
        try:
            while ledger.refresh(rng.choice(self.pair.nodes).port, PATIENCE) == UNKNOWN:
                with self.lock:
                    self.refusals += 1
                time.sleep(rng.uniform(pause / 2, pause))
                pause = min(2 * pause, 5)
            with self.lock:
                self.seconds.append(time.monotonic() - begun)
        except Exception as error:  # noqa: BLE001 - it is raised again when all have ended
            self.failures.append(error)

    def summary(self):
        waits = sorted(self.seconds)
        half, most = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
        return (
            f"{len(waits)} clients at once, {self.refusals} refusals; half were served within {half:.1f} s, "
            f"99 % within {most:.1f} s; at most {self.connections} connections to the database"
        )
