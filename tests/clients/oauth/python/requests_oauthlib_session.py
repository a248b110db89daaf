"""requests-oauthlib: client credentials and refresh; the rest by requests, with its tokens."""

import requests
from oauthlib.oauth2 import BackendApplicationClient
from oauthlib.oauth2.rfc6749.errors import InvalidGrantError
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from session import ENV, METADATA, log_in, step


def say(name, right):
    step("requests-oauthlib", name, right)


AUTH = HTTPBasicAuth(ENV.client_id, ENV.client_secret)
ENDPOINT = METADATA["token_endpoint"]

backend = OAuth2Session(client=BackendApplicationClient(client_id=ENV.client_id))
granted = backend.fetch_token(ENDPOINT, auth=AUTH)
say("client credentials, client_secret_basic", granted["token_type"] == "Bearer")
granted = backend.fetch_token(ENDPOINT, client_secret=ENV.client_secret, include_client_id=True)
say("client credentials, client_secret_post", granted["expires_in"] > 0)

opened = log_in()
session = OAuth2Session(ENV.client_id, token=opened)
refreshed = session.refresh_token(ENDPOINT, auth=AUTH)
say("refresh", refreshed["refresh_token"] != opened["refresh_token"])
say("a request with the token", session.get(f"{ENV.url}/verify").status_code == 200)


def post(name, token):
    answer = requests.post(METADATA[name], auth=AUTH, data={"token": token}, timeout=10)
    assert answer.status_code == 200, answer.status_code
    return answer


say("introspection", post("introspection_endpoint", refreshed["access_token"]).json()["active"])
post("revocation_endpoint", refreshed["refresh_token"])
say("revocation", session.get(f"{ENV.url}/verify").status_code == 401)
try:
    session.refresh_token(ENDPOINT, refresh_token=refreshed["refresh_token"], auth=AUTH)
    REFUSED = False
except InvalidGrantError:
    REFUSED = True
say("refresh after that", REFUSED)
