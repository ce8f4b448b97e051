"""An identity provider on loopback. It keeps nothing: a code contains the login that it is for, so that any process can make one.
"""

import base64
import contextlib
import hashlib
import http.server
import json
import threading
import time
import urllib.parse
import uuid

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

CLIENT = "kindred"
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
# Known to everyone who reads this, and so to all processes of the checks.
KEY = ec.derive_private_key(0x5EED_0F_7E57, ec.SECP256R1())


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(issuer, claims, kind="JWT"):
    now = int(time.time())
    claims = {"iss": issuer, "aud": CLIENT, "iat": now, "exp": now + 120} | claims
    return jwt.encode(claims, KEY, algorithm="ES256", headers={"kid": "1", "typ": kind})


def logout_token(issuer, subject):
    claims = {"sub": subject, "jti": str(uuid.uuid4()), "events": {LOGOUT: {}}}
    return sign(issuer, claims, kind="logout+jwt")


def issuer_of(authorize):
    url = urllib.parse.urlsplit(authorize)
    return f"{url.scheme}://{url.netloc}"


def answer(authorize, claims):
    """The parameters with which a browser comes back that was sent to this address."""
    told = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(authorize).query))
    login = {"claims": claims | {"nonce": told["nonce"]}, "challenge": told["code_challenge"]}
    return {"code": encoded(json.dumps(login).encode()), "state": told["state"]}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        base = f"http://{self.headers['Host']}"
        if self.path == "/keys":
            self.tell({"keys": [jwk()]})
        else:
            self.tell({
                "issuer": base,
                "authorization_endpoint": f"{base}/authorize",
                "token_endpoint": f"{base}/token",
                "jwks_uri": f"{base}/keys",
                "id_token_signing_alg_values_supported": ["ES256"],
            })  # fmt: skip

    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        code = form["code"]
        login = json.loads(base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)))
        if encoded(hashlib.sha256(form["code_verifier"].encode()).digest()) != login["challenge"]:
            self.tell({"error": "invalid_grant"}, status=400)
            return
        id_token = sign(f"http://{self.headers['Host']}", login["claims"])
        self.tell({"access_token": "access", "token_type": "Bearer", "id_token": id_token})

    def tell(self, body, status=200):
        body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def jwk():
    point = KEY.public_key().public_numbers()
    x, y = (encoded(number.to_bytes(32, "big")) for number in (point.x, point.y))
    return {"kty": "EC", "crv": "P-256", "kid": "1", "alg": "ES256", "use": "sig", "x": x, "y": y}


@contextlib.contextmanager
def running():
    """Yields the settings of a server that knows the provider by the name `staff`."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings = {
        "KIND": "oidc",
        "ISSUER": f"http://127.0.0.1:{server.server_port}",
        "CLIENT_ID": CLIENT,
        "CLIENT_AUTH": "none",
        "ALLOW_PRIVATE": "true",
        "TRUSTED_EMAIL_DOMAINS": "example.com",
    }
    try:
        yield {f"KINDRED_FEDERATION__PROVIDERS__STAFF__{name}": value for name, value in settings.items()}
    finally:
        server.shutdown()
        server.server_close()
