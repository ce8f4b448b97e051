"""Clients that refresh for ever, each in a thread of its own."""

import threading

# Refreshes of each client while one waits for the clients to go on.
ROUNDS = 3


class Load:
    def __init__(self, server, person, clients):
        self.server, self.person = server, person
        self.failures = []
        self.progress = threading.Condition()
        self.rounds = [0] * clients
        self.is_over = False
        self.threads = [threading.Thread(target=self.client, args=(number,)) for number in range(clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        for thread in self.threads:
            thread.join(timeout=120)

    def client(self, number):
        try:
            tokens = self.person.login()
            while not self.is_over:
                body = {"refresh_token": tokens["refresh_token"]}
                tokens = self.server.call("POST", "/auth/refresh", body)
                self.check(tokens["access_token"])
                with self.progress:
                    self.rounds[number] += 1
                    self.progress.notify_all()
        except Exception as error:  # noqa: BLE001: told by the main thread
            with self.progress:
                self.failures.append(f"client {number}: {error!r}")
                self.progress.notify_all()

    def check(self, token):
        """Looks at a new access token."""

    def go_on(self):
        """Until each client has refreshed a few times more."""
        with self.progress:
            goals = [done + ROUNDS for done in self.rounds]
            reached = self.progress.wait_for(lambda: self.failures or self.is_beyond(goals), timeout=120)
        if not reached:
            raise SystemExit("the clients make no progress")
        self.tell_failures()

    def is_beyond(self, goals):
        return all(done >= goal for done, goal in zip(self.rounds, goals, strict=True))

    def tell_failures(self):
        if self.failures:
            raise SystemExit("\n".join(self.failures[:5]))
