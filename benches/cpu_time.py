#!/usr/bin/env python3
"""The CPU time that builds of Kindred spend on a request, measured in turns.

    benches/cpu_time.py refresh before/kindred after/kindred
    benches/cpu_time.py verify before/kindred after/kindred --rounds 30
    benches/cpu_time.py refresh before/kindred after/kindred --postgres

Rates mean nothing while other programs want the processor. CPU time suffers much less from them, and in turns of a few
thousand requests both builds suffer alike. Each build has a server and a database of its own. A closed loop of clients
sends the same number of requests to each in every round, and the kernel tells what the threads of the server have run.
Printed are medians over the rounds, and the median of the rounds' ratios to the first build.
"""

import argparse
import json
import os
import re
import selectors
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

PASSWORD = "violet-harbour 41 trellis"
# Nothing outlives this program.
BOUND = ["setpriv", "--pdeathsig=TERM", "--"]
# As many sessions as an account may have, but two.
SESSIONS_PER_ACCOUNT = 8
REFRESH_TOKEN = re.compile(rb'"refresh_token":"([^"]+)"')
LISTENING = re.compile(r"listening on http://127\.0\.0\.1:(\d+)\D")
LENGTH = re.compile(rb"content-length: (\d+)")
# The limit of refreshes, and the cheapest hash: neither is measured here.
SETTINGS = {
    "KINDRED_SERVER__LISTEN": "127.0.0.1:0",
    "KINDRED_OPS__LISTEN": "127.0.0.1:0",
    "KINDRED_PASSWORD__MEMORY_KIB": "8",
    "KINDRED_PASSWORD__ITERATIONS": "1",
    "KINDRED_PASSWORD__PARALLELISM": "1",
}
LIMITS = {"KINDRED_THROTTLE__REFRESH_PER_MINUTE": "1000000", "KINDRED_THROTTLE__REFRESH_BURST": "1000000"}


class Connection:
    """A keep-alive connection with one request in flight."""

    def __init__(self, port, has_bodies):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.has_bodies = has_bodies
        self.received = b""

    def receive(self):
        """The body of the response, once it is whole."""
        self.received += self.socket.recv(65536)
        head, blank, rest = self.received.partition(b"\r\n\r\n")
        if not blank:
            return None
        length = LENGTH.search(head.lower()) if self.has_bodies else None
        length = int(length.group(1)) if length else 0
        if len(rest) < length:
            return None
        if head[9:12] not in (b"200", b"201", b"204"):
            raise RuntimeError(self.received.decode())
        self.received = rest[length:]
        return rest[:length]

    def exchange(self, request):
        self.socket.sendall(request)
        while (body := self.receive()) is None:
            pass
        return body


def post(path, body):
    head = f"POST /api/v1/auth/{path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


class Cluster:
    """A private PostgreSQL with its defaults for durability."""

    def __init__(self, folder):
        self.binaries = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        data = folder / "postgres"
        data.mkdir(mode=0o700)
        drop = []
        if os.geteuid() == 0:
            shutil.chown(data, "postgres", "postgres")
            drop = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--pdeathsig=INT", "--"]
        create = ["initdb", "--username=bench", "--auth=trust", "--encoding=UTF8", "--no-locale", "-D"]
        subprocess.run([*drop, self.binaries / create[0], *create[1:], data], check=True, cwd="/", stdout=subprocess.DEVNULL)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = str(free.getsockname()[1])
        options = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
        with open(folder / "postgres.log", "w", encoding="utf-8") as log:
            command = [*drop, self.binaries / "postgres", "-D", data, "-p", port, *options]
            self.process = subprocess.Popen(command, cwd="/", stdout=log, stderr=log)
        ready = [self.binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", port]
        while subprocess.run(ready, check=False).returncode != 0:
            time.sleep(0.1)
        self.url = f"postgres://bench@127.0.0.1:{port}/postgres"

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()


class Server:
    """A build with a database of its own, and the sessions of its clients."""

    def __init__(self, binary, folder, options):
        self.binary, self.options = Path(binary).resolve(), options
        folder.mkdir(mode=0o755)
        self.cluster = Cluster(folder) if options.postgres else None
        url = self.cluster.url if self.cluster else f"sqlite://{folder}/kindred.db?mode=rwc"
        self.process = None
        # An early version has no limit of refreshes, and refuses settings that it does not know.
        self.start(folder, url, SETTINGS | LIMITS) or self.start(folder, url, SETTINGS)
        self.tokens, self.access, self.logins = [], [], []
        self.times = []

    def start(self, folder, url, settings):
        own = {name: value for name, value in os.environ.items() if not name.startswith("KINDRED_")}
        own |= settings | {"KINDRED_DATA_DIR": str(folder), "KINDRED_DATABASE__URL": url}
        log = folder / "server.log"
        with open(log, "w", encoding="utf-8") as output:
            command = [*BOUND, self.binary, "serve"]
            self.process = subprocess.Popen(command, cwd=folder, env=own, stdout=output, stderr=output)
        while self.process.poll() is None:
            text = log.read_text(encoding="utf-8")
            listening = LISTENING.search(text)
            if listening and "metrics on http://" in text:
                self.port = int(listening.group(1))
                return True
            time.sleep(0.05)
        return False

    def log_in(self):
        connection = Connection(self.port, True)
        for number in range(self.options.clients):
            if number % SESSIONS_PER_ACCOUNT == 0:
                credentials = json.dumps({"email": f"user-{number}@load.example", "password": PASSWORD})
                connection.exchange(post("register", credentials))
            tokens = json.loads(connection.exchange(post("login", credentials)))
            self.tokens.append(tokens["refresh_token"].encode())
            self.access.append(tokens["access_token"].encode())
            self.logins.append(post("login", credentials))

    def request(self, client):
        if self.options.what == "refresh":
            return post("refresh", f'{{"refresh_token":"{self.tokens[client].decode()}"}}')
        if self.options.what == "login":
            return self.logins[client]
        head = b"HEAD /api/v1/auth/verify-token HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
        return head + self.access[client % SESSIONS_PER_ACCOUNT] + b"\r\n\r\n"

    def load(self, count):
        selector = selectors.DefaultSelector()
        connections = [Connection(self.port, self.options.what != "verify") for _ in range(self.options.clients)]
        for client, connection in enumerate(connections):
            selector.register(connection.socket, selectors.EVENT_READ, client)
            connection.socket.sendall(self.request(client))
        sent, answered = len(connections), 0
        while answered < sent:
            for key, _ in selector.select():
                body = connections[key.data].receive()
                if body is None:
                    continue
                answered += 1
                if self.options.what == "refresh":
                    self.tokens[key.data] = REFRESH_TOKEN.search(body).group(1)
                if sent < count:
                    connections[key.data].socket.sendall(self.request(key.data))
                    sent += 1
        for connection in connections:
            connection.socket.close()

    def run(self):
        """What all threads, and those that answer HTTP, have run for each request, in µs."""
        before = self.threads()
        self.load(self.options.requests)
        spent = {thread: (name, ran - before.get(thread, (name, 0))[1]) for thread, (name, ran) in self.threads().items()}
        everything = sum(ran for _, ran in spent.values())
        http = sum(ran for name, ran in spent.values() if name.startswith("actix-server"))
        self.times.append((everything / self.options.requests / 1e3, http / self.options.requests / 1e3))

    def threads(self):
        """The name of each thread, and how long it has run, in ns."""
        found = {}
        for thread in Path(f"/proc/{self.process.pid}/task").iterdir():
            name = (thread / "comm").read_text(encoding="utf-8")
            found[thread.name] = (name, int((thread / "schedstat").read_text(encoding="utf-8").split()[0]))
        return found

    def stop(self):
        self.process.terminate()
        self.process.wait()
        if self.cluster:
            self.cluster.stop()


def report(servers):
    first = servers[0]
    for server in servers:
        everything, http = (statistics.median(column) for column in zip(*server.times, strict=True))
        ratios = [
            statistics.median(own[which] / of_first[which] for own, of_first in zip(server.times, first.times, strict=True))
            for which in (0, 1)
        ]
        print(f"{server.binary}: {everything:.1f} µs ({ratios[0]:.2f}×), of which HTTP {http:.1f} µs ({ratios[1]:.2f}×)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["refresh", "verify", "login"])
    parser.add_argument("binaries", nargs="+")
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--requests", type=int, default=2000, help="in each round")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("KINDRED_BENCH_DIR", "target")) as folder:
        # PostgreSQL runs as a user of its own.
        os.chmod(folder, 0o755)
        servers = []
        try:
            for number, binary in enumerate(options.binaries):
                servers.append(Server(binary, Path(folder).resolve() / str(number), options))
            for server in servers:
                server.log_in()
                server.load(options.requests)
            for number in range(options.rounds):
                for server in servers if number % 2 == 0 else reversed(servers):
                    server.run()
        finally:
            for server in servers:
                server.stop()
        report(servers)


if __name__ == "__main__":
    main()
