"""The database fails over in every way that Patroni knows, under 64 clients of three nodes."""

import os
import signal
import time

from answers import answers_are_ones_own
from cluster import Cluster, Haproxy, missing_programs
from lab import PASSWORD, PATIENCE, Node, call, check, master_key, psql, wait_until
from ledger import THEFTS, WITHOUT_EVENT
from traffic import CLIENTS, Traffic, account, log_in, log_in_many



class Deployment:
    """What docs/high-availability.md describes. Two nodes reach the primary through HAProxy, one by a list of hosts."""

    def __init__(self, binary, folder, rng):
        self.rng, self.nodes, self.proxy = rng, [], None
        self.cluster = Cluster(folder)
        try:
            self.start_nodes(binary, folder)
        except BaseException:
            self.stop()
            raise

    def start_nodes(self, binary, folder):
        key, members = master_key(), self.cluster.members
        hosts = ",".join(f"127.0.0.1:{member.port}" for member in members)
        for number in range(3):
            self.nodes.append(Node(binary, folder / f"node{number}", "", key))
        self.proxy = Haproxy(folder / "haproxy", members, [node.port for node in self.nodes])
        wait_until("HAProxy leads to the primary", lambda: psql(self.proxy.database, "SELECT 1") == "1")
        through_proxy = f"postgres://postgres@127.0.0.1:{self.proxy.database}/kindred"
        by_list = f"postgres://postgres@{hosts}/kindred?target_session_attrs=read-write"
        for node, url in zip(self.nodes, [through_proxy, through_proxy, by_list]):
            node.environment["KINDRED_DATABASE__URL"] = url
            node.start()
        self.wait_until_balanced()

    @property
    def front(self):
        return self.proxy.front

    def wait_until_balanced(self):
        """Every node is ready, and HAProxy sends requests to one of them again."""
        for node in self.nodes:
            wait_until("a node is ready by itself", node.is_ready)
        wait_until("the balancer has a node", lambda: call(self.front, "GET", "/health/ready").status == 200)

    def number(self, statement):
        def asked():
            # A tuple, since 0 is an answer too.
            return (int(self.cluster.primary.sql(statement)),)

        return wait_until("the primary answers", asked)[0]

    def stop(self):
        for node in self.nodes:
            node.stop()
        if self.proxy:
            self.proxy.stop()
        self.cluster.stop()


def under_traffic(deployment, fault):
    """The fault under traffic, then healing without help, then the replay of every client's tokens."""
    rng, thefts = deployment.rng, deployment.number(THEFTS)
    traffic = Traffic(log_in_many(deployment.front, CLIENTS), lambda _: deployment.front, rng)
    try:
        traffic.flows()
        begun = time.monotonic()
        fault(traffic)
        traffic.flows()
        deployment.wait_until_balanced()
        traffic.flows()
    finally:
        traffic.stop()
    check(deployment.number(THEFTS) == thefts, "I-3: a client was taken for a thief")
    traffic.check(deployment.front, rng)
    check(deployment.number(WITHOUT_EVENT) == 0, "I-12: a session has ended without an event")
    return f"{traffic.summary()}; longest time without a refresh {traffic.longest_silence(begun):.1f} s"


def planned_switchover(deployment):
    def fault(_):
        deployment.cluster.switch_over()
        deployment.cluster.wait_until_synchronous()

    return under_traffic(deployment, fault)


def dead_primary(deployment):
    dead = deployment.cluster.primary

    def fault(traffic):
        dead.kill()
        traffic.flows()
        deployment.cluster.revive(dead)
        deployment.cluster.wait_until_synchronous()

    return under_traffic(deployment, fault)


def dead_synchronous_standby(deployment):
    """The standby stands still: commits wait until Patroni goes on without it. Access tokens are checked meanwhile."""
    cluster, front = deployment.cluster, deployment.front
    dead, watched = cluster.standby, log_in(front, account(front))

    def fault(traffic):
        dead.pause()
        wait_until("commits wait for the standby", lambda: commits_that_wait(cluster) > 0)
        # What was under way when the standby stopped may still be acknowledged.
        before = len(traffic.acknowledged)

        def are_accepted_meanwhile():
            for node in deployment.nodes:
                answer = node.call("HEAD", "/api/v1/auth/verify-token", token=watched.access, timeout=PATIENCE)
                check(answer.status in (200, 204), f"an access token got {answer} while commits wait")
            return commits_that_wait(cluster) > 0

        wait_until("access tokens are accepted while commits wait", are_accepted_meanwhile)
        wait_until(
            "commits no longer wait for the standby",
            lambda: traffic.failures or len(traffic.acknowledged) > before + CLIENTS,
        )
        dead.kill()
        cluster.revive(dead)
        cluster.wait_until_synchronous()

    return under_traffic(deployment, fault)


def commits_that_wait(cluster):
    return int(cluster.primary.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"))


def read_only_moment(deployment):
    """The primary takes no writes for a while, as when its disk is full or it was demoted without a word."""
    user = account(deployment.front)

    def set_read_only(value):
        primary = deployment.cluster.primary
        primary.sql(f"ALTER SYSTEM {value}", "postgres")
        primary.sql("SELECT pg_reload_conf()", "postgres")

    def fault(_):
        set_read_only("SET default_transaction_read_only = on")
        try:
            for node in deployment.nodes:
                wait_until("the node is no longer ready", lambda node=node: not node.is_ready())
                body = {"email": user, "password": PASSWORD}
                answer = node.call("POST", "/api/v1/auth/login", body, timeout=PATIENCE)
                refused = answer.status == 503 and "retry-after" in answer.headers
                check(refused, f"I-10: a login that cannot be written got {answer}")
        finally:
            set_read_only("RESET default_transaction_read_only")

    return under_traffic(deployment, fault)


def asynchronous_loss(deployment):
    """The last commits are lost, the revocation log is set back, and its numbers are given to others."""
    cluster, rng, front = deployment.cluster, deployment.rng, deployment.front
    cluster.change(synchronous_mode=False)
    wait_until("replication is asynchronous", lambda: cluster.primary.sql("SHOW synchronous_standby_names") == "")
    ledgers = log_in_many(front, CLIENTS)
    leavers, idle = log_in_many(front, 8), log_in_many(front, 4)
    set_back = sum_set_back(deployment)
    traffic, dead = Traffic(ledgers, lambda _: front, rng), cluster.primary
    try:
        traffic.flows()
        hold_back_replication(cluster)
        traffic.flows(200)
        for leaver in leavers:
            leaver.leave(front)
        for ledger in ledgers:
            ledger.may_be_ahead = True
        begun = time.monotonic()
        dead.kill()
        wait_until("the standby leads", lambda: cluster.find("primary"))
        deployment.wait_until_balanced()
        later = log_in_many(front, 6)
    finally:
        traffic.stop()
    wait_until("the set-back is noticed", lambda: sum_set_back(deployment) > set_back)
    for leaver in leavers:
        for node in deployment.nodes:
            reaches(node, leaver)
        leaver.check(front, rng)
    ends_reach_every_node(deployment, later)
    for ledger in idle:
        ledger.settle(front)
        check(ledger.is_live, f"I-2: a session that lost nothing has ended\n{ledger}")
    traffic.check(front, rng)
    ahead = sum(ledger.was_ahead for ledger in ledgers)
    check(ahead > 0, "the failover lost nothing, so nothing was tried")
    cluster.revive(dead)
    cluster.change(synchronous_mode=True)
    cluster.wait_until_synchronous()
    seconds = time.monotonic() - begun
    return f"{traffic.summary()}; {ahead} clients were ahead of the database; all logouts hold; {seconds:.0f} s"


def hold_back_replication(cluster):
    """From here on nothing reaches the standby, and commits do not wait for it. What was before has reached it."""
    primary, standby = cluster.primary, cluster.standby
    position = primary.sql("SELECT pg_current_wal_lsn()")
    reached = f"SELECT pg_last_wal_replay_lsn() >= '{position}'"
    wait_until("the standby has caught up", lambda: standby.sql(reached) == "t")
    senders = "SELECT pid FROM pg_stat_replication WHERE state = 'streaming'"
    os.kill(wait_until("one sender streams", lambda: only_number(primary.sql(senders))), signal.SIGSTOP)


def only_number(lines):
    """The number, if there is exactly one."""
    return int(lines) if lines.isdecimal() else None


def sum_set_back(deployment):
    return sum(node.metric("auth_revocation_feed_resets_total") for node in deployment.nodes)


def reaches(node, ledger):
    wait_until("I-4: an acknowledged logout holds on every node", lambda: ledger.is_refused(node.port))


def ends_reach_every_node(deployment, ledgers):
    """New entries of the log have numbers that the lost ones had. Every node reads them all the same."""
    for number, ledger in enumerate(ledgers):
        leaving = deployment.nodes[number % len(deployment.nodes)]
        ledger.leave(leaving.port)
        for node in deployment.nodes:
            reaches(node, ledger)


def node_dies(deployment):
    """A node is killed in the middle of its requests, and another one is replaced as in an upgrade."""

    def fault(traffic):
        victim, replaced = deployment.rng.sample(deployment.nodes, 2)
        victim.kill()
        traffic.flows()
        victim.start()
        replaced.stop()
        traffic.flows()
        replaced.start()

    return under_traffic(deployment, fault)


# The order matters little; each leaves the deployment as it found it.
SCENARIOS = [
    answers_are_ones_own,
    node_dies,
    planned_switchover,
    dead_primary,
    dead_synchronous_standby,
    read_only_moment,
    asynchronous_loss,
]


def run(lab, wanted):
    scenarios = [scenario for scenario in SCENARIOS if lab.wants(wanted, scenario.__name__)]
    if not scenarios:
        return
    if missing := missing_programs():
        raise SystemExit(f"missing: {', '.join(missing)} (Debian: etcd-server, patroni, haproxy)")
    deployment = Deployment(lab.binary, lab.folder("failovers"), lab.rng)
    try:
        for scenario in scenarios:
            lab.report(scenario.__name__, lambda scenario=scenario: scenario(deployment))
    finally:
        deployment.stop()
