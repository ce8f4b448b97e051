"""Two versions of the server side by side on one PostgreSQL, under load.

    python3 tests/nodes/upgrade.py OLD NEW [--seed N]

Two nodes of the old version serve. The migrations of the new one are killed at random moments and then run to their
end, while the old nodes go on. Then one node after the other is replaced by the new version, by the old one, and by the
new one again. Every token that a client was ever given is replayed at the end.
"""

import argparse
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

from lab import Broken, Node, Postgres, bound, check, master_key, show_logs, wait_until
from ledger import THEFTS
from traffic import Traffic, log_in_many

SESSIONS = 64
KILLS = 6
# An earlier version may not know these.
DEFAULTS = dict.fromkeys(["KINDRED_REFRESH__RACE_WINDOW", "KINDRED_DATABASE__STATEMENT_TIMEOUT"])


class Installation:
    def __init__(self, folder, old, new):
        self.old, self.new = old, new
        self.postgres = Postgres(folder / "postgres").start()
        url, key = self.postgres.create_database(), master_key()
        self.nodes = [Node(old, folder / f"node{number}", url, key, DEFAULTS) for number in range(2)]

    def replace(self, node, binary):
        """As deploy/rollout does it: SIGTERM, the other program, and readiness."""
        node.stop()
        node.binary = str(binary)
        node.start()

    def migrations(self):
        return int(self.postgres.sql("SELECT count(*) FROM seaql_migrations"))

    def migrate(self):
        """Starts `migrate up` of the new version beside the nodes."""
        node = self.nodes[0]
        log = (node.folder / "migrate.log").open("ab")
        return subprocess.Popen(
            bound(self.new, "migrate", "up"), env=node.environment, cwd=node.folder, stdout=log, stderr=log
        )

    def stop(self):
        for node in self.nodes:
            node.stop()
        self.postgres.stop()


def interrupted_migrations(installation, rng):
    """Each crash leaves the old schema or the new one, and the next call goes on."""
    before = installation.migrations()
    # How long it takes is not known before: the moments lie in the first second, and the last call runs to its end.
    for _ in range(KILLS):
        process = installation.migrate()
        time.sleep(rng.uniform(0, 1))
        process.kill()
        process.wait()
    process = installation.migrate()
    check(process.wait(600) == 0, "`migrate up` has failed")
    print(f"migrations: {before} before, {installation.migrations()} after, {KILLS} calls killed", flush=True)


def run(folder, old, new, rng):
    installation = Installation(folder, old, new)
    try:
        for node in installation.nodes:
            node.start()
        nodes = installation.nodes
        ledgers = log_in_many(nodes[0].port, SESSIONS)
        traffic = Traffic(ledgers, lambda chance: chance.choice(nodes).port, rng)
        try:
            traffic.flows()
            interrupted_migrations(installation, rng)
            traffic.flows()
            for name, binary in [("forwards", new), ("back", old), ("forwards again", new)]:
                for node in nodes:
                    installation.replace(node, binary)
                    traffic.flows(200)
                print(f"{name}: ok; {traffic.summary()}", flush=True)
        finally:
            traffic.stop()
        thefts = installation.postgres.sql(THEFTS)
        check(thefts == "0", f"I-3: {thefts} clients were taken for thieves")
        for node in nodes:
            wait_until("a node is ready", node.is_ready)
        traffic.check(nodes[0].port, rng)
        print(f"every token replayed: {traffic.summary()}", flush=True)
    finally:
        installation.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=pathlib.Path)
    parser.add_argument("new", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kindred-upgrade-"))
    folder.chmod(0o755)
    print(f"seed {options.seed}", flush=True)
    programs = [options.old.resolve(strict=True), options.new.resolve(strict=True)]
    try:
        run(folder, *programs, random.Random(options.seed))
    except Broken as broken:
        show_logs(folder)
        print(f"FAILED with seed {options.seed}: {broken}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
