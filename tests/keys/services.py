"""Key services as they are in production, and a stand-in for the one that cannot be run here."""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import requests
from kindred import free_port

# moto goes by the service in the signature, and checks none before accounts exist.
UNCHECKED = "AWS4-HMAC-SHA256 Credential=setup/20260101/eu-central-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
# A machine that is busy answers late, and nothing here is about time.
PATIENCE = 120
# How many of these requests there are; it checks all that follow.
SETUP_REQUESTS = 4
RIGHTS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*"}],
}


@contextlib.contextmanager
def process(command, log, **options):
    """A process until the end of the block. What it has written is shown if the block fails."""
    with open(log, "w") as output:
        started = subprocess.Popen(command, stdout=output, stderr=output, **options)
    try:
        yield started
    except BaseException:
        print(f"{command[0]}:\n{pathlib.Path(log).read_text()[-4000:]}", file=sys.stderr)
        raise
    finally:
        started.terminate()
        started.wait(timeout=120)


def eventually(what, condition, seconds=PATIENCE):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(requests.ConnectionError, requests.Timeout):
            if found := condition():
                return found
        time.sleep(0.1)
    raise SystemExit(f"not within {seconds} s: {what}")


class OpenBao:
    """OpenBao on raft storage, with a token whose policy allows what docs/key-services.md says."""

    name = "OpenBao"
    section = "transit"

    def __init__(self, port):
        self.port, self.url, self.root = port, f"http://127.0.0.1:{port}", None

    def set_up(self):
        eventually("OpenBao answers", lambda: requests.get(f"{self.url}/v1/sys/init", timeout=5).ok)
        made = self._call("PUT", "sys/init", secret_shares=1, secret_threshold=1)
        self.root = made["root_token"]
        self._call("PUT", "sys/unseal", key=made["keys_base64"][0])
        eventually("OpenBao is active", lambda: requests.get(f"{self.url}/v1/sys/health", timeout=5).status_code == 200)
        self._call("POST", "sys/mounts/transit", type="transit")
        self._call("POST", "transit/keys/kindred", type="aes256-gcm96")
        paths = [f'path "transit/{action}/kindred" {{ capabilities = ["update"] }}' for action in ("encrypt", "decrypt")]
        self._call("PUT", "sys/policies/acl/kindred", policy="\n".join(paths))
        token = self._call("POST", "auth/token/create", policies=["kindred"], period="768h", no_parent=True)
        self.token = token["auth"]["client_token"]

    def _call(self, method, path, **body):
        headers = {"X-Vault-Token": self.root} if self.root else {}
        answer = requests.request(method, f"{self.url}/v1/{path}", json=body, headers=headers, timeout=PATIENCE)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def settings(self, url):
        return {"url": url, "key": "kindred", "token": self.token}

    def environment(self):
        return {}

    def secrets(self):
        return [self.root, self.token]


@contextlib.contextmanager
def openbao(program):
    with tempfile.TemporaryDirectory() as folder:
        port, cluster = free_port(), free_port()
        pathlib.Path(folder, "raft").mkdir()
        config = pathlib.Path(folder, "bao.hcl")
        config.write_text(
            f'storage "raft" {{\n  path = "{folder}/raft"\n  node_id = "one"\n}}\n'
            f'listener "tcp" {{\n  address = "127.0.0.1:{port}"\n  tls_disable = true\n}}\n'
            f'api_addr = "http://127.0.0.1:{port}"\ncluster_addr = "http://127.0.0.1:{cluster}"\n'
        )
        with process([program, "server", "-config", str(config)], f"{folder}/log"):
            yield OpenBao(port)


class Moto:
    """AWS KMS, played by moto: with signatures and rights that are checked."""

    name = "AWS KMS"
    section = "aws_kms"

    def __init__(self, port):
        self.port, self.url = port, f"http://127.0.0.1:{port}"

    def set_up(self):
        eventually("moto answers", lambda: requests.get(f"{self.url}/moto-api/", timeout=5).ok)
        self._iam("CreateUser")
        self._iam("PutUserPolicy", PolicyName="kms", PolicyDocument=json.dumps(RIGHTS))
        access = self._iam("CreateAccessKey")
        self.access = re.search(r"<AccessKeyId>(\S+?)</", access)[1]
        self.secret = re.search(r"<SecretAccessKey>(\S+?)</", access)[1]
        headers = {"X-Amz-Target": "TrentService.CreateKey", "Content-Type": "application/x-amz-json-1.1"}
        made = self._setup("kms", headers, "{}")
        self.key = json.loads(made)["KeyMetadata"]["Arn"]

    def _iam(self, action, **parameters):
        form = {"Action": action, "Version": "2010-05-08", "UserName": "kindred"} | parameters
        return self._setup("iam", {}, form)

    def _setup(self, service, headers, body):
        headers = {"Authorization": UNCHECKED.format(service=service)} | headers
        answer = requests.post(f"{self.url}/", data=body, headers=headers, timeout=PATIENCE)
        answer.raise_for_status()
        return answer.text

    def settings(self, url):
        return {"endpoint": url, "key_id": self.key, "region": "eu-central-1"}

    def environment(self):
        return {"AWS_ACCESS_KEY_ID": self.access, "AWS_SECRET_ACCESS_KEY": self.secret}

    def secrets(self):
        return [self.secret]


@contextlib.contextmanager
def moto(program):
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        environment = os.environ | {"INITIAL_NO_AUTH_ACTION_COUNT": str(SETUP_REQUESTS)}
        with process([program, "-H", "127.0.0.1", "-p", str(port)], f"{folder}/log", env=environment):
            yield Moto(port)
