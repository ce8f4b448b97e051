"""Sessions for schemathesis.

All requests come from one administrator, whose session lasts as long as the run. An operation that would end it gets a
session of its own instead, of an account that exists for this request only.
"""

import os

import kindred
import schemathesis

SERVER = os.environ["KINDRED"]

# What ends the caller's session or account, or changes how it authenticates.
ENDING = {
    "changePassword",
    "logout",
    "logoutEverywhere",
    "requestErasure",
    "requestEmailChange",
    "revokeOtherSessions",
    "revokeSession",
    "stepUp",
}
# What ends the sessions of everyone.
ENDING_ALL = {"revokeAllSessions"}

administrator = None


def operation_id(case):
    return case.operation.definition.raw.get("operationId")


# No token is kept by schemathesis itself: each request asks here.
@schemathesis.auth(refresh_interval=None)
class Sessions:
    def get(self, case, ctx):
        global administrator
        if operation_id(case) in ENDING:
            return kindred.stranger(SERVER)["access_token"]
        if administrator is None:
            administrator = kindred.login(SERVER, *kindred.ADMINISTRATOR)["access_token"]
        return administrator

    def set(self, case, data, ctx):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def after_call(ctx, case, response):
    global administrator
    if operation_id(case) in ENDING_ALL and response.status_code == 200:
        administrator = None
