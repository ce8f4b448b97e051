"""Processes that are killed, paused or short of something, under two nodes on one PostgreSQL."""

import resource
import signal
import socket
from concurrent.futures import ThreadPoolExecutor

import operation
from lab import PASSWORD, PATIENCE, call, check, children, send_signal, wait_until
from pair import SESSIONS, Pair, finish, open_files
from traffic import account, log_in

KILLS = 4
PAUSES = 2
HELD_UP = 8
LOGINS = 48
MIB = 2**20


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
            wait_until("a connection is killed", lambda: kill_backend(pair))
        traffic.flows()
    finally:
        summary = finish(pair, traffic, thefts)
    return f"{KILLS} kills; {summary}"


def kill_backend(pair):
    """Whether one was found: connections come and go."""
    busy = "SELECT pid FROM pg_stat_activity WHERE datname = 'kindred' AND pid <> pg_backend_pid()"
    backends = [int(pid) for pid in pair.postgres.sql(busy).split()]
    alive = [pid for pid in backends if pid in children(pair.postgres.process.pid)]
    if alive:
        send_signal(pair.rng.choice(alive), signal.SIGKILL)
    return bool(alive)


def node_is_paused(pair):
    """One of two nodes stands still for longer than its clients wait, and then goes on with what it was asked.

    Clients go to the other node meanwhile, and no further than one token ahead of what the paused node still holds:
    beyond that it could not be told from a theft.
    """
    thefts, traffic = pair.thefts(), pair.traffic(timeout=2)
    paused = pair.rng.choice(pair.nodes)
    try:
        for _ in range(PAUSES):
            traffic.flows(100)
            late = traffic.served_late()
            paused.signal(signal.SIGSTOP)
            try:
                wait_until(
                    "clients have gone to the other node", lambda: traffic.failures or traffic.held_up() >= HELD_UP
                )
            finally:
                paused.signal(signal.SIGCONT)
            wait_until(
                "the node serves what it held", lambda: traffic.failures or traffic.served_late() >= late + HELD_UP
            )
        traffic.flows()
    finally:
        summary = finish(pair, traffic, thefts)
    return f"{PAUSES} pauses; {summary}; {traffic.served_late()} requests were served late"


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

    answers = []

    def too_many():
        with ThreadPoolExecutor(LOGINS) as pool:
            answers.extend(pool.map(login, range(LOGINS)))
        check(node.process.poll() is None, "the node has died")
        return any(answer.status == 503 for answer in answers)

    # How many come at the same moment depends on the machine.
    wait_until("there are more logins than may wait", too_many)
    for answer in answers:
        refused = answer.status in (429, 503) and "retry-after" in answer.headers
        check(answer.status == 200 or refused, f"I-17: a login got {answer}")
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
    traffic, held = pair.traffic(timeout=5), []
    before = resource.prlimit(node.process.pid, resource.RLIMIT_NOFILE)
    try:
        traffic.flows()
        limit = open_files(node) + 8
        resource.prlimit(node.process.pid, resource.RLIMIT_NOFILE, (limit, before[1]))

        def is_full():
            held.extend(hold_open(node.port, 16))
            return open_files(node) >= limit

        wait_until("the node has no file left", is_full)
        traffic.flows(SESSIONS // 2)
        for connection in held:
            connection.close()
        wait_until("the node is ready by itself", node.is_ready)
        traffic.flows(100)
    finally:
        for connection in held:
            connection.close()
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


SCENARIOS = [
    postmaster_is_killed,
    backend_is_killed,
    node_is_paused,
    little_memory,
    few_descriptors,
    operation.broken_configuration,
    operation.blocked_log,
    operation.herd_after_an_outage,
]


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
