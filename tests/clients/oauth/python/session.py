"""What every script needs: the service's settings, a session to refresh, a line for each step."""

import os
import sys
from types import SimpleNamespace

import requests

# requests-oauthlib speaks plain HTTP only if it is told to; the service is on loopback.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

NAMES = ["url", "issuer", "client_id", "client_secret", "username", "password", "audience"]


def environment():
    missing = [name for name in NAMES if not os.environ.get(f"JOTLEASH_{name.upper()}")]
    if missing:
        sys.exit(f"not set: {missing}: run with the values of data/dev.env")
    return SimpleNamespace(**{name: os.environ[f"JOTLEASH_{name.upper()}"] for name in NAMES})


ENV = environment()
METADATA = requests.get(f"{ENV.issuer}/.well-known/oauth-authorization-server", timeout=10).json()


def log_in():
    body = {"username": ENV.username, "password": ENV.password}
    answer = requests.post(f"{ENV.url}/v1/login", json=body, timeout=10)
    answer.raise_for_status()
    return answer.json()


def step(client, name, right):
    if not right:
        sys.exit(f"{client}: {name}: failed")
    print(f"{client}: {name}: ok", flush=True)
