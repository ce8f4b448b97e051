"""Programs of a test: nodes of the server, a PostgreSQL of its own, and what both need."""

import base64
import http.client
import json
import os
import pathlib
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import time

PASSWORD = "lantern orbit velvet drizzle"
# No healthy machine takes this long for anything that is waited for.
PATIENCE = 300
IS_ROOT = os.geteuid() == 0


class Broken(Exception):
    """A promise of the server that did not hold."""


def check(holds, message):
    if not holds:
        raise Broken(message)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until(what, condition, patience=PATIENCE):
    """The first true value of the condition. Errors of connections count as false."""
    deadline = time.monotonic() + patience
    seen = None
    while time.monotonic() < deadline:
        try:
            seen = condition()
            if seen:
                return seen
        except (OSError, http.client.HTTPException, subprocess.SubprocessError) as error:
            seen = error
        time.sleep(0.05)
    raise Broken(f"not in {patience} s: {what} (last: {seen!r})")


def postgres_programs():
    """The folder with PostgreSQL's programs, which Debian keeps out of PATH."""
    folders = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if folders:
        return folders[-1].parent
    found = shutil.which("postgres")
    if found is None:
        raise SystemExit("PostgreSQL is missing (Debian: postgresql)")
    return pathlib.Path(found).parent


def bound(*command, unprivileged=False):
    """The command, which the kernel kills when this process ends. PostgreSQL's user runs it where root must not."""
    user = ["--reuid", "postgres", "--regid", "postgres", "--init-groups"] if unprivileged and IS_ROOT else []
    return ["setpriv", *user, "--pdeathsig", "KILL", "--", *map(str, command)]


def owned_folder(path):
    """A folder of PostgreSQL's user."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    if IS_ROOT:
        shutil.chown(path, "postgres", "postgres")
    return path


def children(pid):
    listing = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(child) for child in listing.stdout.split()]


def send_signal(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def pause_tree(pid):
    """SIGSTOP to a process and its children. Returns all of them. The process first, so that it starts no more."""
    check(pid > 0, "there is no process to pause")
    send_signal(pid, signal.SIGSTOP)
    family = [pid, *children(pid)]
    for each in family:
        send_signal(each, signal.SIGSTOP)
    return family


def kill_tree(pid):
    """SIGKILL to a process and its children, as when the power of a machine fails, until all of them are gone."""
    family = pause_tree(pid)
    for each in family:
        send_signal(each, signal.SIGKILL)
    wait_until("the killed processes are gone", lambda: not any(map(is_alive, family)))


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    @property
    def json(self):
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def code(self):
        """The code of a problem; empty where a gateway has answered, which knows none."""
        return self.json.get("code", "")

    def __repr__(self):
        return f"{self.status} {self.code or self.body[:120]}"


class Request:
    """One request over a connection of its own. It is sent at once; the answer is read when someone asks for it."""

    def __init__(self, port, method, path, body=None, token=None, key=None, timeout=10):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        headers = {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if key:
            headers["Idempotency-Key"] = key
        try:
            self.connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
        except BaseException:
            self.close()
            raise

    def is_answered(self, seconds):
        """Whether an answer begins within this time, or the connection ends."""
        poll = select.poll()
        poll.register(self.connection.sock, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def answer(self, timeout):
        try:
            self.connection.sock.settimeout(timeout)
            answer = self.connection.getresponse()
            return Answer(answer.status, answer.getheaders(), answer.read().decode("utf-8", "replace"))
        finally:
            self.close()

    def close(self):
        self.connection.close()


def call(*arguments, timeout=10, **options):
    """One request and its answer."""
    return Request(*arguments, timeout=timeout, **options).answer(timeout)


class Node:
    """A node of the server. Nodes of one test share the master key and the public address."""

    def __init__(self, binary, folder, url, shared, settings=None, preload=None):
        self.binary, self.folder, self.preload = str(binary), folder, preload
        folder.mkdir(parents=True, exist_ok=True)
        self.port, self.ops = free_port(), free_port()
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("KINDRED")}
        self.environment |= {
            "KINDRED_SERVER__LISTEN": f"127.0.0.1:{self.port}",
            "KINDRED_OPS__LISTEN": f"127.0.0.1:{self.ops}",
            "KINDRED_DATA_DIR": str(folder),
            "KINDRED_DATABASE__URL": url,
            "KINDRED_DATABASE__ACQUIRE_TIMEOUT": "2s",
            "KINDRED_DATABASE__STATEMENT_TIMEOUT": "2s",
            "KINDRED_REFRESH__RACE_WINDOW": "3s",
            "KINDRED_PASSWORD__MEMORY_KIB": "8",
            "KINDRED_PASSWORD__ITERATIONS": "1",
            "KINDRED_PASSWORD__PARALLELISM": "1",
            "KINDRED_THROTTLE__ENABLED": "false",
            "KINDRED_SESSIONS__MAX_PER_USER": "1000",
            "KINDRED_SECRETS__MASTER_KEY": shared,
            "KINDRED_TOKENS__ISSUER": "http://nodes.example.com",
        } | (settings or {})
        # What is set to nothing keeps its default.
        self.environment = {name: value for name, value in self.environment.items() if value is not None}
        # Where its log goes, unless that is a file.
        self.output = None
        self.process = None

    def start(self):
        """Starts it as its supervisor does: again and again while the database is out of reach."""
        wait_until("the node is ready", self.is_started)
        return self

    def spawn(self):
        environment = self.environment | (self.preload or {})
        with (self.folder / "server.log").open("ab") as log:
            output = self.output or log
            self.process = subprocess.Popen(
                bound(self.binary, "serve"), env=environment, cwd=self.folder, stdout=output, stderr=output
            )

    def is_started(self):
        self.spawn()
        wait_until("the node is ready or has ended", self.is_ready_or_dead)
        if self.process.poll() is None:
            return True
        last = self.log()[-3000:]
        final = last.splitlines()[-1] if last else ""
        check("cannot open the database" in final, f"the node has ended at its start:\n{last}")
        return False

    def is_ready_or_dead(self):
        return self.process.poll() is not None or self.is_ready()

    def is_ready(self):
        return self.call("GET", "/health/ready").status == 200

    def call(self, *arguments, **options):
        return call(self.port, *arguments, **options)

    def command(self, *arguments, given=""):
        """Runs the program once, beside the node and on its database."""
        environment = self.environment | (self.preload or {})
        result = subprocess.run(
            bound(self.binary, *arguments), env=environment, cwd=self.folder, input=given, capture_output=True,
            text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        check(result.returncode == 0, f"`kindred {' '.join(arguments)}` has failed:\n{result.stderr}")

    def log(self):
        return (self.folder / "server.log").read_text(errors="replace")

    def metric(self, name, **labels):
        """The sum of the series that have these labels."""
        total = 0.0
        for line in call(self.ops, "GET", "/metrics").body.splitlines():
            if line.startswith(name) and line[len(name)] in "{ ":
                if all(f'{label}="{value}"' in line for label, value in labels.items()):
                    total += float(line.rsplit(" ", 1)[1])
        return total

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    def exit_status(self):
        wait_until("the node has ended", lambda: self.process.poll() is not None)
        return self.process.returncode

    def stop(self):
        """Ends it as an operator does, and otherwise with force."""
        if self.process is None or self.process.poll() is not None:
            return
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()


def master_key():
    return base64.b64encode(secrets.token_bytes(32)).decode()


class Postgres:
    """A PostgreSQL with a folder and a port of its own, reachable over loopback only."""

    def __init__(self, folder, options=(), preload=None, programs=None):
        self.programs = programs or postgres_programs()
        self.folder, self.options, self.preload = owned_folder(folder), list(options), preload
        self.data, self.port, self.process = folder / "data", free_port(), None
        initdb = [self.programs / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        self.run(*initdb, "--no-locale", "--wal-segsize=1", "--no-sync")

    def run(self, *command):
        command = bound(*command, unprivileged=True)
        result = subprocess.run(command, capture_output=True, text=True, cwd="/", timeout=PATIENCE, check=False)
        check(result.returncode == 0, f"{command} has failed:\n{result.stdout}{result.stderr}")
        return result.stdout

    def start(self, data=None):
        self.data = data or self.data
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        # No sockets in the file system: their paths may have 107 bytes, and the folder of a long run is longer.
        options = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=100"]
        arguments = [part for option in [*options, *self.options] for part in ("-c", option)]
        command = bound(self.programs / "postgres", "-D", self.data, "-p", self.port, *arguments, unprivileged=True)
        # The shim is for PostgreSQL alone; `env` behind `setpriv` gives it to no other program.
        if self.preload:
            at = command.index("--") + 1
            command[at:at] = ["env", *[f"{name}={value}" for name, value in self.preload.items()]]
        with (self.folder.parent / f"{self.folder.name}.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")
        wait_until("PostgreSQL answers", self.answers_or_has_ended)
        check(self.process.poll() is None, "PostgreSQL has ended at its start")
        return self

    def answers_or_has_ended(self):
        return self.process.poll() is not None or self.sql("SELECT 1", "postgres") == "1"

    def sql(self, statement, database="kindred"):
        return psql(self.port, statement, database)

    def url(self, database="kindred"):
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def create_database(self):
        self.sql("CREATE DATABASE kindred", "postgres")
        return self.url()

    def kill(self):
        """The postmaster and everything that belongs to it."""
        kill_tree(self.process.pid)
        self.process.wait()

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()


def claims(token):
    """What an access token says, unverified."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def psql(port, statement, database="kindred"):
    command = [postgres_programs() / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement]
    url = f"postgres://postgres@127.0.0.1:{port}/{database}?connect_timeout=20"
    result = subprocess.run([*map(str, command), url], capture_output=True, text=True, timeout=120, check=False)
    if result.returncode:
        raise subprocess.SubprocessError(result.stderr.strip())
    return result.stdout.strip()


def show_logs(folder, lines=25):
    """The ends of all logs, for a failure whose files will be gone."""
    for log in sorted([*folder.rglob("*.log"), *folder.rglob("log")]):
        if log.is_file():
            tail = log.read_text(errors="replace").splitlines()[-lines:]
            print(f"--- {log.relative_to(folder)}", *tail, sep="\n", file=sys.stderr)
