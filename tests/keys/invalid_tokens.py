"""Services that verify tokens meet an issuer whose private key the test has: each accepts what is right, refuses everything
else, and does not fetch the keys for each token with a key that is not known.

    invalid_tokens.py [SERVICE_IN_GO]
"""

import base64
import hashlib
import hmac
import http.server
import json
import sys
import threading
import time

import jwt
import verifiers
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

LIMITING = ["password_change_required", "mfa_enrollment_required"]
# The first token, and the first with a key that is not known; then once in so many seconds.
FETCHES, PAUSE = 2, 30


class Issuer:
    """Publishes one key, and signs with that and with that of a stranger, who publishes it as well."""

    def __init__(self):
        self.key, self.stranger = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        answers = {"/.well-known/jwks.json": key_set(self.key), "/stranger.json": key_set(self.stranger)}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                answer = json.dumps(answers[self.path]).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def claims(self, **changes):
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": "kindred", "sub": "user", "client_id": "kindred", "jti": "id",
            "iat": now, "exp": now + 900,
        }
        return {name: value for name, value in (claims | changes).items() if value is not None}

    def token(self, key=None, kid="own", typ="at+jwt", header=None, **changes):
        headers = {"kid": kid, "typ": typ} | (header or {})
        return jwt.encode(self.claims(**changes), key or self.key, algorithm="ES256", headers=headers)

    def unsigned(self, algorithm, sign):
        """A token that names another algorithm, with what that one takes for a signature."""
        message = f"{part({'alg': algorithm, 'kid': 'own', 'typ': 'at+jwt'})}.{part(self.claims())}"
        return f"{message}.{encoded(sign(message.encode()))}"

    def invalid(self):
        public = self.key.public_key()
        secrets = {
            "PEM": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        }
        for form, secret in secrets.items():
            sign = lambda message, secret=secret: hmac.digest(secret, message, hashlib.sha256)  # noqa: E731
            yield f"HS256 with the public key as {form}", self.unsigned("HS256", sign)
        for algorithm in ["none", "None", "ES384", "EdDSA", ""]:
            yield f"alg {algorithm!r}", self.unsigned(algorithm, lambda _: b"")
        yield "no signature", self.unsigned("ES256", lambda _: b"")
        yield "a signature of zeros", self.unsigned("ES256", lambda _: bytes(64))
        yield "another key under the same name", self.token(key=self.stranger)
        # RFC 8725 §3.10
        for name, value in {"jwk": key_set(self.stranger)["keys"][0], "jku": f"{self.url}/stranger.json"}.items():
            yield f"a key that the token brings as {name}", self.token(key=self.stranger, header={name: value})
        yield "other claims than were signed", self.replaced(self.token(), sub="administrator")
        yield "what has expired", self.token(iat=int(time.time()) - 7200, exp=int(time.time()) - 3600)
        yield "another issuer", self.token(iss="https://other.example")
        yield "another audience", self.token(aud="other")
        for typ in ["JWT", "at+jws", None]:
            yield f"the type {typ}", self.token(typ=typ)
        for claim in ["iss", "aud", "exp", "sub", "client_id", "iat", "jti"]:
            yield f"a token without {claim}", self.token(**{claim: None})
        for claim in LIMITING:
            yield claim, self.token(**{f"https://kindred.dev/claims/{claim}": True})
        for text in ["x", "..", "a.b.c", self.token() + ".", "." + self.token()]:
            yield f"the text {text[:8]!r}", text

    @staticmethod
    def replaced(token, **changes):
        head, body, signature = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return f"{head}.{part(claims | changes)}.{signature}"


def key_set(key):
    public = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {"keys": [public | {"alg": "ES256", "use": "sig", "kid": "own"}]}


def encoded(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def part(members):
    return encoded(json.dumps(members).encode())


def main():
    issuer = Issuer()
    for service in verifiers.start(issuer.url, sys.argv[1:]):
        begun = time.monotonic()
        service.verify(issuer.token(), "user")
        # A second of difference between clocks is none.
        service.verify(issuer.token(iat=int(time.time()) + 1), "user")
        invalid = list(issuer.invalid())
        for what, token in invalid:
            service.refuse(what, token)
        for number in range(20):
            service.refuse("a key that is not known", issuer.token(key=issuer.stranger, kid=f"other-{number}"))
        service.verify(issuer.token(), "user")
        if (fetches := service.fetches()) > FETCHES + int((time.monotonic() - begun) / PAUSE):
            raise SystemExit(f"{service.name} has fetched the keys {fetches} times")
        service.close()
        print(f"{service.name}: {len(invalid)} invalid tokens were refused, with {fetches} sets of keys", flush=True)


main()
