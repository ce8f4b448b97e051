"""OpenBao and AWS KMS (moto) wrap the data keys of one database, one after the other. Each is cut off under the load of
clients and found again, and each is away when a server starts.

    key_services.py KINDRED BAO MOTO_SERVER
"""

import contextlib
import pathlib
import re
import subprocess
import sys
import tempfile

import requests
from kindred import environment_of, free_port
from load import Load
from people import Person, Server
from proxy import Proxy
from services import eventually, moto, openbao, process

CLIENTS = 16
NOT_READY = 503


class Deployment:
    """The database of a server, and the key service behind a proxy that its configuration names."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.address, self.operations = (f"127.0.0.1:{free_port()}" for _ in range(2))
        self.server = Server(f"http://{self.address}", folder)
        self.logs = 0

    def environment(self, service, url):
        environment = environment_of(self.folder, self.address) | service.environment()
        environment["KINDRED_OPS__LISTEN"] = self.operations
        for name, value in service.settings(url).items():
            environment[f"KINDRED_SECRETS__{service.section.upper()}__{name.upper()}"] = value
        return environment

    def command(self, service, url, *arguments):
        environment = self.environment(service, url)
        command = [self.program, "keys", *arguments]
        return subprocess.run(
            command, env=environment, cwd=self.folder, capture_output=True, text=True, check=False, timeout=300
        )

    def done(self, service, url, *arguments):
        output = self.command(service, url, *arguments)
        if output.returncode:
            raise SystemExit(f"{arguments}: {output.returncode} {output.stderr}")

    @contextlib.contextmanager
    def node(self, service, url):
        """A process that serves. Gives its log."""
        self.logs += 1
        log = pathlib.Path(self.folder, f"log-{self.logs}")
        with process([self.program], log, env=self.environment(service, url), cwd=self.folder):
            yield log

    def ready(self):
        return requests.get(f"{self.server.url}/health/ready", timeout=60)

    def waiting(self):
        """The problem of a server that is not ready."""
        answer = self.ready()
        return answer.json() if answer.status_code == NOT_READY else None

    def until_ready(self):
        eventually("the server is ready", lambda: self.ready().ok)

    def until_metric(self, value):
        def shows():
            text = requests.get(f"http://{self.operations}/metrics", timeout=60).text
            return re.search(rf"^auth_kek_up {value}$", text, re.MULTILINE)

        eventually(f"auth_kek_up is {value}", shows)


def cut_under_load(deployment, service, proxy):
    """What runs goes on without the service, and finds it again."""
    with deployment.node(service, proxy.url):
        deployment.until_ready()
        person = Person(deployment.server)
        with Load(deployment.server, person, CLIENTS) as load:
            load.go_on()
            proxy.cut()
            refused = deployment.command(service, proxy.url, "rekey")
            if refused.returncode != 1 or "the key service is not available" not in refused.stderr:
                raise SystemExit(f"rekey without {service.name}: {refused.returncode} {refused.stderr}")
            # The rows change by another way to the service, so this server must ask for keys that it cannot get.
            deployment.done(service, service.url, "rekey")
            deployment.until_metric(0)
            load.go_on()
            person.login()
            proxy.restore()
            deployment.until_metric(1)
            load.go_on()
        load.tell_failures()
        print(f"{service.name}: {sum(load.rounds)} refreshes while it was cut off and found again", flush=True)
    return person


def away_at_a_start(deployment, service, proxy, person, go_away):
    """The start waits, and goes on by itself."""
    go_away()
    with deployment.node(service, proxy.url) as log:
        refused = eventually("the start waits", deployment.waiting)
        if refused["code"] != "keys_unavailable":
            raise SystemExit(f"{service.name}: {refused}")
        live = requests.get(f"{deployment.server.url}/health/live", timeout=60)
        if not live.ok:
            raise SystemExit(f"{service.name}: a waiting server is not live: {live.status_code}")
        proxy.restore()
        deployment.until_ready()
        person.login()
        told = log.read_text()
    if "the start waits for the key service" not in told:
        raise SystemExit(f"{service.name}: the log does not tell why the start waits: {told}")
    if any(secret in told for secret in service.secrets()):
        raise SystemExit(f"{service.name}: the log has a secret")
    return told


def main():
    program, bao_program, moto_program = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder, openbao(bao_program) as bao, moto(moto_program) as kms:
        deployment = Deployment(program, folder)
        # Both start at once, and one of them takes its time.
        bao.set_up()
        kms.set_up()
        before, after = Proxy(bao.port), Proxy(kms.port)
        person = cut_under_load(deployment, bao, before)
        away_at_a_start(deployment, bao, before, person, before.cut)

        former = pathlib.Path(folder, "former.toml")
        settings = "\n".join(f'{name} = "{value}"' for name, value in bao.settings(bao.url).items())
        former.write_text(f"[secrets.{bao.section}]\n{settings}\n")
        deployment.done(kms, kms.url, "rekey", "--from", str(former))
        cut_under_load(deployment, kms, after)
        told = away_at_a_start(deployment, kms, after, person, after.refuse)
        if "DisabledException" not in told:
            raise SystemExit(f"the log does not tell that the key is disabled: {told}")
        before.cut()
        after.cut()


main()
