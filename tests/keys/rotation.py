"""Rotates the signing key under the load of 64 clients, whose tokens are verified by services that cache the keys. No valid
token may be refused, and nothing may be signed by a key that was not published before the rotation.

    rotation.py KINDRED [SERVICE_IN_GO]
"""

import sys
import tempfile
import time

import jwt
import requests
import verifiers
from clock import Clock
from kindred import ADMINISTRATOR, login, running
from load import Load
from people import Person, Refused, Server

CLIENTS = 64
# `keys.standby_for`, the shortest that is possible.
STANDBY = 600
# A set is fetched at the first token, and after five minutes of the clock: once for each time that the clock is put on, and
# where the machine takes that long.
FETCHES, LIFE = 3, 300


class VerifiedLoad(Load):
    """Clients that have each token verified by every service."""

    def __init__(self, server, person, services):
        super().__init__(server, person, CLIENTS)
        self.services = services
        self.published = set()
        self.kids = set()

    def check(self, token):
        kid = jwt.get_unverified_header(token)["kid"]
        if kid not in self.published:
            raise AssertionError(f"{kid} signs and was not published before")
        self.kids.add(kid)
        for service in self.services:
            service.verify(token, self.person.id)

    def publish(self):
        """Notes what services can know by now."""
        keys = requests.get(f"{self.server.url}/.well-known/jwks.json", timeout=120).json()["keys"]
        self.published |= {key["kid"] for key in keys}


def main():
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock(folder)
        settings = {"KINDRED_KEYS__STANDBY_FOR": f"{STANDBY}s", "KINDRED_TOKENS__ACCESS_TTL": "1h"}
        with running(sys.argv[1], **clock.environment(), **settings) as (url, data):
            rotate_under_load(Server(url, data), clock)


def rotate_under_load(server, clock):
    person = Person(server)
    begun = time.monotonic()
    services = verifiers.start(server.url, sys.argv[2:], clock)
    load = VerifiedLoad(server, person, services)
    load.publish()
    with load:
        for _ in range(2):
            load.go_on()
            rotate(server, load)
            load.go_on()
            clock.advance(STANDBY)
        load.go_on()
    for service in services:
        fetches = service.fetches()
        if not 1 <= fetches <= FETCHES + int((time.monotonic() - begun) / LIFE):
            raise SystemExit(f"{service.name} has fetched the keys {fetches} times")
        print(f"{service.name}: {service.verified} tokens were verified with {fetches} sets of keys", flush=True)
        service.close()
    load.tell_failures()
    if len(load.kids) != 3:
        raise SystemExit(f"{len(load.kids)} keys have signed, and three should have")


def rotate(server, load):
    """Lets the next key take over, which was published before; the one after it must wait."""
    load.publish()
    administrator = login(server.url, *ADMINISTRATOR)["access_token"]
    server.call("POST", "/admin/signing-keys/rotate", token=administrator)
    try:
        server.call("POST", "/admin/signing-keys/rotate", token=administrator)
    except Refused:
        return
    raise SystemExit("a key signs that services may not know")


main()
