"""PostgreSQL under Patroni with etcd, and HAProxy in front of it and of the nodes, all from Debian's packages."""

import http.client
import json
import os
import shutil
import signal
import subprocess

from lab import (
    PATIENCE, bound, call, check, free_port, is_alive, kill_tree, owned_folder, pause_tree, postgres_programs, psql,
    wait_until,
)  # fmt: skip

PROGRAMS = ("etcd", "patroni", "haproxy")


def missing_programs():
    return [name for name in PROGRAMS if shutil.which(name) is None]


class Etcd:
    def __init__(self, folder):
        folder.mkdir()
        self.port, peer = free_port(), free_port()
        client = f"http://127.0.0.1:{self.port}"
        command = bound(
            "etcd", "--data-dir", folder / "data", "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", f"http://127.0.0.1:{peer}",
            "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}",
            "--initial-cluster", f"default=http://127.0.0.1:{peer}",
        )  # fmt: skip
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_until("etcd is healthy", lambda: call(self.port, "GET", "/health").json.get("health") == "true")


class Member:
    """One PostgreSQL of the cluster with its Patroni."""

    def __init__(self, folder, name, etcd):
        self.name, self.folder = name, owned_folder(folder)
        self.port, self.rest = free_port(), free_port()
        self.configuration = folder / "patroni.json"
        # JSON is YAML as well.
        self.configuration.write_text(json.dumps(self.settings(etcd)))
        self.configuration.chmod(0o644)
        self.process = None

    def settings(self, etcd):
        hosts = ["local all all trust", "host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust"]
        # A sender that stands still is to hold the standby back for as long as a scenario needs.
        parameters = {"max_connections": 150, "wal_log_hints": "on", "wal_receiver_timeout": "1h"}
        shared = {
            # The shortest that Patroni accepts.
            "ttl": 20,
            "loop_wait": 2,
            # The longest for this `ttl`: etcd may be slow on a busy machine.
            "retry_timeout": 9,
            "maximum_lag_on_failover": 2**30,
            "synchronous_mode": True,
            "postgresql": {"use_pg_rewind": True, "parameters": parameters},
        }
        return {
            "scope": "kindred",
            "name": self.name,
            "restapi": {"listen": f"127.0.0.1:{self.rest}", "connect_address": f"127.0.0.1:{self.rest}"},
            "etcd3": {"host": f"127.0.0.1:{etcd.port}"},
            "bootstrap": {
                "dcs": shared,
                "initdb": [{"encoding": "UTF8"}, {"locale": "C"}, "data-checksums", {"auth": "trust"}],
            },
            "postgresql": {
                "listen": f"127.0.0.1:{self.port}",
                "connect_address": f"127.0.0.1:{self.port}",
                "data_dir": str(self.folder / "data"),
                "bin_dir": str(postgres_programs()),
                "pgpass": str(self.folder / "pgpass"),
                "pg_hba": hosts,
                "parameters": {"unix_socket_directories": ""},
                "remove_data_directory_on_diverged_timelines": True,
                "remove_data_directory_on_rewind_failure": True,
                "authentication": {
                    "superuser": {"username": "postgres", "password": "postgres"},
                    "replication": {"username": "replicator", "password": "replicator"},
                },
            },
        }

    def start(self):
        environment = os.environ | {"PATH": f"{postgres_programs()}:{os.environ['PATH']}"}
        command = bound(shutil.which("patroni"), self.configuration, unprivileged=True)
        with (self.folder.parent / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, cwd="/", stdout=log, stderr=log)

    def postmaster(self):
        """The process id of its PostgreSQL, which is no child of Patroni; 0 if it is gone."""
        try:
            pid = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        except (OSError, IndexError, ValueError):
            return 0
        return pid if is_alive(pid) else 0

    def kill(self):
        """Patroni and PostgreSQL, as when their machine dies."""
        if self.process is not None and self.process.poll() is None:
            kill_tree(self.process.pid)
            self.process.wait()
        if pid := self.postmaster():
            kill_tree(pid)

    def stop(self):
        """Without Patroni, and so that PostgreSQL leaves no shared memory behind."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if pid := self.postmaster():
            os.kill(pid, signal.SIGQUIT)
            wait_until(f"{self.name} has stopped", lambda: not is_alive(pid))

    def pause(self):
        """Patroni, PostgreSQL and all of its processes stand still."""
        pause_tree(self.process.pid)
        pause_tree(self.postmaster())

    def is_in_role(self, role):
        try:
            return call(self.rest, "GET", f"/{role}").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def sql(self, statement, database="kindred"):
        return psql(self.port, statement, database)


class Cluster:
    """Two members, of which one is the synchronous standby of the other."""

    def __init__(self, folder):
        self.etcd = Etcd(folder / "etcd")
        self.members = [Member(folder / name, name, self.etcd) for name in ("db1", "db2")]
        self.members[0].start()
        wait_until("the first member leads", lambda: self.members[0].is_in_role("primary"))
        self.members[1].start()
        self.wait_until_synchronous()
        self.primary.sql("CREATE DATABASE kindred", "postgres")

    @property
    def primary(self):
        return wait_until("a member leads", lambda: self.find("primary"))

    @property
    def standby(self):
        return wait_until("a member follows", lambda: self.find("replica"))

    def find(self, role):
        return next((member for member in self.members if member.is_in_role(role)), None)

    def wait_until_synchronous(self):
        wait_until("the standby is synchronous", lambda: self.find("synchronous") is not None)

    def change(self, **settings):
        answer = call(self.primary.rest, "PATCH", "/config", settings)
        check(answer.status == 200, f"Patroni refused a setting: {answer}")

    def switch_over(self):
        """A planned change of roles. Patroni refuses while it is not certain that the standby has everything."""

        def accepted():
            old, new = self.primary, self.standby
            body = {"leader": old.name, "candidate": new.name}
            return call(old.rest, "POST", "/switchover", body, timeout=PATIENCE).status == 200

        wait_until("Patroni switches over", accepted)

    def revive(self, member):
        """Patroni brings a dead member back as a standby."""
        member.start()
        wait_until(f"{member.name} follows", lambda: member.is_in_role("replica"))

    def stop(self):
        for member in self.members:
            member.stop()
        self.etcd.process.kill()
        self.etcd.process.wait()


class Haproxy:
    """One for both sides: `database` leads to the primary, `front` to the nodes that are ready."""

    def __init__(self, folder, members, nodes):
        folder.mkdir()
        self.database, self.front = free_port(), free_port()
        configuration = folder / "haproxy.cfg"
        configuration.write_text(self.text(members, nodes))
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(bound("haproxy", "-db", "-f", configuration), stdout=log, stderr=log)

    def text(self, members, nodes):
        databases = "\n".join(
            f"    server {member.name} 127.0.0.1:{member.port} check port {member.rest}" for member in members
        )
        fronts = "\n".join(f"    server node{number} 127.0.0.1:{port} check" for number, port in enumerate(nodes))
        return f"""
global
    maxconn 4000
defaults
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    timeout check 5s
    retries 2
    option redispatch
listen database
    bind 127.0.0.1:{self.database}
    mode tcp
    option httpchk GET /primary
    default-server inter 300 fall 2 rise 1 on-marked-down shutdown-sessions
{databases}
listen front
    bind 127.0.0.1:{self.front}
    mode http
    balance roundrobin
    option httpchk GET /health/ready
    default-server inter 300 fall 2 rise 1
{fronts}
"""

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
