"""The libraries, by algorithm: each is to take the good token, and none of the others."""

import concurrent.futures
import itertools
import re
import subprocess
from dataclasses import dataclass, field
from functools import partial

from places import BIN, NODE, PYTHON, SOURCES
from processes import environment, print_table
from service import AUDIENCE, VERIFIERS_DATABASE, Service
from versions import crate, locked, required, version_of

ALGORITHMS = ["ES256", "RS256", "EdDSA"]


@dataclass
class Library:
    """A verifier: a program that reads tokens, one a line, and says of each whether it takes it.

    The settings are in its environment: JWKS_URL, ISSUER, AUDIENCE, ALGORITHM.
    """

    language: str
    name: str
    command: list
    # Which file of ours tells the version, and where in it; without one it is a Debian package.
    version: tuple
    # By algorithm, what it says to a good token, where it cannot.
    cannot: dict = field(default_factory=dict)


LIBRARIES = [
    Library("Node", "jose", ["node", NODE / "jose.js"], locked("jose")),
    Library("Node", "jsonwebtoken, jwks-rsa", ["node", NODE / "jsonwebtoken.js"], locked("jsonwebtoken"),
            {"EdDSA": 'Unknown key type "ed25519"'}),
    Library("Node", "fast-jwt, get-jwks", ["node", NODE / "fast-jwt.js"], locked("fast-jwt")),
    Library("Python", "PyJWT", [PYTHON, SOURCES / "python/pyjwt.py"], required("PyJWT")),
    Library("Python", "joserfc", [PYTHON, SOURCES / "python/use_joserfc.py"], required("joserfc")),
    Library("Python", "Authlib", [PYTHON, SOURCES / "python/use_authlib.py"], required("Authlib")),
    Library("Rust", "jsonwebtoken", [BIN / "jsonwebtoken"], crate("jsonwebtoken")),
    Library("Rust", "jwt-simple", [BIN / "jwt-simple"], crate("jwt-simple")),
    Library("Go", "golang-jwt", [BIN / "golang-jwt"], ("golang-github-golang-jwt-jwt-dev",)),
    Library("Go", "go-jose", [BIN / "go-jose"], ("golang-gopkg-square-go-jose.v2-dev",)),
    Library("Ruby", "ruby-jwt", ["ruby", SOURCES / "ruby/ruby-jwt.rb"], ("ruby-jwt",),
            {"EdDSA": "Key type OKP not supported"}),
    Library("Perl", "Crypt::JWT", ["perl", SOURCES / "perl/crypt-jwt.pl"], ("libcrypt-jwt-perl",)),
    Library("C", "cjose", [BIN / "cjose"], ("libcjose-dev",), {"EdDSA": "^refused: invalid argument$"}),
]


def test_verifiers(running, redis):
    """How many cells the table has, and what is wrong with them."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        databases = itertools.count(VERIFIERS_DATABASE)
        services = list(pool.map(partial(Service, running, redis), databases, ALGORITHMS))
        cells = {}
        for service in services:
            tokens = tokens_of(service)
            for library in LIBRARIES:
                cells[library.name, library.language, service.algorithm] = pool.submit(judge, library, service, tokens)
        problems, rows = [], []
        for library in LIBRARIES:
            said = []
            for algorithm in ALGORITHMS:
                cell, wrong = cells[library.name, library.language, algorithm].result()
                said.append(cell)
                problems += [f"{library.language}, {library.name}, {algorithm}: {what}" for what in wrong]
            rows.append([library.language, f"{library.name} {version_of(library)}", *said])
    refused = [name for name in tokens if name != "good"]
    print_table(["language", "library", *ALGORITHMS], rows)
    print(f"accepted: the good token, and none of: {', '.join(refused)}\n")
    return len(cells), problems


def tokens_of(service):
    """The good token by itself, and each way to be wrong by itself."""
    good = service.log_in()["access_token"]
    forged = service.forge(good)
    forged.pop("other claims")
    return {"good": good, "another audience": service.log_in("web")["access_token"], **forged}


def judge(library, service, tokens):
    """What its cell says, and what is wrong with that."""
    run = subprocess.run(
        [str(word) for word in library.command],
        input="".join(f"{token}\n" for token in tokens.values()),
        env=environment(JWKS_URL=f"{service.url}/.well-known/jwks.json", ISSUER=service.issuer,
                        AUDIENCE=AUDIENCE, ALGORITHM=service.algorithm, PYTHONWARNINGS="ignore"),
        capture_output=True, text=True,
    )
    said = dict(zip(tokens, run.stdout.splitlines()))
    if run.returncode or len(run.stdout.splitlines()) != len(tokens):
        return "FAILED", [f"ended with {run.returncode} after {len(said)} tokens: {run.stderr.strip() or run.stdout}"]
    accepted = {name for name, what in said.items() if what == "accepted"}
    if reason := library.cannot.get(service.algorithm):
        if accepted:
            return "FAILED", [f"accepted {', '.join(sorted(accepted))}, and the list says that it cannot"]
        if not re.search(reason, said["good"]):
            return "FAILED", [f"was to say {reason!r} to the good token, and said: {said['good']}"]
        return f"library cannot ({said['good'].removeprefix('refused: ')})", []
    wrong = [f"{name}: {what}" for name, what in said.items() if (what == "accepted") != (name == "good")]
    return ("FAILED" if wrong else "accepted"), wrong
