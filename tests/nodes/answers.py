"""Whose answer is it? Users behind a balancer, over connections that are shared, given up and cut."""

import http.client
import json
import random
import threading
import uuid

from lab import PATIENCE, check, claims, wait_until
from traffic import account, tokens_of

PEOPLE = 24
ROUNDS = 15


class Person:
    """A user whose requests share a connection, and who now and then does not wait for the answer.

    Every answer must be the user's own (I-15), and carry the name of the request that it answers.
    """

    def __init__(self, port, seed):
        self.port, self.rng, self.connection = port, random.Random(seed), None
        self.answers, self.failure, self.done = 0, None, threading.Event()
        self.email = account(port)
        self.take(tokens_of(port, self.email))
        self.user, self.session = claims(self.access)["sub"], claims(self.access)["sid"]

    def take(self, tokens):
        self.access, self.refresh, self.key = tokens["access_token"], tokens["refresh_token"], str(uuid.uuid4())

    def live(self, finish):
        try:
            while not finish.is_set():
                self.rng.choice([self.profile, self.sessions, self.rotation, self.give_up])()
        except Exception as error:  # noqa: BLE001 - it is raised again by `raise_failure`
            self.failure = error
        finally:
            self.hang_up()

    def profile(self):
        if found := self.ask("GET", "/api/v1/me"):
            own = (found["id"], found["email"]) == (self.user, self.email)
            check(own, f"I-15: {self.email} got the profile of {found['email']}")

    def sessions(self):
        if found := self.ask("GET", "/api/v1/me/sessions"):
            listed = [item["id"] for item in found["items"]]
            check(listed == [self.session], f"I-15: {listed} instead of {self.session}")

    def rotation(self):
        if tokens := self.ask("POST", "/api/v1/auth/refresh", {"refresh_token": self.refresh}, self.key):
            self.take(tokens)
            of = claims(self.access)
            own = (of["sub"], of["sid"]) == (self.user, self.session)
            check(own, f"I-15: {self.email} got a token of {of['sub']}")

    def give_up(self):
        """What is on its way then must reach no one else, although the balancer keeps its own connection."""
        self.send("GET", "/api/v1/me")
        self.hang_up()

    def send(self, method, path, body=None, key=None):
        name = str(uuid.uuid4())
        headers = {"Authorization": f"Bearer {self.access}", "X-Correlation-Id": name}
        if body:
            headers |= {"Content-Type": "application/json", "Idempotency-Key": key}
        try:
            self.connection = self.connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            self.connection.request(method, path, json.dumps(body) if body else None, headers)
        except (OSError, http.client.HTTPException):
            self.hang_up()
        return name

    def ask(self, method, path, body=None, key=None):
        """What was answered, or nothing if the answer was lost or was an honest refusal."""
        name = self.send(method, path, body, key)
        try:
            answer = self.connection.getresponse() if self.connection else None
            content = answer.read() if answer else b""
        except (OSError, http.client.HTTPException):
            answer = None
        if answer is None:
            return self.hang_up()
        if answer.status in (429, 502, 503, 504):
            return None
        check(answer.status == 200, f"{path} got {answer.status}: {content[:200]}")
        check(answer.getheader("X-Correlation-Id") == name, "I-15: the answer to another request")
        self.answers += 1
        return json.loads(content)

    def hang_up(self):
        if self.connection:
            self.connection.close()
        self.connection = None


def answers_are_ones_own(deployment):
    """Each user sees their own data and nothing else, while nodes are killed and started."""
    people = [Person(deployment.front, deployment.rng.random()) for _ in range(PEOPLE)]
    finish = threading.Event()
    threads = [threading.Thread(target=person.live, args=[finish], daemon=True) for person in people]
    for thread in threads:
        thread.start()
    try:
        for node in deployment.nodes[:2]:
            served(people, ROUNDS)
            node.kill()
            served(people, ROUNDS)
            node.start()
        served(people, ROUNDS)
    finally:
        finish.set()
        for thread in threads:
            thread.join()
    raise_failure(people)
    deployment.wait_until_balanced()
    return f"{sum(person.answers for person in people)} answers to {PEOPLE} users, none to another one"


def served(people, rounds):
    """Until every user has had this many more answers."""
    goals = [person.answers + rounds for person in people]

    def reached():
        raise_failure(people)
        return all(person.answers >= goal for person, goal in zip(people, goals))

    wait_until("every user is served", reached)


def raise_failure(people):
    for person in people:
        if person.failure:
            raise person.failure
