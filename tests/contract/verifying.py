"""Runs the examples of docs/verifying-tokens.md while the signing key is rotated: no valid token is refused by a service
that has cached the keys, and no token is accepted that should not be."""

import os
import pathlib
import subprocess

import jwt
import verify
from kindred import ADMINISTRATOR, login
from people import Person, Refused, Server

HERE = pathlib.Path(__file__).parent


class Node:
    """The example for Node, in a process of its own."""

    def __init__(self, issuer):
        environment = os.environ | {"ISSUER": issuer}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(["node", HERE / "verifying.mjs"], cwd=HERE, env=environment, **pipes)

    def verify(self, token):
        self.process.stdin.write(f"{token}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def close(self):
        self.process.stdin.close()
        if self.process.wait(timeout=30) != 0:
            raise SystemExit("the example for Node has failed")


class Python:
    """The example for Python, which says what it thinks of a token."""

    def __init__(self, issuer):
        self.tokens = verify.AccessTokens(issuer, "kindred")

    def verify(self, token):
        try:
            subject = self.tokens.verify(token)["sub"]
            self.tokens.keys.fetch_data = self.fetch_no_more
            return subject
        except jwt.PyJWTError as error:
            return f"refused: {error}"

    def fetch_no_more(self):
        raise jwt.PyJWKClientConnectionError("the keys are fetched again")

    def close(self):
        pass


def check(url, folder):
    server = Server(url, folder)
    person = Person(server)
    services = [Node(url), Python(url)]
    kids = {jwt.get_unverified_header(person.access)["kid"]}
    for service in services:
        assert_is(service.verify(person.access), person.id)
        assert_refused(service.verify(altered(person.access)))

    administrator = login(url, *ADMINISTRATOR)["access_token"]
    server.call("POST", "/admin/signing-keys/rotate", token=administrator)
    fresh = person.login()["access_token"]
    kids.add(jwt.get_unverified_header(fresh)["kid"])
    if len(kids) != 2:
        raise SystemExit("the rotation had no effect")
    for service in services:
        # What was signed before the rotation, and what is signed after it by a key that was published before.
        assert_is(service.verify(person.access), person.id)
        assert_is(service.verify(fresh), person.id)
    try:
        server.call("POST", "/admin/signing-keys/rotate", token=administrator)
    except Refused:
        pass
    else:
        raise SystemExit("a key signs that services may not know")
    for service in services:
        service.close()
    print("PyJWT and jose: no valid token was refused through a rotation", flush=True)


def altered(token):
    head, body, signature = token.split(".")
    return ".".join([head, body, ("B" if signature[0] == "A" else "A") + signature[1:]])


def assert_is(answer, expected):
    if answer != expected:
        raise SystemExit(f"{answer!r} instead of {expected!r}")


def assert_refused(answer):
    if not answer.startswith("refused: "):
        raise SystemExit(f"{answer!r} instead of a refusal")
