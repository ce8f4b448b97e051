"""A running server and its accounts, for the checks of the contract."""

import contextlib
import os
import pathlib
import socket
import subprocess
import tempfile
import time

import provider
import requests

INITIAL = "initial lantern orbit velvet"
ADMINISTRATOR = ("admin@example.com", "lantern orbit velvet drizzle")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def environment_of(folder, address):
    """The settings of a server with its data in this folder, and hashes that cost nothing."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KINDRED")}
    return environment | {
        "KINDRED_DATA_DIR": folder,
        "KINDRED_SERVER__LISTEN": address,
        "KINDRED_SERVER__PUBLIC_URL": f"http://{address}/",
        "KINDRED_OPS__LISTEN": "127.0.0.1:0",
        "KINDRED_PASSWORD__MEMORY_KIB": "8",
        "KINDRED_PASSWORD__ITERATIONS": "1",
        "KINDRED_PASSWORD__PARALLELISM": "1",
        "KINDRED_THROTTLE__ENABLED": "false",
        "KINDRED_SESSIONS__MAX_PER_USER": "100000",
        "KINDRED_MFA__SMS_PER_NETWORK_HOUR": "100000",
        "KINDRED_QUOTAS__SMS_GLOBAL": "100000",
        "KINDRED_WEBAUTHN__RELATED_ORIGINS": "https://shop.example.org",
        "KINDRED_WEBAUTHN__ANDROID_APPS": f"com.example.app={':'.join(['AB'] * 32)}",
        "KINDRED_WEBAUTHN__APPLE_APPS": "A1B2C3D4E5.com.example.app",
        "KINDRED_WELL_KNOWN__CHANGE_PASSWORD_URL": "https://app.example.com/password",
        "KINDRED_WELL_KNOWN__PASSKEY_ENROLL_URL": "https://app.example.com/passkeys/new",
        "KINDRED_WELL_KNOWN__PASSKEY_MANAGE_URL": "https://app.example.com/passkeys",
    }


@contextlib.contextmanager
def running(binary, **settings):
    """A server with a new SQLite database and an administrator.

    The settings are added to its environment. Yields its address and its data folder.
    """
    with tempfile.TemporaryDirectory() as folder, provider.running() as providers:
        address = f"127.0.0.1:{free_port()}"
        environment = environment_of(folder, address) | providers | settings
        command = [binary, "admin", "create", "--email", ADMINISTRATOR[0], "--password-stdin"]
        subprocess.run(command, env=environment, cwd=folder, input=INITIAL, text=True, check=True, timeout=180)
        log = pathlib.Path(folder, "log")
        with log.open("w") as output:
            server = subprocess.Popen([binary], env=environment, cwd=folder, stdout=output, stderr=output)
        try:
            wait_until_ready(f"http://{address}", server, log)
            first = login(f"http://{address}", ADMINISTRATOR[0], INITIAL)
            change_password(f"http://{address}", first)
            yield f"http://{address}", folder
            if server.poll() is not None:
                raise RuntimeError(f"the server has ended by itself:\n{log.read_text()[-4000:]}")
        finally:
            server.terminate()
            server.wait(timeout=120)


def wait_until_ready(server, process, log):
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"{server}/health/ready", timeout=5).status_code == 200:
                return
        time.sleep(0.1)
    raise RuntimeError(f"the server did not become ready:\n{log.read_text()[-4000:]}")


def post(server, path, body, **options):
    answer = requests.post(f"{server}/api/v1{path}", json=body, timeout=120, **options)
    answer.raise_for_status()
    return answer.json()


def login(server, email, password):
    return post(server, "/auth/login", {"email": email, "password": password})


def change_password(server, tokens):
    body = {
        "current_password": INITIAL,
        "new_password": ADMINISTRATOR[1],
        "refresh_token": tokens["refresh_token"],
    }
    post(server, "/auth/password/change", body, headers={"Authorization": f"Bearer {tokens['access_token']}"})

