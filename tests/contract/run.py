"""Checks the contract against a running server: schemathesis, a generated client, and libraries that read tokens.

    run.py BINARY DOCUMENT
"""

import json
import os
import pathlib
import subprocess
import sys
import time

import jwt
import kindred
import people
import verifying

HERE = pathlib.Path(__file__).parent


def checked(name, command, **environment):
    begin = time.monotonic()
    subprocess.run(command, cwd=HERE, env=os.environ | environment, check=True, timeout=600)
    print(f"{name}: ok, {time.monotonic() - begin:.0f} s", flush=True)


def read_with_pyjwt(server, token):
    key = jwt.PyJWKClient(f"{server}/.well-known/jwks.json").get_signing_key_from_jwt(token)
    required = ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"]  # RFC 9068 §2.2
    options = {"require": required}
    algorithm = jwt.get_unverified_header(token)["alg"]
    # The clock of a resource server may be behind: PyJWT has a leeway for that.
    jwt.decode(token, key, algorithms=[algorithm], audience="kindred", issuer=server, options=options, leeway=5)
    try:
        jwt.decode(token, key, algorithms=[algorithm], audience="another", issuer=server)
    except jwt.InvalidAudienceError:
        print("PyJWT: accepted; another audience: refused", flush=True)
    else:
        sys.exit("PyJWT accepts a token for another audience")


def schemathesis(server, folder, document):
    """All checks of schemathesis. In the end, each operation has succeeded at least once."""
    report = pathlib.Path(folder, "report.json")
    try:
        checked(
            "schemathesis",
            [pathlib.Path(sys.executable).parent / "schemathesis", "run", document, "--url", server],
            KINDRED=server,
            KINDRED_FOLDER=folder,
            REPORT=str(report),
            SCHEMATHESIS_HOOKS="hooks",
            PYTHONPATH=str(HERE),
        )
    finally:
        seen = json.loads(report.read_text())
        never = []
        for operation in sorted(operations(document)):
            answers = seen["statuses"].get(operation, {})
            print(f"{operation:32}", "  ".join(f"{status}: {n}" for status, n in sorted(answers.items())))
            if not any(status.startswith(("2", "3")) for status in answers):
                never.append(operation)
    if never:
        sys.exit(f"never answered with success: {', '.join(never)}")
    if not seen["lines"]:
        sys.exit("no line of NDJSON was checked")


def operations(document):
    items = json.loads(pathlib.Path(document).read_text())["paths"].values()
    return [operation["operationId"] for item in items for operation in item.values() if isinstance(operation, dict)]


def main(binary, document):
    tools = HERE / "node_modules" / ".bin"
    checked("lint", [tools / "redocly", "lint", document, "--config", "redocly.yaml", "--max-problems", "20"])
    checked("types", [tools / "openapi-typescript", document, "--output", "schema.d.ts"])
    checked("compilation", [tools / "tsc", "--project", "tsconfig.json"])
    with kindred.running(binary) as (server, folder):
        verifying.check(server, folder)
    with kindred.running(binary) as (server, folder):
        checked("client", ["node", "compiled/client.js"], KINDRED=server)
        token = people.Person(people.Server(server, folder)).access
        read_with_pyjwt(server, token)
        checked("tokens", ["node", "compiled/tokens.js"], KINDRED=server, ACCESS_TOKEN=token)
        schemathesis(server, folder, document)


if __name__ == "__main__":
    main(*map(os.path.abspath, sys.argv[1:3]))
