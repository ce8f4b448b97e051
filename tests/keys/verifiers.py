"""The services that verify tokens as docs/verifying-tokens.md shows, as processes."""

import os
import pathlib
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).parent


class Verifier:
    """A process that verifies tokens of one issuer, one at a time."""

    def __init__(self, command, environment):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.name = command[-1].name
        self.process = subprocess.Popen(command, cwd=HERE, env=environment, **pipes)
        self.lock = threading.Lock()
        self.verified = 0

    def ask(self, line):
        with self.lock:
            self.process.stdin.write(f"{line}\n")
            self.process.stdin.flush()
            return self.process.stdout.readline().strip()

    def fetches(self):
        """How often it has fetched the keys."""
        return int(self.ask("fetches"))

    def verify(self, token, subject):
        answer = self.ask(token)
        if answer != subject:
            raise AssertionError(f"{self.name}: {answer!r} instead of {subject!r}")
        self.verified += 1

    def refuse(self, what, token):
        answer = self.ask(token)
        if not answer.startswith("refused: "):
            raise AssertionError(f"{self.name} accepts {what}: {answer!r}")

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=120)


def start(issuer, services_in_go, clock=None):
    """One for each language. Their clock is that of the machine, unless there is another one."""
    commands = [[pathlib.Path(sys.executable), HERE / "verifying_service.py"], ["node", HERE / "verifying_service.mjs"]]
    commands += [[pathlib.Path(program)] for program in services_in_go]
    environment = {"ISSUER": issuer, "PATH": os.environ["PATH"]}
    return [Verifier(command, environment | time_for(command, clock)) for command in commands]


def time_for(command, clock):
    if clock is None:
        return {}
    settings = clock.environment()
    if command[-1].suffix == ".py":
        # PyJWT goes by the monotonic clock, and must find its set of keys old as well.
        del settings["FAKETIME_DONT_FAKE_MONOTONIC"]
    return settings
