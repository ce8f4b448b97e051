"""Processes that are killed, paused or short of something, under two nodes on one PostgreSQL."""

import os
import resource
import signal
import socket
from concurrent.futures import ThreadPoolExecutor

from lab import PASSWORD, PATIENCE, Node, Postgres, call, check, children, master_key, wait_until
from traffic import Traffic, account, log_in, log_in_many

SESSIONS = 32
KILLS = 4
PAUSES = 2
LOGINS = 48
MIB = 2**20


class Pair:
    """Two nodes, which clients use in turns as chance has it."""

    def __init__(self, lab, name, programs=None, settings=None):
        folder = lab.folder(name)
        self.rng = lab.rng
        self.postgres = Postgres(folder / "postgres", programs=programs).start()
        url, key = self.postgres.create_database(), master_key()
        self.nodes = [Node(lab.binary, folder / f"node{number}", url, key, settings) for number in range(2)]

    def start(self):
        for node in self.nodes:
            node.start()
        return self

    def traffic(self, timeout=10):
        ledgers = log_in_many(self.nodes[0].port, SESSIONS)
        return Traffic(ledgers, lambda rng: rng.choice(self.nodes).port, self.rng, timeout)

    def thefts(self):
        return int(self.postgres.sql("SELECT count(*) FROM session_families WHERE revoke_reason = 'replay'"))

    def stop(self):
        for node in self.nodes:
            node.stop()
        self.postgres.stop()


def finish(pair, traffic, thefts):
    traffic.stop()
    for node in pair.nodes:
        wait_until("a node is ready by itself", node.is_ready)
    check(pair.thefts() == thefts, "I-3: a client was taken for a thief")
    traffic.check(pair.nodes[1].port, pair.rng)
    return traffic.summary()


def postmaster_is_killed(pair):
    thefts, traffic = pair.thefts(), pair.traffic()
    try:
        for _ in range(KILLS):
            traffic.flows(pair.rng.randrange(1, 100))
            pair.postgres.kill()
            pair.postgres.start()
        traffic.flows()
    finally:
        summary = finish(pair, traffic, thefts)
    return f"{KILLS} kills; {summary}"


def backend_is_killed(pair):
    """PostgreSQL cannot trust its memory then: it closes all connections, and recovers."""
    thefts, traffic = pair.thefts(), pair.traffic()
    try:
        for _ in range(KILLS):
            traffic.flows(pair.rng.randrange(1, 100))
            busy = "SELECT pid FROM pg_stat_activity WHERE datname = 'kindred' AND pid <> pg_backend_pid()"
            backends = wait_until("the nodes have connections", lambda: pair.postgres.sql(busy).split())
            victim = int(pair.rng.choice(backends))
            if victim in children(pair.postgres.process.pid):
                os.kill(victim, signal.SIGKILL)
        traffic.flows()
    finally:
        summary = finish(pair, traffic, thefts)
    return f"{KILLS} kills; {summary}"


def node_is_paused(pair):
    """One of two nodes stands still for longer than its clients wait, and then goes on with what it was asked."""
    thefts, traffic = pair.thefts(), late_copies(pair.traffic(timeout=2))
    paused = pair.rng.choice(pair.nodes)
    try:
        for _ in range(PAUSES):
            traffic.flows(100)
            traffic.calm.clear()
            paused.signal(signal.SIGSTOP)
            try:
                wait_until("clients have gone to the other node", lambda: traffic.failures or len(traffic.resting) >= 8)
            finally:
                paused.signal(signal.SIGCONT)
            wait_until("the node is ready by itself", paused.is_ready)
            traffic.calm.set()
        traffic.flows()
    finally:
        traffic.calm.set()
        summary = finish(pair, traffic, thefts)
    return f"{PAUSES} pauses; {summary}"


def late_copies(traffic):
    """Clients of a node that answers no one in time: what they sent arrives later, when they have gone elsewhere."""
    for ledger in traffic.ledgers:
        ledger.may_be_unconfirmed = True
    return traffic


def little_memory(pair):
    """More logins at once than memory would do for, with hashes of their usual cost."""
    node = pair.nodes[0]
    node.stop()
    cheap = dict(node.environment)
    node.environment |= {"KINDRED_PASSWORD__MEMORY_KIB": "19456", "KINDRED_PASSWORD__QUEUE": str(LOGINS // 4)}
    node.start()
    users = [account(node.port) for _ in range(4)]
    watched = log_in(node.port, users[0])
    in_use = virtual_memory(node.process.pid)
    room = LOGINS // 2 * 19 * MIB
    resource.prlimit(node.process.pid, resource.RLIMIT_AS, (in_use + room, in_use + room))

    def login(number):
        body = {"email": users[number % len(users)], "password": PASSWORD}
        return call(node.port, "POST", "/api/v1/auth/login", body, timeout=3 * PATIENCE)

    with ThreadPoolExecutor(LOGINS) as pool:
        answers = list(pool.map(login, range(LOGINS)))
    for answer in answers:
        refused = answer.status in (429, 503) and "retry-after" in answer.headers
        check(answer.status == 200 or refused, f"I-17: a login got {answer}")
    check(any(answer.status == 503 for answer in answers), "no login was refused, so nothing was tried")
    check(node.process.poll() is None, "the node has died")
    watched.settle(node.port)
    watched.check(node.port, pair.rng)
    node.stop()
    node.environment = cheap
    node.start()
    served = sum(answer.status == 200 for answer in answers)
    return f"{served} of {len(answers)} logins served, the others refused"


def virtual_memory(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmSize:"))
    return int(line.split()[1]) * 1024


def few_descriptors(pair):
    """A node reaches its limit of open files while half-open clients hold connections, and recovers when they go."""
    node, thefts = pair.nodes[0], pair.thefts()
    traffic = late_copies(pair.traffic(timeout=5))
    before = resource.prlimit(node.process.pid, resource.RLIMIT_NOFILE)
    try:
        traffic.flows()
        traffic.calm.clear()
        open_files = len(os.listdir(f"/proc/{node.process.pid}/fd"))
        resource.prlimit(node.process.pid, resource.RLIMIT_NOFILE, (open_files + 8, before[1]))
        held = hold_open(node.port, 64)
        traffic.flows()
        for connection in held:
            connection.close()
        wait_until("the node is ready by itself", node.is_ready)
        traffic.calm.set()
        traffic.flows(100)
    finally:
        traffic.calm.set()
        resource.prlimit(node.process.pid, resource.RLIMIT_NOFILE, before)
        summary = finish(pair, traffic, thefts)
    return summary


def hold_open(port, count):
    """Half-open clients: each has begun a request, and sends nothing more."""
    connections = []
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", port), timeout=5)
        connection.sendall(b"POST /api/v1/auth/refresh HTTP/1.1\r\nHost: localhost\r\nContent-Le")
        connections.append(connection)
    return connections


SCENARIOS = [postmaster_is_killed, backend_is_killed, node_is_paused, little_memory, few_descriptors]


def run(lab, wanted):
    scenarios = [scenario for scenario in SCENARIOS if lab.wants(wanted, scenario.__name__)]
    if not scenarios:
        return
    pair = Pair(lab, "processes")
    try:
        pair.start()
        for scenario in scenarios:
            lab.report(scenario.__name__, lambda scenario=scenario: scenario(pair))
    finally:
        pair.stop()
