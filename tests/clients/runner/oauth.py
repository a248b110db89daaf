"""OAuth clients that refresh, introspect and revoke."""

import concurrent.futures
import re
import subprocess
from dataclasses import dataclass

from places import BIN, OAUTH, PYTHON, SCRATCH
from processes import environment, print_table
from service import OAUTH_DATABASE, Service
from versions import crate, locked, required, version_of


@dataclass
class OAuthClient:
    """A program that goes through the steps by itself, and ends in failure at the first that goes wrong.

    It writes `NAME: STEP: ok` for each; its settings are those of data/dev.env.
    """

    name: str
    command: list
    version: tuple
    # All that it is to write, and nothing else.
    steps: list


def each(steps, *ways):
    return [f"{step}, {way}" for way in ways for step in steps]


METHODS = ["client_secret_basic", "client_secret_post"]
DOCUMENTS = ["oauth2", "oidc"]
SESSION = ["client credentials", "refresh", "introspection", "revocation", "refresh after that"]
OAUTH_CLIENTS = [
    OAuthClient("oauth4webapi", ["node", SCRATCH / "oauth-node/oauth4webapi.js"], locked("oauth4webapi", "oauth"), [
        *each(["discovery"], *DOCUMENTS),
        *each(["client credentials", "refresh", "revocation", "refresh after that", "validateJwtAccessToken",
               "validateJwtAccessToken, another audience",
               *each(["introspection", "introspection of a refresh token"], "plain", "signed")], *METHODS),
        "a wrong secret",
    ]),
    OAuthClient("openid-client", ["node", SCRATCH / "oauth-node/openid-client.js"], locked("openid-client", "oauth"),
                each(["discovery", *SESSION, "an unknown resource"], *DOCUMENTS)),
    OAuthClient("Authlib", [PYTHON, OAUTH / "python/authlib_session.py"], required("Authlib", "oauth"),
                each([*SESSION, "JWTBearerTokenValidator"], *METHODS)),
    OAuthClient("requests-oauthlib", [PYTHON, OAUTH / "python/requests_oauthlib_session.py"],
                required("requests-oauthlib", "oauth"),
                [*each(["client credentials"], *METHODS), *SESSION[1:], "a request with the token"]),
    OAuthClient("oauth2", [BIN / "jotleash-oauth-clients"], crate("oauth2", "oauth"), each(SESSION, *METHODS)),
]


def test_oauth(running, redis):
    """How many steps there are, and what is wrong with them."""
    service = Service(running, redis, OAUTH_DATABASE, "ES256")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        done, wrong = zip(*pool.map(lambda client: walk(client, service), OAUTH_CLIENTS))
    names = dict.fromkeys(step.split(", ")[0] for client in OAUTH_CLIENTS for step in client.steps)
    print_table(["step", *(f"{client.name} {version_of(client)}" for client in OAUTH_CLIENTS)],
                [[name, *(count_of(name, client.steps, said) for client, said in zip(OAUTH_CLIENTS, done))]
                 for name in names])
    print(f"ok: in each way that the client has, such as {', '.join([*METHODS, *DOCUMENTS])}\n")
    return sum(len(client.steps) for client in OAUTH_CLIENTS), [problem for problems in wrong for problem in problems]


def walk(client, service):
    """The steps that it did, and what is wrong with that."""
    run = subprocess.run([str(word) for word in client.command], env=environment(**service.env),
                         capture_output=True, text=True)
    said = re.findall(rf"(?m)^{re.escape(client.name)}: (.+): ok$", run.stdout)
    problems = [f"not done: {step}" for step in client.steps if step not in said]
    problems += [f"does what no list has: {step}" for step in said if step not in client.steps]
    if run.returncode:
        problems.append(f"ended with {run.returncode}: {run.stderr.strip()}")
    return said, [f"{client.name}: {problem}" for problem in problems]


def count_of(name, steps, done):
    """What the cell of a step says: "2 ok" where it goes two ways."""
    wanted = [step for step in steps if step.split(", ")[0] == name]
    went = [step for step in wanted if step in done]
    return "" if not wanted else f"{len(went)} ok" if len(went) == len(wanted) else f"{len(went)} of {len(wanted)}"
