"""Checks the contract against a running server: schemathesis, a generated client, and libraries that read tokens.

    run.py BINARY DOCUMENT
"""

import os
import pathlib
import subprocess
import sys
import time

import jwt
import kindred

HERE = pathlib.Path(__file__).parent


def checked(name, command, **environment):
    begin = time.monotonic()
    subprocess.run(command, cwd=HERE, env=os.environ | environment, check=True, timeout=300)
    print(f"{name}: ok, {time.monotonic() - begin:.0f} s", flush=True)


def read_with_pyjwt(server, token):
    key = jwt.PyJWKClient(f"{server}/.well-known/jwks.json").get_signing_key_from_jwt(token)
    required = ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"]  # RFC 9068 §2.2
    options = {"require": required}
    algorithm = jwt.get_unverified_header(token)["alg"]
    jwt.decode(token, key, algorithms=[algorithm], audience="kindred", issuer=server, options=options)
    try:
        jwt.decode(token, key, algorithms=[algorithm], audience="another", issuer=server)
    except jwt.InvalidAudienceError:
        print("PyJWT: accepted; another audience: refused", flush=True)
    else:
        sys.exit("PyJWT accepts a token for another audience")


def main(binary, document):
    tools = HERE / "node_modules" / ".bin"
    checked("lint", [tools / "redocly", "lint", document, "--config", "redocly.yaml", "--max-problems", "20"])
    checked("types", [tools / "openapi-typescript", document, "--output", "schema.d.ts"])
    checked("compilation", [tools / "tsc", "--project", "tsconfig.json"])
    with kindred.running(binary) as server:
        checked("client", ["node", "compiled/client.js"], KINDRED=server)
        token = kindred.stranger(server)["access_token"]
        read_with_pyjwt(server, token)
        checked("tokens", ["node", "compiled/tokens.js"], KINDRED=server, ACCESS_TOKEN=token)
        command = [pathlib.Path(sys.executable).parent / "schemathesis", "run", document, "--url", server]
        checked("schemathesis", command, KINDRED=server, SCHEMATHESIS_HOOKS="hooks", PYTHONPATH=str(HERE))


if __name__ == "__main__":
    main(*map(os.path.abspath, sys.argv[1:3]))
