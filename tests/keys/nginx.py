"""Runs the example for nginx of docs/verifying-tokens.md in front of a service, with a real server behind it.

    nginx.py KINDRED
"""

import contextlib
import http.server
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

import requests
from kindred import free_port, running
from people import Person, Server

HERE = pathlib.Path(__file__).parent
MAIN = """
daemon off;
pid {folder}/pid;
error_log stderr;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream kindred {{ server {kindred}; }}
    upstream service {{ server 127.0.0.1:{service}; }}
    server {{
        listen 127.0.0.1:{port};
        include {example};
    }}
}}
"""


class Service(http.server.BaseHTTPRequestHandler):
    """Says what it was told about the user."""

    def do_GET(self):
        body = f"{self.headers['X-Auth-Subject']} {self.headers['X-Auth-Roles']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def service():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()


@contextlib.contextmanager
def gateway(kindred, service):
    with tempfile.TemporaryDirectory() as folder:
        port, main = free_port(), pathlib.Path(folder, "nginx.conf")
        # The workers of a server that was started by root are of another user.
        pathlib.Path(folder).chmod(0o755)
        values = {"folder": folder, "kindred": kindred, "service": service, "port": port, "example": HERE / "nginx.conf"}
        main.write_text(MAIN.format(**values))
        process = subprocess.Popen(["nginx", "-p", folder, "-c", main])
        try:
            wait_until_open(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=120)


def wait_until_open(url, process):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(requests.ConnectionError, requests.Timeout):
            requests.get(url, timeout=5)
            return
        time.sleep(0.05)
    raise SystemExit("nginx did not start")


def status(gateway, **headers):
    return requests.get(gateway, headers=headers, timeout=120).status_code


def check(gateway, server):
    person = Person(server)
    bearer = {"Authorization": f"Bearer {person.access}"}
    claimed = {"X-Auth-Subject": "someone else", "X-Auth-Roles": "admin"}
    answer = requests.get(gateway, headers=bearer | claimed, timeout=120)
    expected = f"{person.id} user"
    if (answer.status_code, answer.text) != (200, expected):
        raise SystemExit(f"{answer.status_code} {answer.text!r} instead of {expected!r}")
    refused = {
        "without a token": status(gateway),
        "with the headers only": status(gateway, **claimed),
        "with a token that was altered": status(gateway, Authorization=f"Bearer {person.access[:-8]}AAAAAAAA"),
    }
    server.call("POST", "/auth/logout", {}, token=person.access)
    refused["after the logout"] = status(gateway, **bearer)
    for what, found in refused.items():
        if found != 401:
            raise SystemExit(f"{what}: {found} instead of 401")
    print("nginx: the example lets valid tokens through, and nothing else")


def main():
    with running(sys.argv[1]) as (url, folder), service() as port:
        with gateway(url.removeprefix("http://"), port) as address:
            check(address, Server(url, folder))


main()
