"""What makes the requests of schemathesis meaningful: sessions, ids and tokens that exist.

Schemathesis generates requests from the document alone, which cannot know a token that was mailed a moment ago. So before
a request is sent, the members that refer to something on the server are replaced by references to something that
exists; everything else stays as it was generated. A part that is wrong on purpose is never touched.
"""

import atexit
import collections
import contextlib
import json
import os
import time
import uuid

import jsonschema_rs
import pictures
import provider
import schemathesis
from kindred import ADMINISTRATOR
from people import VERIFIER, Newcomer, Person, Refused, Server, new_address, new_number, someone_there
from schemathesis.core.parameters import ParameterLocation

SERVER = Server(os.environ["KINDRED"], os.environ["KINDRED_FOLDER"])
# The access token of requests, until the right one takes its place.
PLACEHOLDER = "Bearer placeholder"
# What a proof of the password is good for is five minutes (`sessions.step_up_max_age`).
FRESH = 4 * 60

lines_checked = []
# What ends the session of the caller, or all others of the account.
ENDING = {
    "changePassword", "logout", "logoutEverywhere", "requestErasure", "revokeOtherSessions", "revokeSession", "stepUp",
}  # fmt: skip

statuses = collections.defaultdict(collections.Counter)
preparations = {}


@schemathesis.auth(refresh_interval=None)
class Placeholder:
    def get(self, case, ctx):
        return PLACEHOLDER

    def set(self, case, data, ctx):
        case.headers = case.headers or {}
        case.headers["Authorization"] = data


class Cached:
    """Someone whose session serves many requests."""

    def __init__(self, make):
        self.make = make
        self.forget()

    def forget(self):
        self.person, self.since = None, 0.0

    def get(self):
        if time.monotonic() - self.since > FRESH:
            self.person, self.since = self.make(), time.monotonic()
        return self.person


class Administrator:
    def __init__(self):
        email, password = ADMINISTRATOR
        self.access = SERVER.call("POST", "/auth/login", {"email": email, "password": password})["access_token"]

    def call(self, method, path, body=None):
        return SERVER.call(method, path, body, token=self.access)


administrator = Cached(Administrator)
member = Cached(lambda: Person(SERVER))
owner_of_factors = Cached(lambda: Person(SERVER).with_passkey().with_phone())


class Request:
    """A generated request."""

    def __init__(self, case):
        self.case = case
        self.id = case.operation.definition.raw["operationId"]

    def authorize(self, person):
        if (self.case.headers or {}).get("Authorization") == PLACEHOLDER:
            self.case.headers["Authorization"] = f"Bearer {person.access}"

    def path(self, **values):
        if self.is_right(ParameterLocation.PATH):
            self.case.path_parameters |= values

    def body(self, **members):
        """Members that take the place of the generated ones, or are added; `None` takes them away."""
        if isinstance(self.case.body, dict) and self.is_right(ParameterLocation.BODY):
            body = self.case.body | members
            self.case.body = {name: value for name, value in body.items() if name not in members or value is not None}

    def strong_password(self, name):
        """Makes the generated password hard to guess, which no schema can ask for."""
        if isinstance(password := self.member(name), str):
            self.body(**{name: f"{uuid.uuid4()} {password[:200]}"})

    def is_wrong(self):
        """Whether something in it is wrong on purpose."""
        return self.case.meta is not None and self.case.meta.generation.mode.is_negative

    def is_right(self, location):
        meta = self.case.meta
        return meta is None or not meta.is_negative_at(location)

    def member(self, name, default=None):
        return self.case.body.get(name, default) if isinstance(self.case.body, dict) else default


def prepares(*operations):
    def register(prepare):
        for operation in operations:
            preparations[operation] = prepare
        return prepare

    return register


@schemathesis.hook
def before_call(ctx, case, kwargs):
    request = Request(case)
    if request.is_wrong():
        # It is refused whatever it refers to; otherwise it may still end the session.
        request.authorize(Person(SERVER) if request.id in ENDING else member_for(case))
        return
    preparations.get(request.id, for_everyone)(request)
    if request.member("transport") == "cookie":
        as_browser(request)
    request.authorize(member_for(case))


def member_for(case):
    return (administrator if "/admin/" in case.path else member).get()


@schemathesis.hook
def after_call(ctx, case, response):
    operation = Request(case).id
    if response.headers.get("content-type", [""])[0].startswith("application/x-ndjson"):
        check_lines(case, response)
    # Some requests try which other methods there are.
    if response.request.method == case.operation.method.upper():
        statuses[operation][response.status_code] += 1
    if operation in {"revokeAllSessions", "retireRootKey"} and response.status_code == 200:
        for someone in (administrator, member, owner_of_factors):
            someone.forget()


@atexit.register
def report():
    with open(os.environ["REPORT"], "w") as file:
        json.dump({"statuses": statuses, "lines": sum(lines_checked)}, file)


def check_lines(case, response):
    """`application/x-ndjson`: the schema describes each line."""
    document = case.operation.schema.raw_schema
    content = document["paths"][case.path][case.method.lower()]["responses"]["200"]["content"]
    schema = content["application/x-ndjson"]["schema"] | {"components": document["components"]}
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    lines = response.content.decode().splitlines()
    for line in lines:
        validator.validate(json.loads(line))
    lines_checked.append(len(lines))


def for_everyone(request):
    pass


def as_browser(request):
    """A page of the server's own origin, with the token against forged requests."""
    for name, value in SERVER.browser_headers().items():
        request.case.headers[name] = value


# Registration and links


@prepares("register")
def register(request):
    request.strong_password("password")
    if request.member("invitation_token") is None:
        request.body(email=new_address())
        return
    email = new_address()
    administrator.get().call("POST", "/admin/invitations", {"email": email})
    request.body(email=email, invitation_token=SERVER.message(email, r"\?token=(\S+)"))


@prepares("verifyEmail")
def verify_email(request):
    person = Person(SERVER)
    request.body(token=person.link("verify-email"))
    if request.member("password") is not None:
        request.body(password=person.password)
    request.authorize(person)


@prepares("verifyEmailWithNewPassword", "declineRegistration")
def unverified(request):
    request.body(token=Person(SERVER).link("verify-email"))
    request.strong_password("new_password")


@prepares("confirmEmailChange")
def confirm_email_change(request):
    person, address = Person(SERVER), new_address()
    person.call("POST", "/auth/email/change", {"new_email": address})
    request.body(token=SERVER.message(address, r"\?token=(\S+)"))


@prepares("actByLink")
def act_by_link(request):
    person = Person(SERVER)
    person.verify_email()
    person.call("DELETE", "/me")
    request.body(token=person.link("account/cancel-erasure"), action="cancel_erasure")


@prepares("resetPassword")
def reset_password(request):
    person, proof = Person(SERVER), request.member("mfa")
    if isinstance(proof, dict):
        person.verify_email()
        person.with_totp()
        request.body(mfa=proof | factor(person, proof.get("method"), ask=None))
    SERVER.call("POST", "/auth/password/forgot", {"email": person.email})
    request.body(token=person.link("reset-password"))
    request.strong_password("new_password")


# Login


@prepares("login")
def login(request):
    person = member.get()
    request.body(email=person.email, password=person.password)


@prepares("challengeLoginFactor")
def challenge_login_factor(request):
    request.body(challenge_token=owner_of_factors.get().challenge())


@prepares("verifyLoginFactor")
def verify_login_factor(request):
    person = person_with(request.member("method"))
    challenge = person.challenge()

    def ask(method):
        return SERVER.call("POST", "/auth/mfa/challenge", {"challenge_token": challenge, "method": method})

    request.body(challenge_token=challenge, **factor(person, request.member("method"), ask))


@prepares("stepUp")
def step_up(request):
    method = request.member("method")
    person = person_with(method)

    def ask(method):
        return person.call("POST", "/auth/step-up/challenge", {"method": method})

    request.body(refresh_token=person.tokens["refresh_token"], **factor(person, method, ask))
    if method == "password":
        request.body(password=person.password)
    request.authorize(person)


def person_with(method):
    person = Person(SERVER)
    if method == "webauthn":
        return person.with_passkey()
    if method == "password":
        return person
    if method == "federation":
        return person.with_identity()
    person = person.with_totp()
    return person.with_phone() if method == "sms" else person


def factor(person, method, ask):
    """The member that this method needs."""
    if method == "totp":
        return {"code": person.code()}
    if method == "backup_code":
        return {"code": person.backup_codes.pop()}
    if method == "sms":
        ask("sms")
        return {"code": person.sms_code()}
    if method == "webauthn":
        return {"credential": person.passkey.get(ask("webauthn"))}
    if method == "federation":
        claims = person.identity | {"auth_time": int(time.time())}
        code, _ = person.server.federation_code(claims, purpose="step_up")
        return {"code": code, "code_verifier": VERIFIER}
    return {}


@prepares("challengeStepUpFactor")
def challenge_step_up_factor(request):
    request.authorize(owner_of_factors.get())


@prepares("loginWithPasskey")
def login_with_passkey(request):
    person = owner_of_factors.get()
    begun = SERVER.call("POST", "/auth/passkey/options", {})
    request.body(ceremony=begun["ceremony"], credential=person.passkey.get(begun["options"]))


# Other providers


@prepares("startFederatedLogin", "returnFromProvider", "returnFromProviderByForm", "getFederationNonce")
def at_provider(request):
    request.path(provider="staff")
    if request.id == "startFederatedLogin" and request.is_right(ParameterLocation.QUERY):
        # The others exclude each other, or name a page that is not known.
        query = {name: value for name, value in (request.case.query or {}).items() if name == "purpose"}
        request.case.query = query | {"return_to": "/account"}


@prepares("completeFederatedLogin")
def complete_federated_login(request):
    code, _ = SERVER.federation_code(someone_there())
    request.body(code=code, code_verifier=VERIFIER)


@prepares("loginWithIdToken")
def login_with_id_token(request):
    _, issuer = SERVER.federation_code(someone_there())
    nonce = SERVER.call("POST", "/auth/federation/staff/nonce")["nonce"]
    request.path(provider="staff")
    request.body(id_token=provider.sign(issuer, someone_there() | {"nonce": nonce}), nonce=nonce)


@prepares("logoutByProvider")
def logout_by_provider(request):
    claims = someone_there()
    _, issuer = SERVER.federation_code(claims)
    request.path(provider="staff")
    request.body(logout_token=provider.logout_token(issuer, claims["sub"]))


@prepares("beginIdentityLink")
def begin_identity_link(request):
    request.path(identity="staff")
    request.body(return_to="/account")
    request.authorize(Person(SERVER))


@prepares("linkIdentity")
def link_identity(request):
    person = Person(SERVER)
    request.body(code=person.linking_code(), code_verifier=VERIFIER)
    request.authorize(person)


@prepares("removeIdentity")
def remove_identity(request):
    person = Person(SERVER).with_identity()
    request.path(identity=person.call("GET", "/me/identities")["items"][0]["id"])
    request.authorize(person)


# The first password or passkey of someone from another provider


@prepares("requestFirstCredential")
def request_first_credential(request):
    person = Newcomer(SERVER)
    if request.member("federation_code") is None:
        # Without the code there is another way to confirm that it is them.
        request.case.body = {}
    request.body(federation_code=person.silent_code(), code_verifier=VERIFIER)
    request.authorize(person)


@prepares("setFirstPasswordByLink", "beginFirstPasskey")
def by_first_credential_link(request):
    person = Newcomer(SERVER)
    request.body(token=person.first_credential_link())
    request.strong_password("new_password")
    request.authorize(person)


@prepares("addFirstPasskey")
def add_first_passkey(request):
    person = Newcomer(SERVER)
    token = person.first_credential_link()
    begun = person.call("POST", "/me/first-credential/passkey/options", {"token": token})
    credential = person.new_passkey().create(begun["options"])
    request.body(token=token, ceremony=begun["ceremony"], credential=credential)
    request.authorize(person)


@prepares("setFirstPassword")
def set_first_password(request):
    request.strong_password("new_password")
    request.authorize(Newcomer(SERVER))


# What spends or ends the session, or the account


@prepares("refreshTokens")
def refresh_tokens(request):
    request.body(refresh_token=Person(SERVER).tokens["refresh_token"])


@prepares("changePassword")
def change_password(request):
    person = Person(SERVER)
    request.strong_password("new_password")
    request.body(current_password=person.password, refresh_token=person.tokens["refresh_token"])
    request.authorize(person)


@prepares("logout")
def logout(request):
    person = Person(SERVER)
    if request.member("refresh_token") is not None:
        request.body(refresh_token=person.tokens["refresh_token"])
    request.authorize(person)


@prepares("logoutEverywhere", "requestErasure", "revokeOtherSessions")
def by_someone_else(request):
    request.authorize(Person(SERVER))


@prepares("requestEmailChange")
def request_email_change(request):
    request.body(new_email=new_address())
    request.authorize(Person(SERVER))


@prepares("revokeSession")
def revoke_session(request):
    person = Person(SERVER)
    request.path(id=person.login()["session"]["id"])
    request.authorize(person)


# The own account


@prepares("beginTotpEnrollment", "regenerateBackupCodes", "removeTotp")
def owner_of_totp(request):
    person = Person(SERVER)
    request.authorize(person if request.id == "beginTotpEnrollment" else person.with_totp())


@prepares("confirmTotpEnrollment")
def confirm_totp(request):
    person = Person(SERVER)
    person.secret = person.call("POST", "/me/mfa/totp")["secret"]
    request.body(code=person.code())
    request.authorize(person)


@prepares("beginSmsEnrollment", "removeSms", "confirmSmsEnrollment")
def owner_of_phone(request):
    person = Person(SERVER).with_passkey()
    if request.id == "beginSmsEnrollment":
        request.body(phone=new_number())
    elif request.id == "removeSms":
        person.with_phone()
    else:
        person.begin_phone()
        request.body(code=person.sms_code())
    request.authorize(person)


@prepares("addPasskey")
def add_passkey(request):
    person = Person(SERVER)
    begun = person.call("POST", "/me/passkeys/options", {})
    request.body(ceremony=begun["ceremony"], credential=person.new_passkey().create(begun["options"]))
    request.authorize(person)


@prepares("beginPasskeyEnrollment")
def begin_passkey(request):
    request.authorize(Person(SERVER))


@prepares("renamePasskey", "removePasskey")
def owner_of_passkey(request):
    person = Person(SERVER).with_passkey()
    request.path(id=person.passkey_id)
    request.authorize(person)


@prepares("removeTrustedDevice")
def owner_of_device(request):
    person = Person(SERVER).with_totp()
    body = {"challenge_token": person.challenge(), "method": "totp", "code": person.code(), "trust_device": True}
    SERVER.call("POST", "/auth/mfa/verify", body)
    request.path(id=person.call("GET", "/me/devices")["items"][0]["id"])
    request.authorize(person)


@prepares("setAvatar")
def set_avatar(request):
    if request.is_right(ParameterLocation.BODY) and request.case.media_type in pictures.OF:
        request.case.body = pictures.OF[request.case.media_type]


@prepares("getAvatar", "getAvatarHead")
def owner_of_picture(request):
    person = member.get()
    url = person.upload(pictures.OF["image/png"])
    user, digest = url.rsplit("/", 2)[1:]
    request.path(user_id=user, digest=digest)


# Administration


@prepares(
    "disableUser", "enableUser", "eraseUser", "getUser", "listUserSessions", "requirePasswordChange",
    "resetSecondFactors", "revokeUserSessions", "unlockUser", "updateUser",
)  # fmt: skip
def of_someone(request):
    request.path(id=Person(SERVER).id)
    if request.member("email") is not None:
        request.body(email=new_address())


@prepares("revokeUserSession")
def session_of_someone(request):
    person = Person(SERVER)
    request.path(id=person.id, sid=person.tokens["session"]["id"])


@prepares("createUser", "createInvitation")
def of_a_new_address(request):
    request.body(email=new_address())


@prepares("listSecurityEvents")
def all_events(request):
    # Generated filters select nothing, so that there would be no line to check.
    if request.case.query.get("format") == "ndjson":
        request.case.query = {"format": "ndjson"}


@prepares("revokeInvitation")
def revoke_invitation(request):
    invited = administrator.get().call("POST", "/admin/invitations", {"email": new_address()})
    request.path(id=invited["id"])


@prepares("retireSigningKey")
def key_that_signs_nothing(request):
    caller = administrator.get()
    # Where this algorithm has no keys yet, the first one is published, and the rotation has to wait.
    with contextlib.suppress(Refused):
        caller.call("POST", "/admin/signing-keys/rotate?algorithm=Ed25519")
    keys = caller.call("GET", "/admin/signing-keys")["items"]
    waiting = [key["kid"] for key in keys if key["algorithm"] == "Ed25519" and key["state"] == "standby"]
    request.path(kid=waiting[0])


@prepares("retireRootKey")
def key_of_all_sessions(request):
    keys = administrator.get().call("GET", "/admin/root-keys")["items"]
    request.path(id=next(key["id"] for key in keys if key["state"] == "active"))


@prepares("rotateRootKeys")
def while_no_root_key_is_announced(request):
    """A key that is announced, perhaps by a retirement, is a conflict for a minute: until one rotation succeeds, wait it out."""
    deadline = time.monotonic() + 300
    while not statuses[request.id][200] and time.monotonic() < deadline and is_announced():
        time.sleep(0.5)


def is_announced():
    keys = administrator.get().call("GET", "/admin/root-keys")["items"]
    return any(key["state"] == "standby" for key in keys)
