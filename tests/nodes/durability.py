"""Power cuts, and disks that fail or are full, under one node on SQLite and on PostgreSQL."""

import contextlib
import errno
import shutil
import sqlite3
import subprocess

from disk import ALL, Disk, build, copy_tree
from changes import KINDS
from lab import IS_ROOT, PATIENCE, Node, Postgres, check, master_key, owned_folder, wait_until
from ledger import WITHOUT_EVENT
from traffic import Traffic, account, log_in, log_in_many

SESSIONS = 24
# An administrator logs in some time before they are needed.
SETTINGS = {"KINDRED_SESSIONS__STEP_UP_MAX_AGE": "1h", "KINDRED_MFA__POLICY": "optional"}


class Machine:
    """A node and its database, of which one stands on the disk that fails."""

    def __init__(self, lab, folder, kind, options=()):
        self.folder, self.kind, self.options = folder, kind, options
        self.library = build(folder)
        self.postgres, self.disk = None, None
        make = self.sqlite if kind == "sqlite" else self.on_postgres
        self.node = make(lab.binary)

    def sqlite(self, binary):
        data = self.folder / "node"
        data.mkdir()
        durable = self.folder / "durable"
        durable.mkdir()
        self.disk = Disk(self.library, self.folder / "control", data, durable)
        url = f"sqlite://{data}/kindred.db?mode=rwc"
        return Node(binary, data, url, master_key(), SETTINGS, self.disk.preload)

    def on_postgres(self, binary):
        # Small enough for checkpoints and recycled segments to happen within a test.
        options = ["max_wal_size=8MB", "min_wal_size=4MB", "checkpoint_timeout=30s", *self.options]
        self.postgres = Postgres(self.folder / "postgres", options)
        data = self.postgres.data
        durable = owned_folder(self.folder / "durable")
        copy_tree(data, durable)
        self.disk = Disk(self.library, self.folder / "control", data, durable)
        self.postgres.preload = self.disk.preload
        self.postgres.start()
        url = self.postgres.create_database()
        return Node(binary, self.folder / "node", url, master_key(), SETTINGS)

    def start(self):
        self.node.start()
        return self

    def cut_power(self):
        """The machine with the database is off. It comes back with what had been synced, and with nothing else."""
        if self.kind == "sqlite":
            self.node.kill()
            for file in self.disk.watched.glob("kindred.db*"):
                file.unlink()
            for file in self.disk.durable.glob("kindred.db*"):
                shutil.copy2(file, self.disk.watched)
            self.node.start()
        else:
            self.postgres.kill()
            copy_tree(self.disk.durable, self.disk.watched, "postgres:postgres" if IS_ROOT else None)
            self.postgres.start()

    def number(self, statement):
        if self.postgres:
            return int(self.postgres.sql(statement))
        return asked_sqlite(self.node.folder / "kindred.db", statement)

    def restart_database(self):
        """PostgreSQL gives up where it cannot recover; an operator starts it again."""
        if self.postgres and self.postgres.process.poll() is not None:
            self.postgres.start()

    def stop(self):
        self.node.stop()
        if self.postgres:
            self.postgres.stop()


def with_machine(lab, kind, work, options=()):
    machine = Machine(lab, lab.folder(f"{work.__name__}-{kind}"), kind, options)
    try:
        return work(lab, machine.start())
    finally:
        machine.stop()


def traffic_on(lab, machine):
    ledgers = log_in_many(machine.node.port, SESSIONS)
    return Traffic(ledgers, lambda _: machine.node.port, lab.rng)


def finish(lab, machine, traffic):
    """Stops the traffic, and replays its tokens."""
    traffic.stop()
    wait_until("the node is ready by itself", machine.node.is_ready)
    traffic.check(machine.node.port, lab.rng)
    return traffic.summary()


def power_cuts(lab, machine):
    """Every second cut comes at a random moment, the others right behind the answer to a change."""
    port = machine.node.port
    changes = [kind(machine) for kind in KINDS]
    traffic = traffic_on(lab, machine)
    try:
        for change in changes:
            traffic.flows(lab.rng.randrange(1, 120))
            machine.cut_power()
            traffic.flows(lab.rng.randrange(1, 120))
            change.make(port)
            machine.cut_power()
        traffic.flows()
    finally:
        summary = finish(lab, machine, traffic)
    for change in changes:
        change.check(port, lab.rng)
    check(machine.number(WITHOUT_EVENT) == 0, "I-12: a session has ended without an event")
    return f"{2 * len(changes)} cuts; {summary}"


def unsynced_database_is_found_out(lab, machine):
    """The method itself: what a database without syncs has acknowledged is gone."""
    log_in(machine.node.port, account(machine.node.port))
    machine.cut_power()
    try:
        sessions = machine.postgres.sql("SELECT count(*) FROM session_families")
    except subprocess.SubprocessError:
        return "nothing is left, as it must be"
    check(sessions == "0", "the cut loses nothing, so it proves nothing")
    return "no session is left, as it must be"


# Which files fail, by a part of their path: of the node on SQLite, and of PostgreSQL.
PARTS = {
    "sqlite": {"database": "kindred.db$", "log": "kindred.db-wal$"},
    "postgres": {"database": "/base/", "log": "/pg_wal/"},
}


def failing_syncs(lab, machine):
    return failures(lab, machine, "syncs", errno.EIO, ["log"])


def failing_writes(lab, machine):
    return failures(lab, machine, "writes", errno.EIO, ["log"])


def full_disk(lab, machine):
    return failures(lab, machine, "writes", errno.ENOSPC, ["database", "log"])


def failures(lab, machine, calls, error, files):
    """Once, then always, then never again."""
    traffic, failed = traffic_on(lab, machine), 0
    try:
        for file in files:
            part = PARTS[machine.kind][file]
            traffic.flows()
            machine.disk.set(**{calls: 1}, error=error, part=part)
            checkpoint(machine)
            wait_until(f"one call on the {file} fails", lambda: machine.disk.failed == 1)
            recover(machine, traffic)
            failed += machine.disk.heal()
            machine.disk.set(**{calls: ALL}, error=error, part=part)
            checkpoint(machine)
            wait_until(f"calls on the {file} fail", lambda: machine.disk.failed > 0)
            if file == "log":
                wait_until("the node is no longer ready", lambda: not machine.node.is_ready())
            failed += machine.disk.heal()
            recover(machine, traffic)
    finally:
        machine.disk.heal()
        summary = finish(lab, machine, traffic)
    return f"{failed} calls failed; {summary}; {integrity(machine)}"


def recover(machine, traffic):
    """Until refreshes succeed again. PostgreSQL needs an operator only where it has given up."""
    before = len(traffic.acknowledged)

    def flows():
        traffic.raise_failure()
        machine.restart_database()
        return len(traffic.acknowledged) >= before + 2 * SESSIONS

    wait_until("traffic flows", flows)


def checkpoint(machine):
    """Files of a database are written when a checkpoint comes. On SQLite traffic brings one about."""
    if machine.postgres:
        try:
            machine.postgres.sql("CHECKPOINT", "postgres")
        except subprocess.SubprocessError:
            pass  # that it fails is what was ordered


def integrity(machine):
    if machine.kind == "sqlite":
        return sqlite_integrity(machine.node.folder / "kindred.db")
    machine.postgres.run(
        machine.postgres.programs / "pg_amcheck", "-h", "127.0.0.1", "-p", machine.postgres.port, "-U", "postgres",
        "--install-missing", "kindred",
    )  # fmt: skip
    return "pg_amcheck finds nothing"


def sqlite_integrity(file):
    found = asked_sqlite(file, "PRAGMA integrity_check")
    check(found == "ok", f"the file is damaged: {found}")
    return "integrity_check is ok"


def asked_sqlite(file, statement):
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", timeout=PATIENCE, uri=True)) as database:
        return database.execute(statement).fetchone()[0]


def full_log_of_the_node(lab, machine):
    """The node cannot write its own log. It goes on, and its clients notice nothing."""
    traffic = traffic_on(lab, machine)
    try:
        machine.disk.set(writes=ALL, error=errno.ENOSPC, part="server.log")
        wait_until("a line of the log is lost", lambda: log_something(machine) and machine.disk.failed > 0)
        traffic.flows(200)
    finally:
        machine.disk.heal()
        summary = finish(lab, machine, traffic)
    return summary


def log_something(machine):
    """A wrong password is worth a line."""
    body = {"email": "unknown@example.com", "password": "not the password at all"}
    return machine.node.call("POST", "/api/v1/auth/login", body).status == 401


SCENARIOS = [
    (power_cuts, "sqlite", ()),
    (power_cuts, "postgres", ()),
    (unsynced_database_is_found_out, "postgres", ("fsync=off",)),
    (failing_syncs, "sqlite", ()),
    (failing_syncs, "postgres", ()),
    (failing_writes, "sqlite", ()),
    (failing_writes, "postgres", ()),
    (full_disk, "sqlite", ()),
    (full_disk, "postgres", ()),
    (full_log_of_the_node, "sqlite", ()),
]


def run(lab, wanted):
    for work, kind, options in SCENARIOS:
        name = f"{work.__name__}_{kind}"
        if lab.wants(wanted, name):
            lab.report(name, lambda work=work, kind=kind, options=options: with_machine(lab, kind, work, options))
