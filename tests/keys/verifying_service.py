"""A service that caches the keys as docs/verifying-tokens.md shows: it reads tokens line by line and says what it thinks of
them. The line `fetches` asks how often it has fetched the keys."""

import os
import sys

import jwt
import verify

tokens = verify.AccessTokens(os.environ["ISSUER"], "kindred")
fetches = 0
fetch = tokens.keys.fetch_data


def counted():
    global fetches
    fetches += 1
    return fetch()


tokens.keys.fetch_data = counted
for line in sys.stdin:
    if line.strip() == "fetches":
        print(fetches, flush=True)
        continue
    try:
        print(tokens.verify(line.strip())["sub"], flush=True)
    except jwt.PyJWTError as error:
        print(f"refused: {error}", flush=True)
