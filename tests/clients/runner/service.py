"""What the clients are tried against: a Redis and a jotleash of our own."""

import contextlib
import json
import shutil
import signal
import sys
import urllib.error
import urllib.request
from base64 import urlsafe_b64decode

from places import PYTHON, ROOT, SOURCES
from processes import environment, free_port, line_of, output, scratch_folder, spawn

# Each service has a database of its own in our Redis; the verifiers' ones follow this one.
EXAMPLES_DATABASE, OAUTH_DATABASE, ROTATION_DATABASE, VERIFIERS_DATABASE = range(4)

# Keys that OpenSSL makes, not jotleash: it makes no RSA keys, and Python's cryptography, with which
# we forge, does not read the Ed25519 keys that it makes.
OPENSSL_KEYS = {
    "RS256": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "EdDSA": ["-algorithm", "ed25519"],
}

# A verifier is told this audience; "web" is the other one.
AUDIENCE = "cart"


class Redis:
    """A Redis of our own."""

    def __init__(self, running):
        self.folder = scratch_folder(running)
        self.port = 0
        # The port is free when it is looked up, and may be taken a moment later.
        while self.port == 0:
            self.try_to_start(running, free_port())

    def try_to_start(self, running, port):
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir",
                   str(self.folder), "--maxmemory-policy", "noeviction", "--loglevel", "notice"]
        self.process = spawn(running, command)
        if line_of(self.process, r"(Ready to accept|Address already in use)") == "Ready to accept":
            self.port = port

    def cli(self, *words):
        answer = output(["redis-cli", "-p", str(self.port), *words])
        if answer != "OK":
            sys.exit(f"scripts/test-clients: redis-cli {words[0]} said {answer}")

    @contextlib.contextmanager
    def frozen(self):
        """It holds its connections and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def stop(self):
        self.process.kill()
        self.process.wait()


class Service:
    """A `jotleash serve --dev` in a folder of its own. A twin is a second instance of the same service."""

    def __init__(self, running, redis, database, algorithm, settings="", twin=None):
        self.algorithm = algorithm
        self.folder = scratch_folder(running)
        self.keys = twin.keys if twin else self.folder / "keys"
        if twin:
            shutil.copytree(twin.folder / "data", self.folder / "data")
        elif algorithm in OPENSSL_KEYS:
            self.make_key(*OPENSSL_KEYS[algorithm])
        (self.folder / "jotleash.toml").write_text(settings)
        self.process = spawn(
            running, [str(ROOT / "target/debug/jotleash"), "serve", "--dev", "--config", "jotleash.toml"],
            cwd=self.folder,
            env=environment(JOTLEASH_LISTEN="127.0.0.1:0", JOTLEASH_ADMIN_LISTEN="127.0.0.1:0",
                            JOTLEASH_KEYS_ALGORITHM=algorithm, JOTLEASH_KEYS_DIR=str(self.keys),
                            JOTLEASH_STORE=f"redis://127.0.0.1:{redis.port}/{database}"),
        )
        line_of(self.process, r"(jotleash is ready)")
        lines = (self.folder / "data/dev.env").read_text().splitlines()
        self.env = dict(line.split("=", 1) for line in lines if "=" in line)
        self.url, self.issuer = self.env["JOTLEASH_URL"], self.env["JOTLEASH_ISSUER"]

    def stop(self):
        self.process.kill()
        self.process.wait()

    def make_key(self, *options):
        key = self.keys / "openssl.pem"
        key.parent.mkdir(mode=0o700)
        output(["openssl", "genpkey", "-quiet", *options, "-out", str(key)])
        key.chmod(0o600)

    def log_in(self, audience=AUDIENCE):
        return self.post("/v1/login", username=self.env["JOTLEASH_USERNAME"],
                         password=self.env["JOTLEASH_PASSWORD"], audience=audience)

    def refresh(self, session):
        return self.post("/v1/refresh", refresh_token=session["refresh_token"])

    def post(self, path, **body):
        request = urllib.request.Request(f"{self.url}{path}", json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def published(self):
        """The `kid` of each key of its set."""
        with urllib.request.urlopen(f"{self.url}/.well-known/jwks.json") as answer:
            return {key["kid"] for key in json.load(answer)["keys"]}

    def log_out(self, token):
        status = status_of(f"{self.url}/v1/logout", token, method="POST")
        if status != 204:
            sys.exit(f"scripts/test-clients: log-out answered {status}")

    def forge(self, token):
        """Tokens that are each wrong in one way, signed with the service's own key."""
        keys = [path.read_text() for path in sorted(self.keys.glob("*.pem"))]
        private = [key for key in keys if "PRIVATE KEY" in key]
        given = json.dumps({"token": token, "key": private[0]})
        return json.loads(output([str(PYTHON), str(SOURCES / "python/forge.py")], input=given))


def kid_of(token):
    header = token.split(".")[0]
    return json.loads(urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]


def status_of(url, token, method="GET"):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers, method=method)) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
