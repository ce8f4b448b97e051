"""Two nodes on one PostgreSQL, and clients that use both."""

import os

from lab import Node, Postgres, check, master_key, wait_until
from ledger import THEFTS
from traffic import Traffic, log_in_many

SESSIONS = 32


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
        return int(self.postgres.sql(THEFTS))

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


def open_files(node):
    return len(os.listdir(f"/proc/{node.process.pid}/fd"))
