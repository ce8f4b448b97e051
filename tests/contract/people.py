"""People with accounts: what they know and own, and the mails and SMS that the server has sent them."""

import base64
import hashlib
import hmac
import itertools
import json
import pathlib
import re
import struct
import time
import urllib.parse
import uuid
from email import message_from_bytes, policy

import provider
import requests
from authenticator import Passkey

PASSWORD = "lantern orbit velvet drizzle"
# RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
numbers = itertools.count(1_000_000)


class Refused(Exception):
    """The server has refused a request that prepares another one."""


class Server:
    """A running server, and the folder to which it writes mails and SMS."""

    def __init__(self, url, folder):
        self.url = url
        self.outbox = pathlib.Path(folder, "outbox")
        self.messages = {}
        self.read = set()

    def call(self, method, path, body=None, token=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = requests.request(method, f"{self.url}/api/v1{path}", json=body, headers=headers, timeout=120)
        if not answer.ok:
            raise Refused(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def browser_headers(self):
        """What a page of the server's own origin sends with a request that has effects."""
        agent = {"User-Agent": "browser"}
        answer = requests.get(f"{self.url}/api/v1/auth/csrf", headers=agent, timeout=120)
        cookie = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
        return agent | {"Origin": self.url, "Cookie": cookie, "X-CSRF-Token": answer.json()["csrf_token"]}

    def visit(self, start, claims):
        """Opens the address at which a login begins, logs in at the provider and comes back: the code, and the issuer."""
        browser = requests.Session()
        begun = browser.get(start, allow_redirects=False, timeout=30)
        authorize = begun.headers["Location"]
        path = f"{self.url}/api/v1/auth/federation/staff/callback"
        back = browser.get(path, params=provider.answer(authorize, claims), allow_redirects=False, timeout=30)
        told = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back.headers["Location"]).query))
        if "federation_code" not in told:
            raise Refused(f"the provider's answer led to {told}")
        return told["federation_code"], provider.issuer_of(authorize)

    def federation_code(self, claims, **query):
        query = {"return_to": "/", "code_challenge": CHALLENGE} | query
        start = f"{self.url}/api/v1/auth/federation/staff/start?{urllib.parse.urlencode(query)}"
        return self.visit(start, claims)

    def message(self, recipient, wanted):
        """The first group of the pattern in what was sent to this recipient, newest first."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            self._read_outbox()
            for text in reversed(self.messages.get(recipient, [])):
                if found := re.search(wanted, text):
                    return found[1]
            time.sleep(0.005)
        raise Refused(f"nothing that matches {wanted} was sent to {recipient}")

    def _read_outbox(self):
        for file in sorted(self.outbox.glob("[0-9]*.*")):
            if file.suffix not in {".eml", ".json"} or file.name in self.read:
                continue
            self.read.add(file.name)
            recipient, text = parse_mail(file) if file.suffix == ".eml" else parse_sms(file)
            self.messages.setdefault(recipient, []).append(text)


def parse_mail(file):
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    return str(mail["To"]), mail.get_body(("plain",)).get_content()


def parse_sms(file):
    sms = json.loads(file.read_text())
    return sms["to"], sms["text"]


def someone_there(email=None):
    """The claims of someone new at the provider."""
    return {"sub": str(uuid.uuid4()), "email": email or new_address(), "email_verified": True}


def new_address():
    return f"{uuid.uuid4()}@example.com"


class Person:
    """Someone with an account, who is logged in."""

    def __init__(self, server):
        self.server = server
        self.email = new_address()
        self.password = PASSWORD
        self.secret = self.passkey = self.phone = None
        self.backup_codes = []
        self.step = 0
        registered = server.call("POST", "/auth/register", {"email": self.email, "password": PASSWORD})
        self.id = registered["user"]["id"]
        self.tokens = self.login()

    @property
    def access(self):
        return self.tokens["access_token"]

    def call(self, method, path, body=None):
        return self.server.call(method, path, body, token=self.access)

    def login(self):
        return self.server.call("POST", "/auth/login", {"email": self.email, "password": self.password})

    def challenge(self):
        """Logs in with the password, which is not enough."""
        return self.login()["challenge_token"]

    def link(self, page):
        """The token of the newest link to a page, from a mail."""
        return self.server.message(self.email, rf"/{page}\?token=(\S+)")

    def verify_email(self):
        """Without that, a reset of the password removes all factors."""
        body = {"token": self.link("verify-email"), "password": self.password}
        self.server.call("POST", "/auth/email/verify", body)

    def step_up(self, proof):
        """Factors are changed only after one was verified."""
        self.tokens = self.call("POST", "/auth/step-up", proof | {"refresh_token": self.tokens["refresh_token"]})

    def with_totp(self):
        self.secret = self.call("POST", "/me/mfa/totp")["secret"]
        self.backup_codes = self.call("POST", "/me/mfa/totp/confirm", {"code": self.code()})["backup_codes"]
        self.step_up({"method": "backup_code", "code": self.backup_codes.pop()})
        return self

    def with_passkey(self):
        begun = self.call("POST", "/me/passkeys/options", {})
        self.passkey = self.new_passkey()
        body = {"ceremony": begun["ceremony"], "credential": self.passkey.create(begun["options"])}
        self.passkey_id = self.call("POST", "/me/passkeys", body)["passkey"]["id"]
        options = self.call("POST", "/auth/step-up/challenge", {"method": "webauthn"})
        self.step_up({"method": "webauthn", "credential": self.passkey.get(options)})
        return self

    def with_phone(self):
        self.begin_phone()
        self.call("POST", "/me/mfa/sms/confirm", {"code": self.sms_code()})
        return self

    def begin_phone(self):
        self.phone = new_number()
        self.call("POST", "/me/mfa/sms", {"phone": self.phone})

    def linking_code(self):
        """The code by which this person links an identity of theirs."""
        self.verify_email()
        body = {"return_to": "/", "code_challenge": CHALLENGE}
        begun = self.call("POST", "/me/identities/staff", body)
        self.identity = someone_there()
        return self.server.visit(begun["authorize_url"], self.identity)[0]

    def with_identity(self):
        self.call("POST", "/me/identities", {"code": self.linking_code(), "code_verifier": VERIFIER})
        return self

    def upload(self, picture):
        """The path of the person's new picture."""
        headers = {"Authorization": f"Bearer {self.access}", "Content-Type": "image/png"}
        answer = requests.put(f"{self.server.url}/api/v1/me/avatar", data=picture, headers=headers, timeout=120)
        answer.raise_for_status()
        return answer.json()["url"]

    def new_passkey(self):
        return Passkey(self.server.url.replace("127.0.0.1", "localhost"))

    def sms_code(self):
        return self.server.message(self.phone, r"(\d{6})")

    def code(self):
        """A code of the authenticator app (RFC 6238) that was not used before: now's, or the one that follows."""
        self.step = max(self.step + 1, int(time.time()) // 30)
        digest = hmac.digest(base64.b32decode(self.secret), struct.pack(">Q", self.step), hashlib.sha1)
        start = digest[-1] & 15
        return f"{(struct.unpack_from('>I', digest, start)[0] & 0x7FFFFFFF) % 1_000_000:06}"


def new_number():
    return f"+49151{next(numbers)}0"


class Newcomer(Person):
    """Someone who has come from the provider, and has neither a password nor a second factor."""

    def __init__(self, server):
        self.server = server
        self.identity = someone_there()
        self.email = self.identity["email"]
        code, _ = server.federation_code(self.identity)
        self.tokens = server.call("POST", "/auth/federation/complete", {"code": code, "code_verifier": VERIFIER})

    def silent_code(self):
        """The code of a login that was to be fresh, of which the provider does not tell the time."""
        return self.server.federation_code(self.identity, purpose="step_up")[0]

    def first_credential_link(self):
        body = {"federation_code": self.silent_code(), "code_verifier": VERIFIER}
        self.call("POST", "/me/first-credential", body)
        return self.link("first-credential")
