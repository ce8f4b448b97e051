"""A proxy in front of a service, which can be cut, or made to answer in the place of the service."""

import contextlib
import http.server
import json
import socket
import socketserver
import threading

from kindred import free_port


class Relay(socketserver.BaseRequestHandler):
    def handle(self):
        with contextlib.suppress(OSError), socket.create_connection(self.server.service, timeout=30) as service:
            ends = {self.request, service}
            self.server.ends |= ends
            back = threading.Thread(target=pass_on, args=(service, self.request), daemon=True)
            back.start()
            pass_on(self.request, service)
            back.join()
            self.server.ends -= ends


def pass_on(source, destination):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            destination.sendall(data)
    for end in (source, destination):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


class Relaying(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port, service):
        super().__init__(("127.0.0.1", port), Relay)
        self.service = service
        self.ends = set()

    def cut_all(self):
        for end in list(self.ends):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class Refusal(http.server.BaseHTTPRequestHandler):
    """Answers like AWS KMS for a key that was disabled."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"__type": "DisabledException", "message": "the key is disabled"}).encode()
        self.send_response(400)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Proxy:
    """Passes connections on to the service, until something else is asked for."""

    def __init__(self, service_port):
        self.service = ("127.0.0.1", service_port)
        self.port = free_port()
        self.server = None
        self.restore()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def restore(self):
        self.cut()
        self._serve(Relaying(self.port, self.service))

    def refuse(self):
        self.cut()
        self._serve(http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Refusal))

    def cut(self):
        """Ends all connections, and refuses new ones."""
        if self.server is None:
            return
        self.server.shutdown()
        self.server.server_close()
        if isinstance(self.server, Relaying):
            self.server.cut_all()
        self.server = None

    def _serve(self, server):
        self.server = server
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
